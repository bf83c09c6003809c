"""Windows judged: readings, and the alerts that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum

from console.model.asking import QueryCall, Table, Window


class Severity(IntEnum):
    """How much an alert matters, by effect and reach; higher is worse."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3


class Verdict(Enum):
    """What a reading says. The last two are states of their own, neither healthy nor alarming."""

    QUIET = "quiet"
    BREACH = "breach"
    TOO_FEW_ROWS = "too few rows"
    NO_BASELINE = "no baseline yet"


@dataclass(frozen=True, slots=True)
class Slice:
    """Rows that share a value: `dimension` is a field or tag name. The empty slice is all rows."""

    dimension: str = ""
    value: str = ""

    def __str__(self) -> str:
        return f"{self.dimension}={self.value}" if self.dimension else ""


@dataclass(frozen=True, slots=True)
class Reading:
    """One check's measurement of one subject in one window."""

    check: str
    """Name of the check, which is the stem of its canned query."""
    model: str
    subject: str
    """What was measured, beyond the model: a feature's name, a category's value, or empty."""
    window: Window
    verdict: Verdict
    value: float | None
    """None when there was nothing to measure."""
    baseline: float | None
    limit: float
    """`value` from which it breaches."""
    unit: str
    rows: int
    baseline_rows: int
    severity: Severity
    summary: str
    """One line that says it to a person: `v3 in EU: 35 % errors against 0.4 %`."""
    slice: Slice = Slice()
    """Where it is worst."""
    evidence: QueryCall | None = None
    """The canned query that shows the value against the baseline."""
    offenders: QueryCall | None = None
    """The canned query that lists the offending rows."""


class AlertState(Enum):
    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Alert:
    """Readings of one (check, model, subject) that breached, from the first to the last."""

    alert_id: str
    """Stable over restarts: derived from check, model, subject and when it began."""
    check: str
    model: str
    subject: str
    severity: Severity
    state: AlertState
    began: datetime
    """Start of the first window that breached."""
    detected: datetime
    """End of the first window that breached."""
    last_seen: datetime
    """End of the last window that breached."""
    worst: Reading
    latest: Reading


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind an alert."""

    alert: Alert
    call: QueryCall
    sql: str
    """The canned query's text, as in its file."""
    table: Table
    """Value against baseline, as the query gives it."""
    offenders_call: QueryCall
    offenders: Table
    """The offending rows, newest first; has the columns of `queries/predictions_*.sql`."""
    common: Table
    """Slices in which the offending rows are over-represented, most telling first."""
