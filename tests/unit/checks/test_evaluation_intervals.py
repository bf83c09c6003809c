"""Intervals and tests, beside what statsmodels 0.15 and scipy 1.17 give for the same numbers."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.checks.evaluation_intervals import (
    Interval,
    apart,
    area,
    area_interval,
    holm,
    mcnemar,
    mean_of,
    wilson,
)
from tests.unit.checks.evaluated import SCORE, TRUE

COUNTS = st.lists(st.tuples(st.integers(0, 4), st.integers(0, 4)), min_size=1, max_size=12)


@pytest.mark.parametrize(
    ("hits", "rows", "low", "high"),
    [
        (0, 10, 0.0, 0.27753279986288926),
        (3, 10, 0.10779126740630104, 0.6032218525388546),
        (950, 1000, 0.9346861797557492, 0.9618697376072513),
        (10, 10, 0.7224672001371106, 1.0),
    ],
)
def test_the_interval_of_a_share_is_wilsons(hits: int, rows: int, low: float, high: float) -> None:
    assert wilson(hits, rows) == pytest.approx((low, high), abs=1e-12)


@given(rows=st.integers(1, 10**6), share=st.floats(0, 1))
@settings(max_examples=50)
def test_the_interval_of_a_share_holds_it_and_is_within_0_and_1(rows: int, share: float) -> None:
    hits = round(rows * share)
    low, high = wilson(hits, rows)
    assert 0 <= low <= hits / rows <= high <= 1
    assert low < high


def test_nothing_is_known_of_a_share_of_no_rows() -> None:
    assert wilson(0, 0) == (0, 1)


def test_the_interval_of_a_difference_is_newcombes() -> None:
    found = apart(wilson(45, 120), 45 / 120, wilson(30, 100), 30 / 100)
    assert found == pytest.approx((-0.19554612997251725, 0.05079838581125212), abs=1e-12)


def test_two_figures_without_doubt_differ_by_what_they_differ() -> None:
    assert apart(Interval(2, 2), 2, Interval(5, 5), 5) == (3, 3)


@pytest.mark.parametrize(
    ("first", "second", "chance"),
    [(3, 12, 0.03515625), (5, 5, 1.0), (1000, 1100, 0.03072070786424249), (0, 0, 1.0), (0, 5000, 0.0)],
)
def test_an_uneven_split_is_told_by_the_exact_binomial_test(first: int, second: int, chance: float) -> None:
    assert mcnemar(first, second) == pytest.approx(chance, abs=1e-11)
    assert mcnemar(second, first) == mcnemar(first, second)


def test_holms_correction_is_that_of_statsmodels_in_the_order_given() -> None:
    assert holm([0.01, 0.04, 0.03, 0.005]) == pytest.approx([0.03, 0.06, 0.06, 0.02])
    assert holm([]) == []
    assert holm([0.9, 0.8]) == [1.0, 1.0]


def test_a_mean_of_one_row_has_no_variance_that_is_known() -> None:
    assert mean_of(0, 0.0, 0.0) is None
    assert mean_of(1, 4.0, 16.0) == (4.0, math.inf)


def test_the_area_and_its_variance_are_delongs() -> None:
    places = np.rint(SCORE * 100).astype(int)
    found = area(np.bincount(places[TRUE], minlength=101), np.bincount(places[~TRUE], minlength=101))
    assert found == pytest.approx((0.7629028967768258, 0.0011861261383129549), abs=1e-12)


@given(counts=COUNTS)
@settings(max_examples=50)
def test_the_area_is_the_share_of_pairs_in_which_the_positive_is_above(counts: list[tuple[int, int]]) -> None:
    positives, negatives = (np.array(side, dtype=np.int64) for side in zip(*counts, strict=True))
    pairs = [
        1.0 if high > low else 0.5 if high == low else 0.0
        for high, many in enumerate(positives)
        for low, others in enumerate(negatives)
        for _ in range(many * others)
    ]
    found = area(positives, negatives)
    if not pairs:
        assert found is None
        return
    assert found is not None
    assert found.value == pytest.approx(sum(pairs) / len(pairs))
    low, high = area_interval(found, positives.sum(), negatives.sum())
    assert -1e-12 <= low <= found.value + 1e-12
    assert found.value - 1e-12 <= high <= 1 + 1e-12


def test_an_area_of_1_is_not_certain_because_its_variance_is_nought() -> None:
    found = area(np.array([0, 0, 5]), np.array([40, 0, 0]))
    assert found == (1.0, 0.0)
    assert found is not None
    assert area_interval(found, 5, 40) == wilson(5, 5)
