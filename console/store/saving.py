"""Answers written to a file row by row, as many as there are: CSV and JSON lines."""

from __future__ import annotations

import csv
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import orjson

from console.errors import StoreError

_AT_ONCE = 1_000
"""Rows that are taken from DuckDB at a time."""

Row = tuple[object, ...]


def write_csv(cursor: duckdb.DuckDBPyConnection, path: Path) -> int:
    """What the cursor's statement answers with is at `path`, a header first, null as nothing."""
    with path.open("w", encoding="utf-8", errors="backslashreplace", newline="") as file:
        writer = csv.writer(file, lineterminator="\n")
        writer.writerow(_names(cursor))
        return sum(map(len, _each(cursor, lambda rows: writer.writerows([map(_text, row) for row in rows]))))


def write_jsonl(cursor: duckdb.DuckDBPyConnection, path: Path) -> int:
    """The same, one JSON object a line."""
    names = _names(cursor)
    with path.open("wb") as file:

        def write(rows: list[Row]) -> None:
            file.writelines(_line(names, row) for row in rows)

        return sum(map(len, _each(cursor, write)))


WRITERS: dict[str, Callable[[duckdb.DuckDBPyConnection, Path], int]] = {
    ".csv": write_csv,
    ".jsonl": write_jsonl,
}
"""How a file with this ending is written."""


def _names(cursor: duckdb.DuckDBPyConnection) -> list[str]:
    return [column[0] for column in cursor.description or ()]


def _each(cursor: duckdb.DuckDBPyConnection, write: Callable[[list[Row]], object]) -> Iterator[list[Row]]:
    try:
        while rows := cursor.fetchmany(_AT_ONCE):
            write(rows)
            yield rows
    except OSError as error:
        raise StoreError(f"not written: {error.strerror or error}") from error


def _line(names: list[str], row: Row) -> bytes:
    record = {name: _plain(value) for name, value in zip(names, row, strict=True)}
    return orjson.dumps(record, default=str, option=orjson.OPT_NON_STR_KEYS | orjson.OPT_APPEND_NEWLINE)


def _plain(value: object) -> object:
    if isinstance(value, datetime) and value.tzinfo is not None:
        return value.astimezone(UTC)
    if isinstance(value, bytes):
        return value.decode("utf-8", "backslashreplace")
    if isinstance(value, int) and not -(2**63) <= value < 2**64:
        return str(value)
    return value


def _text(value: object) -> object:
    match value:
        case None | str() | int() | float():
            return value
        case datetime():
            plain = value.astimezone(UTC) if value.tzinfo is not None else value
            return plain.isoformat().replace("+00:00", "Z")
        case list() | dict() | tuple():
            return orjson.dumps(value, default=str, option=orjson.OPT_NON_STR_KEYS).decode()
        case _:
            return str(_plain(value))
