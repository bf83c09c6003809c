"""The charts of an alert: how its rate went on, and how its value is distributed."""

from __future__ import annotations

from textual.app import ComposeResult
from textual.containers import Horizontal, Vertical

from console.model import Alert, AlertPicture, Distribution, Timeline
from console.tui import say
from console.tui.safe import cut
from console.tui.widgets.distribution import DistributionChart
from console.tui.widgets.heading import Heading
from console.tui.widgets.timeline import TimelineChart, legend


class Charts(Horizontal):
    """Side by side where there is room, else the one that says more; gone where there is none."""

    def compose(self) -> ComposeResult:
        with Vertical(id="alert-timeline", classes="pane chart"):
            yield Heading("Over time", "reading …")
            yield TimelineChart()
        with Vertical(id="alert-distribution", classes="pane chart"):
            yield Heading("Before and during")
            yield DistributionChart()

    def on_mount(self) -> None:
        self.add_class("-no-distribution")

    def show(self, picture: AlertPicture, alert: Alert) -> None:
        """These charts are shown."""
        timeline, distribution = picture.timeline, picture.distribution
        both = timeline is not None and distribution is not None
        self.set_class(timeline is None, "-no-timeline")
        self.set_class(distribution is None, "-no-distribution")
        self.set_class(both and picture.by_distribution, "-by-distribution")
        self.set_class(both and not picture.by_distribution, "-by-timeline")
        self.query_one(TimelineChart).show(timeline, alert.severity)
        self.query_one(DistributionChart).show(distribution)
        if timeline is not None:
            self._head("#alert-timeline", _title(timeline), legend(timeline))
        if distribution is not None:
            self._head(
                "#alert-distribution", f"{cut(distribution.title, 60)} before and during", _rows(distribution)
            )

    def fail(self, words: str) -> None:
        """There are no charts, and why."""
        self._head("#alert-timeline", "Over time", words)

    def _head(self, pane: str, title: str, note: str) -> None:
        self.query_one(f"{pane} Heading", Heading).show((note, "$dim"), title=title)


def _title(timeline: Timeline) -> str:
    said = cut(timeline.title, 60)
    return said[:1].upper() + said[1:]


def _rows(distribution: Distribution) -> str:
    unit = f"{cut(distribution.unit, 20)} · " if distribution.unit else ""
    before, now = say.count(distribution.rows_before), say.plural(distribution.rows_now, "row")
    return f"{unit}24 h before, {before} · during, {now}"
