"""Truths that come late: stored as the lines that they are, and given to the predictions of the same request.

A truth is a row of `late_truths`. `join` writes it into `truth` and `truth_at` of every prediction with its
request id, whichever of the two came first, so that no query has to look for it. It is a transaction of its
own: what is not joined yet is known by `matched`, which is null until then, and by `joined`, which says up to
where the predictions of each source have been asked for. So a kill between two transactions costs nothing.

Of several truths of one request the newest counts, by when it was known, then by where it stands. A late
truth counts more than one that stood in the prediction's own line.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime

import duckdb
import polars as pl

from console.model import TruthFacts, TruthRows
from console.store.arrow import registered
from console.store.requests import moment
from console.store.schema import Columns

TRUTHS = "late_truths"
"""The table of truths as they came."""
JOINED_AT_ONCE = 250_000
"""Truths that are joined in one transaction: what it changes lies in memory until then."""

_INSERT = "insert into late_truths by name select * from truth_block"
_ANY = "select 1 from late_truths limit 1"
_PENDING = """
create or replace temp table fresh as
select distinct request_id from (select request_id from late_truths where matched is null limit {most})
"""
_BEHIND = """
create or replace temp table behind as
select l.source_id, coalesce(max(j.next_offset), 0) as since
from ledger as l left join joined as j on j.source_id = l.source_id
group by l.source_id
having max(l.next_offset) > coalesce(max(j.next_offset), 0) and sum(l.rows) > sum(l.truths)
"""
_LEAST = "select min(source_id), max(source_id), min(since) from behind"
# Sources and offset are said twice, so that what lies before them is not read.
_NEW = """
insert into fresh
select distinct p.request_id
from {table} as p
join behind as b on b.source_id = p.source_id and p.source_offset >= b.since
semi join late_truths as t on t.request_id = p.request_id
anti join fresh as f on f.request_id = p.request_id
where p.source_id between $first and $last and p.source_offset >= $since and p.truth_at is null
limit {most}
"""
_COUNT_FRESH = "select count(*) from fresh"
_COUNT_PENDING = "select count(*) from (select 1 from late_truths where matched is null limit {most})"
_NEWEST = """
create or replace temp table newest as
select request_id, arg_max(truth, (ts, source_id, source_offset)) as truth, max(ts) as at
from late_truths semi join fresh using (request_id)
group by request_id
"""
_IS_NEWS = "(p.truth is distinct from n.truth or p.truth_at is distinct from n.at)"
_FOUND = "create or replace temp table found (request_id varchar, changed bigint, earliest bigint)"
_FIND = f"""
insert into found
select p.request_id, count(*) filter ({_IS_NEWS}), epoch_us(min(p.ts) filter ({_IS_NEWS}))
from {{table}} as p join newest as n on n.request_id = p.request_id
group by p.request_id
"""
_CHANGED = "select coalesce(sum(changed), 0)::bigint, min(earliest) from found"
_GIVE = f"""
update {{table}} as p set truth = n.truth, truth_at = n.at
from newest as n where n.request_id = p.request_id and {_IS_NEWS}
"""
_MATCHED = """
update late_truths set matched = f.is_found
from (select request_id, request_id in (select request_id from found) as is_found from fresh) as f
where late_truths.request_id = f.request_id and late_truths.matched is distinct from f.is_found
"""
_JOINED = """
delete from joined;
insert into joined select source_id, max(next_offset) from ledger group by source_id
"""
_DROP = "drop table fresh; drop table if exists behind; drop table newest; drop table found"
_ASK_AGAIN = """
update late_truths set matched = null
where request_id in (
    select request_id from predictions
    where source_id = $source_id and source_offset in (select unnest($offsets::bigint[]))
)
"""
_COUNTS = "select source_id, count(*) filter (where matched) from late_truths group by source_id"
_FACTS = """
select
    (select count(*) from late_truths),
    (select count(*) from late_truths where matched),
    (select count(*) from (
        select request_id from late_truths group by request_id having min(truth) <> max(truth)
    )),
    count(*),
    count(truth) - count(truth_at),
    count(truth_at),
    median(epoch_us(truth_at) - epoch_us(ts)) / 1e6
