"""A query's parameter."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Param:
    """A query's parameter, as its header declares it."""

    name: str
    type: str
    default: str | None
    """As written: a literal, text with or without quotes, `null`, or for a time `newest` or
    `newest - 24h`. None: must be given."""
    about: str
    least: int | None = None
    """The smallest number that it may be, if it is one."""
