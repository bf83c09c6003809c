"""What the palette offers: what keys do here; canned queries, times, filters and themes by their names."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import timedelta
from functools import partial
from typing import TYPE_CHECKING

from textual.app import SystemCommand
from textual.screen import Screen

from console.model import QueryCall, QueryInfo, View
from console.model.filter_text import filter_text
from console.tui.filter.acts import look_at
from console.tui.queries.query import QueryScreen
from console.tui.request.tree import Tree
from console.tui.safe import cut
from console.tui.screen import ConsoleScreen
from console.tui.widgets.grid import Grid
from console.tui.widgets.reader import Reader

if TYPE_CHECKING:
    from console.tui.wayfinding import Wayfinding

SPANS: tuple[tuple[str, timedelta | None], ...] = (
    ("15 minutes", timedelta(minutes=15)),
    ("1 hour", timedelta(hours=1)),
    ("6 hours", timedelta(hours=6)),
    ("24 hours", timedelta(hours=24)),
    ("all that is stored", None),
)
"""How long a time one may look at."""
_NAME = 80


def commands_on(
    screen: Screen[object], app: Wayfinding, queries: Sequence[QueryInfo]
) -> Iterator[SystemCommand]:
    """Every key that does something on this screen as a command too; where one looks at data, names too."""
    yield from _of_keys(screen, app)
    if isinstance(screen, ConsoleScreen):
        yield from _of_names(screen, app, queries)


def _of_keys(screen: Screen[object], app: Wayfinding) -> Iterator[SystemCommand]:
    seen = {"command_palette"}
    for active in screen.active_bindings.values():
        binding = active.binding
        moves = isinstance(active.node, Grid | Reader | Tree) and not binding.show
        if binding.tooltip and active.enabled and not moves and binding.action not in seen:
            seen.add(binding.action)
            run = partial(app.run_action, binding.action, active.node)
            name = binding.description[:1].upper() + binding.description[1:]
            yield SystemCommand(f"{name}  ({app.get_key_display(binding)})", binding.tooltip, run)


def _of_names(
    screen: ConsoleScreen, app: Wayfinding, queries: Sequence[QueryInfo]
) -> Iterator[SystemCommand]:
    view = screen.view
    for words, span in SPANS:
        yield _look(app, f"Time: {words}", "up to the newest row", replace(view, span=span, until=None))
    for one in screen.setting.viewing.earlier:
        told = cut(filter_text(one), _NAME)
        yield _look(app, f"Filter: {told}", "a filter from before", replace(view, filter=one))
    for query in queries:
        yield SystemCommand(
            cut(f"Query: {query.name}", _NAME),
            cut(query.answers, 2 * _NAME),
            partial(_ask, app, screen, query.name),
        )
    for theme in sorted(app.available_themes):
        yield SystemCommand(f"Theme: {theme}", "other colours", partial(setattr, app, "theme", theme))


def _look(app: Wayfinding, title: str, about: str, view: View) -> SystemCommand:
    return SystemCommand(title, about, partial(look_at, app, app.desk, view))


def _ask(app: Wayfinding, screen: ConsoleScreen, name: str) -> None:
    app.open(QueryScreen(app.desk, screen.setting, QueryCall(name), ask_first=True))
