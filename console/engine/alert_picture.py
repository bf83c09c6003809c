"""The charts that fit an alert's kind, from the store."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.checks.say import number, short
from console.engine.before_and_now import (
    confusion_of,
    error_types,
    feature_distribution,
    measure_distribution,
    missing_distribution,
    text_distribution,
    version_distribution,
)
from console.explain.offending import OF_FINDING, WHOLE_SLICE, whole_time
from console.model import Alert, AlertPicture, Distribution, Filter, QueryCall, Reading, Ticket, Timeline

if TYPE_CHECKING:
    from console.casebook import Casebook
    from console.store import Store

STEPS_SECONDS = (300, 900, 1_800, 3_600, 10_800, 43_200, 86_400)
"""Lengths that a step of a timeline may have."""
MOST_STEPS = 96
LEAST_BEFORE, MOST_BEFORE = timedelta(hours=2), timedelta(hours=24)
LEAST_AFTER, MOST_AFTER = timedelta(minutes=30), timedelta(hours=12)
"""How much is drawn around an alert: as much as it lasted before it, half as much after it, but so much."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHARES = {
    "error_spikes": "requests with errors",
    "burn_rate": "requests with errors",
    "missing_values": "requests without {subject}",
    "type_flips": "requests with {subject} of another type",
    "out_of_range": "requests with {subject} out of range",
    "stuck_values": "requests with {subject} stuck",
    "versions": "requests with that version of the part",
    "performance": "requests that are off their truth",
}
_BY_DISTRIBUTION = frozenset(
    (
        "drift",
        "estimated_performance",
        "out_of_range",
        "performance",
        "slow_requests",
        "slow_stages",
        "stuck_values",
        "text_quality",
        "versions",
    )
)
_OF_TRAFFIC = frozenset(("silence", "surge"))
_OF_TIME = frozenset(("slow_requests", "slow_stages"))
_BY_CHECK = {
    "missing_values": missing_distribution,
    "performance": confusion_of,
    "text_quality": text_distribution,
    "versions": version_distribution,
}
"""Checks that have a distribution of their own."""
_MEASURED_BY_TRUTH = frozenset(("performance", "estimated_performance"))


@dataclass(frozen=True, slots=True)
class _Frame:
    """Over which time a timeline is, and in which steps."""

    start: datetime
    steps: int
    seconds: int

    @property
    def until(self) -> datetime:
        return self.start + timedelta(seconds=self.seconds) * self.steps

    @property
    def first(self) -> int:
        """Number of the first step since 1970."""
        return int((self.start - _EPOCH).total_seconds()) // self.seconds

    def laid_out(self, counted: Mapping[int, float]) -> tuple[float | None, ...]:
        """What was counted by number of the step, one value a step."""
        return tuple(counted.get(self.first + place) for place in range(self.steps))


def picture_of(
    store: Store, alert: Alert, ticket: Ticket, casebook: Callable[[], Casebook | None] = lambda: None
) -> AlertPicture:
    """What is drawn of the alert: how its rate went on, how its value is distributed, and what scores were
    worth, as far as it has them.

    Args:
        store: where the rows are.
        alert: that is drawn.
        ticket: of the question.
        casebook: gives that with the labels, and is asked only where no truth is known.

    Raises:
        Interrupted: the store was told to stop, or the ticket was cancelled.
        StoreError: DuckDB refused.
    """
    calibration = None
    if alert.check in _MEASURED_BY_TRUTH:
        from console.engine.alert_calibration import calibration_of

        calibration = calibration_of(store, alert, casebook, ticket)
    of_scores = alert.check == "estimated_performance" or alert.worst.subject == "AUC"
    return AlertPicture(
        timeline=_timeline(store, alert, ticket),
        distribution=_distribution(store, alert, ticket),
        by_distribution=alert.check in _BY_DISTRIBUTION,
        calibration=calibration,
        by_calibration=of_scores and calibration is not None and bool(calibration.now),
    )


