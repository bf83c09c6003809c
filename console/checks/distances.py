"""How far two distributions, or two rates of being right, lie apart: for whole arrays of windows at once.

Bins lie along the last axis. What stands before it, one row a window say, is the shape of the answer;
current and baseline are broadcast against each other. A side without rows has no distribution: NaN.
"""

from __future__ import annotations

import math

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.floating] | npt.NDArray[np.integer]
Distances = npt.NDArray[np.float64]

LEAST_SPREAD = 0.001
"""What a baseline's standard deviation counts as at least: a constant would make any move infinite."""


def shares(counts: Numbers, *, added: float = 0.0) -> Distances:
    """Rows of each bin as shares of all, 0..1, shape of `counts`; NaN where there are no rows.

    Args:
        counts: rows in each bin, shape (..., n_bins).
        added: rows that are added to each bin first, so that none is empty.
    """
    filled = np.asarray(counts, dtype=np.float64) + added
    whole = filled.sum(axis=-1, keepdims=True)
    divided: Distances = np.full(filled.shape, np.nan)
    np.divide(filled, whole, out=divided, where=whole > 0)
    return divided


def stability_index(current: Numbers, baseline: Numbers, *, added: float = 0.5) -> Distances:
    """Population stability index, unitless: 0 where they are equal.

    With `added` 0 and no empty bin it is that of Evidently and of `psi` in the credit literature; there
    a bin that is empty on one side makes it infinite, and half a row in each bin (ours) does not.

    Source: Siddiqi 2006, Credit Risk Scorecards.
    """
    now, before = shares(current, added=added), shares(baseline, added=added)
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(now == before, 0.0, (now - before) * np.log(now / before))
    index: Distances = terms.sum(axis=-1)
    return np.where(_both(now, before), index, np.nan)


def jensen_shannon(current: Numbers, baseline: Numbers, *, base: float = math.e) -> Distances:
    """Jensen-Shannon distance: 0 where they are equal, sqrt(log 2) of that base where nothing is shared.

    Args:
        current: rows in each bin, shape (..., n_bins).
        baseline: the same of the baseline.
        base: of the logarithm. The natural one, here as in Evidently and scipy; 2 in NannyML, whose
            distances are 1 at most and 1.2011 times these.

    Source: Endres and Schindelin 2003, A new metric for probability distributions.
    """
    now, before = shares(current), shares(baseline)
    middle = (now + before) / 2
    with np.errstate(divide="ignore", invalid="ignore"):
        gained = np.where(now > 0, now * np.log(now / middle), 0.0).sum(axis=-1)
        lost = np.where(before > 0, before * np.log(before / middle), 0.0).sum(axis=-1)
    divergence = np.maximum(0.0, (gained + lost) / 2)  # rounding leaves some -1e-17 of equal ones
    return np.where(_both(now, before), np.sqrt(divergence / math.log(base)), np.nan)


def kolmogorov_smirnov(current: Numbers, baseline: Numbers) -> Distances:
    """Largest difference of the two cumulative shares, 0..1, over bins in ascending order.

    Exact if each distinct value is a bin; of wider bins it is the largest at their edges.

    Source: Smirnov 1948, Table for estimating the goodness of fit of empirical distributions.
    """
    apart = np.abs(np.cumsum(shares(current) - shares(baseline), axis=-1))
    largest: Distances = apart.max(axis=-1)
    return largest


def wasserstein(current: Numbers, baseline: Numbers, at: Numbers) -> Distances:
    """First Wasserstein distance in standard deviations of the baseline: 1 is a shift by one of them.

    Args:
        current: rows at each value, shape (..., n_values).
        baseline: the same of the baseline.
        at: the values, ascending, shape (n_values,): all distinct ones, or the middles of bins.

    Source: Vallender 1974, the area between the cumulative shares. To divide it by the standard
    deviation (of the population), or by 0.001 if that is less, is Evidently's; NannyML leaves it as it is.
    """
    values = np.asarray(at, dtype=np.float64)
    now, before = shares(current), shares(baseline)
    apart = np.abs(np.cumsum(now - before, axis=-1))[..., :-1]
    area = (apart * np.diff(values)).sum(axis=-1)
    mean = (before * values).sum(axis=-1, keepdims=True)
    spread = np.sqrt((before * (values - mean) ** 2).sum(axis=-1))
    scaled: Distances = area / np.maximum(spread, LEAST_SPREAD)
    return scaled


