"""Long charts from what the judging has counted: the same as from the rows."""

from __future__ import annotations

import math
from datetime import UTC, datetime, timedelta

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.checks.grid import Grid
from console.engine.totals import Totals, points_of, quantiles
from console.engine.usual import LEAST_STEPS, with_usual
from console.model import TrafficPoint

DAY = datetime(2026, 11, 2, tzinfo=UTC)
FIVE = timedelta(minutes=5)


def totals(rows: list[int], errors: list[int] | None = None, *, complete: int | None = None) -> Totals:
    """Steps of five minutes with so many rows each, all of them of 10 to 11.2 ms."""
    counts = np.array(rows, dtype=np.int64)
    return Totals(
        grid=Grid(DAY, FIVE, len(rows)),
        complete=len(rows) if complete is None else complete,
        rows=counts,
        errors=np.array(errors or [0] * len(rows), dtype=np.int64),
        latencies=counts[None, :],
        lowest_bin=20,
    )


def points(number: int, first: int = 0, step: timedelta = FIVE) -> tuple[TrafficPoint, ...]:
    return tuple(TrafficPoint(DAY + first * FIVE + n * step, 0, 0, None) for n in range(number))


@given(
    st.lists(st.floats(0.01, 1e5), min_size=1, max_size=200),
    st.sampled_from([0.5, 0.95, 0.99]),
)
@settings(max_examples=50)
def test_a_percentile_lies_within_a_bin_of_the_exact_one(values: list[float], share: float) -> None:
    bins = np.array([math.floor(20 * math.log10(value) + 1e-9) for value in values])
    lowest = int(bins.min())
    counts = np.bincount(bins - lowest).astype(np.int64)[:, None]
    found = quantiles(counts, lowest, (share,))[0, 0]
    exact = sorted(values)[max(0, math.ceil(share * len(values)) - 1)]
    assert 10 ** (-1 / 20) * 0.999 <= found / exact <= 10 ** (1 / 20) * 1.001


def test_a_step_without_latencies_has_no_percentile() -> None:
    assert np.isnan(quantiles(np.zeros((3, 2), np.int64), 0, (0.5,))).all()
    assert quantiles(np.zeros((0, 2), np.int64), 0, (0.5, 0.9)).shape == (2, 2)


def test_steps_are_added_up_and_those_that_are_not_over_are_left_to_the_rows() -> None:
    counted = totals([1, 2, 3, 4, 5, 6, 7], [0, 1, 0, 1, 0, 1, 0], complete=5)
    found = points_of(counted, DAY, DAY + timedelta(hours=1), 2 * FIVE)
    assert [(point.start, point.rows, point.errors) for point in found] == [
        (DAY, 3, 1),
        (DAY + 2 * FIVE, 7, 1),
    ]
    assert all(point.p50_ms and 10 <= point.p50_ms <= (point.p99_ms or 0) <= 11.3 for point in found)


def test_what_is_before_the_first_step_is_empty_and_not_an_error() -> None:
    found = points_of(totals([5, 5]), DAY - 2 * FIVE, DAY + 2 * FIVE, 2 * FIVE)
    assert [(point.rows, point.p95_ms is None) for point in found] == [(0, True), (10, False)]


def test_usual_are_the_same_hours_of_earlier_days_where_there_are_three() -> None:
    """Nights are quiet and noons are busy: at night only nights are usual."""
    day = [10] * 144 + [100] * 144
    found = with_usual(points(1, first=3 * 288 + 60), FIVE, totals(day * 4))
    assert found[0].usual_rows is not None
    assert (found[0].usual_rows.low, found[0].usual_rows.high) == (10, 10)
    fewer = with_usual(points(1, first=2 * 288 + 60), FIVE, totals(day * 4))
    assert fewer[0].usual_rows is not None
    assert (fewer[0].usual_rows.low, fewer[0].usual_rows.high) == (10, 100)


def test_a_band_is_told_for_the_length_of_a_bar_and_rates_are_not() -> None:
    found = with_usual(points(1, 300, 3 * FIVE), 3 * FIVE, totals([20] * 288 * 2, [2] * 288 * 2))
    assert found[0].usual_rows is not None and found[0].usual_error_rate is not None
    assert (found[0].usual_rows.high, found[0].usual_error_rate.high) == (60, 0.1)


@pytest.mark.parametrize(("before", "is_known"), [(LEAST_STEPS - 1, False), (LEAST_STEPS, True)])
def test_nothing_is_usual_before_there_is_enough_to_tell(before: int, is_known: bool) -> None:
    """Steps without rows before the first of all are none that were quiet."""
    found = with_usual(points(1, first=50 + before), FIVE, totals([0] * 50 + [7] * 100))
    assert (found[0].usual_rows is not None) is is_known


def test_what_is_usual_does_not_look_ahead() -> None:
    found = with_usual(points(1, first=100), FIVE, totals([5] * 100 + [900] * 100))
    assert found[0].usual_rows is not None and found[0].usual_rows.high == 5


def test_steps_that_are_not_over_do_not_say_what_is_usual() -> None:
    found = with_usual(points(1, first=100), FIVE, totals([5] * 200, complete=LEAST_STEPS - 1))
    assert found[0].usual_rows is None


def test_without_counts_nothing_is_usual() -> None:
    assert with_usual(points(2), FIVE, None) == points(2)
    assert with_usual(points(2), timedelta(days=1), totals([5] * 2000)) == points(2)
