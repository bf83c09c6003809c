"""Windows judged: readings, and the alerts that follow from them."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime
from enum import Enum, IntEnum

from console.model.asking import NOTHING, QueryCall, Table, Window


class Severity(IntEnum):
    """How much an alert matters, by effect and reach; higher is worse."""

    INFO = 1
    WARNING = 2
    CRITICAL = 3


class Verdict(Enum):
    """What a reading says. The last two are states of their own, neither healthy nor alarming."""

    QUIET = "quiet"
    BREACH = "breach"
    LINGERING = "lingering"
    """No breach any more, but still above the lower limit at which it would be over."""
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
class Condition:
    """What rows share in one thing: a value, or for a number a range."""

    kind: str
    """`field` (version, endpoint, ...), `tag`, `text` or `number` (a feature or a measured field)."""
    name: str
    value: str = ""
    """Of all kinds but `number`, as logged."""
    lower: float | None = None
    """Of a number: at least this; None for no limit."""
    upper: float | None = None
    """Of a number: below this; None for no limit."""


@dataclass(frozen=True, slots=True)
class CommonSlice:
    """Rows that meet one or two conditions, and how much of a trouble they hold."""

    conditions: tuple[Condition, ...]
    rows: int
    offending: int
    """Of these rows, those that offend."""
    rate: float
    """Share of the slice that offends, 0..1."""
    rate_elsewhere: float
    """Share of all other rows that offends, 0..1."""
    share_of_offending: float
    """Share of the trouble that lies in the slice, 0..1: of the offending rows beyond those usual before."""


@dataclass(frozen=True, slots=True)
class Reading:
    """One check's measurement of one subject in one window."""

    check: str
    """Name of the check, or of the query of a person's own that found it."""
    model: str
    subject: str
    """What was measured, beyond the model: a feature's name, a category's value, or empty."""
    window: Window
    verdict: Verdict
    value: float | None
    """None when there was nothing to measure."""
    baseline: float | None
    limit: float | None
    """`value` from which it breaches; None where a query of a person's own tells none."""
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
    trouble: Window | None = None
    """The part of the window in which the trouble was, where that can be told."""
    truth_share: float | None = None
    """Of the model's requests in the window, those whose truth is known, 0..1; None if that says nothing."""
    share: float | None = None
    """How far it reaches: of the model's requests in the window, those that `rows` are, 0..1; None if that
    says nothing."""

    @property
    def span(self) -> Window:
        """When the trouble was, as far as it can be told from this window."""
        return self.trouble or self.window


class AlertState(Enum):
    OPEN = "open"
    RESOLVED = "resolved"


@dataclass(frozen=True, slots=True)
class Handling:
    """What somebody last said about an alert; none of it changes what is measured."""

    acknowledged: bool
    snoozed_until: datetime | None
    """Until when it is not to be shown as urgent; None if it is not snoozed."""
    reason: str
    author: str
    at: datetime
    """By the clock."""


@dataclass(frozen=True, slots=True)
class Alert:
    """Readings of one (check, model, subject) that breached or lingered, from the first breach to the last.

    Grouped, it stands for others of the same cause too: `severity`, `state`, `detected` are theirs as well.
    """

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
    """End of the last window that breached or lingered."""
    worst: Reading
    latest: Reading
    where: tuple[Condition, ...] = ()
    """The one or two conditions that hold most of the trouble; empty if it is everywhere."""
    also: tuple[Alert, ...] = ()
    """Other alerts that have the same cause, and are not listed beside it; none of them has others."""
    handling: Handling | None = None


@dataclass(frozen=True, slots=True)
class Evidence:
    """What stands behind an alert."""

    alert: Alert
    call: QueryCall
    sql: str
    """The canned query's text, as in its file."""
    table: Table
    """Value against baseline, as the query gives it."""
    offenders_call: QueryCall | None
    """What lists the offending rows; None where no row offends, as of silence."""
    offenders: Table
    """The offending rows, newest first; has the columns of `queries/predictions_*.sql`."""
    common: Table
    """Slices in which the offending rows are over-represented, most telling first."""
    moved: Table = NOTHING
    """Which values of the alert's rows moved, before and during it, the farthest first."""
    slices: tuple[CommonSlice, ...] = ()
    """Those that `common` tells, in its order."""
