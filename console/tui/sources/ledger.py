"""The ledger of the sources as it is shown: a row for each source, their sums, and their order."""

from __future__ import annotations

import re
from collections.abc import Callable, Hashable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta

from console.model import SourceStatus
from console.tui import say
from console.tui.request.record import Entry, Section
from console.tui.safe import ABSENT, Cell, cut
from console.tui.states import STATE_STYLES, WORST_FIRST, state_cell
from console.tui.widgets.columns import Column
from console.tui.widgets.gridlines import GridRow

PATH_CHARACTERS = 4_096
"""Characters of a path that are shown."""
_NOTHING = Cell("0", "$faint")

COLUMNS = (
    Column("state", "state", most=11),
    Column("path", "source", most=200, least=24, flex=True, middle=True),
    Column("kind", "kind", most=10, rank=10),
    Column("size", "size", right=True, most=9, rank=8),
    Column("bytes", "read", right=True, most=9, rank=9),
    Column("share", "read", "%", right=True, most=8, rank=4),
    Column("lag", "lag", right=True, most=9, rank=2),
    Column("behind", "behind", right=True, most=11, rank=6),
    Column("lines", "lines", right=True, most=15, rank=7),
    Column("rows", "rows", right=True, most=15, rank=3),
    Column("rejects", "rejects", right=True, most=12, rank=1),
    Column("blanks", "blanks", right=True, most=12, rank=8),
    Column("last", "last line", "ago", right=True, most=13, rank=5),
)


def key_of(source: SourceStatus) -> Hashable:
    """What tells a source from all others; those of which nothing was read have no number yet."""
    return source.source_id, source.path


def share_read(source: SourceStatus) -> float | None:
    """Share of the source's bytes that is committed, 0..1; None where its size is not known."""
    if source.size <= 0:
        return None
    return min(1.0, max(0.0, 1 - source.lag_bytes / source.size))


def per_cent(share: float) -> str:
    """A share in per cent that says 100 only for all of it, and 0 only for nothing."""
    if 0 < share < 1:
        return f"{min(99.9, max(0.1, 100 * share)):.1f}"
    return f"{100 * share:.0f}"


def source_row(source: SourceStatus, now: datetime) -> GridRow:
    """A source as a row of the ledger."""
    share = share_read(source)
    behind, last = source.behind_since, source.last_line_at
    return GridRow(
        key_of(source),
        (
            state_cell(source.state),
            Cell(cut(source.path, PATH_CHARACTERS), "$foreground"),
            Cell(kind_of(source), "$dim"),
            Cell(say.size(source.size), "$dim") if source.size else ABSENT,
            Cell(say.size(source.next_offset), "$dim"),
            ABSENT if share is None else Cell(per_cent(share), "$dim" if share == 1 else "$foreground"),
            Cell(say.size(source.lag_bytes), "$warning") if source.lag_bytes else _NOTHING,
            Cell(say.span(_seconds(now, behind)), "$warning") if behind else _NOTHING,
            Cell(say.count(source.lines)) if source.lines else _NOTHING,
            Cell(say.count(source.rows)) if source.rows else _NOTHING,
            Cell(say.count(source.rejects), "bold $warning") if source.rejects else _NOTHING,
            Cell(say.count(source.blanks), "$dim") if source.blanks else _NOTHING,
            Cell(age(_seconds(now, last)), "$dim") if last else ABSENT,
        ),
    )


def kind_of(source: SourceStatus) -> str:
    """What it is read as; `truth` where every row of it says what was true of a request."""
    return "truth" if source.truths and source.truths == source.rows else cut(source.kind, 12)


def age(seconds: float) -> str:
    """How long ago something was, so roughly that a hundred of them do not change every second."""
    return "< 1 min" if seconds < 60 else say.span(seconds)


def _seconds(now: datetime, then: datetime) -> float:
    return max(0.0, (now - then) / timedelta(seconds=1))


# --- in which order -------------------------------------------------------------------------------

_DIGITS = re.compile(r"(\d{1,18})")


def _by_path(source: SourceStatus) -> tuple[tuple[str, int], ...]:
    """As people order names: `model-2` before `model-10`."""
    parts = _DIGITS.split(source.path[:PATH_CHARACTERS])
    return tuple((part, 0) if index % 2 == 0 else ("", int(part)) for index, part in enumerate(parts))


