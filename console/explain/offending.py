"""Which rows offend: the question that lists them, and what of it goes without saying."""

from __future__ import annotations

import json
from dataclasses import replace

from console.errors import UsageError
from console.model import Alert, Condition, QueryCall, Window

OUTCOMES = frozenset(
    ("status", "error_type", "prediction", "prediction_value", "latency_ms", "score", "tokens_out", "cost")
)
"""Fields that follow from what came in: they may go with a trouble, and are not its cause."""

_TOGETHER = (
    frozenset(("prediction", "prediction_value", "score")),
    frozenset(("status", "error_type")),
)
_DEFINED_BY = {
    "predictions_with_errors": ("status", "error_type"),
    "predictions_slower_than": ("latency_ms",),
    "predictions_with_slow_stage": ("latency_ms",),
    "predictions_dearer_than": ("tokens_in", "tokens_out", "cost"),
    "predictions_off_truth": ("prediction",),
}
WHOLE_SLICE = "predictions_in_slice"
"""The query of checks that tell no single rows apart: all of a slice are meant; none is left to compare."""

OF_FINDING = "predictions_of_finding"
"""The query of alerts that a query of a person's own raises: its rows name requests, or a filter for them."""


def offending_call(alert: Alert) -> QueryCall:
    """The rows that offended over the alert's whole time, newest first, where most of the trouble is.

    Raises:
        UsageError: the alert's check names no query for them.
    """
    call = alert.worst.offenders
    if call is None:
        raise UsageError(f"{alert.check}: this check names no query for its offending rows")
    window = whole_time(alert)
    params = {**call.params, "start": window.start, "until": window.until}
    if alert.where:
        params["conditions"] = conditions_text(alert.where)
    return replace(call, params=params)


def whole_time(alert: Alert) -> Window:
    """From the alert's beginning to when it was last seen."""
    worst = alert.worst.span
    return Window(min(alert.began, worst.start), max(alert.last_seen, worst.until))


def widen(offenders: QueryCall) -> QueryCall:
    """The same offending rows in every slice.

    A check names one slice; looked at within it alone, a second condition could not show.
    """
    narrowing = ("dimension", "slice_value", "conditions")
    return replace(offenders, params={k: v for k, v in offenders.params.items() if k not in narrowing})


def conditions_text(conditions: tuple[Condition, ...]) -> str:
    """The conditions as the parameter `conditions` of `queries/predictions_*.sql` takes them: JSON."""
    told: list[dict[str, object]] = []
    for condition in conditions:
        one: dict[str, object] = {"kind": condition.kind, "name": condition.name}
        if condition.kind == "number":
            limits = {"lower": condition.lower, "upper": condition.upper}
            told.append(one | {key: value for key, value in limits.items() if value is not None})
        else:
            told.append(one | {"value": condition.value})
    return json.dumps(told)


def told_by(offenders: QueryCall) -> frozenset[str]:
    """Names of fields and features by which the query tells which rows offend: they explain nothing."""
    names = set(_DEFINED_BY.get(offenders.query, ()))
    names |= {value for key in ("feature", "part") if isinstance(value := offenders.params.get(key), str)}
    names |= {term.field for term in offenders.filter.terms}
    return frozenset(names.union(*(group for group in _TOGETHER if names & group)))
