"""The rows of a slice, part by part: whole predictions, flat, typed as logged, labels beside."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from console.errors import Interrupted, StoreError, UsageError
from console.model import Ticket
from console.model.exporting import TRAIN, ExportOptions, Role, SliceColumn, SliceCounts
from console.store.arrow import registered
from console.store.inputs import Statement
from console.store.lacking import lacking
from console.store.picking import Picked, in_utc, pick
from console.store.schema import FIXED, Columns, FeatureColumn
from console.store.views import MADE, quoted

PART_BYTES = 64 * 2**20
"""About so much of a slice lies in memory at a time."""
MOST_ROWS = 122_880
"""Of a part, however short they are."""
LEAST_ROWS = 128
_PROBED = 300
"""Rows at the beginning, in the middle and at the end that tell how long rows are."""
_ADDED = ("copies", "offends", "split")
"""Columns of `Picked.rows` that stand beside a row, if somebody asked for them."""
_UNREADABLE = frozenset({"interval", "union", "variant"})


@dataclass(frozen=True, slots=True)
class StoredSlice:
    """A slice that is about to be written; it can be read while the store is, once."""

    columns: tuple[SliceColumn, ...]
    """In the order of `schema`."""
    schema: pl.Schema
    rows: int | None
    """How many there will be; None where that shows only at the end."""
    group_rows: int
    """Rows that are short enough together to lie in memory at once."""
    counts: SliceCounts | None
    """None where the rows are no predictions."""
    cuts: tuple[datetime, ...]
    """Where the sets after `train` begin, in a split by time."""
    split_column: str | None
    """The column that says in which set a row is, if there is one."""
    lacking: frozenset[str]
    """Features of which no row of the slice, or of its `train`, has a value."""
    frames: Callable[[], Iterator[pl.DataFrame]]
    """The rows, in order."""


def slice_of_rows(
    cursor: duckdb.DuckDBPyConnection,
    listed: pl.DataFrame,
    labels: pl.DataFrame | None,
    options: ExportOptions,
    ticket: Ticket,
) -> StoredSlice:
    """Whole predictions, the oldest first.

    Args:
        cursor: of the store; it must stay open until the rows have been read.
        listed: `source_id`, `source_offset`, and `offends` (boolean, null where it is not known).
        labels: one row a `request_key`, and whatever stands beside; None for no labels.
        options: which of the rows are wanted.
        ticket: by which it can be taken back.

    Raises:
        StoreError: nothing is stored yet.
    """
    picked = pick(cursor, listed, labels, options)
    columns = Columns(cursor)
    tables = picked.rows["stored_in"].unique().sort().to_list() if picked.rows.height else []
    if not tables and not columns.present:
        raise StoreError("nothing is stored yet, so there is nothing to export")
    reader = _Reader(
        cursor, columns, tables or sorted(columns.present)[:1], labels, _asked_for(options, listed)
    )
    ends = {0, max(0, picked.rows.height // 2 - _PROBED // 2), max(0, picked.rows.height - _PROBED)}
    probes = [reader.part(picked.rows.slice(start, _PROBED)) for start in sorted(ends)]
    size, rows = sum(map(_size, probes)), sum(probe.height for probe in probes)
    group = max(LEAST_ROWS, min(MOST_ROWS, PART_BYTES * rows // max(1, size) if rows else MOST_ROWS))
    split_column = reader.selected[-1][0].name if options.split is not None else None
    seldom = _seldom(reader.selected, pl.concat(probes), split_column)
    return StoredSlice(
        columns=tuple(column for column, _ in reader.selected),
        schema=probes[0].schema,
        rows=picked.rows.height,
        group_rows=group,
        counts=picked.counts,
        cuts=picked.cuts,
        split_column=split_column,
        lacking=lacking(cursor, columns, picked.rows, seldom) if seldom else frozenset(),
        frames=lambda: _parts(reader, picked, group, ticket),
    )


def _seldom(
    selected: tuple[tuple[SliceColumn, str], ...], probed: pl.DataFrame, split_column: str | None
) -> dict[str, str]:
    """Features without a value in the rows that were probed: most have one, and are looked for no further."""
    if split_column is not None:
        probed = probed.filter(pl.col(split_column) == TRAIN)
    return {
        column.name: sql.removeprefix("p.")
        for column, sql in selected
        if column.role is Role.FEATURE and probed[column.name].null_count() == probed.height
    }


def _size(frame: pl.DataFrame) -> int:
    """Bytes that it takes in memory."""
    return int(frame.estimated_size())


def _asked_for(options: ExportOptions, listed: pl.DataFrame) -> tuple[str, ...]:
    wanted = {
        "copies": options.one_row_an_input,
        "offends": listed["offends"].null_count() < listed.height,
        "split": options.split is not None,
    }
    return tuple(name for name in _ADDED if wanted[name])


def _parts(reader: _Reader, picked: Picked, group: int, ticket: Ticket) -> Iterator[pl.DataFrame]:
    start, rows = 0, group
    while start < picked.rows.height:
        if ticket.cancelled:
            raise Interrupted("taken back")
        part = reader.part(picked.rows.slice(start, rows))
        start += rows
        # Rows may be longer here than where they were probed.
        rows = max(LEAST_ROWS, min(group, PART_BYTES * part.height // max(1, _size(part))))
        yield part


class _Reader:
    """Reads predictions by their places, with the columns that their tables have."""

    def __init__(
        self,
        cursor: duckdb.DuckDBPyConnection,
        columns: Columns,
        tables: list[str],
        labels: pl.DataFrame | None,
        added: tuple[str, ...],
    ) -> None:
        self._cursor = cursor
        self._labels = labels if labels is not None else pl.DataFrame(schema={"request_key": pl.String})
        there = set().union(*(columns.present[table] for table in tables))
        dynamic = [one for one in columns.columns.values() if one.column in there]
        self.selected = tuple(_selected(columns, dynamic, self._labels.columns, added))
        self._at = "at" + "_" * max(len(column.name) for column, _ in self.selected)
        """A column's name that no other one has: where in its part a row belongs."""
        self._text = self._select(columns, tables, added)

    def _select(self, columns: Columns, tables: list[str], added: tuple[str, ...]) -> str:
        beside = "".join(f", r.{name} as row_{name}" for name in ("at", *added))
        each = (
            f"select {', '.join(f'p.{name}' for name in FIXED)}, {MADE}, "
            "r.input_hash as row_input_hash"
            + "".join(
                f", p.{one.column}"
                for one in columns.columns.values()
                if one.column in columns.present[table]
            )
            + f"{beside} from {table} as p join slice_rows as r "
            "on r.source_id = p.source_id and r.source_offset = p.source_offset "
            "where p.ts between $first and $last"
            for table in tables
        )
        shown = ", ".join(f"{sql} as {quoted(column.name)}" for column, sql in self.selected)
        return (
            f"select {shown}, p.row_at as {quoted(self._at)} from ({' union all by name '.join(each)}) as p "
            "left join sources as s on s.source_id = p.source_id "
            "left join slice_labels as l "
            "on l.request_key = coalesce(p.request_id, s.path || ':' || p.source_offset)"
        )

    def part(self, rows: pl.DataFrame) -> pl.DataFrame:
        """These rows of `Picked.rows`, which are next to each other in time, whole."""
        # The times let DuckDB pass over all row groups of other times, without a look at the places.
        ends = {
            "first": rows["ts"][0] if rows.height else None,
            "last": rows["ts"][-1] if rows.height else None,
        }
        with (
            registered(self._cursor, "slice_rows", rows),
            registered(self._cursor, "slice_labels", self._labels),
        ):
            frame = pl.DataFrame(self._cursor.sql(self._text, params=ends))
        # To put whole rows in order is cheaper here than in DuckDB.
        return in_utc(frame.sort(self._at).drop(self._at))