@dataclass(frozen=True, slots=True)
class Order:
    """A column by which the ledger can be sorted."""

    column: str
    """Name of the column."""
    said: str
    """What comes first."""
    rank: Callable[[SourceStatus], float]
    """Sources with a smaller one come first; equal ones by path."""


ORDERS = (
    Order("state", "problems first", lambda source: WORST_FIRST.index(source.state)),
    Order("path", "by path", lambda source: 0),
    Order("size", "largest first", lambda source: -source.size),
    Order("lag", "most behind first", lambda source: -source.lag_bytes),
    Order("rows", "most rows first", lambda source: -source.rows),
    Order("rejects", "most rejects first", lambda source: -source.rejects),
    Order("last", "silent longest first", lambda source: _last(source)),
)


def _last(source: SourceStatus) -> float:
    return source.last_line_at.timestamp() if source.last_line_at else float("-inf")


def in_order(sources: Sequence[SourceStatus], order: Order) -> list[SourceStatus]:
    """The sources in this order."""
    return sorted(sources, key=lambda source: (order.rank(source), _by_path(source), source.source_id))


# --- their sums -----------------------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Totals:
    """The ledger's sums."""

    size: int
    lag: int
    lines: int
    rows: int
    rejects: int
    blanks: int
    truths: int
    matched: int
    wrong: int
    """Sources for which lines = rows + rejects + blanks does not hold."""


def totals_of(sources: Sequence[SourceStatus]) -> Totals:
    """The sums of all sources."""
    return Totals(
        sum(source.size for source in sources),
        sum(source.lag_bytes for source in sources),
        sum(source.lines for source in sources),
        sum(source.rows for source in sources),
        sum(source.rejects for source in sources),
        sum(source.blanks for source in sources),
        sum(source.truths for source in sources),
        sum(source.matched for source in sources),
        sum(not adds_up(source) for source in sources),
    )


def adds_up(source: SourceStatus) -> bool:
    """Whether lines = rows + rejects + blanks."""
    return source.lines == source.rows + source.rejects + source.blanks


# --- one of them ----------------------------------------------------------------------------------


def source_section(source: SourceStatus, now: datetime) -> Section:
    """All that is known of one source."""
    entries = [Entry("path", Cell(cut(source.path, PATH_CHARACTERS, note=True), "bold $foreground"))]
    seen = source.last_line_at
    heard = (
        f"last line {say.at(seen, now.date())} UTC, {age(_seconds(now, seen))} ago" if seen else "no line yet"
    )
    entries.append(Entry("state", state_cell(source.state), f"· {kind_of(source)} · {heard}"))
    if source.problem:
        entries.append(
            Entry("problem", Cell(cut(source.problem, 600, note=True), STATE_STYLES[source.state]))
        )
    entries.append(Entry("offset", Cell(f"{source.next_offset:,}", "$foreground"), _how_far(source, now)))
    verdict = "✓" if adds_up(source) else "✗ this does not add up: run icon doctor"
    adding = f"{equation_of(source.rows, source.rejects, source.blanks)} {verdict}"
    entries.append(Entry("lines", Cell(f"{source.lines:,}", "$foreground"), adding))
    if source.truths:
        matched = f"· {source.matched:,} matched, {per_cent(source.matched / source.truths)} %"
        entries.append(Entry("truths", Cell(f"{source.truths:,}", "$foreground"), matched))
    return Section("Source", tuple(entries), f"number {source.source_id}" if source.source_id >= 0 else "")


def _how_far(source: SourceStatus, now: datetime) -> str:
    share = share_read(source)
    told = "bytes"
    if share is not None and source.next_offset + source.lag_bytes == source.size:
        told = f"of {source.size:,} bytes, {per_cent(share)} %"
    elif share is not None:
        told = f"bytes of lines · {per_cent(share)} % of {say.size(source.size)} read"
    if source.lag_bytes:
        told += f" · lag {say.size(source.lag_bytes)}"
    if source.behind_since:
        told += f", {say.span(_seconds(now, source.behind_since))}"
    return told


def equation_of(rows: int, rejects: int, blanks: int) -> str:
    """What lines are made of: `= 412 rows + 1 reject + 0 blank`."""
    return f"= {say.plural(rows, 'row')} + {say.plural(rejects, 'reject')} + {blanks:,} blank"
