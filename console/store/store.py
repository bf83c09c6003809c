"""The store's face: batches in, answers out. One writer at a time, any number of readers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from console.canned import Catalog, bind
from console.errors import Interrupted, StoreError
from console.model import Batch, FileIdentity, QueryCall, Request, RowId, SourceMark, Table
from console.store.append import append
from console.store.database import connect
from console.store.requests import read_request
from console.store.schema import Columns, create_or_check
from console.store.slices import write_slice
from console.store.views import view_statements

_MARKS = """
select
    source_id, arg_max(path, next_offset), arg_max(device, next_offset), arg_max(inode, next_offset),
    arg_max(head_hash, next_offset), arg_max(head_length, next_offset), max(next_offset),
    sum(lines)::bigint, sum(rows)::bigint, sum(rejects)::bigint, sum(blanks)::bigint
from ledger group by source_id order by source_id
"""
_COMPACT = """
create temp table compacted as
select
    source_id, arg_max(path, next_offset) as path, arg_max(device, next_offset) as device,
    arg_max(inode, next_offset) as inode, arg_max(head_hash, next_offset) as head_hash,
    arg_max(head_length, next_offset) as head_length, max(next_offset) as next_offset,
    sum(lines) as lines, sum(rows) as rows, sum(rejects) as rejects, sum(blanks) as blanks,
    max(committed_at) as committed_at
from ledger group by source_id;
delete from ledger;
insert into ledger by name select * from compacted;
drop table compacted
"""
_COUNTS = """
select
    (select coalesce(sum(rows), 0)::bigint from ledger),
    (select coalesce(sum(rejects), 0)::bigint from ledger),
    (select epoch_us(min(ts)) from predictions),
    (select epoch_us(max(ts)) from predictions where ts <= $limit)
