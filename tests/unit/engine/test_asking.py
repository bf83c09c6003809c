"""Questions that a person asks: which there are, what is wrong with them, and all of an answer in a file."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

import pytest

from console.canned import CannedQuery, Catalog, parse_query
from console.engine.asking import infos, problems, run, run_sql, save
from console.errors import ExportError, UsageError
from console.model import QueryCall, Ticket
from console.store import Store
from tests.support import NOW, Line, at, catalog, stored

RECORDS: list[Line] = [{"ts": at(n), "model": "fraud", "request_id": f"f-{n}"} for n in range(300)]
HEADER = "-- title: t\n-- answers: a?\n-- grain: g\n-- column: n\n"
OWN = (
    HEADER
    + "-- param: model varchar\n-- param: since timestamptz = newest - 1h\n-- param: least integer >= 1 = 5\n"
    "-- param: row_limit integer = 2\n"
    "select count(*) as n from predictions where model = $model and ts >= $since and $least > 0 "
    "limit $row_limit"
)


def clock() -> datetime:
    return NOW


def own() -> CannedQuery:
    """A query of the person's own."""
    return parse_query("mine", OWN, path="/home/ada/queries/mine.sql")


@pytest.fixture(scope="module")
def store() -> Store:
    """Three hundred requests, and a query of the person's own."""
    made = stored(RECORDS)
    made.catalog = Catalog({**catalog(), "mine": own()})
    return made


def test_queries_are_listed_with_ones_own_first(store: Store) -> None:
    listed = infos(store.catalog)
    assert len(listed) == len(catalog()) + 1
    assert (listed[0].name, listed[0].is_own) == ("mine", True)
    assert not any(info.is_own for info in listed[1:])
    assert [(one.name, one.type, one.default) for one in listed[0].params][:2] == [
        ("model", "varchar", None),
        ("since", "timestamptz", "newest - 1h"),
    ]


@pytest.mark.parametrize(
    ("params", "wrong"),
    [
        ({"model": "m"}, {}),
        ({"model": "m", "since": "-2h", "least": "7"}, {}),
        ({}, {"model": "must be given"}),
        (
            {"since": "soon", "least": "many"},
            {
                "model": "must be given",
                "since": "'soon' cannot be read as timestamptz (try 2026-11-02T03:04:05Z, -1h or newest)",
                "least": "'many' cannot be read as integer (try 5)",
            },
        ),
        ({"model": "m", "least": "0"}, {"least": "is at least 1, not 0"}),
        ({"model": "m", "since": "null"}, {"since": "is a time, and cannot be null"}),
    ],
)
def test_what_is_wrong_is_told_for_each_parameter(params: dict[str, object], wrong: dict[str, str]) -> None:
    assert problems(own(), params, now=NOW) == wrong


def test_every_canned_query_without_values_lacks_only_what_has_no_default() -> None:
    for query in catalog().values():
        wanted = {one.name for one in query.params.values() if one.default is None}
        assert problems(query, {}, now=NOW) == dict.fromkeys(wanted, "must be given"), query.name


def test_an_answer_tells_its_limit_and_what_it_cost(store: Store) -> None:
    answer = run(store, QueryCall("predictions_recent"), ticket=Ticket())
    assert (len(answer.table.rows), answer.row_limit, answer.table.truncated) == (200, 200, True)
    assert answer.seconds >= 0 and answer.sql == catalog()["predictions_recent"].sql
    answer = run_sql(store, "from predictions", limit=7, ticket=Ticket())
    assert (len(answer.table.rows), answer.row_limit, answer.table.truncated) == (7, 7, True)


@pytest.mark.parametrize("name", ["a.csv", "a.jsonl", "a.JSONL", "a.parquet"])
def test_all_rows_are_saved_and_not_only_those_that_are_shown(
    store: Store, tmp_path: Path, name: str
) -> None:
    receipt = save(store, QueryCall("predictions_recent"), tmp_path / name, clock=clock)
    assert (receipt.rows, receipt.path) == (300, str(tmp_path / name))
    assert receipt.size == (tmp_path / name).stat().st_size
    beside = [f"{name}.manifest.json"] if name == "a.parquet" else []
    assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [name, *beside]


def test_another_ending_and_a_file_that_is_there_are_refused(store: Store, tmp_path: Path) -> None:
    there = tmp_path / "a.csv"
    there.write_text("mine")
    for path, words in ((there, "exists already"), (tmp_path / "a.doc", r"\.parquet, \.csv or \.jsonl")):
        with pytest.raises(ExportError, match=words):
            save(store, "select 1", path, clock=clock)
    with pytest.raises(UsageError):
        save(store, "drop view predictions", tmp_path / "b.csv", clock=clock)
    assert there.read_text() == "mine"
    assert [path.name for path in tmp_path.iterdir() if path.is_file()] == ["a.csv"]
