"""Which predictions a person wants to see: conditions that all hold, and over which time."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import Enum


class Comparison(Enum):
    """How a field's value is compared; its value is how it is written."""

    IS = "="
    IS_NOT = "!="
    AT_LEAST = ">="
    AT_MOST = "<="
    ABOVE = ">"
    BELOW = "<"
    CONTAINS = "~"
    CONTAINS_NOT = "!~"


@dataclass(frozen=True, slots=True)
class Term:
    """One condition."""

    field: str
    """Name of a field, tag or feature as `predictions` calls it; empty for text anywhere in the record."""
    comparison: Comparison
    value: str
    """As it was meant, without the quotes it may have been written in. Never part of an SQL text."""
    is_null: bool = False
    """Whether it asks for what has no value (`country=null`, unquoted); `value` is empty then."""


@dataclass(frozen=True, slots=True)
class Filter:
    """Conditions that all hold. Empty, it lets everything through."""

    terms: tuple[Term, ...] = ()

    def __bool__(self) -> bool:
        return bool(self.terms)


NO_FILTER = Filter()


@dataclass(frozen=True, slots=True)
class View:
    """What a person looks at: which rows, and over which time."""

    filter: Filter = field(default=NO_FILTER)
    span: timedelta | None = timedelta(hours=24)
    """How long a time; None for all that is stored."""
    until: datetime | None = None
    """End of that time, exclusive; None for the newest row, and it moves along with it."""

    def window(self, first: datetime, newest: datetime) -> tuple[datetime, datetime]:
        """Beginning and end, exclusive, of that time in a store whose rows are from `first` to `newest`."""
        until = self.until or newest + timedelta(microseconds=1)
        start = first if self.span is None else max(first, until - self.span)
        return min(start, until), until


@dataclass(frozen=True, slots=True)
class FieldInfo:
    """A field that one may filter by."""

    name: str
    """As `predictions` calls it."""
    kind: str
    """`field`, `tag` or `feature`."""
    is_number: bool
