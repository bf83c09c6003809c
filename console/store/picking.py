"""Which rows of a slice are exported, how often their input is there, and which set they are in."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from datetime import datetime

import duckdb
import polars as pl

from console.model.exporting import TEST, TRAIN, VALIDATION, ExportOptions, SliceCounts, Split
from console.store.arrow import registered
from console.store.inputs import input_hash_sql, sql_text
from console.store.schema import Columns

_BITS = 52
"""Of a hash that place a row in a split: as many as a double holds exactly."""
_PICKED = """
with wanted as (
{wanted}
),
facts as (
{facts}
),
labelled as (
    select f.*, coalesce(f.request_id, s.path || ':' || f.source_offset) as request_key
    from facts as f
    left join sources as s on s.source_id = f.source_id
),
kept as (
    select f.* exclude (request_id, prediction), {known}, {by} as class
    from labelled as f
    {labels}
),
inputs as (
    select *, {copies} as copies
    from kept
    {one_row_an_input}
),
balanced as (
    select *
    from inputs
    {balance}
)
select stored_in, source_id, source_offset, ts, offends, copies, label, input_hash, {bucket} as bucket
from balanced
order by ts, source_id, source_offset
"""
# Found first, as the hash of an input costs more than all else.
_LABELLED = """
select r.*
from {table} as p
join picked_rows as r on r.source_id = p.source_id and r.source_offset = p.source_offset
left join sources as s on s.source_id = p.source_id
join picked_labels as l on l.request_key = coalesce(p.request_id, s.path || ':' || p.source_offset)
where {labelled}
"""
# Nothing is joined to wide rows: what DuckDB takes for the smaller side lies in memory.
_FACTS = """
select {stored_in} as stored_in, p.source_id, p.source_offset, p.ts, p.request_id, p.prediction, r.offends,
    {input_hash} as input_hash
