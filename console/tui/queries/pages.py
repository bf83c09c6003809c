"""A grid of an answer with more columns than there is room for: they come in pages, none of them is lost."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import ClassVar

from textual.binding import Binding, BindingType

from console.tui import say
from console.tui.widgets.columns import Column
from console.tui.widgets.grid import Grid
from console.tui.widgets.gridlines import GridRow


class PagedGrid(Grid):
    """Shows what fits; the columns that do not are on the next page, beside the first one again."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "right", "columns(1)", "more columns", show=False, id="answer.more", tooltip="further columns"
        ),
        Binding(
            "left", "columns(-1)", "columns before", show=False, id="answer.less", tooltip="columns before"
        ),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._whole: tuple[Sequence[GridRow], Sequence[Column]] = ((), ())
        self._shown: tuple[int, ...] = ()
        """Places of the columns that this page is to show, as far as there is room."""
        self._before: list[tuple[int, ...]] = []
        """The pages before this one."""

    def show_pages(self, rows: Sequence[GridRow], columns: Sequence[Column]) -> None:
        """The first page of these columns is shown, from the first row on."""
        self._whole, self._before = (rows, columns), []
        self._turn_to(tuple(range(len(columns))), from_top=True)

    def action_columns(self, by: int) -> None:
        """The next page, or the one before; nothing where there is none."""
        if by < 0 and self._before:
            self._turn_to(self._before.pop())
        elif by > 0 and self.left_out:
            shown = {self._shown[slot.index] for slot in self._plan.slots}
            rest = tuple(place for place in self._shown if place not in shown)
            self._before.append(self._shown)
            # By the first column, mostly a name or a time, rows are known again.
            self._turn_to((self._shown[0], *rest) if self._shown[0] in shown else rest)

    def _turn_to(self, page: tuple[int, ...], *, from_top: bool = False) -> None:
        rows, columns = self._whole
        self._shown = page
        shown = [columns[place] for place in page]
        if self._before:
            # What the first page left out comes in its order, but for the column that names the rows.
            shown = [replace(column, rank=-1 if at == 0 else 0) for at, column in enumerate(shown)]
        cut = [replace(row, cells=tuple(row.cells[place] for place in page)) for row in rows]
        self.show(cut, shown, from_top=from_top)

    def pages_told(self) -> str:
        """What is not on this page, and how to come to it; empty if everything is on it."""
        if self.left_out:
            return f"{say.plural(self.left_out, 'more column')}: {'← ' if self._before else ''}→"
        return "columns before: ←" if self._before else ""
