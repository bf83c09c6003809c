"""A request's line as it was logged, to read and to copy."""

from __future__ import annotations

from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from console.model import RawLine
from console.tui.copying import copy
from console.tui.pace import PacedDialog
from console.tui.rejects.line import drawn
from console.tui.safe import cut
from console.tui.widgets.reader import Reader

SHOWN_BYTES = 16_384
"""Bytes of a line that are shown; a copy has all that is kept of it."""


def about(raw: RawLine) -> str:
    """How long a line is, what of it is shown, and whether it is the one that was logged."""
    length = len(raw.line)
    words = f"{length:,} bytes"
    if length > SHOWN_BYTES:
        words += f", the first {SHOWN_BYTES:,} shown"
    if raw.is_rebuilt:
        return words + " · rebuilt: its file cannot be read there any more"
    return words + (" · masked, and so written anew" if raw.is_masked else " · as logged")


class RawView(PacedDialog[None]):
    """Shows a line; Esc closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,w,enter", "dismiss", "close", id="dialog.back", key_display="esc", tooltip="close"),
        Binding("y", "copy", "copy", id="raw.copy", tooltip="copy the line"),
    ]

    def __init__(self, raw: RawLine, name: str) -> None:
        """Args: name: what the copied line's file is called, without an ending."""
        super().__init__()
        self._raw = raw
        self._called = name

    def compose(self) -> ComposeResult:
        with Vertical(id="raw-view"):
            yield Static(
                Content.assemble(
                    (cut(self._raw.origin, 300), "bold $accent"),
                    "\n",
                    (about(self._raw), "$warning" if self._raw.is_rebuilt else "$dim"),
                    ("   j k scroll · y copies · esc closes", "$dim"),
                ),
                id="raw-name",
            )
            with Reader(id="raw-page"):
                yield Static(drawn(self._raw.line, SHOWN_BYTES), id="raw-line")

    def on_mount(self) -> None:
        self.query_one(Reader).focus()

    def action_copy(self) -> None:
        """The line is copied, whatever of it is shown."""
        text = self._raw.line.decode("utf-8", "backslashreplace")
        self.notify(copy(self.app, text + "\n", f"{self._called}.jsonl"), markup=False)
