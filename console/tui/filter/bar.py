"""The bar at the bottom in which a filter is written."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta
from typing import ClassVar, Self

from rich.highlighter import Highlighter
from rich.text import Text
from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from console.errors import ConsoleError, FilterError, Interrupted, UsageError
from console.model import FieldInfo, Filter, Ticket, View
from console.model.filter_text import Typed, filter_text, parse_filter, span_text, spot_in
from console.tui import say
from console.tui.desk import FilterDesk
from console.tui.filter.completing import Known, Offer, field_offers, known_fields, taken, value_offers
from console.tui.pace import PacedDialog
from console.tui.safe import cut, visible

PAUSE_SECONDS = 0.15
"""How long the desk is not asked after a key, since the next one may follow."""
_AN_INSTANT = timedelta(microseconds=1)
_LISTED = 6
"""Offers that are shown at once."""
_EXAMPLE = 'model=fraud version=v3 status>=500 latency>200 country!=DE error~time "timed out" -30m'


class Wrong(Highlighter):
    """Underlines what cannot be read, from its place on."""

    place: int | None = None

    def highlight(self, text: Text) -> None:
        if self.place is not None:
            text.stylize("underline", self.place)


class FilterInput(Input):
    """The line itself. Its keys for offers and earlier filters are told to the bar."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("tab", "take", "take", id="filter.take", tooltip="take what is offered"),
        Binding("up", "choose(-1)", "choose", id="filter.up", tooltip="the offer above; an earlier filter"),
        Binding("down", "choose(1)", "choose", id="filter.down", tooltip="the offer below"),
        Binding("right", "right", "", show=False, id="filter.right", tooltip="take what is offered"),
    ]

    @dataclass
    class Taken(Message):
        """The person takes what is offered."""

    @dataclass
    class Chosen(Message):
        """The person wants another offer, or an earlier filter."""

        direction: int

    def validate_value(self, value: str) -> str:
        """What was pasted may have in it what the terminal would obey."""
        return visible(value)

    def action_take(self) -> None:
        self.post_message(self.Taken())

    def action_choose(self, direction: int) -> None:
        self.post_message(self.Chosen(direction))

    def action_right(self) -> None:
        if self.cursor_position == len(self.value):
            self.post_message(self.Taken())
        else:
            self.action_cursor_right()


