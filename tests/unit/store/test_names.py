"""Names of features, tags and models are data: any of them works, and is given back as it was logged."""

from __future__ import annotations

from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model import FIELDS, QueryCall, Request, RowId
from console.store import Store, schema
from tests.support import NOON, at, batch, stored
from tests.unit.store.conftest import Ask

SPAN = {"start": at(-60), "until": at(60)}

HOSTILE = [
    "",
    " ",
    "Amount",
    "amount",
    "AMOUNT",
    "straße",
    "STRASSE",
    "é",
    "e\u0301",
    'a "quoted" name',
    "it's",
    "line\nbreak",
    "semi; drop table ledger --",
    "nul\0byte",
    "␀",
    "unnamed",
    "amount_number",
    "amount_number_2",
    "score_number",
    "$model",
    "[/red]\x1b[2J",
    "p_0",
    "n0",
    "is_error",
    "source_path",
    "request_key",
    "🎛",
    "x" * 10_000,
    *FIELDS,
    "source_id",
]


def record(minutes: float = 0, /, **values: object) -> dict[str, object]:
    return {"ts": at(minutes), "model": "m", **values}


def first(store: Store) -> Request:
    return store.request(RowId(0, 0))


def features_seen(store: Store) -> set[str]:
    """Every feature that the canned queries speak of."""
    return set(store.frame(QueryCall("missing_values", SPAN))["feature"].to_list())


def test_any_names_are_given_back_as_logged() -> None:
    numbers = {name: float(place) for place, name in enumerate(HOSTILE)}
    tags = {name: f"tag {place}" for place, name in enumerate(HOSTILE)}
    store = stored([record(features=numbers, tags=tags)])
    request = first(store)
    assert request.features == numbers
    assert request.tags == tags
    assert list(request.features) == HOSTILE
    # A feature called like the field is told apart from it, since some queries show both.
    namesakes = {"score", "prediction"}
    assert features_seen(store) == {*HOSTILE} - namesakes | {f"features.{name}" for name in namesakes}


def test_any_names_are_columns_of_their_own_in_predictions(asked: Ask) -> None:
    numbers = {name: float(place) for place, name in enumerate(HOSTILE)}
    tags = {name: f"tag {place}" for place, name in enumerate(HOSTILE)}
    store = stored([record(features=numbers, tags=tags), record(model="other", features={"aMOUNT": "x"})])
    frame = store.frame(asked(store, "select * from predictions order by model limit 1"))
    row = frame.row(0, named=True)
    assert [value for name, value in row.items() if name not in FIELDS and isinstance(value, float)] == [
        *numbers.values()
    ]
    assert {value for value in row.values() if isinstance(value, str)} >= set(tags.values())
    assert (row["Amount"], row["nul␀byte"], row["unnamed"]) == (2.0, numbers["nul\0byte"], 0.0)
    assert not [name for name in row if "\0" in name]


def test_the_same_names_as_texts_after_numbers_are_columns_of_their_own() -> None:
    store = stored([record(features={name: 1 for name in HOSTILE})])
    store.append([batch([record(1, features={name: "one" for name in HOSTILE})], 1)])
    assert store.request(RowId(1, 0)).features == {name: "one" for name in HOSTILE}
    assert first(store).features == {name: 1.0 for name in HOSTILE}


def test_fixed_fields_are_not_mistaken_for_features_of_their_name() -> None:
    features = {"score": 7, "status": "fine", "ts": 3, "model": "x", "is_error": 1}
    store = stored([record(score=0.25, status=200, features=features)])
    request = first(store)
    assert (request.model, request.ts) == ("m", NOON)
    assert (request.fields["score"], request.fields["status"]) == (0.25, 200)
    assert store.table(QueryCall("predictions_with_errors", {"model": "m"} | SPAN)).rows == ()
    drift = store.frame(QueryCall("drift", SPAN | {"until": at(1)}))
    rows: dict[str, int] = dict(drift.group_by("feature").agg(pl.col("rows").sum()).iter_rows())
    assert rows == {
        "score": 1,
        "features.score": 1,
        "ts": 1,
        "is_error": 1,
        "model": 1,
        "status": 1,
    }


@settings(max_examples=20, deadline=None)
@given(
    st.dictionaries(
        st.text(st.characters(codec="utf-8"), max_size=8),
        st.floats(-1e9, 1e9) | st.text(max_size=5),
        max_size=8,
    )
)
def test_any_features_come_back(features: dict[str, float | str]) -> None:
    store = stored([record(features=features)])
    assert first(store).features == features
    assert store.table(QueryCall("predictions_recent")).rows[0][1] == "m"
    store.close()


def test_fifteen_hundred_features_fit() -> None:
    features = {f"feature {n}": n if n % 2 else f"text {n}" for n in range(1_500)}
    store = stored([record(features=features)])
    assert first(store).features == features
    assert len(features_seen(store)) == 1_500
    found = store.table(
        QueryCall(
            "predictions_with_category",
            {"model": "m", "feature": "feature 1498", "value": "text 1498"} | SPAN,
        )
    )
    assert len(found.rows) == 1


