"""The canned query behind what is on screen, with its parameters."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import ClassVar

from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.screen import ModalScreen
from textual.widgets import Static

from console.tui.safe import quoted, visible
from console.tui.widgets.reader import Reader

_SQL = re.compile(
    r"(?P<comment>--[^\n]*)"
    r"|(?P<text>'(?:[^']|'')*'?)"
    r"|(?P<param>\$\w+)"
    r"|(?P<number>\b\d+(?:\.\d+)?\b)"
    r"|(?P<word>\b(?:select|from|where|group|order|by|limit|with|as|and|or|not|in|is|null|case|when|then|else|end"
    r"|join|left|right|full|inner|outer|cross|on|using|union|all|distinct|having|over|partition|filter|between"
    r"|like|ilike|exists|asc|desc|nulls|first|last|interval|cast|qualify|window|rows|range|values|lateral)\b)",
    re.IGNORECASE,
)
_STYLES = {
    "comment": "$dim italic",
    "text": "$success",
    "param": "bold $warning",
    "number": "$info",
    "word": "bold $accent",
}


def highlighted(sql: str) -> Content:
    """SQL with its words told apart, safe to show."""
    lines = [visible(line.replace("\t", "    ")) for line in sql.splitlines()]
    text = "\n".join(lines)
    pieces: list[str | tuple[str, str]] = []
    at = 0
    for match in _SQL.finditer(text):
        pieces += [text[at : match.start()], (match.group(), _STYLES[match.lastgroup or "word"])]
        at = match.end()
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


class QueryView(ModalScreen[None]):
    """Shows a query; Esc closes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("escape,q,s,v,enter", "dismiss", "close", id="back", key_display="esc", tooltip="close")
    ]

    def __init__(self, name: str, sql: str, params: Mapping[str, object]) -> None:
        super().__init__()
        self._query = name
        self._query_sql = sql
        self._params = params

    def compose(self) -> ComposeResult:
        with Vertical(id="query-view"):
            yield Static(
                Content.assemble(
                    (f"queries/{visible(self._query)}.sql", "bold $accent"),
                    ("   j k scroll · esc closes", "$dim"),
                ),
                id="query-name",
            )
            with Reader(id="query-page"):
                yield Static(parameters(self._params), id="query-params")
                yield Static(highlighted(self._query_sql), id="query-sql")

    def on_mount(self) -> None:
        self.query_one("#query-params").display = bool(self._params)
        self.query_one(Reader).focus()
