"""Other requests beside one: just before and after it, of the same client, with the same input."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.model import Beside, Listing, RowId, Ticket
from console.tui import say
from console.tui.answers import post_answer
from console.tui.desk import RowsDesk
from console.tui.export.dialog import Export
from console.tui.labels.acts import LabelContext
from console.tui.labels.rows import RowsScreen
from console.tui.messages import WorkFailed
from console.tui.places import Surroundings, key_text, row_id_of
from console.tui.predictions import COLUMNS
from console.tui.safe import cut
from console.tui.screen import Setting, reason
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading

_READING = "Neighbours cannot be read"
_ORDER = tuple(Beside)


class NeighboursScreen(RowsScreen):
    """The neighbours of one request, of one kind at a time."""

    about = "Neighbours"
    kind = "neighbours"

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                str(number),
                f"beside('{beside.name}')",
                beside.value,
                show=False,
                id=f"neighbours.{beside.name.lower()}",
                tooltip=f"requests: {beside.value}",
            )
            for number, beside in enumerate(_ORDER, 1)
        ),
        Binding(
            "tab",
            "next_kind",
            "next kind",
            id="neighbours.next",
            key_display="⇥",
            tooltip="before and after, same client, same input",
        ),
        Binding("r", "load", "refresh", show=False, id="neighbours.refresh", tooltip="read them anew"),
        Binding(
            "escape",
            "leave",
            "back",
            show=False,
            id="neighbours.leave",
            tooltip="stop reading, clear the marks, then go back",
        ),
        Binding("q,b", "app.go_back", "back", id="app.back", key_display="esc", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """The neighbours are here."""

        beside: Beside
        listing: Listing

    def __init__(
        self,
        desk: RowsDesk,
        setting: Setting,
        row_id: RowId,
        key: str,
        beside: Beside = Beside.TIME,
        alert_id: str = "",
    ) -> None:
        """Args: row_id, key: whose neighbours; alert_id: in what alert's context labels are given."""
        super().__init__(desk, setting)
        self._desk = desk
        self._row_id = row_id
        self._key = key
        self._beside = self._listed = beside
        self._alert_id = alert_id
        self._listing: Listing | None = None
        self._ticket: Ticket | None = None
        """Of what is being read, None while nothing is."""

    # --- as a place ---------------------------------------------------------------------------------

    def doing(self) -> str:
        return f"requests beside {cut(self._key, 60)}"

    def opened_with(self) -> Mapping[str, str]:
        return {
            "row": key_text(self._row_id),
            "key": self._key[:200],
            "beside": self._beside.name,
            "alert": self._alert_id,
        }

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> NeighboursScreen | None:
        row_id, beside = row_id_of(opened_with.get("row", "")), opened_with.get("beside", "")
        if row_id is None or beside not in Beside.__members__:
            return None
        key, alert = opened_with.get("key", ""), opened_with.get("alert", "")
        return cls(around.desk, around.setting, row_id, key, Beside[beside], alert)

    def compose_body(self) -> ComposeResult:
        with Vertical(id="neighbours", classes="pane"):
            yield Heading("Neighbours", "reading …")
            yield Static(id="neighbours-kinds")
            yield Static(classes="problem")
            yield Grid(COLUMNS, id="rows", markable=True)

    def on_mount(self) -> None:
        self.grid.focus()
        self.action_load()

    def on_unmount(self) -> None:
        self._stop()

    # --- reading ------------------------------------------------------------------------------------

    def _stop(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    def action_beside(self, name: str) -> None:
        """This kind of neighbours is listed."""
        if Beside[name] is not self._beside or self._listing is None:
            self._beside = Beside[name]
            self.action_load()

    def action_next_kind(self) -> None:
        """The kind after this one is listed, after the last one the first."""
        self.action_beside(_ORDER[(_ORDER.index(self._beside) + 1) % len(_ORDER)].name)

    def action_load(self) -> None:
        """They are read anew."""
        self._stop()
        self._ticket = Ticket()
        self._tell()
        self._ask(self._beside, self._ticket)

    @work(thread=True, exclusive=True, group="neighbours")
    def _ask(self, beside: Beside, ticket: Ticket) -> None:
        post_answer(
            self,
            _READING,
            lambda: self.Loaded(beside, self._desk.neighbours(self._row_id, beside, ticket)),
            ticket,
        )

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        self._ticket = None
        self._listing, self._listed = message.listing, message.beside
        self.tell_problem("")
        self._draw(from_top=True)
        self._tell()
        self.refresh_bindings()
        self.look_up_labels()

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing != _READING:
            super().tell_failure(message)
            return
        self._ticket, self._listing = None, None
        self.grid.show(())
        self.tell_problem(reason(message.error))
        self._heading(("cannot be read · r tries again", "$error"))

    # --- what it shows ------------------------------------------------------------------------------

    def _draw(self, *, from_top: bool = False) -> None:
        if self._listing is not None:
            today = self.setting.utc().date()
            rows = self.predictions.take(self._listing.table, self.labels, today)
            self.grid.show(rows, from_top=from_top)

    def labels_changed(self) -> None:
        self._draw()

    @on(Grid.MarksChanged, "#rows")
    def tell_marks(self) -> None:
        self._tell()

    def _tell(self) -> None:
        """Which kind is listed, and how many they are."""
        pieces: list[str | tuple[str, str]] = []
        for number, beside in enumerate(_ORDER, 1):
            chosen = beside is self._beside
            pieces += [
                (f"{'▸' if chosen else ' '}{number} ", "bold $accent" if chosen else "$dim"),
                (f"{beside.value}   ", "bold $foreground" if chosen else "$dim"),
            ]
        self.query_one("#neighbours-kinds", Static).update(Content.assemble(*pieces))
        said: list[tuple[str, str]] = []
        if self._ticket is not None:
            said = [("reading … ", "bold $accent"), ("esc cancels", "$dim")]
        elif self._listing is not None:
            table = self._listing.table
            found = say.plural(len(table.rows), "request") if table.rows else "no other request"
            said = [(found, "$foreground"), (", nearest first" if table.rows else "", "$dim")]
            if table.truncated:
                said.append((", there are more", "$dim"))
        if self.grid.marked:
            said += [(" · ", "$dim"), (f"{say.count(len(self.grid.marked))} marked", "bold $accent")]
        self._heading(*said)
        self.tick()

    def _heading(self, *said: tuple[str, str]) -> None:
        self.query_one("#neighbours Heading", Heading).show(*said, title=f"Beside {cut(self._key, 60)}")

    # --- what one does here -------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Esc stops what is being read, then clears the marks, then goes back."""
        if self._ticket is not None:
            self._stop()
            if self._listing is None:
                self._heading(("not read · r reads them", "bold $warning"))
            else:
                self._beside = self._listed
                self._tell()
        elif self.grid.marked:
            self.grid.clear_marks()
        else:
            self.dismiss(None)

    def what_to_export(self) -> Export | None:
        listing = self._listing
        if listing is None or not listing.table.rows:
            return None
        name = f"{self._beside.value} {self._key[:40]}"
        return Export(name, lambda: listing.call, len(listing.table.rows), newest=listing.table.truncated)

    def label_context(self) -> LabelContext:
        return LabelContext(self._alert_id, self._listing.call if self._listing is not None else None)
