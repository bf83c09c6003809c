"""A canned query, as its file tells it, and how its rows are alerts."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import timedelta

from console.canned.param import Param
from console.model import Severity


@dataclass(frozen=True, slots=True)
class Raising:
    """What the header says of the alerts that a query's rows are."""

    severity: Severity
    every: timedelta
    """From one round to the next, by the log's clock."""
    span: timedelta
    """From `start` to `until`, by their defaults."""
    lag: timedelta
    """How long before the newest line `until` lies, by its default."""


@dataclass(frozen=True, slots=True)
class CannedQuery:
    """One file of `queries/`: `name` is its stem, `sql` is exactly one SELECT."""

    name: str
    title: str
    answers: str
    """The question it answers, in one sentence."""
    grain: str
    """What one row of the result is."""
    params: Mapping[str, Param]
    columns: Mapping[str, str]
    """Result column -> unit or meaning, in the result's order."""
    used_by: str
    sql: str
    """The whole file, header included."""
    path: str
    raising: Raising | None = None
    """How its rows are alerts; None where they are not."""
