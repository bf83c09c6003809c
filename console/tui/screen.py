"""What all screens share: the line of truth on top, the keys at the bottom, and good conduct between."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime, tzinfo
from typing import ClassVar

from textual import events, on
from textual.app import ComposeResult
from textual.screen import Screen

from console.errors import ConsoleError
from console.model import Snapshot
from console.tui.messages import WorkFailed
from console.tui.safe import cut
from console.tui.widgets.keybar import KeyBar
from console.tui.widgets.too_small import LEAST_HEIGHT, LEAST_WIDTH, TooSmall
from console.tui.widgets.truthline import TruthLine

_TOLD = 600
"""Characters of a failure or notice that are shown."""


@dataclass(frozen=True, slots=True)
class Setting:
    """What every screen knows of the world around it."""

    title: str
    utc: Callable[[], datetime]
    local: tzinfo | None = None
    """The person's time zone, None for the system's."""


class ConsoleScreen(Screen[None]):
    """A screen with the line of truth, its keys, and a refusal where there is no room for it."""

    AUTO_FOCUS = ""
    # Textual declares these two as instance variables.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-middling"), (38, "-tall")]  # noqa: RUF012

    about: ClassVar[str] = "Console"
    """What the help calls this screen."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting = setting
        self.snapshot: Snapshot | None = None
        self._missed = False
        """Whether the snapshot came while another screen covered this one."""

    def compose(self) -> ComposeResult:
        yield TruthLine(self.setting.title, self.setting.local)
        yield from self.compose_body()
        yield KeyBar()
        yield TooSmall(self.setting.title)

    def compose_body(self) -> ComposeResult:
        """What is between the line of truth and the keys."""
        yield from ()

    def on_mount(self) -> None:
        self.set_interval(1.0, self.tick)

    def show(self, snapshot: Snapshot) -> None:
        """The screen is drawn from this snapshot. Only what differs is painted."""
        self.snapshot = snapshot
        self._missed = False
        if self.is_mounted:
            self.tick()
            self.query_one(TooSmall).show(snapshot)

    def keep(self, snapshot: Snapshot) -> None:
        """The screen is drawn from this snapshot once one comes back to it.

        What is painted on a covered screen, Textual paints again on the one that covers it.
        """
        self.snapshot = snapshot
        self._missed = True

    @property
    def is_covered(self) -> bool:
        """Whether another screen of the console lies over all of this one; a dialog does not."""
        stack = self.app.screen_stack
        above = stack[stack.index(self) + 1 :] if self in stack else stack
        return any(isinstance(screen, ConsoleScreen) for screen in above)

    def tick(self) -> None:
        """A second has passed: what tells the time tells it anew."""
        if not self.is_covered:
            self.query_one(TruthLine).show(self.snapshot, self.setting.utc())

    @on(events.ScreenResume)
    def come_back(self) -> None:
        if self._missed and self.snapshot is not None:
            self.show(self.snapshot)
        self.tick()

    def on_resize(self, event: events.Resize) -> None:
        small = event.size.width < LEAST_WIDTH or event.size.height < LEAST_HEIGHT
        self.set_class(small, "-too-small")
        self.call_after_refresh(self.tick)

    @on(WorkFailed)
    def take_failure(self, message: WorkFailed) -> None:
        # Textual calls a decorated method of this class itself, not what overrides it.
        self.tell_failure(message)

    def tell_failure(self, message: WorkFailed) -> None:
        """The person is told that something did not happen, and why."""
        self.tell(f"{message.doing}: {message.error}", failed=True)

    def tell(self, text: str, *, failed: bool = False) -> None:
        """A short notice over the line of keys; failures stay longer. Never parsed as markup."""
        self.notify(
            cut(text, _TOLD),
            severity="error" if failed else "information",
            timeout=12 if failed else 4,
            markup=False,
        )


def reason(error: ConsoleError) -> str:
    """A failure in words that are safe to show."""
    return cut(str(error), _TOLD) or type(error).__name__
