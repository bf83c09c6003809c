"""Where exactly a number parts the troubled rows from the others, said with as few digits as may be."""

from __future__ import annotations

import math

import numpy as np
from numpy.typing import NDArray

from console.explain.columns import Grouped, Part, Rows

_INDISTINGUISHABLE_NATS = 1.0
_DIGITS = 17


def best_cut(grouped: Grouped, part: Part, within: Rows) -> float:
    """The cut nearest to the part's that tells most, among the rows `within`.

    Cuts that tell the same but for chance are one; of these the one with the fewest digits is taken.
    """
    _, _, cuts = grouped.coded(part.column)
    place = part.code - 2
    low = cuts[place - 1] if place else -np.inf
    high = cuts[place + 1] if place + 1 < len(cuts) else np.inf
    values = grouped.numbers(part.column)
    rows = within & ~np.isnan(values)
    values, groups = values[rows], grouped.group[rows]
    order = np.argsort(values, kind="stable")
    values, groups = values[order], groups[order]
    starts = np.flatnonzero(np.concatenate(([True], values[1:] > values[:-1])))
    distinct = values[starts]
    near = np.flatnonzero((distinct > low) & (distinct < high) & (np.arange(distinct.size) > 0))
    if not near.size:
        return float(cuts[place])
    before = np.concatenate((np.zeros((4, 1)), np.cumsum(groups == np.arange(4)[:, None], axis=1)), axis=1)
    below = before[:, starts[near]]
    counts = below if part.side == "<" else before[:, -1:] - below
    told = grouped.trouble.told(counts)
    best = int(np.argmax(told.divergence))
    chance = _INDISTINGUISHABLE_NATS / max(float(told.weight[best]), 1.0)
    same = near[told.divergence >= told.divergence[best] - chance]
    return min(
        (roundest(float(distinct[n - 1]), float(distinct[n])) for n in same),
        key=lambda cut: (len(f"{cut:.{_DIGITS}g}"), cut),
    )


def roundest(above: float, most: float) -> float:
    """The number with the fewest digits that is above the first and not above the second."""
    power = math.floor(math.log10(max(abs(above), abs(most), 1e-300))) + 1
    for digits in range(power, power - _DIGITS, -1):
        try:
            unit = 10.0**digits
            number = round((math.floor(above / unit) + 1) * unit, max(0, -digits))
        except (OverflowError, ValueError, ZeroDivisionError):
            continue
        if above < number <= most:
            return number
    return most


def side_of(values: NDArray[np.float64], cut: float, side: str) -> Rows:
    """Which values are on that side of the cut; none is on neither."""
    return values >= cut if side == ">=" else values < cut
