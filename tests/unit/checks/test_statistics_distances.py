"""The distances against scipy, and what must hold of them for any counts."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
import scipy  # which imports its parts when they are used: that takes a second
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.checks.distances import (
    chi_square,
    chi_square_p_value,
    estimated_accuracy,
    estimated_f1,
    jensen_shannon,
    kolmogorov_smirnov,
    largest_difference,
    shares,
    stability_index,
    wasserstein,
)

Counts = npt.NDArray[np.int64]
Pair = tuple[Counts, Counts]
WAYS = (stability_index, jensen_shannon, kolmogorov_smirnov, largest_difference)
NEARLY_EQUAL = (
    np.array([553264274, 973668553, 756546904, 589262492, 603925700]),
    np.array([1659792824, 2921005659, 2269640712, 1767787476, 1811777100]),
)
"""Their divergence is rounded to below zero, which has no root."""
each_way = pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)


def row(bins: int, most: int) -> st.SearchStrategy[list[int]]:
    return st.lists(st.integers(0, most), min_size=bins, max_size=bins)


@st.composite
def pairs(draw: st.DrawFn, least_bins: int = 1, most: int = 2_000_000) -> Pair:
    """Rows in each bin, now and before, at least one on either side."""
    bins = draw(st.integers(least_bins, 20))
    now, before = draw(row(bins, most)), draw(row(bins, most))
    now[draw(st.integers(0, bins - 1))] += 1
    before[draw(st.integers(0, bins - 1))] += 1
    return np.array(now), np.array(before)


@settings(deadline=None)
@given(pair=pairs())
@example(pair=(np.array([1, 0]), np.array([0, 1])))
@example(pair=NEARLY_EQUAL)
def test_jensen_shannon_is_scipys_to_any_base(pair: Pair) -> None:
    now, before = pair
    # The square: near nothing scipy's root of a rounding error is off by 1e-8.
    for base in (math.e, 2.0):
        theirs = float(np.nan_to_num(scipy.spatial.distance.jensenshannon(now, before, base=base)))
        assert jensen_shannon(now, before, base=base) ** 2 == pytest.approx(theirs**2, abs=1e-12)


@settings(deadline=None)
@given(pair=pairs())
def test_the_stability_index_is_the_sum_of_both_entropies_with_half_a_row_added(pair: Pair) -> None:
    now, before = (side + 0.5 for side in pair)
    theirs = scipy.stats.entropy(now, before) + scipy.stats.entropy(before, now)
    assert stability_index(*pair) == pytest.approx(theirs, rel=1e-9, abs=1e-12)


@settings(deadline=None)
@given(pair=pairs(least_bins=2, most=30))
def test_kolmogorov_smirnov_is_scipys(pair: Pair) -> None:
    now, before = pair[0] + 1, pair[1] + 1  # scipy's p-value divides by zero where a side has one row
    at = np.arange(len(now))
    theirs = scipy.stats.ks_2samp(np.repeat(at, now), np.repeat(at, before), method="asymp").statistic
    assert kolmogorov_smirnov(now, before) == pytest.approx(theirs, abs=1e-9)


@settings(deadline=None)
@given(pair=pairs(least_bins=2, most=1000), steps=st.lists(st.floats(0.01, 100), min_size=20, max_size=20))
def test_wasserstein_is_scipys_over_the_spread(pair: Pair, steps: list[float]) -> None:
    now, before = pair
    at = np.cumsum(steps[: len(now)])
    theirs = scipy.stats.wasserstein_distance(at, at, now, before)
    spread = math.sqrt(np.cov(at, fweights=before, ddof=0))
    assert wasserstein(now, before, at) == pytest.approx(theirs / max(spread, 0.001), rel=1e-6, abs=1e-9)


@settings(deadline=None)
@given(pair=pairs(least_bins=3))
def test_chi_square_is_scipys_test_of_homogeneity(pair: Pair) -> None:
    now, before = pair
    table = np.array(pair)[:, (now + before) > 0]
    statistic, degrees = chi_square(now, before)
    assert degrees == table.shape[1] - 1
    if table.shape[1] > 1:
        theirs = scipy.stats.chi2_contingency(table, correction=False)
        assert statistic == pytest.approx(theirs.statistic, rel=1e-9, abs=1e-9)
        assert chi_square_p_value(float(statistic), int(degrees)) == pytest.approx(theirs.pvalue, abs=1e-9)


@pytest.mark.parametrize("degrees", [1, 2, 3, 10, 37, 400, 2001])
def test_the_p_value_is_scipys(degrees: int) -> None:
    for statistic in (0.0, 0.1, degrees / 2, degrees, 2 * degrees, 3 * degrees + 30):
        theirs = float(scipy.stats.chi2.sf(statistic, degrees))
        assert chi_square_p_value(statistic, degrees) == pytest.approx(theirs, rel=1e-9, abs=1e-300)


@settings(deadline=None)
@given(pair=pairs())
@pytest.mark.parametrize("way", WAYS, ids=lambda way: way.__name__)
def test_all_are_symmetric_and_nothing_where_shares_are_equal(pair: Pair, way: object) -> None:
    now, before = pair
    assert callable(way)
    assert way(now, before) == pytest.approx(way(before, now), abs=1e-9)
    assert way(now, before) >= 0
    assert way(now, now) == 0
    if way is not stability_index:  # which adds half a row, and so sees how many there are
        assert way(now * 3, now) == pytest.approx(0, abs=1e-7)


@settings(deadline=None)
@given(pair=pairs())
def test_shared_nothing_is_the_most(pair: Pair) -> None:
    now, before = pair
    nothing = np.zeros(len(now), dtype=np.int64)
    apart = (np.concatenate([now, nothing]), np.concatenate([nothing, before]))
    assert jensen_shannon(*apart, base=2) == pytest.approx(1)
    assert kolmogorov_smirnov(*apart) == pytest.approx(1)


@each_way
def test_many_windows_at_once_are_each_as_alone(way: object) -> None:
    random = np.random.default_rng(3)
    now, before = random.integers(0, 50, (7, 4, 9)), random.integers(1, 50, (4, 9))
    assert callable(way)
    together = way(now, before)
    assert together.shape == (7, 4)
    for window in range(7):
        for key in range(4):
            assert together[window, key] == pytest.approx(way(now[window, key], before[key]), abs=1e-12)


@each_way
def test_a_side_without_rows_has_no_distance(way: object) -> None:
    some, none = np.array([[3, 4], [0, 0]]), np.array([5, 5])
    assert callable(way)
    if way is not stability_index:
        assert np.isnan(way(some, none)).tolist() == [False, True]
        assert np.isnan(way(none, np.zeros(2, dtype=np.int64)))
    assert np.isnan(shares(some)).any(axis=-1).tolist() == [False, True]


def test_without_rows_chi_square_and_wasserstein_are_unknown() -> None:
    none, some = np.zeros(3, dtype=np.int64), np.array([1, 2, 3])
    assert np.isnan(chi_square(none, some)).all()
    assert np.isnan(wasserstein(none, some, np.arange(3)))


def test_a_bin_empty_on_one_side_makes_the_bare_index_infinite_and_ours_not() -> None:
    now, before = np.array([5, 5, 0]), np.array([5, 5, 5])
    assert stability_index(now, before, added=0) == math.inf
    assert 0 < stability_index(now, before) < 2


def test_a_constant_baseline_has_the_least_spread() -> None:
    assert wasserstein(np.array([0, 4]), np.array([4, 0]), np.array([1.0, 3.0])) == pytest.approx(2 / 0.001)


@example(scores=[0.0], cut=1.0)
@settings(deadline=None)
@given(scores=st.lists(st.floats(0, 1), min_size=1, max_size=50), cut=st.floats(0, 1))
def test_estimates_are_what_is_expected_of_drawn_truths(scores: list[float], cut: float) -> None:
    given_scores = np.array(scores)
    positive = given_scores >= cut
    p, ps = np.array(positive.sum()), np.array(given_scores[positive].sum())
    n, ns = np.array((~positive).sum()), np.array(given_scores[~positive].sum())
    right = np.where(positive, given_scores, 1 - given_scores)
    assert estimated_accuracy(p, ps, n, ns) == pytest.approx(right.mean(), abs=1e-9)
    precision = ps / p if p else 0.0
    recall = ps / (ps + ns) if ps + ns else 0.0
    f1 = 2 * precision * recall / (precision + recall) if precision + recall else 0.0
    assert estimated_f1(p, ps, n, ns) == pytest.approx(f1, abs=1e-9)


def test_without_predictions_nothing_is_estimated() -> None:
    zero = np.zeros(2)
    assert np.isnan(estimated_accuracy(zero, zero, zero, zero)).all()
    assert np.isnan(estimated_f1(zero, zero, zero, zero)).all()
