"""What an export asks of the rows that it writes, wherever they come from."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from contextlib import AbstractContextManager
from datetime import datetime
from typing import Protocol

import polars as pl

from console.model.exporting import SliceColumn, SliceCounts


class SliceRows(Protocol):
    """Rows that are about to be written; see `console.store.slices.StoredSlice`."""

    @property
    def columns(self) -> tuple[SliceColumn, ...]: ...
    @property
    def schema(self) -> pl.Schema: ...
    @property
    def rows(self) -> int | None: ...
    @property
    def group_rows(self) -> int: ...
    @property
    def counts(self) -> SliceCounts | None: ...
    @property
    def cuts(self) -> tuple[datetime, ...]: ...
    @property
    def split_column(self) -> str | None: ...
    @property
    def lacking(self) -> frozenset[str]: ...
    @property
    def frames(self) -> Callable[[], Iterator[pl.DataFrame]]: ...


OpenSlice = Callable[[], AbstractContextManager[SliceRows]]
"""Picks the rows; they can be read while the context lasts."""
