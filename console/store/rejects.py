"""The lines that could not be used: listed, counted by reason, and moved to the rows once they can be."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from console.errors import StoreError
from console.model import Batch, RejectRow
from console.store.append import insert_decoded, transaction
from console.store.arrow import registered
from console.store.requests import moment
from console.store.schema import LEDGER_NEWEST, Columns
from console.store.truths import join_again

_PAGE = """
select source_id, source_path, source_offset, reason, line, length, epoch_us(rejected_at),
    coalesce((select value <> '' from meta where key = 'masks'), false)
from rejects
where ($source_id is null or source_id = $source_id)
    and ($reason is null or reason = $reason or starts_with(reason, $reason || ': '))
order by rejected_at desc, source_path, source_id, source_offset desc
limit $row_limit offset $row_offset
"""
_AFTER = """
select source_id, source_path, source_offset, reason, line, length, epoch_us(rejected_at),
    coalesce((select value <> '' from meta where key = 'masks'), false)
from rejects
where (source_id, source_offset) > ($source_id, $source_offset)
order by source_id, source_offset
limit $row_limit
"""
# What follows the colon is the value or the place, and would make every reject a reason of its own.
_REASONS = """
select split_part(reason, ': ', 1) as kind, count(*)
from rejects
where $source_id is null or source_id = $source_id
group by kind
order by count(*) desc, kind
"""
_RETRIED = f"""
insert into ledger by name
select
    source_id, {LEDGER_NEWEST}, max(next_offset) as next_offset,
    0 as lines, $rows as rows, -$gone as rejects, $blanks as blanks, max(committed_at) as committed_at,
    $truths as truths
from ledger where source_id = $source_id group by source_id
"""
_DELETE = """
delete from rejects
where source_id = $source_id and source_offset in (select source_offset from gone)
"""
_SAY_AGAIN = """
update rejects set reason = again.reason from again
where rejects.source_id = $source_id and rejects.source_offset = again.source_offset
"""


@dataclass(frozen=True, slots=True)
class Retried:
    """Rejects of one source that were parsed again."""

    tried: Sequence[RejectRow]
    """All of one source."""
    batch: Batch
    """What became of them; its rejects are those that still cannot be used."""


def page(
    cursor: duckdb.DuckDBPyConnection, *, source_id: int | None, reason: str | None, offset: int, limit: int
) -> tuple[RejectRow, ...]:
    """Rejects, newest first, from the `offset`-th on."""
    params = {"source_id": source_id, "reason": reason, "row_limit": limit, "row_offset": offset}
    return tuple(map(_row, cursor.execute(_PAGE, params).fetchall()))


def after(cursor: duckdb.DuckDBPyConnection, place: tuple[int, int], *, limit: int) -> tuple[RejectRow, ...]:
    """The next rejects by source and offset, behind that place."""
    params = {"source_id": place[0], "source_offset": place[1], "row_limit": limit}
    return tuple(map(_row, cursor.execute(_AFTER, params).fetchall()))


def reasons(cursor: duckdb.DuckDBPyConnection, *, source_id: int | None) -> tuple[tuple[str, int], ...]:
    """Each kind of reason, which is its text up to the colon, and its rejects; the commonest first."""
    found = cursor.execute(_REASONS, {"source_id": source_id}).fetchall()
    return tuple((str(kind), int(count)) for kind, count in found)


def store_retried(cursor: duckdb.DuckDBPyConnection, columns: Columns, retried: Retried) -> int:
    """What can be used now is a row and no reject any more; the ledger says so: all of it, or nothing.

    A reject that is refused for another reason now says that one.

    Returns:
        How many lines became rows.

    Raises:
        StoreError: DuckDB refused, or one of the rejects is not stored any more. Nothing was changed.
    """
    batch = retried.batch
    still = {reject.offset: reject.reason for reject in batch.rejects}
    gone = [row.offset for row in retried.tried if row.offset not in still]
    again = [row.offset for row in retried.tried if still.get(row.offset, row.reason) != row.reason]
    if len(gone) != batch.rows + batch.blanks:
        raise StoreError(f"{batch.path}: {len(gone)} rejects would become {batch.rows + batch.blanks} lines")
    if not gone and not again:
        return 0
    with transaction(cursor, columns, where=batch.path):
        insert_decoded(cursor, columns, [batch])
        with registered(cursor, "gone", pl.DataFrame({"source_offset": gone}, {"source_offset": pl.Int64})):
            cursor.execute(_DELETE, {"source_id": batch.source_id})
            deleted = cursor.fetchone()
        if deleted is None or deleted[0] != len(gone):
            raise StoreError(f"{batch.path}: these rejects have changed meanwhile; try again")
        if again:
            frame = pl.DataFrame({"source_offset": again, "reason": [still[offset] for offset in again]})
            with registered(cursor, "again", frame):
                cursor.execute(_SAY_AGAIN, {"source_id": batch.source_id})
        if gone:
            counted = {"source_id": batch.source_id, "rows": batch.rows, "blanks": batch.blanks}
            cursor.execute(_RETRIED, counted | {"gone": len(gone), "truths": batch.truth_rows})
            join_again(cursor, columns, batch.source_id, gone)
    return batch.rows


def _row(found: tuple[int, str, int, str, bytes, int, int, bool]) -> RejectRow:
    source_id, path, offset, reason, line, length, at, is_masked = found
    return RejectRow(source_id, path, offset, reason, bytes(line), length, moment(at), is_masked)
