"""What makes two inputs the same: one hash of a request's features, wherever it is asked for."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

import duckdb
import polars as pl

from console.store import schema
from console.store.arrow import registered
from console.store.schema import Columns, FeatureColumn

KEYS = ("source_id", "source_offset")
"""Where a prediction came from: what tells it from all others."""
ALL_ROWS = 2_000_000_000
"""A row limit that no store reaches: as many as there are."""

_NO_HASHES = """
select null::integer as source_id, null::bigint as source_offset, null::varchar as input_hash where false
"""


def input_hash_sql(columns: Columns, table: str) -> str:
    """An SQL expression over a wide table: the hash of a row's features in hex, null if it has none.

    It is the SHA-256 of the features as one JSON object: sorted by name as it is written in JSON (bytes of
    UTF-8), nothing between the members, a number as ECMAScript writes it, which is the shortest text that
    reads back as the same double, with `.0` where it has neither point nor exponent, and -0 as 0. Features
    that are null are left out. So it depends neither on the order of columns nor on those that come later,
    and equal inputs of two models share it.

    Args:
        columns: as they are now.
        table: one of `columns.present`; its columns are named without it.
    """
    held: dict[str, list[FeatureColumn]] = {}
    for column in columns.columns.values():
        if column.kind != "tag" and column.column in columns.present[table]:
            held.setdefault(column.name, []).append(column)
    # A name in JSON is the beginning of no other one, so that members sort as their names do.
    named = sorted(held.items(), key=lambda item: json.dumps(item[0], ensure_ascii=False).encode())
    values = [(name, _value(group)) for name, group in named]
    if len(columns.columns) >= schema.MAX_COLUMNS:
        return _sha256(_with_spilled(values))
    if not values:
        return "null::varchar"
    whole = f"json_object({', '.join(f'{sql_text(name)}, {value}' for name, value in values)})"
    # To look for nulls first is cheaper than to take out what is not there.
    lacking = " or ".join(f"{value} is null" for _, value in values)
    return _sha256(f"(case when {lacking} then json_merge_patch('{{}}', {whole}) else {whole} end)::varchar")


def _sha256(text: str) -> str:
    return f"sha256(nullif({text}, '{{}}'))"


def _value(group: list[FeatureColumn]) -> str:
    """What the row has for a feature; a row has it in one of its columns at most."""
    values = [f"{one.column} + 0.0" if one.kind == "number" else one.column for one in group]
    if len(values) == 1:
        return f"({values[0]})"
    return f"coalesce({', '.join(f'to_json({value})' for value in values)})"


def _with_spilled(values: list[tuple[str, str]]) -> str:
    """The same object where features that have no column may stand in `extra`; slower, as it sorts."""
    members = [
        f"to_json({sql_text(name)})::varchar || ':' || to_json({value})::varchar" for name, value in values
    ]
    spilled = (
        "try_cast(case when json_valid(extra) then extra::json -> '$.features' end as map(varchar, json))"
    )
    number = "to_json(e.value::double + 0.0)::varchar"
    is_number = "json_type(e.value) in ('DOUBLE', 'BIGINT', 'UBIGINT')"
    value = f"case when {is_number} then {number} else e.value::varchar end"
    others = (
        f"list_transform(list_filter(coalesce(map_entries({spilled}), []), "
        "lambda e: e.value is not null and json_type(e.value) <> 'NULL'), "
        f"lambda e: to_json(e.key)::varchar || ':' || {value})"
    )
    listed = f"list_concat([{', '.join(members)}]::varchar[], {others})"
    return f"'{{' || array_to_string(list_sort(list_filter({listed}, lambda m: m is not null)), ',') || '}}'"


def sql_text(text: str) -> str:
    """The text as an SQL literal, whatever is in it."""
    return "'" + text.replace("'", "''").replace("\0", "' || chr(0) || '") + "'"


def input_hashes(cursor: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> pl.DataFrame:
    """The hash of each row's input.

    Args:
        cursor: of the store.
        rows: columns `source_id` and `source_offset`.

    Returns:
        Columns `source_id`, `source_offset`, `input_hash` (null where a row has no feature); no row twice.
    """
    columns = Columns(cursor)
    each = [
        f"select source_id, source_offset, {input_hash_sql(columns, table)} as input_hash from {table} as p "
        "semi join hashed_rows as r on r.source_id = p.source_id and r.source_offset = p.source_offset"
        for table in sorted(columns.present)
    ]
    with registered(cursor, "hashed_rows", rows.select(KEYS)):
        return pl.DataFrame(cursor.sql(" union all ".join([_NO_HASHES, *each])))


@dataclass(frozen=True, slots=True)
class Statement:
    """One SELECT that is known to be harmless."""

    text: str
    values: Mapping[str, object]
    """Of its parameters."""
    columns: tuple[str, ...]

    @property
    def lists_rows(self) -> bool:
        """Whether it says where its rows came from, and so which predictions they are."""
        return set(self.columns).issuperset(KEYS)


def listed_rows(
    cursor: duckdb.DuckDBPyConnection, offending: Statement, comparable: Statement | None = None
) -> pl.DataFrame:
    """Which predictions are listed, each once: `source_id`, `source_offset` and `offends`.

    Args:
        cursor: of the store.
        offending: a statement that lists rows.
        comparable: lists others, which do not offend; if there is none, `offends` is null.
    """
    rows = _places(cursor, offending)
    if comparable is None:
        return rows.with_columns(offends=pl.lit(None, pl.Boolean))
    both = [rows.with_columns(offends=True), _places(cursor, comparable).with_columns(offends=False)]
    return pl.concat(both).unique(KEYS, keep="first", maintain_order=True)


def _places(cursor: duckdb.DuckDBPyConnection, statement: Statement) -> pl.DataFrame:
    limit = statement.values.get("row_limit")
    values = dict(statement.values)
    if isinstance(limit, int) and limit >= ALL_ROWS:
        # Without a limit DuckDB drops the order as well, which takes most of the time.
        values["row_limit"] = None
    text = (
        "select distinct try_cast(source_id as integer) as source_id, "
        f"try_cast(source_offset as bigint) as source_offset from (\n{statement.text}\n)"
    )
    return pl.DataFrame(cursor.sql(text, params=values))
