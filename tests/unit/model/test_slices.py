"""Slices as filters."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.model import Comparison, Condition, QueryCall, Term, filter_of
from tests.support import NOON, stored

IS = Comparison.IS


@pytest.mark.parametrize(
    ("condition", "terms"),
    [
        (Condition("field", "model_version", "v3"), (Term("model_version", IS, "v3"),)),
        (Condition("tag", "region", "EU"), (Term("region", IS, "EU"),)),
        (Condition("text", "country", ""), (Term("country", IS, ""),)),
        (Condition("text", "error_type", "x"), (Term("features.error_type", IS, "x"),)),
        (Condition("tag", "tags.endpoint", "x"), (Term("tags.endpoint", IS, "x"),)),
        (Condition("tag", "model", "x"), (Term("tags.model", IS, "x"),)),
        (Condition("number", "status", lower=5.0), (Term("features.status", Comparison.AT_LEAST, "5.0"),)),
        (
            Condition("number", "latency_ms", lower=0.1, upper=1e21),
            (Term("latency_ms", Comparison.AT_LEAST, "0.1"), Term("latency_ms", Comparison.BELOW, "1e+21")),
        ),
    ],
)
def test_a_condition_is_one_term_for_each_of_its_limits(
    condition: Condition, terms: tuple[Term, ...]
) -> None:
    assert filter_of((condition,)).terms == terms


def test_the_filter_lets_through_what_meets_all_conditions() -> None:
    rows = [
        {
            "ts": NOON.isoformat(),
            "request_id": f"{number}",
            "model": model,
            "latency_ms": float(number),
            "features": {"status": number, "country": "DE"},
            "tags": {"region": "EU" if number % 2 else "US"},
        }
        for number in range(8)
        for model in ("fraud", "churn")
    ]
    store = stored(rows)
    conditions = (
        Condition("tag", "region", "EU"),
        Condition("number", "latency_ms", lower=3.0, upper=7.0),
        Condition("number", "features.status", lower=4.0),
    )
    call = QueryCall(
        "predictions_recent", {"until": NOON + timedelta(seconds=1)}, filter_of(conditions, model="fraud")
    )
    table = store.table(call)
    assert [(row[1], row[9]) for row in table.rows] == [("fraud", "5")]
