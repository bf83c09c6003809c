"""Who is asked many times as often as ever."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.checks.check import Check, Judging
from console.checks.errors import REQUESTS
from console.checks.grid import Board, between, of_recent, prefix
from console.checks.limits import limits_for
from console.checks.rhythm import Expected, first_step, highest_before
from console.checks.say import number
from console.checks.traffic import WINDOWS, Traffic, TrafficFound, each_traffic, ends_over, reading_of, told
from console.model import Reading, Severity


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


LIMITS = SurgeLimits()


def judge_surge(judging: Judging) -> list[Reading]:
    """Readings a model, from `queries/request_cells.sql`: of windows with many times the usual traffic."""
    readings: list[Reading] = []
    for model, traffic in each_traffic(judging):
        limits = limits_for(LIMITS, "surge", model, "", judging.rules)
        for minutes in WINDOWS[:3]:
            window = judging.board.grid.length(minutes)
            found = _surges(traffic, judging.board, model, window, limits)
            readings += [_reading(one, model, judging.board) for one in found]
    return readings


def _surges(
    traffic: Traffic, board: Board, model: str, window: int, limits: SurgeLimits
) -> list[TrafficFound]:
    ends, grid = ends_over(board), board.grid
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
    return told(traffic, board, ends, window, shown, rows, expected, limit)


def _reading(found: TrafficFound, model: str, board: Board) -> Reading:
    times = f", {found.rows / found.expected:.0f} times as many" if found.expected >= 1 else ""
    said = f"{number(found.rows)} requests against {number(round(found.expected))} at most{times}"
    return reading_of("surge", found, model, board, said, Severity.INFO)


CHECK = Check("surge", (REQUESTS,), LIMITS, judge_surge)
