"""The label queue: one request after the other, and a key for what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Container, Vertical
from textual.content import Content
from textual.message import Message
from textual.suggester import SuggestFromList
from textual.widgets import Input, Static

from console.errors import ConsoleError, Interrupted
from console.model import (
    Alert,
    LabelChoices,
    LabelQueue,
    QueryCall,
    QueueSource,
    Request,
    RowId,
    Ticket,
    View,
)
from console.tui.desk import RowsDesk
from console.tui.labelling import drawing
from console.tui.labelling.answers import Answer, chosen, completions, correct, typed, wrong
from console.tui.labelling.keeping import KeepingScreen
from console.tui.labelling.records import Records
from console.tui.labelling.sitting import Sitting
from console.tui.labels.acts import LabelContext
from console.tui.messages import WorkFailed
from console.tui.places import Surroundings, view_of, view_text
from console.tui.queries.query import call_of, call_text
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
_MOST_SUGGESTED = 6
_HINTS = {
    "note": "a note, ⏎ keeps it",
    "class": "a class, ⏎ labels with it",
    "value": "a number, ⏎ labels with it",
}
"""What is being written -> what stands in the empty line."""


class LabellingQueue(KeepingScreen):
    """Requests to be labelled, what teaches most first; a key says what each is."""

    about = "Label queue"
    kind = "label_queue"
    favoured_keys = ("correct", "wrong", "skip", "flag", "note", "undo", "open")
    refuses = frozenset({"filter", "clear_filter", "requests", "sql", "queries"})

    BINDINGS: ClassVar[list[BindingType]] = [
        *(
            Binding(
                str(digit),
                f"choose({digit})",
                f"class {digit}",
                show=False,
                id=f"label_queue.class_{digit}",
                tooltip="label with this class; where labels are numbers, begin one",
            )
            for digit in range(1, drawing.DIGITS + 1)
        ),
        Binding("0", "other", "another class", show=False, id="label_queue.other", tooltip="type a class"),
        Binding("v", "value", "value", id="label_queue.value", tooltip="type the right number"),
        Binding("a", "correct", "correct", id="label_queue.correct", tooltip="the prediction is right"),
        Binding(
            "x",
            "wrong",
            "wrong",
            id="label_queue.wrong",
            tooltip="the prediction is wrong: of two classes it is the other one",
        ),
        Binding(
            "space", "skip", "skip", id="label_queue.skip", key_display="␣", tooltip="later, after the others"
        ),
        Binding("f", "flag", "flag", id="label_queue.flag", tooltip="no label: it needs a second look"),
        Binding(
            "n", "note", "note", id="label_queue.note", tooltip="write a note, which goes with the label"
        ),
        Binding(
            "backspace",
            "undo",
            "undo",
            id="label_queue.undo",
            key_display="⌫",
            tooltip="take the last step back, and the one before it, ...",
        ),
        Binding(
            "u",
            "undo_before",
            "undo",
            show=False,
            id="label_queue.undo_before",
            tooltip="take the last labelling back, one from before this sitting too",
        ),
        Binding(
            "enter", "open", "whole", id="label_queue.open", key_display="⏎", tooltip="all of the request"
        ),
        Binding("j,down", "scroll(1)", "down", show=False, id="label_queue.down", tooltip="read on"),
        Binding("k,up", "scroll(-1)", "up", show=False, id="label_queue.up", tooltip="read back"),
        Binding(
            "pagedown,ctrl+d",
            "scroll(10)",
            "page down",
            show=False,
            id="label_queue.page_down",
            tooltip="read on by a page",
        ),
        Binding(
            "pageup,ctrl+u",
            "scroll(-10)",
            "page up",
            show=False,
            id="label_queue.page_up",
            tooltip="read back by a page",
        ),
        Binding(
            "r", "load", "read again", show=False, id="label_queue.reload", tooltip="read what cannot be read"
        ),
        Binding("escape,q", "leave", "back", id="app.back", key_display="esc", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """The queue is here."""

        queue: LabelQueue

    @dataclass
    class Read(Message):
        """Something of a request is here."""

        row_id: RowId

    def __init__(
        self, desk: RowsDesk, setting: Setting, source: QueueSource, context: LabelContext | None = None
    ) -> None:
        """Ask for the queue once this is on screen.

        Args:
            desk: answers.
            setting: as for every screen.
            source: what is to be labelled.
            context: in what slice; the queue's own question takes the place of the context's.
        """
        super().__init__(desk, setting, context or LabelContext())
        self._desk = desk
        self._source = source
        self._queue: LabelQueue | None = None
        self._ticket = Ticket()
        self._records = Records(desk, self._found)
        self._shown: object = None
        """What the tree was drawn from last."""
        self._added: dict[str, tuple[str, ...]] = {}
        """Model -> classes that were typed here."""

    # --- as a place -----------------------------------------------------------------------------------

    def doing(self) -> str:
        return f"labelling, {self.sitting.left:,} left" if self._queue else "labelling"

    def opened_with(self) -> Mapping[str, str]:
        context = self.within
        told = {"alert": context.alert_id, "call": call_text(context.call) if context.call else ""}
        match self._source:
            case Alert():
                return {**told, "source": "alert"}
            case View():
                return {**told, "source": "view", "view": view_text(self._source)}
            case QueryCall():
                return {**told, "source": "call", "call": call_text(self._source)}
        return {**told, "source": "keys", "keys": json.dumps(self._source)}

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> LabellingQueue | None:
        alert, call = opened_with.get("alert", ""), call_of(opened_with.get("call", ""))
        source = _source_of(opened_with, around, alert, call)
        if source is None:
            return None
        return cls(around.desk, around.setting, source, LabelContext(alert, call))

    # --- reading --------------------------------------------------------------------------------------

    def compose_body(self) -> ComposeResult:
        with Container(id="labelling"):
            with Vertical(id="labelling-record", classes="pane"):
                yield Heading("Label", "reading …", id="labelling-title")
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
        self.query_one("#labelling-input", Input).display = False
        self._offer()
        self.say("")
        self._draw()
        self._ask(self._source, self._ticket)

    def on_unmount(self) -> None:
        self._ticket.cancel()
        self._records.want(())

    @work(thread=True, exclusive=True, group="queue")
    def _ask(self, source: QueueSource, ticket: Ticket) -> None:
        reply: LabellingQueue.Loaded | WorkFailed
        try:
            reply = self.Loaded(self._label_desk.label_queue(source, ticket))
        except Interrupted:
            return
        except ConsoleError as error:
            reply = WorkFailed(_READING, error)
        if not ticket.cancelled:
            self.post_message(reply)

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        queue = self._queue = message.queue
        self.sitting = Sitting(queue.items)
        if queue.call is not None:
            self.within = replace(self.within, call=queue.call)
        self._tell_problem("" if queue.items else drawing.nothing_words(queue))
        self.moved()

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing == _READING:
            self.query_one("#labelling-title", Heading).show(("cannot be read · r tries again", "$error"))
            self._tell_problem(reason(message.error))
        else:
            super().tell_failure(message)

    def action_load(self) -> None:
        """What could not be read is read again."""
        if self._queue is None:
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
        super().on_resize(event)
        self.call_after_refresh(self._draw)

    def moved(self) -> None:
        self._close_input()
        self.say("")
        self._read_ahead()
        self._draw()
        self.refresh_bindings()
        self.tick()

    def _draw(self) -> None:
        self._draw_record()
        self._draw_choice()

    def _draw_record(self) -> None:
        item, tree = self.sitting.current, self.query_one("#labelling-tree", _Record)
        heading = self.query_one("#labelling-title", Heading)
        if item is None:
            tree.show(())
            if self._queue is not None and self._queue.items:
                heading.show(("nothing is left", "$foreground"))
                done = drawing.summary(self.sitting)
                self._tell_problem(f"All is done: {done}. ⌫ takes the last step back, esc leaves.")
            elif self._queue is not None:
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
            self._tell_problem(f"Its record cannot be read, r tries again: {reason(request)}")
            tree.show(())
        elif request is None:
            self._tell_problem("")
            tree.show(())
        elif (request, known) != self._shown or not tree.sections:
            self._tell_problem("")
            given = (features_section(request, known, odd_first=True), tags_section(request))
            rest = (answer_section(request), stages_section(request, known))
            tree.show((*given, *rest, *([extra_section(request)] if request.extra else [])))
            tree.go_to_top()
            self._shown = (request, known)

    def _source_told(self) -> tuple[tuple[str, str], ...]:
        return ((f"  {drawing.source_words(self._queue)}", "$dim"),) if self._queue is not None else ()

    def _draw_choice(self) -> None:
        item, place = self.sitting.current, self.sitting.place
        heading = self.query_one("#labelling-progress", Heading)
        wide = self.has_class("-wide")
        told = drawing.progress(self.sitting, keeping=self.is_keeping) if self._queue else []
        heading.show((" · ".join(told if not wide else told[-1:] if self.is_keeping else ()), "$foreground"))
        shown = dict.fromkeys(("predicted", "classes", "said", "rate"), Content(""))
        if wide and told:
            shown["rate"] = Content("\n".join([*told, drawing.values_told(self.sitting)]).rstrip())
        if item is not None and place is not None:
            # Beside the record each choice has a line; below it they share some.
            width = 0 if wide else self.size.width - 2
            shown["predicted"] = drawing.predicted(item)
            shown["classes"] = drawing.choices_drawn(item, self._choices(), self.sitting, width=width)
            shown["said"] = drawing.said_of(item, self.notes.get(place, ""))
        for name, content in shown.items():
            widget = self.query_one(f"#labelling-{name}", Static)
            widget.update(content)
            widget.display = bool(content.plain)

    def _choices(self) -> LabelChoices:
        """What a label of the item on screen may say."""
        item = self.sitting.current
        model = item.request.model if item is not None else ""
        known = self._queue.choices.get(model, LabelChoices()) if self._queue is not None else LabelChoices()
        added = (one for one in self._added.get(model, ()) if one not in known.classes)
        return replace(known, classes=(*known.classes, *added))

    def say(self, words: str, *, failed: bool = False) -> None:
        told = self.query_one("#labelling-told", Static)
        told.update(Content.styled(visible(words[:600]), "bold $error" if failed else "$accent"))
        told.display = bool(words)

    def _tell_problem(self, words: str) -> None:
        problem = self.query_one(".problem", Static)
        problem.update(Content(words))
        problem.display = bool(words)

    # --- what one says of it --------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "value":
            return self._choices().is_number
        return True

    def _give(self, answer: Answer) -> None:
        """The item on screen is labelled so, or it is told why not."""
        place = self.sitting.place
        if place is None:
            self.app.bell()
        elif answer.problem:
            self.app.bell()
            self.say(answer.problem)
        else:
            self.keep_label(place, answer.value)

    def action_choose(self, digit: int) -> None:
        if self._choices().is_number:
            self._write("value", str(digit))
        else:
            self._give(chosen(self._choices(), digit))

    def action_correct(self) -> None:
        if self.sitting.current is not None:
            self._give(correct(self.sitting.current.request))

    def action_wrong(self) -> None:
        item = self.sitting.current
        if item is not None:
            answer = wrong(item.request, self._choices())
            if answer.problem and self._choices().is_number:
                self._write("value", "")
            self._give(answer)

    def action_skip(self) -> None:
        place = self.sitting.place
        if place is not None:
            alone = self.sitting.left == 1
            self.skip(place)
            if alone:
                self.say("It is the only one that is left")

    def action_flag(self) -> None:
        if self.sitting.place is not None:
            self.keep_flag(self.sitting.place)

    def action_undo(self) -> None:
        self.take_back(before=False)

    def action_undo_before(self) -> None:
        self.take_back(before=True)

    # --- what one writes ------------------------------------------------------------------------------

    @property
    def writing(self) -> str:
        """What is being written: `note`, `class`, `value`, or empty."""
        field = self.query_one("#labelling-input", Input)
        return str(field.border_title or "") if field.display else ""

    def action_note(self) -> None:
        if self.sitting.place is not None:
            self._write("note", self.notes.get(self.sitting.place, ""))

    def action_other(self) -> None:
        if self._choices().is_number:
            self._write("value", "0")
        else:
            self._write("class", "")

    def action_value(self) -> None:
        self._write("value", "")

    def _write(self, what: str, text: str) -> None:
        if self.sitting.place is None:
            return
        field = self.query_one("#labelling-input", Input)
        field.border_title, field.placeholder = what, _HINTS[what]
        plain = [one for one in self._choices().classes if visible(one) == one and len(one) <= 60]
        field.suggester = SuggestFromList(plain, case_sensitive=False) if what == "class" else None
        field.value = text
        field.cursor_position = len(text)
        field.display = True
        self.set_focus(field)
        self._offer()

    def _close_input(self) -> None:
        field = self.query_one("#labelling-input", Input)
        if field.display:
            field.display = False
            self.set_focus(None)
            self._offer()

    @on(Input.Changed, "#labelling-input")
    def _offer(self) -> None:
        """The classes that may be meant are shown below the line."""
        offers = self.query_one("#labelling-offers", Static)
        names: tuple[str, ...] = ()
        if self.writing == "class":
            text = self.query_one("#labelling-input", Input).value
            names = completions(text, self._choices(), _MOST_SUGGESTED)
        offers.update(drawing.completions_drawn(names))
        offers.display = bool(names)

    @on(Input.Submitted, "#labelling-input")
    def take_text(self, event: Input.Submitted) -> None:
        place, what = self.sitting.place, self.writing
        if place is None:
            return
        if what == "note":
            self.notes[place] = event.value.strip()
            self._close_input()
            self._draw_choice()
            return
        choices, item = self._choices(), self.sitting.items[place]
        answer = typed(event.value, choices)
        if not answer.problem:
            if not choices.is_number and answer.value not in choices.classes:
                model = item.request.model
                self._added[model] = (*self._added.get(model, ()), answer.value)
            self._close_input()
        self._give(answer)

    # --- elsewhere ------------------------------------------------------------------------------------

    def action_scroll(self, lines: int) -> None:
        tree = self.query_one("#labelling-tree", Tree)
        by = lines if abs(lines) == 1 else max(1, tree.size.height - 2) * (1 if lines > 0 else -1)
        tree.scroll_relative(y=by, animate=False)

    def action_open(self) -> None:
        """All of the request; one comes back to the same item."""
        from console.tui.request.screen import RequestScreen

        item = self.sitting.current
        if item is not None:
            screen = RequestScreen(self._desk, self.setting, item.request.row_id, (), self.within)
            if self.snapshot is not None:
                screen.show(self.snapshot)
            self.app.push_screen(screen)

    def action_leave(self) -> None:
        """Esc leaves what is written, then stops reading, then goes back once all is kept."""
        if self.writing:
            self._close_input()
        else:
            self.when_free(None, self._leave)

    def _leave(self) -> None:
        done = drawing.summary(self.sitting)
        self.dismiss(None)
        if done:
            self.app.notify(visible(done), markup=False, timeout=6)


class _Record(Tree, can_focus=False):
    """The record beside the choice: keys are for the choice, so it has none of its own."""

    def go_to_top(self) -> None:
        """Its first line is on top."""
        self.move(0)
        self.scroll_to(y=0, animate=False)


def _source_of(
    opened_with: Mapping[str, str], around: Surroundings, alert: str, call: QueryCall | None
) -> QueueSource | None:
    match opened_with.get("source"):
        case "alert":
            return next((one for one in around.snapshot.alerts if one.alert_id == alert), None)
        case "view":
            return view_of(opened_with.get("view", ""))
        case "call":
            return call
    try:
        keys = json.loads(opened_with.get("keys", ""))
    except ValueError:
        return None
    return tuple(map(str, keys)) if isinstance(keys, list) else None
