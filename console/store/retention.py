"""Takes rows out of the cache that are too old for it, or more than it may hold. The logs stay.

The age of a row is by `ts`, counted back from the newest row that does not lie in the future, so that an
old backlog that is opened to be studied does not vanish while it is read. A reject has no `ts`: its age is
by when it was rejected. When the file outgrows its size, the oldest rows go, and the oldest rejects in
the same share. DuckDB frees the room of deleted rows by groups of 122,880 of a table, and at a checkpoint,
which writes anew before it frees: rows go before the file is as large as it may be.

What left is counted in `expired`, in the same transaction: the ledger tells what was read, which stays
true, and rows stored = rows read - rows expired. Offsets stay too, so nothing is read again.
"""

from __future__ import annotations

import math
from collections.abc import Iterable
from dataclasses import dataclass
from datetime import datetime, timedelta

import duckdb

from console.model import Limits
from console.store.append import transaction
from console.store.database import MEMORY, log_size
from console.store.requests import moment
from console.store.schema import Columns
from console.store.truths import TRUTHS

ROWS_AT_ONCE = 50_000
"""Rows deleted in one transaction, which takes some 10 ms: what is read waits no longer than that."""
REJECTS_AT_ONCE = 2_000
"""A reject may be 64 KiB long."""
ROOM = 0.8
"""Share of what rows may take that is left over when the oldest had to go."""
_SPARE_SHARE, _SPARE_BYTES = 0.5, 256 * 2**20
"""What of the largest size is not for rows, the smaller of both: a checkpoint wants it."""
_SAMPLED_ROWS = 1_000_000
_INSTANT = timedelta(microseconds=1)

FOLD_EXPIRED = """
create temp table folded as
select source_id, sum(rows)::bigint as rows, sum(rejects)::bigint as rejects, max(expired_at) as expired_at
from expired group by source_id;
delete from expired;
insert into expired by name select * from folded;
drop table folded
"""
_STORED = """
select
    (select coalesce(sum(rows), 0) from ledger) - (select coalesce(sum(rows), 0) from expired),
    (select count(*) from rejects)
"""
_OLD_REJECTS = "select count(*) from rejects where rejected_at < $before"
_USED = "select used_blocks * block_size from pragma_database_size()"
_USED_IN_MEMORY = "select sum(memory_usage_bytes) from duckdb_memory()"
_HELD = """
select sum(estimated_size) from duckdb_tables()
where table_name in ('rejects', 'late_truths') or starts_with(table_name, 'p_')
"""
_DOOMED_ROWS = """
create or replace temp table doomed as
select rowid as id, source_id from {table} where ts < $before limit {count}
"""
_DOOMED_REJECTS = """
create or replace temp table doomed as
select rowid as id, source_id from rejects order by rejected_at, source_id, source_offset limit {count}
"""
_COUNT_ROWS = "insert into expired select source_id, count(*), 0, $at from doomed group by source_id"
_COUNT_REJECTS = "insert into expired select source_id, 0, count(*), $at from doomed group by source_id"


@dataclass(slots=True)
class _Task:
    """What is to go."""

    before: datetime
    """Rows, truths among them, with an earlier `ts`, ..."""
    rows: int
    """... but no more than so many,"""
    rejects: int
    """and so many of the oldest rejects."""
    for_room: bool
    """Whether this is for the size, which falls only with a checkpoint."""


