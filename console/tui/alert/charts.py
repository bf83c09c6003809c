"""The charts of an alert: how its rate went on, how its value is distributed, and what scores were worth."""

from __future__ import annotations

from collections.abc import Sequence

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.events import Resize
from textual.geometry import Size
from textual.widget import Widget

from console.model import Alert, AlertPicture, Calibration, Distribution, Timeline
from console.model.evaluation import Basis, Figure, ReliabilityBin
from console.tui import say
from console.tui.evaluate.drawing import EARLIER, POINT, draw_reliability
from console.tui.safe import cut
from console.tui.widgets.distribution import DistributionChart
from console.tui.widgets.heading import Heading
from console.tui.widgets.timeline import TimelineChart, legend

ROOM_FOR_THREE = 150
"""Cells from which three charts stand side by side."""


class CalibrationChart(Widget):
    """What came over what scores promised: before the alert, and during it."""

    def __init__(self) -> None:
        super().__init__()
        self._calibration: Calibration | None = None

    def show(self, calibration: Calibration | None) -> None:
        """The chart shows this, nothing for None."""
        if calibration != self._calibration:
            self._calibration = calibration
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 7

    def render(self) -> Content:
        told, (width, height) = self._calibration, self.size
        if told is None:
            return Content("")
        return Content("\n").join(draw_reliability(told.now, width, height, told.before))


class Charts(Horizontal):
    """Side by side where there is room, else the one that says more; gone where there is none."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._had: list[str] = []
        """Those that there are."""

    def compose(self) -> ComposeResult:
        with Vertical(id="alert-timeline", classes="pane chart"):
            yield Heading("Over time", "reading …")
            yield TimelineChart()
        with Vertical(id="alert-distribution", classes="pane chart"):
            yield Heading("Before and during")
            yield DistributionChart()
        with Vertical(id="alert-calibration", classes="pane chart"):
            yield Heading("Reliability")
            yield CalibrationChart()

    def on_mount(self) -> None:
        self.add_class("-no-distribution", "-no-calibration", "-by-timeline")

    def on_resize(self, event: Resize) -> None:
        self._lay_out(event.size.width)

    def show(self, picture: AlertPicture, alert: Alert) -> bool:
        """These charts are shown; False if there are none."""
        timeline, distribution, calibration = picture.timeline, picture.distribution, picture.calibration
        had = {
            "timeline": timeline is not None,
            "distribution": distribution is not None,
            "calibration": calibration is not None and bool(calibration.now),
        }
        self._had = [name for name, is_there in had.items() if is_there]
        for name, is_there in had.items():
            self.set_class(not is_there, f"-no-{name}")
        leading = ["calibration"] * picture.by_calibration + ["distribution"] * picture.by_distribution
        self._lead(next((name for name in (*leading, *self._had) if name in self._had), "timeline"))
        self._lay_out(self.size.width)
        self.query_one(TimelineChart).show(timeline, alert.severity)
        self.query_one(DistributionChart).show(distribution)
        self.query_one(CalibrationChart).show(calibration)
        if timeline is not None:
            self._head("#alert-timeline", _title(timeline), legend(timeline))
        if distribution is not None:
            why = f"{calibration.why} · " if calibration is not None and not calibration.now else ""
            title = f"{cut(distribution.title, 60)} before and during"
            self._head("#alert-distribution", title, why + _rows(distribution))
        if calibration is not None:
            self._head("#alert-calibration", "Reliability", _worth(calibration))
        return bool(self._had)

    def turn(self) -> None:
        """Where there is no room for all of them, the next is shown: alone, or beside the timeline."""
        turned = self._had
        if not self.screen.has_class("-narrow"):
            turned = [name for name in turned if name != "timeline"] if self.has_class("-crowded") else []
        if turned:
            place = next((at for at, name in enumerate(turned) if self.has_class(f"-by-{name}")), 0)
            self._lead(turned[(place + 1) % len(turned)])

    def fail(self, words: str) -> None:
        """There are no charts, and why."""
        self._head("#alert-timeline", "Over time", words)

    def _lead(self, leading: str) -> None:
        for name in ("timeline", "distribution", "calibration"):
            self.set_class(name == leading, f"-by-{name}")

    def _lay_out(self, width: int) -> None:
        self.set_class(len(self._had) > 2 and width < ROOM_FOR_THREE, "-crowded")

    def _head(self, pane: str, title: str, note: str) -> None:
        self.query_one(f"{pane} Heading", Heading).show((note, "$dim"), title=title)


def _title(timeline: Timeline) -> str:
    said = cut(timeline.title, 60)
    return said[:1].upper() + said[1:]


def _rows(distribution: Distribution) -> str:
    unit = f"{cut(distribution.unit, 20)} · " if distribution.unit else ""
    before, now = say.count(distribution.rows_before), say.plural(distribution.rows_now, "row")
    return f"{unit}24 h before, {before} · during, {now}"


def _worth(calibration: Calibration) -> str:
    """By how much scores were off, before and during, and how many rows tell that."""
    before = f"{EARLIER} before {_off(calibration.error_before)}"
    now = f"{POINT} during {_off(calibration.error_now)}"
    by = "labels · " if calibration.basis is Basis.LABELS else ""
    rows = f"{say.count(_many(calibration.before))} · {say.plural(_many(calibration.now), 'row')}"
    of = f" · scores of {cut(calibration.score_of, 40)}" if calibration.score_of else ""
    return f"{by}off {before} {now} · {rows}{of}"


def _off(figure: Figure | None) -> str:
    return "—" if figure is None or figure.value is None else f"{figure.value:.2f}"


def _many(bins: Sequence[ReliabilityBin]) -> int:
    return sum(one.rows for one in bins)
