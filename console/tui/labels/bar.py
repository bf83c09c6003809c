"""The bar at the bottom in which a label is chosen: one digit, and it is done."""

from __future__ import annotations

from collections import Counter
from collections.abc import Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from textual import events, on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static

from console.model import Label
from console.tui import say
from console.tui.answers import post_answer
from console.tui.desk import LabelDesk
from console.tui.messages import WorkFailed
from console.tui.pace import PacedDialog
from console.tui.predictions import LABEL_SIGN, PredictionRow
from console.tui.safe import cut

_CLASSES_AT_MOST = 9


@dataclass(frozen=True, slots=True)
class LabelChoice:
    """What a person chose to say."""

    value: str
    note: str


class LabelBar(PacedDialog[LabelChoice | None]):
    """Asks for a class, and for a note if there is something to note."""

    AUTO_FOCUS = ""
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", id="dialog.back", tooltip="close without a label"),
        Binding("n", "note", "write a note", id="label_bar.note", tooltip="write a note first"),
        Binding("0", "other", "another class", id="label_bar.other", tooltip="a class of your own"),
        *(
            Binding(
                str(digit),
                f"choose({digit})",
                f"class {digit}",
                id=f"label_bar.class_{digit}",
                tooltip="label with this class",
            )
            for digit in range(1, _CLASSES_AT_MOST + 1)
        ),
    ]

    @dataclass
    class ClassesFound(Message):
        """The classes that a label may have are known."""

        classes: tuple[str, ...]

    def __init__(self, desk: LabelDesk, rows: Sequence[PredictionRow], labels: Sequence[Label]) -> None:
        super().__init__()
        self._desk = desk
        self._rows = tuple(rows)
        self._labels = tuple(labels)
        self._known: tuple[str, ...] | None = None
        self._chosen_early = 0
        """The digit that was typed while the classes were still being looked up; 0 for none."""
        self._note = labels[0].draft.note if len(rows) == 1 and labels else ""

    def compose(self) -> ComposeResult:
        with Vertical(id="label-bar"):
            yield Static(self._what_for(), id="label-rows")
            yield Static("", id="label-classes")
            yield Static("", id="label-note")
            yield Input(id="label-input", select_on_focus=False)
            yield Static(id="label-keys")

    def on_mount(self) -> None:
        self.query_one("#label-input", Input).display = False
        self._tell()

    def stand_in_for(self, other: Self) -> bool:
        self._rows, self._labels, self._note = other._rows, other._labels, other._note
        self.query_one("#label-rows", Static).update(self._what_for())
        self._tell()
        return True

    def begin(self) -> None:
        self._find_classes()

    @work(thread=True, exclusive=True)
    def _find_classes(self) -> None:
        def ask() -> Message:
            models = tuple(dict.fromkeys(row.model for row in self._rows))
            found = dict.fromkeys(name for model in models for name in self._desk.classes(model))
            return self.ClassesFound(tuple(found)[:_CLASSES_AT_MOST])

        post_answer(self, "Classes cannot be read", ask)

    @on(ClassesFound)
    def take_classes(self, message: ClassesFound) -> None:
        self._known = message.classes
        self._tell()
        if self._chosen_early:
            self.action_choose(self._chosen_early)

    @on(WorkFailed)
    def go_without(self, message: WorkFailed) -> None:
        self._known = ()
        self._tell()
        told = self.query_one("#label-note", Static)
        told.update(Content.styled(cut(f"{message.doing}: {message.error}", 400), "$error"))
        told.display = True

    # --- what it shows -------------------------------------------------------------------------

    def _what_for(self) -> Content:
        rows = self._rows
        pieces: list[tuple[str, str]] = [("Label ", "bold $accent")]
        if len(rows) == 1:
            row = rows[0]
            pieces += [(cut(row.key, 60), "bold"), (f"  {cut(row.model, 30)}", "$dim")]
            pieces += [("  predicted ", "$dim"), (cut(row.prediction, 40) or "—", "$foreground")]
        else:
            shares = Counter(row.prediction for row in rows).most_common(3)
            said = ", ".join(f"{cut(value, 24) or '—'} {number:,}" for value, number in shares)
            pieces += [(say.plural(len(rows), "marked row"), "bold"), (f"  predicted {said}", "$dim")]
        if self._labels:
            had = Counter(label.draft.value for label in self._labels).most_common(2)
            said = ", ".join(cut(value, 24) for value, _ in had)
            pieces += [(f"  {LABEL_SIGN} {said}", "$accent")]
        return Content.assemble(*pieces)

    def _tell(self) -> None:
        self.query_one("#label-classes", Static).update(self._choices())
        note = self.query_one("#label-note", Static)
        note.update(Content.assemble(("note  ", "$dim"), cut(self._note, 400)) if self._note else Content(""))
        note.display = bool(self._note)
        writing = self.writing
        keys: list[tuple[str, str]] = []
        if writing == "note":
            pairs = [("⏎", "keep the note, then choose"), ("esc", "without")]
        elif writing == "class":
            pairs = [("⏎", "label with this class"), ("esc", "back")]
        else:
            pairs = [("1-9", "label"), ("n", "note first"), ("0", "another class"), ("esc", "close")]
        for sign, does in pairs:
            keys += [(sign, "bold $accent"), (f" {does}   ", "$dim")]
        self.query_one("#label-keys", Static).update(Content.assemble(*keys))

    def _choices(self) -> Content:
        if self._known is None:
            return Content.styled("looking up the classes …", "$dim")
        if not self._known:
            return Content.styled("No class is known yet: 0 lets you write one", "$dim")
        pieces: list[tuple[str, str]] = []
        for digit, name in enumerate(self._known, start=1):
            pieces += [
                (f" {digit} ", "bold $accent on $cursor"),
                (f" {cut(name, 30)}", "$foreground"),
                ("   ", ""),
            ]
        return Content.assemble(*pieces[:-1])

    # --- what one does in it ---------------------------------------------------------------------

    @property
    def writing(self) -> str:
        """What is being written: `note`, `class`, or empty."""
        field = self.query_one("#label-input", Input)
        return str(field.border_title or "") if field.display else ""

    def action_choose(self, digit: int) -> None:
        if self._known and digit <= len(self._known):
            self.dismiss(LabelChoice(self._known[digit - 1], self._note))
        elif self._known is None:
            self._chosen_early = digit
        else:
            self.app.bell()

    def action_note(self) -> None:
        self._write("note", self._note, "a note for the rows")

    def action_other(self) -> None:
        self._write("class", "", "a class of your own")

    def _write(self, what: str, text: str, hint: str) -> None:
        field = self.query_one("#label-input", Input)
        field.border_title = what
        field.value, field.placeholder = text, hint
        field.cursor_position = len(text)
        field.display = True
        self.set_focus(field)
        self._tell()

    def _written(self) -> None:
        self.query_one("#label-input", Input).display = False
        self.set_focus(None)
        self._tell()

    @on(Input.Submitted)
    def take_text(self, event: Input.Submitted) -> None:
        text = event.value.strip()
        if self.writing == "class":
            if text:
                self.dismiss(LabelChoice(text, self._note))
            return
        self._note = text
        self._written()

    def action_leave(self) -> None:
        if self.writing:
            self._written()
        else:
            self.dismiss(None)

    def on_click(self, event: events.Click) -> None:
        if event.widget is self:
            self.dismiss(None)
