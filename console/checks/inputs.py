"""Features, scores and predictions as counts by bin, slice and step."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.check import CellQuery
from console.checks.grid import Cells, Counts, Pinned
from console.model import Slice

INPUTS = CellQuery(
    "feature_cells",
    ("model", "feature", "dimension", "slice_value", "bin"),
    ("rows",),
    ("lowest", "highest"),
    coarse=True,
    profiled=True,
)
BELOW, ABOVE = -1, 10
OTHER, EMPTY, NAN, OTHER_TYPE, REQUESTS = 20, 21, 22, 23, 30
MIN_SLICE_ROWS = 100
"""Rows in all, below which a slice is not looked at."""
MAX_SLICES = 120
"""Slices of a feature that are looked at, those with most rows."""


@dataclass(frozen=True, slots=True)
class Input:
    """One feature of one model, step by step; slice 0 is the whole."""

    model: str
    feature: str
    slices: tuple[Slice, ...]
    bins: tuple[int, ...]
    counts: npt.NDArray[np.int32]
    """Shape (n_slices, n_bins, n_steps)."""
    keys: npt.NDArray[np.int64]
    """Row of the cells for each slice and bin, -1 where there is none: shape (n_slices, n_bins)."""

    def rows(self, *bins: int) -> Counts:
        """Rows in these bins, or all if none is named: shape (n_slices, n_steps)."""
        wanted = [place for place, number in enumerate(self.bins) if not bins or number in bins]
        summed: Counts = self.counts[:, wanted].sum(axis=1, dtype=np.int64)
        return summed

    def pinned(self, pinned: Pinned | None, cells: Cells) -> Counts | None:
        """The same totals in a chosen baseline, shape (n_slices, n_bins); None if it does not know them."""
        if pinned is None or INPUTS.name not in pinned.totals:
            return None
        there = np.flatnonzero(self.keys.ravel() >= 0)
        names = cells.keys[self.keys.ravel()[there].tolist()]
        told = names.join(pinned.totals[INPUTS.name], on=list(INPUTS.keys), how="left", maintain_order="left")
        totals = np.zeros(self.keys.size, dtype=np.int64)
        totals[there] = told["rows"].fill_null(0).to_numpy()
        return totals.reshape(self.keys.shape) if totals.any() else None


def inputs_of(cells: Cells) -> Iterator[tuple[str, Input, Sequence[Input]]]:
    """Each model's requests, and its features; a model without either is left out."""
    found: dict[str, list[Input]] = {}
    requests: dict[str, Input] = {}
    names = cells.keys
    bins = names["bin"].cast(int, strict=False).fill_null(OTHER).to_numpy()
    slices = list(zip(names["dimension"].to_list(), names["slice_value"].to_list(), strict=True))
    counts = cells.counts("rows")
    for (model, feature), keys in cells.groups("model", "feature").items():
        counted = bins[keys] == REQUESTS
        for of_requests, part in ((True, keys[counted]), (False, keys[~counted])):
            one = _input(model, feature, part, bins, slices, counts)
            if one is not None and of_requests:
                requests[model] = one
            elif one is not None:
                found.setdefault(model, []).append(one)
    for model, features in found.items():
        if model in requests:
            yield model, requests[model], features


def _input(
    model: str,
    feature: str,
    keys: npt.NDArray[np.int64],
    bins: npt.NDArray[np.int64],
    slices: Sequence[tuple[str, str]],
    counts: npt.NDArray[np.int32],
) -> Input | None:
    totals: dict[tuple[str, str], int] = {}
    for key, rows in zip(keys.tolist(), counts[keys].sum(axis=1, dtype=np.int64).tolist(), strict=True):
        totals[slices[key]] = totals.get(slices[key], 0) + rows
    if ("", "") not in totals:
        return None
    cut = sorted((-rows, where) for where, rows in totals.items() if where[0] and rows >= MIN_SLICE_ROWS)
    wanted = [("", ""), *(where for _, where in cut[:MAX_SLICES])]
    places = {where: place for place, where in enumerate(wanted)}
    numbers = sorted({int(bins[key]) for key in keys})
    table = np.full((len(wanted), len(numbers)), -1, dtype=np.int64)
    for key in keys.tolist():
        place = places.get(slices[key])
        if place is not None:
            table[place, numbers.index(int(bins[key]))] = key
    held = np.where((table >= 0)[..., None], counts[table], np.int32(0))
    return Input(model, feature, tuple(Slice(*where) for where in wanted), tuple(numbers), held, table)
