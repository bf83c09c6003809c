"""The arithmetic of the charts."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.model import Band, Severity, TrafficPoint
from console.tui.widgets.measures import MEASURES, error_percent, slowest_p95
from console.tui.widgets.plot import (
    Episode,
    Ink,
    Plot,
    Traffic,
    line_of,
    marks,
    plot_of,
    shares,
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
    nothing = (None,) * len(values)
    plot = Plot(tuple(values), nothing, nothing, nothing, 100.0)
    drawn = ["".join(sign for sign, _ in line_of(plot, line, lines)) for line in range(lines)]
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
    assert ground[0] is long
    assert ground[-9:] == [short] * 9
    assert ground[-10] is long


def test_an_episode_that_began_before_the_chart_is_marked_from_its_edge() -> None:
    points = traffic()
    early = Episode(points[0].start - timedelta(days=1), points[10].start, Severity.INFO)
    ground = marks(Traffic(points, 60, NOW, (early,)), 90)
    assert ground[:10] == [early] * 10
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


def plot(
    value: float | None, *, usual: Band | None = None, inner: float | None = None, outer: float | None = None
) -> Plot:
    return Plot((value,), (usual,), (inner,), (outer,), 80.0)


def column(one: Plot) -> list[tuple[str, Ink]]:
    """The cells of its only column, from the ground up, ten units each."""
    return [line_of(one, line, 8)[0] for line in range(8)]


def test_the_upper_limit_of_what_is_usual_is_seen_over_a_bar_and_in_it() -> None:
    usual = Band(15.0, 45.0)
    assert column(plot(20.0, usual=usual))[4] == ("╌", Ink.LIMIT)
    assert column(plot(80.0, usual=usual))[4] == ("╌", Ink.NOTCH)
    assert [ink for _, ink in column(plot(80.0, usual=usual))].count(Ink.NOTCH) == 1


def test_the_lower_limit_is_seen_only_where_a_bar_is_below_it() -> None:
    assert column(plot(5.0, usual=Band(25.0, 45.0)))[2] == ("╌", Ink.LIMIT)
    assert column(plot(35.0, usual=Band(25.0, 75.0)))[2] == ("█", Ink.FULL)
    assert column(plot(0.0, usual=Band(0.0, 45.0)))[0] == (" ", Ink.BLANK)


def test_percentiles_are_marked_in_the_bar_and_over_it() -> None:
    marked = column(plot(50.0, inner=25.0, outer=65.0))
    assert marked[2] == ("─", Ink.NOTCH)
    assert marked[6] == ("·", Ink.MARK)
    assert column(plot(50.0, outer=900.0))[7] == ("^", Ink.MARK)


def test_the_scale_holds_what_is_usual_but_no_stray_percentile() -> None:
    latency = MEASURES[2]
    point = TrafficPoint(NOW, 10, 0, 100.0, 20.0, 9_000.0, usual_p95_ms=Band(90.0, 200.0))
    assert plot_of(latency, [point], 5).top == pytest.approx(320.0)
    assert plot_of(latency, [point], 5, marked=False).top == 200.0
    assert plot_of(latency, [replace(point, p99_ms=210.0)], 5).top == 210.0


def test_bands_of_points_that_share_a_column_are_averaged_and_rates_are_in_per_cent() -> None:
    known = TrafficPoint(NOW, 1, 0, None, usual_error_rate=Band(0.01, 0.03))
    other = replace(known, usual_error_rate=Band(0.03, 0.05))
    band = MEASURES[1].usual([known, other, replace(known, usual_error_rate=None)])
    assert band is not None and (band.low, band.high) == pytest.approx((2.0, 4.0))
    assert MEASURES[0].usual([known]) is None


def test_an_episode_that_is_over_yields_to_one_that_is_open() -> None:
    points = traffic()
    start, until = points[0].start, points[-1].start
    over = Episode(start, until, Severity.CRITICAL, is_open=False)
    still = Episode(points[45].start, until, Severity.INFO)
    ground = marks(Traffic(points, 60, NOW, (still, over)), 90)
    assert ground[:45] == [over] * 45
    assert ground[45] is still
