"""Areas, errors and calibration from counts, against what is worked out row by row."""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.checks.calibration import chance_of_right, isotonic
from console.checks.distances import estimated_accuracy, estimated_f1
from console.checks.measures import Measure, Subject
from console.checks.quality import NO_ERROR, auc, auc_variance, error_moments
from console.model import Slice

SCORES = st.lists(st.tuples(st.floats(0, 1), st.booleans()), min_size=1, max_size=60)
WEIGHTED = st.lists(
    st.tuples(st.floats(0, 1), st.integers(0, 20).map(float)), min_size=1, max_size=30
).filter(lambda pairs: any(weight for _, weight in pairs))


def exact_auc(pairs: list[tuple[float, bool]]) -> float:
    """The area by comparing every positive with every negative."""
    positives, negatives = ([s for s, true in pairs if true is side] for side in (True, False))
    won = sum((p > n) + (p == n) / 2 for p in positives for n in negatives)
    return won / (len(positives) * len(negatives)) if positives and negatives else math.nan


def binned(pairs: list[tuple[float, bool]], bins: int, side: bool) -> npt.NDArray[np.int64]:
    counts = np.zeros(bins, dtype=np.int64)
    for score, true in pairs:
        if true is side:
            counts[min(bins - 1, int(score * bins))] += 1
    return counts


@given(SCORES)
def test_the_area_is_that_of_scores_rounded_to_their_bins(pairs: list[tuple[float, bool]]) -> None:
    found = float(auc(binned(pairs, 20, True), binned(pairs, 20, False)))
    rounded = [(min(19, int(score * 20)) / 20, true) for score, true in pairs]
    assert found == pytest.approx(exact_auc(rounded), abs=1e-12, nan_ok=True)


@given(SCORES)
def test_the_area_is_off_by_half_the_share_of_pairs_within_a_bin(pairs: list[tuple[float, bool]]) -> None:
    positives, negatives = binned(pairs, 20, True), binned(pairs, 20, False)
    if not positives.sum() or not negatives.sum():
        return
    tied = float((positives * negatives).sum()) / float(positives.sum() * negatives.sum())
    assert abs(float(auc(positives, negatives)) - exact_auc(pairs)) <= tied / 2 + 1e-12


def test_the_variance_of_an_area_is_that_of_many_draws() -> None:
    draw = np.random.default_rng(4)
    areas = [
        exact_auc(
            [
                *((float(s), True) for s in draw.normal(1, 1, 40)),
                *((float(s), False) for s in draw.normal(0, 1, 60)),
            ]
        )
        for _ in range(300)
    ]
    stated = float(auc_variance(np.array(np.mean(areas)), np.array(40), np.array(60)))
    assert stated == pytest.approx(float(np.var(areas)), rel=0.3)


@given(st.lists(st.floats(1e-6, 1e6), min_size=1, max_size=50))
def test_a_mean_error_from_bins_is_off_by_six_percent_at_most(errors: list[float]) -> None:
    bins, counts = np.unique([math.floor(20 * math.log10(e) + 1e-9) for e in errors], return_counts=True)
    rows, mean, squares, _ = error_moments(bins.astype(np.int64), counts[:, None])
    assert rows.tolist() == [len(errors)]
    assert mean[0] == pytest.approx(np.mean(errors), rel=0.06)
    assert math.sqrt(squares[0]) == pytest.approx(np.sqrt(np.mean(np.square(errors))), rel=0.06)


def test_no_error_is_no_error() -> None:
    _, mean, _, _ = error_moments(np.array([NO_ERROR, 0]), np.array([[3], [1]]))
    assert mean[0] == pytest.approx(10**0.025 / 4)


@given(WEIGHTED)
def test_fitted_values_never_fall_and_keep_the_mean(pairs: list[tuple[float, float]]) -> None:
    values, weights = (np.array(part) for part in zip(*pairs, strict=True))
    fitted = isotonic(values, weights)
    assert (np.diff(fitted) >= -1e-12).all()
    assert float(fitted @ weights) == pytest.approx(float(values @ weights), abs=1e-9)
    assert np.nanmin(values[weights > 0]) - 1e-12 <= fitted.min()
    assert fitted.max() <= values[weights > 0].max() + 1e-12


@given(WEIGHTED, st.lists(st.floats(0, 1), min_size=30, max_size=30))
def test_no_other_rising_values_are_nearer(pairs: list[tuple[float, float]], other: list[float]) -> None:
    values, weights = (np.array(part) for part in zip(*pairs, strict=True))
    fitted, rival = isotonic(values, weights), np.sort(other[: len(values)])
    assert weights @ (fitted - values) ** 2 <= weights @ (rival - values) ** 2 + 1e-9


@given(WEIGHTED)
def test_what_rises_already_is_left_as_it_is(pairs: list[tuple[float, float]]) -> None:
    values = np.sort([value for value, _ in pairs])
    assert isotonic(values, np.ones(len(values))) == pytest.approx(values)


def test_being_right_rises_with_the_score_of_one_class_and_falls_with_that_of_the_other() -> None:
    right = np.array([1, 5, 9])
    assert chance_of_right(right, 10 - right) == pytest.approx([0.1, 0.5, 0.9])
    assert chance_of_right(right[::-1], 10 - right[::-1]) == pytest.approx([0.9, 0.5, 0.1])
    assert np.isnan(chance_of_right(np.zeros(3, np.int64), np.zeros(3, np.int64))).all()


def test_with_calibrated_scores_the_estimate_is_that_of_confidence_based_estimation() -> None:
    draw = np.random.default_rng(9)
    scores = (draw.integers(0, 100, 4000) + 0.5) / 100
    predicted = scores > 0.5
    rows = [
        np.bincount((scores[predicted == side] * 100).astype(int), minlength=100) for side in (True, False)
    ]
    chances = [(np.arange(100) + 0.5) / 100, 1 - (np.arange(100) + 0.5) / 100]
    right = sum(float(c @ r) for c, r in zip(chances, rows, strict=True))
    sums = (np.array(predicted.sum()), np.array(scores[predicted].sum()))
    rest = (np.array((~predicted).sum()), np.array(scores[~predicted].sum()))
    assert right / 4000 == pytest.approx(float(estimated_accuracy(*sums, *rest)), abs=1e-12)
    hits = float(chances[0] @ rows[0])
    wrong = rows[0].sum() - hits + float((1 - chances[1]) @ rows[1])
    assert hits / (hits + wrong / 2) == pytest.approx(float(estimated_f1(*sums, *rest)), abs=1e-12)


def test_shares_of_two_classes_are_those_of_their_counts() -> None:
    pairs = [("yes", "yes", 6), ("yes", "no", 2), ("no", "yes", 3), ("no", "no", 9)]
    subject = Subject(
        Slice(),
        np.array([[n] for _, _, n in pairs], dtype=np.int64),
        np.array([p for p, _, _ in pairs]),
        np.array([t for _, t, _ in pairs]),
        np.full(4, -1),
        None,
    )
    found = {
        name: 1 - float(Measure(name, "yes").of(subject, subject.cells.astype(np.int64)).bad[0])
        for name in ("accuracy", "precision", "recall", "F1", "macro F1")
    }
    assert found == pytest.approx(
        {
            "accuracy": 0.75,
            "precision": 6 / 8,
            "recall": 6 / 9,
            "F1": 12 / 17,
            "macro F1": (12 / 17 + 18 / 23) / 2,
        }
    )
