"""The app: it takes snapshots from the desk, hands them to the screens, and holds the stack of these."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from datetime import datetime, tzinfo
from functools import partial
from pathlib import PurePath
from typing import ClassVar

from textual import on, work
from textual.app import App, SystemCommand
from textual.binding import Binding, BindingType
from textual.screen import Screen

from console.errors import ConsoleError
from console.tui.desk import Desk
from console.tui.help.screen import HelpScreen, groups_of
from console.tui.messages import SnapshotTaken, StartFailed
from console.tui.overview.screen import OverviewScreen
from console.tui.safe import visible
from console.tui.screen import ConsoleScreen, Setting, reason
from console.tui.theme import DAY, NIGHT, role_defaults
from console.tui.widgets.grid import Grid
from console.tui.widgets.reader import Reader


class IncidentConsole(App[None]):
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
        "export/export.tcss",
        "handling/handling.tcss",
        "help/help.tcss",
    ]
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("question_mark,f1", "help", "help", id="help", key_display="?", tooltip="these keys"),
        Binding("t", "switch_theme", "light or dark", show=False, tooltip="light or dark colours"),
        Binding("ctrl+p", "command_palette", "commands", show=False, tooltip="find a command by its name"),
        Binding("ctrl+q", "quit", "quit", show=False, priority=True, tooltip="leave the console at once"),
    ]

    def __init__(
        self,
        desk: Desk,
        *,
        title: str,
        mouse: bool = True,
        utc: Callable[[], datetime],
        local: tzinfo | None = None,
    ) -> None:
        super().__init__()
        self.register_theme(NIGHT)
        self.register_theme(DAY)
        self.theme = NIGHT.name
        self.title = visible(title)
        self.mouse = mouse
        """Whether the terminal is to report the mouse; whoever runs the app hands it on."""
        self._desk = desk
        self._setting = Setting(title, utc, local)
        self._failed_code = 0

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return role_defaults(self.current_theme)

    def get_default_screen(self) -> Screen[None]:
        return OverviewScreen(self._desk, self._setting)

    # --- snapshots --------------------------------------------------------------------------------

    def on_mount(self) -> None:
        self.call_after_refresh(self._start)

    @work(thread=True)
    def _start(self) -> None:
        try:
            self._desk.start(lambda snapshot: self._post(SnapshotTaken(snapshot)))
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

    @on(StartFailed)
    def stay_without(self, message: StartFailed) -> None:
        self._failed_code = message.error.exit_code
        for screen in self.screen_stack:
            if isinstance(screen, OverviewScreen):
                screen.show_failure(reason(message.error))

    # --- leaving and finding one's way --------------------------------------------------------------

    def leave(self, code: int = 0) -> None:
        """The app ends with this exit code, the terminal restored.

        To be called on the app's own thread; from another by `loop.call_soon_threadsafe`.
        """
        self.exit(return_code=code)

    def action_go_back(self) -> None:
        """One screen back; out of the console from the first one."""
        if len(self.screen_stack) > 1:
            self.pop_screen()
        else:
            self.exit(return_code=self._failed_code)

    def action_help(self) -> None:
        """The keys that do something here."""
        screen = self.screen
        if not isinstance(screen, HelpScreen):
            about = screen.about if isinstance(screen, ConsoleScreen) else "Dialog"
            self.push_screen(HelpScreen(about, groups_of(screen)))

    def action_switch_theme(self) -> None:
        """The other of the two themes."""
        self.theme = DAY.name if self.theme == NIGHT.name else NIGHT.name

    def get_system_commands(self, screen: Screen[object]) -> Iterable[SystemCommand]:
        """Every key that is bound here as a command too, then what Textual offers."""
        seen: set[str] = set()
        for active in screen.active_bindings.values():
            binding = active.binding
            moves = isinstance(active.node, Grid | Reader) and not binding.show
            if (
                binding.tooltip
                and active.enabled
                and not moves
                and binding.action not in seen | {"command_palette"}
            ):
                seen.add(binding.action)
                run = partial(self.run_action, binding.action, active.node)
                name = binding.description[:1].upper() + binding.description[1:]
                yield SystemCommand(f"{name}  ({self.get_key_display(binding)})", binding.tooltip, run)
        for command in super().get_system_commands(screen):
            if command.title in ("Theme", "Screenshot"):
                yield command
