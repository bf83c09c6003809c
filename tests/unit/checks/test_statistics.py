"""The tests and distances against scipy, numpy and simulation."""

from __future__ import annotations

import math

import numpy as np
import pytest
import scipy  # which imports its parts when they are used: that takes a second
from hypothesis import example, given
from hypothesis import strategies as st

from console.checks.psi import psi_of
from console.checks.statistics import chi_square_quantile, rise_p_value

COUNTS = st.integers(0, 5_000_000)
Fourfold = tuple[int, int, int, int]


@st.composite
def fourfold(draw: st.DrawFn, most: int = 5_000_000) -> Fourfold:
    """Hits and rows of a window, hits and rows of a baseline."""
    rows, baseline_rows = draw(st.integers(1, most)), draw(st.integers(1, most))
    return draw(st.integers(0, rows)), rows, draw(st.integers(0, baseline_rows)), baseline_rows


def fisher(hits: int, rows: int, baseline_hits: int, baseline_rows: int) -> float:
    table = [[hits, rows - hits], [baseline_hits, baseline_rows - baseline_hits]]
    return float(scipy.stats.fisher_exact(table, alternative="greater").pvalue)


def is_exact(hits: int, rows: int, baseline_hits: int, baseline_rows: int) -> bool:
    pooled = (hits + baseline_hits) / (rows + baseline_rows)
    return min(rows, baseline_rows) * min(pooled, 1 - pooled) < 10


@given(table=fourfold(most=2_000))
@example(table=(5, 20, 10, 1000))
@example(table=(1, 50, 1, 50))
@example(table=(6, 1000, 148_999, 149_000))
@example(table=(0, 1000, 5, 5))
def test_few_hits_are_tested_as_fisher_does(table: Fourfold) -> None:
    if is_exact(*table):
        assert rise_p_value(*table) == pytest.approx(fisher(*table), rel=1e-7, abs=1e-12)


@given(table=fourfold())
@example(table=(60, 1000, 400, 10_000))
@example(table=(40, 1000, 400, 10_000))
def test_many_hits_are_tested_by_the_pooled_z(table: Fourfold) -> None:
    hits, rows, baseline_hits, baseline_rows = table
    if not is_exact(*table):
        pooled = (hits + baseline_hits) / (rows + baseline_rows)
        spread = math.sqrt(pooled * (1 - pooled) * (1 / rows + 1 / baseline_rows))
        z = (hits / rows - baseline_hits / baseline_rows) / spread
        assert rise_p_value(*table) == pytest.approx(float(scipy.stats.norm.sf(z)), rel=1e-6, abs=1e-300)


@pytest.mark.parametrize("scale", [1, 10, 100])
@pytest.mark.parametrize("rate", [0.001, 0.01, 0.3, 0.99])
def test_both_tests_agree_about_where_one_takes_over_from_the_other(scale: int, rate: float) -> None:
    rows, baseline_rows = 1000 * scale, 20_000 * scale
    for sigmas in (-2, 0, 1, 2, 3):
        spread = math.sqrt(rate * (1 - rate) / rows)
        hits = min(rows, max(0, round(rows * (rate + sigmas * spread))))
        table = (hits, rows, round(baseline_rows * rate), baseline_rows)
        assert rise_p_value(*table) == pytest.approx(fisher(*table), rel=0.9, abs=0.06)


@given(table=fourfold(most=50_000_000))
@example(table=(50_000_000, 50_000_000, 0, 50_000_000))
@example(table=(0, 50_000_000, 50_000_000, 50_000_000))
@example(table=(1, 1, 0, 50_000_000))
@example(table=(9, 50_000_000, 0, 50_000_000))
@example(table=(49_999_991, 50_000_000, 50_000_000, 50_000_000))
def test_it_is_a_probability_at_any_counts(table: Fourfold) -> None:
    assert 0.0 <= rise_p_value(*table) <= 1.0


@given(table=fourfold(most=3_000))
def test_more_hits_are_never_less_surprising_within_one_test(table: Fourfold) -> None:
    hits, rows, baseline_hits, baseline_rows = table
    if hits < rows and is_exact(*table) == is_exact(hits + 1, *table[1:]):
        more = rise_p_value(hits + 1, rows, baseline_hits, baseline_rows)
        assert more <= rise_p_value(*table) + 1e-9


@pytest.mark.parametrize("table", [(0, 0, 5, 100), (5, 10, 0, 0), (0, 10, 0, 100), (10, 10, 100, 100)])
def test_where_nothing_can_differ_nothing_is_surprising(table: Fourfold) -> None:
    assert rise_p_value(*table) == 1.0


def test_a_rate_that_fell_is_no_rise_even_where_a_double_cannot_hold_the_term() -> None:
    assert rise_p_value(6, 1000, 148_999, 149_000) == pytest.approx(1.0)


@pytest.mark.parametrize("degrees", [*range(1, 41), 100, 1000])
def test_chi_square_is_within_two_percent(degrees: int) -> None:
    for exponent in range(1, 13):
        alpha = 10.0**-exponent
        assert chi_square_quantile(alpha, degrees) == pytest.approx(
            scipy.stats.chi2.isf(alpha, degrees), rel=0.02
        )


@pytest.mark.parametrize(("rows", "baseline_rows"), [(100, 1000), (1000, 10_000), (500, 500)])
@pytest.mark.parametrize("alpha", [0.1, 0.01])
def test_chance_exceeds_the_noise_floor_of_psi_about_as_often_as_stated(
    rows: int, baseline_rows: int, alpha: float
) -> None:
    random = np.random.default_rng(20)
    shares, trials = np.full(10, 0.1), 4000
    found, _ = psi_of(
        random.multinomial(rows, shares, trials).T, random.multinomial(baseline_rows, shares, trials).T
    )
    floor = (1 / rows + 1 / baseline_rows) * chi_square_quantile(alpha, 9)
    assert 0.5 * alpha <= float((found > floor).mean()) <= 1.5 * alpha
