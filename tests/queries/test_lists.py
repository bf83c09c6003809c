"""Queries that list what there is: traffic, models, predicted values, sources, rejects."""

from __future__ import annotations

from datetime import timedelta

import pytest

from console.ingest.formats import NO_FIELD
from console.model import QueryCall
from tests.support import NOON, NOW, Line, at, batch, picked, rows_of, stored


def record(minute: float, model: str = "m", **fields: object) -> Line:
    return {"ts": at(minute), "model": model} | fields


def test_traffic_is_counted_in_steps_from_start() -> None:
    records = [
        record(-1e-6),
        record(0, latency_ms=10),
        record(5 - 1e-6, latency_ms=30, status=500),
        # 12:05 to 12:10 is silent.
        record(10, error_type="x"),
        record(12),
        record(15, latency_ms=7),
        record(17, "other", latency_ms=1),
        record(20),
    ]
    store = stored(records)
    found = rows_of(store, "traffic_by_step", start=at(0), until=at(20), step_seconds=300)
    assert picked(found, "step_start rows errors p95_ms") == [
        (NOON, 2, 1, 29.0),  # 10 + 0.95 * 20
        (NOON + timedelta(minutes=10), 2, 1, None),
        (NOON + timedelta(minutes=15), 2, 0, pytest.approx(6.7)),  # 1 + 0.95 * 6
    ]
    chosen = rows_of(store, "traffic_by_step", start=at(0), until=at(20), step_seconds=300, model="other")
    assert picked(chosen, "step_start rows errors p95_ms") == [(NOON + timedelta(minutes=15), 1, 0, 1.0)]


def test_steps_begin_at_whole_multiples_of_their_length_wherever_the_time_begins() -> None:
    start = NOON + timedelta(seconds=17, microseconds=1)
    found = rows_of(
        stored([record(1), record(2)]), "traffic_by_step", start=start, until=at(3), step_seconds=60
    )
    assert picked(found, "step_start rows") == [
        (NOON + timedelta(minutes=1), 1),
        (NOON + timedelta(minutes=2), 1),
    ]


def test_models_are_listed_with_their_versions() -> None:
    records = [
        record(0, "b", model_version="v1", latency_ms=10),
        record(1, "b", model_version="v1", latency_ms=30, status=500),
        record(2, "b"),
        record(3, "a", model_version="v2", error_type="x"),
        record(-1, "a", model_version="v0"),
        record(10, "a", model_version="v9"),
    ]
    found = rows_of(stored(records), "models_by_version", start=at(0), until=at(10))
    assert picked(found, "model model_version rows error_rate p95_ms first_ts last_ts") == [
        ("a", "v2", 1, 1.0, None, NOON + timedelta(minutes=3), NOON + timedelta(minutes=3)),
        ("b", "v1", 2, 0.5, 29.0, NOON, NOON + timedelta(minutes=1)),
        ("b", None, 1, 0.0, None, NOON + timedelta(minutes=2), NOON + timedelta(minutes=2)),
    ]


def test_by_default_the_newest_row_counts() -> None:
    store = stored([record(0), record(5)])
    assert picked(rows_of(store, "models_by_version"), "rows") == [(2,)]
    assert sum(rows for (rows,) in store.frame(QueryCall("traffic_by_step")).select("rows").iter_rows()) == 2


def test_predicted_values_are_listed_by_their_frequency() -> None:
    predictions = ["legit", "fraud", "legit", 7, 7, 7, None, "7", True]
    records = [record(n, prediction=value) for n, value in enumerate(predictions)]
    records += [record(-1, prediction="old"), record(1, "other", prediction="theirs")]
    found = rows_of(stored(records), "prediction_values", model="m", start=at(0))
    assert picked(found, "prediction rows is_number") == [
        # Once of the four it was logged as text.
        ("7", 4, False),
        ("legit", 2, False),
        ("fraud", 1, False),
        ("true", 1, False),
    ]
    numbers = rows_of(
        stored([record(0, prediction=1), record(1, prediction=2.5)]),
        "prediction_values",
        model="m",
        start=at(0),
    )
    assert picked(numbers, "prediction is_number") == [("1", True), ("2.5", True)]


def test_sources_are_listed_by_path_with_what_became_of_their_lines() -> None:
    store = stored()
    second = batch([record(0), b"bad", b"", b"[]"], 2, path="/a")
    first = batch([record(0), record(1)], 1, path="/b")
    store.append([second, first])
    found = rows_of(store, "sources_ledger")
    assert picked(found, "source_id path next_offset lines rows rejects blanks last_committed_at") == [
        (2, "/a", second.next_offset, 4, 1, 2, 1, NOW),
        (1, "/b", first.next_offset, 2, 2, 0, 0, NOW),
    ]


def test_rejects_are_listed_with_place_reason_and_line() -> None:
    store = stored()
    lines: list[Line] = [b"not json", b"[]", '{"a": "é"}'.encode(), b'{"model": "\xff"}', b"\x1b[2J\0"]
    store.append([batch(lines, 1, path="/b")])
    store.append([batch([b"nope"], 2, path="/a")])
    found = rows_of(store, "rejects_recent")
    assert {row["rejected_at"] for row in found} == {NOW}
    # All at one moment: by path, then the last first.
    assert picked(found, "source_path source_offset length line") == [
        ("/a", 0, 4, "nope"),
        ("/b", 39, 5, "\x1b[2J\0"),
        ("/b", 24, 14, "{\\x22model\\x22: \\x22\\xFF\\x22}"),
        ("/b", 12, 11, '{"a": "é"}'),
        ("/b", 9, 2, "[]"),
        ("/b", 0, 8, "not json"),
    ]
    reasons = [str(row["reason"]) for row in found]
    assert reasons[2:5] == ["not UTF-8", NO_FIELD, "not a JSON object"]
    assert all(reasons)
