"""Lines whose layout is known so well that the store may take their values straight from the text."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Protocol


class Kind(Enum):
    """What the value at one path of a clean line is, in every line. All may be null besides."""

    TEXT = "text"
    """Text, a truth value, or an integer of up to 18 digits, as text."""
    NUMBER = "number"
    """A finite number that a double holds as exactly as the text does."""
    INTEGER = "integer"
    """An integer of up to 18 digits."""
    JSON = "json"
    """Any value, as compact JSON text."""
    ISO = "iso"
    """A moment as ISO 8601 text; never null."""
    SECONDS = "seconds"
    """A moment in seconds since 1970, an integer or with a fraction; never null."""
    MILLISECONDS = "milliseconds"
    MICROSECONDS = "microseconds"
    NANOSECONDS = "nanoseconds"


@dataclass(frozen=True, slots=True)
class Leaf:
    """A value of a clean line, and where it goes."""

    path: tuple[str, ...]
    """Keys from the outermost object to the value."""
    kind: Kind
    group: str
    """`field`, `feature`, `tag` or `extra`."""
    name: str
    """Of the field, feature or tag, or the key in `extra`."""
    scale: float = 1.0
    """What a number is multiplied by."""


class ArrowStream(Protocol):
    """A table that can be read by the Arrow C stream interface."""

    def __arrow_c_stream__(self, requested_schema: object = None) -> object: ...


GROUP_LINES = 122_880
"""Rows of a row group of DuckDB's."""


@dataclass(frozen=True, slots=True)
class CleanRows:
    """Lines of one model, each of which was proven to have exactly these leaves."""

    model: str
    leaves: Sequence[Leaf]
    lines: ArrowStream
    """A table of `line` (text) and `source_offset` (64 bit)."""
    count: int
    arrival: int
    """Microseconds since 1970 UTC: the `ts` of lines whose leaves have none."""

    def __len__(self) -> int:
        return self.count
