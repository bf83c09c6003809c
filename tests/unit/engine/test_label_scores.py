"""How sure a model was: found out from its own predictions."""

from __future__ import annotations

import math

import pytest

from console.engine.label_scores import UNKNOWN, Decision, decision_of


def probability_of_fraud(threshold: float) -> list[tuple[str, float]]:
    return [("fraud" if n / 100 >= threshold else "legit", n / 100) for n in range(101)]


@pytest.mark.parametrize("threshold", [0.2, 0.5, 0.9])
def test_a_threshold_is_found_where_predictions_turn(threshold: float) -> None:
    found = decision_of(probability_of_fraud(threshold)).threshold
    assert found is not None and abs(found - threshold) <= 0.01


def test_the_other_way_round_too_and_with_a_few_that_were_overruled() -> None:
    rows = [("legit" if score >= 0.3 else "fraud", score) for _, score in probability_of_fraud(0.3)]
    rows[90] = ("fraud", rows[90][1])
    found = decision_of(rows).threshold
    assert found is not None and abs(found - 0.3) <= 0.011


def test_the_middle_of_a_gap_is_taken() -> None:
    rows = [("legit", 0.1)] * 30 + [("fraud", 0.9)] * 5
    assert decision_of(rows).threshold == pytest.approx(0.5)


def test_scores_of_what_was_predicted_are_how_sure_it_was() -> None:
    rows = [(("a", "b", "c")[n % 3], 0.34 + n / 200) for n in range(120)]
    assert decision_of(rows) == Decision(is_confidence=True)
    two = [(("a", "b")[n % 2], 0.5 + n / 400) for n in range(200)]
    assert decision_of(two) == Decision(is_confidence=True)


@pytest.mark.parametrize(
    "rows",
    [
        [],
        probability_of_fraud(0.5)[45:55],
        [("legit", n / 100) for n in range(100)],
        [(("a", "b")[n % 2], n / 100) for n in range(100)],  # has nothing to do with it
        [(("a", "b", "c")[n % 3], float(n)) for n in range(100)],
        [("a", math.nan), ("b", math.inf)] * 50,
    ],
)
def test_where_scores_tell_nothing_nothing_is_said(rows: list[tuple[str, float]]) -> None:
    assert decision_of(rows) == UNKNOWN


def test_the_distance_is_least_where_the_model_was_least_sure() -> None:
    by_threshold = Decision(threshold=0.4)
    assert by_threshold.distance(0.41) < by_threshold.distance(0.3) < by_threshold.distance(1.0)
    by_confidence = Decision(is_confidence=True)
    assert by_confidence.distance(0.5) < by_confidence.distance(0.99)
    for nothing in (None, math.nan):
        assert by_threshold.distance(nothing) == math.inf
        assert by_threshold.why(nothing) == ""
    assert UNKNOWN.distance(0.5) == math.inf


def test_it_is_told_in_words() -> None:
    assert Decision(threshold=0.5).why(0.48) == "0.02 from the threshold 0.5"
    assert Decision(is_confidence=True).why(0.512) == "0.51 sure of it"
    assert UNKNOWN.why(0.5) == ""
