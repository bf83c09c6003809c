"""The store's face: batches in, answers out. One writer at a time, any number of readers."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from console.canned import CannedQuery, Catalog, bind
from console.errors import Interrupted, QueryFileError, StoreError
from console.model import Batch, FileIdentity, QueryCall, Request, RowId, SourceMark, Table
from console.store.append import append, is_ctrl_c
from console.store.database import connect
from console.store.requests import moment, read_request
from console.store.schema import Columns, create_or_check
from console.store.slices import write_slice
from console.store.views import view_statements

_INSTANT = timedelta(microseconds=1)
_INTERRUPT_AGAIN_SECONDS = 0.05
_UNREADABLE = frozenset({"interval", "union"})

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
        self._readers_lock = threading.Condition()
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
            StoreError: DuckDB refused, or the store is closed. Nothing was stored.
        """
        with self._write_lock:
            if self._closed:
                raise StoreError(f"{self.path}: the store is closed")
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
        return Counts(
            rows,
            rejects,
            None if first is None else moment(first),
            None if newest is None else moment(newest),
        )

    def newest(self) -> datetime:
        """The moment that relative times count from: just after the newest `ts`, or now if nothing is stored.

        A window ends before its `until`; one that ends at `newest` has the newest row in it.
        """
        newest = self.counts().newest_ts
        return self._clock() if newest is None else newest + _INSTANT

    def frame(self, call: QueryCall) -> pl.DataFrame:
        """The answer of a canned query as a frame.

        Raises:
            UsageError: there is no such query, or a parameter or the answer's type is wrong.
            Interrupted: `interrupt` was called.
            StoreError: DuckDB refused.
        """
        query = self.catalog[call.query]
        return self._answer(query, bind(query, call.params, newest=self.newest))

    def table(self, call: QueryCall) -> Table:
        """The answer of a canned query as a small table for a person; raises as `frame` does."""
        query = self.catalog[call.query]
        values = bind(query, call.params, newest=self.newest)
        limit = values.get("row_limit")
        most = limit if isinstance(limit, int) and limit >= 0 else None
        if most is not None:
            values["row_limit"] = most + 1  # one more shows whether there are more
        frame = self._answer(query, values)
        shown = frame if most is None else frame.head(most)
        try:
            rows = tuple(tuple(map(_plain, row)) for row in shown.iter_rows())
        except pl.exceptions.PanicException as error:
            raise StoreError(f"{query.path}: a time in the answer is beyond the year 9999") from error
        return Table(tuple(frame.columns), rows, query.columns, truncated=frame.height > len(rows))

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
        """The write-ahead log is folded into the file, so that a copy of the file is whole.

        Raises:
            StoreError: DuckDB refused, or the store is closed.
        """
        with self._write_lock:
            try:
                self._writer.execute("checkpoint")
            except duckdb.Error as error:
                raise StoreError(f"{self.path}: {str(error).splitlines()[0]}") from error

    def interrupt(self) -> None:
        """Every read that is under way ends with `Interrupted`, within milliseconds."""
        with self._readers_lock:
            for cursor in self._readers:
                cursor.interrupt()

    def close(self) -> None:
        """Nothing is under way any more and the file is free for others."""
        with self._readers_lock:
            self._closed = True
            while self._readers:
                self.interrupt()  # one that was about to begin did not hear it the first time
                self._readers_lock.wait(_INTERRUPT_AGAIN_SECONDS)
        with self._write_lock:
            self._writer.close()
            self._root.close()

    def _answer(self, query: CannedQuery, values: Mapping[str, object]) -> pl.DataFrame:
        with self._reader() as cursor:
            relation = cursor.sql(query.sql, params=dict(values))
            for column, kind in zip(relation.columns, relation.types, strict=True):
                if kind.id in _UNREADABLE:
                    raise QueryFileError(
                        f"{query.path}: column {column!r} is of type {kind.id}; cast it to text or a number"
                    )
            return pl.DataFrame(relation)

    @contextmanager
    def _reader(self) -> Iterator[duckdb.DuckDBPyConnection]:
        """A cursor of one's own: results of a shared one were seen to mix between threads.

        It sees the store as it is now, and cannot change it: a SELECT may have an INSERT in it.
        """
        with self._readers_lock:
            if self._closed:
                raise Interrupted("the store is closed")
            cursor = self._root.cursor()
            self._readers.add(cursor)
        try:
            cursor.execute("begin transaction read only")
            yield cursor
        except duckdb.InterruptException as error:
            raise Interrupted("interrupted") from error
        except (duckdb.Error, pl.exceptions.PolarsError, pl.exceptions.PanicException) as error:
            if "INTERRUPT Error" in str(error):
                raise Interrupted("interrupted") from error
            raise StoreError(f"{self.path}: {str(error).strip()}") from error
        except RuntimeError as error:
            if is_ctrl_c(error):
                raise Interrupted("interrupted") from error
            raise
        finally:
            with self._readers_lock:
                self._readers.discard(cursor)
                cursor.close()
                self._readers_lock.notify_all()


def _plain(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
