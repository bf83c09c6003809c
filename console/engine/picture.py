"""Draws what the overview shows from the store: traffic over time, newest rows, the baseline in words."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from console.checks.grid import MAX_DAYS, MIN_DAYS
from console.model import NOTHING, QueryCall, Table, TrafficPoint, View
from console.store import Counts, Store

RECENT_ROWS = 200
MAX_POINTS = 120
"""Bars of a chart at the most."""
CHART_SPAN = timedelta(hours=24)
_STEPS = (1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600)
_ENOUGH_FOR_BASELINE = 200
_UNITS = ((3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Picture:
    """What the store says at one moment."""

    counts: Counts
    step_seconds: int
    traffic: tuple[TrafficPoint, ...]
    recent: Table
    recent_call: QueryCall
    view: View


def take_picture(store: Store, view: View) -> Picture:
    """Ask the store for all that the overview shows, for this view."""
    counts = store.counts()
    until = counts.newest_ts or store.newest()
    call = QueryCall("predictions_recent", {"until": until, "row_limit": RECENT_ROWS})
    if counts.newest_ts is None or counts.first_ts is None:
        return Picture(counts, 60, (), NOTHING, call, view)
    start = max(counts.first_ts, counts.newest_ts - CHART_SPAN)
    step = _step_for(counts.newest_ts - start)
    return Picture(
        counts, step, _traffic(store, start, counts.newest_ts, step), store.table(call), call, view
    )


def _traffic(store: Store, start: datetime, newest: datetime, step: int) -> tuple[TrafficPoint, ...]:
    """One point a step, oldest first, without gaps; steps begin at whole multiples of their length."""
    first = datetime.fromtimestamp(start.timestamp() // step * step, UTC)
    call = QueryCall(
        "traffic_by_step",
        {"start": first, "until": newest + timedelta(microseconds=1), "step_seconds": step},
    )
    found = {row[0]: row for row in store.frame(call).iter_rows()}
    points = []
    moment = first
    while moment <= newest:
        _, rows, errors, p95 = found.get(moment, (moment, 0, 0, None))
        points.append(TrafficPoint(moment, rows, errors, p95))
        moment += timedelta(seconds=step)
    return tuple(points)


def _step_for(span: timedelta) -> int:
    wanted = span.total_seconds() / MAX_POINTS
    return next((step for step in _STEPS if step >= wanted), _STEPS[-1])


def has_baseline(counts: Counts) -> bool:
    """Whether there is enough to compare a window with, so that quiet means something."""
    return counts.rows >= _ENOUGH_FOR_BASELINE


def baseline_in_words(counts: Counts, pinned: Sequence[str] = ()) -> str:
    """What windows are compared with, or why there is nothing to compare with yet.

    Args:
        counts: what is stored.
        pinned: models that a baseline is pinned for; the empty name is for all.
    """
    if pinned:
        return "pinned" if "" in pinned else f"pinned for {', '.join(sorted(pinned))}"
    if counts.first_ts is None or counts.newest_ts is None:
        return "none yet: nothing is stored"
    if not has_baseline(counts):
        return f"none yet: {counts.rows:,} rows, {_ENOUGH_FOR_BASELINE} needed"
    seconds = (counts.newest_ts - counts.first_ts).total_seconds()
    days = min(MAX_DAYS, int(seconds // 86_400))
    if days >= MIN_DAYS:
        return f"the same hours of the {days} days before"
    seconds = min(86_400.0, seconds)
    size, unit = next((found for found in _UNITS if seconds >= found[0]), _UNITS[-1])
    span = f"{seconds / size:.0f} {unit}"
    return f"the {span} before each window"
