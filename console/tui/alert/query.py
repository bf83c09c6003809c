"""The canned query behind what is on screen, with its parameters."""

from __future__ import annotations

import shlex
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from console.model import QueryCall
from console.model.filter_text import filter_text
from console.tui.pace import PacedDialog
from console.tui.safe import quoted, visible
from console.tui.sql.words import words_of
from console.tui.widgets.reader import Reader

_MORE = "r runs it · y copies it"


def highlighted(sql: str) -> Content:
    """SQL with its words told apart, safe to show."""
    lines = [visible(line.replace("\t", "    ")) for line in sql.splitlines()]
    text = "\n".join(lines)
    pieces: list[str | tuple[str, str]] = []
    at = 0
    for start, end, style in words_of(text):
        pieces += [text[at:start], (text[start:end], style)]
        at = end
    return Content.assemble(*pieces, text[at:])


def parameters(params: Mapping[str, object]) -> Content:
    """The values of the parameters, one a line."""
    width = max((len(name) for name in params), default=0)
    lines = [
        Content.assemble(
            (f"${visible(name)}", "bold $warning"), " " * (width - len(name) + 2), quoted(value, 400)
        )
        for name, value in params.items()
    ]
    return Content("\n").join(lines)


def command_line(call: QueryCall, sources: Sequence[str]) -> str:
    """What asks the same from a shell, each word quoted for it.

    Args:
        call: its parameters that are null are left to their defaults.
        sources: words that say what is to be read.
    """
    words = ["icon", "query", call.query, *sources]
    for name, value in call.params.items():
        if value is not None:
            said = value.isoformat() if isinstance(value, datetime) else str(value)
            words += ["--param", f"{name}={said}"]
    if call.filter:
        words += ["--filter", filter_text(call.filter)]
    return " ".join(map(shell_quoted, words))


def shell_quoted(word: str) -> str:
    """The word as bash, zsh and ksh take it; what cannot be seen is written as an escape."""
    if word.isprintable():
        return shlex.quote(word)
    signs = (
        f"\\{sign}"
        if sign in "\\'"
        else sign
        if sign.isprintable()
        else "".join(f"\\x{byte:02x}" for byte in sign.encode("utf-8", "surrogatepass"))
        for sign in word
    )
    return f"$'{''.join(signs)}'"


class QueryView(PacedDialog[str | None]):
    """Shows a query; Esc closes. Where it goes on, it is dismissed with `run` or `copy` on demand."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "escape,q,s,v,enter", "dismiss", "close", id="dialog.back", key_display="esc", tooltip="close"
        ),
        Binding("r", "go_on('run')", "run", id="text.run", tooltip="open it where it can be run"),
        Binding("y", "go_on('copy')", "copy", id="text.copy", tooltip="copy it as a command line"),
    ]

    def __init__(self, name: str, sql: str, params: Mapping[str, object], *, goes_on: bool = False) -> None:
        super().__init__()
        self._query = name
        self._query_sql = sql
        self._params = params
        self._goes_on = goes_on

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        return self._goes_on if action == "go_on" else True

    def action_go_on(self, wish: str) -> None:
        """It is closed, and whoever showed it does this."""
        self.dismiss(wish)

    def compose(self) -> ComposeResult:
        with Vertical(id="query-view"):
            yield Static(
                Content.assemble(
                    (f"queries/{visible(self._query)}.sql", "bold $accent"),
                    (f"   {_MORE if self._goes_on else 'j k scroll'} · esc closes", "$dim"),
                ),
                id="query-name",
            )
            with Reader(id="query-page"):
                yield Static(parameters(self._params), id="query-params")
                yield Static(highlighted(self._query_sql), id="query-sql")

    def on_mount(self) -> None:
        self.query_one("#query-params").display = bool(self._params)
        self.query_one(Reader).focus()
