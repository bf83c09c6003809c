"""A reading against its baseline and its limit: figures, bars, and what they rest on."""

from __future__ import annotations

import math
from dataclasses import dataclass
from datetime import date

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from console.model import Alert, AlertState, Reading, Verdict
from console.tui import say
from console.tui.safe import cut
from console.tui.severity import SEVERITY_STYLES
from console.tui.widgets.bars import bar


@dataclass(frozen=True, slots=True)
class Compared:
    """One line of the comparison."""

    name: str
    value: float | None
    style: str


def told_by(alert: Alert) -> Reading:
    """The reading that an alert is told by: the latest while it is open, the worst once it is over."""
    return alert.latest if alert.state is AlertState.OPEN else alert.worst


def lines_of(alert: Alert) -> tuple[Compared, ...]:
    """What is compared: the reading it is told by, the worst where that was another, and the baseline."""
    hot = SEVERITY_STYLES[alert.severity]
    reading, worst = told_by(alert), alert.worst
    lines = [Compared("now" if alert.state is AlertState.OPEN else "worst", reading.value, hot)]
    if reading is not worst and worst.value not in (None, reading.value) and _comparable(reading, worst):
        lines.append(Compared("worst", worst.value, hot))
    lines.append(Compared("baseline", reading.baseline, "$chart"))
    return tuple(lines)


def _comparable(one: Reading, other: Reading) -> bool:
    """Whether two readings have the same unit; counts also need windows of the same length."""
    same_length = one.window.until - one.window.start == other.window.until - other.window.start
    return one.unit == other.unit and (same_length or one.unit not in say.COUNTS)


def draw(alert: Alert, width: int) -> list[Content]:
    """The comparison's lines over a width in cells; the limit is a mark across all bars."""
    reading = told_by(alert)
    measured = (reading.value, reading.limit, reading.baseline, alert.worst.value)
    if measured == (None,) * 4 and reading.verdict is Verdict.BREACH:
        return [Content.styled("no figures: the query that raised it gives no value", "$dim")]
    limit = Compared("limit", reading.limit, "$foreground")
    lines = (*lines_of(alert), limit) if reading.limit is not None else lines_of(alert)
    said = [say.measure(line.value, reading.unit) for line in lines]
    values = [line.value for line in lines]
    top = max((abs(value) for value in values if value is not None and math.isfinite(value)), default=0.0)
    names = max(len(line.name) for line in lines)
    figures = max(len(text) for text in said)
    cells = max(8, min(72, width - names - figures - 4))
    mark = _mark(reading.limit, top, cells)
    drawn = []
    for line, text in zip(lines, said, strict=True):
        figure = f"bold {line.style}" if line.value is not None else "$faint"
        graph = _bar(line, top, cells, mark) if line is not limit else _tick(mark)
        head = (line.name.ljust(names), "$dim")
        drawn.append(Content.assemble(head, "  ", (text.rjust(figures), figure), "  ", graph))
    if reading.verdict in (Verdict.TOO_FEW_ROWS, Verdict.NO_BASELINE):
        drawn.append(Content.styled(f"○ {reading.verdict.value}: neither quiet nor alarming", "$warning"))
    return drawn


def _mark(limit: float | None, top: float, cells: int) -> int | None:
    """The cell in which the limit lies; None where it lies in none."""
    if limit is None or not math.isfinite(limit) or limit < 0 or not top:
        return None
    return round(limit / top * (cells - 1))


def _bar(line: Compared, top: float, cells: int, mark: int | None) -> Content:
    share = line.value / top if line.value is not None and top and math.isfinite(line.value) else 0.0
    filled = bar(share, cells)
    if mark is None:
        return Content.styled(filled, line.style)
    if mark < len(filled):
        return Content.assemble(
            (filled[:mark], line.style), ("┿", "bold $foreground"), (filled[mark + 1 :], line.style)
        )
    return Content.assemble((filled, line.style), " " * (mark - len(filled)), ("│", "$foreground"))


def _tick(mark: int | None) -> Content:
    return Content("") if mark is None else Content.assemble(" " * mark, ("╵", "$foreground"))


def facts(reading: Reading, today: date) -> str:
    """What the figures rest on: the slice, the window and the rows of both sides."""
    sliced = bool(reading.slice.dimension) and reading.slice.dimension != reading.subject
    where = f"{cut(str(reading.slice), 40)} · " if sliced else ""
    window = say.between(reading.window.start, reading.window.until, today)
    against = f" against {say.count(reading.baseline_rows)}" if reading.baseline_rows else ""
    against += " · no baseline" if reading.baseline is None else ""
    known = "" if reading.truth_share is None else f"truth for {100 * reading.truth_share:.0f} % · "
    return f"{where}{say.plural(reading.rows, 'row')}{against} · {known}{window}"


class Comparison(Widget):
    """The comparison of one alert."""

    def __init__(self, alert: Alert) -> None:
        super().__init__(id="comparison")
        self._alert = alert

    def show(self, alert: Alert) -> None:
        """It compares this alert's readings."""
        if alert != self._alert:
            self._alert = alert
            self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(draw(self._alert, width))

    def render(self) -> Content:
        return Content("\n").join(draw(self._alert, self.size.width))