def largest_difference(current: Numbers, baseline: Numbers) -> Distances:
    """L-infinity: the most by which the share of one bin differs, 0..1.

    Source: NannyML calls it so, and recommends it where one category of many matters.
    """
    largest: Distances = np.abs(shares(current) - shares(baseline)).max(axis=-1)
    return largest


def chi_square(current: Numbers, baseline: Numbers) -> tuple[Distances, Distances]:
    """Statistic and degrees of freedom of the test that both come from one distribution.

    Of homogeneity, with the shares of both together as what is expected: a fit to the baseline's shares
    would be infinite at the first unseen category. Bins without rows on either side do not count.
    NannyML's value, which for two bins alone is corrected by Yates, and is then smaller.

    Source: Pearson 1900; Agresti, Categorical Data Analysis, 3.2.
    """
    now, before = np.broadcast_arrays(
        np.asarray(current, dtype=np.float64), np.asarray(baseline, dtype=np.float64)
    )
    both = now + before
    whole = both.sum(axis=-1, keepdims=True)
    statistic = np.zeros(both.shape[:-1])
    for side in (now, before):
        expected = both * side.sum(axis=-1, keepdims=True) / np.where(whole > 0, whole, 1.0)
        off = np.zeros(both.shape)
        np.divide((side - expected) ** 2, expected, out=off, where=expected > 0)
        statistic += off.sum(axis=-1)
    degrees: Distances = (both > 0).sum(axis=-1).astype(np.float64) - 1
    there = _both(shares(now), shares(before))
    return np.where(there, statistic, np.nan), np.where(there, degrees, np.nan)


def chi_square_p_value(statistic: float, degrees: int) -> float:
    """Probability, 0..1, that chi-square with so many degrees of freedom exceeds the statistic.

    Source: Abramowitz and Stegun, 26.4.4 and 26.4.5: a finite sum, here by logarithms of its terms.
    """
    if statistic <= 0:
        return 1.0
    half = statistic / 2
    odd = degrees % 2
    powers = np.arange(degrees // 2) + odd / 2
    logs = powers * math.log(half) - half - np.array([math.lgamma(p + 1) for p in powers.tolist()])
    return min(1.0, (math.erfc(math.sqrt(half)) if odd else 0.0) + math.fsum(np.exp(logs).tolist()))


def estimated_accuracy(
    positives: Numbers, positive_scores: Numbers, negatives: Numbers, negative_scores: Numbers
) -> Distances:
    """Share of predictions that are right, 0..1, if the scores are true probabilities; no truth needed.

    All four add up over time, so those of a window are the sums of its steps'.

    Args:
        positives: rows predicted positive.
        positive_scores: the sum of their scores (probability of positive, 0..1).
        negatives: rows predicted negative.
        negative_scores: the sum of theirs, likewise of positive.

    Source: NannyML, confidence-based performance estimation (CBPE). It holds for calibrated scores only,
    and while what they mean does not change: concept drift leaves it as it is.
    """
    right = positive_scores + (negatives - negative_scores)
    return _divided(right, positives + negatives)


def estimated_f1(
    positives: Numbers, positive_scores: Numbers, negatives: Numbers, negative_scores: Numbers
) -> Distances:
    """Harmonic mean of precision and recall, 0..1, as expected from the scores; 0 where none is positive.

    Arguments and source as `estimated_accuracy`; the misses are the positives among those predicted
    negative, `negative_scores`.
    """
    wrong = (positives - positive_scores) + negative_scores
    value = _divided(positive_scores, positive_scores + wrong / 2)
    return np.where(np.isnan(value) & (positives + negatives > 0), 0.0, value)


def _both(now: Distances, before: Distances) -> npt.NDArray[np.bool_]:
    """Both sides have rows."""
    return np.logical_not(np.isnan(now).any(axis=-1) | np.isnan(before).any(axis=-1))


def _divided(part: Numbers, whole: Numbers) -> Distances:
    top, bottom = np.broadcast_arrays(np.asarray(part, dtype=np.float64), np.asarray(whole, dtype=np.float64))
    divided: Distances = np.full(top.shape, np.nan)
    np.divide(top, bottom, out=divided, where=bottom > 0)
    return divided
