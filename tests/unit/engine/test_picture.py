"""What the overview is drawn from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.canned import load_catalog
from console.engine.collector import Collector
from console.engine.drawing import MAX_POINTS
from console.engine.picture import RECENT_ROWS, Pictures, baseline_in_words
from console.model import View
from console.store import Counts, Store
from tests.unit.engine.logs import START, clock, line, lines, write

Fill = Callable[[list[bytes]], Store]


@pytest.fixture
def fill(tmp_path: Path) -> Iterator[Fill]:
    """A store that holds these lines."""
    store = Store(":memory:", load_catalog(), clock=clock)

    def filled(content: list[bytes]) -> Store:
        collector = Collector(store, [str(write(tmp_path / "a.jsonl", content))], clock=clock)
        collector.drain()
        collector.close()
        return store

    yield filled
    store.close()


@pytest.mark.parametrize(
    ("minutes", "a_minute", "step"),
    [(1, 60, 1), (3, 20, 2), (59, 20, 30), (240, 5, 120), (350, 1, 300), (1, 1, 1)],
)
def test_traffic_has_no_gaps_and_adds_up(fill: Fill, minutes: int, a_minute: int, step: int) -> None:
    first = START + timedelta(seconds=0.3)
    picture = Pictures(fill(list(lines(minutes, a_minute=a_minute, start=first)))).take(View())
    assert picture.step_seconds == step
    starts = [point.start for point in picture.traffic]
    assert starts == [starts[0] + n * timedelta(seconds=step) for n in range(len(starts))]
    assert len(starts) <= MAX_POINTS + 2
    assert all(start.timestamp() % step == 0 for start in starts)
    assert picture.counts.newest_ts is not None
    assert starts[0] <= first and picture.counts.newest_ts < starts[-1] + timedelta(seconds=step)
    assert sum(point.rows for point in picture.traffic) == picture.counts.rows == minutes * a_minute
    assert sum(point.errors for point in picture.traffic) == minutes * a_minute // 100


def test_a_pause_in_the_traffic_is_drawn_as_one(fill: Fill) -> None:
    later = START + timedelta(hours=2)
    picture = Pictures(fill([line(0, START), line(1, later, latency_ms=None)])).take(View())
    first, *between, last = picture.traffic
    assert (first.rows, first.p95_ms) == (1, 20.0)
    assert (last.rows, last.p95_ms) == (1, None)
    assert {(point.rows, point.errors, point.p95_ms) for point in between} == {(0, 0, None)}


def test_only_the_last_day_is_drawn(fill: Fill) -> None:
    old = START - timedelta(days=400)
    picture = Pictures(fill([line(0, old), *lines(60)])).take(View())
    assert picture.counts.first_ts == old
    assert len(picture.traffic) <= MAX_POINTS
    assert sum(point.rows for point in picture.traffic) == 1200


def test_the_newest_requests_come_first_and_can_be_asked_for_again(fill: Fill) -> None:
    store = fill(list(lines(60)))
    picture = Pictures(store).take(View())
    assert len(picture.recent.rows) == RECENT_ROWS
    times = [row[picture.recent.columns.index("ts")] for row in picture.recent.rows]
    assert times == sorted(times, reverse=True, key=str)
    assert times[0] == picture.counts.newest_ts
    assert store.table(picture.recent_call).rows == picture.recent.rows


def test_an_empty_store_gives_an_empty_picture(fill: Fill) -> None:
    picture = Pictures(fill([])).take(View())
    assert (picture.traffic, picture.recent.rows, picture.counts.rows) == ((), (), 0)


@pytest.mark.parametrize(
    ("rows", "span", "words"),
    [
        (0, None, "none yet: nothing is stored"),
        (199, timedelta(hours=3), "none yet: 199 rows, 200 needed"),
        (200, timedelta(minutes=30), "the 30 min before each window"),
        (200, timedelta(hours=3), "the 3 h before each window"),
        (9000, timedelta(days=2), "the 24 h before each window"),
        (9000, timedelta(days=9), "the same hours of the 7 days before"),
    ],
)
def test_the_baseline_is_said_in_words(rows: int, span: timedelta | None, words: str) -> None:
    newest = None if span is None else START + span
    first: datetime | None = None if span is None else START.astimezone(UTC)
    assert baseline_in_words(Counts(rows, 0, first, newest)) == words
