"""What the palette offers beside the keys: canned queries, times, filters and themes by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand

from console.model import QueryCall, QueryInfo, View
from console.model.filter_text import filter_text
from console.tui.filter.acts import look_at
from console.tui.queries.query import QueryScreen
from console.tui.safe import cut
from console.tui.screen import ConsoleScreen

if TYPE_CHECKING:
    from console.tui.app import IncidentConsole
    from console.tui.desk import Desk

SPANS: tuple[tuple[str, timedelta | None], ...] = (
    ("15 minutes", timedelta(minutes=15)),
    ("1 hour", timedelta(hours=1)),
    ("6 hours", timedelta(hours=6)),
    ("24 hours", timedelta(hours=24)),
    ("all that is stored", None),
)
"""How long a time one may look at."""
_NAME = 80


def named_commands(
    app: IncidentConsole, desk: Desk, screen: ConsoleScreen, queries: Sequence[QueryInfo]
) -> Iterator[SystemCommand]:
    """Commands that have a name and no key."""
    view = screen.view
    for words, span in SPANS:
        yield _look(app, desk, f"Time: {words}", "up to the newest row", replace(view, span=span, until=None))
    for one in screen.setting.viewing.earlier:
        told = cut(filter_text(one), _NAME)
        yield _look(app, desk, f"Filter: {told}", "a filter from before", replace(view, filter=one))
    for query in queries:
        yield SystemCommand(
            cut(f"Query: {query.name}", _NAME),
            cut(query.answers, 2 * _NAME),
            partial(_ask, app, desk, screen, query.name),
        )
    for theme in sorted(app.available_themes):
        yield SystemCommand(f"Theme: {theme}", "other colours", partial(setattr, app, "theme", theme))


def _look(app: IncidentConsole, desk: Desk, title: str, about: str, view: View) -> SystemCommand:
    return SystemCommand(title, about, partial(look_at, app, desk, view))


def _ask(app: IncidentConsole, desk: Desk, screen: ConsoleScreen, name: str) -> None:
    app.open(QueryScreen(desk, screen.setting, QueryCall(name), ask_first=True))
