"""Hands frames to DuckDB by the Arrow C stream interface alone, so that pyarrow is not needed."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager, suppress

import duckdb

from console.model.clean import ArrowStream


class _Stream:
    """What DuckDB scans without asking what it is; it would want pyarrow for a polars frame."""

    def __init__(self, table: ArrowStream) -> None:
        self._table = table

    def __arrow_c_stream__(self, requested_schema: object = None) -> object:
        return self._table.__arrow_c_stream__(requested_schema)


@contextmanager
def registered(cursor: duckdb.DuckDBPyConnection, name: str, table: ArrowStream) -> Iterator[None]:
    """The table is a relation of that name, for this cursor, while the block runs."""
    cursor.register(name, _Stream(table))
    try:
        yield
    except BaseException:
        # In a transaction that has failed this fails as well, and must not hide what failed first.
        with suppress(duckdb.Error):
            cursor.unregister(name)
        raise
    cursor.unregister(name)
