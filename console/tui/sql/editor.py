"""Where a person writes SQL."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from functools import lru_cache
from typing import ClassVar

from rich.text import Text
from textual import events
from textual.binding import Binding, BindingType
from textual.message import Message
from textual.widgets import TextArea

from console.tui.sql.completing import Completion, complete
from console.tui.sql.history import History
from console.tui.sql.words import words_of
from console.tui.widgets.looks import look_of

_LONGEST = 20_000
"""Characters of a statement whose words are told apart; it is done anew for each key."""


@lru_cache(maxsize=2)
def _told_apart(sql: str) -> tuple[tuple[int, int, str], ...]:
    return tuple(words_of(sql)) if len(sql) <= _LONGEST else ()


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
        self.highlight_cursor_line = False  # Its colour would be that of every word in it.
        self.relations: Mapping[str, Sequence[str]] = {}
        self.statements = history or History()
        self._offer: Completion | None = None
        self._at = -1
        self._standing = ""
        """The word that completing has put there last."""

    def get_line(self, line_index: int) -> Text:
        """The line, its words told apart. A string or comment may have begun lines above."""
        line, lines = super().get_line(line_index), self.document.lines
        before = sum(map(len, lines[:line_index])) + line_index
        for start, end, style in _told_apart("\n".join(lines)):
            if start < before + len(line) and end > before:
                line.stylize(look_of(self, (style,)), max(0, start - before), end - before)
        return line

    def action_run(self) -> None:
        if self.text.strip():
            self.post_message(self.Run(self.text))

    @property
    def offers(self) -> bool:
        """Whether words are offered at the cursor."""
        return self._offer is not None

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
