"""The parameter `conditions` of `predictions_*`: which rows meet them, and what is no condition."""

from __future__ import annotations

import json
from collections.abc import Mapping

import pytest

from console.store import Store
from tests.support import at, catalog, rows_of, stored

HOSTILE = "'; drop table ledger; --\0\n\"\\é"
SPAN = {"model": "m", "start": at(0), "until": at(60)}
NARROWED = sorted(name for name in catalog() if "conditions" in catalog()[name].params)


@pytest.fixture(scope="module")
def store() -> Store:
    """Twenty rows with errors: versions take turns, the first five have a hostile tag."""
    return stored(
        [
            {
                "ts": at(n),
                "model": "m",
                "model_version": f"v{n % 2}",
                "endpoint": "/score",
                "status": 500,
                "latency_ms": n * 1.5,
                "score": n / 20,
                "tags": {HOSTILE: HOSTILE if n < 5 else "", "endpoint": "t"},
                "features": {"latency_ms": n, "x": n, HOSTILE: HOSTILE if n % 2 else "z", "score": -n},
            }
            for n in range(20)
        ]
        + [{"ts": at(1), "model": "other", "model_version": "v1", "status": 500}] * 3
    )


def met(store: Store, *conditions: Mapping[str, object]) -> int:
    asked = {**SPAN, "conditions": json.dumps(conditions)}
    return len(rows_of(store, "predictions_with_errors", **asked))


def test_those_of_the_console_that_list_offending_rows_take_them() -> None:
    listing = {n for n in catalog() if n.startswith("predictions_") and "start" in catalog()[n].params}
    of_any_rows = {"predictions_recent", "predictions_in_time", "predictions_by_model"}
    assert set(NARROWED) == listing - of_any_rows


@pytest.mark.parametrize(
    ("condition", "rows"),
    [
        ({"kind": "field", "name": "model_version", "value": "v1"}, 10),
        ({"kind": "field", "name": "status", "value": "500"}, 20),
        ({"kind": "field", "name": "endpoint", "value": "/score"}, 20),
        ({"kind": "tag", "name": "tags.endpoint", "value": "t"}, 20),
        ({"kind": "tag", "name": "endpoint", "value": "/score"}, 0),
        ({"kind": "tag", "name": HOSTILE, "value": HOSTILE}, 5),
        ({"kind": "tag", "name": HOSTILE, "value": ""}, 15),
        ({"kind": "text", "name": HOSTILE, "value": HOSTILE}, 10),
        ({"kind": "number", "name": "x", "lower": 5}, 15),
        ({"kind": "number", "name": "x", "upper": 5}, 5),
        ({"kind": "number", "name": "x", "lower": 5, "upper": 7.5}, 3),
        ({"kind": "number", "name": "latency_ms", "lower": 15.0}, 10),
        ({"kind": "number", "name": "features.latency_ms", "lower": 15.0}, 5),
        ({"kind": "number", "name": "score", "lower": 0.5}, 10),
        ({"kind": "number", "name": "features.score", "lower": -3}, 4),
        ({"kind": "number", "name": "no such", "lower": 0}, 0),
        ({"kind": "field", "name": "extra", "value": ""}, 0),
    ],
)
def test_one_condition_is_met_by_these_rows(store: Store, condition: dict[str, object], rows: int) -> None:
    assert met(store, condition) == rows


def test_of_two_conditions_both_must_be_met(store: Store) -> None:
    version = {"kind": "field", "name": "model_version", "value": "v1"}
    cut = {"kind": "number", "name": "x", "lower": 10}
    assert met(store, version, cut) == met(store, cut, version) == 5
    assert met(store, version, {**version, "value": "v0"}) == 0


def test_of_more_than_two_nothing_is_told(store: Store) -> None:
    version = {"kind": "field", "name": "model_version", "value": "v1"}
    assert met(store, version, version, version) == 0


FITTING: dict[str, dict[str, object]] = {
    "predictions_in_slice": {},
    "predictions_with_errors": {},
    "predictions_slower_than": {"endpoint": "/score", "threshold_ms": 0},
    "predictions_with_category": {"feature": HOSTILE, "value": "z"},
    "predictions_with_number_in_range": {"feature": "x"},
    "predictions_without_feature": {"feature": "no such"},
    "predictions_with_part_version": {"model_version": "v1", "part": HOSTILE, "part_version": HOSTILE},
}
"""What to ask so that it gives most of its rows."""


@pytest.mark.parametrize("name", sorted(FITTING))
def test_a_query_that_takes_conditions_gives_those_of_its_rows_that_meet_them(
    name: str, store: Store
) -> None:
    asked = {**SPAN, **FITTING[name]}
    given = {key: value for key, value in asked.items() if key in catalog()[name].params}
    later = json.dumps([{"kind": "number", "name": "x", "lower": 10}])
    whole = rows_of(store, name, **given)
    narrowed = rows_of(store, name, **given, conditions=later)
    assert 0 < len(narrowed) < len(whole)
    assert narrowed == [row for row in whole if float(str(row["latency_ms"])) >= 15]


@pytest.mark.parametrize(
    "text",
    [
        *("", "null", "''", "'; drop", "a\0b", '"x"', "{}"),
        *("[{}]", "[1,2]", "[[]]", "[null]", '[{"kind":"tag"}]', '[{"kind":1,"name":2}]'),
        '[{"kind":"number","name":"x","lower":"abc"}]',
    ],
)
def test_what_is_no_list_of_conditions_is_met_by_no_row(store: Store, text: str) -> None:
    assert rows_of(store, "predictions_with_errors", **SPAN, conditions=text) == []


def test_null_is_met_by_no_row_and_an_empty_list_by_all(store: Store) -> None:
    assert rows_of(store, "predictions_with_errors", **SPAN, conditions=None) == []
    assert len(rows_of(store, "predictions_with_errors", **SPAN, conditions="[]")) == 20