"""


@dataclass(frozen=True, slots=True)
class Counts:
    """What is stored."""

    rows: int
    rejects: int
    first_ts: datetime | None
    newest_ts: datetime | None
    """Newest `ts` that does not lie in the future; None while nothing is stored."""


class Store:
    """The cache of the logs, in one DuckDB file that this process holds."""

    def __init__(self, path: str, catalog: Catalog, *, clock: Callable[[], datetime]) -> None:
        """Open the file, made if it does not exist; `:memory:` leaves nothing behind.

        Raises:
            StoreLockedError: another process holds it.
            StoreError: it cannot be opened, or is not one of this console's.
        """
        self.path = path
        self.catalog = catalog
        self._clock = clock
        self._root = connect(path)
        self._writer = self._root.cursor()
        self._write_lock = threading.Lock()
        self._readers: set[duckdb.DuckDBPyConnection] = set()
        self._readers_lock = threading.Lock()
        self._closed = False
        try:
            create_or_check(self._writer, path)
            self._columns = Columns(self._writer)
            self._tidy()
        except duckdb.Error as error:
            self._root.close()
            raise StoreError(f"{path}: cannot be used: {str(error).splitlines()[0]}") from error
        except StoreError:
            self._root.close()
            raise

    def _tidy(self) -> None:
        """One row a source in the ledger, and views that know every column."""
        self._writer.begin()
        for statement in self._writer.extract_statements(_COMPACT):
            self._writer.execute(statement)
        for text in view_statements(self._columns):
            self._writer.execute(text)
        self._writer.commit()

    def append(self, batches: Sequence[Batch]) -> None:
        """Store batches and how far their sources were read: all of it, or nothing.

        Safe from any thread; writers take turns.

        Raises:
            StoreError: DuckDB refused. Nothing was stored.
        """
        with self._write_lock:
            append(self._writer, self._columns, batches, clock=self._clock)

    def marks(self) -> tuple[SourceMark, ...]:
        """How far each source was read and committed, for the ingest to go on from."""
        with self._reader() as cursor:
            rows = cursor.execute(_MARKS).fetchall()
        return tuple(
            SourceMark(source_id, path, FileIdentity(device, inode, head, length), *totals)
            for source_id, path, device, inode, head, length, *totals in rows
        )

    def counts(self) -> Counts:
        """How many rows and rejects are stored, and over which time."""
        with self._reader() as cursor:
            found = cursor.execute(_COUNTS, {"limit": self._clock()}).fetchone()
        assert found is not None
        rows, rejects, first, newest = found
        return Counts(rows, rejects, _moment(first), _moment(newest))

    def newest(self) -> datetime:
        """The moment that relative times count from: the newest `ts`, or now if nothing is stored."""
        return self.counts().newest_ts or self._clock()

    def frame(self, call: QueryCall) -> pl.DataFrame:
        """The answer of a canned query as a frame.

        Raises:
            UsageError: there is no such query, or a parameter is wrong.
            Interrupted: `interrupt` was called.
            StoreError: DuckDB refused.
        """
        query = self.catalog[call.query]
        values = bind(query, call.params, newest=self.newest)
        with self._reader() as cursor:
            return pl.DataFrame(cursor.sql(query.sql, params=values))

    def table(self, call: QueryCall) -> Table:
        """The answer of a canned query as a small table for a person; raises as `frame` does."""
        query = self.catalog[call.query]
        frame = self.frame(call)
        limit = call.params.get("row_limit")
        if limit is None and "row_limit" in query.params:
            limit = query.params["row_limit"].default
        rows = tuple(tuple(_plain(value) for value in row) for row in frame.iter_rows())
        truncated = limit is not None and str(limit) == str(len(rows))
        return Table(tuple(frame.columns), rows, query.columns, truncated)

    def request(self, row_id: RowId) -> Request:
        """The prediction that came from there, whole.

        Raises:
            StoreError: there is none, or DuckDB refused.
        """
        with self._reader() as cursor:
            return read_request(cursor, row_id)

    def write_parquet(self, call: QueryCall, path: Path, *, labels: pl.DataFrame) -> int:
        """Write the predictions that a canned query answers with, whole, labels beside them.

        Returns:
            Rows written.

        Raises:
            as `frame` does; a cut file may be left at `path`.
        """
        query = self.catalog[call.query]
        values = bind(query, call.params, newest=self.newest)
        with self._reader() as cursor:
            return write_slice(cursor, query, values, path, labels=labels)

    def checkpoint(self) -> None:
        """The write-ahead log is folded into the file, so that a copy of the file is whole."""
        with self._write_lock, self._reader() as cursor:
            cursor.execute("checkpoint")

    def interrupt(self) -> None:
        """Every read that is under way ends with `Interrupted`, within milliseconds."""
        with self._readers_lock:
            for cursor in self._readers:
                cursor.interrupt()

    def close(self) -> None:
        """Nothing is under way any more and the file is free for others."""
        self.interrupt()
        with self._write_lock:
            self._closed = True
            self._writer.close()
            self._root.close()

    @contextmanager
    def _reader(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of one's own: results of a shared one were seen to mix between threads."""
        if self._closed:
            raise Interrupted("the store is closed")
        try:
            cursor = self._root.cursor()
        except duckdb.Error as error:
            raise Interrupted("the store is closed") from error
        with self._readers_lock:
            self._readers.add(cursor)
        try:
            yield cursor
        except duckdb.InterruptException as error:
            raise Interrupted("interrupted") from error
        except (duckdb.Error, pl.exceptions.PolarsError) as error:
            if "interrupted" in str(error).lower():
                raise Interrupted("interrupted") from error
            raise StoreError(f"{self.path}: {str(error).strip()}") from error
        finally:
            with self._readers_lock:
                self._readers.discard(cursor)
            cursor.close()


def _moment(microseconds: int | None) -> datetime | None:
    return None if microseconds is None else datetime.fromtimestamp(microseconds / 1e6, UTC)


def _plain(value: object) -> object:
    return value.astimezone(UTC) if isinstance(value, datetime) else value