from {table} as p
join wanted as r on r.source_id = p.source_id and r.source_offset = p.source_offset
"""
_INPUT = "coalesce(input_hash, source_id || ':' || source_offset)"
"""What equal inputs share; a row without features is an input of its own."""
_ONE_ROW = f"""
qualify row_number() over (
    partition by {_INPUT}
    order by label is null, ts desc, source_id desc, source_offset desc
) = 1
"""
_BALANCED = """
where class is not null
qualify row_number() over (
    partition by class order by sha256(request_key), source_id, source_offset
) <= {most}
"""
_RAREST = """(
    select min(rows) from (select count(*) as rows from inputs where class is not null group by class)
)"""


@dataclass(frozen=True, slots=True)
class Picked:
    """The rows that are exported, the oldest first."""

    rows: pl.DataFrame
    """`at` (from 0, in their order), `stored_in` (the table), `source_id`, `source_offset`, `ts`,
    `input_hash` (in hex, null where a row has no feature), `offends`, `copies`, `label`, `split`: null
    where nobody asked for it."""
    counts: SliceCounts
    cuts: tuple[datetime, ...] = ()
    """Where the sets after `train` begin, in a split by time."""


def pick(
    cursor: duckdb.DuckDBPyConnection,
    listed: pl.DataFrame,
    labels: pl.DataFrame | None,
    options: ExportOptions,
) -> Picked:
    """Of the rows that are listed those that the options ask for.

    Args:
        cursor: of the store.
        listed: `source_id`, `source_offset`, and `offends` (boolean, null where it is not known).
        labels: one row a `request_key`, as `console.export.labels_frame` makes it; None for no labels.
        options: what is wanted.

    Raises:
        duckdb.Error: the store refused.
    """
    columns = Columns(cursor)
    split = options.split
    tables = sorted(columns.present)
    if not tables:
        return Picked(listed.clear(), SliceCounts(0))
    text = _PICKED.format(
        wanted=" union all ".join(_wanted(tables, options)),
        facts=" union all ".join(
            _FACTS.format(stored_in=sql_text(table), table=table, input_hash=input_hash_sql(columns, table))
            for table in tables
        ),
        known="l.label" if labels is not None else "null::varchar as label",
        by={"label": "l.label", "prediction": "f.prediction", None: "null::varchar"}[options.balance_by],
        labels="" if labels is None else "left join picked_labels as l on l.request_key = f.request_key",
        copies=f"count(*) over (partition by {_INPUT})" if options.one_row_an_input else "null::bigint",
        one_row_an_input=_ONE_ROW if options.one_row_an_input else "",
        balance=_BALANCED.format(most=options.balance_most or _RAREST) if options.balance_by else "",
        bucket=_bucket(split) if split is not None and split.by == "input" else "null::double",
    )
    known = pl.DataFrame(schema={"request_key": pl.String}) if labels is None else labels
    with registered(cursor, "picked_rows", listed), registered(cursor, "picked_labels", known):
        rows = in_utc(pl.DataFrame(cursor.sql(text)))
    rows, cuts = _split(rows, split)
    return Picked(rows.drop("bucket").with_row_index("at"), _counts(rows, listed.height), cuts)


def in_utc(frame: pl.DataFrame) -> pl.DataFrame:
    """The same, the zone of its times called by the name that every reader knows."""
    zoned = [name for name, kind in frame.schema.items() if isinstance(kind, pl.Datetime) and kind.time_zone]
    return frame.with_columns(pl.col(name).dt.convert_time_zone("UTC") for name in zoned)


def _wanted(tables: list[str], options: ExportOptions) -> Iterator[str]:
    if not options.only_labelled:
        yield "select * from picked_rows"
        return
    labelled = "l.label is not null" + ("" if options.with_conflicts else " and l.agreement = 1")
    for table in tables:
        yield _LABELLED.format(table=table, labelled=labelled)


def _bucket(split: Split) -> str:
    """Where in 0..1 a row falls: the first 52 bits of the SHA-256 of salt, colon and its input's hash.

    A row without features goes by its request key.
    """
    salted = f"{sql_text(split.salt + ':')} || coalesce(input_hash, request_key)"
    return f"('0x' || left(sha256({salted}), {_BITS // 4}))::bigint / {float(2**_BITS)!r}"


def _split(rows: pl.DataFrame, split: Split | None) -> tuple[pl.DataFrame, tuple[datetime, ...]]:
    """The rows with their set, and where the sets were cut, if by time."""
    if split is None:
        return rows.with_columns(split=pl.lit(None, pl.String)), ()
    if split.by == "input":
        # Test is lowest and train highest, so that a larger share takes rows from `train` alone.
        held_out = split.test + split.validation
        in_test = pl.when(pl.col("bucket") < split.test).then(pl.lit(TEST))
        in_either = in_test.when(pl.col("bucket") < held_out).then(pl.lit(VALIDATION))
        return rows.with_columns(split=in_either.otherwise(pl.lit(TRAIN))), ()
    cuts = split.cuts or tuple(_moments(rows["ts"], split))
    said_at = pl.lit(TRAIN)
    for cut, name in zip(cuts, split.sets[1:], strict=False):
        said_at = pl.when(pl.col("ts") >= cut).then(pl.lit(name)).otherwise(said_at)
    return rows.with_columns(split=said_at), cuts


def _moments(ts: pl.Series, split: Split) -> Iterator[datetime]:
    """Where the sets after `train` begin so that they have their shares; rows of one moment stay together.

    Args:
        ts: in order.
        split: by time, with shares.
    """
    for held_out in dict.fromkeys((split.validation + split.test, split.test)):
        if held_out and len(ts):
            yield ts[min(len(ts) - 1, int(len(ts) * (1 - held_out)))]


def _counts(rows: pl.DataFrame, listed: int) -> SliceCounts:
    labels = rows.drop_nulls("label").group_by("label").len().sort(["len", "label"], descending=[True, False])
    sets: dict[str, dict[str, int]] = {}
    by_set = rows.drop_nulls("split").group_by("split", pl.col("label").fill_null("")).len()
    for name, label, count in by_set.sort("split", "label").iter_rows():
        sets.setdefault(name, {})[label] = count
    return SliceCounts(listed, dict(labels.iter_rows()), sets)
