"""Writes the predictions behind a canned query to Parquet: flat, typed as logged, labels beside."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import duckdb
import polars as pl

from console.canned import CannedQuery
from console.errors import StoreError
from console.store.arrow import registered
from console.store.outbox import outgoing
from console.store.schema import FIXED, Columns
from console.store.views import IS_ERROR, quoted

_KEY = {"source_id", "source_offset"}
_HIDDEN = ("source_id", "source_offset")
_MODELS = """
select distinct p.model
from predictions as p
semi join slice_rows as r on r.source_id = p.source_id and r.source_offset = p.source_offset
"""


def write_slice(
    cursor: duckdb.DuckDBPyConnection,
    query: CannedQuery,
    values: Mapping[str, object],
    path: Path,
    *,
    labels: pl.DataFrame,
    database: str,
) -> int:
    """Write whole predictions if the query's rows are predictions, else its rows as they are.

    Args:
        labels: one row a request key; columns `request_key` and whatever stands beside.
        database: the file that the cursor belongs to.

    Returns:
        Rows written.
    """
    columns = set(query.columns)
    if not columns >= _KEY:
        with outgoing(database, path) as out:
            cursor.sql(query.sql, params=dict(values)).write_parquet(str(out), compression="zstd")
        return _rows(path)
    rows = pl.DataFrame(cursor.sql(query.sql, params=dict(values))).select(sorted(_KEY)).unique()
    with registered(cursor, "slice_rows", rows), registered(cursor, "slice_labels", labels):
        models = cursor.sql(_MODELS).fetchall()
        relation = cursor.sql(_whole(Columns(cursor), [model for (model,) in models], labels.columns))
        with outgoing(database, path) as out:
            relation.write_parquet(str(out), compression="zstd")
    return _rows(path)


def _whole(columns: Columns, models: list[str], label_columns: list[str]) -> str:
    """The SELECT of the slice's predictions with the features and tags that their models have."""
    tables = sorted({columns.tables[model] for model in models if model in columns.tables})
    if not tables:
        tables = sorted(columns.present)[:1]
    if not tables:
        raise StoreError("nothing is stored yet, so there is nothing to export")
    selects = []
    for table in tables:
        dynamic = "".join(
            f", {c.column} as {quoted(c.view_name)}"
            for c in columns.columns.values()
            if c.column in columns.present[table]
        )
        selects.append(f"select {', '.join(FIXED)}, {IS_ERROR} as is_error{dynamic} from {table}")
    taken = {c.view_name.casefold() for c in columns.columns.values()}
    taken |= {name.casefold() for name in (*FIXED, "is_error")}
    source_path = _free("source_path", "line_source_path", taken)
    beside = "".join(
        f", l.{quoted(name)} as {quoted(_free(name, f'label_{name}', taken))}"
        for name in label_columns
        if name != "request_key"
    )
    return (
        f"select p.* exclude ({', '.join(_HIDDEN)}), s.path as {source_path}, p.source_offset{beside} "
        f"from ({' union all by name '.join(selects)}) as p "
        "semi join slice_rows as r on r.source_id = p.source_id and r.source_offset = p.source_offset "
        "left join sources as s on s.source_id = p.source_id "
        "left join slice_labels as l "
        "on l.request_key = coalesce(p.request_id, s.path || ':' || p.source_offset) "
        "order by p.ts, p.source_id, p.source_offset"
    )


def _free(name: str, otherwise: str, taken: set[str]) -> str:
    """A column's name that no feature has; from then on it is taken."""
    free, number = name, 1
    while free.casefold() in taken:
        free = otherwise if number == 1 else f"{otherwise}_{number}"
        number += 1
    taken.add(free.casefold())
    return free


def _rows(path: Path) -> int:
    return int(pl.scan_parquet(path, glob=False).select(pl.len()).collect().item())
