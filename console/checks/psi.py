"""The population stability index: how unlike each other histograms are, and how unlike chance makes them."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from console.checks.distances import Numbers, chi_square_p_value
from console.checks.grid import Counts, Flags, Values
from console.checks.statistics import chi_square_quantile

MIN_EXPECTED = 5
"""Rows that a bin's share of the baseline must lead one to expect in the window (Cochran 1954)."""


def psi_of(current: Numbers, baseline: Numbers) -> tuple[Values, Counts]:
    """Population stability index of histograms, and the number of bins that it was made of.

    Bins in which fewer than `MIN_EXPECTED` rows are to be expected are pooled; those that are empty on
    both sides are left out.

    Args:
        current: rows by bin, shape (..., n_bins, n_ends).
        baseline: the same of the baseline; need not be whole numbers.

    Returns:
        Both of shape (..., n_ends); NaN where one side has no rows.

    Source: Siddiqi 2006, Credit Risk Scorecards; half a row added to each bin is ours.
    """
    rows, base_rows = current.sum(axis=-2, keepdims=True), baseline.sum(axis=-2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = baseline * (rows / base_rows)
    rare = ~(expected >= MIN_EXPECTED)
    current_pool = np.where(rare, current, 0).sum(axis=-2, keepdims=True)
    base_pool = np.where(rare, baseline, 0).sum(axis=-2, keepdims=True)
    pooled = (current_pool + base_pool) > 0
    used = (~rare).sum(axis=-2, keepdims=True) + pooled
    whole, base_whole = rows + 0.5 * used, base_rows + 0.5 * used
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(rare, 0.0, _terms(current, baseline, whole, base_whole)).sum(axis=-2)
        pool = np.where(pooled, _terms(current_pool, base_pool, whole, base_whole), 0.0)[..., 0, :]
    there = (rows > 0) & (base_rows > 0)
    return np.where(there[..., 0, :], terms + pool, np.nan), used[..., 0, :].astype(np.int64)


def _terms(
    current: Numbers,
    baseline: Numbers,
    whole: Numbers,
    base_whole: Numbers,
) -> Values:
    c, b = (current + 0.5) / whole, (baseline + 0.5) / base_whole
    terms: Values = (c - b) * np.log(c / b)
    return terms


def noise_of(rows: Counts, base_rows: Values, bins: Counts) -> Values:
    """PSI that chance alone exceeds once in a thousand windows; infinite without rows or bins.

    Without drift PSI is about (1/n + 1/m) times chi-square with bins - 1 degrees of freedom.
    Source: Yurdakul and Naranjo 2020, Statistical properties of the population stability index.
    """
    degrees = int(bins.max(initial=1))
    quantiles = np.array([np.inf, np.inf, *(chi_square_quantile(1e-3, d) for d in range(1, degrees))])
    with np.errstate(divide="ignore", invalid="ignore"):
        noise: Values = (1 / rows + 1 / base_rows) * quantiles[bins]
    return noise


def chances_of(asked: Flags, current: Counts, baseline: Numbers) -> Values:
    """Probability of such a PSI by chance, if nothing moved, where it is asked for; else 1."""
    chance = np.ones(asked.shape)
    place, at = np.nonzero(asked)
    now, before = current[place, :, at], baseline[place, :, at]
    psi, bins = psi_of(now.T, before.T)
    noise = 1 / np.maximum(now.sum(axis=1), 1) + 1 / np.maximum(before.sum(axis=1), 1)
    for number, (statistic, used) in enumerate(zip((psi / noise).tolist(), bins.tolist(), strict=True)):
        chance[place[number], at[number]] = chi_square_p_value(statistic, max(1, used - 1))
    return chance


def passing(chances: npt.NDArray[np.float64], tolerated: float) -> Values:
    """For each column the chance up to which hypotheses are rejected, so that of those that are no more
    than this share is wrong: shape (n_ends,).

    Args:
        chances: p-values, shape (n_hypotheses, n_ends).
        tolerated: false discovery rate.

    Source: Benjamini and Hochberg 1995.
    """
    ordered = np.sort(chances, axis=0)
    steps = tolerated * np.arange(1, len(ordered) + 1)[:, None] / len(ordered)
    level: Values = np.where(ordered <= steps, steps, 0.0).max(axis=0)
    return level
