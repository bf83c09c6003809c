"""Two versions on the same inputs: how far apart they are, input by input."""

from __future__ import annotations

import math
from collections.abc import Callable, Mapping
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.evaluation import Kind, Tally, figure
from console.checks.evaluation_intervals import (
    LEAST_FOR_MEAN,
    Estimate,
    Interval,
    apart,
    area,
    area_interval,
    around,
    mcnemar,
    mean_of,
    upper_tail,
)
from console.model.evaluation import Difference, Figure

_DRAWS = 2_000
_SEED = 20_261_123
Flags = npt.NDArray[np.bool_]
Values = npt.NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Predicted:
    """What one version said of each input; arrays of shape (n_pairs,)."""

    right: Flags
    positive: Flags
    """Predicted to be the positive class; of no meaning where there is none."""
    outcome: Flags
    """Whether that came of which `chance` is the chance: the positive class, else a right prediction."""
    chance: Values
    """Of the outcome, by its score; NaN where it has none from 0 to 1."""
    error: Values
    """Prediction less truth; NaN for classes."""


def paired(first: Predicted, second: Predicted, truth: Flags, kind: Kind) -> tuple[Difference, ...]:
    """Each measure of both, and the second's less the first's.

    Args:
        first: of each input what the one version said.
        second: what the other said of the same inputs, in the same order.
        truth: whether the positive class is true, or, where there is none, of no meaning.
        kind: which measures there are.

    Source: accuracy by McNemar's exact test; AUC by DeLong's test for correlated curves; precision, recall
    and F1 by a seeded bootstrap over the counts of (truth, one's prediction, the other's); means by the
    differences of each input.
    """
    makers: Mapping[str, Callable[[Predicted, Predicted, Flags], Difference]] = {
        "accuracy": _accuracy,
        "AUC": _areas,
        "Brier": _brier,
    }
    drawn = _drawn(first, second, truth) if kind.binary else {}
    found = []
    for measure in kind.measures:
        if measure in makers:
            found.append(makers[measure](first, second, truth))
        elif measure in drawn:
            found.append(drawn[measure])
        else:
            found.append(_errors(measure, first.error, second.error))
    return tuple(found)


def unpaired(first: Mapping[str, Figure], second: Mapping[str, Figure]) -> tuple[Difference, ...]:
    """The measures that both have, of inputs that are not the same: see `apart` for the interval."""
    return tuple(_unpaired(one, second[measure]) for measure, one in first.items() if measure in second)


def _unpaired(one: Figure, other: Figure) -> Difference:
    if one.value is None or other.value is None:
        return Difference(one.measure, one, other, None, None, None)
    gap = other.value - one.value
    if one.low is None or one.high is None or other.low is None or other.high is None:
        return Difference(one.measure, one, other, gap, None, None)
    ends = apart(Interval(one.low, one.high), one.value, Interval(other.low, other.high), other.value)
    return Difference(one.measure, one, other, gap, *ends)


def _accuracy(first: Predicted, second: Predicted, truth: Flags) -> Difference:
    rows = len(truth)
    only_first = int((first.right & ~second.right).sum())
    only_second = int((second.right & ~first.right).sum())
    mine, theirs = (
        figure("accuracy", Tally(rows=rows, right=int(one.right.sum()))) for one in (first, second)
    )
    if not rows:
        return Difference("accuracy", mine, theirs, None, None, None)
    gap = (only_second - only_first) / rows
    # Agresti and Min 2005: half a pair more in each cell keeps the interval from being nought wide.
    smoothed_gap = (only_second - only_first) / (rows + 2)
    apart_from = (only_first + only_second + 1) / (rows + 2)
    ends = around(
        Estimate(smoothed_gap, max(0.0, apart_from - smoothed_gap**2) / (rows + 2)), least=-1.0, most=1.0
    )
    chance = mcnemar(only_first, only_second)
    return Difference("accuracy", mine, theirs, gap, ends.low, ends.high, chance, "McNemar, exact")


def _areas(first: Predicted, second: Predicted, truth: Flags) -> Difference:
    both = np.isfinite(first.chance) & np.isfinite(second.chance)
    mine, theirs, true = first.chance[both], second.chance[both], truth[both]
    many, others = int(true.sum()), int((~true).sum())
    if not many or not others:
        nothing = Figure("AUC", None, None, None, int(both.sum()), "only one class is true, or no scores")
        return Difference("AUC", nothing, nothing, None, None, None)
    figures, placed = [], []
    for chances in (mine, theirs):
        won, lost = placements(chances, true)
        placed.append((won, lost))
        value = float(won.mean())
        scores, at = np.unique(chances, return_inverse=True)
        hits = np.bincount(at[true], minlength=len(scores))
        misses = np.bincount(at[~true], minlength=len(scores))
        found = area(hits, misses)
        assert found is not None
        figures.append(Figure("AUC", value, *area_interval(found, many, others), many + others))
    gap = float(placed[1][0].mean() - placed[0][0].mean())
    spread = sum(
        float(np.var(placed[1][side] - placed[0][side], ddof=1)) / number
        for side, number in ((0, many), (1, others))
        if number > 1
    )
    if min(many, others) < 2:
        return Difference("AUC", figures[0], figures[1], gap, None, None)
    ends = around(Estimate(gap, spread), least=-1.0, most=1.0)
    chance = 2 * upper_tail(abs(gap) / math.sqrt(spread)) if spread else float(gap == 0)
    return Difference("AUC", figures[0], figures[1], gap, *ends, chance, "DeLong, paired")