def test_a_feature_that_turns_from_number_to_text_and_back_keeps_all() -> None:
    logged: list[object] = [1.5, "many", 2, True, None, [1, {"a": None}], "3", 4]
    store = stored([record(minute, features={"amount": value}) for minute, value in enumerate(logged)])
    rows = store.table(QueryCall("predictions_recent")).rows
    found = [store.request(RowId(0, int(str(row[-1])))).features.get("amount") for row in reversed(rows)]
    assert found == [1.5, "many", 2.0, "true", None, '[1,{"a":null}]', "3", 4.0]
    missing = store.table(QueryCall("missing_values", SPAN | {"window_minutes": 120})).rows
    assert [(row[3], row[4], row[5]) for row in missing] == [("amount", 8, 1)]


def test_two_models_share_names_and_not_values() -> None:
    store = stored(
        [record(features={"a": 1}), record(model="other", features={"a": "one", "b": 2}, tags={"r": "EU"})]
    )
    assert first(store).features == {"a": 1.0}
    other = store.table(QueryCall("predictions_recent", {"model": "other"})).rows[0]
    request = store.request(RowId(0, int(str(other[-1]))))
    assert (request.features, request.tags) == ({"a": "one", "b": 2.0}, {"r": "EU"})


@pytest.mark.parametrize(
    "model",
    ["", "'; drop table ledger; --", 'a"b', "a\0b", "null", "p_0", "x" * 1_000_000, "\x1b[31m", "é"],
    ids=["empty", "statement", "quote", "nul", "null", "a table", "1 MB", "escape", "accent"],
)
def test_a_model_may_be_called_anything(model: str) -> None:
    store = stored([record(model=model, features={"a": 1}), record(model="other")])
    request = first(store)
    assert request.model == model
    for query in ("predictions_in_slice", "prediction_values"):
        span = SPAN if query == "predictions_in_slice" else {"start": at(-60)}
        rows = store.table(QueryCall(query, {"model": model} | span)).rows
        assert len(rows) == (1 if query == "predictions_in_slice" else 0)
    assert [row[2] for row in store.table(QueryCall("drift", SPAN | {"model": model})).rows] == [model]


def test_many_new_names_at_once_do_not_widen_a_table_of_many_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "_MANY_COLUMNS", 3)
    monkeypatch.setattr(schema, "_MOST_CELLS", 20)
    wide = {f"new{number}": number for number in range(4)}
    store = stored([record(features={"a": number}) for number in range(6)])
    store.append([batch([record(features={"a": 7, **wide})], 1), batch([record(features={"b": 8})], 2)])
    assert store.request(RowId(1, 0)).features == {"a": 7, **wide}
    assert store.request(RowId(2, 0)).features == {"b": 8}
    assert {name for _, name in store._columns.columns} == {"a", "b"}
    few = stored([record(features={"a": 1})])
    few.append([batch([record(features={"a": 7, **wide})], 1)])
    assert few.request(RowId(1, 0)).features == {"a": 7, **wide}
    assert {name for _, name in few._columns.columns} == {"a", *wide}


def test_more_columns_than_there_is_room_for_are_kept_in_extra(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MAX_COLUMNS", 3)
    logged: dict[str, object] = {
        "features": {"a": 1, "b": "two", "c": 3, "d": "four", 'e"\n': 5.5},
        "tags": {"region": "EU", "host": "ml-1"},
    }
    store = stored(
        [
            record(**logged, unknown=12345678901234567890123, latency_ms="soon"),
            record(**logged),
            record(features={"a": 2}),
            record(features={"d": 7}, tags=[1]),
        ]
    )
    plain = stored([record(**logged)])
    rows = store.table(QueryCall("predictions_recent")).rows
    requests = [store.request(RowId(0, int(str(row[-1])))) for row in reversed(rows)]
    requests.sort(key=lambda request: request.row_id.offset)
    assert [request.features for request in requests] == [
        logged["features"],
        logged["features"],
        {"a": 2},
        {"d": 7},
    ]
    assert [request.tags for request in requests] == [logged["tags"], logged["tags"], {}, {}]
    assert [request.extra for request in requests] == [
        {"unknown": 12345678901234567890123, "latency_ms": "soon"},
        {},
        {},
        {"tags": [1]},
    ]
    assert requests[1].input_hash == requests[0].input_hash == first(plain).input_hash
    assert features_seen(store) == {"a", "c", "d"}


def test_more_models_than_there_are_tables_for_share_one(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MAX_TABLES", 3)
    names = [f"model {n}" for n in range(6)]
    records = [record(n, model=name, features={f"only {n}": n, "kind": name}) for n, name in enumerate(names)]
    store = stored(records)
    recent = store.table(QueryCall("predictions_recent")).rows
    requests = {row[1]: store.request(RowId(0, int(str(row[-1])))) for row in recent}
    assert {name: request.features for name, request in requests.items()} == {
        name: {f"only {n}": n, "kind": name} for n, name in enumerate(names)
    }
    lacking = store.frame(QueryCall("missing_values", SPAN | {"model": "model 5"}))
    assert sorted(lacking["feature"].to_list()) == ["kind", "only 5"]
    assert requests["model 5"].model == "model 5"


def test_names_stay_the_same_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    features: dict[str, object] = {name: 1.0 for name in HOSTILE}
    store = stored([record(features=features)], path=path)
    store.close()
    store = stored(path=path)
    assert first(store).features == features
    store.append([batch([record(1, features={"new": "x", **features})], 1)])
    assert store.request(RowId(1, 0)).features == {"new": "x", **features}
    assert store.newest() - NOON == timedelta(minutes=1, microseconds=1)
    store.close()
