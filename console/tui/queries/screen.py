"""The canned queries: what there is to ask."""

from __future__ import annotations

from dataclasses import dataclass
from typing import ClassVar

from textual import on, work
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.containers import Vertical
from textual.content import Content
from textual.message import Message
from textual.widgets import Static

from console.model import QueryCall, QueryInfo, Severity
from console.tui.alert.query import QueryView
from console.tui.answers import post_answer
from console.tui.desk import AskingDesk
from console.tui.messages import WorkFailed
from console.tui.places import Surroundings
from console.tui.queries.query import QueryScreen
from console.tui.safe import EMPTY, Cell, cell, visible
from console.tui.screen import ConsoleScreen, Setting, reason
from console.tui.severity import severity_cell
from console.tui.widgets.columns import Column
from console.tui.widgets.grid import Grid
from console.tui.widgets.gridlines import GridRow
from console.tui.widgets.heading import Heading
from console.tui.widgets.note import Note

COLUMNS = (
    Column("name", "query", most=36, least=16),
    Column("own", "", most=3, optional=True),
    Column("severity", "alerts", most=12, optional=True),
    Column("title", "title", most=44, rank=3),
    Column("answers", "answers", most=100, least=20, rank=2, flex=True),
)


class QueriesScreen(ConsoleScreen):
    """All canned queries; Enter opens one."""

    about = "Queries"
    kind = "queries"

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("s", "sql", "SQL text", id="queries.text", tooltip="the query's text"),
        Binding("escape,q", "app.go_back", "back", id="app.back", key_display="esc", tooltip="back"),
    ]

    @dataclass
    class Loaded(Message):
        """The canned queries are here."""

        queries: tuple[QueryInfo, ...]

    def __init__(self, desk: AskingDesk, setting: Setting) -> None:
        super().__init__(setting)
        self._desk = desk
        self._queries: dict[str, QueryInfo] = {}

    @classmethod
    def again(cls, around: Surroundings, opened_with: object) -> QueriesScreen:
        return cls(around.desk, around.setting)

    def compose_body(self) -> ComposeResult:
        with Vertical(id="queries", classes="pane"):
            yield Heading("Queries", "reading …")
            yield Static(classes="problem")
            yield Grid(COLUMNS, id="query-grid")
        with Vertical(id="query-about", classes="pane"):
            yield Note(id="query-words")

    def on_mount(self) -> None:
        self.query_one(Grid).focus()

    def begin(self) -> None:
        super().begin()
        self._load()

    @work(thread=True, exclusive=True, group="queries")
    def _load(self) -> None:
        post_answer(self, "Queries cannot be read", lambda: self.Loaded(tuple(self._desk.queries())))

    @on(Loaded)
    def take(self, message: Loaded) -> None:
        self._queries = {query.name: query for query in message.queries}
        own = sum(query.is_own for query in message.queries)
        said = f"{len(message.queries)} canned ones" + (f", {own} of yours (★)" if own else "")
        self.query_one(Heading).show((said, "$dim"))
        self.query_one(Grid).show([_row(query) for query in message.queries])
        self._tell_about()

    def tell_failure(self, message: WorkFailed) -> None:
        problem = self.query_one(".problem", Static)
        problem.update(Content(reason(message.error)))
        problem.display = True

    @on(Grid.Moved, "#query-grid")
    def moved(self) -> None:
        self._tell_about()

    def _chosen(self) -> QueryInfo | None:
        return self._queries.get(str(self.query_one(Grid).cursor_key))

    def _tell_about(self) -> None:
        query = self._chosen()
        if query is not None:
            self.query_one("#query-words", Note).tell(about_words(query))

    @on(Grid.Opened, "#query-grid")
    def open(self) -> None:
        query = self._chosen()
        if query is not None:
            screen = QueryScreen(self._desk, self.setting, QueryCall(query.name), ask_first=True)
            if self.snapshot is not None:
                screen.show(self.snapshot)
            self.app.push_screen(screen)

    def action_sql(self) -> None:
        query = self._chosen()
        if query is not None:
            self.app.push_screen(QueryView(query.name, query.sql, {}))


def _row(query: QueryInfo) -> GridRow:
    own = Cell("★", "bold $accent") if query.is_own else EMPTY
    severity = severity_cell(Severity[query.severity.upper()]) if query.severity else EMPTY
    cells = (cell(query.name, "bold"), own, severity, cell(query.title), cell(query.answers, "$dim"))
    return GridRow(query.name, cells)


def about_words(query: QueryInfo) -> Content:
    """What a query answers, what a row of it is, and what it takes."""
    takes = ", ".join(one.name for one in query.params) or "nothing"
    alerts = f"{query.severity}, asked every {query.every}: each row is one" if query.severity else ""
    return Content.assemble(
        (visible(query.answers), "$foreground"),
        ("\nalerts ", "$dim") if alerts else "",
        visible(alerts),
        ("\nrows   ", "$dim"),
        visible(query.grain),
        ("\ntakes  ", "$dim"),
        visible(takes),
        ("\ngives  ", "$dim"),
        visible(", ".join(query.columns)),
        ("\nfile   ", "$dim"),
        visible(query.path),
    )