from predictions
"""


@dataclass(frozen=True, slots=True)
class Joined:
    """What one step of joining changed."""

    rows: int = 0
    """Predictions that have another truth now."""
    earliest: datetime | None = None
    """The first `ts` of these."""
    has_more: bool = False
    """Whether there are truths left to join."""
    matched: Mapping[int, int] = field(default_factory=dict)
    """Source id -> truths of it whose request is stored."""


class Changes:
    """Which predictions were given another truth, for those who count by time. Safe from any thread."""

    def __init__(self) -> None:
        self._serial = 0
        self._steps: list[tuple[int, datetime]] = []
        """Number and earliest `ts` of changes, of which none later is earlier."""

    def add(self, earliest: datetime) -> None:
        """Predictions from that `ts` on have another truth."""
        kept = [step for step in self._steps if step[1] < earliest]
        self._steps = [*kept, (self._serial + 1, earliest)]
        self._serial += 1

    def since(self, serial: int) -> tuple[int, datetime | None]:
        """The number of the newest change, and the earliest `ts` of those after that number."""
        newest, steps = self._serial, self._steps
        return newest, next((earliest for number, earliest in steps if number > serial), None)


def insert_truths(cursor: duckdb.DuckDBPyConnection, source_id: int, truths: TruthRows) -> None:
    """The truths are stored, within the transaction that is under way; they are not joined yet."""
    frame = pl.DataFrame(
        {
            "source_offset": pl.Series(truths.offsets, dtype=pl.Int64),
            "request_id": pl.Series(truths.request_ids, dtype=pl.String),
            "truth": pl.Series(truths.truths, dtype=pl.String),
            "ts": pl.Series(truths.moments, dtype=pl.Int64).cast(pl.Datetime("us", "UTC")),
            "ts_origin": pl.Series(truths.origins, dtype=pl.String),
        }
    ).with_columns(source_id=pl.lit(source_id, dtype=pl.Int32))
    with registered(cursor, "truth_block", frame):
        cursor.execute(_INSERT)


def join(cursor: duckdb.DuckDBPyConnection, columns: Columns, *, most: int = JOINED_AT_ONCE) -> Joined:
    """Predictions have the truths that came for them, within the transaction that is under way.

    Looks at truths that are not joined, so many at most; then at predictions that were stored since and
    whose truths are so many.
    """
    if cursor.execute(_ANY).fetchone() is None:
        return Joined()
    tables = sorted(columns.present)
    has_more = _number(cursor, _COUNT_PENDING.format(most=most + 1)) > most
    cursor.execute(_PENDING.format(most=most))
    if not has_more:
        has_more = _add_early(cursor, tables, most)
    cursor.execute(_NEWEST)
    cursor.execute(_FOUND)
    rows, earliest = 0, None
    for table in tables:
        cursor.execute(_FIND.format(table=table))
        [(changed, earliest)] = cursor.execute(_CHANGED).fetchall()
        if changed > rows:
            cursor.execute(_GIVE.format(table=table))
        rows = changed
    cursor.execute(_MATCHED)
    for statement in cursor.extract_statements(_DROP if has_more else f"{_JOINED}; {_DROP}"):
        cursor.execute(statement)
    matched = dict(cursor.execute(_COUNTS).fetchall())
    return Joined(rows, None if earliest is None else moment(earliest), has_more, matched)


def _add_early(cursor: duckdb.DuckDBPyConnection, tables: Sequence[str], most: int) -> bool:
    """Truths that were there before their predictions are looked for once more; True if there are more."""
    cursor.execute(_BEHIND)
    [(first, last, since)] = cursor.execute(_LEAST).fetchall()
    for table in tables if first is not None else ():
        before = _number(cursor, _COUNT_FRESH)
        cursor.execute(_NEW.format(table=table, most=most), {"first": first, "last": last, "since": since})
        if _number(cursor, _COUNT_FRESH) - before == most:
            return True
    return False


def _number(cursor: duckdb.DuckDBPyConnection, sql: str) -> int:
    [(found,)] = cursor.execute(sql).fetchall()
    return int(found)


def join_again(
    cursor: duckdb.DuckDBPyConnection, columns: Columns, source_id: int, offsets: Sequence[int]
) -> None:
    """The truths of these predictions are joined once more: they stand before what was asked for."""
    if columns.present:
        cursor.execute(_ASK_AGAIN, {"source_id": source_id, "offsets": list(offsets)})


def facts(cursor: duckdb.DuckDBPyConnection) -> TruthFacts:
    """How far truths are known, and how late they came. Reads three columns of every row."""
    [found] = cursor.execute(_FACTS).fetchall()
    return TruthFacts(*found)
