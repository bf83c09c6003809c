"""The lines of a request's tree as pieces of styled text, over a width in cells. Pure."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

from rich.cells import cell_len

from console.model import Standing
from console.tui import say
from console.tui.request.nodes import Node, Row, StageBar
from console.tui.request.sections import ODD_STYLES
from console.tui.safe import cut, visible
from console.tui.widgets.bars import bar
from console.tui.widgets.columns import Column
from console.tui.widgets.gridlines import Piece, fitted
from console.tui.widgets.looks import CURRENT

EDGE = 2
"""Cells before a name: the cursor's bar, and the sign of what folds."""
FOLDED_LINES = 4
"""Lines of a long text that are shown until it is unfolded."""
_GAP = 2
_NAME_CELLS = 32
_STANDING_CELLS = 33
_RANK_CELLS = 6
_MS_CELLS = 10
_STAGE_CELLS = 34
_LEAST_BAR, _LEAST_TOLD = 6, 12
_MORE = "⏎ shows more"
_LEFT = Column("", "")


@dataclass(frozen=True, slots=True)
class Plan:
    """How a line is shared out, in cells."""

    width: int
    names: int
    """Of the names, with what they are indented by."""
    standings: int
    """Of how features stand; 0 where there is no room for it."""

    def room(self, node: Node) -> int:
        """Cells for a node's value."""
        room = self.width - EDGE - self.names - _GAP
        return max(4, room - (self.standings + _GAP if self.standings and _beside(node) else 0))


