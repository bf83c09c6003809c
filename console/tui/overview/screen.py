"""The overview: is anything wrong, since when, and what is coming in."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import timedelta
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.worker import get_current_worker

from console.errors import ConsoleError
from console.model import Alert, AlertState, Phase, QueryCall, QueueSource, Snapshot, Table, View
from console.tui.alert.screen import AlertScreen
from console.tui.desk import OverviewDesk
from console.tui.export.dialog import Export
from console.tui.handling.acts import ACKNOWLEDGE_KEY, SNOOZE_KEY, HandlingScreen
from console.tui.labels.acts import LabelContext
from console.tui.overview.alerts import AlertsPane
from console.tui.overview.loading import LoadingBar
from console.tui.overview.notices import Notices
from console.tui.overview.ranges import SPANS, around, ending_now, live, panned, zoomed
from console.tui.overview.recent import LiveGrid, RecentPane
from console.tui.overview.timeline import RANGE_KEYS, Timeline
from console.tui.overview.waiting import Waiting
from console.tui.rejects.screen import RejectsScreen
from console.tui.screen import ConsoleScreen, Setting
from console.tui.sources.screen import SourcesScreen
from console.tui.widgets.chart import Chart
from console.tui.widgets.grid import Grid
from console.tui.widgets.measures import MEASURES
from console.tui.widgets.plot import Episode, Traffic


class OverviewScreen(HandlingScreen):
    """Charts, alerts and the newest requests."""

    about = "Overview"
    obeys_filter = True
    kind = "overview"
    favoured_keys = ("open", "acknowledge", "filter", "label", "export", "sql", "queries", "sources")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "app.focus_next", "pane", id="app.next_pane", key_display="⇥", tooltip="next pane"),
        ACKNOWLEDGE_KEY,
        Binding(
            "s",
            "sources",
            "sources",
            id="overview.sources",
            tooltip="what is read, how far, and that nothing is missing",
        ),
        Binding(
            "r",
            "rejects",
            "rejects",
            id="overview.rejects",
            tooltip="the lines that could not be used, and why",
        ),
        SNOOZE_KEY,
        *RANGE_KEYS,
        Binding(
            "escape",
            "clear_marks",
            "clear marks",
            show=False,
            id="overview.clear_marks",
            tooltip="clear the marks; while another time or filter is read, go back to what is drawn",
        ),
        Binding("q", "app.go_back", "quit", id="overview.back", tooltip="leave the console"),
    ]

    @dataclass
    class CallPinned(Message):
        """The query of the rows that hold still is known."""

        call: QueryCall

    def __init__(self, desk: OverviewDesk, setting: Setting) -> None:
        super().__init__(desk, setting)
        self._desk = desk
        self._listed = Table((), ())
        self._listed_for: View | None = None
        """The view that the listed rows are of."""
        self._held_call: QueryCall | None = None
        self.add_class("-empty")

    def filter_note(self) -> tuple[tuple[str, str], ...]:
        return (*super().filter_note(), (" · alerts are of all rows", "$dim"))

    def compose_body(self) -> ComposeResult:
        yield Notices()
        yield LoadingBar()
        yield Waiting()
        yield Timeline()
        with Horizontal(id="charts"):
            for measure in MEASURES:
                yield Chart(measure)
        yield AlertsPane()
        yield RecentPane()

    # --- what it shows ----------------------------------------------------------------------------

    def show(self, snapshot: Snapshot) -> None:
        super().show(snapshot)
        if not self.is_mounted:
            return
        empty = snapshot.phase in (Phase.STARTING, Phase.WAITING) and not snapshot.rows
        self.set_class(empty, "-empty")
        self.set_class(snapshot.phase is Phase.LOADING, "-loading")
        self.query_one(Notices).show(snapshot)
        if empty:
            self.query_one(Waiting).show(snapshot)
            return
        if snapshot.phase is Phase.LOADING:
            self.query_one(LoadingBar).show(snapshot)
        self._tell_range()
        traffic = traffic_of(snapshot)
        for chart in self.query(Chart):
            chart.show(traffic)
        alerts = self.query_one(AlertsPane)
        alerts.show(snapshot, self.setting.utc())
        self._show_recent(snapshot)
        if self.focused is None and snapshot.alerts and not self.is_covered:
            alerts.grid.focus()

    def _show_recent(self, snapshot: Snapshot) -> None:
        pane = self.query_one(RecentPane)
        if snapshot.view != self._listed_for and not pane.follows:
            pane.follow()
            self._held_call = None
        if pane.follows:
            had = self.predictions.keys
            self._draw_recent(snapshot)
            if self.predictions.keys != had:
                self.look_up_labels()
            if not had:
                self.refresh_bindings()
        pane.tell(snapshot, pane.grid.marked, self.setting.utc().date())

    def _draw_recent(self, snapshot: Snapshot) -> None:
        self._listed, self._listed_for = snapshot.recent, snapshot.view
        today = self.setting.utc().date()
        self.grid.show(self.predictions.take(snapshot.recent, self.labels, today), from_top=True)

    def labels_changed(self) -> None:
        if self.snapshot is not None:
            today = self.setting.utc().date()
            self.grid.show(self.predictions.take(self._listed, self.labels, today))

    def tick(self) -> None:
        super().tick()
        if self.snapshot is not None and not self.is_covered and not self.has_class("-empty"):
            self.query_one(AlertsPane).show(self.snapshot, self.setting.utc())

    def show_failure(self, problem: str) -> None:
        """The desk could not start: that is all there is to see."""
        self.add_class("-empty")
        self.query_one(Waiting).show_failure(problem)

    # --- holding still ----------------------------------------------------------------------------

    @on(LiveGrid.Held)
    def hold(self) -> None:
        pane = self.query_one(RecentPane)
        if pane.hold(self.snapshot) and self.snapshot is not None:
            pane.tell(self.snapshot, pane.grid.marked, self.setting.utc().date())
            self._pin_call()

    @work(thread=True, exclusive=True, group="recent")
    def _pin_call(self) -> None:
        """What is exported while the rows hold still is what one sees, not what came after it."""
        try:
            call = self._desk.recent_call()
        except ConsoleError:
            return
        if not get_current_worker().is_cancelled:
            self.post_message(self.CallPinned(call))

    @on(CallPinned)
    def keep_call(self, message: CallPinned) -> None:
        if not self.query_one(RecentPane).follows:
            self._held_call = message.call

    @on(LiveGrid.Following)
    def follow(self) -> None:
        self.query_one(RecentPane).follow()
        self._held_call = None
        if self.snapshot is not None:
            self._show_recent(self.snapshot)

    @on(events.DescendantFocus)
    def leave_recent(self, event: events.DescendantFocus) -> None:
        """Who leaves the newest row for another pane, with nothing marked, is not reading any more."""
        grid = self.grid
        if event.widget is not grid and not grid.marked and grid.cursor_is_first:
            self.follow()

    @on(Grid.MarksChanged, "#rows")
    def tell_marks(self, event: Grid.MarksChanged) -> None:
        if self.snapshot is not None:
            self.query_one(RecentPane).tell(self.snapshot, event.marked, self.setting.utc().date())

    def action_clear_marks(self) -> None:
        if self.snapshot is not None and self.snapshot.view != self.setting.viewing.view:
            self._look(self.snapshot.view)
        else:
            self.grid.clear_marks()

    # --- which time it shows ------------------------------------------------------------------------

    def _tell_range(self) -> None:
        if self.snapshot is not None:
            today = self.setting.utc().date()
            self.query_one(Timeline).show(self.setting.viewing.view, self.snapshot, today)

    def _look(self, view: View) -> None:
        self.setting.viewing.look(view)
        self._tell_range()

    def action_range(self, key: str) -> None:
        """The last 15 minutes, hour, ..., by the key that stands for it."""
        span = next(span for known, _, span in SPANS if known == key)
        self._look(ending_now(self.setting.viewing.view, span))

    def action_live(self) -> None:
        self._look(live(self.setting.viewing.view))

    def action_zoom(self, closer: bool) -> None:
        """Half the time, or twice as much."""
        if self.snapshot is not None:
            self._look(zoomed(self.setting.viewing.view, self.snapshot, closer=closer))

    def action_pan(self, back: bool) -> None:
        """Half its length earlier, or later."""
        if self.snapshot is not None:
            self._look(panned(self.setting.viewing.view, self.snapshot, back=back))

    def action_around(self) -> None:
        """The time of the chosen alert, and as much before and after."""
        alert = self._alert_of(self.query_one(AlertsPane).grid.cursor_key)
        if alert is None or self.snapshot is None:
            self.tell("there is no alert to look around")
        else:
            as_of = self.snapshot.as_of or self.snapshot.taken_at
            self._look(around(self.setting.viewing.view, alert, as_of))

    # --- where it leads ---------------------------------------------------------------------------

    def _alert_of(self, key: object) -> Alert | None:
        alerts = self.snapshot.alerts if self.snapshot else ()
        return next((alert for alert in alerts if alert.alert_id == key), None)

    def chosen_alert(self) -> Alert | None:
        if not self.is_mounted or not self.query(AlertsPane):
            return None
        grid = self.query_one(AlertsPane).grid
        return self._alert_of(grid.cursor_key) if grid.has_focus else None

    @on(Grid.Opened, "#alert-grid")
    def open_alert(self, event: Grid.Opened) -> None:
        alert = self._alert_of(event.key)
        if alert is not None and self.snapshot is not None:
            self._go_to(AlertScreen(self._desk, self.setting, alert))

    def action_sources(self) -> None:
        self._go_to(SourcesScreen(self._desk, self.setting))

    def action_rejects(self) -> None:
        self._go_to(RejectsScreen(self._desk, self.setting))

    def _go_to(self, screen: ConsoleScreen) -> None:
        if self.snapshot is not None:
            screen.show(self.snapshot)
        self.app.push_screen(screen)

    def what_to_export(self) -> Export | None:
        rows = len(self.grid.rows)
        if not rows:
            return None
        held = self._held_call
        return Export(
            "latest requests", (lambda: held) if held else self._desk.recent_call, rows, newest=True
        )

    def label_context(self) -> LabelContext:
        """The rows as they were held still; of those that go on, which ones they are."""
        shown = self.snapshot.view.filter if self.snapshot is not None else self.view.filter
        return LabelContext(call=self._held_call or QueryCall("predictions_recent", filter=shown))

    def queue_source(self) -> QueueSource | None:
        """The alert with the cursor; else the marked requests, or all that are in view."""
        alert = self.chosen_alert()
        if alert is not None and alert.worst.offenders is not None:
            return alert
        return super().queue_source() if self.grid.marked else self.view


def traffic_of(snapshot: Snapshot) -> Traffic:
    """What the charts are drawn from; open alerts are marked until now, others until they were over."""
    now = snapshot.as_of or snapshot.taken_at
    episodes = []
    for alert in snapshot.alerts:
        is_open = alert.state is AlertState.OPEN
        until = max(now if is_open else alert.last_seen, alert.began + timedelta(seconds=1))
        episodes.append(Episode(alert.began, until, alert.severity, is_open))
    filtered_by = frozenset(term.field for term in snapshot.view.filter.terms)
    return Traffic(snapshot.traffic, snapshot.step_seconds, snapshot.as_of, tuple(episodes), filtered_by)
