"""The app: it takes snapshots from the desk, hands them to the screens, and holds the stack of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence
from datetime import datetime, tzinfo
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from textual import on, work
from textual.app import SystemCommand
from textual.binding import Binding, BindingType
from textual.command import Provider
from textual.filter import ANSIToTruecolor, LineFilter, Monochrome, NoColor
from textual.screen import ModalScreen, Screen

from console.errors import ConsoleError
from console.model import Phase, Preferences, QueryInfo, Seat, Snapshot, View
from console.tui.commands import commands_on
from console.tui.desk import Desk
from console.tui.keymap import keymap_of
from console.tui.labelling.screen import LabellingQueue
from console.tui.messages import QueriesKnown, SnapshotTaken, StartFailed
from console.tui.overview.screen import OverviewScreen
from console.tui.palette import LiteralCommands, Palette
from console.tui.places import Surroundings
from console.tui.resume import KEEP_SECONDS, Resuming
from console.tui.safe import visible
from console.tui.screen import ConsoleScreen, Setting, reason
from console.tui.seats import changes, doing_of
from console.tui.seats_view import SeatsView
from console.tui.theme import NIGHT, other_theme, role_defaults, themes_of
from console.tui.viewing import Viewing
from console.tui.wayfinding import Wayfinding

_NO_COLOUR = NoColor()


class IncidentConsole(Wayfinding):
    """The console's screens over a desk.

    The desk is started once the first screen is painted, and is closed by whoever made it.
    """

    TITLE = "incident console"
    CSS_PATH: ClassVar[str | PurePath | list[str | PurePath] | None] = [
        "app.tcss",
        "overview/overview.tcss",
        "alert/alert.tcss",
        "request/request.tcss",
        "sources/sources.tcss",
        "rejects/rejects.tcss",
        "labels/labels.tcss",
        "labelling/labelling.tcss",
        "filter/filter.tcss",
        "requests/requests.tcss",
        "export/export.tcss",
        "handling/handling.tcss",
        "handover/handover.tcss",
        "queries/queries.tcss",
        "sql/sql.tcss",
        "labels_list/labels_list.tcss",
        "evaluate/evaluate.tcss",
        "help/help.tcss",
        "seats.tcss",
    ]
    COMMANDS: ClassVar[set[type[Provider] | Callable[[], type[Provider]]]] = {LiteralCommands}
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "t", "switch_theme", "light or dark", show=False, id="app.theme", tooltip="light or dark colours"
        ),
        Binding(
            "W",
            "seats",
            "who is here",
            show=False,
            id="app.seats",
            tooltip="who else has a console open on the casebook",
        ),
        Binding(
            "ctrl+p,colon",
            "command_palette",
            "commands",
            show=False,
            id="app.palette",
            tooltip="find a command by its name",
        ),
        Binding(
            "ctrl+q",
            "quit",
            "quit",
            show=False,
            id="app.quit",
            priority=True,
            tooltip="leave the console at once",
        ),
    ]

    def __init__(
        self,
        desk: Desk,
        *,
        title: str,
        mouse: bool = True,
        utc: Callable[[], datetime],
        local: tzinfo | None = None,
        preferences: Preferences | None = None,
        theme: str = NIGHT.name,
        resuming: Resuming | None = None,
        view: View | None = None,
        to_label: tuple[str, ...] = (),
    ) -> None:
        preferences = preferences or Preferences()
        view = view or View(span=preferences.span)
        if view != View():
            desk.look(view)
        super().__init__(desk, Setting(title, utc, local, Viewing(desk.look, view), preferences))
        for one in themes_of(preferences):
            self.register_theme(one)
        self._chosen_theme = self.theme = theme
        self.set_keymap(keymap_of(preferences.keys))
        self.title = visible(title)
        self.mouse = mouse
        """Whether the terminal is to report the mouse; whoever runs the app hands it on."""
        self._failed_code = 0
        self._resuming = resuming or Resuming(None)
        self._to_label = to_label
        """Keys of requests that are worked through once everything is read; then none."""
        self._seats: tuple[Seat, ...] = ()
        """Who was here by the newest snapshot."""
        self._queries: tuple[QueryInfo, ...] = ()
        """The canned queries, for the palette; empty until they are asked for."""

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return role_defaults(self.current_theme)

    def get_line_filters(self) -> Sequence[LineFilter]:
        """What is drawn has no colour at all where `NO_COLOR` asks for that.

        Textual makes it grey, and the terminal's own colours black on black.
        """
        filters = super().get_line_filters()
        if not self.no_color:
            # No style here names a colour of the terminal's own, unless the theme is made of them.
            return [one for one in filters if not isinstance(one, ANSIToTruecolor)]
        return [*(one for one in filters if not isinstance(one, Monochrome)), _NO_COLOUR]

    def get_default_screen(self) -> Screen[None]:
        return OverviewScreen(self.desk, self.setting)

    # --- snapshots --------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self._resuming.begin(self, self.setting)
        self.set_interval(KEEP_SECONDS, self._keep_place)
        self.call_after_refresh(self._start)

    @work(thread=True)
    def _start(self) -> None:
        try:
            self.desk.start(lambda snapshot: self._post(SnapshotTaken(snapshot)))
        except ConsoleError as error:
            self._post(StartFailed(error))

    def _post(self, message: SnapshotTaken | StartFailed) -> None:
        if self.is_running:
            self.post_message(message)

    @on(SnapshotTaken)
    def hand_on(self, message: SnapshotTaken) -> None:
        for screen in self.screen_stack:
            if isinstance(screen, ConsoleScreen):
                (screen.keep if screen.is_covered else screen.show)(message.snapshot)
        self._resuming.see(self, Surroundings(self.desk, self.setting, message.snapshot))
        self._tell_company(message.snapshot)
        if self._to_label and message.snapshot.phase is Phase.LIVE:
            keys, self._to_label = self._to_label, ()
            self.open(LabellingQueue(self.desk, self.setting, keys))

    @on(StartFailed)
    def stay_without(self, message: StartFailed) -> None:
        self._failed_code = message.error.exit_code
        for screen in self.screen_stack:
            if isinstance(screen, OverviewScreen):
                screen.show_failure(reason(message.error))

    def _tell_company(self, snapshot: Snapshot) -> None:
        """Who else is here is told what the person looks at, and the person who comes and goes."""
        self.desk.tell_doing(doing_of(self.screen_stack))
        before, self._seats = self._seats, snapshot.seats
        for words in changes(before, snapshot.seats):
            self.notify(words, markup=False, timeout=6)

    # --- leaving ----------------------------------------------------------------------------------

    def _keep_place(self) -> None:
        at = self._resuming.to_keep(self, self.setting)
        if at is not None:
            self.run_worker(partial(self._resuming.keep, at), group="place", thread=True)

    def leave(self, code: int = 0) -> None:
        """The app ends with this exit code, the terminal restored.

        To be called on the app's own thread; from another by `loop.call_soon_threadsafe`.
        """
        at = self._resuming.to_keep(self, self.setting)
        if at is not None:
            self._resuming.keep(at)
        self.exit(return_code=code)

    async def action_quit(self) -> None:
        """Out of the console at once, from wherever one is."""
        self.leave()

    def action_go_back(self) -> None:
        """One screen back; out of the console from the first one."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            self.leave(self._failed_code)

    def action_seats(self) -> None:
        """Who else is here, and what they look at."""
        if not isinstance(self.screen, ModalScreen):
            self.push_screen(SeatsView(self._seats, self.setting.utc().date()))

    def action_switch_theme(self) -> None:
        """A light theme instead of a dark one, or the other way round; then the chosen one again."""
        themes = self.available_themes
        self.theme = other_theme(themes[self._chosen_theme], themes[self.theme])

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every key that is bound here as a command too, then what Textual offers."""
        yield from commands_on(screen, self, self._queries)
        for command in super().get_system_commands(screen):
            if command.title in ("Theme", "Screenshot"):
                yield command

    def action_command_palette(self) -> None:
        """The palette, once the canned queries are known."""
        if self._queries or not isinstance(self.screen, ConsoleScreen) or self.screen.snapshot is None:
            self._show_palette()
        else:
            self._look_up_queries()

    def _show_palette(self) -> None:
        if not isinstance(self.screen, Palette):
            self.push_screen(Palette(id="--command-palette"))

    @work(thread=True, exclusive=True, group="queries")
    def _look_up_queries(self) -> None:
        try:
            queries = tuple(self.desk.queries())
        except ConsoleError:
            queries = ()  # the screen of the queries says why
        if self.is_running:
            self.post_message(QueriesKnown(queries))

    @on(QueriesKnown)
    def open_palette(self, message: QueriesKnown) -> None:
        self._queries = message.queries
        self._show_palette()