class FilterBar(PacedDialog[View | None]):
    """Asks for a filter, offers fields and values, and counts while it is written what meets it."""

    AUTO_FOCUS = "#filter-input"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", id="app.back", tooltip="close, the filter as it was"),
    ]

    @dataclass
    class FieldsFound(Message):
        """What one may filter by is known."""

        fields: tuple[FieldInfo, ...]

    @dataclass
    class ValuesFound(Message):
        """Values for what is being written are known."""

        text: str
        values: tuple[str, ...]

    @dataclass
    class Counted(Message):
        """How many requests meet what was written; or why that cannot be said."""

        text: str
        rows: int
        problem: str = ""

    @dataclass
    class Checked(Message):
        """What was written is right, or `problem` says why it is not."""

        view: View
        problem: str = ""

    def __init__(self, desk: FilterDesk, view: View, earlier: Sequence[Filter] = ()) -> None:
        super().__init__()
        self._desk = desk
        self._view = view
        self._earlier = [filter_text(one) for one in earlier]
        self._back = 0
        """Which of the earlier filters is in the line, counted from 1; 0 for none."""
        self._fields: tuple[Known, ...] = ()
        self._values: tuple[str, ...] = ()
        self._offers: tuple[Offer, ...] = ()
        self._at = 0
        """Place of the chosen offer."""
        self._ticket = Ticket()
        self._typed_on = threading.Event()
        self._wrong = Wrong()

    def compose(self) -> ComposeResult:
        with Vertical(id="filter-bar"):
            yield Static(id="filter-offers")
            with Horizontal(id="filter-line"):
                yield Static("/", id="filter-sign")
                yield FilterInput(
                    filter_text(self._view.filter),
                    id="filter-input",
                    placeholder=_EXAMPLE,
                    highlighter=self._wrong,
                    select_on_focus=False,
                )
            yield Static(id="filter-said")

    def stand_in_for(self, other: Self) -> bool:
        self._view, self._earlier = other._view, other._earlier
        with self._line.prevent(Input.Changed):
            self._write(filter_text(self._view.filter))
        return True

    def begin(self) -> None:
        self._find_fields()
        self._look_at(self._text)

    def on_unmount(self) -> None:
        self._stop_asking()

    # --- what is written --------------------------------------------------------------------------

    @property
    def _line(self) -> FilterInput:
        return self.query_one(FilterInput)

    @property
    def _text(self) -> str:
        return self._line.value

    @on(Input.Changed)
    def take_text(self, event: Input.Changed) -> None:
        if self._back and event.value != self._earlier[self._back - 1]:
            self._back = 0
        self._look_at(event.value)

    def _look_at(self, text: str) -> None:
        """What may be meant is offered, and the desk is asked as soon as nothing more is typed."""
        self._stop_asking()
        self._values, self._at = (), 0
        self._offer()
        typed = self._typed(text)
        if typed is not None:
            self._say("counting …", "$dim")
        self._ticket, self._typed_on = Ticket(), threading.Event()
        self._ask(text, typed and self._view_of(typed), self._ticket, self._typed_on)

    def _stop_asking(self) -> None:
        self._typed_on.set()
        self._ticket.cancel()

    def _typed(self, text: str) -> Typed | None:
        """What the text asks for; None, and the reason on screen, if it cannot be read."""
        self._mark(None)
        try:
            return parse_filter(text)
        except FilterError as error:
            self._mark(error.place)
            # At the end it is not wrong yet, only not finished.
            if error.place >= len(text.rstrip()):
                self._say(error.reason.partition(":")[0], "$dim")
            else:
                self._say(cut(str(error), 300), "$error")
            return None

    def _mark(self, place: int | None) -> None:
        if place != self._wrong.place:
            self._wrong.place = place
            self._line.refresh()

    def _view_of(self, typed: Typed) -> View:
        if typed.span is None:
            return replace(self._view, filter=typed.filter)
        return View(typed.filter, typed.span)

    # --- what the desk says -----------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="fields")
    def _find_fields(self) -> None:
        try:
            self.post_message(self.FieldsFound(tuple(self._desk.fields())))
        except ConsoleError:
            return  # One can write without offers, and counting tells what is wrong.

    @on(FieldsFound)
    def take_fields(self, message: FieldsFound) -> None:
        self._fields = known_fields(message.fields)
        self._offer()

    @work(thread=True, exclusive=True, group="asking")
    def _ask(self, text: str, view: View | None, ticket: Ticket, typed_on: threading.Event) -> None:
        if typed_on.wait(PAUSE_SECONDS):
            return
        spot = spot_in(text)
        try:
            if spot.field:
                values = tuple(self._desk.values(spot.field, spot.beginning, ticket))
                self.post_message(self.ValuesFound(text, values))
        except ConsoleError:
            pass  # Counting tells it.
        if view is None or ticket.cancelled:
            return
        try:
            reply = self.Counted(text, self._desk.matching(view, ticket))
        except Interrupted:
            return
        except ConsoleError as error:
            reply = self.Counted(text, 0, str(error))
        self.post_message(reply)

    @on(ValuesFound)
    def take_values(self, message: ValuesFound) -> None:
        if message.text == self._text:
            self._values = message.values
            self._offer()

    @on(Counted)
    def take_count(self, message: Counted) -> None:
        if message.text != self._text:
            return
        if message.problem:
            self._say(cut(message.problem, 300), "$error")
        else:
            self._say(f"{say.plural(message.rows, 'row')}{self._over()}", "bold $foreground")

    def _over(self) -> str:
        typed = parse_filter(self._text)
        span = typed.span or self._view.span
        return f" in {span_text(span)[1:-1]} {span_text(span)[-1]}" if span else " in all that is stored"

    # --- what it shows ----------------------------------------------------------------------------

    def _say(self, words: str, style: str) -> None:
        """The last line tells this, and the keys."""
        line = self.query_one("#filter-said", Static)
        if style == "$error":
            line.update(Content.styled(f"✗ {words}", style))
            return
        pieces = [(words, style), ("   ", "")]
        for key, does in (("⏎", "apply"), ("⇥", "take"), ("↑↓", "choose"), ("esc", "close")):
            pieces += [(key, "bold $accent"), (f" {does}  ", "$dim")]
        line.update(Content.assemble(*pieces))

    def _offer(self) -> None:
        """What may be meant stands above the line, the chosen one marked by a sign."""
        spot = spot_in(self._text)
        if spot.field:
            self._offers = value_offers(spot, self._values)
        else:
            self._offers = field_offers(spot, self._fields)
        self._at = min(self._at, max(0, len(self._offers) - 1))
        first = max(0, min(self._at - _LISTED // 2, len(self._offers) - _LISTED))
        lines = []
        for place, offer in enumerate(self._offers[first : first + _LISTED], start=first):
            chosen = place == self._at
            lines.append(
                Content.assemble(
                    ("› " if chosen else "  ", "bold $accent"),
                    (cut(offer.text, 60), "bold $foreground" if chosen else "$foreground"),
                    (f"  {offer.about}", "$dim"),
                )
            )
        more = len(self._offers) - first - _LISTED
        if more > 0:
            lines.append(Content.styled(f"  {more:,} more", "$dim"))
        box = self.query_one("#filter-offers", Static)
        box.display = bool(lines)
        box.update(Content("\n").join(lines))

    # --- what one does in it ----------------------------------------------------------------------

    @on(FilterInput.Taken)
    def take_offer(self) -> None:
        if self._offers:
            self._write(taken(self._text, spot_in(self._text), self._offers[self._at]))

    @on(FilterInput.Chosen)
    def choose(self, message: FilterInput.Chosen) -> None:
        if self._back or (message.direction < 0 and not self._text):
            self._go_back(-message.direction)
        elif self._offers:
            self._at = (self._at + message.direction) % len(self._offers)
            self._offer()

    def _go_back(self, steps: int) -> None:
        """Another of the earlier filters is in the line; after the latest one, nothing is."""
        self._back = max(0, min(self._back + steps, len(self._earlier)))
        self._write(self._earlier[self._back - 1] if self._back else "")

    def _write(self, text: str) -> None:
        self._line.value = text
        self._line.cursor_position = len(text)

    @on(Input.Submitted)
    def apply(self, event: Input.Submitted) -> None:
        try:
            view = self._view_of(parse_filter(event.value))
        except FilterError as error:
            self._say(cut(str(error), 300), "$error")
            self.app.bell()
            return
        self._check(view)

    @work(thread=True, exclusive=True, group="checking")
    def _check(self, view: View) -> None:
        """Over no time at all it costs nothing to have the desk say whether it understands the filter."""
        try:
            self._desk.matching(replace(view, span=_AN_INSTANT), Ticket())
            reply = self.Checked(view)
        except UsageError as error:
            reply = self.Checked(view, str(error))
        except ConsoleError:
            reply = self.Checked(view)  # That the desk cannot say is no fault of the filter's.
        self.post_message(reply)

    @on(Checked)
    def be_done(self, message: Checked) -> None:
        if message.problem:
            self._say(cut(message.problem, 300), "$error")
            self.app.bell()
        else:
            self.dismiss(message.view)

    def action_leave(self) -> None:
        self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)
