"""Measures that are told of all requests only: what scores cost, and how much of the spread is explained."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.evaluation_intervals import LEAST_FOR_MEAN, Estimate, around, mean_of
from console.model.evaluation import Figure

LEAST_CHANCE = float(np.finfo(np.float64).eps)
"""What a score of 0 is taken for, as scikit-learn does: else a wrong one would make the loss endless."""
Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


def log_loss(chances: Values, hits: Counts, rows: Counts) -> Figure:
    """The mean of the negative logarithm of what the scores promised of what came, in nats.

    Args:
        chances: each score that there is, 0..1, shape (n_scores,).
        hits: rows with that score that had the outcome.
        rows: rows with that score.

    Source: Good 1952, Rational decisions; the interval is that of a mean by the normal distribution.
    """
    many = int(rows.sum())
    inside = np.clip(chances, LEAST_CHANCE, 1 - LEAST_CHANCE)
    came, failed = -np.log(inside), -np.log1p(-inside)
    missed = rows - hits
    found = mean_of(
        many,
        float((hits * came + missed * failed).sum()),
        float((hits * came**2 + missed * failed**2).sum()),
    )
    if found is None:
        return Figure("log loss", None, None, None, 0, "no request has a score from 0 to 1")
    if many < LEAST_FOR_MEAN:
        return Figure("log loss", found.value, None, None, many, _FEW)
    return Figure("log loss", found.value, *around(found, least=0.0), many)


_FEW = f"no interval with fewer than {LEAST_FOR_MEAN} rows"


@dataclass(frozen=True, slots=True)
class Spread:
    """Sums over predicted numbers, as `queries/evaluation_spread.sql` gives them."""

    rows: int
    squares: float
    """Of errors."""
    fourths: float
    spread: float
    """Squared distances of the truths from their mean."""
    spread_fourths: float
    products: float
    """Of squared errors and squared distances."""


def r_squared(sums: Spread) -> Figure:
    """The share of the truths' spread that the predictions explain; below 0 where the mean alone does better.

    Source: Draper and Smith 1998, Applied regression analysis; the interval is by the delta method, from the
    variance of e² - (1 - R²) d² over requests, where e is the error and d the truth's distance from the mean.
    """
    if sums.rows < 2 or not sums.spread > 0:
        why = "all truths are the same" if sums.rows > 1 else "fewer than two requests have two numbers"
        return Figure("R²", None, None, None, sums.rows, why)
    left = sums.squares / sums.spread
    if not math.isfinite(left):
        return Figure("R²", None, None, None, sums.rows, "the truths are too alike beside the errors")
    if sums.rows < LEAST_FOR_MEAN:
        return Figure("R²", 1 - left, None, None, sums.rows, _FEW)
    scatter = sums.fourths - 2 * left * sums.products + left * left * sums.spread_fourths
    variance = max(0.0, scatter) / sums.spread / sums.spread
    if not math.isfinite(variance):
        return Figure("R²", 1 - left, None, None, sums.rows, "the truths are too alike beside the errors")
    return Figure("R²", 1 - left, *around(Estimate(1 - left, variance), most=1.0), sums.rows)
