"""Slices written to Parquet: whole predictions, typed, with labels beside them."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import polars as pl
import pytest

from console.errors import StoreError, UsageError
from console.model import QueryCall
from console.store import Store
from tests.support import LOG, NOON, Line, at, line_of, stored
from tests.unit.store.conftest import Ask

RECORDS: list[Line] = [
    {
        "ts": at(2),
        "model": "fraud",
        "request_id": "f-2",
        "features": {"amount": 1, "country": "DE"},
        "status": 500,
    },
    {"ts": at(1), "model": "fraud", "features": {"amount": "many"}, "tags": {"region": "EU"}, "score": 0.5},
    {"ts": at(3), "model": "churn", "request_id": "c-3", "features": {"plan": "pro"}},
]
NO_LABELS = pl.DataFrame(schema={"request_key": pl.String, "label": pl.String})
ALL = QueryCall("predictions_recent")

Write = Callable[..., pl.DataFrame]


@pytest.fixture
def write(tmp_path: Path) -> Write:
    def written(
        store: Store, call: QueryCall, labels: pl.DataFrame = NO_LABELS, name: str = "out.parquet"
    ) -> pl.DataFrame:
        rows = store.write_parquet(call, tmp_path / name, labels=labels)
        frame = pl.read_parquet(tmp_path / name, glob=False)
        assert frame.height == rows
        return frame

    return written


def test_rows_are_whole_and_typed_and_in_order(write: Write) -> None:
    frame = write(stored(RECORDS), ALL)
    assert frame["ts"].to_list() == [NOON.replace(minute=minute) for minute in (1, 2, 3)]
    assert frame["request_id"].to_list() == [None, "f-2", "c-3"]
    assert frame["amount"].to_list() == [None, 1.0, None]
    assert frame["amount_text"].to_list() == ["many", None, None]
    assert frame["region"].to_list() == ["EU", None, None]
    assert frame["plan"].to_list() == [None, None, "pro"]
    assert frame["is_error"].to_list() == [False, True, False]
    assert frame["source_path"].to_list() == [LOG] * 3
    assert frame["source_offset"].to_list()[1] == 0
    kinds = {
        name: frame.schema[name] for name in ("ts", "status", "score", "amount", "is_error", "source_offset")
    }
    assert kinds == {
        "ts": pl.Datetime("us", "UTC"),
        "status": pl.Int32(),
        "score": pl.Float64(),
        "amount": pl.Float64(),
        "is_error": pl.Boolean(),
        "source_offset": pl.Int64(),
    }
    assert "source_id" not in frame.columns


def test_a_slice_has_only_the_columns_of_its_models(write: Write) -> None:
    frame = write(stored(RECORDS), QueryCall("predictions_recent", {"model": "churn"}))
    assert frame["plan"].to_list() == ["pro"]
    assert not {"amount", "amount_text", "country", "region"} & set(frame.columns)


def test_the_querys_limit_and_conditions_hold(write: Write) -> None:
    store = stored(RECORDS)
    call = QueryCall("predictions_with_errors", {"model": "fraud", "start": NOON, "until": at(60)})
    assert write(store, call)["request_id"].to_list() == ["f-2"]
    assert write(store, QueryCall("predictions_recent", {"row_limit": 2}))["request_id"].to_list() == [
        "f-2",
        "c-3",
    ]


def test_labels_stand_beside_their_requests(write: Write) -> None:
    second = f"{LOG}:{len(line_of(RECORDS[0])) + 1}" if not isinstance(RECORDS[0], bytes) else ""
    labels = pl.DataFrame(
        {
            "request_key": ["f-2", second, "not stored"],
            "label": ["fraud", "legit", "x"],
            "labelled_at": [NOON, NOON, NOON],
            "n_annotators": [2, 1, 1],
        }
    )
    frame = write(stored(RECORDS), ALL, labels)
    assert frame["label"].to_list() == ["legit", "fraud", None]
    assert frame["n_annotators"].to_list() == [1, 2, None]
    assert frame.schema["labelled_at"] == pl.Datetime("us", "UTC")
    assert "request_key" not in frame.columns


def test_a_request_id_that_was_logged_twice_gives_both_rows_the_label(write: Write) -> None:
    store = stored([{"ts": at(n), "model": "m", "request_id": "same"} for n in range(2)])
    labels = pl.DataFrame({"request_key": ["same"], "label": ["x"]})
    assert write(store, ALL, labels)["label"].to_list() == ["x", "x"]


def test_no_columns_name_is_taken_twice(write: Write) -> None:
    """Features may be called like the columns that stand beside them, in any case."""
    features = {
        "label": 1,
        "label_label": 2,
        "LABEL_LABEL_2": 3,
        "note": "mine",
        "source_path": 4,
        "Request_Key": 5,
        "is_error": 6,
        'a "b"\n': 7,
        "": 8,
    }
    store = stored([{"ts": at(0), "model": "m", "request_id": "k", "features": features}])
    beside = {"label": "x", "note": "n", "label_note": "second", "model": "odd", 'we"ird': "w"}
    labels = pl.DataFrame({"request_key": ["k"]} | {name: [text] for name, text in beside.items()})
    frame = write(store, ALL, labels)
    row = frame.row(0, named=True)
    assert len({name.casefold() for name in frame.columns}) == len(frame.columns)
    assert {name: row[name] for name in ("label", "label_label", "note", "source_path", 'a "b"\n')} == {
        "label": 1.0,
        "label_label": 2.0,
        "note": "mine",
        "source_path": 4.0,
        'a "b"\n': 7.0,
    }
    renamed = ("label_label_3", "label_note", "label_label_note", "label_model", 'we"ird')
    assert [row[name] for name in renamed] == list(beside.values())
    assert (row["line_source_path"], row["is_error"], row["is_error_number"]) == (LOG, False, 6.0)
    assert row["unnamed"] == 8.0


def test_a_slice_without_rows_has_columns_all_the_same(write: Write) -> None:
    store = stored(RECORDS)
    frame = write(
        store,
        QueryCall("predictions_recent", {"model": "nobody"}),
        pl.DataFrame({"request_key": ["f-2"], "label": ["x"]}),
    )
    assert frame.height == 0
    assert {"ts", "model", "source_path", "source_offset", "label"} <= set(frame.columns)


def test_of_an_empty_store_there_are_no_predictions_to_write(tmp_path: Path) -> None:
    with pytest.raises(StoreError, match="nothing is stored yet"):
        stored().write_parquet(ALL, tmp_path / "out.parquet", labels=NO_LABELS)


def test_rows_that_are_no_predictions_are_written_as_they_are(write: Write) -> None:
    frame = write(
        stored(RECORDS),
        QueryCall("models_by_version"),
        pl.DataFrame({"request_key": ["f-2"], "label": ["x"]}),
    )
    assert frame["model"].to_list() == ["churn", "fraud"]
    assert frame["rows"].to_list() == [1, 2]
    assert "label" not in frame.columns


def test_a_query_need_only_name_the_rows(write: Write, asked: Ask) -> None:
    store = stored(RECORDS)
    sql = "select source_offset, source_id from predictions where model = 'churn' union all select 10, 99"
    frame = write(store, asked(store, sql, columns="source_offset source_id"))
    assert frame["plan"].to_list() == ["pro"]


def test_a_row_that_a_query_names_twice_is_written_once(write: Write, asked: Ask) -> None:
    store = stored(RECORDS)
    sql = "select p.source_id, p.source_offset from predictions as p cross join range(3)"
    assert write(store, asked(store, sql, columns="source_id source_offset")).height == 3


@pytest.mark.parametrize(
    "name", ["it's.parquet", "a [1]*?.parquet", "{b}.parquet", "é $x.parquet", "md:x.parquet"]
)
def test_a_file_may_be_called_anything(write: Write, name: str) -> None:
    assert write(stored(RECORDS), ALL, name=name).height == 3
    assert write(stored(RECORDS), QueryCall("models_by_version"), name=name).height == 2


def test_a_folder_that_is_not_there_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(StoreError):
        stored(RECORDS).write_parquet(ALL, tmp_path / "gone" / "x.parquet", labels=NO_LABELS)


def test_a_wrong_parameter_writes_nothing(tmp_path: Path) -> None:
    with pytest.raises(UsageError):
        stored(RECORDS).write_parquet(
            QueryCall("predictions_recent", {"n": 1}), tmp_path / "x", labels=NO_LABELS
        )
    assert list(tmp_path.iterdir()) == []
