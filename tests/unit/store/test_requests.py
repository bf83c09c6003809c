"""One prediction read back, whole."""

from __future__ import annotations

import pytest

from console.errors import StoreError
from console.model import FIELDS, Request, RowId
from tests.support import LOG, NOON, Line, batch, stored

WHOLE: dict[str, object] = {
    "ts": "2026-11-02T13:00:00.000001+01:00",
    "request_id": "f-1",
    "model": "fraud",
    "model_version": "v3",
    "endpoint": "/score",
    "status": 200,
    "error_type": None,
    "error_message": "",
    "latency_ms": 23.4,
    "prediction": "0.5",
    "score": 0.031,
    "features": {"amount": 12.5, "country": "DE", "none": None, "on": True, "list": [1, "a"]},
    "tags": {"region": "EU", "host": "ml-1", "shard": 7},
    "stages": {"preprocess": {"ms": 3.1, "version": "p7"}, "predict": 17},
    "tokens_in": 812,
    "tokens_out": 2**62,
    "cost": 0.0012,
    "truth": False,
    "user": {"id": 123456789012345678901234567890, "note": "[/x]\x1b"},
    "weight": float("nan"),
}


def read(record: Line) -> Request:
    return stored([record]).request(RowId(0, 0))


def test_a_request_comes_back_as_it_was_logged() -> None:
    request = read(WHOLE)
    assert request.row_id == RowId(0, 0)
    assert (request.key, request.origin) == ("f-1", f"{LOG}:0")
    assert (request.model, request.ts) == ("fraud", NOON.replace(microsecond=1))
    assert request.features == {"amount": 12.5, "country": "DE", "on": "true", "list": '[1,"a"]'}
    assert request.tags == {"region": "EU", "host": "ml-1", "shard": "7"}
    assert request.stages == {"preprocess": {"ms": 3.1, "version": "p7"}, "predict": 17}
    assert request.extra == {
        "user": {"id": 123456789012345678901234567890, "note": "[/x]\x1b"},
        "weight": "NaN",
    }
    assert request.fields == {
        "ts": NOON.replace(microsecond=1),
        "ts_origin": "logged",
        "request_id": "f-1",
        "model": "fraud",
        "model_version": "v3",
        "endpoint": "/score",
        "status": 200,
        "error_type": None,
        "error_message": "",
        "latency_ms": 23.4,
        "prediction": "0.5",
        "prediction_value": None,
        "score": 0.031,
        "truth": "false",
        "truth_origin": "logged",
        "truth_at": None,
        "tokens_in": 812,
        "tokens_out": 2**62,
        "cost": 0.0012,
        "source_offset": 0,
    }


def test_an_empty_record_is_a_request_of_nulls() -> None:
    request = read({"model": None})
    assert (request.model, request.ts, request.key) == ("", NOON, f"{LOG}:0")
    assert (request.features, request.tags, request.stages, request.extra) == ({}, {}, None, {})
    assert request.fields["ts_origin"] == "arrival"
    given = {name for name, value in request.fields.items() if value is not None}
    assert given == {"ts", "ts_origin", "model", "source_offset"}
    assert set(request.fields) == FIELDS.keys() - {"stages", "extra"}


def test_where_no_id_was_logged_the_origin_is_the_key() -> None:
    store = stored([{"model": "m", "request_id": "same"}])
    second: Line = {"model": "m"}
    start = store.marks()[0].next_offset
    store.append([batch([second], path="/logs/renamed", start_offset=start)])
    request = store.request(RowId(0, start))
    assert request.key == request.origin == f"/logs/renamed:{start}"


def test_lines_of_two_sources_at_one_offset_are_two_requests() -> None:
    store = stored([{"model": "m", "request_id": "one"}])
    store.append([batch([{"model": "n", "request_id": "two"}], 1)])
    assert (store.request(RowId(0, 0)).key, store.request(RowId(1, 0)).key) == ("one", "two")


@pytest.mark.parametrize("row_id", [RowId(0, 1), RowId(1, 0), RowId(-1, -1), RowId(2**31 - 1, 2**63 - 1)])
def test_what_is_not_stored_is_an_error(row_id: RowId) -> None:
    with pytest.raises(StoreError, match=f"no prediction is stored from source {row_id.source_id}, offset"):
        stored([WHOLE]).request(row_id)


def test_equal_inputs_share_a_hash_whatever_their_order() -> None:
    one = read({"model": "m", "features": {"a": 1, "b": "x", "c": None}})
    assert read({"model": "other", "features": {"b": "x", "a": 1.0}, "score": 3}).input_hash == one.input_hash
    assert len(one.input_hash) == 64


@pytest.mark.parametrize(
    "features",
    [{"a": 2, "b": "x"}, {"a": "1", "b": "x"}, {"a": 1}, {"A": 1, "b": "x"}, {"a": 1, "b": "x "}, {}],
)
def test_other_inputs_have_other_hashes(features: dict[str, object]) -> None:
    one = read({"model": "m", "features": {"a": 1, "b": "x"}})
    assert read({"model": "m", "features": features}).input_hash != one.input_hash


def test_a_hash_is_the_same_in_every_store() -> None:
    # There the columns of `z` and `b` come before that of `a`.
    other = stored([{"model": "m", "features": {"z": 1, "b": "y"}}])
    other.append([batch([{"model": "m", "features": {"b": "x", "a": 1}}], 1)])
    one = read({"model": "m", "features": {"a": 1, "b": "x"}})
    assert list(other.request(RowId(1, 0)).features) == ["b", "a"]
    assert other.request(RowId(1, 0)).input_hash == one.input_hash


def test_values_nested_deeply_come_back() -> None:
    depth = 200
    request = read(b'{"model": "m", "deep": ' + b"[" * depth + b"]" * depth + b"}")
    value = request.extra["deep"]
    for _ in range(depth - 1):
        assert isinstance(value, list)
        (value,) = value
    assert value == []
