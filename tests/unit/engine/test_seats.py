"""Who is here is judged by what one sees oneself, and not by clocks."""

from __future__ import annotations

import os
import subprocess
import sys
import threading
from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from types import TracebackType

import pytest

import console
from console.casebook import Casebook, SeatRow, seats_on_record
from console.engine.seats import FORGET_SECONDS, GONE_SECONDS, Company, Witness, neighbours
from console.model import LabelDraft
from tests.support import ended

ROOT = Path(console.__file__).parents[1]
NOW = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)
HERE = SeatRow("s-1", "ana@one", "one", 41, NOW, "overview", 1)
THERE = SeatRow("s-2", "bob@two", "two", 41, NOW, "overview", 1)
PATIENCE = 20.0


def witness() -> Witness:
    return Witness("one", runs=lambda pid: pid == 41)


def test_a_neighbour_whose_process_runs_is_there_at_once() -> None:
    assert witness().here([HERE], 0.0) == (HERE,)
    assert witness().here([replace(HERE, pid=43)], 0.0) == ()


def test_a_seat_on_another_host_is_there_once_its_number_moves() -> None:
    one = witness()
    assert one.here([THERE], 0.0) == ()
    moved = replace(THERE, beat=2)
    assert one.here([moved], 4.0) == (moved,)


@pytest.mark.parametrize("skew", [timedelta(days=-400), timedelta(0), timedelta(hours=9)])
def test_a_clock_that_goes_wrong_changes_nothing(skew: timedelta) -> None:
    one = witness()
    rows = [replace(THERE, since=NOW + skew), replace(HERE, since=NOW - skew)]
    one.here(rows, 0.0)
    moved = [replace(row, beat=2) for row in rows]
    assert one.here(moved, 5.0) == tuple(moved)
    assert one.here(moved, 5.0 + GONE_SECONDS) == tuple(moved)
    assert one.here(moved, 5.1 + GONE_SECONDS) == ()


def test_a_seat_without_a_sign_of_life_is_gone_and_later_forgotten() -> None:
    one = witness()
    assert one.here([HERE], 0.0) == (HERE,)
    assert one.here([HERE], GONE_SECONDS + 0.1) == ()
    assert one.forgotten([HERE], FORGET_SECONDS) == ()
    assert one.forgotten([HERE], FORGET_SECONDS + 0.1) == (HERE,)


def test_who_was_stopped_is_there_again_when_they_go_on() -> None:
    one = witness()
    one.here([HERE], 0.0)
    one.here([HERE], 100.0)
    moved = replace(HERE, beat=2)
    assert one.here([moved], 101.0) == (moved,)
    assert one.forgotten([moved], 101.0) == ()


def test_who_looks_again_after_a_long_pause_sees_at_once_who_moved_meanwhile() -> None:
    one = witness()
    one.here([HERE, THERE], 0.0)
    moved = replace(THERE, beat=90)
    assert one.here([HERE, moved], 900.0) == (moved,)


class Watched:
    """A company that follows, and tells each change."""

    def __init__(self, casebook: Casebook | None, *, sits: bool = True, author: str = "ann@one") -> None:
        self.changed = threading.Condition()
        self.doing = "overview"
        self.stop = threading.Event()
        self.company = Company(
            author, doing=lambda: self.doing, sits=sits, clock=lambda: NOW, on_change=self._told
        )
        self._thread = threading.Thread(target=self.company.follow, args=(lambda: casebook, self.stop))
        self._thread.start()

    def _told(self) -> None:
        with self.changed:
            self.changed.notify_all()

    def until(self, holds: Callable[[Company], bool]) -> None:
        with self.changed:
            assert self.changed.wait_for(lambda: holds(self.company), timeout=PATIENCE), self.company.seats

    def leave(self) -> None:
        self.stop.set()
        self._thread.join(timeout=PATIENCE)

    def __enter__(self) -> Watched:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        self.leave()


@pytest.fixture
def casebook(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Casebook]:
    monkeypatch.setattr("console.engine.seats.LOOK_SECONDS", 0.02)
    monkeypatch.setattr("console.engine.seats.BEAT_SECONDS", 3_600.0)
    with Casebook.open(tmp_path / "casebook.sqlite", author="ann@one", clock=lambda: NOW) as opened:
        yield opened