def plan(rows: Sequence[Row], width: int) -> Plan:
    """The names take as much as they need, up to a part of the width."""
    has_features = any(_beside(row.node) for row in rows)
    longest = max(
        (_indent(row.node) + cell_len(_name(row.node)) for row in rows if not row.node.is_section), default=0
    )
    most = min(_NAME_CELLS, max(8, width // 4 if has_features else width * 2 // 5))
    names = min(most, longest)
    fits = width - EDGE - names - 2 * _GAP - _STANDING_CELLS >= 12
    return Plan(width, names, _STANDING_CELLS if has_features and fits else 0)


def _beside(node: Node) -> bool:
    return len(node.path) == 2 and node.path[0] == "Features"


def _indent(node: Node) -> int:
    return 2 * max(0, len(node.path) - 2)


def _name(node: Node) -> str:
    return visible(node.name[:200]) or '""'


def value_lines(row: Row, plan: Plan) -> tuple[list[str], bool]:
    """A value over its room, and whether more lines of it are folded away."""
    node = row.node
    if node.is_section or node.stage is not None:
        return [""], False
    room = plan.room(node)
    text = f"{node.aside}" if row.is_open and node.holds else node.cell.text
    if len(text) <= 8 * room and _cells(text) <= room:
        return [text], False
    if node.holds:
        return [fitted(text, room, _LEFT)], False
    lines = wrapped(text, room, None if row.is_open else FOLDED_LINES + 1)
    if len(lines) <= FOLDED_LINES or row.is_open:
        return lines, False
    if room >= 2 * cell_len(_MORE):
        lines[FOLDED_LINES - 1] = _cut_cells(lines[FOLDED_LINES - 1], room - cell_len(_MORE) - 1)
    return lines[:FOLDED_LINES], True


def wrapped(text: str, room: int, most: int | None = None) -> list[str]:
    """The text over so many cells, at blanks where it has some; at most so many lines of it."""
    lines: list[str] = []
    at = 0
    while at < len(text) and (most is None or len(lines) < most):
        end = at + room
        while end > at + 1 and (cells := _cells(text[at:end])) > room:
            end = at + max(1, min(end - at - 1, (end - at) * room // cells))
        while end < len(text) and not _cells(text[end]):
            end += 1
        if end < len(text) and text[end] != " ":
            end = max(end if (blank := text.rfind(" ", at + 1, end)) < 0 else blank + 1, at + 1)
        lines.append(text[at:end].rstrip(" "))
        at = end
    return lines


def _cells(text: str) -> int:
    """How wide a text is of which all can be seen."""
    return len(text) if text.isascii() else cell_len(text)


def folds(row: Row, plan: Plan) -> bool:
    """Whether it can be unfolded, or folded."""
    if row.node.is_section or row.node.holds:
        return row.node.holds
    if row.is_open:
        return value_lines(Row(row.node, is_open=False), plan)[1]
    return value_lines(row, plan)[1]


def draw(row: Row, lines: Sequence[str], part: int, plan: Plan, *, sign: str, current: bool) -> list[Piece]:
    """Line `part` of a row whose value takes these lines; `sign` says whether it folds."""
    node = row.node
    base: tuple[str, ...] = (CURRENT,) if current else ()
    edge = Piece("▌" if current else " ", (*base, "bold $accent") if current else base)
    first = part == 0
    folded = Piece(sign if first else " ", (*base, "$dim"))
    if node.is_section:
        return [edge, folded, *_title(node, plan, base)]
    indent = _indent(node)
    room = max(1, plan.names - indent)
    name = fitted(_name(node), room, _LEFT) if first else " " * room
    head = Piece(" " * indent + name + " " * _GAP, (*base, "$dim"))
    pieces = [edge, folded, head]
    if node.stage is not None:
        return pieces + _stage(node, node.stage, plan, base)
    text, room = lines[part], plan.room(node)
    opened = row.is_open and node.holds
    style = "$dim" if opened else node.cell.style
    pieces.append(Piece(text, (*base, style)))
    left = room - cell_len(text)
    beside = plan.standings and _beside(node)
    if part == len(lines) - 1:
        if sign == "▸" and not node.holds:
            pieces.append(Piece(f" {_MORE}" if left > cell_len(_MORE) else "", (*base, "$dim")))
        elif node.aside and not opened and left > 4 and not beside:
            pieces.append(Piece(" " + _cut_cells(node.aside, left - 1), (*base, "$dim")))
    if beside and first and node.standing is not None:
        used = cell_len(text)
        pieces = [*pieces[:4], Piece(" " * (room - used + _GAP), base), *_standing(node.standing, plan, base)]
    return pieces


def _cut_cells(text: str, cells: int) -> str:
    return text if cell_len(text) <= cells else fitted(text, cells, _LEFT)


def _title(node: Node, plan: Plan, base: tuple[str, ...]) -> list[Piece]:
    note = f"  {node.aside}" if node.aside else ""
    room = max(0, plan.width - EDGE - cell_len(node.name))
    note = _cut_cells(note, room) if room > 3 else ""
    rule = max(0, room - cell_len(note) - 1)
    return [
        Piece(node.name, (*base, "bold $accent")),
        Piece(note, (*base, "$dim")),
        Piece(" " + "─" * rule if rule else "", (*base, "$faint")),
    ]


def _standing(standing: Standing, plan: Plan, base: tuple[str, ...]) -> list[Piece]:
    """A bar of its rank or its share, what is odd about it, and the figure."""
    share = standing.rank if standing.rank is not None else standing.share
    drawn = bar(min(1.0, max(0.0, share)), _RANK_CELLS) if share is not None and share == share else ""
    odd = standing.odd
    pieces = [Piece(drawn.ljust(_RANK_CELLS + 1), (*base, "$chart" if odd is None else ODD_STYLES[odd]))]
    left = plan.standings - _RANK_CELLS - 1
    told = cut(standing.words, 60)
    if odd is not None:
        pieces.append(Piece(odd.value, (*base, ODD_STYLES[odd])))
        left -= cell_len(odd.value)
        told = "" if told == odd.value else f" · {told}" if told else ""
    pieces.append(Piece(_cut_cells(told, left), (*base, "$dim")))
    return pieces


def _stage(node: Node, stage: StageBar, plan: Plan, base: tuple[str, ...]) -> list[Piece]:
    """Milliseconds, a bar from when to when, the share, and what is usual."""
    room = plan.width - EDGE - plan.names - _GAP
    pieces = [Piece(node.cell.text.rjust(_MS_CELLS), (*base, "$foreground"))]
    words, is_over = _stage_words(stage)
    left = room - _MS_CELLS - _GAP
    told = min(_STAGE_CELLS, left - _GAP - _LEAST_BAR)
    told = told if told >= _LEAST_TOLD else 0
    cells = max(0, min(60, left - (_GAP + told if told else 0)))
    start = min(max(0, cells - 1), int(stage.offset * cells))
    length = max(1, min(cells - start, round((stage.offset + stage.share) * cells) - start)) if cells else 0
    track = " " * start + "━" * length + " " * (cells - start - length)
    style = "bold $warning" if stage.is_slowest else "$chart"
    pieces.append(Piece(" " * _GAP + track, (*base, style)))
    if told:
        marked = "bold $warning" if is_over else "$foreground" if stage.is_slowest else "$dim"
        pieces.append(Piece(" " * _GAP + _cut_cells(words, told), (*base, marked)))
    return pieces


def _stage_words(stage: StageBar) -> tuple[str, bool]:
    words = f"{stage.share * 100:>3.0f} %" + (" slowest" if stage.is_slowest else "")
    if stage.usual is None:
        return words, False
    is_over = stage.ms > stage.usual.p95_ms
    return f"{words} · {'over ' if is_over else ''}p95 {say.figure(stage.usual.p95_ms)} ms", is_over
