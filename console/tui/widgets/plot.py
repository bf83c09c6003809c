"""From traffic points to characters: the arithmetic of a chart, without a terminal."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from console.model import Severity, TrafficPoint
from console.tui import say

_EIGHTHS = " ▁▂▃▄▅▆▇█"


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that a chart shows of the traffic."""

    title: str
    short_title: str
    units: Callable[[int], tuple[str, str]]
    """The unit in long and in short, given the step in seconds."""
    merge: Callable[[Sequence[TrafficPoint]], float | None]
    """The value of neighbouring points that share a column; None is a gap."""
    least_top: float
    """The scale's top is at least this, so that noise does not look like a mountain."""
    style: str
    grows: bool = False
    """Whether a step that is not over yet shows less of it than it will."""

    def figure(self, value: float) -> str:
        """A value of it, as short as a title wants it."""
        return f"{value:.1f}" if value < 100 and not self.grows else say.short(round(value))


@dataclass(frozen=True, slots=True)
class Episode:
    """When an alert was, marked under a chart."""

    start: datetime
    until: datetime
    severity: Severity


@dataclass(frozen=True, slots=True)
class Traffic:
    """What all charts are drawn from."""

    points: tuple[TrafficPoint, ...] = ()
    step_seconds: int = 60
    as_of: datetime | None = None
    episodes: tuple[Episode, ...] = ()

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


def rows_per_step(points: Sequence[TrafficPoint]) -> float | None:
    """Mean rows a step, never a gap."""
    return sum(point.rows for point in points) / len(points)


def error_percent(points: Sequence[TrafficPoint]) -> float | None:
    """Errors in per cent of rows, a gap where there were no rows."""
    rows = sum(point.rows for point in points)
    return 100 * sum(point.errors for point in points) / rows if rows else None


def slowest_p95(points: Sequence[TrafficPoint]) -> float | None:
    """The largest p95 in milliseconds, a gap where no latency was logged."""
    return max((point.p95_ms for point in points if point.p95_ms is not None), default=None)


MEASURES = (
    Measure(
        "Traffic",
        "Traffic",
        lambda step: (f"rows/{say.step(step)}", f"/{say.step(step)}"),
        rows_per_step,
        1.0,
        "$chart",
        True,
    ),
    Measure("Error rate", "Errors", lambda step: ("%", "%"), error_percent, 5.0, "$error"),
    Measure("Latency p95", "p95", lambda step: ("ms", "ms"), slowest_p95, 1.0, "$chart"),
)


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


def line_of_bars(eighths: Sequence[int | None], line: int) -> str:
    """One line of the plot, `line` counted from the bottom; a gap is a dot on the ground."""
    return "".join(
        ("·" if line == 0 else " ") if height is None else _EIGHTHS[max(0, min(8, height - 8 * line))]
        for height in eighths
    )


def place(moment: datetime, start: datetime, until: datetime, width: int) -> int:
    """The column of a moment, within `0..width`."""
    share = (moment - start) / (until - start) if until > start else 0.0
    return max(0, min(width, int(share * width)))


def marks(traffic: Traffic, width: int) -> list[Severity | None]:
    """The worst severity of the episodes at each column of the ground line."""
    ground: list[Severity | None] = [None] * width
    if not traffic.points or traffic.until is None:
        return ground
    start, until = traffic.points[0].start, traffic.until
    for episode in sorted(traffic.episodes, key=lambda episode: episode.severity):
        if episode.until < start or episode.start > until:
            continue
        first = min(place(episode.start, start, until, width), width - 1)
        last = max(first + 1, place(episode.until, start, until, width))
        ground[first:last] = [episode.severity] * (min(last, width) - first)
    return ground


def time_axis(start: datetime, until: datetime, width: int) -> str:
    """The times at both ends, and in the middle where there is room; dates where it spans days."""
    days = until - start > timedelta(hours=26)
    form = "%m-%d %H:%M" if days and width >= 26 else "%m-%d" if days else "%H:%M"
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
