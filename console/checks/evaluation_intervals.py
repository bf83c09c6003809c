"""Intervals and tests for figures of quality. Plain numbers in, plain numbers out."""

from __future__ import annotations

import math
from collections.abc import Sequence
from statistics import NormalDist
from typing import NamedTuple

import numpy as np
import numpy.typing as npt

Z = NormalDist().inv_cdf(0.975)
"""Standard deviations of a normal variable between which 95 of 100 of its values are."""
LEAST_FOR_MEAN = 30
"""Rows from which a mean is taken to be distributed normally; with fewer it has no interval."""

Values = npt.NDArray[np.float64]


class Interval(NamedTuple):
    """The ends of a 95 % interval."""

    low: float
    high: float


class Estimate(NamedTuple):
    """A value and its variance."""

    value: float
    variance: float


def wilson(hits: float, rows: float) -> Interval:
    """The 95 % interval of a share, 0..1; all of that for no rows.

    Source: Wilson 1927, Probable inference, the law of succession, and statistical inference.
    """
    if rows <= 0:
        return Interval(0.0, 1.0)
    share, shift = hits / rows, Z * Z / rows
    middle = (share + shift / 2) / (1 + shift)
    half = Z / (1 + shift) * math.sqrt(share * (1 - share) / rows + shift / (4 * rows))
    # The ends are exactly 0 and 1 there, which rounding would miss.
    low = 0.0 if hits <= 0 else max(0.0, middle - half)
    return Interval(low, 1.0 if hits >= rows else min(1.0, middle + half))


def mean_of(rows: int, total: float, squares: float) -> Estimate | None:
    """The mean of so many values and its variance, from their sum and that of their squares.

    None for no rows; of a single one the variance is infinite.
    """
    if rows <= 0:
        return None
    mean = total / rows
    if rows == 1:
        return Estimate(mean, math.inf)
    return Estimate(mean, max(0.0, squares - rows * mean * mean) / (rows - 1) / rows)


def around(estimate: Estimate, *, least: float = -math.inf, most: float = math.inf) -> Interval:
    """The 95 % interval by the normal distribution, within what the value can be."""
    half = Z * math.sqrt(estimate.variance)
    return Interval(max(least, estimate.value - half), min(most, estimate.value + half))


def area(positives: npt.NDArray[np.integer], negatives: npt.NDArray[np.integer]) -> Estimate | None:
    """The area under the ROC curve and its variance; None where one side has no rows.

    Args:
        positives: rows that had the outcome, by score, ascending, shape (n_scores,).
        negatives: those that had not.

    Source: DeLong, DeLong and Clarke-Pearson 1988, by placements as Sun and Xu 2014 have them. A side with
    one row has no variance of its own: that of the other counts for it, which is ours.
    """
    many, others = float(positives.sum()), float(negatives.sum())
    if not many or not others:
        return None
    below = np.cumsum(negatives) - negatives
    above = positives.sum() - np.cumsum(positives)
    won = (below + negatives / 2) / others
    lost = (above + positives / 2) / many
    value = float((positives * won).sum() / many)
    spreads = []
    for rows, placed, number in ((positives, won, many), (negatives, lost, others)):
        spread = float((rows * (placed - value) ** 2).sum()) / (number - 1) if number > 1 else math.nan
        spreads.append(spread)
    known = [spread for spread in spreads if not math.isnan(spread)]
    first, second = (max(known, default=math.inf) if math.isnan(spread) else spread for spread in spreads)
    return Estimate(value, first / many + second / others)


def area_interval(found: Estimate, positives: float, negatives: float) -> Interval:
    """The 95 % interval of an area.

    Where every positive is above every negative the variance is nought and says nothing: then it is Wilson's
    of as many hits as the smaller side has rows, which is ours.
    """
    if found.variance > 0:
        return around(found, least=0.0, most=1.0)
    smaller = min(positives, negatives)
    return wilson(found.value * smaller, smaller)


def apart(first: Interval, one: float, second: Interval, other: float) -> Interval:
    """The 95 % interval of `other - one`, two figures of different rows, from their own intervals.

    Source: Newcombe 1998, Interval estimation for the difference between independent proportions, method
    10; for other figures Zou and Donner 2008 (MOVER).
    """
    gap = other - one
    low = gap - math.hypot(other - second.low, first.high - one)
    high = gap + math.hypot(second.high - other, one - first.low)
    return Interval(low, high)


def mcnemar(only_first: int, only_second: int) -> float:
    """Probability, 0..1, of so uneven a split of the pairs in which only one of two is right, by chance.

    Source: McNemar 1947, in its exact form: two-sided binomial test with p = 1/2.
    """
    rows, fewer = only_first + only_second, min(only_first, only_second)
    if not rows:
        return 1.0
    # From the middle outwards the terms only shrink, so the largest is taken by logarithms.
    log_term = math.lgamma(rows + 1) - math.lgamma(fewer + 1) - math.lgamma(rows - fewer + 1)
    term = math.exp(log_term - rows * math.log(2))
    tail = 0.0
    for hits in range(fewer, -1, -1):
        tail += term
        if term <= tail * 1e-17:
            break
        term *= hits / (rows - hits + 1)
    return min(1.0, 2 * tail)


def upper_tail(deviations: float) -> float:
    """Probability, 0..1, that a standard normal variable is above this."""
    return 0.5 * math.erfc(deviations / math.sqrt(2))


def holm(chances: Sequence[float]) -> list[float]:
    """Each probability corrected for there being so many of them, in the order given.

    Source: Holm 1979, A simple sequentially rejective multiple test procedure.
    """
    order = sorted(range(len(chances)), key=chances.__getitem__)
    corrected, highest = [0.0] * len(chances), 0.0
    for place, index in enumerate(order):
        highest = max(highest, min(1.0, (len(chances) - place) * chances[index]))
        corrected[index] = highest
    return corrected
