"""Cells filled from arrays, and what a check judges by them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from console.checks.check import CellQuery, Judging
from console.checks.grid import Board, Cells, Flags, Grid, Pinned
from console.model import LimitRule, QueryCall, Reading, Verdict
from tests.unit.checks.frames import bound

START = datetime(2026, 11, 2, tzinfo=UTC)
Series = npt.NDArray[np.integer]
Counted = Mapping[tuple[str, ...], Series] | Mapping[tuple[str, ...], Mapping[str, Series]]
"""Key -> its count in each step; or each of its counts, by name."""


def grid_of(steps: int, minutes: int = 5) -> Grid:
    """So many steps from a Monday's midnight on."""
    return Grid(START, timedelta(minutes=minutes), steps)


def cells_of(query: CellQuery, series: Counted, grid: Grid) -> Cells:
    """Cells with these counts by key; an array alone is the first of the query's counts."""
    frames = []
    for key, given in series.items():
        counts = given if isinstance(given, Mapping) else {query.counts[0]: given}
        there = np.flatnonzero(counts[query.counts[0]])
        columns: dict[str, object] = {"step_start": [grid.moment(int(step)) for step in there]}
        columns |= {name: [part] * len(there) for name, part in zip(query.keys, key, strict=True)}
        columns |= {
            name: counts[name][there].tolist() if name in counts else [0] * len(there)
            for name in query.counts
        }
        schema = pl.Schema({"step_start": pl.Datetime("us", "UTC")})
        schema.update(dict.fromkeys(query.keys, pl.String()) | dict.fromkeys(query.counts, pl.Int64()))
        frames.append(pl.DataFrame(columns, schema=schema))
    cells = Cells(query.keys, query.counts)
    cells.put(pl.concat(frames), grid)
    return cells


def judging_of(
    query: CellQuery,
    series: Counted,
    grid: Grid,
    *,
    masks: Mapping[tuple[str, str, str], Flags] | None = None,
    rules: Sequence[LimitRule] = (),
    pinned: Mapping[str, Pinned] | None = None,
    complete: int | None = None,
    tell_from: int = 0,
) -> Judging:
    """All windows of the grid, of which the newest step is over."""
    board = Board(
        grid,
        np.arange(grid.steps),
        grid.steps if complete is None else complete,
        masks or {},
        tell_from,
    )
    return Judging(board, {query.name: cells_of(query, series, grid)}, rules, pinned or {})


def breaching(readings: Sequence[Reading]) -> list[Reading]:
    """Those that breach, by their windows' ends; the queries that they name can be asked."""
    found = [reading for reading in readings if reading.verdict is Verdict.BREACH]
    for reading in found:
        calls: list[QueryCall | None] = [reading.evidence, reading.offenders]
        for call in calls:
            if call is not None:
                bound(call)
    return sorted(found, key=lambda r: (r.window.until, r.window.until - r.window.start))


def step_of(grid: Grid, moment: datetime) -> int:
    """The first step that is not before the moment."""
    return int((moment - grid.start) / grid.step)
