"""Features, scores and predictions that are distributed otherwise than before."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.bursts import densest
from console.checks.check import Check, Judging
from console.checks.distances import jensen_shannon
from console.checks.grid import Board, Flags, Values, of_recent
from console.checks.inputs import EMPTY, INPUTS, NAN, OTHER, OTHER_TYPE, Input, inputs_of
from console.checks.limits import limits_for
from console.checks.profile import Bins
from console.checks.psi import passing
from console.checks.say import number, percent, short, within
from console.checks.shapes import Compared, ShapeLimits, compare
from console.model import QueryCall, Reading, Severity, Slice, Verdict, Window

WINDOWS = (60, 240, 1440)
"""Lengths in minutes: a jump shows in the first, a slow climb in the others."""
NAME = "drift"


@dataclass(frozen=True, slots=True)
class DriftLimits(ShapeLimits):
    """The same as of any distribution, and from when it is critical."""

    critical_reach: float = 0.05
    """Share of the requests that the slice must hold, for the alert to be critical."""


DRIFT = DriftLimits()


def judge_drift(judging: Judging) -> list[Reading]:
    """Readings a model and feature, from `queries/feature_cells.sql`; each names the bin that grew most."""
    readings: list[Reading] = []
    cells = judging.cells[INPUTS.name]
    for model, _, features in inputs_of(cells):
        pinned = judging.pinned_for(model)
        for minutes in WINDOWS:
            window = judging.board.grid.length(minutes)
            compared: list[Compared] = []
            limits = [limits_for(DRIFT, NAME, model, one.feature, judging.rules) for one in features]
            for one, own in zip(features, limits, strict=True):
                compared.append(
                    compare(
                        one.counts,
                        [where.dimension for where in one.slices],
                        judging.board,
                        window,
                        own,
                        masked=judging.board.masked(NAME, model, one.feature),
                        pinned=one.pinned(pinned, cells),
                    )
                )
            tolerated = DRIFT.chance_a_day / judging.board.grid.day
            for one, found, own, beyond in zip(
                features, compared, limits, _beyond_chance(compared, tolerated), strict=True
            ):
                readings += _told(one, found, beyond, judging, own)
    return readings


def _beyond_chance(compared: Sequence[Compared], tolerated: float) -> list[Flags]:
    """Where the limit is passed by more than chance would pass it in any feature of the model.

    Corrected over a feature's slices by Bonferroni, over the features by Benjamini and Hochberg.
    """
    if not compared:
        return []
    chances = [one.chance * one.chance.shape[0] for one in compared]
    level = passing(np.stack([chance.min(axis=0) for chance in chances]), tolerated)
    return [
        one.passed & (chance <= level) & (level > 0) for one, chance in zip(compared, chances, strict=True)
    ]


def _told(one: Input, found: Compared, beyond: Flags, judging: Judging, limits: DriftLimits) -> list[Reading]:
    board = judging.board
    breached = of_recent(board.ends, beyond, needed=limits.needed, among=limits.among)
    shown = _told_best(found, breached)
    best = np.argmax(shown, axis=0)
    readings = []
    for at in range(len(board.ends)):
        value, newest = shown[best[at], at], at == len(board.ends) - 1
        if board.ends[at] < board.tell_from or (value < 0 and not newest):
            continue
        place = int(best[at]) if value >= 0 else 0
        if value >= 0:
            verdict = Verdict.BREACH if value >= 2 else Verdict.LINGERING
        elif found.rows[0, at] < limits.min_rows:
            verdict = Verdict.TOO_FEW_ROWS
        elif np.isnan(found.psi[0, at]):
            verdict = Verdict.NO_BASELINE
        else:
            verdict = Verdict.QUIET
        readings.append(_reading(one, found, place, at, verdict, judging, limits))
    return readings


def _told_best(found: Compared, breached: Flags) -> Values:
    """How well each slice tells it: 2 and more if it breached, from 0 on if it lingers, else -1.

    By how many of its rows moved, and how many of all that moved these are.
    """
    with np.errstate(divide="ignore", invalid="ignore"):
        gap = found.current / found.rows[:, None, :] - found.baseline / found.base_rows[:, None, :]
    moved = found.rows * np.nan_to_num(np.clip(gap, 0, None).sum(axis=1), nan=0.0, posinf=0.0)
    concentrated: npt.NDArray[np.float64] = 2 * moved / np.maximum(found.rows + moved[:1], 1)
    concentrated = np.clip(concentrated, 0.0, 1.0)
    return np.where(breached, 2.0 + concentrated, np.where(found.lingers, concentrated, -1.0))


def _reading(
    one: Input, found: Compared, place: int, at: int, verdict: Verdict, judging: Judging, limits: DriftLimits
) -> Reading:
    board = judging.board
    start, until = board.window(int(board.ends[at]), found.window)
    current, baseline = found.current[place, :, at], found.baseline[place, :, at]
    rows, base_rows = int(found.rows[place, at]), int(found.base_rows[place, at])
    value = None if np.isnan(found.psi[place, at]) else float(found.psi[place, at])
    share, before = current / max(rows, 1), baseline / max(base_rows, 1)
    grown = int(np.argmax(share - before))
    bins = judging.profile.features.get((one.model, one.feature), Bins(one.model, one.feature, "text"))
    where = one.slices[place]
    said = f"{named(bins, one.bins[grown])} in {percent(float(share[grown]))} of requests"
    said += f" against {percent(float(before[grown]) if base_rows else None)}"
    if value is not None:
        said += f" (PSI {number(value)}, JS distance {number(float(jensen_shannon(current, baseline)))}"
        said += ", against the first day)" if found.fixed else ")"
    minutes = round((until - start).total_seconds() / 60)
    place_of = {"model": one.model, "start": start, "until": until}
    critical = (
        value is not None
        and value >= limits.critical_psi
        and rows >= limits.critical_reach * found.rows[0, at]
    )
    return Reading(
        check=NAME,
        model=one.model,
        subject=one.feature,
        window=Window(start, until),
        verdict=verdict,
        value=value,
        baseline=None if value is None else 0.0,
        limit=float(found.limit[place, at]),
        unit="PSI",
        rows=rows,
        baseline_rows=0 if value is None else base_rows,
        severity=Severity.CRITICAL if critical else Severity.WARNING,
        summary=within(where, said),
        slice=where,
        trouble=_trouble(one, found, place, at, board) if value is not None else None,
        evidence=QueryCall(NAME, {**place_of, "window_minutes": minutes, "feature": one.feature}),
        offenders=offenders_of(bins, one.bins[grown], where, place_of),
    )


def _trouble(one: Input, found: Compared, place: int, at: int, board: Board) -> Window | None:
    """The part of the window in which the bins that grew stand out most."""
    current, baseline = found.current[place, :, at], found.baseline[place, :, at]
    before = baseline / max(float(baseline.sum()), 1.0)
    grown = current / max(int(current.sum()), 1) > before
    end = int(board.ends[at])
    first = max(0, end + 1 - found.window)
    steps = one.counts[place, :, first : end + 1]
    low, high = densest(steps.sum(axis=0), steps[grown].sum(axis=0), float(before[grown].sum()))
    return board.stretch((first + low, first + high))


def named(bins: Bins, which: int) -> str:
    """A bin in words: `amount 12.5 to 20`, `country = DE`."""
    name = short(bins.feature)
    special = {OTHER: "a rarer value", EMPTY: "empty", NAN: "not a number", OTHER_TYPE: "of another type"}
    if which in special:
        return f"{name} {special[which]}"
    if bins.kind == "text":
        return (
            f"{name} = {short(bins.values[which])}" if which < len(bins.values) else f"{name} a rarer value"
        )
    lower, upper = bins.edges(which)
    if lower is None:
        return f"{name} below {number(upper)}"
    return f"{name} from {number(lower)}" if upper is None else f"{name} {number(lower)} to {number(upper)}"


def offenders_of(bins: Bins, which: int, where: Slice, place: dict[str, object]) -> QueryCall:
    """The canned query that lists the requests in a bin; where none can, those of the slice."""
    feature = {"feature": bins.feature}
    if bins.kind == "number" and which < OTHER:
        lower, upper = bins.edges(which)
        return QueryCall(
            "predictions_with_number_in_range", {**place, **feature, "lower": lower, "upper": upper}
        )
    if bins.kind == "text" and which < len(bins.values):
        return QueryCall("predictions_with_category", {**place, **feature, "value": bins.values[which]})
    return QueryCall(
        "predictions_in_slice", {**place, "dimension": where.dimension, "slice_value": where.value}
    )


CHECK = Check(NAME, (INPUTS,), DRIFT, judge_drift)
