"""The arithmetic of the charts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

from hypothesis import given
from hypothesis import strategies as st

from console.model import Severity, TrafficPoint
from console.tui.widgets.plot import (
    MEASURES,
    Episode,
    Traffic,
    error_percent,
    heights,
    line_of_bars,
    marks,
    shares,
    slowest_p95,
    time_axis,
)
from tests.tui.fakes import NOW, traffic


@given(points=st.integers(1, 500), width=st.integers(1, 200))
def test_every_point_is_in_some_column_and_no_column_is_empty(points: int, width: int) -> None:
    columns = shares(points, width)
    assert len(columns) == width
    assert all(len(column) >= 1 for column in columns)
    assert {index for column in columns for index in column} == set(range(points))


@given(st.lists(st.none() | st.floats(0, 100), min_size=1, max_size=50), st.integers(1, 12))
def test_bars_fill_from_the_ground_and_a_gap_is_not_a_zero(values: list[float | None], lines: int) -> None:
    eighths = heights(values, 100.0, lines)
    drawn = [line_of_bars(eighths, line) for line in range(lines)]
    for x, value in enumerate(values):
        column = "".join(line[x] for line in drawn)
        if value is None:
            assert column == "·" + " " * (lines - 1)
        else:
            assert "·" not in column
            assert (column.strip() == "") == (value == 0)
            assert column.lstrip("█").strip(" ") in set("▁▂▃▄▅▆▇") | {""}


def test_merged_error_rates_weigh_rows_and_have_gaps() -> None:
    busy, idle = TrafficPoint(NOW, 900, 9, None), TrafficPoint(NOW, 100, 91, 5.0)
    assert error_percent([busy, idle]) == 10.0
    assert error_percent([TrafficPoint(NOW, 0, 0, None)]) is None
    assert slowest_p95([busy]) is None
    assert slowest_p95([busy, idle]) == 5.0


def test_a_step_that_is_not_over_is_not_taken_for_the_current_one() -> None:
    points = traffic()
    shown = Traffic(points, 60, NOW)
    assert shown.last_is_partial
    assert shown.newest_whole == points[-2]
    assert replace(shown, as_of=points[-1].start + timedelta(minutes=1)).newest_whole == points[-1]


def test_the_worst_episode_wins_where_two_overlap() -> None:
    points = traffic()
    start, until = points[0].start, points[-1].start + timedelta(minutes=1)
    long = Episode(start, until, Severity.WARNING)
    short = Episode(until - timedelta(minutes=9), until, Severity.CRITICAL)
    ground = marks(Traffic(points, 60, NOW, (short, long)), 90)
    assert ground[0] is Severity.WARNING
    assert ground[-9:] == [Severity.CRITICAL] * 9
    assert ground[-10] is Severity.WARNING


def test_an_episode_that_began_before_the_chart_is_marked_from_its_edge() -> None:
    points = traffic()
    early = Episode(points[0].start - timedelta(days=1), points[10].start, Severity.INFO)
    ground = marks(Traffic(points, 60, NOW, (early,)), 90)
    assert ground[:10] == [Severity.INFO] * 10
    assert ground[10] is None


def test_an_episode_outside_of_the_chart_leaves_no_mark() -> None:
    points = traffic()
    gone = Episode(NOW - timedelta(days=2), NOW - timedelta(days=1), Severity.CRITICAL)
    assert set(marks(Traffic(points, 60, NOW, (gone,)), 90)) == {None}


@given(width=st.integers(1, 120), hours=st.integers(1, 400))
def test_the_time_axis_is_as_wide_as_the_chart(width: int, hours: int) -> None:
    assert len(time_axis(NOW - timedelta(hours=hours), NOW, width)) == width


def test_the_time_axis_tells_both_ends() -> None:
    axis = time_axis(NOW - timedelta(hours=2), NOW, 30)
    assert axis.split() == ["00:14", "01:14", "02:14"]
    assert axis.startswith("00:14") and axis.endswith("02:14")
    assert time_axis(NOW - timedelta(days=3), NOW, 40).startswith("10-30 02:14")


def test_noise_is_not_drawn_as_a_mountain() -> None:
    errors = next(measure for measure in MEASURES if measure.title == "Error rate")
    assert errors.least_top >= 5.0
