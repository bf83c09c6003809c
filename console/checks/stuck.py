"""Numbers that vary by themselves, and came to a standstill."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.check import Check, Judging
from console.checks.grid import Cells, Flags, Values, prefix
from console.checks.inputs import ABOVE, BELOW, INPUTS, REQUESTS, Input, inputs_of
from console.checks.limits import limits_for
from console.checks.say import number, percent, short, within
from console.model import QueryCall, Reading, Severity, Slice, Verdict, Window

NAME = "stuck_values"


@dataclass(frozen=True, slots=True)
class StuckLimits:
    """When a number that does not change is stuck."""

    window_minutes: int = 30
    """Length of a window."""
    min_rows: int = 30
    """Rows in the window, and as many different windows before."""
    max_spread: float = 0.001
    """Spread of the window, as a part of the usual one, up to which it stands still."""
    max_ever: float = 0.02
    """Share of the windows before that stood still by themselves, above which that is usual."""
    critical_reach: float = 0.25
    """Share of the requests that the slice must hold, for the alert to be critical."""


STUCK = StuckLimits()


def judge_stuck(judging: Judging) -> list[Reading]:
    """Readings a model and feature with numbers, from `queries/feature_cells.sql`."""
    readings: list[Reading] = []
    cells = judging.cells[INPUTS.name]
    for model, _, features in inputs_of(cells):
        for one in features:
            limits = limits_for(STUCK, NAME, model, one.feature, judging.rules)
            lowest, highest = _extremes(one, cells)
            if np.isfinite(lowest).any():
                readings += _judge(one, lowest, highest, judging, limits)
    return readings


def _extremes(one: Input, cells: Cells) -> tuple[Values, Values]:
    """Lowest and highest number of each slice and step, NaN without any: shape (n_slices, n_steps)."""
    shape = (len(one.slices), one.counts.shape[2])
    low, high = np.full(shape, np.nan), np.full(shape, np.nan)
    for place, number_of in enumerate(one.bins):
        keys = one.keys[:, place]
        there = keys >= 0
        if number_of < REQUESTS and there.any():
            low[there] = np.fmin(low[there], cells.extremes("lowest")[keys[there]])
            high[there] = np.fmax(high[there], cells.extremes("highest")[keys[there]])
    return low, high


def _judge(
    one: Input, lowest: Values, highest: Values, judging: Judging, limits: StuckLimits
) -> list[Reading]:
    board = judging.board
    window = board.grid.length(limits.window_minutes)
    spans = range(window)
    ends = np.arange(lowest.shape[1])
    low, high = lowest.copy(), highest.copy()
    for back in spans:
        low[:, back:] = np.fmin(low[:, back:], lowest[:, : lowest.shape[1] - back])
        high[:, back:] = np.fmax(high[:, back:], highest[:, : highest.shape[1] - back])
    total = prefix(one.rows(*range(BELOW, ABOVE + 1)))
    rows = total[:, ends + 1] - total[:, np.maximum(ends + 1 - window, 0)]
    spread = high - low
    full = (rows >= limits.min_rows) & np.isfinite(spread)
    usual, ever, seen = _usual(
        spread, full, window, limits, masked=board.masked(NAME, one.model, one.feature)
    )
    with np.errstate(invalid="ignore"):
        still = full & (spread <= limits.max_spread * usual) & (usual > 0)
    known = (seen >= limits.min_rows) & (ever <= limits.max_ever * seen)
    stuck = still & known
    readings = []
    for number_of, end in enumerate(board.ends.tolist()):
        newest = number_of == len(board.ends) - 1
        found = np.flatnonzero(stuck[:, end])
        if end < board.tell_from or (not found.size and not newest):
            continue
        place = int(found[np.argmax(rows[found, end])]) if found.size else 0
        if found.size:
            verdict = Verdict.BREACH
        elif rows[0, end] < limits.min_rows:
            verdict = Verdict.TOO_FEW_ROWS
        else:
            verdict = Verdict.QUIET if seen[0, end] >= limits.min_rows else Verdict.NO_BASELINE
        start, until = board.window(end, window)
        readings.append(
            _reading(
                one,
                one.slices[place],
                Window(start, until),
                verdict,
                limits,
                rows=int(rows[place, end]),
                reach=float(rows[place, end] / max(rows[0, end], 1)),
                low=float(low[place, end]),
                spread=float(spread[place, end]),
                usual=float(usual[place, end]),
                before=int(seen[place, end]),
            )
        )
    return readings


def _usual(
    spread: Values, full: Flags, window: int, limits: StuckLimits, *, masked: Flags
) -> tuple[Values, npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Mean spread of the windows before each, how many of them stood still, and how many there were.

    Windows follow each other by one step, so that those that overlap are left out at either end.
    """
    clear = full & ~masked[None, :]
    kept = np.where(clear, spread, 0.0)
    sums = np.cumsum(kept, axis=1)
    counted = np.cumsum(clear, axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        mean = np.where(counted > 0, sums / counted, 0.0)
    still = np.cumsum(clear & (spread <= limits.max_spread * mean), axis=1)
    back = np.arange(spread.shape[1]) - window
    there = back >= 0
    back = np.maximum(back, 0)
    return (
        np.where(there, mean[:, back], 0.0),
        np.where(there, still[:, back], 0).astype(np.int64),
        np.where(there, counted[:, back], 0).astype(np.int64),
    )


def _reading(
    one: Input,
    where: Slice,
    window: Window,
    verdict: Verdict,
    limits: StuckLimits,
    *,
    rows: int,
    reach: float,
    low: float,
    spread: float,
    usual: float,
    before: int,
) -> Reading:
    place = {"model": one.model, "start": window.start, "until": window.until}
    minutes = round((window.until - window.start).total_seconds() / 60)
    told = np.isfinite(spread)
    said = f"{short(one.feature)} is {number(low if told else None)} in all of {rows} requests"
    if verdict is not Verdict.BREACH:
        said = f"{short(one.feature)} varies by {number(spread if told else None)}"
    return Reading(
        check=NAME,
        model=one.model,
        subject=one.feature,
        window=window,
        verdict=verdict,
        value=spread if told else None,
        baseline=usual if before else None,
        limit=limits.max_spread * usual,
        unit="spread",
        rows=rows,
        baseline_rows=before,
        severity=Severity.CRITICAL if reach >= limits.critical_reach else Severity.WARNING,
        summary=within(where, f"{said}; it used to vary by {number(usual)} ({percent(reach)} of requests)"),
        slice=where,
        evidence=QueryCall("drift", {**place, "window_minutes": minutes, "feature": one.feature}),
        offenders=QueryCall(
            "predictions_in_slice", {**place, "dimension": where.dimension, "slice_value": where.value}
        ),
    )


CHECK = Check(NAME, (INPUTS,), STUCK, judge_stuck)
