"""Shares that rose: planted in traffic of their own rhythm, and found when they should be."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import Any

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.checks.bursts import clumps, densest
from console.checks.grid import Board, Grid
from console.checks.shares import Found, Series, ShareLimits, judge_series
from console.model import Verdict

DAY = 288
LIMITS = ShareLimits()


def judged(
    rows: np.ndarray,
    hits: np.ndarray,
    *,
    windows: tuple[int, ...] = (1, 6),
    limits: ShareLimits = LIMITS,
    masked: np.ndarray | None = None,
    pinned: tuple[np.ndarray, np.ndarray] | None = None,
) -> list[Found]:
    steps = rows.shape[1]
    grid = Grid(datetime(2026, 11, 2, tzinfo=UTC), timedelta(minutes=5), steps)
    board = Board(grid, np.arange(steps), steps - 1)
    mask = np.zeros(steps, dtype=np.bool_) if masked is None else masked
    return judge_series(Series(rows, hits), board, windows, limits, masked=mask, pinned=pinned)


def judged_again(rows: np.ndarray, hits: np.ndarray, **given: Any) -> list[Found]:
    """As the judge does: again without what was found as a baseline; what belongs to none is left out."""
    masked = np.zeros(rows.shape[1], dtype=np.bool_)
    told: list[Found] = []
    for _ in range(3):
        told, alive = [], -1
        found = judged(rows, hits, masked=masked, **given)
        masked = np.zeros(rows.shape[1], dtype=np.bool_)
        for one in sorted(found, key=lambda f: (f.end, f.verdict is not Verdict.BREACH)):
            if one.trouble and (one.verdict is Verdict.BREACH or one.trouble[0] <= alive):
                alive = max(alive, one.trouble[1])
                masked[slice(*one.trouble)] = True
                told.append(one)
    return told


def breaches(found: list[Found]) -> list[Found]:
    return [one for one in found if one.verdict is Verdict.BREACH]


def traffic(
    seed: int, days: float, slices: int = 3, level: int = 60
) -> tuple[np.random.Generator, np.ndarray]:
    """Requests a step with a strong daily rhythm; row 0 is the sum of the slices."""
    rng = np.random.default_rng(seed)
    steps = round(days * DAY)
    daily = 1 + 0.8 * np.sin(2 * np.pi * (np.arange(steps) / DAY - 0.25))
    parts = rng.poisson(level / slices * daily, size=(slices, steps))
    return rng, np.vstack([parts.sum(axis=0), parts])


def with_rate(rng: np.random.Generator, rows: np.ndarray, rates: np.ndarray) -> np.ndarray:
    parts = rng.binomial(rows[1:], rates)
    return np.vstack([parts.sum(axis=0), parts])


@pytest.mark.parametrize("seed", range(6))
def test_four_calm_days_whose_error_rate_has_a_rhythm_raise_no_alarm(seed: int) -> None:
    rng, rows = traffic(seed, 4)
    nightly = 0.004 + 0.006 * (1 + np.cos(2 * np.pi * np.arange(rows.shape[1]) / DAY))
    hits = with_rate(rng, rows, np.broadcast_to(nightly, rows[1:].shape))
    assert breaches(judged(rows, hits)) == []


@pytest.mark.parametrize("seed", range(6))
def test_a_slice_that_fails_is_found_within_a_quarter_of_an_hour_and_named(seed: int) -> None:
    rng, rows = traffic(seed, 2)
    rates = np.full(rows[1:].shape, 0.005)
    start = DAY + 150
    rates[1, start : start + 24] = 0.35
    found = judged_again(rows, with_rate(rng, rows, rates))
    assert start <= min(one.end for one in breaches(found)) <= start + 2
    assert {one.place for one in breaches(found)} == {2}
    first, last = zip(*(one.trouble for one in found if one.trouble and one.place == 2), strict=True)
    assert abs(min(first) - start) <= 1
    assert abs(max(last) - (start + 24)) <= 1


def test_trouble_in_every_slice_is_told_of_the_whole() -> None:
    rng, rows = traffic(1, 2)
    rates = np.full(rows[1:].shape, 0.005)
    rates[:, DAY + 150 :] = 0.3
    found = breaches(judged_again(rows, with_rate(rng, rows, rates)))
    assert {one.place for one in found if one.window == 6 and DAY + 156 <= one.end < DAY + 180} == {0}


def test_a_leak_too_small_for_a_short_window_shows_in_a_long_one() -> None:
    rng, rows = traffic(2, 2, level=30)
    rates = np.full(rows[1:].shape, 0.002)
    rates[:, DAY + 100 : DAY + 200] = 0.045
    found = breaches(judged(rows, with_rate(rng, rows, rates), windows=(1, 24)))
    assert 24 in {one.window for one in found}


def test_what_comes_back_day_by_day_is_its_rhythm_from_the_second_day_on() -> None:
    rng, rows = traffic(3, 3)
    rates = np.full(rows[1:].shape, 0.005)
    for day in range(3):
        rates[:, day * DAY + 20 : day * DAY + 32] = 0.1
    found = breaches(judged(rows, with_rate(rng, rows, rates)))
    assert all(one.end < DAY for one in found)


def test_under_a_mask_the_trouble_does_not_become_usual() -> None:
    rng, rows = traffic(4, 2)
    rates = np.full(rows[1:].shape, 0.005)
    start = DAY + 20
    rates[:, start:] = 0.1
    hits = with_rate(rng, rows, rates)
    masked = np.zeros(rows.shape[1], dtype=np.bool_)
    masked[start:] = True
    last = [one for one in judged(rows, hits, masked=masked) if one.end >= rows.shape[1] - 100]
    assert Verdict.BREACH in {one.verdict for one in last}
    assert all(one.baseline_share is not None and one.baseline_share < 0.02 for one in last)


def test_it_lingers_on_its_way_down_and_is_over_below_half_the_way() -> None:
    rows = np.full((1, 2 * DAY), 1000)
    hits = np.full((1, 2 * DAY), 10)
    hits[0, 400:410], hits[0, 410:420], hits[0, 420:] = 200, 26, 11
    masked = np.zeros(2 * DAY, dtype=np.bool_)
    masked[400:420] = True
    verdicts = {one.end: one.verdict for one in judged(rows, hits, windows=(1,), masked=masked)}
    assert verdicts[405] is Verdict.BREACH
    assert verdicts[415] is Verdict.LINGERING
    assert verdicts.get(425) is None


def test_one_odd_window_is_not_enough_unless_it_is_beyond_doubt() -> None:
    rows, hits = np.full((1, 2 * DAY), 200), np.full((1, 2 * DAY), 2)
    hits[0, 400] = 14
    assert breaches(judged(rows, hits, windows=(1,))) == []
    hits[0, 400] = 60
    assert [one.end for one in breaches(judged(rows, hits, windows=(1,)))] == [400]


def test_a_chosen_baseline_takes_the_place_of_what_went_before() -> None:
    rows, hits = np.full((1, 40), 200), np.full((1, 40), 20)
    assert breaches(judged(rows, hits)) == []
    pinned = (np.array([10_000]), np.array([100]))
    found = breaches(judged(rows, hits, pinned=pinned))
    assert found[0].baseline_share == 0.01


def test_without_enough_rows_or_a_baseline_it_says_which_is_lacking() -> None:
    rows, hits = np.full((1, 40), 2), np.zeros((1, 40), dtype=int)
    newest = [one for one in judged(rows, hits, windows=(1, 12)) if one.end == 39]
    assert [one.verdict for one in newest] == [Verdict.TOO_FEW_ROWS, Verdict.NO_BASELINE]


@given(st.lists(st.tuples(st.integers(0, 30), st.floats(0, 1)), min_size=1, max_size=24), st.floats(0, 0.9))
def test_the_densest_stretch_lies_in_the_window_and_is_at_least_as_dense_as_all_of_it(
    steps: list[tuple[int, float]], usual: float
) -> None:
    rows = np.array([n for n, _ in steps])
    hits = np.array([round(n * share) for n, share in steps])
    low, high = densest(rows, hits, usual)
    assert 0 <= low < high <= len(steps)
    if rows.sum() and hits.sum() / rows.sum() > max(usual, 1e-6):
        assert hits[low:high].sum() / max(rows[low:high].sum(), 1) >= hits.sum() / rows.sum() - 1e-12


def test_errors_that_come_in_bursts_count_as_fewer() -> None:
    rng = np.random.default_rng(5)
    rows = np.full(4 * DAY, 50)
    alone = rng.poisson(0.25, size=4 * DAY)
    together = rng.poisson(0.05, size=4 * DAY) * 5
    calm = np.zeros(4 * DAY, dtype=np.bool_)
    assert clumps(rows, alone, 12, calm) < 1.3
    assert clumps(rows, together, 12, calm) == 3.0
    assert clumps(rows[:60], together[:60], 12, calm[:60]) == 1.0


def test_a_burst_in_one_step_of_a_longer_window_is_no_trouble() -> None:
    rows, hits = np.full((1, 2 * DAY), 40), np.zeros((1, 2 * DAY), dtype=int)
    hits[0, 400] = 9
    assert breaches(judged(rows, hits, windows=(6, 24))) == []
    hits[0, 400:406] = 3
    assert breaches(judged(rows, hits, windows=(6, 24))) != []
