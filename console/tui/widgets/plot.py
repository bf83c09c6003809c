"""From traffic points to characters: the arithmetic of a chart, without a terminal."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from enum import Enum

from console.model import Band, Severity, TrafficPoint
from console.tui.widgets.measures import Measure

_EIGHTHS = " ▁▂▃▄▅▆▇█"
USUAL_SIGN, INNER_SIGN, OUTER_SIGN, BEYOND_SIGN = "╌", "─", "·", "^"
"""The limits of what is usual; marks in and over a bar; a mark that the scale does not hold."""
_OUTER_ROOM = 1.6
"""So many times as high as the bars a scale may be, for the marks over them."""


@dataclass(frozen=True, slots=True)
class Episode:
    """When an alert was, marked under a chart."""

    start: datetime
    until: datetime
    severity: Severity
    is_open: bool = True


@dataclass(frozen=True, slots=True)
class Traffic:
    """What all charts are drawn from."""

    points: tuple[TrafficPoint, ...] = ()
    step_seconds: int = 60
    as_of: datetime | None = None
    episodes: tuple[Episode, ...] = ()
    filtered_by: frozenset[str] = frozenset()
    """Fields that the filter has conditions on."""

    @property
    def until(self) -> datetime | None:
        """Where the last point ends."""
        if not self.points:
            return None
        return self.points[-1].start + timedelta(seconds=self.step_seconds)

    @property
    def last_is_partial(self) -> bool:
        """Whether the last point's time is not over yet."""
        return self.until is not None and self.as_of is not None and self.as_of < self.until

    @property
    def newest_whole(self) -> TrafficPoint | None:
        """The newest point whose time is over, or the only one there is."""
        if len(self.points) > 1 and self.last_is_partial:
            return self.points[-2]
        return self.points[-1] if self.points else None


class Ink(Enum):
    """What a cell of a plot is part of."""

    BLANK = "blank"
    GAP = "gap"
    BAR = "bar"
    """The top of a bar."""
    FULL = "full"
    """The inside of a bar."""
    NOTCH = "notch"
    """A sign cut into a bar."""
    LIMIT = "limit"
    """A limit of what is usual."""
    MARK = "mark"


@dataclass(frozen=True, slots=True)
class Plot:
    """A measure over so many columns, on one scale."""

    values: tuple[float | None, ...]
    usual: tuple[Band | None, ...]
    inner: tuple[float | None, ...]
    outer: tuple[float | None, ...]
    top: float
    """Value at the upper edge."""


def plot_of(
    measure: Measure,
    points: Sequence[TrafficPoint],
    width: int,
    *,
    least: float = 0.0,
    marked: bool = True,
) -> Plot:
    """The measure of the points, over so many columns.

    Args:
        measure: what is shown of them.
        points: oldest first.
        width: columns.
        least: a value that the scale must hold too.
        marked: whether there is room for marks in and over the bars.
    """
    columns = [points[share.start : share.stop] for share in shares(len(points), width)]
    values = tuple(measure.merge(column) for column in columns)
    usual = tuple(measure.usual(column) for column in columns)
    nothing = (None,) * width
    inner = tuple(measure.inner(column) for column in columns) if marked else nothing
    outer = tuple(measure.outer(column) for column in columns) if marked else nothing
    highs = (band.high for band in usual if band is not None)
    top = max(measure.least_top, least, *(value or 0.0 for value in values), *highs)
    top = max(top, min(_OUTER_ROOM * top, max(value or 0.0 for value in outer)))
    return Plot(values, usual, inner, outer, top)


def shares(points: int, width: int) -> list[range]:
    """Which points each of `width` columns shows: several of them, or one of them again."""
    if points >= width:
        return [range(x * points // width, (x + 1) * points // width) for x in range(width)]
    return [range(x * points // width, x * points // width + 1) for x in range(width)]


def heights(values: Sequence[float | None], top: float, lines: int) -> list[int | None]:
    """Each value in eighths of a line, of `8 * lines`; something small is still one eighth."""
    room = 8 * lines
    return [
        None if value is None else min(room, max(round(value / top * room), 1 if value > 0 else 0))
        for value in values
    ]


def line_of(plot: Plot, line: int, lines: int) -> list[tuple[str, Ink]]:
    """The characters of one line of the plot, counted from the bottom; a gap is a dot on the ground."""
    cells: list[tuple[str, Ink]] = []
    drawn = zip(heights(plot.values, plot.top, lines), plot.usual, plot.inner, plot.outer, strict=True)
    for height, usual, inner, outer in drawn:
        fill = 0 if height is None else max(0, min(8, height - 8 * line))
        here = [
            (sign, level(value, plot.top, lines) == line)
            for sign, value in (
                (OUTER_SIGN, outer),
                (USUAL_SIGN, None if usual is None else usual.high),
                (USUAL_SIGN, None if usual is None or fill or usual.low <= 0 else usual.low),
                (INNER_SIGN, inner),
            )
        ]
        sign = next((sign for sign, is_here in here if is_here), "")
        if fill == 8 and sign and sign != OUTER_SIGN:
            cells.append((sign, Ink.NOTCH))
        elif fill:
            cells.append((_EIGHTHS[fill], Ink.FULL if fill == 8 else Ink.BAR))
        elif height is None and line == 0:
            cells.append(("·", Ink.GAP))
        elif sign == OUTER_SIGN:
            beyond = outer is not None and outer > plot.top
            cells.append((BEYOND_SIGN if beyond else sign, Ink.MARK))
        elif sign == USUAL_SIGN:
            cells.append((sign, Ink.LIMIT))
        else:
            cells.append((" ", Ink.BLANK))
    return cells


def level(value: float | None, top: float, lines: int) -> int | None:
    """The line in which a value lies, the last for what is higher; None for none."""
    return None if value is None else max(0, min(lines - 1, int(value / top * lines)))


def place(moment: datetime, start: datetime, until: datetime, width: int) -> int:
    """The column of a moment, within `0..width`."""
    share = (moment - start) / (until - start) if until > start else 0.0
    return max(0, min(width, int(share * width)))


def marks(traffic: Traffic, width: int) -> list[Episode | None]:
    """The episode at each column of the ground line: open ones before those that are over, then the worst."""
    ground: list[Episode | None] = [None] * width
    if not traffic.points or traffic.until is None:
        return ground
    start, until = traffic.points[0].start, traffic.until
    for episode in sorted(traffic.episodes, key=lambda episode: (episode.is_open, episode.severity)):
        if episode.until <= start or episode.start >= until:
            continue
        first = min(place(episode.start, start, until, width), width - 1)
        last = max(first + 1, place(episode.until, start, until, width))
        ground[first:last] = [episode] * (min(last, width) - first)
    return ground


def time_axis(start: datetime, until: datetime, width: int) -> str:
    """The times at both ends, and in the middle where there is room; dates where it spans days."""
    days = until - start > timedelta(hours=26)
    seconds = until - start < timedelta(minutes=5)
    form = "%m-%d %H:%M" if days and width >= 26 else "%m-%d" if days else "%H:%M"
    form += ":%S" * seconds
    left, middle, right = (
        f"{moment.astimezone(UTC):{form}}" for moment in (start, start + (until - start) / 2, until)
    )
    if len(left) + len(right) + 1 > width:
        return left[:width].ljust(width)
    line = left + right.rjust(width - len(left))
    at = (width - len(middle)) // 2
    if at - len(left) >= 3:
        line = line[:at] + middle + line[at + len(middle) :]
    return line
