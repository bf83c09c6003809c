"""What a question was answered with: as rows, and as a chart where the columns suggest one."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date
from typing import ClassVar

from textual import on
from textual.app import ComposeResult
from textual.containers import Vertical
from textual.content import Content
from textual.widgets import Static

from console.model import Answer, RowId
from console.tui import say
from console.tui.predictions import facts_of
from console.tui.queries.pages import PagedGrid
from console.tui.queries.shapes import Shape, drawn, shapes_of
from console.tui.safe import visible
from console.tui.widgets.columns import Column
from console.tui.widgets.grid import Grid
from console.tui.widgets.gridlines import GridRow
from console.tui.widgets.heading import Heading

SHOWN_ROWS = 2_000
"""Rows of an answer that a table shows; a file can have them all."""
_NAME = 40
"""Characters of a column's name that are shown."""


@dataclass(frozen=True, slots=True)
class Drawn:
    """An answer made ready to be shown, which takes a while and is done by a worker."""

    answer: Answer
    columns: tuple[Column, ...]
    rows: tuple[GridRow, ...]
    shapes: tuple[Shape, ...]
    requests: tuple[RowId | None, ...]
    """The request of each row, where the answer tells which it is."""


def made_ready(answer: Answer, today: date) -> Drawn:
    """The answer as a grid and as charts."""
    table = replace(answer.table, rows=answer.table.rows[:SHOWN_ROWS])
    columns, rows = facts_of(table, today)
    # By these names one asks further.
    columns = tuple(replace(column, title=visible(column.name[:_NAME])) for column in columns)
    return Drawn(answer, columns, rows, shapes_of(table), _requests(table.columns, table.rows))


def _requests(columns: tuple[str, ...], rows: tuple[tuple[object, ...], ...]) -> tuple[RowId | None, ...]:
    if not {"source_id", "source_offset"} <= set(columns):
        return (None,) * len(rows)
    source, offset = columns.index("source_id"), columns.index("source_offset")
    found: list[RowId | None] = []
    for row in rows:
        one, other = row[source], row[offset]
        found.append(RowId(one, other) if isinstance(one, int) and isinstance(other, int) else None)
    return tuple(found)


def extent(answer: Answer) -> str:
    """How many rows there are, and what cut them: `first 500 of more, limit 500`."""
    rows = len(answer.table.rows)
    if answer.table.truncated:
        told = f"first {rows:,} of more, limit {answer.row_limit:,}"
        if rows < answer.row_limit:
            told = f"first {rows:,} of more, cut for their size"
    else:
        told = f"{say.plural(rows, 'row')}, all of them" if rows else "no rows"
    return f"{told}, {SHOWN_ROWS:,} shown" if rows > SHOWN_ROWS else told


class Result(Vertical):
    """The pane of an answer."""

    DEFAULT_CLASSES: ClassVar[str] = "pane"

    def __init__(self) -> None:
        super().__init__(id="result")
        self.drawn: Drawn | None = None
        self._chart: int | None = None
        """Which of the charts is shown, None for the rows."""
        self._is_old = False
        """Whether something else was asked since, and not answered."""

    def compose(self) -> ComposeResult:
        yield Heading("Result")
        yield Static(classes="problem")
        yield PagedGrid(id="result-grid")
        yield Static(id="result-chart")

    @property
    def grid(self) -> PagedGrid:
        """The rows."""
        return self.query_one("#result-grid", PagedGrid)

    def show(self, drawn: Drawn) -> None:
        """The answer is on screen, in place of an earlier one."""
        self.drawn, self._is_old = drawn, False
        self._chart = None
        self.tell_problem("")
        self.grid.show_pages(drawn.rows, drawn.columns)
        self._arrange()

    def running(self, words: str) -> None:
        """The heading says that it is being asked."""
        self.query_one(Heading).show((words, "bold $accent"))

    def tell_problem(self, words: str) -> None:
        """What went wrong is told over the rows of the answer before, if anything did."""
        problem = self.query_one(".problem", Static)
        problem.update(Content("\n".join(visible(line) for line in words.splitlines())))
        problem.set_class("\nLINE " in words, "-points")
        problem.display = bool(words)
        if words:
            self._is_old = True
            self._tell()

    def next_view(self) -> bool:
        """The next chart is shown, or the rows again after the last; False if there is no chart."""
        shapes = self.drawn.shapes if self.drawn else ()
        if not shapes:
            return False
        after = 0 if self._chart is None else self._chart + 1
        self._chart = after if after < len(shapes) else None
        self._arrange()
        return True

    @on(Grid.Rearranged)
    def _tell_pages(self) -> None:
        self._tell()

    def on_resize(self) -> None:
        if self.drawn is not None:
            self._arrange()

    def _arrange(self) -> None:
        shape = self.drawn.shapes[self._chart] if self.drawn and self._chart is not None else None
        chart = self.query_one("#result-chart", Static)
        self.grid.set_class(shape is not None, "-gone")
        chart.display = shape is not None
        if shape is not None:
            chart.update(drawn(shape, self.content_size.width - 4, self.content_size.height - 1))
        self._tell()

    def _tell(self) -> None:
        if self.drawn is None:
            self.query_one(Heading).show()
            return
        title = "Result of what was asked before" if self._is_old else "Result"
        answer = self.drawn.answer
        style = "$dim" if self._is_old else "$foreground"
        said = [(extent(answer), style), (f" · {answer.seconds:.2f} s", "$dim")]
        if self._chart is not None:
            said.append((f" · {self.drawn.shapes[self._chart].title}", "$dim"))
        elif pages := self.grid.pages_told():
            said.append((f" · {pages}", "$dim"))
        self.query_one(Heading).show(*said, title=title)
