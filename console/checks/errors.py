"""Error rates that rose: of a model, of its slices, of one type of error."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.check import CellQuery, Check, Judging, pinned_totals
from console.checks.grid import Cells, largest
from console.checks.limits import limits_for
from console.checks.say import percent, within
from console.checks.shares import Found, Series, ShareLimits, judge_series
from console.model import QueryCall, Reading, Severity, Slice, Window

REQUESTS = CellQuery("request_cells", ("model", "dimension", "slice_value"), ("rows", "errors"))
WINDOWS = (5, 30, 120)
"""Lengths in minutes: an outage shows in the first, a leak in the last."""


@dataclass(frozen=True, slots=True)
class ErrorLimits(ShareLimits):
    """The same as of any share, and from when it is critical."""

    critical_share: float = 0.1
    """Errors among all of a model's requests."""
    critical_slice_share: float = 0.25
    """Errors among a slice's, if the slice is a twentieth of the requests or more."""
    slo: float = 0.0
    """Share of requests that are to succeed, such as 0.999, by which `burn_rate` judges; 0 for none."""


ERRORS = ErrorLimits()


def judge_errors(judging: Judging) -> list[Reading]:
    """Readings a model, from `queries/request_cells.sql`; each names its worst slice or error type."""
    cells = judging.cells[REQUESTS.name]
    readings = []
    for (model,), keys in cells.groups("model").items():
        subject = subject_of(cells, keys)
        if subject is None:
            continue
        series, slices, keys = subject
        limits = limits_for(ERRORS, "error_spikes", model, "", judging.rules)
        board = judging.board
        found = judge_series(
            series,
            board,
            [board.grid.length(minutes) for minutes in WINDOWS],
            limits,
            masked=board.masked("error_spikes", model, ""),
            pinned=_pinned(judging, model, cells, keys, slices),
        )
        readings += [_reading(one, judging, model, slices[one.place], limits) for one in found]
    return readings


def subject_of(
    cells: Cells, keys: npt.NDArray[np.int64]
) -> tuple[Series, list[Slice], npt.NDArray[np.int64]] | None:
    """A model's rows and errors, the whole first, with their slices and keys; None if it was never seen.

    Of an error type the rows are the model's: its share is that of all requests.
    """
    names = cells.keys[keys.tolist()]
    dimensions = names["dimension"].to_numpy()
    whole = np.flatnonzero(dimensions == "")
    if not whole.size:
        return None
    cut = np.flatnonzero(dimensions != "")
    cut = cut[largest(cells.counts("errors")[keys[cut]])]
    order = np.concatenate([whole[:1], cut])
    keys = keys[order]
    rows, hits = cells.counts("rows")[keys], cells.counts("errors")[keys]
    typed = dimensions[order] == "error_type"
    rows[typed] = rows[0]
    slices = [
        Slice(str(d), str(v)) for d, v in names[order.tolist()].select("dimension", "slice_value").rows()
    ]
    return Series(rows, hits), slices, keys


def _pinned(
    judging: Judging, model: str, cells: Cells, keys: npt.NDArray[np.int64], slices: list[Slice]
) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]] | None:
    totals = pinned_totals(judging.pinned_for(model), REQUESTS, cells, keys, "rows", "errors")
    if totals is None:
        return None
    rows, hits = totals
    typed = np.array([where.dimension == "error_type" for where in slices])
    return np.where(typed, rows[0], rows), hits


def _reading(found: Found, judging: Judging, model: str, where: Slice, limits: ErrorLimits) -> Reading:
    start, until = judging.board.window(found.end, found.window)
    place = {"model": model, "start": start, "until": until}
    minutes = round((until - start).total_seconds() / 60)
    said = f"{percent(found.share)} errors against {percent(found.baseline_share)}"
    return Reading(
        check="error_spikes",
        model=model,
        subject="",
        window=Window(start, until),
        verdict=found.verdict,
        value=found.share,
        baseline=found.baseline_share,
        limit=found.limit,
        unit="share",
        rows=found.rows,
        baseline_rows=found.baseline_rows,
        severity=_severity(found, limits),
        summary=within(where, said),
        slice=where,
        evidence=QueryCall("error_spikes", {**place, "window_minutes": minutes}),
        offenders=QueryCall("predictions_with_errors", {**place, **_told_apart(where)}),
        trouble=judging.board.stretch(found.trouble),
    )


def _told_apart(where: Slice) -> dict[str, object]:
    if where.dimension == "error_type":
        return {"error_type": where.value}
    return {"dimension": where.dimension, "slice_value": where.value}


def _severity(found: Found, limits: ErrorLimits) -> Severity:
    """By how many of the requests fail, not by how unlikely it is."""
    reach = found.rows / max(found.whole_rows, 1)
    if found.whole_hits >= limits.critical_share * max(found.whole_rows, 1) or (
        found.share >= limits.critical_slice_share and reach >= 0.05
    ):
        return Severity.CRITICAL
    return Severity.WARNING


CHECK = Check("error_spikes", (REQUESTS,), ERRORS, judge_errors)
