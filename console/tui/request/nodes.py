"""A tree of nodes: sections, what is in them, and what is in that. Pure.

What lies deeper is made into nodes once it is unfolded, so a large record costs what one sees of it.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from itertools import islice

from console.model import StageUsual, Standing
from console.tui.safe import ABSENT, VALUE_CHARACTERS, Cell, cut, quoted

MOST_CHILDREN = 1_000
"""Members of one list or object that are shown."""
_PREVIEW = 300
"""Characters that are shown of a list or object which is folded."""

Path = tuple[str, ...]


@dataclass(frozen=True, slots=True)
class StageBar:
    """When a stage ran, as shares (0..1) of the whole latency."""

    ms: float
    offset: float
    share: float
    is_slowest: bool = False
    usual: StageUsual | None = None


@dataclass(frozen=True, slots=True)
class Node:
    """One entry of the tree."""

    path: Path
    """Names from its section on: by it the entry is known again in another request."""
    name: str
    cell: Cell
    value: object = None
    """As logged; what is in a list or object are its children."""
    aside: str = ""
    """Shown dimmed after the value: a unit, a type; of a section, what there is to know of it."""
    field: str = ""
    """What a filter calls it; empty for what cannot be filtered by."""
    standing: Standing | None = None
    stage: StageBar | None = None
    members: tuple[Node, ...] | None = None
    """Of a section."""

    @property
    def is_section(self) -> bool:
        """Whether it is one of the tree's titles."""
        return len(self.path) == 1

    @property
    def holds(self) -> bool:
        """Whether there is something in it."""
        return bool(self.members) or (isinstance(self.value, dict | list) and bool(self.value))


@dataclass(frozen=True, slots=True)
class Row:
    """A node that is on show."""

    node: Node
    is_open: bool


def rows_of(sections: Iterable[Node], flipped: frozenset[Path]) -> tuple[Row, ...]:
    """The nodes on show, in their order. A section is open, all else folded, unless its path is flipped."""
    found: list[Row] = []
    for section in sections:
        _take(section, flipped, found)
    return tuple(found)


def _take(node: Node, flipped: frozenset[Path], found: list[Row]) -> None:
    is_open = node.is_section != (node.path in flipped)
    found.append(Row(node, is_open))
    if is_open and node.holds:
        for child in children_of(node):
            _take(child, flipped, found)


def children_of(node: Node) -> Sequence[Node]:
    """What is in a section, a list or an object; of many the first, and how many there are more."""
    if node.members is not None:
        return node.members
    named: Iterable[tuple[str, object]]
    match node.value:
        case dict():
            number, named = len(node.value), ((str(name), value) for name, value in node.value.items())
        case list():
            number, named = len(node.value), ((str(at), value) for at, value in enumerate(node.value))
        case _:
            return ()
    nodes = [plain((*node.path, name), value) for name, value in islice(named, MOST_CHILDREN)]
    if number > MOST_CHILDREN:
        more = Cell(f"{number - MOST_CHILDREN:,} more, which a copy has", "$dim")
        nodes.append(Node((*node.path, "…"), "…", more))
    return nodes


def plain(
    path: Path,
    value: object,
    style: str = "$foreground",
    *,
    aside: str = "",
    field: str = "",
    standing: Standing | None = None,
) -> Node:
    """A logged value under the last name of its path."""
    return Node(path, path[-1], value_cell(value, style), value, aside or kind_of(value), field, standing)


def kind_of(value: object) -> str:
    """What a list or object is called; empty for everything else."""
    match value:
        case list():
            return f"list of {len(value):,}"
        case dict():
            return f"object of {len(value):,}"
    return ""


def value_cell(value: object, style: str = "$foreground") -> Cell:
    """A logged value at full length (cut at a stated one), text told apart from what it resembles."""
    if value is None:
        return ABSENT
    if isinstance(value, dict | list):
        return Cell(_preview(value), style)
    return Cell(quoted(value, VALUE_CHARACTERS, note=True), style)


def _preview(value: object) -> str:
    """The beginning of a list or object as JSON; no more of it is written than is shown."""
    text = ""
    for piece in json.JSONEncoder(ensure_ascii=False, default=str).iterencode(value):
        text += piece[: _PREVIEW + 1]
        if len(text) > _PREVIEW:
            break
    return cut(text, _PREVIEW)
