"""What the figures would be expected to be where no truth is known, by what scores have meant so far."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.calibration import chance_of_right
from console.checks.evaluation_intervals import Estimate, around
from console.model.evaluation import Figure

BINS = 100
"""Bins of scores, each a hundredth wide."""
LEAST_TRUTHS = 500
"""Requests with a truth, by which it is learnt what scores mean; with fewer nothing is estimated."""
Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Learnt:
    """What scores have meant: each array of shape (n_classes, BINS)."""

    classes: tuple[str, ...]
    chances: Values
    """Of being right, by predicted class and score, 0..1."""
    variances: Values
    """Of these, for want of truths."""
    truths: int
    """Requests that it was learnt from."""


def learn(classes: tuple[str, ...], right: Counts, wrong: Counts) -> Learnt | None:
    """What scores have meant; None if that cannot be told for each class.

    Args:
        classes: those that are predicted.
        right: predictions that were right, shape (n_classes, BINS).
        wrong: those that were wrong.

    Source: NannyML, confidence-based performance estimation (CBPE), on scores calibrated by isotonic
    regression; the variance of a bin's chance is the binomial one of its own truths, which is ours.
    """
    rows = right + wrong
    if not classes or rows.sum() < LEAST_TRUTHS:
        return None
    chances = np.stack([chance_of_right(one, other) for one, other in zip(right, wrong, strict=True)])
    if np.isnan(chances).any():
        return None
    held = (chances * rows + 1) / (rows + 2)
    return Learnt(classes, chances, held * (1 - held) / np.maximum(rows, 1), int(rows.sum()))


def estimated_confusion(learnt: Learnt, rows: Counts) -> dict[tuple[str, str], float]:
    """(truth, prediction) -> requests expected; only of two classes it is known which one a wrong one is."""
    if len(learnt.classes) != 2:
        return {}
    found: dict[tuple[str, str], float] = {}
    for place, name in enumerate(learnt.classes):
        right = float((learnt.chances[place] * rows[place]).sum())
        found[name, name] = right
        found[learnt.classes[1 - place], name] = float(rows[place].sum()) - right
    return found


def estimated(learnt: Learnt, rows: Counts, positive: str = "") -> dict[str, Figure]:
    """The measures that are expected of requests with these scores, with their 95 % intervals.

    Accuracy; of two classes precision, recall and F1 as well.

    Args:
        learnt: what scores mean.
        rows: requests by predicted class and score, shape (n_classes, BINS).
        positive: the positive one of two classes; empty for none.

    Source: CBPE, accuracy = mean(p), and precision, recall and F1 from expected counts. Intervals by the
    delta method: outcomes vary as Bernoulli variables with chance p, and p itself for want of truths; ours.
    """
    total = int(rows.sum())
    if not total:
        why = "no request has a score from 0 to 1"
        return {"accuracy": Figure("accuracy", None, None, None, 0, why)}
    right = float((learnt.chances * rows).sum())
    found = {"accuracy": _by_slopes("accuracy", right / total, learnt, rows, np.full(rows.shape, 1 / total))}
    if positive not in learnt.classes or len(learnt.classes) != 2:
        return found
    said = np.array([name == positive for name in learnt.classes])
    hits = float((learnt.chances * rows)[said].sum())
    predicted = float(rows[said].sum())
    missed = float(((1 - learnt.chances) * rows)[~said].sum())
    # The slope of each measure by one outcome more that is right, among those predicted either way.
    for measure, value, of_hit, of_right in (
        ("precision", _ratio(hits, predicted), _ratio(1.0, predicted), 0.0),
        ("recall", *_recall(hits, missed)),
        ("F1", *_f1(hits, predicted, missed)),
    ):
        if value is None or of_hit is None:
            nothing = (
                "positive is expected nowhere" if measure != "precision" else "nothing is predicted positive"
            )
            found[measure] = Figure(measure, None, None, None, 0, nothing)
            continue
        slopes = np.where(said[:, None], of_hit, of_right) * np.ones(rows.shape)
        found[measure] = _by_slopes(measure, value, learnt, rows, slopes)
    return found


def _ratio(part: float, whole: float) -> float | None:
    return part / whole if whole > 0 else None


def _recall(hits: float, missed: float) -> tuple[float | None, float | None, float]:
    """Recall, its slope by a hit, and by a request that is rightly predicted negative."""
    whole = hits + missed
    if whole <= 0:
        return None, None, 0.0
    return hits / whole, missed / whole**2, hits / whole**2


def _f1(hits: float, predicted: float, missed: float) -> tuple[float | None, float | None, float]:
    whole = predicted + hits + missed
    if whole <= 0:
        return None, None, 0.0
    return 2 * hits / whole, 2 * (predicted + missed) / whole**2, 2 * hits / whole**2


def _by_slopes(measure: str, value: float, learnt: Learnt, rows: Counts, slopes: Values) -> Figure:
    outcomes = float((slopes**2 * rows * learnt.chances * (1 - learnt.chances)).sum())
    learning = float(((slopes * rows) ** 2 * learnt.variances).sum())
    total = outcomes + learning
    ends = around(Estimate(value, total if math.isfinite(total) else 0.0), least=0.0, most=1.0)
    return Figure(measure, value, *ends, int(rows.sum()))
