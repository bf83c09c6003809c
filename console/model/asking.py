"""Questions to the store, and small answers."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime

from console.model.filtering import NO_FILTER, Filter


@dataclass(frozen=True, slots=True)
class QueryCall:
    """A canned query and the values of its parameters: enough to see the same thing again."""

    query: str
    params: Mapping[str, object] = field(default_factory=dict)
    filter: Filter = NO_FILTER
    """Only these predictions are there for the query: it sees no other rows of `predictions`."""


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


@dataclass(frozen=True, slots=True)
class Answer:
    """What a question was answered with, and what it cost."""

    table: Table
    sql: str
    """The statement, as it was run."""
    seconds: float
    row_limit: int
    """Most rows that `table` may have; `table.truncated` tells whether there were more."""


@dataclass(frozen=True, slots=True)
class ParamInfo:
    """A parameter of a canned query, for a form."""

    name: str
    type: str
    """DuckDB's name: `varchar`, `integer`, `timestamptz`, ..."""
    default: str | None
    """As its file writes it; None if it must be given."""
    about: str


@dataclass(frozen=True, slots=True)
class QueryInfo:
    """A canned query, for a person to choose."""

    name: str
    title: str
    answers: str
    grain: str
    params: tuple[ParamInfo, ...]
    columns: Mapping[str, str]
    """Column -> unit or meaning."""
    sql: str
    path: str
    is_own: bool = False
    """Whether it lies in a folder of the person's."""
    severity: str = ""
    """Of the alerts that its rows are: `warning` or `critical`; empty where they are none."""
    every: str = ""
    """How often it is asked for them, as its file writes it: `5m`."""


NOTHING = Table((), ())
"""A table without columns and rows: nothing was asked yet."""
