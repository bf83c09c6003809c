"""Traffic against its own rhythm: who has fallen silent, and who asks many times as often as ever."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.check import Check, Judging
from console.checks.errors import REQUESTS
from console.checks.grid import (
    Board,
    Counts,
    Flags,
    Grid,
    Steps,
    Values,
    between,
    largest,
    of_recent,
    prefix,
)
from console.checks.limits import limits_for
from console.checks.rhythm import Expected, expected_traffic, fall_p_value, first_step, highest_before
from console.checks.say import number, within
from console.model import QueryCall, Reading, Severity, Slice, Verdict, Window

WINDOWS = (15, 30, 60, 180)
"""Lengths in minutes."""
CHANGING = frozenset(
    {"model_version", "error_type", "host", "hostname", "pod", "node", "instance", "container"}
)
"""Dimensions whose values come and go while the traffic goes on: roll-outs, machines."""


@dataclass(frozen=True, slots=True)
class SilenceLimits:
    """When traffic has fallen away: far below its rhythm, not by chance, and not as it often does."""

    max_ratio: float = 0.2
    """Part of the expected requests that may be left."""
    max_ratio_first_day: float = 0.1
    """The same while less than a day has been seen, when it is not known how it goes with the hour."""
    min_expected: float = 15.0
    """Requests expected in the window, below which there are too few to miss any."""
    spread: float = 0.3
    """By how much, as a part of what is expected, traffic varies beyond chance."""
    min_history_minutes: int = 180
    quiet_share: float = 0.01
    """Share of earlier windows that were as quiet, from which it is the series' own way."""
    clear: float = 0.5
    """Part of the expected requests, from which it is over."""
    chance_a_day: float = 0.02
    """False alarms a day that chance may cause, over all windows and slices of a model together."""


@dataclass(frozen=True, slots=True)
class SurgeLimits:
    """When traffic is out of all proportion: many times the most of this hour on other days, for a while."""

    min_ratio: float = 4.5
    """Times the highest of the same hours of earlier days."""
    min_ratio_first_day: float = 7.0
    """Times the highest of any hour, while less than a day has been seen."""
    min_ratio_any_hour: float = 1.3
    """Times the highest of any hour of the week before."""
    min_rows: int = 40
    min_share: float = 0.1
    """By how much it must exceed that, as a part of all that the model usually gets."""
    min_history_minutes: int = 360
    clear: float = 0.5
    """Part of the limit, below which it is over."""
    needed: int = 2
    """So many of the last `among` windows must breach."""
    among: int = 3


SILENCE_LIMITS = SilenceLimits()
SURGE_LIMITS = SurgeLimits()


@dataclass(frozen=True, slots=True)
class Traffic:
    """A model's requests, step by step; row 0 is the whole, the others are its slices."""

    slices: Sequence[Slice]
    rows: npt.NDArray[np.integer]
    """Shape (1 + n_slices, n_steps)."""


def traffic_of(judging: Judging, model_keys: npt.NDArray[np.int64]) -> Traffic | None:
    """The model's traffic from the cells; None if it was never seen. What is in no slice is in the whole."""
    cells = judging.cells[REQUESTS.name]
    names = cells.keys[model_keys.tolist()].select("dimension", "slice_value").rows()
    slices = [Slice(str(d), str(v)) for d, v in names]
    if Slice() not in slices:
        return None
    whole = slices.index(Slice())
    cut = np.array(
        [at for at, where in enumerate(slices) if where.dimension not in ("", *CHANGING)], np.int64
    )
    order = [whole, *cut[largest(cells.counts("rows")[model_keys[cut]])].tolist()]
    return Traffic([slices[at] for at in order], cells.counts("rows")[model_keys[order]])


def judge_silence(judging: Judging) -> list[Reading]:
    """Readings a model, from `queries/request_cells.sql`: of windows that are over, in which it was silent.

    `value` is the requests in the window, `baseline` those expected, `limit` the most that are silence. What
    the newest moment is, all models decide together: of one that has stopped, time goes on.
    """
    readings: list[Reading] = []
    for (model,), keys in judging.cells[REQUESTS.name].groups("model").items():
        traffic = traffic_of(judging, keys)
        if traffic is not None:
            limits = limits_for(SILENCE_LIMITS, "silence", model, "", judging.rules)
            for minutes in WINDOWS:
                window = judging.board.grid.length(minutes)
                found = _silences(traffic, judging.board, model, window, limits)
                readings += [_silence_reading(one, model, judging.board) for one in found]
    return readings


@dataclass(frozen=True, slots=True)
class _Found:
    end: int
    window: int
    verdict: Verdict
    where: Slice
    rows: int
    expected: float
    limit: float
    share: float
    """What part of the model's traffic the slice usually is, 0..1."""
    trouble: tuple[int, int] | None


def _ends(board: Board) -> Steps:
    """Ends of windows that are over."""
    return board.ends[board.ends < board.complete]


