"""The lines of a grid as pieces of styled text: pure, and with as few pieces as possible.

Each piece costs an escape sequence on the way to the terminal, so the space after a cell is part of
the cell's own piece.
"""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from dataclasses import dataclass

from rich.cells import cell_len, set_cell_size

from console.tui.safe import EMPTY, Cell
from console.tui.widgets.columns import Column, Layout
from console.tui.widgets.looks import CURRENT

EDGE = 2
"""Cells before the first column: the cursor's bar, and the mark."""


@dataclass(frozen=True, slots=True)
class GridRow:
    """A row: what it is, and what it looks like, one cell a column."""

    key: Hashable
    cells: tuple[Cell, ...]
    style: str = ""
    """Style under the cells' own: `$dim` for what is over."""


@dataclass(frozen=True, slots=True)
class Piece:
    """Text and the styles that lie over each other on it."""

    text: str
    styles: tuple[str, ...]


def header_line(columns: Sequence[Column], layout: Layout) -> list[Piece]:
    """The titles, each followed by its unit."""
    pieces = [Piece(" " * EDGE, ("$dim",))]
    x = 0
    for slot in layout.slots:
        column = columns[slot.index]
        title = column.title
        if cell_len(title) > slot.width:
            title = set_cell_size(title, slot.width - 1) + "…"
        unit = f" {column.unit}" if column.unit else ""
        unit = set_cell_size(unit, max(0, min(cell_len(unit), slot.width - cell_len(title))))
        pad = " " * (slot.width - cell_len(title) - cell_len(unit))
        gap = " " * (slot.x - x)
        words = pad + title + unit if column.right else title + unit + pad
        pieces.append(Piece(gap + words, ("$dim",)))
        x = slot.x + slot.width
    return pieces


def row_line(
    row: GridRow, part: int, columns: Sequence[Column], layout: Layout, *, current: bool, marked: bool
) -> list[Piece]:
    """Line `part` of a row: 0 is its columns, 1 what goes below them.

    Cursor and mark are signs as well as colours.
    """
    base: tuple[str, ...] = (row.style,)
    if marked:
        base += ("on $mark",)
    if current:
        base += (CURRENT,)
    edge = ("▌" if current else " ") + ("•" if marked and part == 0 else " ")
    pieces = [Piece(edge, (*base, "bold $accent") if edge.strip() else base)]
    x = 0
    for slot in layout.slots if part == 0 else (layout.below,):
        if slot is not None:
            cell = row.cells[slot.index] if slot.index < len(row.cells) else EMPTY
            text = " " * (slot.x - x) + fitted(cell.text, slot.width, columns[slot.index])
            pieces.append(Piece(text, (*base, cell.style) if cell.text else base))
            x = slot.x + slot.width
    return pieces


def fitted(text: str, width: int, column: Column) -> str:
    """The text, exactly so many cells wide; `…` where it was cut."""
    have = cell_len(text)
    if have > width:
        tail = last_cells(text, (width - 1) * 2 // 3) if column.middle else ""
        return set_cell_size(text, width - 1 - cell_len(tail)) + "…" + tail
    pad = " " * (width - have)
    return pad + text if column.right else text + pad


def last_cells(text: str, cells: int) -> str:
    """As much of the text's end as fits into so many cells."""
    start = max(0, len(text) - cells)
    while start < len(text) and cell_len(text[start:]) > cells:
        start += 1
    return text[start:]
