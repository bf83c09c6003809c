"""Which values moved: of each feature and measured field, before the alert and during it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TYPE_CHECKING

from console.checks.say import number, percent, short
from console.model import Condition, Table

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from console.explain.columns import Grouped
    from console.store import Sample

MOST_MOVED = 12
LEAST_DISTANCE = 0.05
"""Jensen-Shannon distance (natural logarithm, at most 0.83) below which nothing is said to have moved."""
BINS = 10
TOP_VALUES = 3
LEAST_ROWS = 30
"""Rows with a value, before and during, below which a distance would be noise."""

_HEADINGS = {
    "value": "feature or field",
    "moved": "Jensen-Shannon distance, natural logarithm, 0..0.83",
    "before": "the 24 hours before: mean and quantiles 0.05, 0.5, 0.95; of a text its commonest values",
    "during": "the time of the alert, where most of its trouble is",
}


@dataclass(frozen=True, slots=True)
class _Moved:
    name: str
    distance: float
    before: str
    during: str


def moved_table(sample: Sample, where: Sequence[Condition] = ()) -> Table:
    """The values that moved most, the farthest first, as told by a sample of the rows.

    Rows of the alert's time are compared with those of the 24 hours before it, all that meet the
    conditions, whether they offend or not. Null is a value of its own.

    Args:
        sample: from `sample_for`.
        where: the alert's conditions.
    """
    rows: list[_Moved] = []
    if sample.columns:
        from console.explain.columns import Grouped

        rows = _moved(Grouped(sample), where)
    shown = tuple((one.name, one.distance, one.before, one.during) for one in rows[:MOST_MOVED])
    return Table(tuple(_HEADINGS), shown, _HEADINGS, truncated=len(rows) > MOST_MOVED)


def _moved(grouped: Grouped, where: Sequence[Condition]) -> list[_Moved]:
    import numpy as np

    scale = [s / d if d else 0.0 for s, d in zip(grouped.trouble.stored, grouped.trouble.drawn, strict=True)]
    weights = np.array(scale)[grouped.group]
    met = np.logical_and.reduce(
        [np.ones(grouped.group.size, dtype=np.bool_), *(grouped.meeting(one) for one in where)]
    )
    during, before = met & (grouped.group < 2), met & (grouped.group >= 2)
    if min(during.sum(), before.sum()) < LEAST_ROWS:
        return []
    found = []
    for column, drawn in enumerate(grouped.columns):
        one = (_number if drawn.kind == "number" else _text)(grouped, column, weights, before, during)
        if one is not None and one.distance >= LEAST_DISTANCE:
            found.append(one)
    return sorted(found, key=lambda one: (-one.distance, one.name))


def _number(
    grouped: Grouped,
    column: int,
    weights: NDArray[np.float64],
    before: NDArray[np.bool_],
    during: NDArray[np.bool_],
) -> _Moved | None:
    import numpy as np

    values = grouped.numbers(column)
    there = ~np.isnan(values)
    sides = []
    for rows in (before, during):
        kept = rows & there
        if not kept.any():
            return None
        sides.append((values[kept], weights[kept], float(weights[rows & ~there].sum())))
    edges = np.unique(_quantiles(sides[0][0], sides[0][1], np.linspace(0, 1, BINS + 1)[1:-1]))
    shares = []
    for some, weight, missing in sides:
        # A value that is an edge has a bin of its own: most values may be one and the same.
        bins = np.searchsorted(edges, some, side="left") + np.searchsorted(edges, some, side="right")
        counted = np.bincount(bins, weight, 2 * edges.size + 1)
        shares.append(np.append(counted, missing))
    told = [_number_said(some, weight, missing) for some, weight, missing in sides]
    return _Moved(short(grouped.columns[column].name), js_distance(shares[0], shares[1]), *told)


def _number_said(values: NDArray[np.float64], weights: NDArray[np.float64], missing: float) -> str:
    import numpy as np

    low, middle, high = _quantiles(values, weights, np.array([0.05, 0.5, 0.95]))
    with np.errstate(over="ignore"):
        mean = float(np.average(values, weights=weights))
    lacking = missing / (missing + float(weights.sum()))
    rest = f", {percent(lacking)} missing" if lacking >= 0.001 else ""
    return f"mean {number(mean)} ({number(low)} · {number(middle)} · {number(high)}){rest}"


def _text(
    grouped: Grouped,
    column: int,
    weights: NDArray[np.float64],
    before: NDArray[np.bool_],
    during: NDArray[np.bool_],
) -> _Moved | None:
    import numpy as np
    import polars as pl

    texts = grouped.frame[grouped.columns[column].column]
    frame = pl.DataFrame(
        {
            "value": texts,
            "before": np.where(before, weights, 0.0),
            "during": np.where(during, weights, 0.0),
        }
    )
    sums = frame.group_by("value").agg(pl.col("before").sum(), pl.col("during").sum()).sort("value")
    if sums["value"].n_unique() * 2 > max(int(during.sum()), int(before.sum())):
        return None
    sides = [sums["before"].to_numpy(), sums["during"].to_numpy()]
    named = ["none" if value is None else short(value, 20) for value in sums["value"].to_list()]
    told = []
    for side in sides:
        order = np.argsort(-side, kind="stable")[:TOP_VALUES]
        told.append(
            " · ".join(f"{named[n]} {percent(float(side[n] / side.sum()))}" for n in order if side[n])
        )
    return _Moved(short(grouped.columns[column].name), js_distance(sides[0], sides[1]), *told)


def _quantiles(
    values: NDArray[np.float64], weights: NDArray[np.float64], at: NDArray[np.float64]
) -> NDArray[np.float64]:
    """The smallest values that so large shares of the weight do not exceed."""
    import numpy as np

    order = np.argsort(values, kind="stable")
    reached = np.cumsum(weights[order])
    places = np.searchsorted(reached, at * reached[-1], side="left")
    found: NDArray[np.float64] = values[order][np.minimum(places, values.size - 1)]
    return found


def js_distance(p: NDArray[np.float64], q: NDArray[np.float64]) -> float:
    """Jensen-Shannon distance of two histograms over the same bins, natural logarithm.

    Source: Endres and Schindelin 2003, A new metric for probability distributions.
    """
    import numpy as np

    p, q = p / p.sum(), q / q.sum()
    middle = (p + q) / 2
    halves = [float(np.sum(a[a > 0] * np.log(a[a > 0] / middle[a > 0]))) for a in (p, q)]
    return float(np.sqrt(max(0.0, sum(halves) / 2)))
