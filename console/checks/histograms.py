"""Rows by how large something is, in bins of equal factors, step by step: so that all adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.check import CellQuery
from console.checks.grid import Cells, Counts, Pinned, Values, largest
from console.model import Slice

BINS_A_DECADE = 20
"""Bin b holds what lies from 10^(b / 20) to 10^((b + 1) / 20), which is 12 % more."""
LEAST_ROWS = 5
"""Rows in all, below which nothing can be said of a subject or slice."""

Bins = npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class Histogram:
    """A subject's rows by bin, step by step; row 0 is the whole, the others are its slices."""

    slices: Sequence[Slice]
    bins: Bins
    """Those that occur, ascending, shape (n_bins,)."""
    counts: npt.NDArray[np.int32]
    """Shape (1 + n_slices, n_bins, n_steps)."""


def lower_edge(bin_: float) -> float:
    """Where the bin begins."""
    return float(10 ** (bin_ / BINS_A_DECADE))


def quantile(counts: npt.NDArray[np.integer], bins: Bins, q: float) -> Values:
    """The quantile of binned rows, interpolated by logarithm within its bin; NaN where there are no rows.

    It lies in the bin of the ceil(q n)-th smallest of the n rows, and so is off by less than 12.3 %.

    Args:
        counts: shape (..., n_bins).
        bins: ascending, shape (n_bins,).
        q: 0..1.
    """
    total = np.cumsum(counts, axis=-1, dtype=np.float64)
    rows = total[..., -1:]
    place = np.minimum((total < q * rows).sum(axis=-1, keepdims=True), len(bins) - 1)
    here = np.take_along_axis(np.asarray(counts, dtype=np.float64), place, axis=-1)
    before = np.take_along_axis(total, place, axis=-1) - here
    with np.errstate(divide="ignore", invalid="ignore"):
        part = np.where(here > 0, (q * rows - before) / here, np.nan)
    found: Values = 10 ** ((bins[place] + np.clip(part, 0, 1)) / BINS_A_DECADE)
    return np.where(rows > 0, found, np.nan)[..., 0]


def histogram_of(cells: Cells, keys: npt.NDArray[np.int64]) -> Histogram | None:
    """The rows of one subject by slice and bin; None if the whole was never seen.

    The slices are those with most rows, and none has so few that nothing could be said of it.

    Args:
        cells: with the key columns `dimension`, `slice_value` and `bin`, and the count `rows`.
        keys: rows of the cells that are about the subject.
    """
    names = cells.keys[keys.tolist()].select("dimension", "slice_value", "bin").rows()
    places = {Slice(): 0}
    at = [places.setdefault(Slice(str(d), str(v)), len(places)) for d, v, _ in names]
    if 0 not in at:
        return None
    bins, of_bin = np.unique(np.array([int(b) for *_, b in names], dtype=np.int64), return_inverse=True)
    counted = cells.counts("rows")[keys]
    rows = np.zeros(len(places), dtype=np.int64)
    np.add.at(rows, at, counted.sum(axis=1, dtype=np.int64))
    kept = largest(np.where(rows >= LEAST_ROWS, rows, 0)[1:, None]) + 1
    kept = np.concatenate([[0], kept[rows[kept] >= LEAST_ROWS]])
    there = np.full(len(places), -1, dtype=np.int64)
    there[kept] = np.arange(len(kept))
    placed = there[at]
    counts = np.zeros((len(kept), len(bins), cells.steps), dtype=np.int32)
    counts[placed[placed >= 0], of_bin[placed >= 0]] = counted[placed >= 0]
    slices = list(places)
    return Histogram([slices[place] for place in kept.tolist()], bins, counts)


def pinned_histogram(
    pinned: Pinned | None, query: CellQuery, subject: tuple[str, ...], of: Histogram
) -> Counts | None:
    """Rows by slice and bin in a chosen baseline, None if it knows nothing of the subject.

    Shape (1 + n_slices, n_bins). A bin that does not occur in the histogram is counted with the nearest one
    below, or the lowest.
    """
    if pinned is None or query.name not in pinned.totals:
        return None
    frame = pinned.totals[query.name]
    places = {where: place for place, where in enumerate(of.slices)}
    counts = np.zeros((len(of.slices), len(of.bins)), dtype=np.int64)
    for row in frame.select(*query.keys, "rows").iter_rows():
        *seen, dimension, value, bin_, rows = row
        place = places.get(Slice(str(dimension or ""), str(value or "")))
        if tuple(str(part or "") for part in seen) == subject and place is not None:
            at = max(0, int(np.searchsorted(of.bins, int(bin_), side="right")) - 1)
            counts[place, at] += int(rows or 0)
    return counts if counts[0].sum() else None
