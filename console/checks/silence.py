"""Who has fallen silent, against the rhythm of its traffic."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.checks.check import Check, Judging
from console.checks.errors import REQUESTS
from console.checks.grid import Board, Counts, Flags, Grid, Steps, Values, between, prefix
from console.checks.limits import limits_for
from console.checks.rhythm import expected_traffic, fall_p_value
from console.checks.say import number
from console.checks.traffic import WINDOWS, Traffic, TrafficFound, each_traffic, ends_over, reading_of, told
from console.model import Reading, Severity


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


LIMITS = SilenceLimits()


def judge_silence(judging: Judging) -> list[Reading]:
    """Readings a model, from `queries/request_cells.sql`: of windows that are over, in which it was silent.

    `value` is the requests in the window, `baseline` those expected, `limit` the most that are silence. What
    the newest moment is, all models decide together: of one that has stopped, time goes on.
    """
    readings: list[Reading] = []
    for model, traffic in each_traffic(judging):
        limits = limits_for(LIMITS, "silence", model, "", judging.rules)
        for minutes in WINDOWS:
            window = judging.board.grid.length(minutes)
            found = _silences(traffic, judging.board, model, window, limits)
            readings += [_reading(one, model, judging.board) for one in found]
    return readings


def _silences(
    traffic: Traffic, board: Board, model: str, window: int, limits: SilenceLimits
) -> list[TrafficFound]:
    ends = ends_over(board)
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
    return told(traffic, board, ends, window, shown, rows, expected, ratio * expected.rows)


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


def _reading(found: TrafficFound, model: str, board: Board) -> Reading:
    said = f"{number(found.rows)} requests where some {number(round(found.expected))} are usual"
    critical = found.share >= 0.5
    return reading_of(
        "silence", found, model, board, said, Severity.CRITICAL if critical else Severity.WARNING
    )


CHECK = Check("silence", (REQUESTS,), LIMITS, judge_silence, of_absence=True)
