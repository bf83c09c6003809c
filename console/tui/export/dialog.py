"""The dialog in which the rows on screen are written to a Parquet file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar, Self

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from console.errors import ConsoleError, UsageError
from console.model import Alert, ExportReceipt, QueryCall, Ticket
from console.model.exporting import ExportOptions
from console.tui import say
from console.tui.desk import ExportDesk
from console.tui.export.choices import choices, drawn, options_of
from console.tui.messages import WorkFailed
from console.tui.pace import PacedDialog
from console.tui.safe import cut, visible


@dataclass(frozen=True, slots=True)
class Export:
    """What is to be written."""

    name: str
    """Of the slice; the suggested file's name is made from it."""
    call: Callable[[], QueryCall]
    """Gives the query of the rows on screen. May block, may raise ConsoleError."""
    rows: int
    """Rows on screen."""
    newest: bool
    """Whether these are only the newest of them."""
    alert: Alert | None = None


class ExportDialog(PacedDialog[ExportReceipt | None]):
    """Asks for a path, writes the slice there, and stays open where that fails."""

    AUTO_FOCUS = "#export-path"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", id="dialog.back", tooltip="stop writing; close without a file"),
        Binding("down", "move(1)", "option", id="export.down", priority=True, tooltip="the next option"),
        Binding("up", "move(-1)", "option", id="export.up", priority=True, tooltip="the option before"),
        Binding(
            "tab", "change(1)", "change", id="export.change", priority=True, tooltip="choose another value"
        ),
        Binding(
            "shift+tab",
            "change(-1)",
            "change back",
            id="export.change_back",
            priority=True,
            tooltip="choose the value before",
        ),
    ]

    @dataclass
    class PathSuggested(Message):
        """A path that is free is known."""

        path: str

    @dataclass
    class Advanced(Message):
        """More rows were written."""

        rows: int
        of: int | None
        """How many there will be, if that is known."""

        def can_replace(self, message: Message) -> bool:
            """How far it is now is all that is told."""
            return isinstance(message, ExportDialog.Advanced)

    @dataclass
    class Written(Message):
        """The slice was written."""

        receipt: ExportReceipt

    def __init__(self, desk: ExportDesk, export: Export) -> None:
        super().__init__()
        self._desk = desk
        self._export = export
        self._choices = choices(of_alert=export.alert is not None)
        self._cursor = 0
        self._ticket: Ticket | None = None
        """Of the writing that is under way."""

    def compose(self) -> ComposeResult:
        with Vertical(id="export-dialog"):
            yield Static(self._what(), id="export-rows")
            yield Input(
                id="export-path",
                placeholder="a path for the Parquet file",
                select_on_focus=False,
            )
            yield Static(id="export-choices")
            yield Static(id="export-keys")

    def on_mount(self) -> None:
        self._draw_choices()
        self._tell_keys()

    def stand_in_for(self, other: Self) -> bool:
        self._export, self._choices = other._export, other._choices
        self.query_one("#export-rows", Static).update(self._what())
        self._draw_choices()
        return True

    def begin(self) -> None:
        self._suggest()

    def _what(self) -> Content:
        newest = "the newest " if self._export.newest else ""
        rows = say.plural(self._export.rows, "row")
        about = f" of {visible(self._export.name[:60])}"
        return Content.assemble(
            ("Export ", "bold $accent"),
            newest,
            (rows, "bold"),
            (about, "$foreground"),
            (" to Parquet", "$dim"),
        )

    def _tell_keys(self, problem: str = "") -> None:
        line = Content.assemble(
            ("⏎", "bold $accent"),
            (" write   ", "$dim"),
            ("↑↓", "bold $accent"),
            (" option   ", "$dim"),
            ("⇥", "bold $accent"),
            (" change   ", "$dim"),
            ("esc", "bold $accent"),
            (" close", "$dim"),
        )
        if self._ticket is not None:
            line = Content.styled("choosing the rows … esc cancels", "$dim")
        if problem:
            line = Content.assemble((problem, "$error"), "\n", line)
        self.query_one("#export-keys", Static).update(line)

    @work(thread=True, exclusive=True, group="path")
    def _suggest(self) -> None:
        reply: ExportDialog.PathSuggested | WorkFailed
        try:
            reply = self.PathSuggested(self._desk.suggest_export_path(self._export.name))
        except ConsoleError as error:
            reply = WorkFailed("No path to suggest", error)
        if not get_current_worker().is_cancelled:
            self.post_message(reply)

    @on(PathSuggested)
    def fill_in(self, message: PathSuggested) -> None:
        field = self.query_one("#export-path", Input)
        # A person who has begun to type is left in peace; a folder may be called anything.
        if not field.value and visible(message.path) == message.path:
            field.value = message.path
            field.cursor_position = len(message.path)

    @on(Input.Submitted)
    def write(self, event: Input.Submitted) -> None:
        path = event.value.strip()
        if self._ticket is not None or not path:
            return
        try:
            options = options_of(self._choices)
        except UsageError as error:
            self._tell_keys(cut(str(error), 300))
            return
        self._ticket = Ticket()
        self._tell_keys()
        self._write(path, options, self._ticket)

    def action_move(self, step: int) -> None:
        self._cursor = (self._cursor + step) % len(self._choices)
        self._draw_choices()

    def action_change(self, step: int) -> None:
        if self._ticket is None:
            changed = self._choices[self._cursor].other(step)
            self._choices = (*self._choices[: self._cursor], changed, *self._choices[self._cursor + 1 :])
            self._draw_choices()

    def _draw_choices(self) -> None:
        self.query_one("#export-choices", Static).update(drawn(self._choices, self._cursor))

    @work(thread=True, group="write")
    def _write(self, path: str, options: ExportOptions, ticket: Ticket) -> None:
        reply: ExportDialog.Written | WorkFailed
        export = self._export
        try:
            receipt = self._desk.export(export.call(), path, export.alert, options, ticket, self._advance)
            reply = self.Written(receipt)
        except ConsoleError as error:
            reply = WorkFailed("Not written", error)
        self.post_message(reply)

    def _advance(self, rows: int, of: int | None) -> None:
        if self.is_running:
            self.post_message(self.Advanced(rows, of))

    @on(Advanced)
    def tell_rows(self, message: Advanced) -> None:
        if self._ticket is not None:
            of = "" if message.of is None else f" of {message.of:,}"
            line = Content.assemble((f"{message.rows:,}{of} rows … ", "$foreground"), ("esc cancels", "$dim"))
            self.query_one("#export-keys", Static).update(line)

    @on(Written)
    def done(self, message: Written) -> None:
        self.dismiss(message.receipt)

    @on(WorkFailed)
    def stay(self, message: WorkFailed) -> None:
        stopped = self._ticket is not None and self._ticket.cancelled
        self._ticket = None
        failed = cut(f"{message.doing}: {message.error}", 600)
        self._tell_keys("Stopped; nothing was written" if stopped else failed)

    def action_leave(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
        else:
            self.dismiss(None)


def receipt_words(receipt: ExportReceipt) -> str:
    """What was written, and where: one line for a notice."""
    return f"{say.plural(receipt.rows, 'row')} ({say.size(receipt.size)}) written to {visible(receipt.path)}"
