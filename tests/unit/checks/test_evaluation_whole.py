"""Log loss and R²: their values are scikit-learn's, their intervals those of draws."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.checks.evaluation_whole import Spread, log_loss, r_squared
from console.model.evaluation import Figure
from tests.unit.checks.evaluated import NUMBER, SCORE, TRUE, TRUTH

Values = npt.NDArray[np.float64]


def loss(score: Values, true: npt.NDArray[np.bool_]) -> Figure:
    chances, places = np.unique(score, return_inverse=True)
    rows = np.bincount(places, minlength=len(chances))
    return log_loss(chances, np.bincount(places, weights=true, minlength=len(chances)).astype(np.int64), rows)


def explained(number: Values, truth: Values) -> Figure:
    error, distance = number - truth, truth - truth.mean()
    squares, spread = error**2, distance**2
    return r_squared(
        Spread(
            len(truth),
            float(squares.sum()),
            float((squares**2).sum()),
            float(spread.sum()),
            float((spread**2).sum()),
            float((squares * spread).sum()),
        )
    )


def test_their_values_are_those_of_scikit_learn() -> None:
    assert loss(SCORE, TRUE).value == pytest.approx(0.6221478495035114, abs=1e-12)
    assert explained(NUMBER, TRUTH).value == pytest.approx(0.9546245538080317, abs=1e-12)


def test_a_score_of_nought_that_was_wrong_costs_what_it_does_in_scikit_learn() -> None:
    wrong = loss(np.array([0.0, 1.0, 0.25]), np.array([True, False, True]))
    assert wrong.value == pytest.approx(24.491200379784733, abs=1e-9)
    assert (wrong.low, wrong.why) == (None, "no interval with fewer than 30 rows")


def test_their_intervals_are_those_which_draws_of_the_same_rows_have() -> None:
    dice = np.random.default_rng(3)
    drawn = dice.integers(0, len(TRUE), (4_000, len(TRUE)))
    inside = np.clip(SCORE, 1e-15, 1 - 1e-15)
    losses = np.where(TRUE, -np.log(inside), -np.log1p(-inside))
    one = loss(SCORE, TRUE)
    # The least loss of one row and the highest are 36 apart, so that draws are skew.
    assert (one.low, one.high) == pytest.approx(
        np.quantile(losses[drawn].mean(axis=1), [0.025, 0.975]), abs=0.06
    )
    error, truth = (NUMBER - TRUTH)[drawn], TRUTH[drawn]
    shares = 1 - (error**2).sum(axis=1) / ((truth - truth.mean(axis=1, keepdims=True)) ** 2).sum(axis=1)
    two = explained(NUMBER, TRUTH)
    assert (two.low, two.high) == pytest.approx(np.quantile(shares, [0.025, 0.975]), abs=0.002)


@given(st.lists(st.tuples(st.floats(-1e3, 1e3), st.floats(-1e3, 1e3)), max_size=60))
@settings(max_examples=50)
def test_r_squared_is_its_plain_definition_within_its_interval(pairs: list[tuple[float, float]]) -> None:
    number, truth = (
        (np.array(column, dtype=np.float64) for column in zip(*pairs, strict=True))
        if pairs
        else (
            np.zeros(0),
            np.zeros(0),
        )
    )
    one = explained(number, truth) if pairs else r_squared(Spread(0, 0.0, 0.0, 0.0, 0.0, 0.0))
    spread = float(((truth - truth.mean()) ** 2).sum()) if pairs else 0.0
    if len(pairs) < 2 or spread == 0:
        assert one.value is None
        assert one.why
        return
    if one.value is None:
        assert "too alike" in one.why
        return
    assert one.value == pytest.approx(1 - float(((number - truth) ** 2).sum()) / spread)
    if one.low is not None and one.high is not None:
        assert one.low <= one.value <= one.high <= 1


def test_numbers_that_nothing_can_be_made_of_give_no_figure_and_no_error() -> None:
    for sums in (
        Spread(40, 1e120, 1e240, 1e-300, 0.0, 0.0),
        Spread(40, 1e122, 1e242, 1e122, 1e242, 1e242),
        Spread(40, 0.0, 0.0, 5e-324, 0.0, 0.0),
    ):
        one = r_squared(sums)
        assert one.value is None or math.isfinite(one.value)
        assert one.low is None or math.isfinite(one.low)
