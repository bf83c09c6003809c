"""A chart of filled bars, an eighth of a line fine."""

from __future__ import annotations

from itertools import groupby

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from console.tui.severity import SEVERITY_SIGNS, SEVERITY_STYLES
from console.tui.widgets.plot import Measure, Traffic, heights, line_of_bars, marks, shares, time_axis


class Chart(Widget):
    """One measure of the traffic over time, with the episodes of open alerts on the ground line."""

    def __init__(self, measure: Measure, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.measure = measure
        self._traffic = Traffic()
        self._looks: dict[tuple[str, float, bool], RichStyle] = {}
        self._bars: tuple[list[int | None], float] | None = None

    def show(self, traffic: Traffic) -> None:
        """The chart shows this traffic."""
        if traffic != self._traffic:
            self._traffic = traffic
            self._bars = None
            self.refresh()

    def on_resize(self) -> None:
        self._bars = None

    def notify_style_update(self) -> None:
        self._looks.clear()
        super().notify_style_update()

    @property
    def current(self) -> float | None:
        """The measure of the newest step that is over."""
        point = self._traffic.newest_whole
        return None if point is None else self.measure.merge((point,))

    def render_line(self, y: int) -> Strip:
        width, height = self.size.width, self.size.height
        lines = height - 3
        if y == 0:
            strip = self._title(width)
        elif not self._traffic.points or lines < 1:
            strip = Strip.blank(width, self._look(""))
        elif y <= lines:
            strip = self._plot(lines - y, lines, width)
        elif y == lines + 1:
            strip = self._ground(width)
        else:
            strip = self._axis(width)
        return strip.adjust_cell_length(width, self._look(""))

    def _title(self, width: int) -> Strip:
        current = self.current
        unit, brief = self.measure.units(self._traffic.step_seconds)
        top = f"↑ {self.measure.figure(self._heights()[1])}" if self._traffic.points else ""
        value = "—" if current is None else self.measure.figure(current)
        long, short = self.measure.title, self.measure.short_title
        for title, said in ((long, unit), (short, unit), (short, brief), ("", unit)):
            left = [
                Segment(title, self._look("$dim")),
                Segment(" " if title else "", self._look("")),
                Segment(value, self._look("bold $foreground" if current is not None else "$faint")),
                Segment(f" {said}", self._look("$dim")),
            ]
            have = sum(cell_len(segment.text) for segment in left)
            if have + 1 + cell_len(top) <= width:
                break
        else:
            top = ""
        pad = max(0, width - have - cell_len(top))
        return Strip([*left, Segment(" " * pad, self._look("")), Segment(top, self._look("$dim"))])

    def _heights(self) -> tuple[list[int | None], float]:
        """Every column's height in eighths of a line, and the scale's top."""
        if self._bars is None or len(self._bars[0]) != max(1, self.size.width):
            points, lines = self._traffic.points, max(1, self.size.height - 3)
            values = [
                self.measure.merge(points[share.start : share.stop])
                for share in shares(len(points), max(1, self.size.width))
            ]
            top = max(self.measure.least_top, self.current or 0.0, *(value or 0.0 for value in values))
            self._bars = heights(values, top, lines), top
        return self._bars

    def _plot(self, line: int, lines: int, width: int) -> Strip:
        eighths = self._heights()[0]
        bars = line_of_bars(eighths, line)
        glow = 0.55 + 0.45 * (line + 1) / lines
        partial = width
        if self.measure.grows and self._traffic.last_is_partial:
            count = len(self._traffic.points)
            partial = next(x for x, share in enumerate(shares(count, width)) if share.stop == count)
        segments = []
        for (gap, unsure, full), run in groupby(
            range(width), key=lambda x: (eighths[x] is None, x >= partial, bars[x] == "█")
        ):
            strength = glow * (0.5 if unsure else 1)
            style = self._look("$faint") if gap else self._look(self.measure.style, strength, full)
            segments.append(Segment("".join(bars[x] for x in run), style))
        return Strip(segments)

    def _ground(self, width: int) -> Strip:
        segments = []
        for severity, run in groupby(marks(self._traffic, width)):
            length = len(list(run))
            if severity is None:
                segments.append(Segment("─" * length, self._look("$faint")))
            else:
                sign = SEVERITY_SIGNS[severity]
                segments.append(Segment(sign + "━" * (length - 1), self._look(SEVERITY_STYLES[severity])))
        return Strip(segments)

    def _axis(self, width: int) -> Strip:
        start, until = self._traffic.points[0].start, self._traffic.until
        assert until is not None
        return Strip([Segment(time_axis(start, until, width), self._look("$dim"))])

    def _look(self, role: str, strength: float = 1.0, full: bool = False) -> RichStyle:
        """A style over the chart's own.

        `strength` below 1 sinks its colour into the background. A `full` cell has its colour behind
        it as well, so that no line shows through where a font leaves gaps between lines.
        """
        key = (role, strength, full)
        if key not in self._looks:
            base, over = self.visual_style, Style.parse(role) if role else Style()
            if strength < 1 and over.foreground is not None:
                back = base.background or Color(0, 0, 0)
                over += Style(foreground=back.blend(over.foreground, strength))
            if full:
                over += Style(background=over.foreground)
            self._looks[key] = (base + over).rich_style
        return self._looks[key]
