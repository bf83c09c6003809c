"""Compares what the ledger says was stored of each source with what the tables hold of it."""

from __future__ import annotations

import duckdb

from console.model import SourceAudit
from console.store.requests import moment

_AUDIT = """
with stored_rows as (
    select source_id, count(*) as stored
    from (select source_id from predictions union all select source_id from late_truths)
    group by source_id
),
matched as (
    select source_id, count(*) as truths from late_truths where matched group by source_id
),
stored_rejects as (
    select source_id, count(*) as stored from rejects group by source_id
),
gone as (
    select source_id, sum(rows)::bigint as rows, sum(rejects)::bigint as rejects
    from expired group by source_id
),
newest as (
    select source_id, epoch_us(max(committed_at) filter (lines > 0)) as at from ledger group by source_id
)
select
    source_id, s.path, s.kind, s.next_offset, s.lines, s.rows, s.rejects, s.blanks,
    coalesce(stored_rows.stored, 0), coalesce(stored_rejects.stored, 0),
    coalesce(gone.rows, 0), coalesce(gone.rejects, 0), newest.at, s.truths, coalesce(matched.truths, 0)
from sources as s
left join stored_rows using (source_id)
left join stored_rejects using (source_id)
left join gone using (source_id)
left join matched using (source_id)
left join newest using (source_id)
order by s.path, source_id
"""


def audit(cursor: duckdb.DuckDBPyConnection) -> tuple[SourceAudit, ...]:
    """Every source, counted. Reads one column of every row that is stored."""
    found = cursor.execute(_AUDIT).fetchall()
    return tuple(
        SourceAudit(*(*row[:-3], None if row[-3] is None else moment(row[-3])), *row[-2:]) for row in found
    )
