"""Requests that are fine, to hold beside an alert's offending ones."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

from console.engine.evidence import OFFENDER_ROWS
from console.explain import conditions_text, offending_call
from console.explain.offending import OF_FINDING, WHOLE_SLICE, whole_time
from console.model import Alert, Condition, Listing, QueryCall, Ticket

if TYPE_CHECKING:
    from console.store import Store

QUERY = "predictions_comparable"
BEFORE = timedelta(hours=24)
"""How long before an alert it is looked, where all of its requests offend."""

_SHARED = ("model", "start", "until", "endpoint", "dimension", "slice_value", "conditions", "row_limit")


def comparable(store: Store, alert: Alert, ticket: Ticket) -> Listing:
    """Requests of the alert's model, slice and time that do not offend; where there are none, the newest of
    the day before it.

    Raises:
        UsageError: no row offends, so none is comparable.
        Interrupted: the store was told to stop, or the ticket was cancelled.
        StoreError: DuckDB refused.
    """
    call = comparable_call(alert)
    table = store.table(call, ticket=ticket)
    if not table.rows:
        call = replace(call, params={**call.params, **_before(alert)})
        table = store.table(call, ticket=ticket)
    return Listing(call, table)


def comparable_call(alert: Alert) -> QueryCall:
    """The query for them. Where a whole slice is meant it is that slice before the alert; where a query of a
    person's own found them, the model's requests before it.

    Raises:
        UsageError: no row offends.
    """
    offending = offending_call(alert)
    params = {**offending.params, "row_limit": OFFENDER_ROWS}
    if offending.query == OF_FINDING:
        # What makes a request none of these only the query knows, whose text is not looked into.
        return QueryCall(QUERY, {"model": alert.model, "row_limit": OFFENDER_ROWS, **_before(alert)})
    if offending.query == WHOLE_SLICE:
        return QueryCall(WHOLE_SLICE, {**params, **_before(alert)})
    shared = {name: value for name, value in params.items() if name in _SHARED}
    if shared.get("dimension") == "error_type":
        shared = {name: value for name, value in shared.items() if name not in ("dimension", "slice_value")}
    return QueryCall(QUERY, {**shared, **_good(offending.query, offending.params)})


def _before(alert: Alert) -> dict[str, object]:
    start = whole_time(alert).start
    return {"start": start - BEFORE, "until": start}


def _good(query: str, params: Mapping[str, object]) -> dict[str, object]:
    """What makes a request none of those that the query lists."""
    feature = str(params.get("feature", ""))
    match query:
        case "predictions_slower_than":
            return {"most_ms": params["threshold_ms"]}
        case "predictions_with_slow_stage":
            return {"stage": params["stage"], "most_ms": params["threshold_ms"]}
        case "predictions_dearer_than":
            threshold = float(str(params["threshold"]))
            return {
                "unlike": conditions_text((Condition("number", str(params["measure"]), lower=threshold),))
            }
        case "predictions_off_truth":
            return {} if params.get("right") else {"right": True}
        case "predictions_without_feature":
            return {"feature": feature}
        case "predictions_with_part_version":
            version = str(params["model_version"])
            return {"unlike": conditions_text((Condition("field", "model_version", version),))}
        case "predictions_with_category":
            kind = "field" if feature == "prediction" else "text"
            return {"unlike": conditions_text((Condition(kind, feature, str(params["value"])),))}
        case "predictions_with_number_in_range":
            return {"unlike": conditions_text((_in_range(feature, params),)), **_having(feature)}
        case "predictions_with_text":
            return {"unlike": json.dumps([{"kind": "text", "name": feature}]), **_having(feature)}
        case _:
            return {}


def _in_range(feature: str, params: Mapping[str, object]) -> Condition:
    name = "prediction_value" if feature == "prediction" else feature
    ends = [
        float(end) if isinstance(end := params.get(key), int | float) else None for key in ("lower", "upper")
    ]
    return Condition("number", name, lower=ends[0], upper=ends[1])


def _having(feature: str) -> dict[str, object]:
    return {} if feature in ("score", "prediction") else {"feature": feature}
