"""What one person hands over to the next: an incident as it was told, seen and judged."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime, timedelta

from console.model.alert_picture import AlertPicture, Earlier, Listing, Said
from console.model.asking import QueryCall, Window
from console.model.filtering import NO_FILTER, Filter
from console.model.judging import Alert, Evidence
from console.model.picture import Snapshot
from console.model.requests import Label

USUAL_SPAN = timedelta(hours=12)
"""Over which time a handover is, unless another is asked for: a shift."""
ROW_LIMIT = 10_000
"""Rows of each slice in a bundle, unless another number is asked for: the newest."""


@dataclass(frozen=True, slots=True)
class HandoverPlan:
    """What is to be handed over."""

    span: timedelta = USUAL_SPAN
    """Before the newest row, where no `start` is given."""
    start: datetime | None = None
    until: datetime | None = None
    """End, exclusive; None for the newest row."""
    alert_ids: tuple[str, ...] = ()
    """Only these, each as its id begins, whenever they were; empty for all that were in that time."""
    filter: Filter = NO_FILTER
    """Narrows the overview to these requests, and the alerts to the model that it names, if it does."""
    row_limit: int = ROW_LIMIT
    """Of each slice in a bundle."""
    ascii_only: bool = False
    """Whether charts are drawn with plain signs."""

    def window(self, first: datetime, newest: datetime) -> Window:
        """The time that it is about, in a store whose rows are from `first` to `newest`."""
        until = self.until or newest + timedelta(microseconds=1)
        start = self.start or max(first, until - self.span)
        return Window(min(start, until), until)


@dataclass(frozen=True, slots=True)
class ExportRecord:
    """A file that somebody made of what the console held, as the casebook remembers it."""

    export_id: str
    path: str
    """Absolute, on the host where it was written."""
    rows: int
    size: int
    """Bytes."""
    sha256: str
    query: str
    """The canned query, `sql` for a statement of the person's, `handover` or `bundle`."""
    alert_id: str
    """Whose rows these are; empty if of none."""
    author: str
    at: datetime
    """By the clock."""


@dataclass(frozen=True, slots=True)
class LabelTally:
    """Labels that stand, of one person and one value, given in one alert or in none."""

    alert_id: str
    author: str
    value: str
    requests: int
    first: datetime
    last: datetime


@dataclass(frozen=True, slots=True)
class AlertStory:
    """One alert, with the answers that its screen shows."""

    alert: Alert
    evidence: Evidence | None = None
    """None where it could not be had: `problem` says why."""
    picture: AlertPicture = field(default_factory=AlertPicture)
    comparable: Listing | None = None
    earlier: tuple[Earlier, ...] = ()
    said: tuple[Said, ...] = ()
    """Oldest first."""
    problem: str = ""


@dataclass(frozen=True, slots=True)
class Handover:
    """All that a handover tells."""

    made_at: datetime
    author: str
    host: str
    versions: Mapping[str, str]
    """Of the console, and of what it reads with."""
    window: Window
    plan: HandoverPlan
    sources: tuple[str, ...]
    """As they were given, absolute: what a command that shows it again is given."""
    database: str
    """The cache, where it was named; empty for the usual place."""
    snapshot: Snapshot
    """The overview over the window; its alerts are those of the stories."""
    stories: tuple[AlertStory, ...] = ()
    """Open ones first, worst first."""
    labels: tuple[LabelTally, ...] = ()
    exports: tuple[ExportRecord, ...] = ()
    """Oldest first."""
    conflicts: tuple[str, ...] = ()
    """Request keys of which people say different things."""
    flagged: tuple[str, ...] = ()
    """Request keys that somebody flagged for a second look."""
    masks: tuple[str, ...] = ()
    """Which values were masked before they were stored, and how."""
    queries: tuple[str, ...] = ()
    """Folders with queries of the person's own, absolute: what a command is given that asks one of them."""


@dataclass(frozen=True, slots=True)
class BundledSlice:
    """One Parquet file of a bundle."""

    name: str
    """Of the file, in the bundle's folder `slices`."""
    what: str
    """`offending`, `comparable`, `labelled` or `latest`."""
    alert_id: str
    call: QueryCall
    rows: int
    is_cut: bool
    """Whether there were more rows than the limit."""


@dataclass(frozen=True, slots=True)
class BundledColumn:
    """What a column of the slices holds, where that is a feature or a tag."""

    column: str
    """In the Parquet files."""
    kind: str
    """`number`, `text` or `tag`."""
    name: str
    """As it was logged."""


@dataclass(frozen=True, slots=True)
class CasebookExtract:
    """What people made, as far as the handover tells of it."""

    labels: tuple[Label, ...]
    """Every row of the requests that are in the bundle, oldest first."""
    exports: tuple[ExportRecord, ...] = ()


@dataclass(frozen=True, slots=True)
class HandoverReceipt:
    """A handover that was written, whole, under its final name."""

    path: str
    size: int
    """Bytes."""
    alerts: int
    rows: int
    """Of all slices; 0 for markdown."""
