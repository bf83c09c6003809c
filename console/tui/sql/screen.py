"""SQL over the relations of the store: read-only, one SELECT at a time."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import ClassVar, Self

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static, TextArea

from console.tui.answers import post_answer
from console.tui.desk import AskingDesk
from console.tui.places import Surroundings
from console.tui.queries.asking import AskingScreen
from console.tui.queries.result import Result
from console.tui.safe import visible
from console.tui.screen import Setting
from console.tui.sql.completing import columns_named
from console.tui.sql.editor import Editor
from console.tui.widgets.heading import Heading

_KEPT = 20_000
"""Characters of a statement that one comes back to."""
_CARET = re.compile(r"^LINE (?P<line>\d+): (?P<text>.*)\n(?P<pad> *)\^", re.MULTILINE)


class SqlScreen(AskingScreen):
    """An editor, and what the statement answers."""

    about = "SQL"
    kind = "sql"
    favoured_keys = ("run", "complete", "earlier(-1)", "earlier(1)", "edit")

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("e", "edit", "edit", id="sql.edit", tooltip="change the statement"),
        Binding(
            "ctrl+r,f5", "run", "run", show=False, id="sql.run", key_display="^r", tooltip="run the statement"
        ),
    ]

    @dataclass
    class Known(Message):
        """What one can select from is known."""

        relations: Mapping[str, Sequence[str]]

    def __init__(self, desk: AskingDesk, setting: Setting, text: str = "") -> None:
        super().__init__(desk, setting)
        self._text = text

    def opened_with(self) -> Mapping[str, str]:
        return {"text": self._text[:_KEPT]}

    @classmethod
    def again(cls, around: Surroundings, opened_with: Mapping[str, str]) -> SqlScreen:
        return cls(around.desk, around.setting, str(opened_with.get("text", "")))

    def compose_body(self) -> ComposeResult:
        with Vertical(id="sql", classes="pane"):
            limit = self.setting.preferences.row_limit
            said = f"one SELECT, read-only, the first {limit:,} rows · ^r or ; ⏎ runs it"
            yield Heading("SQL", said, id="sql-title")
            yield Editor(self._text)
            yield Static(id="sql-words")
        yield Result()

    def on_mount(self) -> None:
        editor = self.query_one(Editor)
        editor.move_cursor(editor.document.end)
        editor.focus()

    def stand_in_for(self, other: Self) -> bool:
        return not other._text and super().stand_in_for(other)

    def begin(self) -> None:
        super().begin()
        self._look_up()

    @property
    def editor(self) -> Editor:
        """Where the statement is written."""
        return self.query_one(Editor)

    @on(TextArea.Changed)
    def note_text(self) -> None:
        self._text = self.editor.text
        if not self.editor.offers:
            self._tell_usual()

    # --- what one can select from -----------------------------------------------------------------------

    @work(thread=True, exclusive=True, group="relations")
    def _look_up(self) -> None:
        post_answer(self, "Relations cannot be read", lambda: self.Known(self._asking_desk.relations()))

    @on(Known)
    def take_relations(self, message: Known) -> None:
        self.editor.relations = message.relations
        self._tell_usual()

    @on(Editor.Offered)
    def offer(self, message: Editor.Offered) -> None:
        if message.words:
            self._tell_words(message.words, message.at, "⇥ ")
        else:
            self._tell_usual()

    def _tell_usual(self) -> None:
        """What one can select from; or, once the statement says from what, its columns."""
        named, columns = columns_named(self._text[:_KEPT], self.editor.relations)
        if named:
            self._tell_words(columns, -1, f"{named} has ")
        else:
            self._tell_words(tuple(self.editor.relations), -1, "from ")

    def _tell_words(self, words: Sequence[str], at: int, lead: str) -> None:
        pieces: list[str | tuple[str, str]] = [(lead, "$dim")]
        start = max(0, at - 3)
        for place, word in enumerate(words[start : start + 24], start):
            pieces += [(visible(word[:60]), "bold reverse" if place == at else "$foreground"), "  "]
        self.query_one("#sql-words", Static).update(Content.assemble(*pieces))

    # --- running it ---------------------------------------------------------------------------------------

    def action_run(self) -> None:
        self.editor.action_run()

    @on(Editor.Run)
    def run_statement(self, message: Editor.Run) -> None:
        leaves_nothing = self.snapshot is not None and self.snapshot.database == ":memory:"
        self.editor.statements.add(message.text.strip(), keep=not leaves_nothing)
        self.ask(message.text, self.setting.preferences.row_limit)

    def question_was_wrong(self, text: str) -> None:
        place = place_of_error(text)
        if place is not None:
            self.editor.move_cursor(place)
        self.editor.focus()

    def answer_came(self) -> None:
        drawn = self.result.drawn
        if drawn is not None and drawn.rows:
            self.result.grid.focus()

    def action_edit(self) -> None:
        self.editor.focus()


def place_of_error(text: str) -> tuple[int, int] | None:
    """Row and column, from 0, that DuckDB's words for what is wrong point at; None if they point nowhere."""
    found = _CARET.search(text)
    if found is None:
        return None
    line = int(found["line"])
    if found["text"].startswith("..."):
        return line - 1, 0
    return line - 1, max(0, len(found["pad"]) - len(f"LINE {line}: "))
