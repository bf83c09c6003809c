"""The request screen: one prediction, whole."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar, Self

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Horizontal
from textual.message import Message
from textual.widgets import Static

from console.errors import UsageError
from console.model import RawLine, Request, RequestContext, RowId, Ticket
from console.tui.answers import post_answer
from console.tui.copying import copy
from console.tui.desk import RowsDesk
from console.tui.labels.acts import LabelContext, LabellingScreen
from console.tui.messages import ViewChosen, WorkFailed
from console.tui.places import Surroundings, key_text, row_id_of
from console.tui.predictions import PredictionRow
from console.tui.request.filter_by import filter_with
from console.tui.request.page import page_of
from console.tui.request.payload import as_curl, as_json, value_text
from console.tui.request.raw import RawView
from console.tui.request.tree import Tree
from console.tui.safe import cut
from console.tui.screen import Setting, reason
from console.tui.widgets.heading import Heading

_READING = "Request cannot be read"
_COMPARING = "Request cannot be compared"
_KEPT_NEAR = 200
"""Rows before and after this one that are kept with it as a place."""


class RequestScreen(LabellingScreen):
    """Everything that is known of one request, beside what is usual, and its neighbours one key away."""

    about = "Request"
    kind = "request"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "n",
            "step(1)",
            "next",
            id="request.next",
            key_display="n",
            tooltip="next of the rows",
        ),
        Binding(
            "p",
            "step(-1)",
            "previous",
            id="request.previous",
            key_display="p",
            tooltip="previous of the rows",
        ),
        Binding(
            "b", "neighbours", "beside", id="request.neighbours", tooltip="requests before, after and like it"
        ),
        Binding("w", "raw", "raw line", id="request.raw", tooltip="its line as it was logged"),
        Binding("o", "odd_first", "odd first", id="request.odd", tooltip="odd features first, or as logged"),
        Binding("f", "filter_by", "filter", id="request.filter", tooltip="list requests with this value"),
        Binding("y", "copy_record", "copy", id="request.copy", tooltip="copy it as JSON"),
        Binding("Y", "copy_curl", "curl", show=False, id="request.curl", tooltip="copy it as a curl command"),
        Binding("v", "copy_value", "copy value", show=False, id="request.value", tooltip="copy this value"),
        Binding("r", "load", "read again", show=False, id="request.reload", tooltip="read it again"),
        Binding("escape,q", "app.go_back", "back", id="app.back", key_display="esc", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """The request is here."""

        request: Request

    @dataclass
    class Compared(Message):
        """What it is compared with is here."""

        row_id: RowId
        context: RequestContext

    @dataclass
    class LineRead(Message):
        """Its line is here."""

        row_id: RowId
        raw: RawLine

    def __init__(
        self,
        desk: RowsDesk,
        setting: Setting,
        row_id: RowId,
        among: tuple[RowId, ...] = (),
        context: LabelContext | None = None,
    ) -> None:
        super().__init__(desk, setting)
        self._desk = desk
        self._row_id = row_id
        self._among = among or (row_id,)
        self._within = context or LabelContext()
        self.request: Request | None = None
        self.context: RequestContext | None = None
        """What it is compared with, None while that is not known."""
        self._ticket = Ticket()
        """Of the comparison."""
        self._odd_first = False
        self._compared = "comparing …"
        """What is to be said of the comparison while there is none."""

    # --- as a place -------------------------------------------------------------------------------

    def doing(self) -> str:
        return f"request {cut(self.request.key, 60)}" if self.request is not None else "request"

    def opened_with(self) -> Mapping[str, str]:
        place = self._among.index(self._row_id) if self._row_id in self._among else 0
        near = self._among[max(0, place - _KEPT_NEAR) : place + _KEPT_NEAR]
        return {
            "row": key_text(self._row_id),
            "among": " ".join(map(key_text, near)),
            "alert": self._within.alert_id,
        }

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> RequestScreen | None:
        row_id = row_id_of(opened_with.get("row", ""))
        if row_id is None:
            return None
        among = tuple(filter(None, map(row_id_of, opened_with.get("among", "").split())))
        context = LabelContext(opened_with.get("alert", ""))
        return cls(around.desk, around.setting, row_id, among, context)

    def compose_body(self) -> ComposeResult:
        yield Heading("Request", "reading it …", id="request-title")
        yield Static(classes="problem")
        with Horizontal(id="request-columns"):
            yield Tree(id="request-page")
            yield Tree(id="request-beside")

    def on_mount(self) -> None:
        self.query_one("#request-page", Tree).focus()

    def stand_in_for(self, other: Self) -> bool:
        self._row_id, self._among, self._within = other._row_id, other._among, other._within
        return super().stand_in_for(other)

    def begin(self) -> None:
        super().begin()
        self.action_load()

    def on_unmount(self) -> None:
        self._ticket.cancel()

    def on_resize(self, event: events.Resize) -> None:
        self._draw()

    @property
    def _tree(self) -> Tree:
        """The tree with the cursor."""
        beside = self.query_one("#request-beside", Tree)
        return beside if beside.has_focus else self.query_one("#request-page", Tree)

    # --- which one --------------------------------------------------------------------------------

    def action_load(self) -> None:
        self._read(self._row_id)

    def action_step(self, by: int) -> None:
        place = self._among.index(self._row_id) + by if self._row_id in self._among else 0
        if 0 <= place < len(self._among):
            self._row_id = self._among[place]
            self._read(self._row_id)
        else:
            self.tell("That was the last of the rows" if by > 0 else "That was the first of the rows")

    @work(thread=True, exclusive=True, group="request")
    def _read(self, row_id: RowId) -> None:
        post_answer(self, _READING, lambda: self.Loaded(self._desk.request(row_id)))

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        if message.request.row_id != self._row_id:
            return
        self.request, self.context = message.request, None
        self.labels = {key: label for key, label in self.labels.items() if key == message.request.key}
        self.tell_problem("")
        self._compared = "comparing …"
        self._draw()
        self.tick()
        self.look_up_labels()
        self._ticket.cancel()
        self._ticket = Ticket()
        self._compare(self._row_id, self._ticket)

    @work(thread=True, exclusive=True, group="context")
    def _compare(self, row_id: RowId, ticket: Ticket) -> None:
        post_answer(
            self, _COMPARING, lambda: self.Compared(row_id, self._desk.context(row_id, ticket)), ticket
        )

    @on(Compared)
    def take_context(self, message: Compared) -> None:
        if message.row_id == self._row_id and self.request is not None:
            self.context = message.context
            self._draw()

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing == _READING:
            self.query_one("#request-title", Heading).show(("cannot be read · r tries again", "$error"))
            self.tell_problem(reason(message.error))
        elif message.doing == _COMPARING:
            self._compared = f"not compared: {reason(message.error)}"
            self._draw()
        else:
            super().tell_failure(message)

    # --- what it shows ----------------------------------------------------------------------------

    def _draw(self) -> None:
        request = self.request
        if request is None:
            return
        place = self._among.index(self._row_id) + 1 if self._row_id in self._among else 1
        shown = page_of(
            request,
            self.context,
            self.labels.get(request.key),
            among=(place, len(self._among)),
            compared=self._compared,
            odd_first=self._odd_first,
            width=self.size.width,
        )
        self.query_one("#request-title", Heading).show(*shown.title)
        page, beside = self.query_one("#request-page", Tree), self.query_one("#request-beside", Tree)
        if beside.has_focus and not shown.beside:
            page.focus()
        page.show(shown.page)
        beside.show(shown.beside)

    def action_odd_first(self) -> None:
        """What is odd comes first, or all as it was logged again."""
        self._odd_first = not self._odd_first
        self._draw()
        self.tell("Odd features first" if self._odd_first else "Features as logged")
        trees = self.query_one("#request-page", Tree), self.query_one("#request-beside", Tree)
        for tree in trees:
            if tree.display and tree.go_into("Features"):
                tree.focus()

    # --- what one does with it --------------------------------------------------------------------

    def action_copy_record(self) -> None:
        """All of it is copied, as JSON."""
        if self.request is not None:
            self.tell(copy(self.app, as_json(self.request), f"request-{self.request.key[:60]}.json"))

    def action_copy_curl(self) -> None:
        """A command that sends its features again is copied."""
        if self.request is not None:
            self.tell(copy(self.app, as_curl(self.request), f"request-{self.request.key[:60]}.sh"))

    def action_copy_value(self) -> None:
        """The value with the cursor is copied, whole."""
        node = self._tree.current
        if node is not None:
            ending = "txt" if isinstance(node.value, str) else "json"
            self.tell(copy(self.app, value_text(node.value), f"{node.path[-1][:60]}.{ending}"))

    def action_filter_by(self) -> None:
        """The requests with this value are listed, of those that the filter lets through so far."""
        node = self._tree.current
        if node is None or self.request is None:
            return
        try:
            narrowed = filter_with(node, self.request.model, self.view.filter)
        except UsageError as error:
            self.tell(str(error))
        else:
            self.post_message(ViewChosen(replace(self.view, filter=narrowed)))

    def action_raw(self) -> None:
        """Its line is shown once it is read."""
        if self.request is not None:
            self._read_line(self._row_id)

    @work(thread=True, exclusive=True, group="raw")
    def _read_line(self, row_id: RowId) -> None:
        post_answer(
            self, "Its line cannot be read", lambda: self.LineRead(row_id, self._desk.raw_line(row_id))
        )

    @on(LineRead)
    def show_line(self, message: LineRead) -> None:
        if message.row_id == self._row_id and self.is_current and self.request is not None:
            self.app.push_screen(RawView(message.raw, f"line-{self.request.key[:60]}"))

    def action_neighbours(self) -> None:
        """The requests beside it are listed."""
        from console.tui.request.neighbours import NeighboursScreen

        if self.request is not None:
            key, alert = self.request.key, self._within.alert_id
            screen = NeighboursScreen(self._desk, self.setting, self._row_id, key, alert_id=alert)
            if self.snapshot is not None:
                screen.show(self.snapshot)
            self.app.push_screen(screen)

    # --- labelling --------------------------------------------------------------------------------

    def chosen_rows(self) -> tuple[PredictionRow, ...]:
        request = self.request
        if request is None:
            return ()
        version, said = request.fields.get("model_version"), request.fields.get("prediction")
        return (
            PredictionRow(
                request.row_id,
                request.key,
                request.model,
                "" if version is None else str(version),
                "" if said is None else str(said),
            ),
        )

    def listed_keys(self) -> tuple[str, ...]:
        return () if self.request is None else (self.request.key,)

    def label_context(self) -> LabelContext:
        return self._within

    def labels_changed(self) -> None:
        self._draw()
