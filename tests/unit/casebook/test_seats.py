"""Seats come and go in the casebook, and cost its labels nothing."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Iterator
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest
from sqlalchemy import text

from console.casebook import Casebook, Seating, SeatRow, Versions, seats_on_record
from console.errors import CasebookError
from console.model import LabelDraft

ANA = SeatRow("s-1", "ana@one", "one", 41, datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC), "alert drift", 1)
BOB = SeatRow("s-2", "bob@two", "two", 42, datetime(2026, 11, 2, 3, 9, 5, tzinfo=UTC), "", 7)


@pytest.fixture
def seating(casebook: Casebook) -> Iterator[Seating]:
    opened = Seating(casebook.place)
    yield opened
    opened.close()


def test_a_seat_is_there_as_it_told_of_itself_last(seating: Seating) -> None:
    seating.sit(BOB)
    seating.sit(ANA)
    seating.sit(replace(ANA, doing="overview", beat=2))
    assert seating.look()[0] == (replace(ANA, doing="overview", beat=2), BOB)


def test_who_leaves_is_there_no_more(seating: Seating) -> None:
    seating.sit(ANA)
    seating.sit(BOB)
    seating.leave("s-1")
    seating.leave("never was")
    assert seating.look()[0] == (BOB,)


def test_a_seat_that_is_taken_for_gone_stays_if_it_moved_meanwhile(seating: Seating) -> None:
    seating.sit(replace(BOB, beat=8))
    seating.sit(ANA, gone=[BOB])
    assert BOB.seat_id in {row.seat_id for row in seating.look()[0]}
    seating.sit(ANA, gone=[replace(BOB, beat=8)])
    assert seating.look()[0] == (ANA,)


def test_who_was_taken_for_gone_sits_down_again_with_the_next_sign(seating: Seating) -> None:
    seating.sit(BOB)
    seating.sit(ANA, gone=[BOB])
    seating.sit(replace(BOB, beat=8))
    assert replace(BOB, beat=8) in seating.look()[0]


@pytest.mark.parametrize(
    "name", ["\x1b]52;c;ZXZpbA==\x07", "[bold]x[/]", "\ud800", "\x00", "名" * 10_000, ""]
)
def test_any_name_can_be_told(name: str, seating: Seating) -> None:
    seating.sit(replace(ANA, author=name, host=name, doing=name))
    ((row,), _) = seating.look()
    assert row.author == row.host == row.doing
    assert row.author == name[:120].encode("utf-8", "backslashreplace").decode()


def test_a_row_that_no_console_wrote_is_left_out(casebook: Casebook, seating: Seating) -> None:
    seating.sit(ANA)
    with closing(sqlite3.connect(casebook.place)) as database, database:
        for number, since in enumerate(("yesterday", b"\xff", "2026-11-02T03:04:05Z")):
            database.execute(
                "insert into seats values (?, 'x', 'y', 'many', ?, '', 1)", (f"odd-{number}", since)
            )
    assert seating.look()[0] == (ANA,)


def test_the_numbers_move_when_somebody_writes_and_only_then(casebook: Casebook, seating: Seating) -> None:
    def versions() -> Versions:
        return seating.look()[1]

    assert versions() == Versions(0, 0)
    seating.sit(ANA)
    assert versions() == Versions(0, 0)
    casebook.label([LabelDraft("f-1", "fraud")])
    labelled = versions()
    assert labelled.labels > 0 and labelled.acts == 0
    casebook.undo()
    assert versions().labels > labelled.labels, "taking back is news, too"
    casebook.note("a-1", "looking")
    assert versions().acts > 0


def test_a_sign_of_life_gives_up_soon_where_somebody_writes_and_labels_go_on(
    casebook: Casebook, seating: Seating
) -> None:
    with closing(sqlite3.connect(casebook.place, isolation_level=None)) as other:
        other.execute("begin immediate")
        with pytest.raises(CasebookError, match="seat not told"):
            seating.sit(ANA)
        assert seating.look()[0] == ()
        other.execute("rollback")
    casebook.label([LabelDraft("f-1", "fraud")])
    seating.sit(ANA)
    assert seating.look()[0] == (ANA,)


def test_only_signs_of_life_do_not_wait_for_the_disk(casebook: Casebook, seating: Seating) -> None:
    def mode(engine: object) -> int:
        with engine.connect() as connection:  # type: ignore[attr-defined]
            return int(connection.execute(text("pragma synchronous")).scalar())

    with seating._engine.connect() as connection:
        assert connection.execute(text("pragma busy_timeout")).scalar() == 200, "and not for long for others"
    normal, full = 1, 2
    assert (mode(seating._engine), mode(casebook._engine)) == (normal, full)


def test_an_older_casebook_has_room_for_seats(path: Path, clock: Callable[[], datetime]) -> None:
    Casebook.open(path, author="ann@one", clock=clock).close()
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("drop table seats")
        database.execute("update casebook_schema set version = 2")
    Casebook.open(path, author="ann@one", clock=clock).close()
    seating = Seating(path)
    seating.sit(ANA)
    assert seating.look()[0] == (ANA,)
    seating.close()


def test_looking_on_changes_nothing_of_a_file_that_may_be_anything(
    tmp_path: Path, casebook: Casebook
) -> None:
    seating = Seating(casebook.place)
    seating.sit(ANA)
    assert seats_on_record(Path(casebook.place)) == (ANA,)
    seating.close()
    other, odd = tmp_path / "other ?#.sqlite", tmp_path / "odd"
    with closing(sqlite3.connect(other)) as database, database:
        database.execute("create table t (x)")
    odd.write_bytes(b"no database" * 100)
    for file in (other, odd):
        before = file.read_bytes()
        assert seats_on_record(file) == ()
        assert file.read_bytes() == before
    assert seats_on_record(tmp_path / "missing") == ()
    assert not (tmp_path / "missing").exists()
