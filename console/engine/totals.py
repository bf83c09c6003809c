"""What the judging has counted of all requests together, step by step: long charts are drawn from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np
import numpy.typing as npt

from console.checks.grid import Counts, Grid, Values
from console.model import TrafficPoint

if TYPE_CHECKING:
    from console.engine.counting import Counting

BINS_A_DECADE = 20
"""Latencies are counted by bins of a twentieth of a decade, as `queries/latency_cells.sql` makes them."""
SHARES = (0.5, 0.95, 0.99)
"""Shares of the requests that are quicker than the percentiles of a chart."""


@dataclass(frozen=True, slots=True, eq=False)
class Totals:
    """Requests, errors and latencies by step."""

    grid: Grid
    complete: int
    """Steps before this one are over; of the one at it, more may come."""
    rows: Counts
    """Shape (n_steps,)."""
    errors: Counts
    """Shape (n_steps,)."""
    latencies: Counts
    """Requests by bin and step, shape (n_bins, n_steps)."""
    lowest_bin: int
    """Number of the first bin: it begins at 10^(lowest_bin / 20) ms."""

    @property
    def edge(self) -> datetime:
        """Where the steps that are over end."""
        return self.grid.moment(self.complete)


def totals_of(counting: Counting) -> Totals | None:
    """Everything that was counted; None if no check asks for what charts need."""
    requests, latencies = counting.cells("request_cells"), counting.cells("latency_cells")
    if requests is None or latencies is None:
        return None
    whole = np.array([key == "" for key in requests.keys["dimension"]], dtype=np.bool_)
    of_all = np.array([key == "" for key in latencies.keys["dimension"]], dtype=np.bool_)
    bins = latencies.keys["bin"].cast(int).to_numpy()[of_all] if of_all.any() else np.zeros(0, np.int64)
    lowest = int(bins.min()) if bins.size else 0
    counts = np.zeros((int(bins.max()) - lowest + 1 if bins.size else 0, latencies.steps), dtype=np.int64)
    np.add.at(counts, bins - lowest, latencies.counts("rows")[of_all])
    return Totals(
        grid=counting.grid,
        complete=counting.complete,
        rows=requests.counts("rows")[whole].sum(axis=0, dtype=np.int64),
        errors=requests.counts("errors")[whole].sum(axis=0, dtype=np.int64),
        latencies=counts,
        lowest_bin=lowest,
    )


def quantiles(counts: npt.NDArray[np.int64], lowest_bin: int, shares: Sequence[float]) -> Values:
    """Percentiles in ms of what was counted by bins, by even spread within a bin: off by 6 % at most.

    Args:
        counts: shape (n_bins, n_steps).
        lowest_bin: number of the first bin.
        shares: 0..1.

    Returns:
        Shape (n_shares, n_steps); NaN where nothing was counted.
    """
    if not counts.size:
        return np.full((len(shares), counts.shape[1]), np.nan)
    total = np.cumsum(counts, axis=0)
    found = np.full((len(shares), counts.shape[1]), np.nan)
    steps = np.nonzero(total[-1])[0]
    for place, share in enumerate(shares):
        wanted = share * total[-1, steps]
        bins = np.argmax(total[:, steps] >= np.maximum(wanted, 1), axis=0)
        inside = counts[bins, steps]
        part = (wanted - (total[bins, steps] - inside)) / inside
        found[place, steps] = 10 ** ((lowest_bin + bins + np.clip(part, 0, 1)) / BINS_A_DECADE)
    return found


def points_of(totals: Totals, first: datetime, until: datetime, step: timedelta) -> tuple[TrafficPoint, ...]:
    """A point a step from `first` on, up to `until` or where the steps that are over end.

    Args:
        totals: what was counted.
        first: at a whole multiple of `step` since 1970.
        until: where the last point begins at the latest, exclusive.
        step: a whole multiple of the totals' own.
    """
    grid = totals.grid
    each = step // grid.step
    starts = np.arange(max(0, (min(until, totals.edge) - first) // step))
    if not starts.size:
        return ()
    low = np.clip(grid.index(first) + starts * each, 0, grid.steps)
    high = np.clip(grid.index(first) + (starts + 1) * each, 0, grid.steps)

    def sums(counts: Counts) -> Counts:
        total = np.concatenate([np.zeros((*counts.shape[:-1], 1), np.int64), np.cumsum(counts, -1)], -1)
        between: Counts = total[..., high] - total[..., low]
        return between

    latencies = quantiles(sums(totals.latencies), totals.lowest_bin, SHARES)
    points = []
    for place, (rows, errors) in enumerate(zip(sums(totals.rows), sums(totals.errors), strict=True)):
        p50, p95, p99 = (None if np.isnan(ms) else float(ms) for ms in latencies[:, place])
        points.append(TrafficPoint(first + place * step, int(rows), int(errors), p95, p50, p99))
    return tuple(points)
