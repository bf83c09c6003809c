"""Measures of quality from sums that add up: of all requests, of a step, of a slice, of all but a slice."""

from __future__ import annotations

import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace
from itertools import product

import numpy as np
import numpy.typing as npt

from console.checks.evaluation_intervals import (
    LEAST_FOR_MEAN,
    Estimate,
    Interval,
    area,
    area_interval,
    around,
    holm,
    mean_of,
    upper_tail,
    wilson,
)
from console.checks.statistics import rise_p_value
from console.model.evaluation import ERRORS, SCORE_DIMENSION, EvaluatedSlice, Figure
from console.model.judging import Slice

LEAST_SIDE = 10
"""Requests of either class from which areas under the curve are held against each other."""
Rows = npt.NDArray[np.int64]
_NONE: Rows = np.zeros(0, dtype=np.int64)


@dataclass(frozen=True, slots=True)
class Tally:
    """What the measures of some requests are made of; those of other requests can be added or taken away."""

    requests: int = 0
    rows: int = 0
    """With a prediction and something to hold it against."""
    right: int = 0
    true_positives: int = 0
    false_positives: int = 0
    false_negatives: int = 0
    scored: int = 0
    """Of the rows, those with a score from 0 to 1."""
    brier: float = 0.0
    """Sum of (chance - outcome) squared."""
    brier_squares: float = 0.0
    """Sum of the squares of these."""
    signed: float = 0.0
    """Sum of prediction less truth."""
    absolute: float = 0.0
    squares: float = 0.0
    fourths: float = 0.0
    positives: Rows = field(default_factory=lambda: _NONE)
    """Rows with the outcome by score, ascending, shape (n_bins,)."""
    negatives: Rows = field(default_factory=lambda: _NONE)

    def __sub__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) - getattr(other, name) for name in Tally.__slots__))

    def __add__(self, other: Tally) -> Tally:
        return Tally(*(getattr(self, name) + getattr(other, name) for name in Tally.__slots__))


@dataclass(frozen=True, slots=True)
class Kind:
    """Which measures a model's predictions have."""

    is_number: bool = False
    binary: bool = False
    scored: bool = False
    """Whether it is known what the score is the chance of."""

    @property
    def measures(self) -> tuple[str, ...]:
        """Those of every slice and step, the one by which slices are judged first."""
        if self.is_number:
            return ("MAE", "RMSE", "bias")
        found = ["accuracy"]
        if self.binary:
            found += ["precision", "recall", "F1"]
            found += ["AUC"] * self.scored
        return (*found, *(("Brier",) if self.scored else ()))


def figures_of(tally: Tally, kind: Kind) -> dict[str, Figure]:
    """Each measure of the requests, by name."""
    return {measure: figure(measure, tally) for measure in kind.measures}


def figure(measure: str, tally: Tally) -> Figure:
    """One measure with its interval.

    Source: shares and F1 by Wilson's interval (F1 = 2 J / (1 + J) grows with J, the share of hits among
    hits, false alarms and misses, so that the ends of J's interval are its own, which is ours); AUC by
    DeLong; means by the normal distribution; RMSE by that of its square.
    """
    if (share := _share(measure, tally)) is not None:
        hits, rows = share
        if not rows:
            return Figure(measure, None, None, None, 0, _WHY_NO_SHARE[measure])
        ends = wilson(hits, rows)
        if measure == "F1":
            return Figure(measure, _f1(hits / rows), _f1(ends.low), _f1(ends.high), rows)
        return Figure(measure, hits / rows, *ends, rows)
    if measure == "AUC":
        return area_figure(tally.positives, tally.negatives)
    return _mean_figure(measure, tally)


_WHY_NO_SHARE = {
    "accuracy": "no request has something to hold it against",
    "precision": "nothing is predicted positive",
    "recall": "nothing is truly positive",
    "F1": "nothing is positive, by prediction or in truth",
}


def area_figure(positives: Rows, negatives: Rows) -> Figure:
    """The area under the ROC curve, by score, ascending."""
    many, others = int(positives.sum()), int(negatives.sum())
    found = area(positives, negatives)
    if found is None:
        why = "only one class is true" if many + others else "no request has a score from 0 to 1"
        return Figure("AUC", None, None, None, many + others, why)
    return Figure("AUC", found.value, *area_interval(found, many, others), many + others)


def _share(measure: str, tally: Tally) -> tuple[int, int] | None:
    """Hits, and of how many; of F1 what it is a function of."""
    hits = tally.true_positives
    match measure:
        case "accuracy":
            return tally.right, tally.rows
        case "precision":
            return hits, hits + tally.false_positives
        case "recall":
            return hits, hits + tally.false_negatives
        case "F1":
            return hits, hits + tally.false_positives + tally.false_negatives
        case _:
            return None


def _f1(share: float) -> float:
    return 2 * share / (1 + share)


