"""How hits lie in time: whether they come in bursts, and where they are densest."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from console.checks.grid import Flags, prefix

MOST_CLUMPING = 3.0
"""More than so many are not taken for one, lest a trouble excuse itself."""
MIN_HOURS = 6
"""Hours from which it can be told how hits come."""
MOST_STRETCHES = 100
"""Places in a window at which the trouble may begin or end."""


def clumps(rows: npt.NDArray[np.integer], hits: npt.NDArray[np.integer], hour: int, masked: Flags) -> float:
    """How many hits come together on average, 1 to 3: errors come in bursts, which makes a few mean little.

    Pearson's chi-square of the hours' hits against a constant share, by its degrees of freedom.
    Source: McCullagh and Nelder 1989, Generalized Linear Models, 4.5.

    Args:
        rows: shape (n_steps,).
        hits: shape (n_steps,).
        hour: steps an hour.
        masked: steps that are left out, shape (n_steps,).
    """
    hours = len(rows) // hour
    if hours < MIN_HOURS:
        return 1.0
    clear = ~masked
    hourly = [
        np.where(clear, part, 0)[: hours * hour].reshape(hours, hour).sum(axis=1) for part in (rows, hits)
    ]
    there = hourly[0] > 0
    n, h = hourly[0][there].astype(np.float64), hourly[1][there].astype(np.float64)
    if n.size < MIN_HOURS or not 0 < h.sum() < n.sum():
        return 1.0
    share = h.sum() / n.sum()
    spread = float(((h - n * share) ** 2 / (n * share * (1 - share))).sum() / (n.size - 1))
    return min(max(spread, 1.0), MOST_CLUMPING)


def densest(rows: npt.NDArray[np.integer], hits: npt.NDArray[np.integer], usual: float) -> tuple[int, int]:
    """The stretch of steps that stands out most from the usual share: its first, and the one behind its last.

    The one with the highest likelihood ratio of a share of its own against the usual one, among those in
    which it is higher. All of it if none is. Of a long window, beginnings and ends are told to a hundredth.

    Source: Kulldorff 1997, A spatial scan statistic, for one dimension and a known rate outside.

    Args:
        rows: shape (n_steps,).
        hits: shape (n_steps,).
        usual: share, 0..1.
    """
    steps = len(rows)
    edges = np.arange(0, steps, -(-steps // MOST_STRETCHES)) if steps else np.zeros(0, np.int64)
    edges = np.append(edges, steps)
    all_rows, all_hits = prefix(rows), prefix(hits)
    first, last = np.triu_indices(edges.size, 1)
    low, high = edges[first], edges[last]
    n = (all_rows[high] - all_rows[low]).astype(np.float64)
    h = (all_hits[high] - all_hits[low]).astype(np.float64)
    usual = min(max(usual, 1e-6), 1 - 1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, h / n, 0.0)
        ratio = np.where(h > 0, h * np.log(share / usual), 0.0)
        ratio += np.where(n > h, (n - h) * np.log((1 - share) / (1 - usual)), 0.0)
    ratio = np.where(share > usual, ratio, -1.0)
    best = int(np.argmax(ratio))
    return (int(low[best]), int(high[best])) if ratio[best] > 0 else (0, steps)
