"""Questions to the store, and small answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime


@dataclass(frozen=True, slots=True)
class QueryCall:
    """A canned query and the values of its parameters: enough to see the same thing again."""

    query: str
    params: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Table:
    """A small result that a person looks at."""

    columns: tuple[str, ...]
    rows: tuple[tuple[object, ...], ...]
    units: Mapping[str, str] = field(default_factory=dict)
    """Column -> unit, as the canned query's header states it."""
    truncated: bool = False
    """True if the row limit cut it."""


@dataclass(frozen=True, slots=True)
class Window:
    """A half-open time range."""

    start: datetime
    until: datetime


NOTHING = Table((), ())
"""A table without columns and rows: nothing was asked yet."""
