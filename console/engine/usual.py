"""What is usual of the traffic: the band behind the charts, from the steps of earlier hours and days."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import numpy as np
import numpy.typing as npt

from console.checks.grid import MAX_DAYS, MIN_DAYS, Values
from console.engine.totals import Totals, quantiles
from console.model import Band, TrafficPoint

LOW, HIGH = 0.1, 0.9
"""Shares of the steps that are below a band, and below its upper limit."""
LEAST_STEPS = 12
"""Steps with a value that it takes to say what is usual."""
LONGEST_STEP = timedelta(hours=6)
"""A bar of more than this mixes hours that have nothing usual in common."""

Places = npt.NDArray[np.int64]


def with_usual(
    points: Sequence[TrafficPoint], step: timedelta, totals: Totals | None
) -> tuple[TrafficPoint, ...]:
    """The same points, each with what is usual at its time.

    That is from the 10th to the 90th percentile of the steps of the judging at the same hours of up to
    seven earlier days, half an hour more on either side; where there are fewer than three such days, of
    the 24 hours before. Steps that are not over, and those before the first, do not count.
    """
    if totals is None or not points or step > LONGEST_STEP:
        return tuple(points)
    grid = totals.grid
    begin = np.array([grid.index(point.start) for point in points], dtype=np.int64)
    length = max(1, step // grid.step)
    there = np.nonzero(totals.rows)[0]
    first = int(there[0]) if there.size else grid.steps
    places = _places(begin, length, first, grid.day, grid.hour)
    places = np.where(places < totals.complete, places, -1)
    scale = step / grid.step
    p95: Values = quantiles(totals.latencies, totals.lowest_bin, (0.95,))[0]
    rates: Values = np.where(totals.rows > 0, totals.errors / np.maximum(1, totals.rows), np.nan)
    bands = (
        _bands(totals.rows.astype(np.float64) * scale, places),
        _bands(rates, places),
        _bands(p95, places),
    )
    return tuple(
        replace(point, usual_rows=rows, usual_error_rate=rate, usual_p95_ms=slow)
        for point, rows, rate, slow in zip(points, *bands, strict=True)
    )


def _places(begin: Places, length: int, first: int, day: int, hour: int) -> Places:
    """The steps that each point is compared with, -1 for none: shape (n_points, n_places)."""
    half = hour // 2
    offsets = np.arange(-half, length + half)
    back = np.arange(1, MAX_DAYS + 1) * day
    earlier = begin[:, None, None] - back[None, :, None] + offsets[None, None, :]
    usable = earlier >= first
    days = usable.all(axis=2).sum(axis=1)
    seasonal = np.where(usable, earlier, -1).reshape(len(begin), -1)
    preceding = begin[:, None] - np.arange(1, day + 1)[None, :]
    preceding = np.where(preceding >= first, preceding, -1)
    width = max(seasonal.shape[1], preceding.shape[1])
    chosen = np.full((len(begin), width), -1, dtype=np.int64)
    enough = days >= MIN_DAYS
    chosen[enough, : seasonal.shape[1]] = seasonal[enough]
    chosen[~enough, : preceding.shape[1]] = preceding[~enough]
    return chosen


def _bands(values: Values, places: Places) -> list[Band | None]:
    """The band of the values at these places, for each point."""
    found = np.where(places >= 0, values[np.clip(places, 0, max(0, len(values) - 1))], np.nan)
    ordered = np.sort(found, axis=1)  # NaN comes last
    known = (~np.isnan(ordered)).sum(axis=1)
    rank = np.arange(len(ordered))
    low = ordered[rank, np.rint(LOW * np.maximum(0, known - 1)).astype(np.int64)]
    high = ordered[rank, np.rint(HIGH * np.maximum(0, known - 1)).astype(np.int64)]
    return [
        Band(float(one), float(other)) if number >= LEAST_STEPS else None
        for one, other, number in zip(low, high, known, strict=True)
    ]
