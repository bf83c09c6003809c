"""Pictures of an evaluation: a measure over time with its band, reliability, and the confusion matrix."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from itertools import groupby

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from console.model.evaluation import IN_UNITS, EvaluatedStep, Evaluation, ReliabilityBin
from console.tui import say
from console.tui.safe import cut
from console.tui.widgets.columns import Column
from console.tui.widgets.gridlines import fitted
from console.tui.widgets.plot import shares, time_axis

VALUE, BAND, WHOLE, POINT, TRUE_LINE = "━", "░", "┄", "●", "·"
"""Signs of a value, its interval, that of all requests, a bin of scores, and of scores true to their word."""
EARLIER = "○"
"""Sign of a bin of scores of another time, beside which a time is shown."""
_LEAST_WIDTH, _LEAST_LINES = 24, 3
_TOPS = (0.01, 0.02, 0.05, 0.1, 0.2, 0.5, 1.0)
"""Where the scale of reliability may end: where scores are low it would all be in one corner."""
_MOST_CLASSES = 8
_NAME = Column("class", "class")
_COUNT = Column("count", "count", right=True)

Grid = list[list[tuple[str, str]]]
"""Lines of cells, each a sign and its style, the top one first."""


def draw_over_time(told: Evaluation, measure: str, width: int, height: int) -> list[Content]:
    """The measure step by step with its interval, a rule at that of all requests, and the axis."""
    steps = [one for one in told.steps if _value(one, measure) is not None]
    lines = height - 1
    if not steps or width < _LEAST_WIDTH or lines < _LEAST_LINES - 1:
        return []
    whole = told.figure(measure)
    middle = whole.value if whole is not None else None
    values = [value for one in steps if (value := _value(one, measure)) is not None]
    values += [middle] if middle is not None else []
    low, high = _scale(values, measure)
    marks = {0: _figure(high), lines - 1: _figure(low)}
    gutter = max(map(len, marks.values())) + 1
    room = width - gutter
    every = _laid_out(told, room)
    cells: Grid = [[(" ", "")] * room for _ in range(lines)]

    def line(value: float) -> int:
        part = (high - value) / (high - low)
        return min(lines - 1, max(0, int(part * lines)))

    if middle is not None:
        cells[line(middle)] = [(WHOLE, "$dim")] * room
    for x, one in enumerate(every):
        figure = one.figures.get(measure) if one is not None else None
        if figure is None or figure.value is None:
            continue
        if figure.low is not None and figure.high is not None:
            for y in range(line(min(high, figure.high)), line(max(low, figure.low)) + 1):
                cells[y][x] = (BAND, "$dim")
        cells[line(figure.value)][x] = (VALUE, "bold $chart")
    drawn = [_joined(marks.get(y, "").rjust(gutter - 1) + " ", row) for y, row in enumerate(cells)]
    until = told.steps[-1].start + timedelta(seconds=told.step_seconds)
    drawn.append(Content.styled(" " * gutter + time_axis(told.steps[0].start, until, room), "$dim"))
    return drawn


def _laid_out(told: Evaluation, room: int) -> list[EvaluatedStep | None]:
    """The step that each column shows; of several the one that rests on most requests."""
    seconds = timedelta(seconds=max(1, told.step_seconds))
    start = told.steps[0].start
    number = (told.steps[-1].start - start) // seconds + 1
    by_place = {(one.start - start) // seconds: one for one in told.steps}
    found = []
    for share in shares(number, room):
        here = [by_place[place] for place in share if place in by_place]
        found.append(max(here, key=lambda one: one.rows, default=None))
    return found


def _scale(values: Sequence[float], measure: str) -> tuple[float, float]:
    """Ends that hold all values with air around them, as far as the measure can go."""
    low, high = min(values), max(values)
    air = (high - low) * 0.25 or abs(high) * 0.1 or 1.0
    low, high = low - air, high + air
    if measure == "bias":
        return low, high
    return max(0.0, low), high if measure in IN_UNITS else min(1.0, high)


def _value(one: EvaluatedStep, measure: str) -> float | None:
    figure = one.figures.get(measure)
    return None if figure is None else figure.value


def _figure(value: float) -> str:
    return say.short(float(f"{value:.3g}"))


def draw_reliability(
    bins: Sequence[ReliabilityBin], width: int, height: int, before: Sequence[ReliabilityBin] = ()
) -> list[Content]:
    """What came over what was promised, to one scale, with the line of scores true to their word; those of
    the time before without their intervals.
    """
    lines = height - 1
    if not bins or width < _LEAST_WIDTH or lines < _LEAST_LINES:
        return []
    gutter = 6
    room = width - gutter
    most = max(max(one.promised, one.came) for one in (*bins, *before))
    top = next((one for one in _TOPS if most <= one), 1.0)
    cells: Grid = [[(" ", "")] * room for _ in range(lines)]

    def line(share: float) -> int:
        return min(lines - 1, max(0, int((1 - share / top) * lines)))

    def column(share: float) -> int:
        return min(room - 1, max(0, int(share / top * room)))

    for x in range(room):
        cells[line((x + 0.5) / room * top)][x] = (TRUE_LINE, "$dim")
    for one in bins:
        x = column(one.promised)
        for y in range(line(one.high), line(one.low) + 1):
            if cells[y][x][0] != POINT:
                cells[y][x] = ("│", "$dim")
    for one in before:
        cells[line(one.came)][column(one.promised)] = (EARLIER, "$foreground")
    for one in bins:
        cells[line(one.came)][column(one.promised)] = (POINT, "bold $chart")
    marks = {0: f"{top:g}", lines // 2: f"{top / 2:g}", lines - 1: "0"}
    drawn = [_joined(marks.get(y, "").rjust(gutter - 1) + " ", row) for y, row in enumerate(cells)]
    axis = "0" + f"{top / 2:g}".center(room - 1 - len(f"{top:g}")) + f"{top:g}"
    drawn.append(Content.styled(" " * gutter + axis, "$dim"))
    return drawn


def draw_confusion(
    confusion: Mapping[tuple[str, str], float], classes: Sequence[str], width: int, height: int
) -> list[Content]:
    """Requests by truth (lines) and prediction (columns), with the share of the truth that they are."""
    shown = list(classes[: min(_MOST_CLASSES, max(1, height - 2))])
    if not confusion or width < _LEAST_WIDTH or height < _LEAST_LINES:
        return []
    cells = {(truth, said): _part(confusion, truth, said) for truth in shown for said in shown}
    name = min(14, max(8, *(Content(cut(one, 40)).cell_length for one in shown)))
    each = 2 + max(min(12, name), *map(len, cells.values()))
    while len(shown) > 1 and name + each * len(shown) > width:
        shown.pop()
    left_out = len(classes) - len(shown)
    title = f"{left_out} more classes" if left_out else ""
    head = fitted("truth ▾", name, _NAME)
    head += "".join("  " + fitted(cut(one, 40), each - 2, _COUNT) for one in shown)
    drawn = [
        Content.styled(" " * (name + 2) + f"predicted ▸ {title}".rstrip(), "$dim"),
        Content.styled(head, "$dim"),
    ]
    for truth in shown:
        pieces: list[tuple[str, str]] = [(fitted(cut(truth, 40), name, _NAME), "$dim")]
        for said in shown:
            many = confusion.get((truth, said), 0)
            style = "bold $foreground" if truth == said else "$foreground" if many else "$faint"
            pieces.append(("  " + fitted(cells[truth, said], each - 2, _COUNT), style))
        drawn.append(Content.assemble(*pieces))
    return [line.truncate(width, ellipsis=True) for line in drawn[:height]]


def _part(confusion: Mapping[tuple[str, str], float], truth: str, said: str) -> str:
    """Requests, and the share of their truth that they are."""
    many = confusion.get((truth, said), 0)
    rows = sum(number for (true, _), number in confusion.items() if true == truth)
    share = f"{many / rows:.0%}" if rows else "—"
    return f"{say.count(round(many))} {share:>4}"


def _joined(mark: str, row: Sequence[tuple[str, str]]) -> Content:
    """A line of cells after its figure at the scale, in as few pieces as there are styles."""
    pieces = [(mark, "$dim")]
    for style, run in groupby(row, key=lambda cell: cell[1]):
        pieces.append(("".join(sign for sign, _ in run), style))
    return Content.assemble(*pieces)


class Picture(Widget):
    """One picture of an evaluation."""

    def __init__(self, kind: str) -> None:
        """Args: kind: `time`, `reliability` or `confusion`."""
        super().__init__(classes="picture")
        self._kind = kind
        self._told: Evaluation | None = None
        self._measure = ""

    def show(self, told: Evaluation | None, measure: str) -> None:
        """It is of this evaluation; of nothing for None."""
        self._told, self._measure = told, measure
        self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 7

    def render(self) -> Content:
        told, (width, height) = self._told, self.size
        if told is None:
            return Content("")
        match self._kind:
            case "time":
                lines = draw_over_time(told, self._measure, width, height)
            case "reliability":
                lines = draw_reliability(told.reliability, width, height)
            case _:
                lines = draw_confusion(told.confusion, told.classes, width, height)
        return Content("\n").join(lines) if lines else Content.styled(self._nothing(told), "$dim")

    def _nothing(self, told: Evaluation) -> str:
        """Why there is no picture."""
        if not told.rows:
            return "nothing to draw"
        if self._kind == "reliability":
            return "no scores that are known to be the chance of anything"
        return "numbers have no classes" if told.is_number else "too little room"
