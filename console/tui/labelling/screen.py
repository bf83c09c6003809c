"""The label queue: one request after the other, and a key for what it is."""

from __future__ import annotations

import json
from collections.abc import Mapping
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.model import Alert, QueryCall, QueueSource, RowId, View
from console.tui.alert.others import find_alert
from console.tui.desk import RowsDesk
from console.tui.labelling import drawing
from console.tui.labelling.answers import chosen, correct, wrong
from console.tui.labelling.writing import WritingScreen
from console.tui.labels.acts import LabelContext
from console.tui.places import Surroundings, key_text, row_id_of, view_of, view_text
from console.tui.queries.query import call_of, call_text
from console.tui.safe import visible
from console.tui.screen import Setting

_OF_A_REQUEST = frozenset({"choose", "other", "value", "correct", "wrong", "skip", "flag", "note", "open"})
"""Actions that need a request on screen."""


class LabellingQueue(WritingScreen):
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
                tooltip="label with this class, or begin a number",
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
        super().__init__(desk, setting, source, context or LabelContext())
        self._desk = desk

    # --- as a place -----------------------------------------------------------------------------------

    def doing(self) -> str:
        return f"labelling, {self.sitting.left:,} left" if self.queue else "labelling"

    def opened_with(self) -> Mapping[str, str]:
        context = self.within
        told = {"alert": context.alert_id, "call": call_text(context.call) if context.call else ""}
        match self._source:
            case Alert():
                return {**told, "source": "alert", "of": self._source.alert_id}
            case View():
                return {**told, "source": "view", "view": view_text(self._source)}
            case QueryCall():
                return {**told, "source": "call", "call": call_text(self._source)}
        rows = [key_text(one) for one in self._source if isinstance(one, RowId)]
        if rows:
            return {**told, "source": "rows", "among": " ".join(rows)}
        return {**told, "source": "keys", "keys": json.dumps(self._source)}

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> LabellingQueue | None:
        alert, call = opened_with.get("alert", ""), call_of(opened_with.get("call", ""))
        source = _source_of(opened_with, around, alert, call)
        if source is None:
            return None
        return cls(around.desk, around.setting, source, LabelContext(alert, call))

    # --- what one says of it --------------------------------------------------------------------------

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "undo":
            return bool(self.sitting.items)
        if action in _OF_A_REQUEST and self.sitting.current is None:
            return False
        return self.choices().is_number if action == "value" else True

    def action_choose(self, digit: int) -> None:
        if self.choices().is_number:
            self.write("value", str(digit))
        else:
            self.give(chosen(self.choices(), digit))

    def action_correct(self) -> None:
        if self.sitting.current is not None:
            self.give(correct(self.sitting.current.request))

    def action_wrong(self) -> None:
        item = self.sitting.current
        if item is not None:
            answer = wrong(item.request, self.choices())
            if answer.problem and self.choices().is_number:
                self.write("value", "")
            self.give(answer)

    def action_skip(self) -> None:
        self.skip()
        if self.sitting.left == 1:
            self.say("It is the only one that is left")

    def action_flag(self) -> None:
        if self.sitting.place is not None:
            self.keep_flag(self.sitting.place)

    def action_undo(self) -> None:
        self.take_back(before=False)

    def action_undo_before(self) -> None:
        self.take_back(before=True)

    def action_note(self) -> None:
        if self.sitting.place is not None:
            self.write("note", self.notes.get(self.sitting.place, ""))

    def action_other(self) -> None:
        if self.choices().is_number:
            self.write("value", "0")
        else:
            self.write("class", "")

    def action_value(self) -> None:
        self.write("value", "")

    # --- elsewhere ------------------------------------------------------------------------------------

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
        """Esc leaves what is written, then goes back."""
        if self.writing:
            self.close_input()
        else:
            self._leave()

    def _leave(self) -> None:
        done = drawing.summary(self.sitting)
        self.dismiss(None)
        if done:
            self.app.notify(visible(done), markup=False, timeout=6)


def _source_of(
    opened_with: Mapping[str, str], around: Surroundings, alert: str, call: QueryCall | None
) -> QueueSource | None:
    match opened_with.get("source"):
        case "alert":
            found = find_alert(around.snapshot, opened_with.get("of", alert))
            return None if found is None else found.alert
        case "view":
            return view_of(opened_with.get("view", ""))
        case "call":
            return call
        case "rows":
            return tuple(filter(None, map(row_id_of, opened_with.get("among", "").split()))) or None
    try:
        keys = json.loads(opened_with.get("keys", ""))
    except ValueError:
        return None
    if not isinstance(keys, list):
        return None
    return tuple(map(str, keys))
