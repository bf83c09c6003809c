"""The requests of a slice that have a truth or label, those that were predicted wrong first."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.model import Answer, QueryCall, Slice, Ticket, View, Window
from console.model.evaluation import Basis, Evaluation, basis_of
from console.tui import say
from console.tui.answers import post_answer
from console.tui.desk import EvaluationDesk
from console.tui.evaluate.words import slice_words
from console.tui.export.dialog import Export
from console.tui.labels.acts import LabelContext
from console.tui.labels.rows import RowsScreen
from console.tui.messages import WorkFailed
from console.tui.places import Surroundings, view_of, view_text
from console.tui.predictions import COLUMNS
from console.tui.safe import cut
from console.tui.screen import Setting, reason
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading

_READING = "Requests cannot be read"
_ALL_ROWS = 2**31 - 1


class EvaluatedRowsScreen(RowsScreen):
    """Requests beside what they are held against, the wrong ones first."""

    about = "Requests of a slice"
    kind = "evaluated"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "back", id="evaluated.leave", key_display="esc", tooltip="stop; back"),
        Binding("q", "app.go_back", "back", show=False, id="app.back", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """The requests are here."""

        call: QueryCall
        answer: Answer

    def __init__(self, desk: EvaluationDesk, setting: Setting, told: Evaluation, where: Slice) -> None:
        super().__init__(desk, setting)
        self._desk = desk
        self._told = told
        self._where = where
        self._call: QueryCall | None = None
        self._ticket: Ticket | None = None

    def doing(self) -> str:
        return f"evaluate {cut(self._told.model, 30)} {self._words()}".rstrip()

    def opened_with(self) -> Mapping[str, str]:
        told = self._told
        window = told.window
        return {
            "model": told.model,
            "basis": told.basis.value,
            "view": view_text(View(told.filter, window.until - window.start, window.until)),
            "dimension": self._where.dimension,
            "value": self._where.value,
        }

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> EvaluatedRowsScreen | None:
        view, basis = view_of(opened_with.get("view", "")), basis_of(opened_with.get("basis", ""))
        if view is None or view.until is None or view.span is None:
            return None
        try:
            window = Window(view.until - view.span, view.until)
        except OverflowError:
            return None
        told = Evaluation(opened_with.get("model", ""), basis, window, view.filter)
        where = Slice(opened_with.get("dimension", ""), opened_with.get("value", ""))
        return cls(around.desk, around.setting, told, where)

    def _words(self) -> str:
        where = self._where
        return cut(slice_words(where.dimension, where.value), 60) if where.dimension else ""

    def compose_body(self) -> ComposeResult:
        with Vertical(id="evaluated", classes="pane"):
            yield Heading("Requests", "reading …")
            yield Static(classes="problem")
            yield Grid(COLUMNS, id="rows", markable=True)

    def on_mount(self) -> None:
        self.grid.focus()
        self._ticket = Ticket()
        self.query_one(Heading).show(("reading … ", "bold $accent"), ("esc cancels", "$dim"))
        self._load(self._ticket)

    def on_unmount(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()

    @work(thread=True, exclusive=True, group="evaluated")
    def _load(self, ticket: Ticket) -> None:
        def ask() -> Message:
            call = self._desk.evaluated_call(self._told, self._where)
            return self.Loaded(call, self._desk.run_query(call, ticket))

        post_answer(self, _READING, ask, ticket)

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        self._ticket, self._call = None, message.call
        table = message.answer.table
        self.grid.show(self.predictions.take(table, self.labels, self.setting.utc().date()))
        self._table = table
        more = "+" if table.truncated else ""
        held = "label" if self._told.basis is Basis.LABELS else "truth"
        self.query_one(Heading).show(
            (f"{say.count(len(table.rows))}{more}", "$foreground"),
            (f" with a {held}, wrong ones first", "$dim"),
            title=self._words() or f"Requests of {cut(self._told.model, 40)}",
        )
        self.refresh_bindings()
        self.look_up_labels()

    def labels_changed(self) -> None:
        if self._call is not None:
            self.grid.show(self.predictions.take(self._table, self.labels, self.setting.utc().date()))

    def tell_failure(self, message: WorkFailed) -> None:
        if message.doing != _READING:
            super().tell_failure(message)
            return
        self._ticket = None
        problem = self.query_one(".problem", Static)
        problem.update(Content(reason(message.error)))
        problem.display = True
        self.query_one(Heading).show(("cannot be read", "$error"))

    def action_leave(self) -> None:
        """Esc stops what is being read, then clears the marks, then goes back."""
        if self._ticket is None and self.grid.marked:
            self.grid.clear_marks()
        else:
            self.app.pop_screen()

    def what_to_export(self) -> Export | None:
        call = self._call
        if call is None or not self.grid.rows:
            return None
        listed = len(self.grid.rows)
        rows = next((one.rows for one in self._told.slices if one.where == self._where), listed)
        whole = replace(call, params={**call.params, "row_limit": _ALL_ROWS})
        return Export(f"evaluated {self._told.model[:30]}", lambda: whole, max(rows, listed), newest=False)

    def label_context(self) -> LabelContext:
        # Labels themselves are among the parameters, and have no place in a label.
        return LabelContext() if self._told.basis is Basis.LABELS else LabelContext(call=self._call)
