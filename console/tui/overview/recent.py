"""The newest requests: they flow by until one reads them, and then hold still."""

from __future__ import annotations

from collections.abc import Hashable
from dataclasses import dataclass
from datetime import date
from typing import ClassVar

from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message

from console.model import Snapshot
from console.tui import say
from console.tui.predictions import COLUMNS
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading


class LiveGrid(Grid):
    """A grid that tells when a person moves in it, and when they want the newest again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "end,f",
            "follow",
            "follow",
            id="overview.follow",
            key_display="End",
            tooltip="show the newest again, as they come",
        ),
    ]

    @dataclass
    class Held(Message):
        """A person moves in the grid: its rows must hold still."""

    @dataclass
    class Following(Message):
        """A person wants the newest rows again."""

    def on_focus(self) -> None:
        self.post_message(self.Held())

    def move(self, place: int) -> None:
        self.post_message(self.Held())
        super().move(place)

    def on_click(self, event: events.Click) -> None:
        self.post_message(self.Held())

    def action_follow(self) -> None:
        """The newest rows are shown again, and those after them as they come."""
        self.clear_marks()
        self.post_message(self.Following())


class RecentPane(Vertical):
    """The newest requests under a heading that tells whether they flow."""

    def __init__(self) -> None:
        super().__init__(id="recent", classes="pane")
        self.held_at: int | None = None
        """Rows that were stored when the table was held, None while it follows."""

    def compose(self) -> ComposeResult:
        yield Heading("Latest requests")
        yield LiveGrid(COLUMNS, id="rows", markable=True)

    @property
    def grid(self) -> LiveGrid:
        """The grid of requests."""
        return self.query_one(LiveGrid)

    @property
    def follows(self) -> bool:
        """Whether new rows are shown as they come."""
        return self.held_at is None

    def hold(self, snapshot: Snapshot | None) -> bool:
        """The rows stay as they are from now on; False if they already did."""
        if self.held_at is not None or snapshot is None:
            return False
        self.held_at = snapshot.rows
        return True

    def follow(self) -> None:
        """New rows are shown again."""
        self.held_at = None

    def tell(self, snapshot: Snapshot, marked: frozenset[Hashable], today: date) -> None:
        """The heading says what the table does."""
        said: list[tuple[str, str]] = []
        if self.held_at is None:
            until = snapshot.view.until
            said.append((f"up to {say.at(until, today)}" if until else "following", "$dim"))
        else:
            new = max(0, snapshot.rows - self.held_at)
            said += [("paused", "bold $warning"), (f", {say.count(new)} new: ", "$dim")]
            said += [("End", "bold $accent"), (" follows", "$dim")]
        if marked:
            said += [(" · ", "$dim"), (f"{say.count(len(marked))} marked", "bold $accent")]
        self.query_one(Heading).show(*said)
