"""The requests that meet a view: all of them, page by page, holding still."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import ClassVar, Self

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.message import Message
from textual.widgets import Static

from console.model import QueryCall, Table, Ticket, View
from console.model.filter_text import filter_text
from console.tui import say
from console.tui.answers import post_answer
from console.tui.desk import ListDesk
from console.tui.export.dialog import Export
from console.tui.filter.chips import CLEARS
from console.tui.labels.acts import LabelContext
from console.tui.labels.rows import RowsScreen
from console.tui.messages import WorkFailed
from console.tui.places import Surroundings, view_of, view_text
from console.tui.predictions import COLUMNS
from console.tui.safe import cut
from console.tui.screen import Setting, reason
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading

PAGE_ROWS = 500
"""Requests that are read at once."""
MOST_ROWS = 10_000
"""Requests that are listed at most; an export has them all."""
_AHEAD = 60
"""Rows before the last one from which on the next page is read."""
_TOLD = 80
"""Characters of the filter that others are told."""
_READING = "Requests cannot be read"
_COUNTING = "Requests cannot be counted"


class RequestsScreen(RowsScreen):
    """The requests of a view, newest first. They are those of the moment at which they were read."""

    about = "Requests"
    kind = "requests"
    obeys_filter = True

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "r", "load", "refresh", show=False, id="requests.refresh", tooltip="read them anew, up to now"
        ),
        Binding(
            "escape",
            "leave",
            "back",
            show=False,
            id="requests.leave",
            tooltip="stop reading, clear the marks, then go back",
        ),
        Binding("q", "app.go_back", "back", id="app.back", key_display="esc", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """A page of requests is here."""

        call: QueryCall
        start: int
        table: Table

    @dataclass
    class Counted(Message):
        """How many there are is known."""

        call: QueryCall
        rows: int

    def __init__(
        self,
        desk: ListDesk,
        setting: Setting,
        view: View | None = None,
        context: LabelContext | None = None,
    ) -> None:
        """List them once this is on screen.

        Args:
            desk: answers.
            setting: as for every screen.
            view: which requests; None for the view that the screens share.
            context: in what slice a label is given here; None for the list's own query.
        """
        super().__init__(desk, setting)
        self._desk = desk
        self._own_view = view
        self._labelled_in = context
        self._call: QueryCall | None = None
        self._table = Table((), ())
        self._total: int | None = None
        self._next = 0
        """Requests before the next page."""
        self._whole = False
        """Whether there are no more than are listed."""
        self._ticket: Ticket | None = None
        """Of the page that is being read, None while none is."""
        self._count_ticket = Ticket()
        self._read_at = ""

    # --- as a place that one comes back to ----------------------------------------------------------

    def doing(self) -> str:
        return cut(f"requests {filter_text(self.view.filter)}".rstrip(), _TOLD)

    def opened_with(self) -> Mapping[str, str]:
        context = self._labelled_in or LabelContext()
        view = {} if self._own_view is None else {"view": view_text(self._own_view)}
        return {**view, "alert": context.alert_id}

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> RequestsScreen | None:
        view = view_of(opened_with["view"]) if "view" in opened_with else None
        alert = opened_with.get("alert", "")
        return cls(around.desk, around.setting, view, LabelContext(alert) if alert else None)

    # --- which requests -----------------------------------------------------------------------------

    @property
    def view(self) -> View:
        return super().view if self._own_view is None else self._own_view

    def look(self, view: View) -> None:
        """This view is listed from now on; the other screens are told only if they share it."""
        if self._own_view is None:
            super().look(view)
        else:
            self.setting.viewing.remember(view.filter)
            self._own_view = view
        self.action_load()

    def filter_note(self) -> tuple[tuple[str, str], ...]:
        said = "reading …" if self._total is None else say.plural(self._total, "row")
        return ((said, "$dim" if self._total is None else "$foreground"), *CLEARS)

    # --- reading them -------------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        with Vertical(id="requests", classes="pane"):
            yield Heading("Requests", "reading …")
            yield Static(classes="problem")
            yield Grid(COLUMNS, id="rows", markable=True)

    def on_mount(self) -> None:
        self.grid.focus()

    def stand_in_for(self, other: Self) -> bool:
        self._own_view, self._labelled_in = other._own_view, other._labelled_in
        return super().stand_in_for(other)

    def begin(self) -> None:
        super().begin()
        self.action_load()

    def on_unmount(self) -> None:
        self._stop()

    def _stop(self) -> None:
        """What is being asked is wanted no more."""
        self._count_ticket.cancel()
        if self._ticket is not None:
            self._ticket.cancel()
            self._ticket = None

    def action_load(self) -> None:
        """They are read anew, the newest first."""
        self._stop()
        self._call, self._total, self._whole = None, None, False
        self._read(0)

    def _read(self, start: int) -> None:
        self._ticket = Ticket()
        self._tell()
        self._ask(self.view, self._call, start, self._ticket)

    @work(thread=True, exclusive=True, group="requests")
    def _ask(self, view: View, call: QueryCall | None, start: int, ticket: Ticket) -> None:
        def ask() -> Message:
            listed = call or self._desk.requests_call(view)
            return self.Loaded(listed, start, self._desk.requests(listed, start, PAGE_ROWS, ticket))

        post_answer(self, _READING, ask, ticket)

    @work(thread=True, exclusive=True, group="count")
    def _count(self, call: QueryCall, ticket: Ticket) -> None:
        start, until = call.params.get("start"), call.params.get("until")
        span = until - start if isinstance(start, datetime) and isinstance(until, datetime) else None

        def ask() -> Message:
            view = View(call.filter, span, until if isinstance(until, datetime) else None)
            return self.Counted(call, self._desk.matching(view, ticket))

        post_answer(self, _COUNTING, ask, ticket)

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        self._ticket = None
        table = message.table
        rows = table.rows if message.start == 0 else (*self._table.rows, *table.rows)
        self._table = Table(table.columns, rows, table.units)
        self._next = message.start + len(table.rows)
        self._whole = not table.truncated
        if message.start == 0:
            self._call = message.call
            self._read_at = say.at(self.setting.utc(), self.setting.utc().date())
            if self._whole:
                self._total = len(rows)
            else:
                self._count_ticket = Ticket()
                self._count(message.call, self._count_ticket)
        self.tell_problem("")
        self._draw(from_top=message.start == 0)
        self._tell()
        self.refresh_bindings()
        self.look_up_labels()

    @on(Counted)
    def take_count(self, message: Counted) -> None:
        if message.call == self._call:
            self._total = message.rows
            self._tell()

    @on(Grid.Moved, "#rows")
    def read_on(self) -> None:
        """Who comes near the last one that is listed gets more of them."""
        near = self.grid.cursor_place >= len(self.grid.rows) - _AHEAD
        if near and self._table.rows and not self._whole and self._ticket is None and self._next < MOST_ROWS:
            self._read(self._next)

    # --- what it shows ------------------------------------------------------------------------------

    def _draw(self, *, from_top: bool = False) -> None:
        today = self.setting.utc().date()
        self.grid.show(self.predictions.take(self._table, self.labels, today), from_top=from_top)

    def labels_changed(self) -> None:
        self._draw()

    @on(Grid.MarksChanged, "#rows")
    def tell_marks(self) -> None:
        self._tell()

    def _tell(self) -> None:
        """Which of them are listed, of what time, and whether more are being read."""
        listed = len(self.grid.rows) if self._call is not None else 0
        said: list[tuple[str, str]] = []
        if listed:
            of = "…" if self._total is None else say.count(max(self._total, listed))
            said.append((f"1–{say.count(listed)} of {of}", "$foreground"))
            if listed >= MOST_ROWS and not self._whole:
                said.append((", x exports all", "$dim"))
        elif self._call is not None:
            said.append(("none", "$foreground"))
        if self._call is not None:
            said.append((f" · {self._times(self._call)} · read {self._read_at}", "$dim"))
        if self._ticket is not None:
            said += [(" · " if said else "", "$dim"), ("reading … ", "bold $accent"), ("esc cancels", "$dim")]
        if self.grid.marked:
            said += [(" · ", "$dim"), (f"{say.count(len(self.grid.marked))} marked", "bold $accent")]
        self.query_one("#requests Heading", Heading).show(*said)
        self.tick()

    def _times(self, call: QueryCall) -> str:
        start, until = call.params.get("start"), call.params.get("until")
        if not isinstance(start, datetime) or not isinstance(until, datetime):
            return "all"
        whole = (start.replace(microsecond=0), until.replace(microsecond=0))
        return f"{say.between(*whole, self.setting.utc().date())} UTC"

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing == _READING:
            self._ticket = None
            self.tell_problem(reason(message.error))
            heading = self.query_one("#requests Heading", Heading)
            heading.show(("cannot be read · r tries again", "$error"))
        else:
            super().tell_failure(message)

    # --- what one does here -------------------------------------------------------------------------

    def action_leave(self) -> None:
        """Esc stops what is being read, then clears the marks, then goes back."""
        if self._ticket is not None:
            self._stop()
            self._tell()
            if self._call is None:
                heading = self.query_one("#requests Heading", Heading)
                heading.show(("not read · r reads them", "bold $warning"))
        elif self.grid.marked:
            self.grid.clear_marks()
        else:
            self.dismiss(None)

    def what_to_export(self) -> Export | None:
        call, rows = self._call, len(self.grid.rows)
        if call is None or not rows:
            return None
        name = " ".join(("requests", *(term.value[:20] for term in call.filter.terms[:3]))).strip()
        return Export(name, lambda: call, self._total or rows, newest=False)

    def label_context(self) -> LabelContext:
        return replace(self._labelled_in or LabelContext(), call=self._call)
