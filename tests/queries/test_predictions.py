"""The queries that list predictions: which they give, and in which order."""

from __future__ import annotations

from functools import lru_cache

import pytest

from console.store import Store
from tests.support import LOG, NOON, Line, at, batch, line_of, rows_of, stored

SPAN = {"model": "m", "start": at(0), "until": at(10)}


def record(name: str, minute: float, **fields: object) -> Line:
    return {"ts": at(minute), "model": "m", "request_id": name} | fields


RECORDS = [
    record("start", 0, endpoint="/a", latency_ms=10, status=500, tags={"region": "EU"}),
    record("first", 1, endpoint="/a", latency_ms=20, status=200, tags={"region": "US"}, model_version="v1"),
    record("bare", 2, latency_ms=30, error_type="Timeout"),
    record(
        "third", 3, endpoint="/b", status=503, tags={"region": "EU"}, features={"amount": 5, "country": "DE"}
    ),
    record("fourth", 4, score=0.5, prediction="legit", features={"amount": 10, "country": "null"}),
    record("fifth", 5, score=0.25, prediction=7, features={"amount": "many", "prediction": "legit"}),
    record(
        "until", 10, endpoint="/a", latency_ms=99, status=500, tags={"region": "EU"}, features={"amount": 7}
    ),
    record("theirs", 3, model="other", endpoint="/a", latency_ms=99, status=500, features={"amount": 7}),
]


@lru_cache(maxsize=2)
def holding(*lines: bytes) -> Store:
    """A store of these lines; whoever asks about the same ones next is given the same store."""
    return stored(lines)


def keys(query: str, records: list[Line] = RECORDS, /, **params: object) -> list[object]:
    """Request keys of the answer."""
    lines = (record if isinstance(record, bytes) else line_of(record) for record in records)
    return [row["request_key"] for row in rows_of(holding(*lines), query, **SPAN | params)]


def test_a_row_shows_the_fields_that_a_person_looks_at() -> None:
    records: list[Line] = [
        {
            "ts": at(1),
            "request_id": "f-1",
            "model": "m",
            "model_version": "v3",
            "endpoint": "/score",
            "status": 500,
            "error_type": "Timeout",
            "latency_ms": 23.5,
            "prediction": True,
            "score": 0.5,
        }
    ]
    row = {
        "ts": NOON.replace(minute=1),
        "model": "m",
        "model_version": "v3",
        "endpoint": "/score",
        "status": 500,
        "error_type": "Timeout",
        "latency_ms": 23.5,
        "prediction": "true",
        "score": 0.5,
        "request_key": "f-1",
        "source_id": 0,
        "source_offset": 0,
    }
    for query in (
        "predictions_recent",
        "predictions_in_slice",
        "predictions_with_errors",
        "predictions_without_feature",
    ):
        params = {"feature": "x"} | SPAN if query == "predictions_without_feature" else SPAN
        if query == "predictions_recent":
            params = {}
        assert rows_of(stored(records), query, **params) == [row]


def test_where_no_id_was_logged_the_key_is_path_and_offset() -> None:
    first: dict[str, object] = {"ts": at(1), "model": "m"}
    store = stored([first, {"ts": at(1), "model": "m"}])
    store.append([batch([{"ts": at(1), "model": "m"}], 1, path="/b")])
    offset = len(line_of(first)) + 1
    found = [row["request_key"] for row in rows_of(store, "predictions_in_slice", **SPAN)]
    # At one moment: by source, then the last line of it first.
    assert found == [f"{LOG}:{offset}", f"{LOG}:0", "/b:0"]


def test_recent_ones_come_newest_first_from_a_moment_on_and_before_another() -> None:
    store = stored(RECORDS)

    def recent(**params: object) -> list[object]:
        return [row["request_key"] for row in rows_of(store, "predictions_recent", **params)]

    assert recent() == ["until", "fifth", "fourth", "theirs", "third", "bare", "first", "start"]
    assert recent(until=at(4)) == ["theirs", "third", "bare", "first", "start"]
    assert recent(start=at(3), until=at(4)) == ["theirs", "third"]
    assert recent(model="other") == ["theirs"]
    assert recent(row_limit=2) == ["until", "fifth"]