def placements(chances: Values, true: Flags) -> tuple[Values, Values]:
    """Of each positive the share of negatives below it, of each negative that of positives above it.

    Equal ones count half.

    Source: DeLong, DeLong and Clarke-Pearson 1988.
    """
    positives, negatives = chances[true], chances[~true]
    above, below = np.sort(positives), np.sort(negatives)
    won = (np.searchsorted(below, positives, "left") + np.searchsorted(below, positives, "right")) / 2
    lost = (np.searchsorted(above, negatives, "left") + np.searchsorted(above, negatives, "right")) / 2
    return won / len(negatives), 1 - lost / len(positives)


def _brier(first: Predicted, second: Predicted, truth: Flags) -> Difference:
    both = np.isfinite(first.chance) & np.isfinite(second.chance)
    misses = []
    for one in (first, second):
        misses.append((one.chance[both] - one.outcome[both]) ** 2)
    figures = [
        figure("Brier", Tally(scored=len(one), brier=float(one.sum()), brier_squares=float((one**2).sum())))
        for one in misses
    ]
    return _by_differences("Brier", figures[0], figures[1], misses[1] - misses[0])


def _errors(measure: str, first: Values, second: Values) -> Difference:
    both = np.isfinite(first) & np.isfinite(second)
    one, other = first[both], second[both]
    figures = [figure(measure, _tally(errors)) for errors in (one, other)]
    if measure == "MAE":
        return _by_differences(measure, figures[0], figures[1], np.abs(other) - np.abs(one))
    if measure == "bias":
        return _by_differences(measure, figures[0], figures[1], other - one)
    roots = [one_figure.value for one_figure in figures]
    if roots[0] is None or roots[1] is None or len(one) < LEAST_FOR_MEAN:
        gap = None if roots[0] is None or roots[1] is None else roots[1] - roots[0]
        return Difference(measure, figures[0], figures[1], gap, None, None)
    # By the delta method: the difference of the roots of two means, each slope 1 / (2 root).
    slopes = [1 / (2 * root) if root else 0.0 for root in roots]
    told = _by_differences(measure, figures[0], figures[1], slopes[1] * other**2 - slopes[0] * one**2)
    gap, shift = roots[1] - roots[0], (told.value or 0.0)
    assert told.low is not None and told.high is not None
    return Difference(
        measure,
        figures[0],
        figures[1],
        gap,
        told.low - shift + gap,
        told.high - shift + gap,
        None,
        "",
    )


def _tally(errors: Values) -> Tally:
    squares = errors**2
    return Tally(
        rows=len(errors),
        signed=float(errors.sum()),
        absolute=float(np.abs(errors).sum()),
        squares=float(squares.sum()),
        fourths=float((squares**2).sum()),
    )


def _by_differences(measure: str, first: Figure, second: Figure, gaps: Values) -> Difference:
    rows = len(gaps)
    found = mean_of(rows, float(gaps.sum()), float((gaps**2).sum()))
    if found is None:
        return Difference(measure, first, second, None, None, None)
    if rows < LEAST_FOR_MEAN:
        return Difference(measure, first, second, found.value, None, None)
    ends = around(found)
    spread = math.sqrt(found.variance)
    chance = 2 * upper_tail(abs(found.value) / spread) if spread else float(found.value == 0)
    return Difference(measure, first, second, found.value, *ends, chance, "paired, by z")


def _drawn(first: Predicted, second: Predicted, truth: Flags) -> dict[str, Difference]:
    """Precision, recall and F1, whose intervals come from drawing the pairs anew."""
    codes = truth.astype(np.int64) * 4 + first.positive * 2 + second.positive
    counts = np.bincount(codes, minlength=8)
    total = int(counts.sum())
    if not total:
        return {}
    draws = np.random.default_rng(_SEED).multinomial(total, counts / total, _DRAWS)
    told = {}
    for measure in ("precision", "recall", "F1"):
        figures = []
        drawn = []
        for mask in (2, 1):
            hits, alarms, misses = _parts(counts, mask)
            figures.append(
                figure(
                    measure,
                    Tally(
                        rows=total,
                        true_positives=int(hits),
                        false_positives=int(alarms),
                        false_negatives=int(misses),
                    ),
                )
            )
            drawn.append(_measured(measure, *_parts(draws, mask)))
        if figures[0].value is None or figures[1].value is None:
            told[measure] = Difference(measure, figures[0], figures[1], None, None, None)
            continue
        gaps = (drawn[1] - drawn[0])[np.isfinite(drawn[1] - drawn[0])]
        low, high = np.quantile(gaps, [0.025, 0.975]) if gaps.size else (math.nan, math.nan)
        gap = figures[1].value - figures[0].value
        told[measure] = Difference(measure, figures[0], figures[1], gap, float(low), float(high))
    return told


def _parts(counts: npt.NDArray[np.int64], mask: int) -> tuple[Values, Values, Values]:
    """Hits, false alarms and misses of the version whose prediction is this bit of the counts' places."""
    places = np.arange(8)
    true, said = places >= 4, (places & mask) > 0
    hits, alarms, misses = (
        counts[..., where].sum(axis=-1).astype(np.float64)
        for where in (true & said, ~true & said, true & ~said)
    )
    return hits, alarms, misses


def _measured(measure: str, hits: Values, alarms: Values, misses: Values) -> Values:
    whole = {"precision": hits + alarms, "recall": hits + misses, "F1": hits + (alarms + misses) / 2}[measure]
    shares: Values = np.full(np.shape(whole), np.nan)
    np.divide(hits, whole, out=shares, where=whole > 0)
    return shares
