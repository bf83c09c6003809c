"""Steps, the sums of them, and what is usual."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
from hypothesis import given
from hypothesis import strategies as st

from console.checks.grid import (
    Cells,
    Grid,
    automatic_baseline,
    largest,
    of_recent,
    usual_highest,
    window_sums,
)

MIDNIGHT = datetime(2026, 11, 2, tzinfo=UTC)
STEP = timedelta(minutes=5)


def grid(days: float) -> Grid:
    return Grid(MIDNIGHT, STEP, round(days * 288))


def unmasked(steps: int) -> np.ndarray:
    return np.zeros(steps, dtype=np.bool_)


def test_steps_are_aligned_to_the_clock_whatever_the_first_row_is() -> None:
    first, newest = MIDNIGHT + timedelta(minutes=7, seconds=3), MIDNIGHT + timedelta(minutes=20)
    made = Grid.over(first, newest, STEP)
    assert made.start == MIDNIGHT + timedelta(minutes=5)
    assert made.steps == 4
    assert made.index(newest) == 3
    assert made.moment(3) == newest


def cells_frame(rows: list[tuple[int, str, int]]) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "step_start": [MIDNIGHT + step * STEP for step, _, _ in rows],
            "model": [model for _, model, _ in rows],
            "rows": [count for _, _, count in rows],
        },
        schema={"step_start": pl.Datetime("us", "UTC"), "model": pl.String, "rows": pl.Int64},
    )


@given(
    st.lists(
        st.tuples(st.integers(0, 19), st.sampled_from(["a", "b", "", "ü"]), st.integers(0, 1000)),
        unique_by=lambda r: r[:2],
    ),
    st.integers(0, 19),
)
def test_asking_again_from_any_step_on_gives_what_asking_once_gives(
    rows: list[tuple[int, str, int]], since: int
) -> None:
    once, twice = Cells(["model"], ["rows"]), Cells(["model"], ["rows"])
    once.put(cells_frame(rows), Grid(MIDNIGHT, STEP, 20))
    early = [(step, model, count // 2 if step >= since else count) for step, model, count in rows]
    twice.put(cells_frame([r for r in early if r[0] <= since]), Grid(MIDNIGHT, STEP, since + 1))
    twice.put(cells_frame([r for r in rows if r[0] >= since]), Grid(MIDNIGHT, STEP, 20), since=since)
    expected = {
        (model,): once.counts("rows")[keys].tolist() for (model,), keys in once.groups("model").items()
    }
    assert expected == {
        (model,): twice.counts("rows")[keys].tolist() for (model,), keys in twice.groups("model").items()
    }
    assert sum(count for _, _, count in rows) == once.counts("rows").sum()


def test_extremes_are_of_what_was_seen_and_nan_where_nothing_was() -> None:
    cells = Cells(["model"], ["rows"], ["lowest", "highest"])
    frame = cells_frame([(1, "a", 2), (3, "a", 1)]).with_columns(
        lowest=pl.Series([1.0, 7.0]), highest=pl.Series([2.0, 7.0])
    )
    cells.put(frame, Grid(MIDNIGHT, STEP, 5))
    np.testing.assert_equal(cells.extremes("lowest")[0], [np.nan, 1, np.nan, 7, np.nan])
    np.testing.assert_equal(cells.extremes("highest")[0], [np.nan, 2, np.nan, 7, np.nan])


@given(st.lists(st.integers(0, 9), min_size=1, max_size=40), st.integers(1, 12))
def test_a_window_is_the_sum_of_its_steps(counts: list[int], window: int) -> None:
    ends = np.arange(len(counts))
    sums = window_sums(np.array([counts]), ends, window)[0]
    assert sums.tolist() == [sum(counts[max(0, end + 1 - window) : end + 1]) for end in range(len(counts))]


def test_without_three_earlier_days_the_day_before_is_the_baseline() -> None:
    steps = grid(2)
    counts = np.ones((1, steps.steps), dtype=np.int32)
    ends = np.array([11, 300, 575])
    found = automatic_baseline(counts, ends, 12, steps, masked=unmasked(steps.steps))
    assert not found.seasonal.any()
    assert found.sums[0].tolist() == [0, 288, 288]


def test_with_three_earlier_days_it_is_the_same_hours_of_these() -> None:
    steps = grid(5)
    hours = np.arange(steps.steps) % 288 // 12
    counts = hours[None, :].astype(np.int32)
    noon_of_day_five = 4 * 288 + 13 * 12 - 1
    found = automatic_baseline(counts, np.array([noon_of_day_five]), 12, steps, masked=unmasked(steps.steps))
    assert found.seasonal.all()
    assert found.sums[0, 0] == 4 * 12 * (11 + 12 + 13)


def test_steps_under_an_alert_are_no_baseline() -> None:
    steps = grid(2)
    counts = np.ones((1, steps.steps), dtype=np.int32)
    masked = unmasked(steps.steps)
    masked[400:500] = True
    found = automatic_baseline(counts, np.array([575]), 12, steps, masked=masked)
    assert found.sums[0, 0] == 288 - 100


def test_a_day_that_is_all_under_an_alert_is_passed_over_for_the_week_before() -> None:
    steps = grid(2.5)
    counts = np.ones((1, steps.steps), dtype=np.int32)
    masked = unmasked(steps.steps)
    masked[288:] = True
    found = automatic_baseline(counts, np.array([steps.steps - 1]), 12, steps, masked=masked)
    assert found.sums[0, 0] == 288


def test_what_is_usual_is_the_highest_of_the_day_before_but_not_of_the_window_itself() -> None:
    steps = grid(2)
    values = np.zeros((1, steps.steps))
    values[0, 300:306] = 0.4
    values[0, -1] = 0.9
    ends = np.arange(steps.steps)
    usual = usual_highest(values, ends, steps, window=12, usable=np.ones((1, steps.steps), dtype=bool))
    assert usual[0, -1] == 0.4
    assert usual[0, 303] == 0.0
    assert usual[0, 330] == 0.4


def test_while_watching_few_windows_tell_the_same_of_what_is_usual_as_all() -> None:
    steps = grid(2)
    rng = np.random.default_rng(3)
    hourly = np.repeat(rng.random(48), 12)[None, :]
    everything = np.arange(steps.steps)
    few = np.unique(np.concatenate([steps.steps - 1 - np.arange(35) * 12, everything[-6:]]))
    usable = np.ones((1, steps.steps), dtype=bool)
    all_of_it = usual_highest(hourly, everything, steps, window=12, usable=usable)
    some = usual_highest(hourly[:, few], few, steps, window=12, usable=usable[:, few])
    assert some[0, -1] == all_of_it[0, -1]


def test_n_of_the_last_m_windows_must_have_fired_and_this_one_too() -> None:
    fired = np.array([[True, False, True, False, False, True, True]])
    told = of_recent(np.arange(7), fired, needed=2, among=3)
    assert told.tolist() == [[False, False, True, False, False, False, True]]


def test_of_many_series_those_with_the_highest_sums_are_kept_in_their_order() -> None:
    counts = np.array([[1, 0], [5, 5], [0, 0], [2, 2], [5, 5]])
    assert largest(counts, 3).tolist() == [1, 3, 4]
    assert largest(counts, 5).tolist() == [0, 1, 2, 3, 4]
    assert largest(counts[:0], 3).tolist() == []


def test_the_largest_numbers_stay_finite_as_extremes() -> None:
    one = Grid(MIDNIGHT, STEP, 1)
    cells = Cells(("key",), ("rows",), ("lowest", "highest"))
    row = {"step_start": [one.start], "key": ["a"], "rows": [2], "lowest": [-1.7e308], "highest": [1.7e308]}
    cells.put(pl.DataFrame(row, schema_overrides={"step_start": pl.Datetime("us", "UTC")}), one)
    low, high = float(cells.extremes("lowest")[0, 0]), float(cells.extremes("highest")[0, 0])
    assert np.isfinite([low, high]).all()
    assert low < -1e37 and high > 1e37
