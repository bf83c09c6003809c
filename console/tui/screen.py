"""What all screens share: the line of truth on top, the keys at the bottom, and good conduct between."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import datetime, tzinfo
from typing import ClassVar, Self

from textual import events, on
from textual.app import ComposeResult
from textual.content import Content
from textual.widgets import Static

from console.errors import ConsoleError
from console.model import Phase, Preferences, Snapshot, View
from console.tui.filter.chips import FilterChips, note_of
from console.tui.linked import LinkedApp
from console.tui.messages import Arrived, WorkFailed
from console.tui.meter import MeterLine
from console.tui.pace import Paced
from console.tui.places import Spot, Surroundings, arrive, focus_again
from console.tui.safe import cut
from console.tui.viewing import Viewing
from console.tui.widgets.crumbs import Crumbs
from console.tui.widgets.grid import Grid
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
    viewing: Viewing = field(default_factory=Viewing, compare=False)
    """The view that the screens share."""
    preferences: Preferences = field(default_factory=Preferences)
    """What the person chose in the configuration."""


class ConsoleScreen(Paced[None]):
    """A screen with the line of truth, its keys, and a refusal where there is no room for it."""

    AUTO_FOCUS = ""
    # Textual declares these two as instance variables.
    HORIZONTAL_BREAKPOINTS = [(0, "-narrow"), (120, "-wide")]  # noqa: RUF012
    VERTICAL_BREAKPOINTS = [(0, "-short"), (32, "-middling"), (38, "-tall")]  # noqa: RUF012

    about: ClassVar[str] = "Console"
    """What the help calls this screen."""
    obeys_filter: ClassVar[bool] = False
    """Whether what it shows is narrowed by the filter of its view."""
    refuses: ClassVar[frozenset[str]] = frozenset()
    """Actions of the app whose keys do nothing here, where one would press them by mistake."""
    kind: ClassVar[str] = ""
    """Its name among the places that one comes back to; empty if it is none of them."""

    def __init__(self, setting: Setting) -> None:
        super().__init__()
        self.setting = setting
        self.snapshot: Snapshot | None = None
        self._missed = False
        """Whether the snapshot came while another screen covered this one."""
        # These two are seldom wanted, and each widget adds to what opening a screen takes.
        self._meter: MeterLine | None = None
        self._too_small: TooSmall | None = None
        self.come_to: Spot | None = None
        """Where the person was here, as far as they are not there again yet."""

    # --- as a place that one comes back to ----------------------------------------------------------

    def doing(self) -> str:
        """What the person looks at, in few words, for those who share the casebook."""
        return self.about.lower()

    def opened_with(self) -> Mapping[str, str]:
        """What this screen was made from, as texts that `again` understands."""
        return {}

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> ConsoleScreen | None:
        """A screen like the one that told `opened_with`; None if it cannot be had now, or these are bad."""
        return None

    @on(Grid.Moved)
    def come_to_row(self, event: Grid.Moved) -> None:
        if self.come_to is not None:
            self.come_to = arrive(event.grid, self.come_to)

    # --- what it is made of ---------------------------------------------------------------------------

    def compose(self) -> ComposeResult:
        yield TruthLine(self.setting.title, self.setting.local)
        yield Crumbs()
        yield FilterChips()
        yield from self.compose_body()
        yield KeyBar()

    def compose_body(self) -> ComposeResult:
        """What is between the line of truth and the keys."""
        yield from ()

    def begin(self) -> None:
        self.set_interval(1.0, self.tick)
        if self.come_to is not None:
            self.call_after_refresh(focus_again, self, self.come_to)

    def stand_in_for(self, other: Self) -> bool:
        if other.setting is not self.setting:
            return False
        self.snapshot, self.come_to = other.snapshot, other.come_to
        if self._too_small is not None:
            self._too_small.show(self.snapshot)
        self.refresh_bindings()
        return True

    def show(self, snapshot: Snapshot) -> None:
        """The screen is drawn from this snapshot. Only what differs is painted."""
        self.snapshot = snapshot
        self._missed = False
        if self.is_mounted:
            self.tick()
            if self._too_small is not None:
                self._too_small.show(snapshot)

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
            self.query_one(FilterChips).show(self.view.filter, self.filter_note())
            self.query_one(Crumbs).show(self.way_here())
            self.show_meter()

    def show_meter(self) -> None:
        """The meter's line says what the meter says; it is gone while nobody wants it."""
        reading = self.app.metered_reading() if isinstance(self.app, LinkedApp) else None
        if reading is not None and self._meter is None:
            self._meter = MeterLine()
            self.mount(self._meter)
        if self._meter is not None:
            self._meter.show(reading)

    # --- what the person looks at -------------------------------------------------------------------

    @property
    def view(self) -> View:
        """The view in force here: the one that the screens share, unless this one has its own."""
        return self.setting.viewing.view

    def look(self, view: View) -> None:
        """This view is in force here, and on all screens that share it."""
        self.setting.viewing.look(view)
        self.tick()

    def filter_note(self) -> tuple[tuple[str, str], ...]:
        """What stands behind the filter's conditions, in pieces of text with their styles."""
        return note_of(self.view, self.snapshot, obeyed=self.obeys_filter)

    @on(events.ScreenResume)
    def come_back(self) -> None:
        self.begin_once()
        if self._missed and self.snapshot is not None:
            self.show(self.snapshot)
        self.tick()
        self.post_message(Arrived())

    def way_here(self) -> tuple[str, ...]:
        """What the person looks at here, and on the screens below this one, the first one first."""
        stack = self.app.screen_stack
        below = stack[: stack.index(self) + 1] if self in stack else stack
        return tuple(screen.doing() for screen in below if isinstance(screen, ConsoleScreen))

    def on_resize(self, event: events.Resize) -> None:
        small = event.size.width < LEAST_WIDTH or event.size.height < LEAST_HEIGHT
        if small and self._too_small is None:
            self._too_small = TooSmall(self.setting.title)
            self._too_small.show(self.snapshot)
            self.mount(self._too_small)
        self.set_class(small, "-too-small")
        self.call_after_refresh(self.tick)

    @on(WorkFailed)
    def take_failure(self, message: WorkFailed) -> None:
        # Textual calls a decorated method of this class itself, not what overrides it.
        self.tell_failure(message)

    def tell_failure(self, message: WorkFailed) -> None:
        """The person is told that something did not happen, and why."""
        self.tell(f"{message.doing}: {message.error}", failed=True)

    def tell_problem(self, words: str) -> None:
        """Why there is nothing to see here, where the screen has room for that; empty if there is."""
        problem = self.query_one(".problem", Static)
        problem.update(Content(words))
        problem.display = bool(words)

    def is_read_only(self) -> bool:
        """Whether this is a bundle. Who was about to change something in it was told so."""
        kept = self.snapshot is not None and self.snapshot.phase is Phase.KEPT
        if kept:
            self.tell("Read-only: this is a bundle, and stays as it was handed over")
        return kept

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
