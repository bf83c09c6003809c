"""Where a person writes SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from console.tui.sql.completing import Completion, complete
from console.tui.sql.history import History


class Editor(TextArea):
    """Lines of SQL: Tab completes, Enter after a semicolon runs it, earlier statements come back."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("ctrl+r,f5", "run", "run", id="sql.run", key_display="^r", tooltip="run the statement"),
        Binding(
            "tab", "complete", "complete", id="sql.complete", key_display="⇥", tooltip="complete the word"
        ),
        Binding(
            "ctrl+up,f7", "earlier(-1)", "earlier", id="sql.earlier", key_display="F7", tooltip="earlier one"
        ),
        Binding("ctrl+down,f8", "earlier(1)", "later", id="sql.later", key_display="F8", tooltip="later one"),
    ]

    @dataclass
    class Run(Message):
        """The person wants the statement run."""

        text: str

    @dataclass
    class Offered(Message):
        """These words are possible at the cursor; none if the word is whole."""

        words: tuple[str, ...]
        at: int
        """Which of them stands there, -1 for none yet."""

    def __init__(self, text: str = "", history: History | None = None) -> None:
        super().__init__(text, soft_wrap=True, tab_behavior="focus", show_line_numbers=False, id="sql-editor")
        self.relations: Mapping[str, Sequence[str]] = {}
        self.statements = history or History()
        self._offer: Completion | None = None
        self._at = -1
        self._standing = ""
        """The word that completing has put there last."""

    def action_run(self) -> None:
        if self.text.strip():
            self.post_message(self.Run(self.text))

    async def _on_key(self, event: events.Key) -> None:
        if event.key == "enter" and self._ends_here():
            event.stop()
            event.prevent_default()
            self.action_run()
        elif event.key == "escape":
            return  # the screen's: leaves, or takes the question back
        else:
            if event.key != "tab":
                self._forget_offer()
            await super()._on_key(event)

    def _ends_here(self) -> bool:
        return self.cursor_location == self.document.end and self.text.rstrip().endswith(";")

    def _forget_offer(self) -> None:
        if self._offer is not None:
            self._offer, self._at = None, -1
            self.post_message(self.Offered((), -1))

    def action_complete(self) -> None:
        """The word goes on as far as it can only go on so; then each possible word in turn."""
        if self._offer is None:
            before = self.get_text_range((0, 0), self.cursor_location)
            offer = complete(before, self.text, self.relations)
            if not offer.words:
                return
            if len(offer.words) == 1:
                self._put(offer.begun, offer.words[0])
                return
            self._offer, self._at = offer, -1
            self._standing = offer.begun
            if len(offer.common) > len(offer.begun):
                self._put(offer.begun, offer.common)
                self._standing = offer.common
        else:
            self._at = (self._at + 1) % len(self._offer.words)
            word = self._offer.words[self._at]
            self._put(self._standing, word)
            self._standing = word
        self.post_message(self.Offered(self._offer.words, self._at))

    def _put(self, old: str, new: str) -> None:
        row, column = self.cursor_location
        self.replace(new, (row, column - len(old)), (row, column))
        self.move_cursor((row, column - len(old) + len(new)))

    def action_earlier(self, by: int) -> None:
        statement = self.statements.step(by, self.text)
        if statement is not None:
            self.text = statement
            self.move_cursor(self.document.end)
