"""From scores to probabilities of being right, learnt where the truth is known."""

from __future__ import annotations

import numpy as np

from console.checks.grid import Counts, Values


def isotonic(values: Values, weights: Values) -> Values:
    """The non-decreasing values that are nearest to these, by squares; weights 0 count nothing.

    Where no weight lies at the beginning or end, the nearest value holds; between, the one before.

    Args:
        values: shape (n,).
        weights: how much each counts, shape (n,), at least 0.

    Source: Ayer and others 1955, pool adjacent violators.
    """
    blocks: list[tuple[float, float, int]] = []
    for value, weight in zip(values.tolist(), weights.tolist(), strict=True):
        mean, held, length = (
            (value, weight, 1) if weight > 0 else (blocks[-1][0] if blocks else -np.inf, 0.0, 1)
        )
        while blocks and blocks[-1][0] >= mean:
            before, other, others = blocks.pop()
            total = held + other
            mean = (mean * held + before * other) / total if total else before
            held, length = total, length + others
        blocks.append((mean, held, length))
    fitted = np.repeat([mean for mean, _, _ in blocks], [length for _, _, length in blocks])
    known = np.isfinite(fitted)
    return np.where(known, fitted, fitted[known][0] if known.any() else np.nan)


def chance_of_right(right: Counts, wrong: Counts) -> Values:
    """Probability, 0..1, that a prediction is right, by its score's bin; monotonous in the score.

    Up or down, whichever fits better: that of the positive class grows with its score, that of the
    negative one falls. NaN everywhere where nothing is known.

    Args:
        right: predictions of one class that were right, by score bin, ascending, shape (n_bins,).
        wrong: those that were wrong.
    """
    rows = (right + wrong).astype(np.float64)
    if not rows.sum():
        return np.full(rows.shape, np.nan)
    share = right / np.maximum(rows, 1)
    up = isotonic(share, rows)
    down = isotonic(share[::-1], rows[::-1])[::-1]
    misses = [float((rows * (fit - share) ** 2).sum()) for fit in (up, down)]
    return up if misses[0] <= misses[1] else down
