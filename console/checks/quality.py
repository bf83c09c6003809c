"""How good predictions are, from counts that add up over time. All work on whole arrays of windows."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from console.checks.grid import Counts, Values

BINS_A_DECADE = 20
"""Bins of absolute errors from one power of ten to the next: each is 12 % wide."""
NO_ERROR = -400
"""Bin of errors of nothing."""


def ratio(part: Counts | Values, whole: Counts | Values) -> Values:
    """`part / whole`; NaN where there is no whole."""
    divided: Values = np.full(np.broadcast_shapes(part.shape, whole.shape), np.nan)
    np.divide(part, whole, out=divided, where=whole > 0)
    return divided


def auc(positives: Counts, negatives: Counts) -> Values:
    """Probability, 0..1, that a positive's score is above a negative's; equal bins count half.

    Off the exact one by at most half the share of pairs that fall into one bin. NaN where one side has
    no rows.

    Args:
        positives: rows by score bin, ascending, shape (n_bins, ...).
        negatives: the same of the others.

    Source: Hanley and McNeil 1982, The meaning and use of the area under a ROC curve.
    """
    below = np.cumsum(negatives, axis=0) - negatives
    won = (positives * (below + negatives / 2)).sum(axis=0)
    return ratio(won, (positives.sum(axis=0) * negatives.sum(axis=0)).astype(np.float64))


def auc_variance(area: Values, positives: Counts, negatives: Counts) -> Values:
    """Variance of an area from so many positives and negatives; infinite where one side has no rows.

    Source: Hanley and McNeil 1982, equation 1, with their approximations of Q1 and Q2.
    """
    first, second = area / (2 - area), 2 * area**2 / (1 + area)
    spread = area * (1 - area) + (positives - 1) * (first - area**2) + (negatives - 1) * (second - area**2)
    variance = ratio(spread, (positives * negatives).astype(np.float64))
    return np.where(np.isnan(variance), np.inf, np.maximum(variance, 0))


def middles(bins: npt.NDArray[np.int64]) -> Values:
    """The geometric middle of each bin of errors, `floor(20 log10 error)`; 0 of `NO_ERROR`."""
    return np.where(bins == NO_ERROR, 0.0, 10.0 ** ((bins + 0.5) / BINS_A_DECADE))


def error_moments(bins: npt.NDArray[np.int64], counts: Counts) -> tuple[Counts, Values, Values, Values]:
    """Rows, and the means of the absolute error, of its square and of its fourth power.

    Each error counts as its bin's geometric middle, so a mean error is off by 6 % at most, and by less
    than 1 % if errors spread over several bins.

    Args:
        bins: `floor(20 log10 error)` of each row of counts, or `NO_ERROR`, shape (n_bins,).
        counts: rows, shape (n_bins, ...).
    """
    middle = middles(bins)
    rows = counts.sum(axis=0)
    means = [ratio(np.tensordot(middle**power, counts, axes=1), rows) for power in (1, 2, 4)]
    return rows, means[0], means[1], means[2]


def gap_in_deviations(now: Values, now_variance: Values, before: Values, before_variance: Values) -> Values:
    """By how many standard deviations of their difference one is above the other; 0 where neither varies.

    Source: the two-sample z with unpooled variances (Welch), or for proportions with the baseline's
    variance in both, as given.
    """
    spread = np.sqrt(now_variance + before_variance)
    gap = now - before
    divided: Values = np.zeros(gap.shape)
    np.divide(gap, spread, out=divided, where=(spread > 0) & np.isfinite(spread) & np.isfinite(gap))
    return divided