def test_a_slice_is_a_window_of_a_model_and_what_shares_a_value() -> None:
    assert keys("predictions_in_slice") == ["fifth", "fourth", "third", "bare", "first", "start"]
    assert keys("predictions_in_slice", dimension="region", slice_value="EU") == ["third", "start"]
    assert keys("predictions_in_slice", dimension="endpoint", slice_value="/a") == ["first", "start"]
    assert keys("predictions_in_slice", dimension="model_version", slice_value="v1") == ["first"]
    assert keys("predictions_in_slice", dimension="region", slice_value="") == []
    assert keys("predictions_in_slice", dimension="", slice_value="EU") == keys("predictions_in_slice")
    assert keys("predictions_in_slice", dimension="nothing", slice_value="EU") == []


def test_errors_are_those_of_the_slice() -> None:
    assert keys("predictions_with_errors") == ["third", "bare", "start"]
    assert keys("predictions_with_errors", dimension="region", slice_value="EU") == ["third", "start"]
    assert keys("predictions_with_errors", dimension="region", slice_value="US") == []
    assert keys("predictions_with_errors", model="other") == ["theirs"]


def test_slow_ones_are_over_the_threshold_and_of_the_endpoint() -> None:
    assert keys("predictions_slower_than", endpoint="/a", threshold_ms=10) == ["first"]
    assert keys("predictions_slower_than", endpoint="/a", threshold_ms=9.999) == ["first", "start"]
    assert keys("predictions_slower_than", threshold_ms=0) == ["bare"], (
        "no endpoint is an endpoint of its own"
    )
    slice_of = {"dimension": "region", "slice_value": "EU"}
    assert keys("predictions_slower_than", endpoint="/a", threshold_ms=0, **slice_of) == ["start"]
    assert keys("predictions_slower_than", endpoint="/a", threshold_ms=None) == []


def test_a_category_is_a_text_of_a_feature_or_a_prediction() -> None:
    assert keys("predictions_with_category", feature="country", value="DE") == ["third"]
    assert keys("predictions_with_category", feature="country", value="null") == ["fourth"]
    assert keys("predictions_with_category", feature="amount", value="many") == ["fifth"]
    assert keys("predictions_with_category", feature="amount", value="5") == [], "5 is a number"
    assert keys("predictions_with_category", feature="prediction", value="legit") == ["fourth"]
    assert keys("predictions_with_category", feature="features.prediction", value="legit") == ["fifth"]
    assert keys("predictions_with_category", feature="prediction", value="7") == ["fifth"]


def test_a_range_takes_its_lower_end_and_not_its_upper() -> None:
    query = "predictions_with_number_in_range"
    assert keys(query, feature="amount") == ["fourth", "third"]
    assert keys(query, feature="amount", lower=5, upper=10) == ["third"]
    assert keys(query, feature="amount", lower=5.001) == ["fourth"]
    assert keys(query, feature="amount", upper=10) == ["third"]
    assert keys(query, feature="score", lower=0.25, upper=0.5) == ["fifth"]
    assert keys(query, feature="prediction", lower=7) == ["fifth"]


def test_a_range_without_ends_has_only_rows_with_a_value() -> None:
    query = "predictions_with_number_in_range"
    assert keys(query, feature="score") == ["fifth", "fourth"]
    assert keys(query, feature="prediction") == ["fifth"]


def test_those_without_a_feature_have_it_neither_as_number_nor_as_text() -> None:
    assert keys("predictions_without_feature", feature="amount") == ["bare", "first", "start"]
    assert keys("predictions_without_feature", feature="country") == ["fifth", "bare", "first", "start"]
    assert len(keys("predictions_without_feature", feature="never logged")) == 6


