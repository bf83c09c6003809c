"""How many statements new columns cost: each takes DuckDB a millisecond, and longer the more there are."""

from __future__ import annotations

from collections import Counter

import duckdb
import pytest

from console.store.schema import Columns, create_or_check
from tests.support import at, batch, stored


class Counting:
    """A connection that keeps the first word of every statement."""

    def __init__(self) -> None:
        self._connection = duckdb.connect(":memory:")
        self.words: list[str] = []

    def execute(self, text: str | duckdb.Statement, *more: object) -> duckdb.DuckDBPyConnection:
        self.words.append(str(getattr(text, "query", text)).split()[0])
        return self._connection.execute(text, *more)

    def __getattr__(self, name: str) -> object:
        return getattr(self._connection, name)

    def cost_of(self, columns: Columns, features: range, *models: str) -> Counter[str]:
        self.words.clear()
        values = {f"f{number}": number if number % 2 else "text" for number in features}
        block = batch([{"ts": at(0), "model": model, "features": values} for model in models])
        columns.make_room(block.models)
        for rows in block.models:
            table = columns.table_for(rows.model)
            names = [("number", name) for name in rows.numbers] + [("text", name) for name in rows.texts]
            assert all(columns.column_for(table, kind, name) for kind, name in names)
            assert len(names) == len(features)
        return Counter(self.words)


def columns_of(connection: Counting) -> Columns:
    create_or_check(connection, "x")  # type: ignore[arg-type]
    return Columns(connection)  # type: ignore[arg-type]


def test_a_model_that_is_new_costs_three_statements_however_many_features_it_has() -> None:
    connection = Counting()
    columns = columns_of(connection)
    assert connection.cost_of(columns, range(1_500), "a") == {"insert": 2, "create": 1}
    assert connection.cost_of(columns, range(1_500), "a") == {}


def test_a_second_model_with_the_same_features_names_none_of_them_again() -> None:
    connection = Counting()
    columns = columns_of(connection)
    connection.cost_of(columns, range(100), "a")
    assert connection.cost_of(columns, range(100), "b") == {"insert": 1, "create": 1}


def test_a_table_that_is_there_is_altered_once_for_each_new_column() -> None:
    connection = Counting()
    columns = columns_of(connection)
    connection.cost_of(columns, range(100), "a")
    assert connection.cost_of(columns, range(110), "a") == {"insert": 1, "alter": 10}


def test_what_was_given_is_there_after_reloading() -> None:
    connection = Counting()
    columns = columns_of(connection)
    connection.cost_of(columns, range(20), "a", "b")
    before = (dict(columns.columns), dict(columns.tables), dict(columns.present))
    columns.reload()
    assert (columns.columns, columns.tables, columns.present) == before


def test_so_many_new_columns_that_altering_would_take_all_memory_make_the_table_anew() -> None:
    connection = Counting()
    columns = columns_of(connection)
    connection.cost_of(columns, range(1_500), "a")
    cost = connection.cost_of(columns, range(1_500, 3_000), "a")
    assert cost == {"insert": 1, "select": 1, "create": 1, "drop": 1, "alter": 1}


def test_a_table_that_is_made_anew_has_its_rows_and_those_of_the_same_transaction(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("console.store.schema._MOST_COPIES", 0)
    store = stored([{"request_id": "first", "features": {"a": 1}}])
    more = [
        batch([{"request_id": "second", "features": {"b": 2}}], start_offset=1000),
        batch([{"request_id": "third", "features": {"c": 3, "a": 4}}], start_offset=2000),
    ]
    store.append(more)
    with store._reader() as cursor:
        ids = cursor.execute("select request_id from predictions order by source_offset").fetchall()
        rows = cursor.execute("select feature, value from feature_numbers order by 1, 2").fetchall()
    assert ids == [("first",), ("second",), ("third",)]
    assert rows == [("a", 1.0), ("a", 4.0), ("b", 2.0), ("c", 3.0)]
    store.close()
