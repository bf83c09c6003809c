"""The dialog in which an answer is written to a file, all rows of it."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.screen import ModalScreen
from textual.widgets import Input, Static

from console.errors import ConsoleError
from console.model import ExportReceipt, QueryCall, Ticket
from console.tui.desk import AskingDesk
from console.tui.messages import WorkFailed
from console.tui.safe import cut, visible


class SaveDialog(ModalScreen[ExportReceipt | None]):
    """Asks for a path, writes the answer there, and stays open where that fails."""

    AUTO_FOCUS = "#save-path"
    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape", "leave", "close", id="dialog.back", tooltip="stop writing; close without a file"),
    ]

    @dataclass
    class PathSuggested(Message):
        """A path that is free is known."""

        path: str

    @dataclass
    class Written(Message):
        """The answer was written."""

        receipt: ExportReceipt

    def __init__(self, desk: AskingDesk, asked: QueryCall | str, name: str) -> None:
        super().__init__()
        self._desk = desk
        self._asked = asked
        self._about = name
        self._ticket: Ticket | None = None
        """Of the writing that is under way."""

    def compose(self) -> ComposeResult:
        with Vertical(id="save-dialog"):
            yield Static(
                Content.assemble(
                    ("Export ", "bold $accent"),
                    "all rows",
                    (f" of {visible(self._about[:60])}", "$foreground"),
                    (" · the ending chooses: .parquet .csv .jsonl", "$dim"),
                )
            )
            yield Input(id="save-path", placeholder="a path for the file", select_on_focus=False)
            yield Static(id="save-keys")

    def on_mount(self) -> None:
        self._tell_keys()
        self._suggest()

    def _tell_keys(self, problem: str = "") -> None:
        keys = Content.assemble(
            ("⏎", "bold $accent"), (" write   ", "$dim"), ("esc", "bold $accent"), (" close", "$dim")
        )
        if self._ticket is not None:
            keys = Content.styled("writing … esc cancels", "$dim")
        if problem:
            keys = Content.assemble((problem, "$error"), "\n", keys)
        self.query_one("#save-keys", Static).update(keys)

    @work(thread=True, exclusive=True, group="path")
    def _suggest(self) -> None:
        try:
            path = self._desk.suggest_export_path(self._about)
        except ConsoleError as error:
            self.post_message(WorkFailed("No path to suggest", error))
        else:
            self.post_message(self.PathSuggested(path))

    @on(PathSuggested)
    def fill_in(self, message: PathSuggested) -> None:
        field = self.query_one("#save-path", Input)
        # A person who has begun to type is left in peace; a folder may be called anything.
        if not field.value and visible(message.path) == message.path:
            field.value = message.path
            field.cursor_position = len(message.path)

    @on(Input.Submitted)
    def write(self, event: Input.Submitted) -> None:
        path = event.value.strip()
        if self._ticket is None and path:
            self._ticket = Ticket()
            self._tell_keys()
            self._write(path, self._ticket)

    @work(thread=True, group="write")
    def _write(self, path: str, ticket: Ticket) -> None:
        reply: SaveDialog.Written | WorkFailed
        try:
            reply = self.Written(self._desk.save_answer(self._asked, path, ticket))
        except ConsoleError as error:
            reply = WorkFailed("Not written", error)
        self.post_message(reply)

    @on(Written)
    def done(self, message: Written) -> None:
        self.dismiss(message.receipt)

    @on(WorkFailed)
    def stay(self, message: WorkFailed) -> None:
        stopped = self._ticket is not None and self._ticket.cancelled
        self._ticket = None
        self._tell_keys(
            "Stopped; nothing was written" if stopped else cut(f"{message.doing}: {message.error}", 600)
        )

    def action_leave(self) -> None:
        if self._ticket is not None:
            self._ticket.cancel()
        else:
            self.dismiss(None)