def test_a_feature_that_is_null_empty_or_not_a_number_is_lacking() -> None:
    records = [
        record("null", 1, features={"a": None}),
        record("zero", 2, features={"a": 0}),
        record("empty", 3, features={"a": ""}),
        record("nan", 4, features={"a": "NaN"}),
        record("blank", 5, features={"a": " "}),
    ]
    assert keys("predictions_without_feature", records, feature="a") == ["nan", "empty", "null"]


def test_requests_without_a_prediction_or_a_score_are_found_by_these_names() -> None:
    records = [
        record("none", 1, prediction=None, score=None),
        record("empty", 2, prediction="", score=0.0),
        record("zero", 3, prediction=0, score=None),
        record("whole", 4, prediction="x", score=0.5),
    ]
    assert keys("predictions_without_feature", records, feature="prediction") == ["empty", "none"]
    assert keys("predictions_without_feature", records, feature="score") == ["zero", "none"]


HOSTILE = [
    "null",
    "''",
    "'; drop table ledger; --",
    "a\0b",
    "",
    " ",
    "[/x]\x1b[2J",
    "%",
    "é",
    "e\u0301",
    "x" * 70_000,
]


@pytest.mark.parametrize("value", HOSTILE)
def test_any_value_is_found_by_itself(value: str) -> None:
    fields = {
        "error_type": "x",
        "latency_ms": 5,
        "prediction": value,
        "features": {value: value},
        "tags": {"t": value},
    }
    theirs = {
        "error_type": "x",
        "latency_ms": 5,
        "prediction": "y",
        "features": {"y": "y"},
        "tags": {"t": "y"},
    }
    records = [record("mine", 1, endpoint=value, **fields), record("theirs", 2, endpoint="y", **theirs)]
    by_slice = {"dimension": "t", "slice_value": value}
    assert keys("predictions_in_slice", records, **by_slice) == ["mine"]
    assert keys("predictions_with_errors", records, **by_slice) == ["mine"]
    assert keys("predictions_slower_than", records, endpoint=value, threshold_ms=0, **by_slice) == ["mine"]
    assert keys("predictions_with_category", records, feature=value, value=value) == ["mine"]
    assert keys("predictions_with_category", records, feature="prediction", value=value) == ["mine"]
    lacking = ["theirs"] if value else ["theirs", "mine"]
    assert keys("predictions_without_feature", records, feature=value) == lacking


@pytest.mark.parametrize(
    "query",
    [
        "predictions_in_slice",
        "predictions_with_errors",
        "predictions_slower_than",
        "predictions_with_category",
        "predictions_with_number_in_range",
        "predictions_without_feature",
    ],
)
def test_a_window_is_half_open(query: str) -> None:
    minutes = {"before": 0 - 1e-6, "start": 0, "last": 10 - 1e-6, "until": 10}
    fields = {"status": 500, "latency_ms": 2000, "features": {"country": "DE", "amount": 1}}
    records = [record(name, minute, **fields) for name, minute in minutes.items()]
    asked: dict[str, dict[str, object]] = {
        "predictions_with_category": {"feature": "country", "value": "DE"},
        "predictions_with_number_in_range": {"feature": "amount"},
        "predictions_without_feature": {"feature": "age"},
    }
    params: dict[str, object] = asked.get(query, {})
    assert keys(query, records, **params) == ["last", "start"]


def test_requests_of_a_finding_are_those_at_its_places_or_all_of_the_time() -> None:
    query = "predictions_of_finding"
    assert keys(query) == ["fifth", "fourth", "third", "bare", "first", "start"]
    assert set(keys(query, model=None)) == {"fifth", "fourth", "third", "theirs", "bare", "first", "start"}
    places = {row["request_key"]: row["source_offset"] for row in rows_of(stored(RECORDS), query, **SPAN)}
    wanted = [places["bare"], places["fourth"], 10**9]
    assert keys(query, source_ids=[0, 0, 0], source_offsets=wanted) == ["fourth", "bare"]
    meeting = '[{"kind": "tag", "name": "region", "value": "EU"}]'
    assert keys(query, conditions=meeting) == ["third", "start"]
