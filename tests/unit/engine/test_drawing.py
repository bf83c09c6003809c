"""Charts of any time, from rows and from counts, no oftener than can be afforded."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from console.canned import load_catalog
from console.engine.collector import Collector
from console.engine.drawing import MAX_POINTS, floor, step_for
from console.engine.judge import Judge
from console.engine.paced import Paced
from console.engine.picture import Pictures, baseline_in_brief
from console.errors import Interrupted
from console.model import Comparison, Filter, Term, Ticket, TrafficPoint, View
from console.store import Counts, Store
from tests.unit.engine.logs import START, clock, line, lines, write

Fill = Callable[[list[bytes]], Store]
OF_V2 = Filter((Term("model_version", Comparison.IS, "v2"),))


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


def counted(points: tuple[TrafficPoint, ...]) -> list[tuple[datetime, int, int]]:
    return [(point.start, point.rows, point.errors) for point in points]


@pytest.mark.usefixtures("all_checks")
def test_a_chart_from_counts_is_the_one_from_rows(fill: Fill) -> None:
    early = START - timedelta(hours=40)
    store = fill(list(lines(45.7 * 60, a_minute=1, start=early)))
    judge = Judge(store)
    judge.history()
    pictures = Pictures(store)
    for view in (View(), View(span=None), View(span=timedelta(hours=7), until=START - timedelta(hours=3.3))):
        from_rows, from_counts = pictures.take(view), pictures.take(view, judge.totals())
        assert counted(from_counts.traffic) == counted(from_rows.traffic)
        for one, other in zip(from_counts.traffic, from_rows.traffic, strict=True):
            assert one.p95_ms == pytest.approx(other.p95_ms, rel=0.2)
            assert one.p50_ms == pytest.approx(other.p50_ms, rel=0.2)
        assert any(point.usual_rows for point in from_counts.traffic)


def test_what_is_older_than_the_counts_is_drawn_from_its_rows(fill: Fill) -> None:
    old = [line(number, START - timedelta(days=2, minutes=number)) for number in range(10)]
    store = fill([*old, *lines(300, a_minute=1)])
    judge = Judge(store, horizon=timedelta(hours=6))
    judge.history()
    picture = Pictures(store).take(View(span=None), judge.totals())
    assert sum(point.rows for point in picture.traffic) == 310
    starts = [point.start for point in picture.traffic]
    step = timedelta(seconds=picture.step_seconds)
    assert starts == [starts[0] + n * step for n in range(len(starts))]


def test_a_paused_view_ends_where_it_says_and_so_do_its_requests(fill: Fill) -> None:
    store = fill(list(lines(60, a_minute=4)))
    until = START + timedelta(minutes=30)
    picture = Pictures(store).take(View(span=timedelta(minutes=10), until=until))
    assert sum(point.rows for point in picture.traffic) == 40
    assert picture.traffic[-1].start < until
    newest = picture.recent.rows[0][picture.recent.columns.index("ts")]
    assert newest == until - timedelta(seconds=15)
    assert len(picture.recent.rows) == 40
    assert store.table(picture.recent_call).rows == picture.recent.rows


def test_under_a_filter_only_what_meets_it_is_drawn_listed_and_counted(fill: Fill) -> None:
    store = fill(list(lines(60, a_minute=4)))
    view = View(OF_V2, timedelta(minutes=10, seconds=7))
    picture = Pictures(store).take(view)
    start, _ = view.window(START, START + timedelta(minutes=59, seconds=45))
    inside = [n for n in range(240) if n % 2 == 0 and START + n * timedelta(seconds=15) >= start]
    assert picture.matching == len(inside) == sum(point.rows for point in picture.traffic)
    assert {row[picture.recent.columns.index("model_version")] for row in picture.recent.rows} == {"v2"}
    assert picture.recent_call.filter == OF_V2
    assert Pictures(store).take(View()).matching is None


def test_a_filter_on_a_field_that_is_not_there_is_told_and_stops_nothing(fill: Fill) -> None:
    unknown = Filter((Term("regoin", Comparison.IS, "EU"),))
    picture = Pictures(fill(list(lines(5)))).take(View(unknown))
    assert "regoin" in picture.problem
    assert (picture.traffic, picture.recent.rows) == ((), ())


def test_a_filtered_chart_that_takes_long_is_not_asked_for_so_soon_again(fill: Fill, tmp_path: Path) -> None:
    seconds = [0.0]

    def slow() -> float:
        seconds[0] += 1.0
        return seconds[0]

    store = fill(list(lines(10)))
    pictures = Pictures(store, clock=slow)
    first = pictures.take(View(OF_V2))
    again = pictures.take(View(OF_V2))
    assert again.traffic is first.traffic and again.recent is first.recent
    assert again.is_behind and not first.is_behind
    other = pictures.take(View(OF_V2, timedelta(minutes=1)))
    assert not other.is_behind
    seconds[0] += 1_000
    assert not pictures.take(View(OF_V2, timedelta(minutes=1))).is_behind


def test_a_picture_can_be_taken_back(fill: Fill) -> None:
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Interrupted):
        Pictures(fill(list(lines(5)))).take(View(), None, ticket)


@pytest.mark.parametrize("seconds", [1, 60, 119, 121, 3_600, 86_400, 14 * 86_400, 400 * 86_400, 9 * 10**9])
def test_no_chart_has_more_bars_than_one_can_see(seconds: int) -> None:
    step = step_for(timedelta(seconds=seconds))
    assert timedelta(seconds=seconds) / step <= MAX_POINTS or step == timedelta(days=364)
    moment = datetime(2026, 11, 2, 7, 13, 9, 5, tzinfo=UTC)
    assert moment - step < floor(moment, step) <= moment


def test_an_answer_is_kept_twenty_times_as_long_as_it_took() -> None:
    now = [0.0]
    paced: Paced[int] = Paced(lambda: now[0])

    def answer() -> int:
        now[0] += 2.0
        return len(asked)

    asked: list[int] = []
    for at, what in ((0.0, "a"), (41.9, "a"), (42.1, "a"), (45.0, "b")):
        now[0] = at
        asked.append(paced.ask(what, answer))
    assert asked == [0, 0, 2, 3]


@pytest.mark.parametrize(
    ("rows", "hours", "words"), [(9, 1, "none yet"), (900, 3, "3 h before"), (900, 99, "same hours, 4 d")]
)
def test_the_baseline_is_said_in_brief(rows: int, hours: int, words: str) -> None:
    counts = Counts(rows, 0, START, START + timedelta(hours=hours))
    assert baseline_in_brief(counts) == words
    assert baseline_in_brief(counts, ["fraud"]) == "pinned"
    assert baseline_in_brief(Counts(0, 0, None, None)) == ""
