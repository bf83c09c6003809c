"""The console's nouns: frozen values that every part hands to the next.

Times are aware datetimes in UTC. Windows are half-open: `start <= ts < until`.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum, IntEnum

# --- from a line to a batch ------------------------------------------------------------------


@dataclass(frozen=True, slots=True)
class Reject:
    """A line that could not be used. It is kept, counted and shown, never dropped."""

    offset: int
    """Byte offset of the line's first byte in its source."""
    reason: str
    line: bytes
    """The line without its newline, cut at `REJECT_BYTES`."""
    length: int
    """Bytes of the whole line, before the cut, without its newline."""


REJECT_BYTES = 64 * 1024
"""Bytes of a rejected line that are kept."""


@dataclass(frozen=True, slots=True)
class ModelRows:
    """Predictions of one model out of one block of lines, column by column, all of length n.

    A feature or tag appears only if at least one row has it. Where a row has none the entry is None.
    A feature's finite numbers are in `numbers`; whatever else it was logged as (text, a truth
    value, a list or object as JSON text, NaN, an integer that a double cannot hold) is in `texts`.
    A row has a feature in at most one of the two, so nothing is lost when a type changes.
    """

    model: str
    fields: Mapping[str, Sequence[object]]
    """Every name of `FIELDS` except `model`; `ts` in microseconds since 1970 UTC, an int."""
    numbers: Mapping[str, Sequence[float | None]]
    texts: Mapping[str, Sequence[str | None]]
    tags: Mapping[str, Sequence[str | None]]

    def __len__(self) -> int:
        return len(self.fields["ts"])


FIELDS: Mapping[str, str] = {
    "ts": "timestamptz",
    "ts_origin": "varchar",
    "request_id": "varchar",
    "model": "varchar",
    "model_version": "varchar",
    "endpoint": "varchar",
    "status": "integer",
    "error_type": "varchar",
    "error_message": "varchar",
    "latency_ms": "double",
    "prediction": "varchar",
    "prediction_value": "double",
    "score": "double",
    "truth": "varchar",
    "tokens_in": "bigint",
    "tokens_out": "bigint",
    "cost": "double",
    "stages": "varchar",
    "extra": "varchar",
    "source_offset": "bigint",
}
"""The fixed fields of a prediction and their DuckDB types.

`ts_origin` is `logged` or `arrival` (no `ts` in the line). `prediction` is the text as logged,
`prediction_value` the same where it is a finite number. `stages` and `extra` are JSON text; `extra`
holds every key the record does not know and every value that did not fit its field, as logged.
"""


@dataclass(frozen=True, slots=True)
class FileIdentity:
    """Which file it is, whatever its name: a renamed file keeps its identity."""

    device: int
    inode: int
    head_hash: str
    """Hex digest of the first `head_length` bytes; tells a new file on a reused inode from the old."""
    head_length: int


@dataclass(frozen=True, slots=True)
class SourceMark:
    """How far a source has been read and committed."""

    source_id: int
    path: str
    identity: FileIdentity
    next_offset: int
    lines: int
    rows: int
    rejects: int
    blanks: int


@dataclass(frozen=True, slots=True)
class Batch:
    """A block of whole lines of one source, parsed. lines = rows + rejects + blanks."""

    source_id: int
    path: str
    identity: FileIdentity
    start_offset: int
    next_offset: int
    """Byte offset of the first byte that this batch does not cover."""
    lines: int
    blanks: int
    models: Sequence[ModelRows]
    rejects: Sequence[Reject]

    @property
    def rows(self) -> int:
        return sum(len(m) for m in self.models)


class SourceState(Enum):
    """What is happening to a source, in the word that is shown for it."""

    WAITING = "waiting"
    """Nothing is there yet; it is watched for."""
    READING = "reading"
    """Reading what was there at the start."""
    FOLLOWING = "following"
    """Everything has been read; new lines are awaited."""
    FINISHED = "finished"
    """Read to its end, and not followed."""
    FAILED = "failed"
    """Cannot be read at the moment; it is tried again."""


@dataclass(frozen=True, slots=True)
class SourceStatus:
    """One source's entry in the ledger. lines = rows + rejects + blanks, always."""

    source_id: int
    """-1 while nothing of it has been read."""
    path: str
    state: SourceState
    size: int
    """Bytes in the file now."""
    next_offset: int
    lines: int
    rows: int
    rejects: int
    blanks: int
    last_line_at: datetime | None
    """When its newest line was committed."""
    problem: str | None = None
    """Why it is waiting or failed, and what would mend it."""

    @property
    def lag_bytes(self) -> int:
        return max(0, self.size - self.next_offset)


