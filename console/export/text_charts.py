"""Charts as text, for where there is nothing but text: a mail, a ticket, a page of markdown."""

from __future__ import annotations

import math
import sys
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta

from console.model import Distribution, Timeline, TrafficPoint

HEIGHT = 6
"""Lines of a chart of bars."""
WIDEST = 96
"""Bars of a chart; more steps are drawn together, each bar the highest of its steps."""
_BAR = 30
_EIGHTHS = " ▁▂▃▄▅▆▇█"
_PLAIN = " .:#"


def bars(
    values: Sequence[float | None],
    *,
    start: datetime,
    step_seconds: int,
    unit: str,
    marks: Sequence[tuple[datetime, str]] = (),
    ascii_only: bool = False,
) -> list[str]:
    """Bars over time with a scale at the left and times below; nothing where there was nothing to measure.

    Args:
        values: one a step, oldest first, in the unit.
        start: of the first step.
        step_seconds: length of a step.
        unit: `share` for 0..1, else as it is to be told.
        marks: moments that are pointed at below the axis, with what they are.
        ascii_only: only signs of ASCII.
    """
    merged, seconds = _merged(values, step_seconds)
    if not merged:
        return ["nothing was measured"]
    top = max((value for value in merged if value is not None), default=0.0)
    top = _round_up(top) if top > 0 else 1.0
    signs = _PLAIN if ascii_only else _EIGHTHS
    levels = [None if value is None else _level(value, top, len(signs) - 1) for value in merged]
    labels = [quantity(top * part / HEIGHT, unit) for part in range(HEIGHT + 1)]
    width = max(map(len, labels))
    side, corner, dash = ("|", "+", "-") if ascii_only else ("┤", "└", "─")
    lines = []
    for row in range(HEIGHT - 1, -1, -1):
        label = labels[row + 1] if row in (HEIGHT - 1, HEIGHT // 2 - 1) else ""
        drawn = "".join(" " if level is None else _part(level, row, signs) for level in levels)
        lines.append(f"{label:>{width}} {side}{drawn}".rstrip())
    lines.append(f"{labels[0]:>{width}} {corner}{dash * len(merged)}")
    lines.append(" " * (width + 2) + _times(start, seconds, len(merged)))
    lines += [" " * (width + 2) + line for line in _pointers(marks, start, seconds, len(merged), ascii_only)]
    return lines


def timeline_lines(timeline: Timeline, *, ascii_only: bool = False) -> list[str]:
    """An alert's measure, step by step, with when the alert was, what is usual, and the limit."""
    told = [f"{timeline.title}, {timeline.unit or 'as logged'}, steps of {span(timeline.step_seconds)}, UTC"]
    if timeline.baseline is not None:
        told[0] += f"; usual {quantity(timeline.baseline, timeline.unit)}"
    if timeline.limit is not None:
        told[0] += f"; limit {quantity(timeline.limit, timeline.unit)}"
    drawn = bars(
        timeline.values,
        start=timeline.start,
        step_seconds=timeline.step_seconds,
        unit=timeline.unit,
        marks=((timeline.episode.start, "began"), (timeline.episode.until, "last seen")),
        ascii_only=ascii_only,
    )
    return [*told, *drawn]


def traffic_lines(
    points: Sequence[TrafficPoint], step_seconds: int, *, ascii_only: bool = False
) -> list[str]:
    """Requests, the share of them with errors, and their p95, step by step."""
    if not points:
        return ["no requests in this time"]
    start = points[0].start
    told: list[str] = []
    measured: tuple[tuple[str, str, list[float | None]], ...] = (
        ("requests", "requests", [float(point.rows) for point in points]),
        (
            "requests with errors, share",
            "share",
            [point.errors / point.rows if point.rows else None for point in points],
        ),
        ("latency p95, ms", "ms", [point.p95_ms for point in points]),
    )
    for title, unit, values in measured:
        if any(value is not None for value in values):
            drawn = bars(values, start=start, step_seconds=step_seconds, unit=unit, ascii_only=ascii_only)
            told += ["", f"{title}, steps of {span(step_seconds)}, UTC", *drawn]
    return told[1:]


def distribution_lines(distribution: Distribution, *, ascii_only: bool = False) -> list[str]:
    """How a value was distributed before an alert and during it, a bin a line."""
    bins = distribution.bins[:20]
    if not bins:
        return ["nothing was measured"]
    widest = min(28, max(len(one.label) for one in bins))
    top = max(max(one.before, one.now) for one in bins) or 1.0
    full = "#" if ascii_only else "█"
    lines = [
        f"{distribution.title}: before ({distribution.rows_before:,} rows), "
        f"during ({distribution.rows_now:,} rows)"
    ]
    for one in bins:
        label = one.label if len(one.label) <= widest else one.label[: widest - 1] + "~"
        for what, share in (("before", one.before), ("during", one.now)):
            bar = full * round(share / top * _BAR) if math.isfinite(share) else ""
            lines.append(f"{label:<{widest}} {what} {percent(share):>7} {bar}".rstrip())
            label = ""
    if len(distribution.bins) > len(bins):
        lines.append(f"{len(distribution.bins) - len(bins)} more")
    return lines


def quantity(value: float | None, unit: str) -> str:
    """A number with its unit; shares in per cent."""
    if value is None or not math.isfinite(value):
        return "nothing measured" if value is None else str(value)
    if unit in ("share", "fraction", "probability", "rate"):
        return percent(value)
    number = f"{value:,.0f}" if abs(value) >= 1_000 or value == int(value) else f"{value:.3g}"
    return f"{number} {unit}".rstrip()


def percent(share: float) -> str:
    """`0.354` as `35 %`, with a digit more where it is small."""
    if not math.isfinite(share):
        return str(share)
    return f"{share * 100:.0f} %" if abs(share) >= 0.1 or share == 0 else f"{share * 100:.2g} %"


def span(seconds: float) -> str:
    """A length of time in its two largest units: `3 h 20 min`."""
    whole = max(0, round(seconds))
    days, hours, minutes = whole // 86_400, whole % 86_400 // 3_600, whole % 3_600 // 60
    if days:
        return f"{days} d {hours} h" if hours else f"{days} d"
    if hours:
        return f"{hours} h {minutes} min" if minutes else f"{hours} h"
    return f"{minutes} min" if minutes else f"{whole} s"


def _merged(values: Sequence[float | None], step_seconds: int) -> tuple[list[float | None], int]:
    each = max(1, math.ceil(len(values) / WIDEST))
    merged: list[float | None] = []
    for first in range(0, len(values), each):
        there = [v for v in values[first : first + each] if v is not None and math.isfinite(v)]
        merged.append(max(there) if there else None)
    return merged, step_seconds * each


def _round_up(top: float) -> float:
    """The next of 1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8 times a power of ten."""
    # Below this the power of ten itself would be nothing.
    top = max(top, sys.float_info.min)
    power = 10.0 ** math.floor(math.log10(top))
    return next(
        (step * power for step in (1, 1.2, 1.5, 2, 2.5, 3, 4, 5, 6, 8) if step * power >= top), 10 * power
    )


def _level(value: float, top: float, parts: int) -> int:
    """Height of a bar in parts of a line; what is not nothing is seen."""
    height = round(max(0.0, value) / top * HEIGHT * parts)
    return max(height, 1) if value > 0 else 0


def _part(level: int, row: int, signs: str) -> str:
    parts = len(signs) - 1
    return signs[min(parts, max(0, level - row * parts))]


def _times(start: datetime, seconds: int, number: int) -> str:
    """Times under the bars, as many as stand apart; the first with its date."""
    line, at = "", 0
    day = None
    while at < number:
        moment = (start + timedelta(seconds=seconds) * at).astimezone(UTC)
        text = f"{moment:%H:%M}" if moment.date() == day else f"{moment:%m-%d %H:%M}"
        day = moment.date()
        if at + len(text) > max(number, len(text)):
            break
        line = line.ljust(at) + text
        at = max(at + 16, len(line) + 3)
    return line


def _pointers(
    marks: Sequence[tuple[datetime, str]], start: datetime, seconds: int, number: int, ascii_only: bool
) -> list[str]:
    lines: list[str] = []
    for moment, what in marks:
        place = round((moment - start) / timedelta(seconds=seconds))
        if 0 <= place <= number:
            shown = moment.astimezone(UTC)
            lines.append(" " * place + ("^" if ascii_only else "↑") + f" {what} {shown:%H:%M}")
    return lines
