"""The cells that performance is judged by: of the whole, and of the slices that have enough of them."""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np
import numpy.typing as npt

from console.checks.check import CellQuery, Judging, pinned_totals
from console.checks.measures import Subject
from console.checks.quality import NO_ERROR
from console.model import Slice

PERFORMANCE = CellQuery(
    "performance_cells",
    ("model", "kind", "dimension", "slice_value", "prediction", "truth", "bin"),
    ("rows",),
    coarse=True,
    truths=True,
)
COARSER = 4
"""Bins of errors that are one in a slice."""


def subjects_of(
    judging: Judging, model: str, keys: npt.NDArray[np.int64], *, min_rows: int
) -> Iterator[Subject]:
    """The whole first, then the slices that have so many rows at least.

    Args:
        judging: has the cells of `PERFORMANCE`.
        model: whose.
        keys: which of the cells are to be judged.
        min_rows: below which a slice is left out.
    """
    cells = judging.cells[PERFORMANCE.name]
    names = cells.keys[keys.tolist()]
    totals = pinned_totals(judging.pinned_for(model), PERFORMANCE, cells, keys, "rows")
    pinned = None if totals is None else totals[0].astype(np.int64)
    groups = (
        names.with_row_index("place_").group_by("dimension", "slice_value", maintain_order=True).agg("place_")
    )
    for dimension, value, places in sorted(groups.iter_rows(), key=lambda g: (g[0] != "", g[0], g[1])):
        rows = cells.counts("rows")[keys[places]]
        if dimension and rows.sum() < min_rows:
            continue
        mine = names[places]
        subject = Subject(
            Slice(dimension, value),
            rows,
            mine["prediction"].to_numpy().astype(np.str_),
            mine["truth"].to_numpy().astype(np.str_),
            mine["bin"].to_numpy().astype(np.int64),
            None if pinned is None else pinned[places],
        )
        yield _coarser(subject) if dimension else subject


def _coarser(subject: Subject) -> Subject:
    """The same with as few cells as its measures need: right and wrong, or wider bins."""
    right = subject.predictions == subject.truths
    bins = np.where(subject.bins > NO_ERROR, subject.bins // COARSER * COARSER + COARSER // 2, subject.bins)
    cells, places = np.unique(np.stack([right, bins]), axis=1, return_inverse=True)
    rows = np.zeros((cells.shape[1], subject.cells.shape[1]), dtype=np.int64)
    np.add.at(rows, places.ravel(), subject.cells)
    pinned = None
    if subject.pinned is not None:
        pinned = np.zeros(cells.shape[1], dtype=np.int64)
        np.add.at(pinned, places.ravel(), subject.pinned)
    truths = np.where(cells[0] > 0, "right", "wrong")
    return Subject(subject.where, rows, np.full(truths.shape, "right"), truths, cells[1], pinned)