def frame_of(alert: Alert, newest: datetime) -> _Frame:
    """The time around the alert, as far as there are rows; steps begin at whole multiples of their length."""
    window = whole_time(alert)
    lasted = window.until - window.start
    start = window.start - min(MOST_BEFORE, max(LEAST_BEFORE, lasted))
    until = window.until + min(MOST_AFTER, max(LEAST_AFTER, lasted / 2))
    until = max(window.until, min(until, newest))
    length = until - start
    seconds = next(
        (one for one in STEPS_SECONDS if length <= MOST_STEPS * timedelta(seconds=one)), STEPS_SECONDS[-1]
    )
    step = timedelta(seconds=seconds)
    start = _EPOCH + (start - _EPOCH) // step * step
    return _Frame(start, min(2 * MOST_STEPS, -((start - until) // step)), seconds)


def _timeline(store: Store, alert: Alert, ticket: Ticket) -> Timeline | None:
    reading = alert.worst
    frame = frame_of(alert, store.newest())
    if alert.check in _OF_TRAFFIC:
        return _traffic(store, alert, frame, ticket)
    if alert.check in _OF_TIME and reading.evidence is not None:
        given = {
            name: reading.evidence.params[name]
            for name in ("endpoint", "stage")
            if name in reading.evidence.params
        }
        call = QueryCall(
            "measure_by_step",
            {**_place(alert, frame), **given, **_slice(reading), "step_seconds": frame.seconds},
        )
        return _levels(store, alert, frame, call, "p95_ms", "latency, 95 of 100 requests are faster", ticket)
    if alert.check == "cost" or (reading.evidence is not None and reading.evidence.query == "cost_by_step"):
        assert reading.evidence is not None
        params = {**reading.evidence.params, **_place(alert, frame), "context_minutes": 0}
        call = QueryCall("cost_by_step", {**params, "step_minutes": frame.seconds // 60})
        return _levels(store, alert, frame, call, "p95", "95 of 100 requests take less", ticket)
    if reading.offenders is None or reading.offenders.query == WHOLE_SLICE:
        return None
    if reading.offenders.params.get("source_ids") is not None:
        return None  # Only those of one round are known.
    return _offending(store, alert, frame, ticket)


def _place(alert: Alert, frame: _Frame) -> dict[str, object]:
    return {"model": alert.model, "start": frame.start, "until": frame.until}


def _slice(reading: Reading) -> dict[str, object]:
    return {"dimension": reading.slice.dimension, "slice_value": reading.slice.value}


def _levels(
    store: Store, alert: Alert, frame: _Frame, call: QueryCall, column: str, title: str, ticket: Ticket
) -> Timeline:
    """A measure that the query gives by `step_start`, with limit and baseline in its own unit."""
    found = store.frame(call, ticket=ticket).select("step_start", column).iter_rows()
    by_step = {_number(moment, frame): float(value) for moment, value in found if value is not None}
    reading = alert.worst
    return Timeline(
        title=title,
        unit=reading.unit,
        start=frame.start,
        step_seconds=frame.seconds,
        values=frame.laid_out(by_step),
        episode=whole_time(alert),
        baseline=reading.baseline,
        limit=reading.limit,
    )


def _traffic(store: Store, alert: Alert, frame: _Frame, ticket: Ticket) -> Timeline:
    """Requests of the slice; limit and baseline are of a window, and are drawn for a step."""
    reading = alert.worst
    params = {**_place(alert, frame), **_slice(reading), "context_minutes": 0}
    call = QueryCall("traffic_by_slice", {**params, "step_minutes": frame.seconds // 60})
    found = store.frame(call, ticket=ticket).select("step_start", "rows", "rows_a_day_ago").rows()
    rows = {_number(moment, frame): float(number) for moment, number, _ in found}
    before = {_number(moment, frame): float(number) for moment, _, number in found if number is not None}
    part = timedelta(seconds=frame.seconds) / (reading.window.until - reading.window.start)
    return Timeline(
        title="requests",
        unit="requests",
        start=frame.start,
        step_seconds=frame.seconds,
        values=frame.laid_out(rows),
        episode=whole_time(alert),
        baseline=None if reading.baseline is None else reading.baseline * part,
        limit=None if reading.limit is None else reading.limit * part,
        usual=frame.laid_out(before),
    )


def _offending(store: Store, alert: Alert, frame: _Frame, ticket: Ticket) -> Timeline:
    """Requests that offend: their share of those of the slice, or of a value that is new how many."""
    reading = alert.worst
    assert reading.offenders is not None
    around = _place(alert, frame)
    of_all_models = reading.offenders.query == OF_FINDING and "model" not in reading.offenders.params
    params = {name: value for name, value in around.items() if name != "model" or not of_all_models}
    offenders = replace(reading.offenders, params={**_narrowed(reading), **params})
    hits = store.count_by_step(offenders, frame.seconds, ticket=ticket)
    named = alert.check == "unseen_categories" or of_all_models
    values: dict[int, float]
    if named:
        values = {
            frame.first + place: float(hits.get(frame.first + place, 0)) for place in range(frame.steps)
        }
        title = "requests that offend" if of_all_models else f"requests with {reading.slice}"
    else:
        rows = store.count_by_step(_whole(reading, around), frame.seconds, ticket=ticket)
        values = {step: hits.get(step, 0) / number for step, number in rows.items()}
        title = _said(alert, reading.offenders)
    in_shares = not named and reading.unit == "share" and alert.check not in _MEASURED_BY_TRUTH
    # What a query of a person's own measures need not be the share of the requests that it names.
    in_shares = in_shares and reading.offenders.query != OF_FINDING
    return Timeline(
        title=title,
        unit="requests" if named else "share",
        start=frame.start,
        step_seconds=frame.seconds,
        values=frame.laid_out(values),
        episode=whole_time(alert),
        baseline=reading.baseline if in_shares else None,
        limit=reading.limit if in_shares else None,
    )


def _whole(reading: Reading, around: Mapping[str, object]) -> QueryCall:
    """All requests of the slice that the reading is of, those among them that offend."""
    assert reading.offenders is not None
    if reading.offenders.query == OF_FINDING:
        terms = (term for term in reading.offenders.filter.terms if term.field == reading.slice.dimension)
        return QueryCall(OF_FINDING, around, Filter(tuple(terms)))
    cut = {} if reading.slice.dimension in ("error_type", "") else _slice(reading)
    return QueryCall(WHOLE_SLICE, {**around, **cut})


def _said(alert: Alert, offenders: QueryCall) -> str:
    """Which requests offend, in words."""
    subject, params = short(alert.subject), offenders.params
    if alert.check == "drift" and offenders.query == "predictions_with_category":
        return f"requests with {subject} = {short(str(params.get('value')))}"
    if alert.check == "drift" and offenders.query == "predictions_with_number_in_range":
        lower, upper = params.get("lower"), params.get("upper")
        ends = [number(end) if isinstance(end, int | float) else None for end in (lower, upper)]
        least = f" from {ends[0]}" if ends[0] else ""
        return f"requests with {subject}{least}{f' to {ends[1]}' if ends[1] else ''}"
    return _SHARES.get(alert.check, "requests that offend").format(subject=subject)


def _narrowed(reading: Reading) -> Mapping[str, object]:
    """The parameters of the offending rows, within the slice that the reading is of."""
    from console.explain import conditions_text
    from console.model import Condition

    assert reading.offenders is not None
    params, where = reading.offenders.params, reading.slice
    told = reading.offenders.query == OF_FINDING or reading.check == "unseen_categories"
    if told or "dimension" in params or where.dimension in ("", "error_type"):
        return params
    kind = "field" if where.dimension in ("model_version", "endpoint") else "tag"
    return {**params, "conditions": conditions_text((Condition(kind, where.dimension, where.value),))}


def _number(moment: datetime, frame: _Frame) -> int:
    return int((moment - _EPOCH).total_seconds()) // frame.seconds


def _distribution(store: Store, alert: Alert, ticket: Ticket) -> Distribution | None:
    reading = alert.worst
    call = reading.evidence
    if call is None:
        return None
    if call.query == "error_spikes":
        return error_types(store, alert, ticket)
    if alert.check in _BY_CHECK:
        return _BY_CHECK[alert.check](store, alert, ticket)
    if alert.check in _OF_TIME or call.query == "cost_by_step":
        return measure_distribution(store, alert, ticket)
    feature = call.params.get("feature")
    if alert.check == "estimated_performance":
        feature = "score"
    if not isinstance(feature, str):
        return None
    return feature_distribution(store, alert, feature, ticket)
