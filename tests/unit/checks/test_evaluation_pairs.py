"""Two versions on the same inputs."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.checks.evaluation import Kind, figures_of
from console.checks.evaluation_pairs import Predicted, paired, placements, unpaired
from console.model.evaluation import Difference
from tests.unit.checks.evaluated import NUMBER, OTHER, ROWS, SCORE, TRUE, TRUTH, tally

CLASSES = Kind(binary=True, scored=True)
NOTHING = np.zeros(ROWS, dtype=np.bool_)


def said(score: npt.NDArray[np.float64], true: npt.NDArray[np.bool_] = TRUE) -> Predicted:
    positive = score >= 0.5
    return Predicted(positive == true, positive, true, score, np.full(len(score), np.nan))


def numbers(error: npt.NDArray[np.float64]) -> Predicted:
    nothing = np.zeros(len(error), dtype=np.bool_)
    return Predicted(nothing, nothing, nothing, np.full(len(error), np.nan), error)


def by_name(found: tuple[Difference, ...]) -> dict[str, Difference]:
    return {one.measure: one for one in found}


def test_a_version_beside_itself_does_not_differ() -> None:
    for one in paired(said(SCORE), said(SCORE), TRUE, CLASSES):
        assert one.value == 0
        assert one.chance in (None, 1.0)
        assert one.low is not None and one.high is not None
        assert one.low <= 0 <= one.high


def test_each_side_has_the_figures_that_it_has_alone() -> None:
    alone = figures_of(tally(), CLASSES)
    for one in paired(said(SCORE), said(OTHER), TRUE, CLASSES):
        assert one.first.value == pytest.approx(alone[one.measure].value)
        assert one.second.value is not None and one.first.value is not None
        assert one.value == pytest.approx(one.second.value - one.first.value)


def test_areas_are_compared_as_delong_does() -> None:
    one = by_name(paired(said(SCORE), said(OTHER), TRUE, CLASSES))["AUC"]
    spread = 0.00018294689757775238**0.5
    assert one.value == pytest.approx(-0.0024989800081599567, abs=1e-12)
    assert one.low is not None and one.high is not None
    assert (one.high - one.low) / 2 == pytest.approx(1.959963984540054 * spread, abs=1e-12)


def test_accuracy_is_compared_by_those_pairs_of_which_one_is_right() -> None:
    true = np.ones(40, dtype=np.bool_)
    first, second = np.full(40, 0.9), np.full(40, 0.9)
    first[:12], second[12:15] = 0.1, 0.1
    one = by_name(paired(said(first, true), said(second, true), true, CLASSES))["accuracy"]
    assert one.value == pytest.approx(9 / 40)
    assert one.chance == pytest.approx(0.03515625)
    assert one.test == "McNemar, exact"


def test_f1_is_compared_by_draws_that_are_always_the_same() -> None:
    first, again = (by_name(paired(said(SCORE), said(OTHER), TRUE, CLASSES))["F1"] for _ in range(2))
    assert first == again
    assert first.low is not None and first.high is not None and first.value is not None
    assert first.low < first.value < first.high


def test_pairing_tells_more_than_the_same_rows_unpaired() -> None:
    together = by_name(paired(said(SCORE), said(OTHER), TRUE, CLASSES))["AUC"]
    apart = by_name(
        unpaired(figures_of(tally(), CLASSES), figures_of(tally(score=np.rint(OTHER * 100) / 100), CLASSES))
    )["AUC"]
    assert None not in (together.low, together.high, apart.low, apart.high)
    assert together.high - together.low < (apart.high - apart.low) / 2  # type: ignore[operator]


def test_errors_of_numbers_are_compared_input_by_input() -> None:
    error = NUMBER - TRUTH
    found = by_name(paired(numbers(error), numbers(error + 0.5), NOTHING, Kind(is_number=True)))
    assert found["bias"].value == pytest.approx(0.5)
    assert (found["bias"].low, found["bias"].high) == pytest.approx((0.5, 0.5))
    gaps = np.abs(error + 0.5) - np.abs(error)
    half = 1.959963984540054 * gaps.std(ddof=1) / ROWS**0.5
    assert found["MAE"].value == pytest.approx(gaps.mean())
    assert found["MAE"].high == pytest.approx(gaps.mean() + half)
    roots = [float(np.sqrt((one**2).mean())) for one in (error, error + 0.5)]
    assert found["RMSE"].value == pytest.approx(roots[1] - roots[0])
    dice, gaps_of_roots = np.random.default_rng(4), []
    for _ in range(2_000):
        some = dice.integers(0, ROWS, ROWS)
        drawn = [float(np.sqrt((one[some] ** 2).mean())) for one in (error, error + 0.5)]
        gaps_of_roots.append(drawn[1] - drawn[0])
    low, high = np.quantile(gaps_of_roots, [0.025, 0.975])
    assert (found["RMSE"].low, found["RMSE"].high) == pytest.approx((float(low), float(high)), abs=0.01)


def test_inputs_without_a_score_of_both_are_left_out_of_the_areas() -> None:
    holes = np.where(np.arange(ROWS) % 3 == 0, np.nan, OTHER)
    both = np.arange(ROWS) % 3 != 0
    some = by_name(paired(said(SCORE[both], TRUE[both]), said(OTHER[both], TRUE[both]), TRUE[both], CLASSES))
    other = Predicted(TRUE, TRUE, TRUE, holes, holes)
    assert by_name(paired(said(SCORE), other, TRUE, CLASSES))["AUC"].value == some["AUC"].value


def test_without_pairs_nothing_is_claimed() -> None:
    none = said(np.zeros(0), np.zeros(0, dtype=np.bool_))
    for kind in (CLASSES, Kind(is_number=True), Kind()):
        found = paired(none, none, np.zeros(0, dtype=np.bool_), kind)
        assert found
        assert all(one.value is None for one in found)


@given(
    rows=st.lists(st.tuples(st.integers(0, 4), st.booleans()), min_size=2, max_size=30).filter(
        lambda rows: len({true for _, true in rows}) == 2
    )
)
@settings(max_examples=50)
def test_placements_are_the_shares_that_are_counted_one_by_one(rows: list[tuple[int, bool]]) -> None:
    chances = np.array([score for score, _ in rows], dtype=np.float64)
    true = np.array([flag for _, flag in rows])
    won, lost = placements(chances, true)
    beats = (chances[true][:, None] > chances[~true][None, :]) + 0.5 * (
        chances[true][:, None] == chances[~true][None, :]
    )
    assert won == pytest.approx(beats.mean(axis=1))
    assert lost == pytest.approx(beats.mean(axis=0))
