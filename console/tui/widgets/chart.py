"""A chart of filled bars, an eighth of a line fine, with what is usual drawn as a dotted line."""

from __future__ import annotations

from itertools import groupby

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.strip import Strip
from textual.style import Style
from textual.widget import Widget

from console.tui.linked import LinkedApp
from console.tui.severity import SEVERITY_SIGNS, SEVERITY_STYLES
from console.tui.widgets.measures import Measure
from console.tui.widgets.plot import (
    INNER_SIGN,
    OUTER_SIGN,
    USUAL_SIGN,
    Ink,
    Plot,
    Traffic,
    line_of,
    marks,
    plot_of,
    shares,
    time_axis,
)

_SCALE = 7
"""Cells of the scale at the left, where there is room for one."""
_SCALE_WIDTH, _SCALE_LINES = 40, 6
_MARKED_LINES = 4
"""Lines of a plot from which there is room for marks in and over the bars."""


class Chart(Widget):
    """One measure of the traffic over time, with the episodes of alerts on the ground line."""

    def __init__(self, measure: Measure, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.measure = measure
        self._traffic = Traffic()
        self._looks: dict[tuple[str, float, Ink], RichStyle] = {}
        self._plot: Plot | None = None

    def show(self, traffic: Traffic) -> None:
        """The chart shows this traffic."""
        if traffic != self._traffic:
            self._traffic = traffic
            self._plot = None
            self.refresh()

    def on_resize(self) -> None:
        self._plot = None

    def notify_style_update(self) -> None:
        self._looks.clear()
        super().notify_style_update()

    @property
    def current(self) -> float | None:
        """The measure of the newest step that is over."""
        point = self._traffic.newest_whole
        return None if point is None else self.measure.merge((point,))

    @property
    def _lines(self) -> int:
        return self.size.height - 3

    @property
    def _scale(self) -> int:
        """Cells that the scale takes, 0 for none."""
        has_room = self.size.width >= _SCALE_WIDTH and self._lines >= _SCALE_LINES
        return _SCALE if has_room and self._traffic.points else 0

    def render_line(self, y: int) -> Strip:
        width, lines = self.size.width, self._lines
        if y == 0:
            strip = self._title(width)
        elif not self._traffic.points or lines < 1:
            strip = Strip.blank(width, self._look(""))
        else:
            room = width - self._scale
            if y <= lines:
                drawn = self._bars(lines - y, room)
            else:
                drawn = self._ground(room) if y == lines + 1 else self._axis(room)
            strip = Strip([*self._scale_at(lines - y), *drawn])
        return strip.adjust_cell_length(width, self._look(""))

    # --- the title ----------------------------------------------------------------------------------

    def _title(self, width: int) -> Strip:
        current = self.current
        unit, brief = self.measure.units(self._traffic.step_seconds)
        top = (
            f"↑ {self.measure.figure(self._drawn().top)}" if self._traffic.points and not self._scale else ""
        )
        value = "—" if current is None else self.measure.figure(current)
        long, short = self.measure.title, self.measure.short_title
        others, usual = self._others_words(), self._usual_words()
        decided, filtered = self._decided_words()
        top = "" if filtered else top
        forms = (
            (long, unit, decided, others + usual),
            (long, unit, decided, others or usual),
            (short, unit, decided, others or usual),
            (long, unit, decided, ""),
            (short, unit, decided, ""),
            (short, brief, filtered, ""),
            ("", unit, filtered, ""),
        )
        for title, said, held, more in forms:
            left = [
                Segment(title, self._look("$dim")),
                Segment(" " if title else "", self._look("")),
                Segment(value, self._look("bold $foreground" if current is not None else "$faint")),
                Segment(f" {said}", self._look("$dim")),
                Segment(held, self._look("$warning")),
                Segment(more, self._look("$dim")),
            ]
            have = sum(cell_len(segment.text) for segment in left)
            if have + bool(top) + cell_len(top) <= width:
                break
        else:
            top = ""
        pad = max(0, width - have - cell_len(top))
        return Strip([*left, Segment(" " * pad, self._look("")), Segment(top, self._look("$dim"))])

    def _decided_words(self) -> tuple[str, str]:
        """That the filter is on what this is made of, in long and in short; empty if it is not."""
        fields = [name for name in self.measure.decided_by if name in self._traffic.filtered_by]
        return (f" filter on {fields[0]}", " filtered") if fields else ("", "")

    def _others_words(self) -> str:
        """The marked values as of the newest step that is over, each with its sign."""
        point = self._traffic.newest_whole
        if point is None or self._lines < _MARKED_LINES:
            return ""
        named = (
            (self.measure.inner_title, INNER_SIGN, self.measure.inner((point,))),
            (self.measure.outer_title, OUTER_SIGN, self.measure.outer((point,))),
        )
        return "".join(
            f" {sign} {title} {self.measure.figure(value)}"
            for title, sign, value in named
            if title and value is not None
        )

    def _usual_words(self) -> str:
        """What is usual as of the newest step that is over."""
        point = self._traffic.newest_whole
        band = None if point is None else self.measure.usual((point,))
        if band is None:
            return ""
        low, high = self.measure.figure(band.low), self.measure.figure(band.high)
        return f" {USUAL_SIGN} usual {low if low == high else f'{low}–{high}'}"

    # --- the plot -------------------------------------------------------------------------------------

    def _drawn(self) -> Plot:
        """Every column's values, and the scale's top."""
        room = max(1, self.size.width - self._scale)
        if self._plot is None or len(self._plot.values) != room:
            self._plot = plot_of(
                self.measure,
                self._traffic.points,
                room,
                least=self.current or 0.0,
                marked=self._lines >= _MARKED_LINES,
            )
        return self._plot

    def _scale_at(self, line: int) -> list[Segment]:
        """The scale's figures, at its top and in its middle."""
        if not self._scale:
            return []
        lines, top = self._lines, self._drawn().top
        figures = {lines - 1: top, (lines - 1) // 2: top * ((lines - 1) // 2 + 1) / lines}
        text = self.measure.figure(figures[line]) if line in figures else ""
        tick = "▔" if text else " "
        return [Segment(f"{text:>{_SCALE - 1}}", self._look("$dim")), Segment(tick, self._look("$faint"))]

    def _bars(self, line: int, width: int) -> list[Segment]:
        lines = self._lines
        cells = line_of(self._drawn(), line, lines)
        glow = 0.55 + 0.45 * (line + 1) / lines
        if isinstance(self.app, LinkedApp) and self.app.has_few_colours:
            glow = 1.0
        partial = width
        if self.measure.grows and self._traffic.last_is_partial:
            count = len(self._traffic.points)
            partial = next(x for x, share in enumerate(shares(count, width)) if share.stop == count)
        segments = []
        for (ink, unsure), run in groupby(range(width), key=lambda x: (cells[x][1], x >= partial)):
            text = "".join(cells[x][0] for x in run)
            segments.append(Segment(text, self._ink(ink, glow * (0.5 if unsure else 1))))
        return segments

    def _ink(self, ink: Ink, strength: float) -> RichStyle:
        match ink:
            case Ink.BLANK:
                return self._look("")
            case Ink.GAP:
                return self._look("$faint")
            case Ink.LIMIT | Ink.MARK:
                return self._look("$dim")
            case _:
                return self._look(self.measure.style, strength, ink)

    def _ground(self, width: int) -> list[Segment]:
        segments = []
        for episode, run in groupby(marks(self._traffic, width)):
            length = len(list(run))
            if episode is None:
                segments.append(Segment("─" * length, self._look("$faint")))
            else:
                text = SEVERITY_SIGNS[episode.severity] + ("━" if episode.is_open else "╍") * (length - 1)
                style = SEVERITY_STYLES[episode.severity] if episode.is_open else "$dim"
                segments.append(Segment(text, self._look(style)))
        return segments

    def _axis(self, width: int) -> list[Segment]:
        start, until = self._traffic.points[0].start, self._traffic.until
        assert until is not None
        return [Segment(time_axis(start, until, width), self._look("$dim"))]

    def _look(self, role: str, strength: float = 1.0, ink: Ink = Ink.BLANK) -> RichStyle:
        """A style over the chart's own.

        `strength` below 1 sinks its colour into the background. The inside of a bar has its colour
        behind it as well, so that no line shows through where a font leaves gaps between lines; a notch
        in it is what is behind the chart.
        """
        key = (role, strength, ink)
        if key not in self._looks:
            base, over = self.visual_style, Style.parse(role) if role else Style()
            back = base.background or Color(0, 0, 0)
            if strength < 1 and over.foreground is not None:
                over += Style(foreground=back.blend(over.foreground, strength))
            if ink is Ink.FULL:
                over += Style(background=over.foreground)
            elif ink is Ink.NOTCH and self.app.no_color:
                over += Style(reverse=True)
            elif ink is Ink.NOTCH:
                over += Style(foreground=back, background=over.foreground)
            self._looks[key] = (base + over).rich_style
        return self._looks[key]
