"""The label queue on screen: the record of a request beside the choice."""

from __future__ import annotations

from dataclasses import dataclass, replace

from textual import events, on, work
from textual.app import ComposeResult
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from console.errors import ConsoleError
from console.model import LabelChoices, LabelQueue, QueueSource, Request, RowId, Ticket
from console.tui.answers import post_answer
from console.tui.desk import LabelDesk
from console.tui.labelling import drawing
from console.tui.labelling.keeping import KeepingScreen
from console.tui.labelling.records import Records
from console.tui.labelling.sitting import Sitting
from console.tui.labels.acts import LabelContext
from console.tui.messages import WorkFailed
from console.tui.request.sections import (
    answer_section,
    extra_section,
    features_section,
    stages_section,
    tags_section,
)
from console.tui.request.tree import Tree
from console.tui.safe import visible
from console.tui.screen import Setting, reason
from console.tui.widgets.heading import Heading

AHEAD = 4
"""Items, the one on screen among them, whose records are read."""
_READING = "The requests cannot be read"


class _Record(Tree, can_focus=False):
    """The record beside the choice: keys are for the choice, so it has none of its own."""

    def go_to_top(self) -> None:
        """Its first line is on top."""
        self.move(0)
        self.scroll_to(y=0, animate=False)


class ShowingScreen(KeepingScreen):
    """A screen with a queue: it asks for it, reads the records ahead, and draws the item that is next."""

    @dataclass
    class Loaded(Message):
        """The queue is here."""

        queue: LabelQueue

    @dataclass
    class Read(Message):
        """Something of a request is here."""

        row_id: RowId

    def __init__(self, desk: LabelDesk, setting: Setting, source: QueueSource, context: LabelContext) -> None:
        super().__init__(desk, setting, context)
        self._source = source
        self.queue: LabelQueue | None = None
        self._ticket = Ticket()
        self._records = Records(desk, self._found)
        self._shown: object = None
        """What the tree was drawn from last."""
        self.added: dict[str, tuple[str, ...]] = {}
        """Model -> classes that were typed here."""

    # --- reading --------------------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        with Container(id="labelling"):
            with Vertical(id="labelling-record", classes="pane"):
                yield Heading("Label", "reading … esc cancels", id="labelling-title")
                yield Static(classes="problem")
                yield _Record(id="labelling-tree")
            with Vertical(id="labelling-choice", classes="pane"):
                yield Heading("What it is", id="labelling-progress")
                yield Static(id="labelling-predicted")
                yield Static(id="labelling-classes")
                yield Static(id="labelling-said")
                yield Input(id="labelling-input", select_on_focus=False)
                yield Static(id="labelling-offers")
                yield Static(id="labelling-told")
                yield Static(id="labelling-rate")

    def on_mount(self) -> None:
        for name in ("#labelling-input", "#labelling-offers"):
            self.query_one(name).display = False
        self.say("")
        self._draw()
        self._ask(self._source, self._ticket)

    def on_unmount(self) -> None:
        self._ticket.cancel()
        self._records.want(())

    @work(thread=True, exclusive=True, group="queue")
    def _ask(self, source: QueueSource, ticket: Ticket) -> None:
        post_answer(self, _READING, lambda: self.Loaded(self._label_desk.label_queue(source, ticket)), ticket)

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        queue = self.queue = message.queue
        self.sitting = Sitting(queue.items)
        if queue.call is not None:
            self.within = replace(self.within, call=queue.call)
        self.tell_problem("" if queue.items else drawing.nothing_words(queue))
        self.moved()

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing == _READING:
            self.query_one("#labelling-title", Heading).show(("cannot be read · r tries again", "$error"))
            self.tell_problem(reason(message.error))
        else:
            super().tell_failure(message)

    def action_load(self) -> None:
        """What could not be read is read again."""
        if self.queue is None:
            self._ticket = Ticket()
            self._ask(self._source, self._ticket)
        elif self.sitting.current is not None:
            self._records.forget(self.sitting.current.request.row_id)
            self._read_ahead()

    def _read_ahead(self) -> None:
        if self._records.want([item.request.row_id for item in self.sitting.coming(AHEAD)]):
            self._read_records()

    @work(thread=True, group="records")
    def _read_records(self) -> None:
        self._records.read()

    def _found(self, row_id: RowId) -> None:
        self.post_message(self.Read(row_id))

    @on(Read)
    def show_read(self, message: Read) -> None:
        item = self.sitting.current
        if item is not None and item.request.row_id == message.row_id:
            self._draw_record()

    # --- what it shows --------------------------------------------------------------------------------

    def on_resize(self, event: events.Resize) -> None:
        self.call_after_refresh(self._draw)

    def moved(self) -> None:
        self.say("")
        self._read_ahead()
        self._draw()
        self.refresh_bindings()
        self.tick()

    def _draw(self) -> None:
        self._draw_record()
        self.draw_choice()

    def _draw_record(self) -> None:
        item, tree = self.sitting.current, self.query_one("#labelling-tree", _Record)
        heading = self.query_one("#labelling-title", Heading)
        if item is None:
            tree.show(())
            if self.queue is not None and self.queue.items:
                heading.show(("nothing is left", "$foreground"))
                done = drawing.summary(self.sitting)
                self.tell_problem(f"All is done: {done}. ⌫ takes the last step back, esc leaves.")
            elif self.queue is not None:
                heading.show(("nothing to label", "$foreground"))
            return
        row_id = item.request.row_id
        request, context = self._records.request(row_id), self._records.context(row_id)
        known = None if isinstance(context, ConsoleError) else context
        beside = "" if known is not None or not isinstance(request, Request) else "  comparing …"
        if isinstance(context, ConsoleError):
            beside = f"  not compared: {reason(context)}"
        heading.show(*drawing.title(item), *self._source_told(), (beside, "$dim"))
        if isinstance(request, ConsoleError):
            self.tell_problem(f"Its record cannot be read, r tries again: {reason(request)}")
            tree.show(())
        elif request is None:
            self.tell_problem("")
            tree.show(())
        elif (request, known) != self._shown or not tree.sections:
            self.tell_problem("")
            given = (features_section(request, known, odd_first=True), tags_section(request))
            rest = (answer_section(request), stages_section(request, known))
            tree.show((*given, *rest, *([extra_section(request)] if request.extra else [])))
            tree.go_to_top()
            self._shown = (request, known)

    def _source_told(self) -> tuple[tuple[str, str], ...]:
        return ((f"  {drawing.source_words(self.queue)}", "$dim"),) if self.queue is not None else ()

    def draw_choice(self) -> None:
        item, place = self.sitting.current, self.sitting.place
        heading = self.query_one("#labelling-progress", Heading)
        wide = self.has_class("-wide")
        told = drawing.progress(self.sitting, keeping=self.is_keeping) if self.queue else []
        heading.show((" · ".join(told if not wide else told[-1:] if self.is_keeping else ()), "$foreground"))
        shown = dict.fromkeys(("predicted", "classes", "said", "rate"), Content(""))
        if wide and told:
            shown["rate"] = Content("\n".join([*told, drawing.values_told(self.sitting)]).rstrip())
        if item is not None and place is not None:
            # Beside the record each choice has a line; below it they share some.
            width = 0 if wide else self.size.width - 2
            shown["predicted"] = drawing.predicted(item)
            shown["classes"] = drawing.choices_drawn(item, self.choices(), self.sitting, width=width)
            shown["said"] = drawing.said_of(item, self.notes.get(place, ""))
        for name, content in shown.items():
            widget = self.query_one(f"#labelling-{name}", Static)
            widget.update(content)
            widget.display = bool(content.plain)

    def choices(self) -> LabelChoices:
        """What a label of the item on screen may say."""
        item = self.sitting.current
        model = item.request.model if item is not None else ""
        known = self.queue.choices.get(model, LabelChoices()) if self.queue is not None else LabelChoices()
        added = (one for one in self.added.get(model, ()) if one not in known.classes)
        return replace(known, classes=(*known.classes, *added))

    def say(self, words: str, *, failed: bool = False) -> None:
        told = self.query_one("#labelling-told", Static)
        told.update(Content.styled(visible(words[:600]), "bold $error" if failed else "$accent"))
        told.display = bool(words)

    def action_scroll(self, lines: int) -> None:
        """The record is read on, or back."""
        tree = self.query_one("#labelling-tree", Tree)
        by = lines if abs(lines) == 1 else max(1, tree.size.height - 2) * (1 if lines > 0 else -1)
        tree.scroll_relative(y=by, animate=False)
