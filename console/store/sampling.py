"""Draws rows with everything that was logged of them, offending ones beside others, for comparison.

A comparison wants every column and not every row. So of each of four groups (rows that offend or do not,
in the time in question or before it) as many are drawn as can be compared at once, and how many there
are is counted.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from console.canned import CannedQuery
from console.store.arrow import registered
from console.store.meeting import MEASURED, NAMED
from console.store.schema import Columns, FeatureColumn

MOST_VALUES = 3_000_000
"""Values that are drawn at most, over all columns."""
MOST_ROWS = 7_500
"""Rows of one group that are drawn at most."""
MOST_COLUMNS = 400
"""Features and tags that are looked at; of more, the first that were logged."""

_PARTS = 1_000_003
_LONGEST_TEXT = 200
"""Bytes of a text beyond which it is no category, and is drawn as null."""
_FIELDS = {**dict.fromkeys(NAMED, "field"), **dict.fromkeys(MEASURED, "number")}
_TAKEN = {"tag": ("", "model_version", "endpoint"), "number": MEASURED, "text": ("prediction",)}
"""Names that a field has, as well: the kind is put before them."""
_BEFORE = {"tag": "tags", "number": "features", "text": "features"}
_COUNTS = """
select count(*) filter (where ts >= $since), count(*) filter (where ts < $since)
from {table} where model = $model and ts >= $start and ts < $until
"""
_ROWS = """
select t.ts >= $since as now, o.taken is not null as offends, epoch_us(t.ts) as ts, {columns}
from {table} as t
left join offending_rows as o on o.source_id = t.source_id and o.source_offset = t.source_offset
where t.model = $model and t.ts >= $start and t.ts < $until
  and coalesce(
      o.taken,
      hash(t.source_offset, t.source_id) % {parts} < case when t.ts >= $since then $now else $before end
  )
"""


@dataclass(frozen=True, slots=True)
class Drawn:
    """One column of a sample."""

    kind: str
    """`field`, `tag`, `text` or `number`, as in a `Condition`."""
    name: str
    """As `prediction_facts` calls it."""
    column: str
    """Its name in the frame."""


@dataclass(frozen=True, slots=True)
class Sample:
    """Rows of one model over two times, drawn evenly from each of four groups."""

    frame: pl.DataFrame
    """One row a request, in no order: `now` and `offends` (boolean), `ts` (microseconds since 1970 UTC), and
    each of `columns`: text or a number, null where there was none."""
    columns: tuple[Drawn, ...]
    totals: Mapping[tuple[bool, bool], int]
    """(now, offends) -> how many rows are stored, of which the frame has some or all."""


def draw(
    cursor: duckdb.DuckDBPyConnection,
    query: CannedQuery,
    values: Mapping[str, object],
    *,
    model: str,
    window: tuple[datetime, datetime],
    since: datetime,
) -> Sample:
    """Rows of the model in the window; `since` parts it, and the query says which of them offend.

    Args:
        query: one of `queries/predictions_*.sql`.
        values: of its parameters; its window is to be the same.
    """
    known = Columns(cursor)
    table = known.tables.get(model)
    if table is None:
        return Sample(pl.DataFrame(), (), {})
    columns = _columns_of(known, table)
    most = max(1, min(MOST_ROWS, MOST_VALUES // (4 * max(1, len(columns)))))
    place = {"model": model, "start": window[0], "until": window[1], "since": since}
    inner = f"select ts >= $since as now, source_id, source_offset from (\n{query.sql}\n)"
    # Without a limit DuckDB drops the order as well, which takes most of the time.
    given = {**values, "row_limit": None, "since": since}
    offending = pl.DataFrame(cursor.sql(inner, params=given)).unique(["source_id", "source_offset"])
    offending = offending.sort("source_id", "source_offset")
    [(all_now, all_before)] = cursor.execute(_COUNTS.format(table=table), place).fetchall()
    marked, totals = [], dict[tuple[bool, bool], int]()
    for now, all_rows in ((True, all_now), (False, all_before)):
        group = offending.filter(pl.col("now") == now)
        totals[now, True] = group.height
        totals[now, False] = max(0, all_rows - group.height)
        taken = pl.int_range(pl.len()) * most // max(group.height, 1)
        even = pl.lit(True) if group.height <= most else taken != taken.shift(1, fill_value=-1)
        marked.append(group.select("source_id", "source_offset", taken=even))
    parts = {
        "now": _parts(most, totals[True, False]),
        "before": _parts(most, totals[False, False]),
    }
    text = _ROWS.format(
        table=table, parts=_PARTS, columns=", ".join(_drawn(d, c) for d, c in columns) or "null as c"
    )
    with registered(cursor, "offending_rows", pl.concat(marked)):
        frame = pl.DataFrame(cursor.sql(text, params={**place, **parts}))
    return Sample(frame, tuple(drawn for drawn, _ in columns), totals)


def _parts(most: int, rows: int) -> int:
    """Of so many parts of all rows about `most` are drawn."""
    return _PARTS if rows <= most else round(_PARTS * most / rows)


def _columns_of(known: Columns, table: str) -> list[tuple[Drawn, str]]:
    """What is drawn, and the table's column that holds it."""
    there = known.present[table]
    dynamic = [c for c in known.columns.values() if c.column in there]
    found = [*((kind, name, name) for name, kind in _FIELDS.items())]
    found += [(c.kind, _name_of(c), c.column) for c in dynamic[:MOST_COLUMNS]]
    return [(Drawn(kind, name, f"c{at}"), column) for at, (kind, name, column) in enumerate(found)]


def _name_of(column: FeatureColumn) -> str:
    """The name by which `prediction_facts` knows it."""
    taken = column.name in _TAKEN[column.kind]
    return f"{_BEFORE[column.kind]}.{column.name}" if taken else column.name


def _drawn(drawn: Drawn, column: str) -> str:
    if drawn.kind == "number":
        return f"t.{column}::double as {drawn.column}"
    text = f"t.{column}::varchar"
    return f"case when strlen({text}) <= {_LONGEST_TEXT} then {text} end as {drawn.column}"
