"""What the charts show of the traffic: how points that share a column become one value."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

from console.model import Band, TrafficPoint
from console.tui import say

Points = Sequence[TrafficPoint]


def _none(points: Points) -> float | None:
    """No such mark."""
    return None


@dataclass(frozen=True, slots=True)
class Measure:
    """One thing that a chart shows of the traffic."""

    title: str
    short_title: str
    units: Callable[[int], tuple[str, str]]
    """The unit in long and in short, given the step in seconds."""
    merge: Callable[[Points], float | None]
    """The value of neighbouring points that share a column; None is a gap."""
    usual: Callable[[Points], Band | None]
    """What is usual of it there, None where that is not known."""
    least_top: float
    """The scale's top is at least this, so that noise does not look like a mountain."""
    style: str
    grows: bool = False
    """Whether a step that is not over yet shows less of it than it will."""
    inner: Callable[[Points], float | None] = _none
    """A second value that is never more, marked in the bar: `inner_title` names it."""
    outer: Callable[[Points], float | None] = _none
    """A third that is never less, marked over the bar."""
    inner_title: str = ""
    outer_title: str = ""
    decided_by: tuple[str, ...] = ()
    """Fields that it is made of: a filter on one of them decides what comes of it."""

    def figure(self, value: float) -> str:
        """A value of it, as short as a title wants it."""
        return f"{value:.1f}" if value < 100 and not self.grows else say.short(round(value))


def rows_per_step(points: Points) -> float | None:
    """Mean rows a step, never a gap."""
    return sum(point.rows for point in points) / len(points)


def error_percent(points: Points) -> float | None:
    """Errors in per cent of rows, a gap where there were no rows."""
    rows = sum(point.rows for point in points)
    return 100 * sum(point.errors for point in points) / rows if rows else None


def slowest_p95(points: Points) -> float | None:
    """The largest p95 in milliseconds, a gap where no latency was logged."""
    return max((point.p95_ms for point in points if point.p95_ms is not None), default=None)


def slowest_p99(points: Points) -> float | None:
    """The largest p99 in milliseconds."""
    return max((point.p99_ms for point in points if point.p99_ms is not None), default=None)


def slowest_p50(points: Points) -> float | None:
    """The largest median in milliseconds."""
    return max((point.p50_ms for point in points if point.p50_ms is not None), default=None)


def usual_rows(points: Points) -> Band | None:
    """Rows a step that are usual."""
    return mean_band([point.usual_rows for point in points])


def usual_error_percent(points: Points) -> Band | None:
    """Error rates that are usual, in per cent."""
    return mean_band([point.usual_error_rate for point in points], 100.0)


def usual_p95(points: Points) -> Band | None:
    """p95 that are usual, in milliseconds."""
    return mean_band([point.usual_p95_ms for point in points])


def mean_band(bands: Sequence[Band | None], scale: float = 1.0) -> Band | None:
    """The mean of those bands that are known, by this scale."""
    known = [band for band in bands if band is not None]
    if not known:
        return None
    return Band(
        scale * sum(band.low for band in known) / len(known),
        scale * sum(band.high for band in known) / len(known),
    )


MEASURES = (
    Measure(
        "Traffic",
        "Traffic",
        lambda step: (f"rows/{say.step(step)}", f"/{say.step(step)}"),
        rows_per_step,
        usual_rows,
        1.0,
        "$chart",
        grows=True,
    ),
    Measure(
        "Error rate",
        "Errors",
        lambda step: ("%", "%"),
        error_percent,
        usual_error_percent,
        5.0,
        "$error",
        decided_by=("status", "error_type", "is_error", "error_message"),
    ),
    Measure(
        "Latency p95",
        "p95",
        lambda step: ("ms", "ms"),
        slowest_p95,
        usual_p95,
        1.0,
        "$chart",
        inner=slowest_p50,
        outer=slowest_p99,
        inner_title="p50",
        outer_title="p99",
        decided_by=("latency_ms",),
    ),
)
