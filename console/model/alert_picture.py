"""What is drawn of an alert: its rate over time, and how a value was distributed before and during it."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

from console.model.asking import QueryCall, Table, Window
from console.model.evaluation import Basis, Figure, ReliabilityBin
from console.model.judging import Alert, Severity


@dataclass(frozen=True, slots=True)
class Timeline:
    """One measure, step by step, before the alert, during it, and a while after."""

    title: str
    """What is measured, and what of it is logged data already cut short: `requests with errors`."""
    unit: str
    """`share` for 0..1, or as in `Reading.unit`."""
    start: datetime
    step_seconds: int
    values: tuple[float | None, ...]
    """Oldest first; None where a step has nothing to measure."""
    episode: Window
    """When the alert was."""
    baseline: float | None = None
    """What is usual, in the unit; None where that is told in another unit."""
    limit: float | None = None
    """From which it is an alert, in the unit; None where that is told in another unit."""
    usual: tuple[float | None, ...] = ()
    """What was there a day earlier, step by step; empty where that is not asked."""

    @property
    def until(self) -> datetime:
        """Where the last step ends."""
        return self.start + timedelta(seconds=self.step_seconds) * len(self.values)


@dataclass(frozen=True, slots=True)
class PictureBin:
    """Values that are counted together."""

    label: str
    """As it was logged: a category, or `12.5 to 20`."""
    before: float
    """Share of the values before, 0..1."""
    now: float
    """Share of the values during the alert, 0..1."""
    index: float | None = None
    """What it adds to the population stability index; None where that is not the measure."""
    lower: float | None = None
    """Of a number: its lower edge, None for the first bin and for categories."""


@dataclass(frozen=True, slots=True)
class Distribution:
    """How a value was distributed before the alert, and during it: the same bins for both."""

    title: str
    unit: str
    bins: tuple[PictureBin, ...]
    """Numbers in their order; categories with those that moved most first."""
    is_number: bool
    rows_before: int
    rows_now: int


@dataclass(frozen=True, slots=True)
class Calibration:
    """What scores promised and what came, before the alert and during it."""

    basis: Basis = Basis.TRUTH
    """Truth, or labels where no truth is known of the alert's time."""
    score_of: str = ""
    """What the score is the chance of: a class as it was logged, or `the prediction`."""
    before: tuple[ReliabilityBin, ...] = ()
    """Of the 24 hours before, by score; empty where nothing is known of them."""
    now: tuple[ReliabilityBin, ...] = ()
    """During the alert; empty where nothing is known of it, and `why` tells."""
    error_before: Figure | None = None
    """The mean gap between the two, the calibration error; None without bins."""
    error_now: Figure | None = None
    why: str = ""
    """Why there is nothing to draw of the alert's time."""


@dataclass(frozen=True, slots=True)
class AlertPicture:
    """The charts that fit an alert's kind."""

    timeline: Timeline | None = None
    distribution: Distribution | None = None
    by_distribution: bool = False
    """Whether the distribution says more, where there is room for one of them."""
    calibration: Calibration | None = None
    """Where scores are a chance of something, and the alert is of how good predictions are."""
    by_calibration: bool = False
    """Whether the calibration says most, where there is room for one of them."""


@dataclass(frozen=True, slots=True)
class Listing:
    """A question that lists requests, and its answer."""

    call: QueryCall
    table: Table


@dataclass(frozen=True, slots=True)
class Said:
    """What one person said of an alert, once."""

    what: str
    """`ack`, `snooze`, `unsnooze` or `note`."""
    author: str
    at: datetime
    """By the clock."""
    text: str
    """Why; of a note its text. May be empty."""
    until: datetime | None = None
    """Of a snooze: its end, by the clock."""


@dataclass(frozen=True, slots=True)
class Earlier:
    """An earlier episode of the same check, model and subject."""

    alert_id: str
    severity: Severity
    began: datetime
    last_seen: datetime
    is_over: bool
    summary: str
    """Of its worst reading, as logged."""
    said: tuple[Said, ...] = ()
    """Oldest first."""
    alert: Alert | None = None
    """The whole alert, if its rows are still known to the judging; None if only the casebook knows it."""
