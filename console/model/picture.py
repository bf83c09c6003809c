"""What the screens are drawn from."""

from __future__ import annotations

from dataclasses import dataclass, field
from datetime import datetime
from enum import Enum

from console.model.asking import NOTHING, Table
from console.model.filtering import View
from console.model.judging import Alert
from console.model.records import SourceStatus


class Phase(Enum):
    STARTING = "starting"
    WAITING = "waiting"
    """No source has given a line yet."""
    LOADING = "loading"
    """Reading what was there at the start."""
    LIVE = "live"
    KEPT = "read-only"
    """A bundle is looked at: all is as it was when that was made, and nothing is kept."""


@dataclass(frozen=True, slots=True)
class Band:
    """A range that is usual."""

    low: float
    high: float


@dataclass(frozen=True, slots=True)
class Seat:
    """Somebody who has a console open on the same casebook."""

    author: str
    pid: int
    since: datetime
    is_own: bool
    """Whether it is this console."""
    doing: str = ""
    """What they look at, in few words; empty if nothing is told."""
    host: str = ""


@dataclass(frozen=True, slots=True)
class TrafficPoint:
    """One bar of the charts: what happened in `[start, start + step)`."""

    start: datetime
    rows: int
    errors: int
    p95_ms: float | None
    """None where no latency was logged."""
    p50_ms: float | None = None
    p99_ms: float | None = None
    usual_rows: Band | None = None
    """What is usual at this time of day, or in the time before; None where that is not known."""
    usual_error_rate: Band | None = None
    """As shares, 0..1."""
    usual_p95_ms: Band | None = None


@dataclass(frozen=True, slots=True)
class Snapshot:
    """All that the screens show, at one moment. Replaced whole, never changed."""

    taken_at: datetime
    phase: Phase
    sources: tuple[SourceStatus, ...] = ()
    view: View = field(default_factory=View)
    """What `traffic` and `recent` are drawn for."""
    matching: int | None = None
    """Rows that meet the view's filter over its time; None without a filter."""
    seats: tuple[Seat, ...] = ()
    """Who has a console open on the same casebook, this one among them."""
    labels_version: int = 0
    """Moves when anybody, here or at another seat, has labelled or taken a label back."""
    acts_version: int = 0
    """Moves when anybody has said something of an alert: acknowledged, snoozed, noted."""
    rows: int = 0
    rejects: int = 0
    rows_per_second: float = 0.0
    """Committed, over the last few seconds."""
    bytes_left: int = 0
    """Bytes of the backlog still to be read."""
    bytes_total: int = 0
    bytes_per_second: float = 0.0
    """At which the backlog is being read; 0.0 while none is."""
    seconds_left: float | None = None
    """Until the backlog is read, at that rate; None while it cannot be told."""
    as_of: datetime | None = None
    """Newest `ts` stored: the moment that the judging is about. None while nothing is stored."""
    first_ts: datetime | None = None
    step_seconds: int = 60
    traffic: tuple[TrafficPoint, ...] = ()
    """Oldest first, without gaps."""
    alerts: tuple[Alert, ...] = ()
    """Open ones first, worst first."""
    recent: Table = NOTHING
    """Newest predictions, newest first; the columns of `queries/predictions_recent.sql`."""
    database: str = ""
    cache: str = ""
    """Which cache it is: another one once it was made anew, though its file may have the same name."""
    database_bytes: int = 0
    budget: str = ""
    """What this process allows itself on the host, in words: `2 threads, 1 GiB, nice 10`."""
    zone: str = "UTC"
    """Zone of logged times that name none."""
    masks: int = 0
    """How many rules hide values of what is read."""
    baseline: str = ""
    """What the judging compares with, in words; or why there is none yet."""
    baseline_brief: str = ""
    """The same in two or three words; empty while nothing is stored."""
    too_few_rows: int = 0
    """Subjects (of a check and a model) whose newest window has too few rows for a verdict."""
    without_baseline: int = 0
    """Subjects that have nothing to be compared with yet."""
    judged_at: datetime | None = None
    judged_in_part: bool = False
    """Whether that was while a backlog was being read, and nothing since."""
    quiet_since: datetime | None = None
    """Since when no alert has been open, None if one is, or nothing was judged."""
    notices: tuple[str, ...] = ()
    """Things the person must know: a private cache is in use, a disk is full, ..."""
