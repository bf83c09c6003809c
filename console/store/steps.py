"""Counts the rows of a canned query by time, without fetching them."""

from __future__ import annotations

from collections.abc import Mapping

import duckdb

from console.canned import CannedQuery

_COUNTED = """
select epoch_us(ts) // $step_us as step, count(*) as rows
from (
{sql}
)
group by 1
"""


def count_by_step(
    cursor: duckdb.DuckDBPyConnection, query: CannedQuery, values: Mapping[str, object], step_seconds: int
) -> dict[int, int]:
    """Number of the step since 1970 -> rows in it; steps without rows are left out.

    Args:
        cursor: of the store.
        query: one of `queries/predictions_*.sql`.
        values: of its parameters; the row limit does not count.
        step_seconds: length of a step.
    """
    # Without a limit DuckDB drops the order as well, which takes most of the time.
    given = {**values, "row_limit": None, "step_us": step_seconds * 1_000_000}
    return dict(cursor.execute(_COUNTED.format(sql=query.sql), given).fetchall())