# --- asking ----------------------------------------------------------------------------------


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


# --- judging ---------------------------------------------------------------------------------


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


# --- a request, and what people say of it -----------------------------------------------------


@dataclass(frozen=True, slots=True)
class RowId:
    """Where a prediction came from: unique, whatever its request_id."""

    source_id: int
    offset: int


@dataclass(frozen=True, slots=True)
class Request:
    """One prediction, whole, as it was logged."""

    row_id: RowId
    key: str
    """`request_id`, or `path:offset` where none was logged: what labels hang on."""
    origin: str
    """`path:offset` of its line."""
    ts: datetime
    model: str
    fields: Mapping[str, object]
    """The fixed fields of `FIELDS`, without features and tags."""
    features: Mapping[str, object]
    tags: Mapping[str, str]
    stages: object
    """As logged (decoded JSON), None if absent."""
    extra: Mapping[str, object]
    input_hash: str
    """SHA-256 of the features in canonical JSON, hex: equal inputs share it."""


class LabelStatus(Enum):
    SUBMITTED = "submitted"
    DISCARDED = "discarded"
    """Taken back by an undo; the row that it overrides counts again."""


@dataclass(frozen=True, slots=True)
class LabelDraft:
    """What a person says about a request, before it is kept."""

    request_key: str
    value: str
    note: str = ""
    model: str = ""
    model_version: str = ""
    prediction: str = ""
    input_hash: str = ""
    origin: str = ""
    alert_id: str = ""
    query: str = ""
    """The canned query, and parameters as JSON, of the slice it was labelled in."""


@dataclass(frozen=True, slots=True)
class Label:
    """One row of the casebook's append-only record of labels."""

    label_id: str
    draft: LabelDraft
    status: LabelStatus
    source: str
    """`human`, `rule` or `import`."""
    author: str
    """`user@host`, or as given."""
    at: datetime
    previous_value: str | None
    """The value that counted for this request and author before, None if there was none."""
    overrides: str | None
    """`label_id` of the row that this one corrects or takes back."""
    act: str
    """Rows that came from one keypress share it, and are undone together."""


@dataclass(frozen=True, slots=True)
class ExportReceipt:
    """A slice that was written, whole, under its final name."""

    path: str
    manifest_path: str
    rows: int
    size: int
    """Bytes of the Parquet file."""
    sha256: str


# --- what the screens are drawn from ----------------------------------------------------------


class Phase(Enum):
    STARTING = "starting"
    WAITING = "waiting"
    """No source has given a line yet."""
    LOADING = "loading"
    """Reading what was there at the start."""
    LIVE = "live"


@dataclass(frozen=True, slots=True)
class TrafficPoint:
    """One bar of the charts: what happened in `[start, start + step)`."""

    start: datetime
    rows: int
    errors: int
    p95_ms: float | None
    """None where no latency was logged."""


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the screens show, at one moment. Replaced whole, never changed."""

    taken_at: datetime
    phase: Phase
    sources: tuple[SourceStatus, ...] = ()
    rows: int = 0
    rejects: int = 0
    rows_per_second: float = 0.0
    """Committed, over the last few seconds."""
    bytes_left: int = 0
    """Bytes of the backlog still to be read."""
    bytes_total: int = 0
    as_of: datetime | None = None
    """Newest `ts` stored: the moment that the judging is about. None while nothing is stored."""
    first_ts: datetime | None = None
    step_seconds: int = 60
    traffic: tuple[TrafficPoint, ...] = ()
    """Oldest first, without gaps."""
    alerts: tuple[Alert, ...] = ()
    """Open ones first, worst first."""
    recent: Table = Table((), ())
    """Newest predictions, newest first; the columns of `queries/predictions_recent.sql`."""
    database: str = ""
    baseline: str = ""
    """What the judging compares with, in words; or why there is none yet."""
    judged_at: datetime | None = None
    quiet_since: datetime | None = None
    """Since when no alert has been open, None if one is, or nothing was judged."""
    notices: tuple[str, ...] = ()
    """Things the person must know: a private cache is in use, a disk is full, ..."""
