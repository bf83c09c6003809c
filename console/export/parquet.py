"""Frames on their way into one Parquet file, a few at a time in memory."""

from __future__ import annotations

import os
import re
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import Literal

import polars as pl
from polars.io.plugins import register_io_source

COMPRESSION: Literal["zstd"] = "zstd"
_NUMBERED = re.compile(r"\(os error (\d+)\)")


def write_frames(
    frames: Iterator[pl.DataFrame],
    schema: pl.Schema,
    path: Path,
    *,
    metadata: Mapping[str, str],
    group_rows: int,
    on_rows: Callable[[int], None],
) -> int:
    """The frames are one Parquet file, compressed with zstd, in their order.

    Args:
        frames: each with the columns of `schema`.
        schema: of the file, which may have no rows.
        path: where it is written.
        metadata: kept in the file's footer, by key.
        group_rows: rows of a row group: so many lie in memory at once.
        on_rows: is told how many rows have been taken so far.

    Returns:
        How many rows were written.

    Raises:
        OSError: the disk refused, or what is written cannot be Parquet. A cut file may be left.
        BaseException: whatever `frames` raised, as it was.
    """
    rows = 0

    def taken(
        with_columns: list[str] | None, predicate: pl.Expr | None, n_rows: int | None, batch_size: int | None
    ) -> Iterator[pl.DataFrame]:
        nonlocal rows
        for frame in frames:
            rows += frame.height
            on_rows(rows)
            yield frame

    try:
        # A file that is open already cannot be made by a late thread after it was given up.
        with path.open("wb") as file:
            register_io_source(taken, schema=schema).sink_parquet(
                file, compression=COMPRESSION, row_group_size=group_rows, metadata=dict(metadata)
            )
    except pl.exceptions.PolarsError as error:
        raise _refusal(error) from error
    return rows


def write_set(
    whole: Path, column: str, value: str, path: Path, *, metadata: Mapping[str, str], group_rows: int
) -> int:
    """The rows of a Parquet file that have this text in a column are a file of their own.

    Returns:
        How many they are.

    Raises:
        OSError: the disk refused. A cut file may be left.
    """
    try:
        chosen = pl.scan_parquet(whole, glob=False, hive_partitioning=False).filter(pl.col(column) == value)
        chosen.sink_parquet(path, compression=COMPRESSION, row_group_size=group_rows, metadata=dict(metadata))
        found = pl.scan_parquet(path, glob=False, hive_partitioning=False).select(pl.len()).collect()
    except pl.exceptions.PolarsError as error:
        raise _refusal(error) from error
    return int(found.item())


def _refusal(error: pl.exceptions.PolarsError) -> OSError:
    """What the disk said, as it is said of any other file; polars tells it in its words only."""
    words = str(error)
    if found := _NUMBERED.search(words):
        return OSError(int(found[1]), os.strerror(int(found[1])))
    return OSError(words.splitlines()[0])
