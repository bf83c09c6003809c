"""Two engines on one casebook: what is said at one seat is on the other's screens."""

from __future__ import annotations

import threading
from datetime import timedelta
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.engine import Engine, Settings
from console.model import LabelDraft, Phase, Snapshot
from tests.unit.engine.logs import NOW as LATER
from tests.unit.engine.logs import clock, line, lines, write
from tests.unit.engine.watching import PATIENCE, Watched


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("engine.REFRESH_SECONDS", "judging.JUDGE_SECONDS", "seats.LOOK_SECONDS"):
        monkeypatch.setattr(f"console.engine.{name}", 0.01)


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "app.jsonl", lines(60, spike=(40, 60)))


def settings(log: Path, author: str, database: str | None = None) -> Settings:
    return Settings(
        (str(log),),
        database=database or str(log.parent / "cache.duckdb"),
        casebook=log.parent / "casebook.sqlite",
        author=author,
    )


def test_what_is_said_at_one_seat_is_on_both(log: Path) -> None:
    other = settings(log, "bob@two", str(log.parent / "private.duckdb"))
    with Watched(settings(log, "ann@one")) as first, Watched(other) as second:
        here = second.until(lambda snapshot: len(snapshot.seats) == 2 and snapshot.alerts)
        assert [(seat.author, seat.is_own) for seat in here.seats] == [("bob@two", True), ("ann@one", False)]

        first.engine.tell_doing("alert error spikes fraud")
        second.until(lambda snapshot: snapshot.seats[1].doing == "alert error spikes fraud")

        (alert,) = first.until(lambda snapshot: snapshot.alerts).alerts
        second.engine.label([LabelDraft("f-000001", "fraud")])
        first.until(lambda snapshot: snapshot.labels_version > 0)
        assert first.engine.labels(["f-000001"])["f-000001"].author == "bob@two"

        first.engine.acknowledge(alert.alert_id, "mine")
        told = second.until(lambda snapshot: snapshot.acts_version and snapshot.alerts[0].handling)
        assert told.alerts[0].handling is not None and told.alerts[0].handling.reason == "mine"


def test_what_is_said_elsewhere_does_not_wait_for_a_picture_that_takes_long(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    stuck, go_on = threading.Event(), threading.Event()
    refresh = Engine._refresh

    def slowly(engine: Engine) -> None:
        refresh(engine)
        if engine._last is not None and engine._last.alerts:
            stuck.set()
            go_on.wait(PATIENCE)

    monkeypatch.setattr(Engine, "_refresh", slowly)
    with Watched(settings(log, "ann@one")) as watched:
        try:
            watched.until(lambda snapshot: snapshot.alerts)
            write(log, [line(9_999, LATER - timedelta(hours=5))])
            assert stuck.wait(PATIENCE)
            with Casebook.open(log.parent / "casebook.sqlite", author="bob@two", clock=clock) as casebook:
                casebook.label([LabelDraft("f-000001", "fraud")])
                casebook.acknowledge(watched.snapshots[-1].alerts[0].alert_id, "mine")
            watched.until(_has_heard)
        finally:
            go_on.set()


def _has_heard(snapshot: Snapshot) -> bool:
    return snapshot.labels_version > 0 and snapshot.alerts[0].handling is not None


def test_who_leaves_nothing_behind_takes_no_seat(log: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("INCIDENT_CONSOLE_CASEBOOK", str(log.parent / "casebook.sqlite"))
    shy = Settings((str(log),), database=":memory:", author="cat@one")
    with Watched(settings(log, "ann@one")) as first:
        first.until(lambda snapshot: snapshot.phase is Phase.LIVE)
        with Watched(shy) as second:
            second.until(lambda snapshot: len(snapshot.seats) == 2)
            second.engine.label([LabelDraft("f-000001", "fraud")])
            assert len(first.until(lambda snapshot: snapshot.labels_version > 0).seats) == 1


def test_a_casebook_that_another_seat_makes_later_is_seen_by_one_that_leaves_nothing_behind(
    log: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = log.parent / "casebook.sqlite"
    monkeypatch.setenv("INCIDENT_CONSOLE_CASEBOOK", str(path))
    with Watched(Settings((str(log),), database=":memory:", author="cat@one")) as watched:
        watched.until(lambda snapshot: snapshot.phase is Phase.LIVE)
        assert not path.exists()
        with Casebook.open(path, author="bob@two", clock=clock) as casebook:
            casebook.label([LabelDraft("f-000001", "fraud")])
            watched.until(lambda snapshot: snapshot.labels_version > 0)
        assert watched.engine.labels(["f-000001"])["f-000001"].author == "bob@two"


def test_a_casebook_that_cannot_be_written_is_said_and_one_is_alone(log: Path) -> None:
    (log.parent / "casebook.sqlite").mkdir()
    with Watched(settings(log, "ann@one")) as watched:
        alone = watched.until(lambda snapshot: snapshot.alerts)
        assert any(notice.startswith("labels cannot be kept") for notice in alone.notices)
        assert [seat.author for seat in alone.seats] == ["ann@one"]
