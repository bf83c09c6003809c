"""Writes batches: rows, rejects and the source's next offset in one transaction."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager, suppress
from datetime import datetime

import duckdb
import orjson
import polars as pl

from console.errors import Interrupted, StoreError
from console.model import FIELDS, Batch, ModelRows
from console.store.arrow import registered
from console.store.clean import insert_clean
from console.store.schema import Columns
from console.store.truths import insert_truths
from console.store.views import column_views

_POLARS_TYPES: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "timestamptz": pl.Int64,
    "varchar": pl.String,
    "integer": pl.Int32,
    "bigint": pl.Int64,
    "double": pl.Float64,
}
_REJECTS = """
insert into rejects
select source_id, source_path, source_offset, reason, line, length, $at from block
"""
_LEDGER_TYPES: Mapping[str, pl.DataType | type[pl.DataType]] = {
    "source_id": pl.Int32,
    "path": pl.String,
    "device": pl.UInt64,
    "inode": pl.UInt64,
    "head_hash": pl.String,
    "head_length": pl.Int32,
    "beginnings": pl.String,
    "checked": pl.Int64,
    "checksum": pl.UInt64,
    "guard_hash": pl.String,
    "end_size": pl.Int64,
    "end_modified_ns": pl.Int64,
    "folder": pl.String,
    "kind": pl.String,
    "next_offset": pl.Int64,
    "lines": pl.Int64,
    "rows": pl.Int64,
    "rejects": pl.Int64,
    "blanks": pl.Int64,
    "committed_at": pl.Datetime("us", "UTC"),
    "truths": pl.Int64,
}


def append(
    cursor: duckdb.DuckDBPyConnection,
    columns: Columns,
    batches: Sequence[Batch],
    *,
    clock: Callable[[], datetime],
) -> None:
    """Store batches and how far their sources were read: all, or nothing.

    Raises:
        StoreError: DuckDB refused, a full disk say. Nothing was stored, whatever was raised.
        Interrupted: SIGINT came.
    """
    at = clock()
    with transaction(cursor, columns, where=batches[0].path if batches else ""):
        insert_decoded(cursor, columns, batches)
        for batch in batches:
            _insert_rejects(cursor, batch, at)
        insert_clean(cursor, columns, batches)
        # Of hundreds of files one statement for each would take longer than their rows.
        ledger = pl.DataFrame([_ledger_row(batch, at) for batch in batches], _LEDGER_TYPES)
        with registered(cursor, "block", ledger):
            cursor.execute("insert into ledger by name select * from block")


@contextmanager
def transaction(cursor: duckdb.DuckDBPyConnection, columns: Columns, *, where: str) -> Iterator[None]:
    """What the block writes is stored, and the views know every column; or nothing is.

    Raises:
        StoreError: DuckDB refused, a full disk say. Nothing was stored, whatever was raised.
        Interrupted: SIGINT came.
    """
    try:
        cursor.begin()
        known = len(columns.columns), len(columns.tables), sum(map(len, columns.present.values()))
        yield
        if known != (len(columns.columns), len(columns.tables), sum(map(len, columns.present.values()))):
            for statement in column_views(columns):
                cursor.execute(statement)
        cursor.commit()
    except BaseException as error:
        _roll_back(cursor, columns)
        if isinstance(error, duckdb.Error | pl.exceptions.PolarsError):
            raise StoreError(f"{where}: not stored: {str(error).splitlines()[0]}") from error
        if is_ctrl_c(error):
            raise Interrupted("interrupted") from error
        raise


def insert_decoded(cursor: duckdb.DuckDBPyConnection, columns: Columns, batches: Iterable[Batch]) -> None:
    """The rows that were decoded are in the tables of their models, within the transaction under way."""
    # Not those of other columns: of many narrow blocks one would be made that is as wide as all of them.
    alike: dict[tuple[str, frozenset[str]], list[pl.DataFrame]] = {}
    for batch in batches:
        columns.make_room(batch.models)
        for rows in batch.models:
            table = columns.table_for(rows.model)
            frame = _frame(columns, table, batch.source_id, rows)
            alike.setdefault((table, frozenset(frame.columns)), []).append(frame)
        if batch.truths is not None:
            insert_truths(cursor, batch.source_id, batch.truths)
    for (table, _), some in alike.items():
        with registered(cursor, "block", pl.concat(some, how="diagonal")):
            cursor.execute(f"insert into {table} by name select * from block")


def is_ctrl_c(error: BaseException) -> bool:
    """Whether this is how DuckDB says that SIGINT came while it ran a statement."""
    return isinstance(error, RuntimeError) and str(error) == "Query interrupted"


def _roll_back(cursor: duckdb.DuckDBPyConnection, columns: Columns) -> None:
    # DuckDB may have ended the transaction itself; and if it has shut the database, the next append
    # says so.
    with suppress(duckdb.Error):
        cursor.rollback()
    with suppress(duckdb.Error):
        columns.reload()


def _frame(columns: Columns, table: str, source_id: int, rows: ModelRows) -> pl.DataFrame:
    """The rows as the table has them, but for columns of which they have no value."""
    series = [
        pl.Series(name, rows.fields[name], dtype=_POLARS_TYPES[FIELDS[name]])
        for name in FIELDS
        if name != "model"
    ]
    spilled: list[tuple[str, str, Sequence[object]]] = []
    for kind, group, dtype in (
        ("number", rows.numbers, pl.Float64),
        ("text", rows.texts, pl.String),
        ("tag", rows.tags, pl.String),
    ):
        for name, values in group.items():
            column = columns.column_for(table, kind, name)
            if column is None:
                spilled.append(("tags" if kind == "tag" else "features", name, values))
            else:
                series.append(pl.Series(column, values, dtype=dtype))
    frame = pl.DataFrame(series).with_columns(
        pl.col("ts").cast(pl.Datetime("us", "UTC")),
        model=pl.lit(rows.model),
        source_id=pl.lit(source_id, dtype=pl.Int32),
    )
    if spilled:
        frame = frame.with_columns(
            extra=pl.Series(_with_spilled(rows.fields["extra"], spilled), dtype=pl.String)
        )
    return frame


def _with_spilled(
    extra: Sequence[object], spilled: Sequence[tuple[str, str, Sequence[object]]]
) -> list[str | None]:
    """`extra` with the features and tags for which there is no column.

    The text that is there already is not decoded, since that could round its numbers. It has no such
    keys: where a record's features were no object, and so stand in `extra`, the row has no features.
    """
    whole: list[str | None] = []
    for row, text in enumerate(extra):
        added: dict[str, dict[str, object]] = {}
        for group, name, values in spilled:
            if values[row] is not None:
                added.setdefault(group, {})[name] = values[row]
        if not added:
            whole.append(text if isinstance(text, str) else None)
            continue
        tail = orjson.dumps(added).decode()
        whole.append(f"{text[:-1]},{tail[1:]}" if isinstance(text, str) else tail)
    return whole


def _insert_rejects(cursor: duckdb.DuckDBPyConnection, batch: Batch, at: datetime) -> None:
    if not batch.rejects:
        return
    frame = pl.DataFrame(
        {
            "source_offset": [r.offset for r in batch.rejects],
            "reason": [r.reason for r in batch.rejects],
            "line": [r.line for r in batch.rejects],
            "length": [r.length for r in batch.rejects],
        },
        schema_overrides={"line": pl.Binary, "reason": pl.String},
    ).with_columns(source_id=pl.lit(batch.source_id), source_path=pl.lit(batch.path))
    with registered(cursor, "block", frame):
        cursor.execute(_REJECTS, {"at": at})


def _ledger_row(batch: Batch, at: datetime) -> dict[str, object]:
    return {
        "source_id": batch.source_id,
        "path": batch.path,
        "device": batch.identity.device,
        "inode": batch.identity.inode,
        "head_hash": batch.identity.head_hash,
        "head_length": batch.identity.head_length,
        "beginnings": batch.identity.beginnings,
        "checked": batch.identity.checked,
        "checksum": batch.identity.checksum,
        "guard_hash": batch.identity.guard_hash,
        "end_size": batch.identity.end_size,
        "end_modified_ns": batch.identity.end_modified_ns,
        "folder": batch.identity.folder,
        "kind": batch.kind,
        "next_offset": batch.next_offset,
        "lines": batch.lines,
        "rows": batch.rows,
        "rejects": len(batch.rejects),
        "blanks": batch.blanks,
        "committed_at": at,
        "truths": batch.truth_rows,
    }