def _silences(traffic: Traffic, board: Board, model: str, window: int, limits: SilenceLimits) -> list[_Found]:
    ends = _ends(board)
    if not ends.size:
        return []
    total = prefix(traffic.rows)
    masked = board.masked("silence", model, "") | board.masked("surge", model, "")
    expected = expected_traffic(
        total, ends, window, board.grid, masked=masked, min_history=limits.min_history_minutes
    )
    rows = between(total, ends + 1 - window, ends + 1)
    tests = len(traffic.slices)
    tolerated = limits.chance_a_day * window / board.grid.day / tests
    ratio = np.where(expected.by_hour, limits.max_ratio, limits.max_ratio_first_day)
    low = expected.known & (expected.rows >= limits.min_expected) & (rows <= ratio * expected.rows)
    well = np.where(rows >= limits.clear * expected.rows, ends, -1)
    low &= ~_often_so(
        total, ends, window, rows, np.maximum.accumulate(well, axis=1), limits, board.grid, masked
    )
    breached = low & (fall_p_value(rows, expected.rows, limits.spread) < tolerated)
    part = max(1, window // 3)
    newest = between(total, ends + 1 - part, ends + 1)
    lingers = expected.known & (expected.rows >= limits.min_expected) & ~breached
    lingers &= (rows < limits.clear * expected.rows) & (newest < limits.clear * expected.rows * part / window)
    lost = np.maximum(expected.rows - rows, 0.0)
    # As with shares: how much of a slice is gone, and how much of all that is gone is the slice.
    concentrated = 2 * lost / np.maximum(expected.rows + np.maximum(lost[:1], lost), 1e-9)
    shown = np.where(breached, 2 + concentrated, np.where(lingers, concentrated, -1.0))
    return _told(traffic, board, ends, window, shown, rows, expected, ratio * expected.rows)


def _often_so(
    total: Counts,
    ends: Steps,
    window: int,
    rows: Counts,
    well: Steps,
    limits: SilenceLimits,
    grid: Grid,
    masked: Flags,
) -> Flags:
    """Whether the series was as quiet in some of the windows of the week before, alerts left out.

    Args:
        well: the last end before each at which it was not quiet, shape (n_series, n_ends); what came since is
            the silence itself, and does not count.
    """
    quietest = np.zeros(rows.shape)
    every = np.arange(window - 1, total.shape[-1] - 1, max(1, window // 3), dtype=np.int64)
    if not every.size:
        return np.zeros(rows.shape, dtype=np.bool_)
    past = between(total, every + 1 - window, every + 1)
    usable = between(prefix(masked.astype(np.int64)), every + 1 - window, every + 1) == 0
    seen = total[:, np.minimum(every + 1 - window, total.shape[-1] - 1)] > 0
    level = np.where(seen & usable, past, -1)
    for place in range(len(rows)):
        asked = np.flatnonzero(level[place] >= 0)
        until = np.minimum(ends - window, well[place])
        quietest[place] = _share_as_low(level[place, asked], every[asked], until, rows[place], grid)
    return quietest >= limits.quiet_share


def _share_as_low(past: Counts, past_ends: Steps, last: Steps, rows: Counts, grid: Grid) -> Values:
    """Share of the windows that ended at `last` or in the week before that had no more rows.

    Rows are told apart only up to a few levels, so that this is fast: it is asked of low ones alone.
    """
    until = np.searchsorted(past_ends, last, side="right")
    since = np.searchsorted(past_ends, last - 7 * grid.day)
    share = np.zeros(len(last))
    for level in np.unique(rows[rows <= 50]).tolist():
        low = prefix((past <= level).astype(np.int64))
        at = rows == level
        count = np.maximum(until[at] - since[at], 1)
        share[at] = (low[until[at]] - low[np.minimum(since[at], until[at])]) / count
    return share


def judge_surge(judging: Judging) -> list[Reading]:
    """Readings a model, from `queries/request_cells.sql`: of windows with many times the usual traffic."""
    readings: list[Reading] = []
    for (model,), keys in judging.cells[REQUESTS.name].groups("model").items():
        traffic = traffic_of(judging, keys)
        if traffic is not None:
            limits = limits_for(SURGE_LIMITS, "surge", model, "", judging.rules)
            for minutes in WINDOWS[:3]:
                window = judging.board.grid.length(minutes)
                found = _surges(traffic, judging.board, model, window, limits)
                readings += [_surge_reading(one, model, judging.board) for one in found]
    return readings


def _surges(traffic: Traffic, board: Board, model: str, window: int, limits: SurgeLimits) -> list[_Found]:
    ends, grid = _ends(board), board.grid
    if not ends.size:
        return []
    total = prefix(traffic.rows)
    rows = between(total, ends + 1 - window, ends + 1)
    masked = board.masked("surge", model, "")
    same_hours, any_hour = highest_before(total, ends, window, grid, masked=masked)
    history = ends + 1 - window - first_step(total)[:, None]
    new = history < grid.day + grid.hour
    ratio = np.where(new, limits.min_ratio_first_day, limits.min_ratio)
    limit = np.maximum(ratio * same_hours, limits.min_ratio_any_hour * any_hour)
    known = (history >= grid.length(limits.min_history_minutes)) & (any_hour > 0)
    usual = np.maximum(any_hour[:1], 1)
    high = known & (rows >= limits.min_rows) & (rows >= limit)
    high &= rows - same_hours >= limits.min_share * usual
    breached = of_recent(ends, high, needed=limits.needed, among=limits.among)
    part = max(1, window // 3)
    newest = between(total, ends + 1 - part, ends + 1)
    lingers = known & ~breached & (rows >= limits.min_rows) & (rows >= limits.clear * limit)
    lingers &= newest >= limits.clear * limit * part / window
    gained = np.maximum(rows - same_hours, 0.0)
    concentrated = 2 * gained / np.maximum(rows + np.maximum(gained[:1], gained), 1e-9)
    shown = np.where(breached, 2 + concentrated, np.where(lingers, concentrated, -1.0))
    expected = Expected(same_hours, known, known)
    return _told(traffic, board, ends, window, shown, rows, expected, limit)


def _told(
    traffic: Traffic,
    board: Board,
    ends: Steps,
    window: int,
    shown: Values,
    rows: Counts,
    expected: Expected,
    limit: Values,
) -> list[_Found]:
    best = np.argmax(shown, axis=0)
    found = []
    for at, end in enumerate(ends.tolist()):
        value, newest = shown[best[at], at], at == len(ends) - 1
        if end < board.tell_from or (value < 0 and not newest):
            continue
        place = int(best[at]) if value >= 0 else 0
        if value >= 0:
            verdict = Verdict.BREACH if value >= 2 else Verdict.LINGERING
        else:
            verdict = Verdict.QUIET if expected.known[place, at] else Verdict.NO_BASELINE
        wanted = float(expected.rows[place, at])
        found.append(
            _Found(
                end=end,
                window=window,
                verdict=verdict,
                where=traffic.slices[place],
                rows=int(rows[place, at]),
                expected=wanted,
                limit=float(limit[place, at]),
                trouble=_stretch(traffic.rows[place], end, window, wanted) if value >= 0 else None,
                share=min(1.0, wanted / max(float(expected.rows[0, at]), 1e-9)),
            )
        )
    return found


def _stretch(rows: npt.NDArray[np.integer], end: int, window: int, expected: float) -> tuple[int, int]:
    """The steps of the window that are further from what is expected than the window is, on the whole.

    Those with the largest sum of what lies beyond half of the way from what is expected to what there was.
    """
    first = max(0, end + 1 - window)
    here = rows[first : end + 1].astype(np.float64)
    middle = (expected / window + here.mean()) / 2
    beyond = here - middle if here.mean() > middle else middle - here
    sums = np.concatenate([[0.0], np.cumsum(beyond)])
    low, high = np.triu_indices(len(sums), 1)
    best = int(np.argmax(sums[high] - sums[low]))
    return first + int(low[best]), first + int(high[best])


def _silence_reading(found: _Found, model: str, board: Board) -> Reading:
    said = f"{number(found.rows)} requests where some {number(round(found.expected))} are usual"
    critical = found.share >= 0.5
    return _reading("silence", found, model, board, said, Severity.CRITICAL if critical else Severity.WARNING)


def _surge_reading(found: _Found, model: str, board: Board) -> Reading:
    times = f", {found.rows / found.expected:.0f} times as many" if found.expected >= 1 else ""
    said = f"{number(found.rows)} requests against {number(round(found.expected))} at most{times}"
    return _reading("surge", found, model, board, said, Severity.INFO)


def _reading(check: str, found: _Found, model: str, board: Board, said: str, severity: Severity) -> Reading:
    start, until = board.window(found.end, found.window)
    place = {"dimension": found.where.dimension, "slice_value": found.where.value}
    known = found.verdict is not Verdict.NO_BASELINE
    offenders = None
    if check == "surge":
        offenders = QueryCall(
            "predictions_in_slice", {"model": model, "start": start, "until": until, **place}
        )
    return Reading(
        check=check,
        model=model,
        subject="",
        window=Window(start, until),
        verdict=found.verdict,
        value=float(found.rows),
        baseline=found.expected if known else None,
        limit=found.limit,
        unit="requests",
        rows=found.rows,
        baseline_rows=round(found.expected),
        severity=severity,
        summary=within(found.where, said),
        slice=found.where,
        evidence=QueryCall("traffic_by_slice", {"model": model, "start": start, "until": until, **place}),
        offenders=offenders,
        trouble=board.stretch(found.trouble),
    )


SILENCE = Check("silence", (REQUESTS,), SILENCE_LIMITS, judge_silence, of_absence=True)
SURGE = Check("surge", (REQUESTS,), SURGE_LIMITS, judge_surge)