class Retention:
    """Deletes in small steps what the limits do not allow. Only the writer uses it, between its appends."""

    def __init__(self, path: str, limits: Limits) -> None:
        self._path = path
        self._keep = limits.keep
        most = limits.max_database_bytes
        self._most_bytes = None if most is None else most - int(min(_SPARE_SHARE * most, _SPARE_BYTES))
        self._task: _Task | None = None
        self._used_before = -1
        """When room was made last; as long as it is that, none has been freed."""
        self.wants_checkpoint = False
        """Rows went to make room: not before a checkpoint is it known how much there is."""

    def step(self, cursor: duckdb.DuckDBPyConnection, columns: Columns, *, now: datetime) -> int:
        """One small transaction's worth of what must go is gone, and counted in `expired`.

        Returns:
            How many rows and rejects went. 0: there is nothing to do until there is more, or older.

        Raises:
            StoreError: DuckDB refused. Nothing went.
        """
        if self.wants_checkpoint:
            return 0
        under_way = self._task
        if under_way is None:
            self._task = self._too_old(cursor, columns, now) or self._too_many(cursor, columns, now)
        if self._task is None:
            return 0
        gone = self._delete(cursor, columns, self._task, now)
        if not gone:
            self.wants_checkpoint = self._task.for_room
            self._task = None
            if under_way is not None:  # since it was worked out more may have come, and be too old
                return self.step(cursor, columns, now=now)
        return gone

    def _too_old(self, cursor: duckdb.DuckDBPyConnection, columns: Columns, now: datetime) -> _Task | None:
        if self._keep is None:
            return None
        # Truths that do not say when they were known are as old as the look at them, whatever they are of.
        rows_of = _moments(sorted(columns.present) or [TRUTHS])
        newest = _number(cursor, f"select epoch_us(max(ts)) from ({rows_of}) where ts <= $now", now=now)
        before = now - self._keep if newest is None else moment(newest) - self._keep
        moments = _moments([*sorted(columns.present), TRUTHS])
        rows = _number(cursor, f"select count(*) from ({moments}) where ts < $before", before=before) or 0
        rejects = _number(cursor, _OLD_REJECTS, before=now - self._keep) or 0
        return _Task(before, rows, rejects, for_room=False) if rows or rejects else None

    def _too_many(self, cursor: duckdb.DuckDBPyConnection, columns: Columns, now: datetime) -> _Task | None:
        if self._most_bytes is None:
            return None
        used = _number(cursor, _USED_IN_MEMORY if self._path == MEMORY else _USED) or 0
        rows, rejects = cursor.execute(_STORED).fetchone() or (0, 0)
        # DuckDB frees whole groups of rows, or when it can put two into one. What has been deleted and is
        # not freed yet must not have more deleted in its place.
        live = (rows + rejects) / max(1, rows + rejects, _number(cursor, _HELD) or 0)
        needed = (used + log_size(self._path)) * live
        if needed <= self._most_bytes or used == self._used_before:
            return None
        self._used_before = used
        share = 1 - ROOM * self._most_bytes / needed
        before = now
        if rows:
            percent = max(1, min(100, 100 * _SAMPLED_ROWS // rows))
            sample = f"using sample {percent} percent (system)" if percent < 100 else ""
            moments = _moments([*sorted(columns.present), TRUTHS])
            oldest = f"select approx_quantile(epoch_us(ts), {share:.6f}) from ({moments}) {sample}"
            before = moment(_number(cursor, oldest) or 0) + _INSTANT
        return _Task(before, math.ceil(share * rows), math.ceil(share * rejects), for_room=True)

    def _delete(self, cursor: duckdb.DuckDBPyConnection, columns: Columns, task: _Task, now: datetime) -> int:
        rows = rejects = 0
        with transaction(cursor, columns, where=self._path):
            for table in (*sorted(columns.present), TRUTHS):
                if task.rows and not rows:
                    doomed = _DOOMED_ROWS.format(table=table, count=min(task.rows, ROWS_AT_ONCE))
                    cursor.execute(doomed, {"before": task.before})
                    # Also by `ts`, so that only the parts of the table are read that have such rows.
                    delete = f"delete from {table} where ts < $before and rowid in (select id from doomed)"
                    if rows := _number(cursor, delete, before=task.before) or 0:
                        cursor.execute(_COUNT_ROWS, {"at": now})
            if task.rejects and not rows:
                cursor.execute(_DOOMED_REJECTS.format(count=min(task.rejects, REJECTS_AT_ONCE)))
                delete = "delete from rejects where rowid in (select id from doomed)"
                if rejects := _number(cursor, delete) or 0:
                    cursor.execute(_COUNT_REJECTS, {"at": now})
        task.rows -= rows
        task.rejects -= rejects
        return rows + rejects


def _moments(tables: Iterable[str]) -> str:
    """Every `ts`, straight from the tables: the view `predictions` would name thousands of columns."""
    return " union all ".join(f"select ts from {table}" for table in tables)


def _number(cursor: duckdb.DuckDBPyConnection, sql: str, **params: object) -> int | None:
    found = cursor.execute(sql, params).fetchone()
    return None if found is None or found[0] is None else int(found[0])
