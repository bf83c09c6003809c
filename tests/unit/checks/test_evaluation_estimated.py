"""What is expected where no truth is known."""

from __future__ import annotations

import numpy as np
import pytest

from console.checks.evaluation_estimated import BINS, estimated, estimated_confusion, learn

CHANCE = (np.arange(BINS) + 0.5) / BINS
CLASSES = ("fraud", "legit")
SAID_FRAUD = np.where(CHANCE >= 0.5, 400, 0)
SAID_LEGIT = np.where(CHANCE < 0.5, 400, 0)
ROWS = np.stack([SAID_FRAUD, SAID_LEGIT])
RIGHT = np.rint(np.stack([SAID_FRAUD * CHANCE, SAID_LEGIT * (1 - CHANCE)])).astype(np.int64)


def test_an_estimate_of_what_it_was_learnt_from_is_what_came() -> None:
    learnt = learn(CLASSES, RIGHT, ROWS - RIGHT)
    assert learnt is not None
    found = estimated(learnt, ROWS, "fraud")
    hits, misses = int(RIGHT[0].sum()), int((ROWS - RIGHT)[1].sum())
    said = int(ROWS[0].sum())
    assert found["accuracy"].value == pytest.approx(RIGHT.sum() / ROWS.sum(), abs=1e-3)
    assert found["precision"].value == pytest.approx(hits / said, abs=1e-3)
    assert found["recall"].value == pytest.approx(hits / (hits + misses), abs=1e-3)
    assert found["F1"].value == pytest.approx(2 * hits / (said + hits + misses), abs=1e-3)


def test_the_expected_matrix_has_every_request_once() -> None:
    learnt = learn(CLASSES, RIGHT, ROWS - RIGHT)
    assert learnt is not None
    found = estimated_confusion(learnt, ROWS)
    assert sum(found.values()) == pytest.approx(ROWS.sum())
    assert found["fraud", "fraud"] + found["legit", "fraud"] == pytest.approx(ROWS[0].sum())


@pytest.mark.parametrize("measure", ["accuracy", "precision", "recall", "F1"])
def test_intervals_hold_what_comes_about_as_often_as_they_say(measure: str) -> None:
    learnt = learn(CLASSES, RIGHT * 50, (ROWS - RIGHT) * 50)
    assert learnt is not None
    few = ROWS // 40
    one = estimated(learnt, few, "fraud")[measure]
    assert one.low is not None and one.high is not None
    dice, held = np.random.default_rng(5), 0
    for _ in range(400):
        right = dice.binomial(few, learnt.chances)
        hits, misses, said = right[0].sum(), (few - right)[1].sum(), few[0].sum()
        came = {
            "accuracy": right.sum() / few.sum(),
            "precision": hits / said,
            "recall": hits / (hits + misses),
            "F1": 2 * hits / (said + hits + misses),
        }[measure]
        held += one.low <= came <= one.high
    assert 370 <= held <= 395


def test_too_few_truths_teach_nothing() -> None:
    assert learn(CLASSES, RIGHT // 100, (ROWS - RIGHT) // 100) is None
    assert learn((), np.zeros((0, BINS), np.int64), np.zeros((0, BINS), np.int64)) is None
    one_side = RIGHT.copy()
    one_side[1] = 0
    wrong = (ROWS - RIGHT).copy()
    wrong[1] = 0
    assert learn(CLASSES, one_side, wrong) is None


def test_nothing_is_estimated_of_no_requests() -> None:
    learnt = learn(CLASSES, RIGHT, ROWS - RIGHT)
    assert learnt is not None
    found = estimated(learnt, np.zeros_like(ROWS), "fraud")
    assert found["accuracy"].value is None
    assert found["accuracy"].why


def test_where_nothing_is_predicted_positive_precision_is_not_defined() -> None:
    learnt = learn(CLASSES, RIGHT, ROWS - RIGHT)
    assert learnt is not None
    only_legit = ROWS.copy()
    only_legit[0] = 0
    found = estimated(learnt, only_legit, "fraud")
    assert found["precision"].value is None
    assert found["recall"].value == 0.0
