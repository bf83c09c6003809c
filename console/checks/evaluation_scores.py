"""What scores are worth: reliability, and the calibration error, from how often each score was there."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from console.checks.evaluation_intervals import wilson
from console.model.evaluation import Figure, ReliabilityBin

BINS = 15
"""Bins of about as many requests each, of which reliability is told."""
EDGES = 100
"""Bins of about as many requests each, by which slices and steps are told."""
_DRAWS = 1_000
_SEED = 20_261_123
Counts = npt.NDArray[np.int64]
Values = npt.NDArray[np.float64]


def equal_mass(rows: Counts, bins: int) -> Counts:
    """The bin, from 0 on and ascending, of each score, so that bins have about as many rows each.

    Rows with the same score are in one bin, so there may be fewer bins than that.

    Args:
        rows: rows by score, ascending, shape (n_scores,).
        bins: how many.
    """
    total = int(rows.sum())
    if not total:
        return np.zeros(rows.shape, dtype=np.int64)
    middle = np.cumsum(rows) - (rows + 1) // 2
    places = np.minimum(bins - 1, middle * bins // total)
    return np.unique(places, return_inverse=True)[1].reshape(rows.shape).astype(np.int64)


def edges_of(chances: Values, rows: Counts, bins: int = EDGES) -> list[float]:
    """The highest score of each bin but the last, of about as many rows each."""
    if not chances.size:
        return []
    places = equal_mass(rows, bins)
    last = np.flatnonzero(np.diff(places, append=places[-1] + 1))
    return [float(chance) for chance in chances[last][:-1]]


def reliability(chances: Values, hits: Counts, rows: Counts, bins: int = BINS) -> tuple[ReliabilityBin, ...]:
    """What scores promised and what came, bin by bin of about as many rows each.

    Args:
        chances: each score that there is, ascending, 0..1, shape (n_scores,).
        hits: rows with that score that had the outcome.
        rows: rows with that score.
        bins: how many.
    """
    places = equal_mass(rows, bins)
    found = []
    for place in range(int(places.max(initial=-1)) + 1):
        mine = places == place
        many, came = int(rows[mine].sum()), int(hits[mine].sum())
        promised = float((chances[mine] * rows[mine]).sum()) / many
        ends = wilson(came, many)
        lower, upper = float(chances[mine][0]), float(chances[mine][-1])
        found.append(ReliabilityBin(lower, upper, many, promised, came / many, *ends))
    return tuple(found)


def calibration_error(bins: tuple[ReliabilityBin, ...]) -> Figure:
    """The mean gap between what scores promise and what comes, over requests.

    Chance alone makes gaps. What it makes where scores are true to their word is told with the figure.

    Source: expected calibration error, Naeini, Cooper and Hauskrecht 2015, in bins of equal mass as Nixon and
    others 2019; the interval is the basic bootstrap's (Davison and Hinkley 1997, 5.2) over outcomes within
    bins, from a fixed seed.
    """
    measure = "calibration error"
    if not bins:
        return Figure(measure, None, None, None, 0, "no request has a score from 0 to 1")
    rows = np.array([one.rows for one in bins], dtype=np.int64)
    promised = np.array([one.promised for one in bins])
    came = np.array([one.came for one in bins])
    weight = rows / rows.sum()
    value = float((weight * np.abs(came - promised)).sum())
    dice = np.random.default_rng(_SEED)

    def drawn(chance: Values) -> Values:
        gaps: Values = np.abs(dice.binomial(rows, chance, (_DRAWS, len(rows))) / rows - promised) @ weight
        return gaps

    lower, upper = np.quantile(drawn(came), [0.025, 0.975])
    usual = float(np.quantile(drawn(np.clip(promised, 0.0, 1.0)), 0.95))
    low, high = max(0.0, 2 * value - float(upper)), min(1.0, max(value, 2 * value - float(lower)))
    return Figure(
        measure,
        value,
        min(low, value),
        high,
        int(rows.sum()),
        f"chance alone gives up to {usual:.2g} where scores are true to their word",
    )
