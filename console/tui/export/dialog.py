"""The dialog in which the rows on screen are written to a Parquet file."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Input, Static
from textual.worker import get_current_worker

from console.errors import ConsoleError
from console.model import Alert, ExportReceipt, QueryCall
from console.tui import say
from console.tui.desk import ExportDesk
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
        Binding("escape", "leave", "close", id="dialog.back", tooltip="close without writing"),
    ]

    @dataclass
    class PathSuggested(Message):
        """A path that is free is known."""

        path: str

    @dataclass
    class Written(Message):
        """The slice was written."""

        receipt: ExportReceipt

    def __init__(self, desk: ExportDesk, export: Export) -> None:
        super().__init__()
        self._desk = desk
        self._export = export
        self._writing = False

    def compose(self) -> ComposeResult:
        with Vertical(id="export-dialog"):
            yield Static(self._what(), id="export-rows")
            yield Input(
                id="export-path",
                placeholder="a path for the Parquet file",
                select_on_focus=False,
            )
            yield Static(id="export-keys")

    def on_mount(self) -> None:
        self._tell_keys()
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
            ("⏎", "bold $accent"), (" write   ", "$dim"), ("esc", "bold $accent"), (" close", "$dim")
        )
        if self._writing:
            line = Content.styled("writing …", "$dim")
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
        if not field.value:  # a person who has begun to type is left in peace
            field.value = message.path
            field.cursor_position = len(message.path)

    @on(Input.Submitted)
    def write(self, event: Input.Submitted) -> None:
        path = event.value.strip()
        if not self._writing and path:
            self._writing = True
            self._tell_keys()
            self._write(path)

    @work(thread=True, exclusive=True, group="write")
    def _write(self, path: str) -> None:
        reply: ExportDialog.Written | WorkFailed
        try:
            reply = self.Written(self._desk.export(self._export.call(), path, self._export.alert))
        except ConsoleError as error:
            reply = WorkFailed("Not written", error)
        self.post_message(reply)

    @on(Written)
    def done(self, message: Written) -> None:
        self.dismiss(message.receipt)

    @on(WorkFailed)
    def stay(self, message: WorkFailed) -> None:
        self._writing = False
        self._tell_keys(cut(f"{message.doing}: {message.error}", 600))

    def action_leave(self) -> None:
        if self._writing:
            self.notify("Still writing: it takes as long as the rows are many", markup=False)
        else:
            self.dismiss(None)


def receipt_words(receipt: ExportReceipt) -> str:
    """What was written, and where: one line for a notice."""
    return f"{say.plural(receipt.rows, 'row')} ({say.size(receipt.size)}) written to {visible(receipt.path)}"
