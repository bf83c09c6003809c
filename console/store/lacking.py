"""Which features of a slice no row has: nothing can be learnt from them."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb
import polars as pl

from console.model.exporting import TRAIN
from console.store.arrow import registered
from console.store.inputs import KEYS
from console.store.schema import Columns


def lacking(
    cursor: duckdb.DuckDBPyConnection,
    columns: Columns,
    rows: pl.DataFrame,
    asked: Mapping[str, str],
) -> frozenset[str]:
    """Of the columns those that are null in every row that a model is trained on.

    Args:
        cursor: of the store.
        columns: as they are now.
        rows: of a slice: `stored_in`, `source_id`, `source_offset`, `split`; where no row is in a set, all of
            them are looked at.
        asked: name in the slice -> column in the store.
    """
    trained_on = rows.filter((pl.col("split") == TRAIN) | pl.col("split").is_null())
    found: set[str] = set()
    with registered(cursor, "trained_on", trained_on.select(KEYS)):
        for table in trained_on["stored_in"].unique().to_list():
            here = {name: column for name, column in asked.items() if column in columns.present[table]}
            if not here:
                continue
            counts = ", ".join(f"count(p.{column})" for column in here.values())
            counted = cursor.execute(
                f"select {counts} from {table} as p join trained_on as r "
                "on r.source_id = p.source_id and r.source_offset = p.source_offset"
            ).fetchall()[0]
            found.update(name for name, count in zip(here, counted, strict=True) if count)
    return frozenset(asked) - found
