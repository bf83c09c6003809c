"""The store's face: batches in, answers out. One writer at a time, any number of readers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from datetime import datetime

import duckdb

from console.canned import Catalog
from console.errors import StoreError
from console.model import (
    Batch,
    Limits,
)
from console.store import rejects, truths
from console.store.append import append, transaction
from console.store.asked import Asked
from console.store.connections import Connections
from console.store.database import MEMORY, has_shut, log_size, shortage, size_on_disk
from console.store.rejects import Retried
from console.store.retention import FOLD_EXPIRED, Retention
from console.store.schema import LEDGER_NEWEST, Columns, create_or_check
from console.store.stored import STORED_UP_TO
from console.store.views import view_statements

LOG_BYTES = 256 * 2**20
"""Length of the write-ahead log at which it is folded into the file: often enough to be quick."""
_COMPACT = f"""
create temp table compacted as
select
    source_id, {LEDGER_NEWEST}, max(next_offset) as next_offset,
    sum(lines) as lines, sum(rows) as rows, sum(rejects) as rejects, sum(blanks) as blanks,
    coalesce(max(committed_at) filter (lines > 0), max(committed_at)) as committed_at,
    sum(truths) as truths
from ledger group by source_id order by source_id;
delete from ledger;
insert into ledger by name select * from compacted;
drop table compacted;
"""
_HAS_VIEWS = "select 1 from duckdb_views() where view_name = 'predictions'"


class Store(Asked):
    """The cache of the logs, in one DuckDB file that this process holds."""

    def __init__(
        self, path: str, catalog: Catalog, *, clock: Callable[[], datetime], limits: Limits | None = None
    ) -> None:
        """Open the file, made if it does not exist; `:memory:` leaves nothing behind.

        Raises:
            StoreLockedError: another process holds it.
            StoreError: it cannot be opened, or is not one of this console's.
        """
        limits = limits or Limits()
        super().__init__(path, catalog, Connections(path, limits), clock=clock)
        self._retention = Retention(path, limits)
        self._longest_log = min(LOG_BYTES, (limits.max_database_bytes or 8 * LOG_BYTES) // 8)
        self._fold_at = self._longest_log
        self._reopened: dict[int, int] = {}
        """After the file was opened anew: how far each source is stored, until its next batch is."""
        self._changes = truths.Changes()
        self._may_join = True
        """Whether there may be truths or predictions that were not joined."""
        try:
            with self._connections.writing() as cursor:
                self.cache_id = create_or_check(cursor, path)
                """By which it is told from a cache that is made anew under the same name."""
                self._columns = Columns(cursor)
                self._tidy(cursor, limits)
        except StoreError as error:
            self._connections.close()
            cause = error.__cause__
            if isinstance(cause, duckdb.Error) and shortage(path, cause, limits) is None:
                raise StoreError(f"{path}: cannot be used: {str(cause).splitlines()[0]}") from error
            raise
        self._connections.on_reopened = self._take_up

    def _tidy(self, cursor: duckdb.DuckDBPyConnection, limits: Limits) -> None:
        """One row a source in the ledger, and views that know every column.

        Where the disk is full they stay as they were left: what is stored can be asked, and the rest waits.
        """
        try:
            cursor.begin()
            if cursor.execute("select count(*) from ledger").fetchall() != [(0,)]:
                for statement in cursor.extract_statements(_COMPACT + FOLD_EXPIRED):
                    cursor.execute(statement)
            for text in view_statements(self._columns):
                cursor.execute(text)
            cursor.commit()
        except duckdb.Error as error:
            with suppress(duckdb.Error):
                cursor.rollback()
            is_short = shortage(self.path, error, limits) is not None and not has_shut(error)
            if not is_short or cursor.execute(_HAS_VIEWS).fetchone() is None:
                raise

    def _take_up(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._columns = Columns(cursor)
        self._reopened = dict(cursor.execute(STORED_UP_TO).fetchall())

    def append(self, batches: Sequence[Batch]) -> None:
        """Store batches and how far their sources were read: all of it, or nothing.

        Safe from any thread; writers take turns.

        Raises:
            StoreError: DuckDB refused, or the store is closed. Nothing was stored.
        """
        with self._connections.writing() as cursor:
            batches = self._not_yet_stored(batches)
            append(cursor, self._columns, batches, clock=self._clock)
            for batch in batches:
                self._reopened.pop(batch.source_id, None)
            self._may_join = True
            self._fold_long_log()

    def join_truths(self) -> truths.Joined | None:
        """Truths that have come are given to the predictions of their requests, some at a time.

        Takes as long as it takes to look through the request ids of all predictions.

        Returns:
            What changed, and whether there are more; None if nothing has come since the last time.

        Raises:
            StoreError: DuckDB refused, or the store is closed. Nothing was joined.
        """
        if not self._may_join:
            return None
        with self._connections.writing() as cursor:
            with transaction(cursor, self._columns, where=self.path):
                joined = truths.join(cursor, self._columns)
            self._may_join = joined.has_more
            if joined.earliest is not None:
                self._changes.add(joined.earliest)
            self._fold_long_log()
        return joined

    def truths_changed_since(self, serial: int) -> tuple[int, datetime | None]:
        """Number of the newest change of truths, and the first `ts` of those after `serial` (0: of all)."""
        return self._changes.since(serial)

    def _not_yet_stored(self, batches: Sequence[Batch]) -> Sequence[Batch]:
        """What DuckDB refused before it shut the file may have been stored all the same."""
        missing = []
        for batch in batches:
            stored = self._reopened.get(batch.source_id, batch.start_offset)
            if stored <= batch.start_offset:
                missing.append(batch)
            elif stored < batch.next_offset:
                raise StoreError(f"{self.path}: somebody else wrote to it; start the console again")
        return missing

    def _fold_long_log(self) -> None:
        if log_size(self.path) < self._fold_at:
            return
        self._fold_at = self._longest_log
        try:
            self._connections.checkpoint()
        except StoreError:
            # All is committed, in the log. It is tried again when that has grown as much once more.
            self._fold_at += log_size(self.path)

    def expire(self) -> bool:
        """A little of what the limits do not allow any more has left; call it again while that is True.

        Raises:
            StoreError: DuckDB refused, or the store is closed. Nothing left.
        """
        with self._connections.writing() as cursor:
            if self._retention.wants_checkpoint:
                self._retention.wants_checkpoint = not self._connections.checkpoint(alone=True)
            gone = self._retention.step(cursor, self._columns, now=self._clock())
        return bool(gone) or self._retention.wants_checkpoint

    def size(self) -> int:
        """Bytes that the file and its log have on the disk; of a database in memory, what it holds there."""
        if self.path != MEMORY:
            return size_on_disk(self.path)
        with self._connections.reading() as cursor:
            found = cursor.execute("select sum(memory_usage_bytes)::bigint from duckdb_memory()").fetchone()
        return int(found[0]) if found else 0

    def store_retried(self, retried: Retried) -> int:
        """Rejects that can be used now are rows instead, and the ledger says so: all of it, or nothing.

        Returns:
            How many lines became rows.

        Raises:
            StoreError: DuckDB refused, the store is closed, or they have changed meanwhile.
        """
        with self._connections.writing() as cursor:
            self._may_join = True
            return rejects.store_retried(cursor, self._columns, retried)

    def mask(self, fingerprint: str) -> None:
        """All that comes from now on goes through the masks of that fingerprint; nothing is stored yet.

        Raises:
            StoreError: DuckDB refused, or the store is closed.
        """
        with self._connections.writing() as cursor:
            cursor.execute("insert or replace into meta values ('masks', $v)", {"v": fingerprint})

    def checkpoint(self) -> None:
        """The write-ahead log is folded into the file, so that a copy of the file is whole.

        Raises:
            StoreError: DuckDB refused, or the store is closed.
        """
        self._connections.checkpoint()

    def interrupt(self) -> None:
        """Every read that is under way ends with `Interrupted`, within milliseconds."""
        self._connections.interrupt()

    def close(self) -> None:
        """Nothing is under way any more and the file is free for others."""
        self._connections.close()