NEIGHBOUR = """
import sys, threading
from datetime import UTC, datetime
from console.casebook import Casebook
from console.engine import seats
from console.model import LabelDraft

seats.LOOK_SECONDS = 0.02
clock = lambda: datetime.now(UTC)
with Casebook.open(sys.argv[1], author="bob@one", clock=clock) as casebook:
    stop = threading.Event()
    company = seats.Company(
        "bob@one", doing=lambda: "alert drift amount", sits=True, clock=clock, on_change=lambda: None
    )
    thread = threading.Thread(target=company.follow, args=(lambda: casebook, stop))
    thread.start()
    for line in sys.stdin:
        if line.strip() == "label":
            casebook.label([LabelDraft("f-1", "fraud")])
        if line.strip() == "note":
            casebook.note("a-1", "looking")
    stop.set()
    thread.join()
"""


def test_two_processes_see_each_other_come_write_and_go(casebook: Casebook) -> None:
    with (
        Watched(casebook) as watched,
        ended(
            subprocess.Popen(
                [sys.executable, "-c", NEIGHBOUR, casebook.place],
                stdin=subprocess.PIPE,
                text=True,
                env={**os.environ, "PYTHONPATH": str(ROOT)},
            )
        ) as neighbour,
    ):
        assert neighbour.stdin is not None
        watched.until(lambda company: len(company.seats) == 2)
        own, other = watched.company.seats
        assert (own.is_own, own.pid, own.author) == (True, os.getpid(), "ann@one")
        assert (other.is_own, other.pid, other.author) == (False, neighbour.pid, "bob@one")
        assert other.doing == "alert drift amount"
        neighbour.stdin.write("label\n")
        neighbour.stdin.flush()
        watched.until(lambda company: company.versions.labels > 0)
        assert casebook.current(["f-1"])["f-1"].author == "bob@one"
        neighbour.stdin.write("note\n")
        neighbour.stdin.flush()
        watched.until(lambda company: company.versions.acts > 0)
        neighbour.stdin.close()
        watched.until(lambda company: len(company.seats) == 1)
    assert seats_on_record(Path(casebook.place)) == (), "both have left"


def test_others_see_where_one_goes(casebook: Casebook) -> None:
    with Watched(casebook) as first:
        with Watched(casebook, author="cat@one") as second:
            first.until(lambda company: len(company.seats) == 2)
            second.doing = "alert drift amount"
            first.until(lambda company: company.seats[1].doing == "alert drift amount")
        first.until(lambda company: len(company.seats) == 1)


def test_who_leaves_nothing_behind_is_not_seen_but_sees(casebook: Casebook) -> None:
    with Watched(casebook, sits=False) as shy, Watched(casebook, author="cat@one") as other:
        shy.until(lambda company: len(company.seats) == 2)
        casebook.label([LabelDraft("f-1", "fraud")])
        other.until(lambda company: company.versions.labels > 0)
        assert len(other.company.seats) == 1


def test_without_a_casebook_one_is_alone() -> None:
    with Watched(None) as alone:
        assert [seat.is_own for seat in alone.company.seats] == [True]


def test_the_holder_of_the_cache_is_told_by_name_where_they_sit_at_the_casebook(casebook: Casebook) -> None:
    pid = os.getpid()
    with Watched(casebook) as watched, Watched(casebook, author="cat@one"):
        watched.until(lambda company: len(company.seats) == 2)
        notices = ("a disk is full", f"process {pid} holds the cache; labels are shared")
        named = watched.company.name_holder(notices, pid)
        assert named == ("a disk is full", f"cat@one (process {pid}) holds the cache; labels are shared")
        assert watched.company.name_holder(named, pid) == named
        assert watched.company.name_holder(notices, None) == notices


def test_a_holder_whose_process_is_gone_is_told_to_be_gone_for_good(
    casebook: Casebook, monkeypatch: pytest.MonkeyPatch
) -> None:
    notices = ("a disk is full", "process 41 holds the cache; labels are shared")
    with Watched(casebook) as watched:
        monkeypatch.setattr("console.engine.seats._runs", lambda pid: True)
        assert watched.company.name_holder(notices, 41) == notices
        monkeypatch.setattr("console.engine.seats._runs", lambda pid: False)
        gone = "process 41 held the cache and is gone: start anew to have the cache here"
        named = ("a disk is full", "cat@one (process 41) holds the cache; labels are shared")
        assert watched.company.name_holder(notices, 41) == ("a disk is full", gone)
        assert watched.company.name_holder(named, 41) == ("a disk is full", gone)
        monkeypatch.setattr("console.engine.seats._runs", lambda pid: True)
        assert watched.company.name_holder(notices, 41) == ("a disk is full", gone)


def test_one_look_tells_who_sits_on_this_host(casebook: Casebook) -> None:
    with Watched(casebook) as watched:
        watched.until(lambda _: len(neighbours(Path(casebook.place))) == 1)
    assert neighbours(Path(casebook.place)) == ()
