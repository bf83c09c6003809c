"""What people say of alerts reaches the snapshots, wherever they say it."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.engine import Settings
from console.engine.handled import Handled
from console.errors import CasebookError
from console.model import Handling, Snapshot
from tests.unit.casebook.test_alert_history import alert
from tests.unit.engine.logs import clock, lines, write
from tests.unit.engine.watching import Watched, be_brisk

HOUR = timedelta(hours=1)


class Now:
    """A clock that a test sets."""

    at = datetime(2026, 11, 2, 12, tzinfo=UTC)

    def __call__(self) -> datetime:
        return self.at


@pytest.fixture
def now() -> Now:
    return Now()


@pytest.fixture
def book(tmp_path: Path, now: Now) -> Iterator[Casebook]:
    with Casebook.open(tmp_path / "casebook.sqlite", author="ann@one", clock=now) as opened:
        yield opened


def of(handled: Handled, book: Casebook | None, alert_id: str = "a-1") -> Handling | None:
    """What the alert is shown with."""
    shown = {one.alert_id: one for one in handled.on([alert("a-1"), alert("a-2")], book)}
    return shown[alert_id].handling


def test_what_is_said_anywhere_is_on_the_next_snapshot(tmp_path: Path, book: Casebook, now: Now) -> None:
    handled = Handled(now)
    assert of(handled, book) is None
    with Casebook.open(tmp_path / "casebook.sqlite", author="bob@two", clock=now) as other:
        other.acknowledge("a-1", "mine")
    handling = of(handled, book)
    assert handling is not None
    assert (handling.author, handling.reason) == ("bob@two", "mine")
    assert of(handled, book, "a-2") is None


def test_a_snooze_is_over_when_its_time_has_come(book: Casebook, now: Now) -> None:
    handled = Handled(now)
    book.snooze("a-1", now.at + HOUR, "")
    assert of(handled, book) is not None
    now.at += HOUR
    assert of(handled, book) is None


def test_the_casebook_is_read_again_only_when_something_was_said(
    book: Casebook, now: Now, monkeypatch: pytest.MonkeyPatch
) -> None:
    reads: list[int] = []
    handling = Casebook.handling

    def counting(self: Casebook, alert_ids: tuple[str, ...]) -> object:
        reads.append(len(alert_ids))
        return handling(self, alert_ids)

    monkeypatch.setattr(Casebook, "handling", counting)
    handled = Handled(now)
    for _ in range(5):
        of(handled, book)
    assert reads == []
    book.acknowledge("a-1", "")
    for _ in range(5):
        of(handled, book)
    assert reads == [2]


def test_a_casebook_that_cannot_be_read_takes_nothing_off_the_screen(book: Casebook, now: Now) -> None:
    handled = Handled(now)
    book.acknowledge("a-1", "mine")
    before = of(handled, book)
    book.close()
    assert of(handled, book) == before
    assert isinstance(handled.problem, CasebookError)


def test_without_a_casebook_alerts_are_as_they_are(now: Now) -> None:
    assert of(Handled(now), None) is None


def test_a_running_console_shows_what_is_said_in_it_and_elsewhere(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    be_brisk(monkeypatch)
    log = write(tmp_path / "app.jsonl", lines(60, spike=(40, 60)))
    path = tmp_path / "casebook.sqlite"
    settings = Settings((str(log),), database=str(tmp_path / "cache.duckdb"), casebook=path, author="ann@one")

    def handling(snapshot: Snapshot) -> Handling | None:
        return next((one.handling for one in snapshot.alerts if one.handling), None)

    with Watched(settings) as watched:
        alert_id = watched.until(lambda s: s.judged_at and s.alerts).alerts[0].alert_id
        watched.engine.acknowledge(alert_id, "mine")
        shown = handling(watched.until(handling))
        assert shown is not None
        assert (shown.acknowledged, shown.author, shown.reason) == (True, "ann@one", "mine")
        watched.engine.snooze(alert_id, HOUR, "")
        until = watched.until(lambda s: (h := handling(s)) and h.snoozed_until)
        assert (found := handling(until)) is not None and found.snoozed_until is not None
        assert found.snoozed_until > clock()
        with Casebook.open(path, author="bob@two", clock=clock) as other:
            other.unsnooze(alert_id)
        watched.until(lambda s: (h := handling(s)) and h.snoozed_until is None)
