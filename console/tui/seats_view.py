"""Who has a console open on the same casebook, as a list."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import date
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from console.model import Seat
from console.tui import say
from console.tui.pace import PacedDialog
from console.tui.safe import cell
from console.tui.seats import in_order, name_of
from console.tui.widgets.columns import Column
from console.tui.widgets.grid import Grid
from console.tui.widgets.gridlines import GridRow

_COLUMNS = (
    Column("name", "who", most=48, least=12, flex=True),
    Column("doing", "looks at", most=60, least=12, rank=1),
    Column("since", "since", "UTC", most=19, rank=2),
    Column("pid", "process", right=True, most=10, rank=3),
)


class SeatsView(PacedDialog[None]):
    """The seats at the casebook; Esc closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,W,enter", "dismiss", "close", id="dialog.back", key_display="esc", tooltip="close")
    ]

    def __init__(self, seats: Sequence[Seat], today: date) -> None:
        super().__init__()
        self._seats = in_order(seats)
        self._today = today

    def compose(self) -> ComposeResult:
        with Vertical(id="seats"):
            yield Static(
                Content.assemble(("Who is here", "bold $accent"), ("   esc closes", "$dim")), id="seats-title"
            )
            yield Grid(_COLUMNS, id="seats-grid", opens=False)
            yield Static(
                Content.styled("All share labels, notes, and what is said of alerts.", "$dim"),
                id="seats-note",
            )

    def on_mount(self) -> None:
        grid = self.query_one(Grid)
        grid.show([_row(place, seat, self._today) for place, seat in enumerate(self._seats)])
        grid.focus()


def _row(place: int, seat: Seat, today: date) -> GridRow:
    name = f"{name_of(seat)}{' (you)' if seat.is_own else ''}"
    said = (cell(name, "bold $foreground" if seat.is_own else ""), cell(seat.doing or None))
    return GridRow(place, (*said, cell(say.at(seat.since, today), "$dim"), cell(seat.pid, "$dim")))
