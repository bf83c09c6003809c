"""The relations that canned queries read, on records made by hand."""

from __future__ import annotations

from pathlib import Path

import duckdb

from tests.support import NOON, Line, at, batch, stored
from tests.unit.store.conftest import Ask

RECORDS: list[Line] = [
    {
        "ts": at(0),
        "model": "fraud",
        "model_version": "v1",
        "endpoint": "/score",
        "status": 200,
        "latency_ms": 5,
        "features": {"amount": 1.5, "country": "DE"},
        "tags": {"region": "EU", "host": "ml-1"},
    },
    {
        "ts": at(1),
        "model": "fraud",
        "model_version": "v2",
        "status": 503,
        "features": {"amount": "many", "age": 7},
        "tags": {"region": "US"},
    },
    {"ts": at(2), "model": "churn", "error_type": "Timeout", "features": {"country": "FR"}},
    {"ts": at(3), "model": "churn", "status": 499, "features": {}, "tags": {}},
    {"ts": at(4), "model": "churn"},
]


def test_predictions_have_every_field_tag_and_feature_under_a_readable_name(asked: Ask) -> None:
    store = stored(RECORDS)
    names = "model model_version status is_error amount amount_text age country region host"
    found = store.table(
        asked(store, f"select {', '.join(names.split())} from predictions order by ts", columns=names)
    )
    assert found.rows == (
        ("fraud", "v1", 200, False, 1.5, None, None, "DE", "EU", "ml-1"),
        ("fraud", "v2", 503, True, None, "many", 7.0, None, "US", None),
        ("churn", None, None, True, None, None, None, "FR", None, None),
        ("churn", None, 499, False, None, None, None, None, None, None),
        ("churn", None, None, False, None, None, None, None, None, None),
    )


def test_an_error_is_an_error_type_or_a_status_of_500_and_above(asked: Ask) -> None:
    statuses = [None, 0, 200, 499, 500, 599, 2**31 - 1, -500]
    records: list[Line] = [{"ts": at(n), "model": "m", "status": status} for n, status in enumerate(statuses)]
    records += [
        {"ts": at(20), "model": "m", "status": 200, "error_type": "x"},
        {"ts": at(21), "error_type": ""},
    ]
    store = stored(records)
    found = store.table(asked(store, "select is_error as x from predictions order by ts")).rows
    assert [row[0] for row in found] == [False, False, False, False, True, True, True, False, True, False]


def test_slices_are_all_rows_and_each_version_endpoint_and_tag(asked: Ask) -> None:
    store = stored(RECORDS)
    names = "model, dimension as x, slice_value as y, is_error, latency_ms, endpoint"
    sql = f"select {names} from prediction_slices order by ts, x, y"
    assert store.table(asked(store, sql)).rows == (
        ("fraud", "", "", False, 5.0, "/score"),
        ("fraud", "endpoint", "/score", False, 5.0, "/score"),
        ("fraud", "host", "ml-1", False, 5.0, "/score"),
        ("fraud", "model_version", "v1", False, 5.0, "/score"),
        ("fraud", "region", "EU", False, 5.0, "/score"),
        ("fraud", "", "", True, None, None),
        ("fraud", "model_version", "v2", True, None, None),
        ("fraud", "region", "US", True, None, None),
        ("churn", "", "", True, None, None),
        ("churn", "", "", False, None, None),
        ("churn", "", "", False, None, None),
    )


def test_who_asks_for_all_rows_pays_for_no_tag(asked: Ask) -> None:
    store = stored(RECORDS)
    with store._connections.reading() as cursor:
        plans = [
            str(
                cursor.execute(
                    f"explain select * from prediction_slices where dimension = '{name}'"
                ).fetchall()
            )
            for name in ("", "region")
        ]
    assert ["Unnest" in plan for plan in plans] == [False, True]


def test_a_tag_is_not_counted_with_the_field_of_its_name(asked: Ask) -> None:
    tags = {"": "a", "model_version": "v1", "endpoint": "/score", "Endpoint": "b", "endpoint_": "c"}
    store = stored([{"ts": at(0), "model": "m", "model_version": "v1", "endpoint": "/score", "tags": tags}])
    names = "dimension as x, slice_value as y, count(*) as n"
    sql = f"select {names} from prediction_slices group by all order by x, y"
    assert store.table(asked(store, sql)).rows == (
        ("", "", 1),
        ("Endpoint", "b", 1),
        ("endpoint", "/score", 1),
        ("endpoint_", "c", 1),
        ("model_version", "v1", 1),
        ("tags.", "a", 1),
        ("tags.endpoint", "/score", 1),
        ("tags.model_version", "v1", 1),
    )


def test_features_are_one_row_each_numbers_and_texts_apart(asked: Ask) -> None:
    store = stored(RECORDS)
    names = "model, model_version, source_id, feature, value"
    numbers = store.table(asked(store, f"select {names} from feature_numbers order by ts, feature")).rows
    texts = store.table(asked(store, f"select {names} from feature_texts order by ts, feature")).rows
    assert numbers == (("fraud", "v1", 0, "amount", 1.5), ("fraud", "v2", 0, "age", 7.0))
    assert texts == (
        ("fraud", "v1", 0, "country", "DE"),
        ("fraud", "v2", 0, "amount", "many"),
        ("churn", None, 0, "country", "FR"),
    )


def test_a_row_of_a_feature_knows_its_request(asked: Ask) -> None:
    store = stored(RECORDS)
    sql = (
        "select p.ts as x, f.value as y from feature_texts as f "
        "join predictions as p using (source_id, source_offset) where f.ts = p.ts order by x"
    )
    assert [row[1] for row in store.table(asked(store, sql)).rows] == ["DE", "many", "FR"]


def test_sources_are_one_row_each_with_their_totals(asked: Ask) -> None:
    store = stored()
    first = batch([*RECORDS, b"bad", b""], 1, path="/a")
    second = batch(RECORDS[:1], 1, path="/a.1", start_offset=first.next_offset)
    store.append([first])
    store.append([second, batch([b"bad"], 2, path="/b")])
    sql = "select source_id, path, next_offset, lines, rows, rejects, blanks from sources order by source_id"
    assert store.table(asked(store, sql)).rows == (
        (1, "/a.1", second.next_offset, 8, 6, 1, 1),
        (2, "/b", 4, 1, 0, 1, 0),
    )


def test_every_relation_is_there_when_nothing_is_stored(asked: Ask) -> None:
    store = stored()
    for relation in (
        "predictions",
        "prediction_slices",
        "feature_numbers",
        "feature_texts",
        "sources",
        "rejects",
    ):
        assert store.table(asked(store, f"select count(*) as x from {relation}")).rows == ((0,),)
    kinds = "select typeof(ts) as x, typeof(is_error) as y, typeof(latency_ms) as z from predictions"
    assert store.frame(asked(store, kinds)).height == 0


def test_relations_are_whole_in_a_file_that_another_program_opens(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    stored([*RECORDS, b"bad"], path=path).close()
    with duckdb.connect(str(path), read_only=True) as connection:
        rows = connection.execute(
            "select count(*), count(country), count(*) filter (is_error) from predictions"
        )
        assert rows.fetchall() == [(5, 2, 2)]
        rejects = connection.execute(
            "select source_path, source_offset, reason, line from rejects"
        ).fetchall()
        assert [(reject[0], reject[3]) for reject in rejects] == [("/logs/app.jsonl", b"bad")]
        newest = connection.execute("select epoch_us(min(ts)) from predictions").fetchone()
    assert newest == (int(NOON.timestamp() * 1e6),)
