"""How columns share a line: pure arithmetic, in terminal cells."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

GUTTER = 2
"""Cells between two columns, at least."""
AIR = 4
"""Cells more that two columns may be apart where there is room."""


@dataclass(frozen=True, slots=True)
class Column:
    """A column of a grid."""

    name: str
    title: str
    unit: str = ""
    right: bool = False
    """Right-aligned: numbers."""
    most: int = 24
    """Cells that it may be wide at most; a flexible one takes what is left over."""
    least: int = 0
    """Cells down to which it may be cut where room is short; 0: it is shown whole or not at all."""
    flex: bool = False
    rank: int = 0
    """Of two columns for which there is no room, the one with the higher rank goes first."""
    below: int = 0
    """If it would get fewer cells than this, columns with a higher rank than its own go; and if that
    does not help, it goes on a line of its own below the row."""
    optional: bool = False
    """Left out while every cell of it is empty."""
    middle: bool = False
    """What is too long is cut in its middle: paths, which their ends tell apart."""


@dataclass(frozen=True, slots=True)
class Slot:
    """Where a column is: its index, its first cell and its width in cells."""

    index: int
    x: int
    width: int


@dataclass(frozen=True, slots=True)
class Layout:
    """How a grid's columns are laid out over a width."""

    slots: tuple[Slot, ...]
    below: Slot | None
    """The column that has a line of its own."""
    left_out: int
    """Columns for which there was no room."""

    @property
    def lines(self) -> int:
        """Lines that a row takes."""
        return 2 if self.below else 1


def lay_out(columns: Sequence[Column], natural: Sequence[int], width: int) -> Layout:
    """The columns that fit into `width` cells, and how wide each of them is.

    Args:
        columns: In the order on screen.
        natural: Cells that the widest cell of each column takes, its title included; 0: left out.
        width: Cells there are.
    """
    wanted = {
        index: min(have, column.most)
        for index, (column, have) in enumerate(zip(columns, natural, strict=True))
        if have
    }
    floor = {index: min(cells, columns[index].least or cells) for index, cells in wanted.items()}
    shown = len(wanted)
    flexible = next((index for index in wanted if columns[index].flex), None)
    below: Slot | None = None
    if flexible is not None:
        column = columns[flexible]
        enough = min(column.below, natural[flexible])
        spared = {index: cells for index, cells in wanted.items() if columns[index].rank <= column.rank}
        if not column.below or width - _others(wanted, flexible) >= enough:
            wanted[flexible] = floor[flexible]
        elif width - _others(spared, flexible) >= enough:
            wanted = spared
            wanted[flexible] = enough
        else:
            del wanted[flexible]
            below = Slot(flexible, 2, max(1, width - 2))
            flexible = None
    while len(wanted) > 1 and _total(wanted) > width:
        spare = {index: cells - floor[index] for index, cells in wanted.items()}
        if sum(spare.values()) >= _total(wanted) - width:
            wanted[max(spare, key=lambda index: (spare[index], -index))] -= 1
        else:
            del wanted[max(wanted, key=lambda index: (columns[index].rank, index))]
    if flexible in wanted:
        left = max(0, width - _total(wanted))
        wanted[flexible] += min(left, natural[flexible] - wanted[flexible])
    left = max(0, width - _total(wanted))
    gutter = GUTTER + min(AIR, left // max(1, len(wanted) - 1))
    slots: list[Slot] = []
    x = 0
    for index in sorted(wanted):
        slots.append(Slot(index, x, min(wanted[index], max(1, width - x))))
        x += wanted[index] + gutter
    return Layout(tuple(slots), below, shown - len(slots) - (below is not None))


def _others(wanted: dict[int, int], flexible: int) -> int:
    return sum(cells + GUTTER for index, cells in wanted.items() if index != flexible)


def _total(wanted: dict[int, int]) -> int:
    return sum(wanted.values()) + GUTTER * (len(wanted) - 1)
