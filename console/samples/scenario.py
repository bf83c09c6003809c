"""What goes wrong in the sample logs, when, and how it is told to whoever checks the console."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta

from console.errors import UsageError

SCRIPT_HOURS = 24.0
"""The length that the script below is written for; other lengths stretch or shrink it."""


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that is wrong in the logs: the truth that a check is measured against."""

    id: str
    kind: str
    """The check that should find it: `error_spikes`, `slow_requests`, `unseen_categories`, `drift` or
    `missing_values`."""
    model: str
    slice: Mapping[str, str]
    """Field or tag -> value of the rows it befalls; empty if it befalls the whole model."""
    feature: str | None
    """The feature that shows it, None if none does."""
    start: datetime
    end: datetime
    """Half-open: the first moment at which it is over."""
    sentence: str

    def moved(self, start: datetime, end: datetime) -> Incident:
        """The same incident at another time."""
        return replace(self, start=start, end=end)


@dataclass(frozen=True, slots=True)
class Span:
    """A half-open stretch of the period, in milliseconds from the period's start."""

    start_ms: int
    end_ms: int

    def holds(self, at_ms: int) -> bool:
        return self.start_ms <= at_ms < self.end_ms

    def progress(self, at_ms: int) -> float:
        """How much of the span has passed: 0 before it, 1 after it."""
        if at_ms <= self.start_ms:
            return 0.0
        if at_ms >= self.end_ms:
            return 1.0
        return (at_ms - self.start_ms) / (self.end_ms - self.start_ms)


Entry = tuple[Span, tuple[str, str, str], dict[str, str], str | None, str]
"""An incident of the script: when, (id, kind, model), slice, feature, sentence."""


class Scenario:
    """The script of one period: when each thing goes wrong, in whole milliseconds.

    The generator and the truth file both ask here, so they cannot disagree about a boundary.
    """

    def __init__(self, start: datetime, hours: float) -> None:
        """Lay the script over `hours` hours from `start` (without an offset: UTC).

        Raises:
            UsageError: no such period exists.
        """
        utc = start.replace(tzinfo=UTC) if start.tzinfo is None else start.astimezone(UTC)
        self.start = utc.replace(microsecond=utc.microsecond // 1000 * 1000)
        self.hours = hours
        try:
            self.period_ms = round(hours * 3_600_000)
            self.end = self.start + timedelta(milliseconds=self.period_ms)
        except (OverflowError, ValueError) as error:
            raise UsageError(f"{hours} hours from {start.isoformat()}: no such period") from error
        if self.period_ms < 1:
            raise UsageError(f"{hours} hours: the period must be longer than nothing")
        self.calm = self._span(0.0, 9.5)
        self.error_spike = self._span(10.0, 11.5)
        self.slow_endpoint = self._span(12.5, 14.0)
        self.new_plan = self._span(14.5, 16.5)
        self.far_trips = self._span(15.0, 23.5)
        self.cents = self._span(17.0, 19.0)
        self.missing_tenure = self._span(19.0, SCRIPT_HOURS)
        self.missing_tenure_climb = self._span(19.0, 23.0)

    def _span(self, start_hour: float, end_hour: float) -> Span:
        scale = self.period_ms / SCRIPT_HOURS
        return Span(round(start_hour * scale), round(end_hour * scale))

    def moment(self, at_ms: int) -> datetime:
        """The time that is `at_ms` milliseconds into the period."""
        return self.start + timedelta(milliseconds=at_ms)

    def incidents(self) -> tuple[Incident, ...]:
        """Every incident of the period, in the order in which they begin."""
        script: tuple[Entry, ...] = (
            (
                self.error_spike,
                ("fraud-v3-eu-errors", "error_spikes", "fraud"),
                {"model_version": "v3", "region": "EU"},
                None,
                "fraud v3 in EU: about 60 % of requests fail with 503 UpstreamTimeout, against 0.4 %.",
            ),
            (
                self.slow_endpoint,
                ("eta-batch-slow", "slow_requests", "eta"),
                {"endpoint": "/eta/batch"},
                "payload_kb",
                "eta /eta/batch: requests with payload_kb above 64 take 6 to 10 times as long.",
            ),
            (
                self.new_plan,
                ("churn-plan-family-plus", "unseen_categories", "churn"),
                {},
                "plan",
                "churn: plan has the value family_plus, never seen before, in about 8 % of rows.",
            ),
            (
                self.far_trips,
                ("eta-distance-drift", "drift", "eta"),
                {},
                "distance_km",
                "eta: the mean of distance_km climbs steadily to 1.8 times the usual; predictions follow.",
            ),
            (
                self.cents,
                ("fraud-mobile-sdk-cents", "drift", "fraud"),
                {"client": "mobile-sdk"},
                "amount",
                "fraud: client mobile-sdk sends amount in cents, 100 times too much; scores rise a little.",
            ),
            (
                self.missing_tenure,
                ("churn-tenure-missing", "missing_values", "churn"),
                {},
                "tenure_days",
                "churn: tenure_days is null in ever more rows, from none to 40 %, and stays so.",
            ),
        )
        return tuple(
            Incident(
                id_, kind, model, slice_, feature, self.moment(span.start_ms), self.moment(span.end_ms), said
            )
            for span, (id_, kind, model), slice_, feature, said in script
        )
