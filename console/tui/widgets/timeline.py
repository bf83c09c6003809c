"""A measure over time around an alert: bars, what is usual, the limit, and when it was."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from console.model import Severity, Timeline
from console.tui import say
from console.tui.severity import SEVERITY_SIGNS, SEVERITY_STYLES
from console.tui.widgets.bars import filled, joined, standing
from console.tui.widgets.plot import heights, place, shares, time_axis

LIMIT, BASELINE, USUAL = "┄", "·", "▔"
"""Signs of the three lines; each is drawn where no bar is."""
_ROOM = 1.08
"""How much higher than the highest value the scale reaches."""


def draw_timeline(timeline: Timeline, severity: Severity, width: int, height: int) -> list[Content]:
    """The chart over so many cells and lines: bars, the ground with the episode, and the axis.

    Bars that reach the limit have the severity's colour, and stand over its line.
    """
    lines = height - 2
    if lines < 1 or width < 24 or not timeline.values:
        return []
    top = _top(timeline)
    marks = _scale(timeline, top, lines)
    gutter = max(len(said) for said in marks.values()) + 1
    cells = width - gutter
    columns = shares(len(timeline.values), cells)
    values = [_merged(timeline.values[one.start : one.stop]) for one in columns]
    usual = [_merged(timeline.usual[one.start : one.stop]) for one in columns] if timeline.usual else []
    bars = heights(values, top, lines)
    usual_at = [None if value is None else _line(value, top, lines) for value in usual]
    hot = SEVERITY_STYLES[severity]
    drawn = []
    for line in range(lines - 1, -1, -1):
        signs = standing(bars, line)
        rule = _rule(timeline, top, lines, line)
        pieces: list[tuple[str, str]] = [(marks.get(line, "").rjust(gutter - 1) + " ", "$dim")]
        for x, sign in enumerate(signs):
            value = values[x]
            if sign not in " ·":
                over = timeline.limit is not None and value is not None and value >= timeline.limit
                pieces.append((sign, filled(sign, hot if over else "$chart")))
            elif x < len(usual_at) and usual_at[x] == line:
                pieces.append((USUAL, "$foreground"))
            elif rule is not None:
                pieces.append(rule)
            else:
                pieces.append((sign, "$faint"))
        drawn.append(Content.assemble(*joined(pieces)))
    drawn.append(Content.assemble(("0".rjust(gutter - 1) + " ", "$dim"), *_ground(timeline, severity, cells)))
    axis = time_axis(timeline.start, timeline.until, cells)
    drawn.append(Content.styled(" " * gutter + axis, "$dim"))
    return drawn


def legend(timeline: Timeline) -> str:
    """What the chart is of, and what its lines are."""
    told = [f"per {say.step(timeline.step_seconds)}"]
    if timeline.limit is not None:
        told.append(f"{LIMIT} limit {say.measure(timeline.limit, timeline.unit)}")
    if timeline.baseline is not None:
        told.append(f"{BASELINE} baseline {say.measure(timeline.baseline, timeline.unit)}")
    if any(value is not None for value in timeline.usual):
        told.append(f"{USUAL} a day earlier")
    return " · ".join(told[:1]) + "".join(f"  {one}" for one in told[1:])


def _top(timeline: Timeline) -> float:
    known = [value for value in (*timeline.values, *timeline.usual) if value is not None]
    levels = [level for level in (timeline.limit, timeline.baseline) if level is not None and level > 0]
    highest = max([*known, *levels], default=0.0)
    return highest * _ROOM or 1.0


def _merged(values: Sequence[float | None]) -> float | None:
    """What neighbouring steps that share a column show: the mean of those that have anything."""
    known = [value for value in values if value is not None]
    return sum(known) / len(known) if known else None


def _line(value: float, top: float, lines: int) -> int:
    """The line that a level lies in, counted from the bottom."""
    return min(lines - 1, max(0, int(value / top * lines)))


def _rule(timeline: Timeline, top: float, lines: int, line: int) -> tuple[str, str] | None:
    if timeline.limit is not None and timeline.limit >= 0 and _line(timeline.limit, top, lines) == line:
        return LIMIT, "$warning"
    if timeline.baseline is not None and _line(timeline.baseline, top, lines) == line:
        return BASELINE, "$dim"
    return None


def _scale(timeline: Timeline, top: float, lines: int) -> dict[int, str]:
    """Figures beside the lines: the highest value, and the limit where it has a line of its own."""
    marks = {lines - 1: _figure(top / _ROOM, timeline.unit)}
    if timeline.limit is not None and timeline.limit > 0:
        marks[_line(timeline.limit, top, lines)] = _figure(timeline.limit, timeline.unit)
    return marks


def _figure(value: float, unit: str) -> str:
    if unit in say.SHARES:
        return f"{say.short(float(f'{value * 100:.2g}'))} %"
    return say.short(float(f"{value:.3g}"))


def _ground(timeline: Timeline, severity: Severity, cells: int) -> list[tuple[str, str]]:
    first = min(cells - 1, place(timeline.episode.start, timeline.start, timeline.until, cells))
    last = max(first + 1, place(timeline.episode.until, timeline.start, timeline.until, cells))
    return [
        ("─" * first, "$faint"),
        (SEVERITY_SIGNS[severity] + "━" * (last - first - 1), SEVERITY_STYLES[severity]),
        ("─" * (cells - last), "$faint"),
    ]


class TimelineChart(Widget):
    """The timeline of one alert."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._timeline: Timeline | None = None
        self._severity = Severity.WARNING

    def show(self, timeline: Timeline | None, severity: Severity) -> None:
        """The chart shows this, nothing for None."""
        if (timeline, severity) != (self._timeline, self._severity):
            self._timeline, self._severity = timeline, severity
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 7

    def render(self) -> Content:
        if self._timeline is None:
            return Content("")
        lines = draw_timeline(self._timeline, self._severity, self.size.width, self.size.height)
        return Content("\n").join(lines)
