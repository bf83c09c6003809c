"""Cells of features made by hand or at random, for the checks that judge them."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import UTC, datetime, timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from console.checks import Board, Grid, Judging
from console.checks.grid import Cells
from console.checks.inputs import INPUTS, REQUESTS
from console.checks.profile import Bins, Profile
from console.model import Reading

START = datetime(2026, 11, 2, tzinfo=UTC)
STEP = timedelta(minutes=15)
DAY = 96
"""Steps a day."""
Key = tuple[str, str, str, int]
"""Feature, dimension, value and bin."""
BINS = Bins(
    "fraud", "amount", "number", cuts=tuple(float(10 * n) for n in range(1, 10)), lowest=-50.0, highest=150.0
)
PROFILE = Profile({("fraud", "amount"): BINS})


def cells_of(
    counts: Mapping[Key, npt.NDArray[np.int64]],
    extremes: Mapping[Key, tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]] | None = None,
) -> Cells:
    """Cells of model fraud, from rows by step."""
    frames = []
    for (feature, dimension, value, number), rows in counts.items():
        low, high = (extremes or {}).get((feature, dimension, value, number), (None, None))
        frames.append(
            pl.DataFrame(
                {
                    "step_start": [START + n * STEP for n in range(len(rows))],
                    "rows": rows,
                    "lowest": np.full(len(rows), np.nan) if low is None else low,
                    "highest": np.full(len(rows), np.nan) if high is None else high,
                }
            ).with_columns(
                model=pl.lit("fraud"),
                feature=pl.lit(feature),
                dimension=pl.lit(dimension),
                slice_value=pl.lit(value),
                bin=pl.lit(number),
            )
        )
    cells = INPUTS.empty()
    steps = max(len(rows) for rows in counts.values())
    cells.put(pl.concat(frames).filter(pl.col("rows") > 0), Grid(START, STEP, steps))
    return cells


def histogram(values: npt.NDArray[np.float64], bins: Bins = BINS) -> npt.NDArray[np.int64]:
    """Rows in bins -1 to 10, as the canned query sorts them: shape (12,)."""
    sorted_in = np.searchsorted(bins.cuts, values, side="right")
    sorted_in = np.where(values < bins.lowest, -1, np.where(values > bins.highest, 10, sorted_in))
    return np.bincount(sorted_in + 1, minlength=12).astype(np.int64)


def of_values(
    slices: Mapping[tuple[str, str], Sequence[npt.NDArray[np.float64]]], feature: str = "amount"
) -> dict[Key, npt.NDArray[np.int64]]:
    """Counts of a number by bin, from the values of each step of each slice; requests as many."""
    counts: dict[Key, npt.NDArray[np.int64]] = {}
    for (dimension, value), steps in slices.items():
        table = np.stack([histogram(values) for values in steps], axis=1)
        for number in range(-1, 11):
            counts[feature, dimension, value, number] = table[number + 1]
        counts["", dimension, value, REQUESTS] = table.sum(axis=0)
    return counts


def judging(cells: Cells, profile: Profile = PROFILE) -> Judging:
    """All windows over the cells."""
    grid = Grid(START, STEP, cells.steps)
    return Judging(
        Board(grid, np.arange(cells.steps), cells.steps - 1), {INPUTS.name: cells}, profile=profile
    )


def breaches(readings: Sequence[Reading]) -> list[Reading]:
    """Those that breached, oldest first."""
    return sorted((r for r in readings if r.verdict.name == "BREACH"), key=lambda r: r.window.until)


def hour_of(reading: Reading) -> float:
    """Hours from the start until the window's end."""
    return (reading.window.until - START) / timedelta(hours=1)
