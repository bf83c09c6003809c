"""Measures from which truths were predicted as what: of each class, and their means."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import numpy as np
import numpy.typing as npt

from console.checks.evaluation_intervals import Estimate, around, wilson
from console.model.evaluation import Figure

APART = 0.1
"""Difference of the mean scores of two predicted classes, from which the score tells them apart."""
Confusion = Mapping[tuple[str, str], float]
"""(truth, prediction) -> rows."""


def matrix_of(confusion: Confusion, classes: Sequence[str]) -> npt.NDArray[np.float64]:
    """The rows as a matrix, truth by prediction, shape (n_classes, n_classes); pairs of other classes are
    left out.
    """
    places = {name: place for place, name in enumerate(classes)}
    matrix = np.zeros((len(classes), len(classes)))
    for (truth, prediction), rows in confusion.items():
        if truth in places and prediction in places:
            matrix[places[truth], places[prediction]] += rows
    return matrix


def class_figures(
    confusion: Confusion, classes: Sequence[str], beside: Sequence[str] = ()
) -> tuple[Figure, ...]:
    """Macro precision, recall and F1, then precision and recall of each class.

    A class without predictions, or without truths, counts 0 for the mean, as scikit-learn counts it.

    Args:
        confusion: of these classes.
        classes: all that have figures.
        beside: truths that are none of them, and of which only this is known: they count as misses.

    Source: intervals of the means by the delta method over the multinomial counts of the matrix, as Takahashi
    and others 2022, Confidence interval for micro-averaged F1 and macro-averaged F1 scores; each class's own
    by Wilson's.
    """
    matrix = matrix_of(confusion, (*classes, *beside))
    hits, predicted, true = np.diag(matrix), matrix.sum(axis=0), matrix.sum(axis=1)
    found = [
        _macro("macro precision", matrix, len(classes), hits, predicted, (1.0, 0.0)),
        _macro("macro recall", matrix, len(classes), hits, true, (0.0, 1.0)),
        _macro("macro F1", matrix, len(classes), 2 * hits, predicted + true, (1.0, 1.0)),
    ]
    for place, name in enumerate(classes):
        for measure, rows in (("precision", predicted[place]), ("recall", true[place])):
            said = f"{measure} of {name}"
            if not rows:
                why = "it is never predicted" if measure == "precision" else "it is never true"
                found.append(Figure(said, None, None, None, 0, why))
                continue
            share = float(hits[place] / rows)
            found.append(Figure(said, share, *wilson(float(hits[place]), float(rows)), int(rows)))
    return tuple(found)


def _macro(
    measure: str,
    matrix: npt.NDArray[np.float64],
    number: int,
    hits: npt.NDArray[np.float64],
    of: npt.NDArray[np.float64],
    sides: tuple[float, float],
) -> Figure:
    """The mean of hits / of over the first classes.

    Args:
        measure: its name.
        matrix: truth by prediction.
        number: how many classes the mean is over; those behind them only hold misses.
        hits: of each class, once for each side that counts.
        of: rows of each class, of the sides that count.
        sides: how often a row counts for the class that is predicted, and for the one that is true.
    """
    held = np.maximum(of, 1)
    shares = hits / held
    counted = (np.arange(len(matrix)) < number) & (of > 0)
    # One more row in a column, or line, lowers the class's share; one more hit raises it as well.
    lowered = np.where(counted, -shares / held, 0.0)
    slopes = sides[0] * lowered[None, :] + sides[1] * lowered[:, None]
    slopes = slopes + np.diag(np.where(counted, sum(sides) / held, 0.0))
    return _by_slopes(measure, float(shares[:number].mean()), matrix, slopes / number)


def _by_slopes(
    measure: str, value: float, matrix: npt.NDArray[np.float64], slopes: npt.NDArray[np.float64]
) -> Figure:
    rows = float(matrix.sum())
    if not rows:
        return Figure(measure, None, None, None, 0, "no request has something to hold it against")
    variance = float((matrix * slopes**2).sum() - (matrix * slopes).sum() ** 2 / rows)
    return Figure(measure, value, *around(Estimate(value, max(0.0, variance)), least=0, most=1), int(rows))


def positive_of(
    classes: Sequence[str],
    truths: Mapping[str, int],
    mean_scores: Mapping[str, float],
    least_score: float | None,
) -> tuple[str, str]:
    """The positive one of two classes, and what the score is the chance of: `class`, `prediction` or ``.

    If one class is predicted at clearly higher scores, the score is its chance, and it is the positive one.
    Else that is the class that is more rarely true; and the score is the chance of whatever was predicted if
    none is below 1/2, or there are more classes than two.

    Args:
        classes: all there are.
        truths: rows of each true class.
        mean_scores: mean score by predicted class, of those that have one.
        least_score: None if there are no scores.
    """
    if len(classes) != 2:
        return "", "prediction" if least_score is not None and len(classes) > 2 else ""
    first, second = classes
    if first in mean_scores and second in mean_scores:
        gap = mean_scores[second] - mean_scores[first]
        if abs(gap) >= APART:
            return (second if gap > 0 else first), "class"
    rarer = min(classes, key=lambda name: (truths.get(name, 0), name))
    return rarer, "prediction" if least_score is not None and least_score >= 0.5 else ""