def _mean(measure: str, tally: Tally) -> tuple[int, Estimate | None]:
    """Rows and the mean that a measure is, or of which it is the root."""
    match measure:
        case "Brier":
            return tally.scored, mean_of(tally.scored, tally.brier, tally.brier_squares)
        case "MAE":
            return tally.rows, mean_of(tally.rows, tally.absolute, tally.squares)
        case "bias":
            return tally.rows, mean_of(tally.rows, tally.signed, tally.squares)
        case _:
            return tally.rows, mean_of(tally.rows, tally.squares, tally.fourths)


def _mean_figure(measure: str, tally: Tally) -> Figure:
    rows, found = _mean(measure, tally)
    if found is None:
        why = "no request has a score from 0 to 1" if measure == "Brier" else _WHY_NO_SHARE["accuracy"]
        return Figure(measure, None, None, None, 0, why)
    root = measure == "RMSE"
    value = math.sqrt(max(0.0, found.value)) if root else found.value
    if rows < LEAST_FOR_MEAN:
        return Figure(measure, value, None, None, rows, f"no interval with fewer than {LEAST_FOR_MEAN} rows")
    ends = around(
        found,
        least=-math.inf if measure == "bias" else 0.0,
        most=1.0 if measure == "Brier" else math.inf,
    )
    if root:
        ends = Interval(math.sqrt(ends.low), math.sqrt(ends.high))
    return Figure(measure, value, *ends, rows)


# --- slices beside all other requests ------------------------------------------------------------------


def judged_slices(whole: Tally, parts: Mapping[Slice, Tally], kind: Kind) -> tuple[EvaluatedSlice, ...]:
    """Each slice with its figures, and how it stands against all requests that are not in it.

    The probabilities are corrected by Holm for the number of slices, measure by measure; tenths of the score
    for theirs alone.
    """
    found = [
        EvaluatedSlice(where, tally.requests, tally.rows, figures_of(tally, kind))
        for where, tally in parts.items()
    ]
    told: list[tuple[dict[str, float], dict[str, float]]] = [({}, {}) for _ in found]
    for measure, of_score in product(kind.measures, (False, True)):
        compared = [
            (place, behind, chance)
            for place, (where, tally) in enumerate(parts.items())
            if (where.dimension == SCORE_DIMENSION) is of_score
            and (beside := against_rest(measure, tally, whole - tally)) is not None
            for behind, chance in (beside,)
        ]
        corrected = holm([chance for _, _, chance in compared])
        for (place, behind, _), chance in zip(compared, corrected, strict=True):
            told[place][0][measure], told[place][1][measure] = behind, chance
    return tuple(
        replace(one, behind=behind, chance=chance) for one, (behind, chance) in zip(found, told, strict=True)
    )


def against_rest(measure: str, part: Tally, rest: Tally) -> tuple[float, float] | None:
    """By how much a slice is worse than the rest, and the probability, 0..1, of that by chance.

    None where either has no value.

    Source: of shares Fisher's exact test or two proportions by z (`rise_p_value`); of means Welch's z from
    30 rows on either side, of areas DeLong's variances from 10 of either class on; fewer are never beyond
    chance.
    """
    mine, theirs = figure(measure, part), figure(measure, rest)
    if mine.value is None or theirs.value is None:
        return None
    if measure == "bias":
        behind = abs(mine.value) - abs(theirs.value)
    else:
        behind = mine.value - theirs.value if measure in ERRORS else theirs.value - mine.value
    first, second = _share(measure, part), _share(measure, rest)
    if first is not None and second is not None:
        (hits, rows), (others, other_rows) = first, second
        return behind, rise_p_value(rows - hits, rows, other_rows - others, other_rows)
    spread = _spread(measure, part) + _spread(measure, rest)
    if not math.isfinite(spread):
        return behind, 1.0
    return behind, upper_tail(behind / math.sqrt(spread)) if spread else float(behind <= 0)


def _spread(measure: str, tally: Tally) -> float:
    """Variance of the measure; infinite where there is too little to tell it."""
    if measure == "AUC":
        found = area(tally.positives, tally.negatives)
        few = min(int(tally.positives.sum()), int(tally.negatives.sum())) < LEAST_SIDE
        return math.inf if found is None or few else found.variance
    rows, found = _mean(measure, tally)
    if found is None or rows < LEAST_FOR_MEAN:
        return math.inf
    if measure == "RMSE":
        # By the delta method: the root's slope is 1 / (2 RMSE).
        return found.variance / (4 * found.value) if found.value > 0 else 0.0
    return found.variance


def added_up(tallies: Sequence[Tally]) -> Tally:
    """The tally of all these requests together; shapes of scores must be the same."""
    if not tallies:
        return Tally()
    total = tallies[0]
    for one in tallies[1:]:
        total = total + one
    return total