def _selected(
    columns: Columns, dynamic: list[FeatureColumn], labels: list[str], added: tuple[str, ...]
) -> Iterator[tuple[SliceColumn, str]]:
    """Each column of the file and its SQL: fields, tags, features by name, then what is said of the row."""
    taken = {one.view_name.casefold() for one in columns.columns.values()}
    taken |= {name.casefold() for name in (*FIXED, "is_error", "truth_origin")}
    for name in (*FIXED, "is_error", "truth_origin"):
        if name not in ("source_id", "source_offset"):
            yield SliceColumn(name, Role.FIELD), f"p.{name}"
    path = _free("source_path", "line_source_path", taken)
    yield SliceColumn(path, Role.FIELD), "s.path"
    yield SliceColumn("source_offset", Role.FIELD), "p.source_offset"
    ordered = sorted(dynamic, key=lambda one: (one.kind != "tag", one.name, one.kind))
    for one in ordered:
        role = Role.TAG if one.kind == "tag" else Role.FEATURE
        yield SliceColumn(one.view_name, role, one.name), f"p.{one.column}"
    for name in ("input_hash", *(name for name in added if name != "split")):
        yield SliceColumn(_free(name, f"slice_{name}", taken), Role.SLICE), f"p.row_{name}"
    for name in labels:
        if name != "request_key":
            yield SliceColumn(_free(name, f"label_{name}", taken), Role.LABEL), f"l.{quoted(name)}"
    if "split" in added:
        yield SliceColumn(_free("split", "slice_split", taken), Role.SLICE), "p.row_split"


def _free(name: str, otherwise: str, taken: set[str]) -> str:
    """A column's name that no feature has; from then on it is taken."""
    free, number = name, 1
    while free.casefold() in taken:
        free = otherwise if number == 1 else f"{otherwise}_{number}"
        number += 1
    taken.add(free.casefold())
    return free


def slice_of_answer(cursor: duckdb.DuckDBPyConnection, statement: Statement, ticket: Ticket) -> StoredSlice:
    """The rows of a statement as they are.

    Args:
        cursor: of the store; it must stay open until the rows have been read.
        statement: what is asked.
        ticket: by which it can be taken back.

    Raises:
        UsageError: a column is of a type that Parquet has not.
    """
    # In a subquery two columns of one name are told apart.
    relation = cursor.sql(f"select * from (\n{statement.text}\n)", params=dict(statement.values))
    for name, kind in zip(relation.columns, relation.types, strict=True):
        if kind.id in _UNREADABLE:
            raise UsageError(f"column {name!r} is of type {kind.id}; cast it to text or a number")
    stream = pl.scan_arrow_c_stream(relation)
    schema = in_utc(stream.collect_schema().to_frame()).schema

    def frames() -> Iterator[pl.DataFrame]:
        for frame in stream.collect_batches():
            if ticket.cancelled:
                raise Interrupted("taken back")
            yield in_utc(frame)

    columns = tuple(SliceColumn(name, Role.FIELD) for name in schema)
    return StoredSlice(columns, schema, None, MOST_ROWS, None, (), None, frozenset(), frames)
