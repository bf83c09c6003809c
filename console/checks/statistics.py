"""The tests and distances that checks decide by. Plain numbers in, plain numbers out."""

from __future__ import annotations

import math
from functools import cache
from statistics import NormalDist


def rise_p_value(hits: int, rows: int, baseline_hits: int, baseline_rows: int) -> float:
    """Probability, 0..1, of at least this many hits if the rate were the baseline's.

    Few hits: Fisher's exact test, one-sided, from the hypergeometric tail. Many (at least 10 hits and
    10 misses expected, in the window and in the baseline): two proportions by z with pooled variance.

    Source: Fisher 1922; Agresti, Categorical Data Analysis, 3.5. Where to change over is ours.
    """
    total, total_hits = rows + baseline_rows, hits + baseline_hits
    if rows <= 0 or baseline_rows <= 0 or total_hits == 0 or total_hits == total:
        return 1.0
    pooled = total_hits / total
    if min(rows, baseline_rows) * min(pooled, 1 - pooled) >= 10:
        spread = math.sqrt(pooled * (1 - pooled) * (1 / rows + 1 / baseline_rows))
        gap = hits / rows - baseline_hits / baseline_rows
        return 0.5 * math.erfc(gap / spread / math.sqrt(2))
    return _hypergeometric_tail(hits, rows, total_hits, total)


def _hypergeometric_tail(hits: int, rows: int, total_hits: int, total: int) -> float:
    """P(X >= hits), X the hits among `rows` drawn from `total` that hold `total_hits`."""
    lowest, highest = max(0, rows - (total - total_hits)), min(rows, total_hits)
    if hits <= lowest:
        return 1.0
    if hits * total < rows * total_hits:
        # Below the mean the terms grow, from one that may be too small for a double: the other tail,
        # in which they shrink, is that of the misses.
        return 1.0 - _hypergeometric_tail(rows - hits + 1, rows, total - total_hits, total)
    term = math.exp(
        _log_choose(total_hits, hits)
        + _log_choose(total - total_hits, rows - hits)
        - _log_choose(total, rows)
    )
    tail = 0.0
    for drawn in range(hits, highest + 1):
        tail += term
        if term <= tail * 1e-17:
            break
        term *= (total_hits - drawn) * (rows - drawn)
        term /= (drawn + 1) * (total - total_hits - rows + drawn + 1)
    return min(1.0, tail)


def _log_choose(n: int, k: int) -> float:
    return math.lgamma(n + 1) - math.lgamma(k + 1) - math.lgamma(n - k + 1)


@cache
def chi_square_quantile(alpha: float, degrees: int) -> float:
    """Value that chi-square exceeds with probability `alpha`, from 1e-1 to 1e-12 within 2 %.

    Source: Wilson and Hilferty 1931 from 30 degrees of freedom on; below, where that is off by up to
    a fifth, the exact survival function (Abramowitz and Stegun, 26.4.4 and 26.4.5), bisected.
    """
    shrink = 2 / (9 * degrees)
    guess = degrees * (1 - shrink - NormalDist().inv_cdf(alpha) * math.sqrt(shrink)) ** 3
    if degrees >= 30:
        return guess
    low, high = 0.0, 2 * guess + 10
    for _ in range(60):
        middle = (low + high) / 2
        low, high = (middle, high) if _chi_square_survival(middle, degrees) > alpha else (low, middle)
    return high


def _chi_square_survival(value: float, degrees: int) -> float:
    """P(X > value), X chi-square with so many degrees of freedom."""
    half = value / 2
    if degrees % 2:
        tail, power = math.erfc(math.sqrt(half)), 0.5
    else:
        tail, power = math.exp(-half), 1.0
    term = math.exp(-half) * half**power / math.gamma(power + 1)
    while power < degrees / 2:
        tail += term
        power += 1
        term *= half / power
    return tail
