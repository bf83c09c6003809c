"""Rejects as they are listed: a row for each, and how many there are of each reason."""

from __future__ import annotations

from collections.abc import Hashable, Sequence
from datetime import date
from pathlib import PurePath

from rich.cells import cell_len
from textual.content import Content

from console.model import RejectRow
from console.tui import say
from console.tui.rejects.line import drawn, size_words, summary
from console.tui.safe import Cell, cell, cut
from console.tui.widgets.columns import Column
from console.tui.widgets.gridlines import GridRow

COLUMNS = (
    Column("at", "time", "UTC", most=19, rank=3),
    Column("path", "source", most=40, rank=4, middle=True),
    Column("offset", "offset", right=True, most=18, rank=2),
    Column("reason", "reason", most=48, least=24),
    Column("line", "line", most=400, least=16, rank=1, flex=True),
)
REASON_CHARACTERS = 300
"""Characters of a reason that are shown."""
_GROUP_CHARACTERS = 70


def key_of(reject: RejectRow) -> Hashable:
    """What tells a reject from all others: its place."""
    return reject.source_id, reject.offset


def reject_row(reject: RejectRow, today: date) -> GridRow:
    """A reject as a row."""
    return GridRow(
        key_of(reject),
        (
            Cell(say.at(reject.at, today), "$dim"),
            cell(PurePath(reject.path).name or reject.path, "$dim"),
            Cell(f"{reject.offset:,}", "$dim"),
            cell(reject.reason, "$warning"),
            Cell(summary(reject.line, reject.length), "$foreground"),
        ),
    )


def reject_words(reject: RejectRow) -> Content:
    """One reject in full: why, where, how long, and its line."""
    return Content("\n").join(
        [
            Content.styled(cut(reject.reason, REASON_CHARACTERS, note=True) or "no reason", "bold $warning"),
            Content.styled(
                f"{cut(reject.path, 400)}:{reject.offset} · "
                + size_words(len(reject.line), reject.length, masked=reject.is_masked),
                "$dim",
            ),
            drawn(reject.line) if reject.line else Content.styled("nothing of it was kept", "$dim"),
        ]
    )


def reasons_words(reasons: Sequence[tuple[str, int]], width: int, lines: int) -> Content:
    """How often each reason occurs, the most frequent first, in so many lines of `width` cells."""
    ordered = sorted(reasons, key=lambda pair: (-pair[1], pair[0]))
    drawn_lines: list[Content] = []
    line: list[tuple[str, str]] = []
    used = 0
    for place, (reason, number) in enumerate(ordered):
        entry = ((f"{number:,}", "bold $warning"), (f" × {cut(reason, _GROUP_CHARACTERS)}", "$foreground"))
        cells = sum(cell_len(text) for text, _ in entry)
        rest = f"+ {len(ordered) - place:,} more reasons"
        last = len(drawn_lines) == lines - 1
        spare = len(rest) + 3 if last and place < len(ordered) - 1 else 0
        if line and used + 3 + cells + spare > width:
            if last:
                line.append((f"   {rest}", "$dim"))
                break
            drawn_lines.append(Content.assemble(*line))
            line, used = [], 0
        if line:
            line.append(("   ", ""))
            used += 3
        line += entry
        used += cells
    drawn_lines.append(Content.assemble(*line))
    return Content("\n").join([one.truncate(max(1, width), ellipsis=True) for one in drawn_lines])
