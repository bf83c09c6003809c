"""Reads which requests are to be labelled from a file that somebody made."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Iterable, Iterator
from pathlib import Path
from typing import TextIO

from console.errors import SourceError, UsageError
from console.export.labelling.loading import load

COLUMN = "request_id"
MOST_KEYS = 100_000
LONGEST_KEY = 4_096
"""Characters of a key; a longer one is none."""
_LARGEST_FILE = 256 * 2**20


def read_keys(path: Path) -> tuple[str, ...]:
    """The request ids of a file, each once, in its order.

    A `.csv`, `.jsonl`, `.ndjson` or `.parquet` file has them in its column `request_id`; any other file has
    one a line.

    Raises:
        UsageError: it cannot be read, is too large, has no such column, none of them, or too many.
    """
    try:
        data = load(path, largest=_LARGEST_FILE)
        keys = tuple(dict.fromkeys(_keys_of(path, data)))
    except SourceError as error:
        raise UsageError(str(error)) from error
    except UnicodeDecodeError as error:
        raise UsageError(f"{path}: is not UTF-8 text") from error
    if not keys:
        raise UsageError(f"{path}: has no request id in it")
    if len(keys) > MOST_KEYS:
        raise UsageError(f"{path}: has {len(keys):,} request ids, more than {MOST_KEYS:,}; give fewer")
    return keys


def _keys_of(path: Path, data: bytes) -> Iterator[str]:
    readers = {".csv": _of_csv, ".jsonl": _of_json, ".ndjson": _of_json, ".parquet": _of_parquet}
    for key in readers.get(path.suffix.lower(), _of_lines)(path, data):
        if len(key) > LONGEST_KEY:
            raise UsageError(f"{path}: {key[:40]!r}… is too long for a request id")
        if key:
            yield key


def _text(data: bytes, *, newline: str | None = None) -> TextIO:
    return io.TextIOWrapper(io.BytesIO(data), encoding="utf-8-sig", newline=newline)


def _of_lines(path: Path, data: bytes) -> Iterator[str]:
    yield from (line.strip() for line in _text(data))


def _of_csv(path: Path, data: bytes) -> Iterator[str]:
    with _text(data, newline="") as file:
        rows = csv.DictReader(file)
        try:
            if COLUMN not in (rows.fieldnames or ()):
                raise UsageError(f"{path}: has no column {COLUMN}")
            for row in rows:
                yield (row[COLUMN] or "").strip()
        except csv.Error as error:
            raise UsageError(f"{path}: not CSV: line {rows.line_num}: {error}") from error


def _of_json(path: Path, data: bytes) -> Iterator[str]:
    with _text(data) as file:
        for number, line in enumerate(file, start=1):
            if not line.strip():
                continue
            try:
                told = json.loads(line)
            except (ValueError, RecursionError) as error:
                raise UsageError(f"{path}: line {number}: not JSON") from error
            key = told.get(COLUMN) if isinstance(told, dict) else None
            if not isinstance(key, str | int) or isinstance(key, bool):
                raise UsageError(f"{path}: line {number}: has no {COLUMN}")
            yield str(key)


def _of_parquet(path: Path, data: bytes) -> Iterable[str]:
    import polars as pl

    try:
        found = pl.scan_parquet(io.BytesIO(data)).select(pl.col(COLUMN).cast(pl.String)).collect()
    except pl.exceptions.ColumnNotFoundError as error:
        raise UsageError(f"{path}: has no column {COLUMN}") from error
    except (pl.exceptions.PolarsError, OSError) as error:
        raise UsageError(f"{path}: not Parquet that can be read") from error
    return found[COLUMN].drop_nulls().to_list()
