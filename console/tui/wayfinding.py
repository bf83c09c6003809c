"""The part of the app that goes from screen to screen, to requests that meet a filter, and back again."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from textual import on
from textual.binding import Binding, BindingType
from textual.screen import Screen

from console.model import Alert
from console.tui.ahead import Ahead
from console.tui.desk import Desk
from console.tui.evaluate.screen import EvaluateScreen
from console.tui.filter.acts import clear_filter, list_requests, look_at, write_filter
from console.tui.handover.acts import hand_over
from console.tui.help.screen import HelpScreen, groups_of
from console.tui.labels_list.screen import LabelsScreen
from console.tui.likely import likely_screens
from console.tui.linked import LinkedApp
from console.tui.messages import Arrived, ViewChosen
from console.tui.places import Surroundings
from console.tui.queries.screen import QueriesScreen
from console.tui.screen import ConsoleScreen, Setting
from console.tui.sql.screen import SqlScreen
from console.tui.trail import Trail, visit_of, way

_SCREENS: Mapping[str, type[Screen[None]]] = {
    "sql": SqlScreen,
    "queries": QueriesScreen,
    "labels": LabelsScreen,
    "evaluate": EvaluateScreen,
}
"""Actions that open a screen, which does not open itself once more."""


class Wayfinding(LinkedApp):
    """An app whose keys lead to the screens of a desk, and back through those that were visited.

    Args:
        desk: what the screens are drawn from.
        setting: what every screen knows of the world around it.
    """

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "slash",
            "filter",
            "filter",
            id="app.filter",
            key_display="/",
            tooltip="show only the requests that meet conditions",
        ),
        Binding(
            "c", "clear_filter", "clear filter", id="app.clear_filter", tooltip="show all requests again"
        ),
        Binding(
            "F",
            "requests",
            "list requests",
            show=False,
            id="app.requests",
            tooltip="list the requests that meet the filter, in the time that is shown",
        ),
        Binding("semicolon", "sql", "SQL", id="app.sql", key_display=";", tooltip="ask in SQL, read-only"),
        Binding("Q", "queries", "queries", id="app.queries", tooltip="the canned queries"),
        Binding(
            "E",
            "evaluate",
            "evaluate",
            id="app.evaluate",
            show=False,
            tooltip="how good predictions are, by truth, by labels, or estimated",
        ),
        Binding("L", "labels", "labels", id="app.labels", show=False, tooltip="all labels, and by whom"),
        Binding(
            "H",
            "handover",
            "hand over",
            id="app.handover",
            show=False,
            tooltip="write down what the next one must know",
        ),
        Binding(
            "left_square_bracket",
            "trail(-1)",
            "where I was",
            id="app.trail_back",
            show=False,
            key_display="[",
            tooltip="the screen that was visited before",
        ),
        Binding(
            "right_square_bracket",
            "trail(1)",
            "forward again",
            id="app.trail_forward",
            show=False,
            key_display="]",
            tooltip="forward again",
        ),
        Binding("question_mark,f1", "help", "help", id="app.help", key_display="?", tooltip="these keys"),
    ]

    def __init__(self, desk: Desk, setting: Setting) -> None:
        super().__init__()
        self.desk = desk
        self.setting = setting
        self._trail = Trail()
        self.ahead = Ahead(self, likely_screens(desk, setting, self._some_alert))

    def _some_alert(self) -> Alert | None:
        shown = [screen.snapshot for screen in self.screen_stack if isinstance(screen, ConsoleScreen)]
        return next((alert for snapshot in shown if snapshot for alert in snapshot.alerts), None)

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if isinstance(self.screen, ConsoleScreen) and action in self.screen.refuses:
            return False
        if action in _SCREENS:
            return not isinstance(self.screen, _SCREENS[action])
        if action == "clear_filter":
            return isinstance(self.screen, ConsoleScreen) and bool(self.screen.view.filter)
        return super().check_action(action, parameters)

    def open(self, screen: ConsoleScreen) -> None:
        """The screen is on top, drawn from the snapshot that the one below it has."""
        below = self.screen
        if isinstance(below, ConsoleScreen) and below.snapshot is not None:
            screen.show(below.snapshot)
        self.push_screen(screen)

    def action_sql(self) -> None:
        """SQL over what is stored."""
        self.open(SqlScreen(self.desk, self.setting))

    def action_queries(self) -> None:
        """The canned queries."""
        self.open(QueriesScreen(self.desk, self.setting))

    def action_evaluate(self) -> None:
        """How good predictions are: of the model of the alert that is looked at, else of the busiest."""
        alert = getattr(self.screen, "alert", None)
        model = alert.model if isinstance(alert, Alert) else ""
        self.open(EvaluateScreen(self.desk, self.setting, model=model))

    def action_labels(self) -> None:
        """All labels."""
        self.open(LabelsScreen(self.desk, self.setting))

    def action_handover(self) -> None:
        """What one knows is written down for the next one."""
        hand_over(self, self.desk)

    def action_help(self) -> None:
        """The keys that do something here."""
        screen = self.screen
        if not isinstance(screen, HelpScreen):
            about = screen.about if isinstance(screen, ConsoleScreen) else "Dialog"
            self.push_screen(HelpScreen(about, groups_of(screen)))

    def action_filter(self) -> None:
        """A filter is written, or changed."""
        write_filter(self, self.desk)

    def action_clear_filter(self) -> None:
        """Nothing is filtered here."""
        clear_filter(self, self.desk)

    def action_requests(self) -> None:
        """The requests that meet the filter are listed."""
        list_requests(self, self.desk)

    @on(ViewChosen)
    def look_at(self, message: ViewChosen) -> None:
        look_at(self, self.desk, message.view)

    @on(Arrived)
    def note_visit(self) -> None:
        self._trail.arrive(visit_of(self.screen_stack))

    def action_trail(self, by: int) -> None:
        """Back and forward through the screens that were visited."""
        here = self.screen
        now = visit_of(self.screen_stack)
        if not isinstance(here, ConsoleScreen) or here.snapshot is None:
            return
        self._trail.arrive(now)
        to = self._trail.step(by)
        if to is None:
            here.tell("There is nothing before this" if by < 0 else "There is nothing after this")
            return
        close, opened, missing = way(now, to, Surroundings(self.desk, self.setting, here.snapshot))
        for _ in range(close):
            self.pop_screen()
        for screen in opened:
            self.push_screen(screen)
        self._trail.amend(visit_of(self.screen_stack))
        if missing and isinstance(self.screen, ConsoleScreen):
            self.screen.tell("What was shown there is not to be had any more")
