"""Slices for Parquet: whole predictions, typed, with labels beside them."""

from __future__ import annotations

from collections.abc import Callable

import polars as pl
import pytest

from console.errors import Interrupted, StoreError, UsageError
from console.model import QueryCall, Ticket
from console.model.exporting import Role
from console.store import Store, slices
from tests.support import LOG, NOON, Line, at, batch, line_of, stored
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
def write() -> Write:
    def written(store: Store, call: QueryCall | str, labels: pl.DataFrame = NO_LABELS) -> pl.DataFrame:
        with store.slice(call, labels=labels) as rows:
            frame = pl.concat([rows.schema.to_frame(), *rows.frames()])
            assert [column.name for column in rows.columns] == frame.columns
            assert rows.rows in (None, frame.height)
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


def test_of_an_empty_store_there_are_no_predictions_to_write() -> None:
    with pytest.raises(StoreError, match="nothing is stored yet"), stored().slice(ALL):
        pass


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


def test_a_persons_statement_may_name_the_rows(write: Write) -> None:
    frame = write(
        stored(RECORDS), "select source_id, source_offset, 1 as x from predictions where score = 0.5"
    )
    assert (frame["amount_text"].to_list(), "x" in frame.columns) == (["many"], False)


def test_the_answer_of_a_statement_is_typed_and_its_columns_told_apart(write: Write) -> None:
    text = "select max(ts) as t, sum(tokens_in) as n, sum(tokens_in) as n, list(model) from predictions -- x"
    frame = write(stored(RECORDS), text)
    assert frame.schema["t"] == pl.Datetime("us", "UTC")
    assert (frame.height, len(frame.columns), frame["t"][0]) == (1, 4, NOON.replace(minute=3))


def test_a_type_that_parquet_has_not_is_named() -> None:
    with (
        pytest.raises(UsageError, match="column 'i' is of type interval; cast it"),
        stored(RECORDS).slice("select interval 1 hour as i"),
    ):
        pass


@pytest.mark.parametrize("text", ["drop table ledger", "select * from read_text('/etc/hosts')"])
def test_a_statement_that_does_more_than_ask_is_refused(text: str) -> None:
    with pytest.raises(UsageError), stored(RECORDS).slice(text):
        pass


def test_every_column_says_what_it_is_for() -> None:
    with stored(RECORDS).slice(ALL, labels=NO_LABELS) as rows:
        said = {column.name: (column.role, column.logged_as) for column in rows.columns}
    assert said["amount_text"] == (Role.FEATURE, "amount")
    assert said["region"] == (Role.TAG, "region")
    assert {name: said[name][0] for name in ("ts", "score", "input_hash", "label")} == {
        "ts": Role.FIELD,
        "score": Role.FIELD,
        "input_hash": Role.SLICE,
        "label": Role.LABEL,
    }


def test_features_stand_in_the_order_of_their_names_whenever_they_came(write: Write) -> None:
    store = stored([{"ts": at(0), "model": "m", "features": {"z": 1, "b": 1}, "tags": {"y": "1"}}])
    store.append([batch([{"ts": at(1), "model": "m", "features": {"a": 1}, "tags": {"c": "1"}}], 1)])
    names = write(store, ALL).columns
    assert names[names.index("source_offset") + 1 :] == ["c", "y", "a", "b", "z", "input_hash", "label"]


def test_long_rows_come_in_short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "PART_BYTES", 1_000_000)
    records = [{"ts": at(n / 60), "model": "m", "features": {"text": "x" * 2_000}} for n in range(1_000)]
    with stored(records).slice(QueryCall("predictions_recent", {"row_limit": 1_000})) as rows:
        heights = [frame.height for frame in rows.frames()]
    assert sum(heights) == 1_000
    assert max(heights) < 600
    assert rows.group_rows < 600


def test_a_slice_that_is_taken_back_ends_with_the_part_under_way(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(slices, "MOST_ROWS", 1)
    monkeypatch.setattr(slices, "LEAST_ROWS", 1)
    ticket = Ticket()
    with pytest.raises(Interrupted), stored(RECORDS).slice(ALL, ticket=ticket) as rows:
        frames = rows.frames()
        assert next(frames).height == 1
        ticket.cancel()
        with pytest.raises(Interrupted):
            next(frames)


def test_a_wrong_parameter_opens_nothing() -> None:
    with pytest.raises(UsageError), stored(RECORDS).slice(QueryCall("predictions_recent", {"n": 1})):
        pass
