"""Answers of canned queries: types, limits, interruption, and many threads at once."""

from __future__ import annotations

import threading
from collections.abc import Callable
from datetime import UTC, datetime

import pytest

from console.errors import ConsoleError, Interrupted, QueryFileError, StoreError, UsageError
from console.model import QueryCall, RowId
from console.store import Store
from tests.support import NOON, NOW, Line, at, batch, stored
from tests.unit.store.conftest import Ask

ENDLESS = "select sum(a.range * b.range) as x from range(200000) as a, range(200000) as b"
RECORDS: list[Line] = [{"ts": at(n), "model": "fraud", "request_id": f"f-{n}"} for n in range(5)]


def test_a_tables_columns_and_units_are_the_headers() -> None:
    table = stored(RECORDS).table(QueryCall("predictions_recent"))
    assert table.columns[:3] == ("ts", "model", "model_version")
    assert table.units["latency_ms"] == "ms"
    assert [row[9] for row in table.rows] == ["f-4", "f-3", "f-2", "f-1", "f-0"]


@pytest.mark.parametrize(
    ("limit", "rows", "truncated"),
    [
        (0, 0, True),
        (4, 4, True),
        (5, 5, False),
        (6, 5, False),
        ("3", 3, True),
        (None, 5, False),
        ("null", 5, False),
    ],
)
def test_a_table_says_whether_the_limit_cut_it(limit: object, rows: int, truncated: bool) -> None:
    table = stored(RECORDS).table(QueryCall("predictions_recent", {"row_limit": limit}))
    assert (len(table.rows), table.truncated) == (rows, truncated)
    assert [row[9] for row in table.rows] == ["f-4", "f-3", "f-2", "f-1", "f-0"][:rows]


def test_the_default_limit_cuts_too() -> None:
    store = stored([{"ts": at(0), "model": "m", "request_id": str(n)} for n in range(201)])
    table = store.table(QueryCall("predictions_recent"))
    assert (len(table.rows), table.truncated) == (200, True)
    assert store.frame(QueryCall("predictions_recent")).height == 200


def test_a_table_of_a_query_without_a_limit_is_whole(asked: Ask) -> None:
    store = stored()
    table = store.table(asked(store, "select range as x from range(3)"))
    assert (table.rows, table.truncated) == (((0,), (1,), (2,)), False)


def test_a_limit_below_nothing_is_refused() -> None:
    with pytest.raises(StoreError):
        stored(RECORDS).table(QueryCall("predictions_recent", {"row_limit": -1}))


def test_times_are_datetimes_in_utc(asked: Ask) -> None:
    store = stored(RECORDS)
    assert store.table(QueryCall("predictions_recent")).rows[-1][0] == NOON
    sql = "select timestamptz '2026-11-02 14:00:00+02' as x, timestamp '2026-11-02 12:00' as y, null as z"
    row = store.table(asked(store, sql)).rows[0]
    assert row == (NOON, NOON, None)
    assert [value.tzinfo for value in row if isinstance(value, datetime)] == [UTC, UTC]


def test_values_are_the_plain_ones_of_python(asked: Ask) -> None:
    store = stored()
    sql = "select 1::bigint as x, 0.5::double as y, true as z, 'é\0' as t, 'a'::blob as b, null::double as n"
    assert store.table(asked(store, sql)).rows == ((1, 0.5, True, "é\0", b"a", None),)


@pytest.mark.parametrize("value", ["interval 1 day", "union_value(a := 1)"])
def test_a_type_that_cannot_be_shown_is_named(asked: Ask, value: str) -> None:
    store = stored()
    with pytest.raises(QueryFileError, match=r"mine\.sql: column 'x' is of type \w+; cast it"):
        store.table(asked(store, f"select {value} as x"))


def test_a_time_beyond_all_years_is_an_error_and_no_crash(asked: Ask) -> None:
    store = stored()
    with pytest.raises(StoreError, match="beyond the year 9999"):
        store.table(asked(store, "select 'infinity'::timestamptz as x"))


def test_an_unknown_query_or_a_wrong_parameter_is_the_persons() -> None:
    store = stored()
    for call in (
        QueryCall("no_such_query"),
        QueryCall("drift", {"widnow_minutes": 5}),
        QueryCall("drift", {"window_minutes": "five"}),
        QueryCall("predictions_in_slice"),
    ):
        for ask in (store.table, store.frame):
            with pytest.raises(UsageError):
                ask(call)


def test_what_duckdb_refuses_is_a_store_error_that_says_why(asked: Ask) -> None:
    store = stored()
    with pytest.raises(StoreError, match=r"^:memory:: .*no_such_table"):
        store.table(asked(store, "select x from no_such_table"))
    with pytest.raises(StoreError, match="Could not convert string 'interrupted"):
        store.table(asked(store, "select 'interrupted!'::integer as x"))


def test_hostile_values_of_parameters_are_only_values(asked: Ask) -> None:
    store = stored(RECORDS)
    for text in ("'; drop table ledger; --", "$model", "null", "''", "a\0b", "%", "\x1b[2J", "x" * 100_000):
        call = asked(store, "select $v as x where $v is not null", params="v varchar", v=text)
        assert store.table(call).rows == ((text,),)
    assert store.counts().rows == 5


@pytest.mark.parametrize(
    "sql",
    [
        "with w as (insert into meta values ('a', 'b') returning key) select key as x from w",
        "with w as (delete from ledger returning lines) select lines as x from w",
        "with w as (update ledger set rows = 0 returning lines) select lines as x from w",
    ],
)
def test_no_query_can_change_what_is_stored(asked: Ask, sql: str) -> None:
    store = stored(RECORDS)
    with pytest.raises(StoreError, match="read-only"):
        store.table(asked(store, sql))
    with pytest.raises(StoreError, match="read-only"):
        store.frame(QueryCall("mine"))
    assert store.counts().rows == 5


def started(store: Store, read: Callable[[], object]) -> tuple[threading.Thread, list[BaseException]]:
    """A thread that reads, once its query is under way; and what it ended with."""
    raised: list[BaseException] = []

    def run() -> None:
        try:
            read()
        except BaseException as error:
            raised.append(error)

    thread = threading.Thread(target=run)
    thread.start()
    while not store._connections._readers and thread.is_alive():
        thread.join(0.001)
    return thread, raised


def test_interrupt_ends_what_is_being_read(asked: Ask) -> None:
    store = stored(RECORDS)
    call = asked(store, ENDLESS)
    thread, raised = started(store, lambda: store.frame(call))
    while thread.is_alive():
        store.interrupt()
        thread.join(0.01)
    assert [type(error) for error in raised] == [Interrupted]
    assert store.counts().rows == 5
    assert len(store.table(QueryCall("predictions_recent")).rows) == 5


def test_interrupt_with_nothing_to_interrupt_does_nothing() -> None:
    store = stored(RECORDS)
    store.interrupt()
    assert store.counts().rows == 5


def test_close_ends_what_is_being_read_and_only_then_returns(asked: Ask) -> None:
    store = stored(RECORDS)
    call = asked(store, ENDLESS)
    threads = [started(store, lambda: store.frame(call)) for _ in range(2)]
    store.close()
    assert not store._connections._readers
    for thread, raised in threads:
        thread.join(10)
        assert [type(error) for error in raised] == [Interrupted]


def test_after_close_every_read_is_interrupted() -> None:
    store = stored(RECORDS)
    store.close()
    store.close()
    store.interrupt()
    reads: list[Callable[[], object]] = [
        store.marks,
        store.counts,
        store.newest,
        lambda: store.frame(QueryCall("drift")),
        lambda: store.table(QueryCall("drift")),
        lambda: store.request(RowId(0, 0)),
        lambda: store.slice(QueryCall("drift")).__enter__(),
    ]
    for read in reads:
        with pytest.raises(Interrupted):
            read()


@pytest.mark.slow
def test_reads_from_many_threads_are_consistent_while_rows_come_in(asked: Ask) -> None:
    """Each answer is of one moment: whole batches, every view of the same columns, counts that add up."""
    store = stored()
    both = "select (select count(*) from predictions) as x, (select sum(rows) from sources) as y"
    call = asked(store, both, columns="x y")
    done = threading.Event()
    failures: list[object] = []
    answers = [0] * 4

    def read(place: int) -> None:
        seen = 0
        while not done.is_set() or answers[place] < 5:
            try:
                counts = store.counts()
                if counts.rows % 10 or counts.rows < seen or counts.rejects * 10 != counts.rows:
                    failures.append(("counts", counts, seen))
                seen = counts.rows
                rows, total = store.frame(call).row(0) if place % 2 else (0, 0)
                if rows != (total or 0):
                    failures.append(("relations", rows, total))
                recent = store.frame(QueryCall("predictions_recent", {"until": NOW, "row_limit": 10**6}))
                if recent.height % 10 or recent.height < seen:
                    failures.append(("recent", recent.height, seen))
                for source_id, offset in recent.select("source_id", "source_offset").head(1).iter_rows():
                    features = store.request(RowId(source_id, offset)).features
                    if set(features) != {f"f{source_id}", "text"}:
                        failures.append(("features", features))
                if sum(m.rows for m in store.marks()) < seen:
                    failures.append(("marks", seen))
            except ConsoleError as error:
                failures.append(error)
            answers[place] += 1

    threads = [threading.Thread(target=read, args=(place,)) for place in range(4)]
    for thread in threads:
        thread.start()
    for number in range(16):
        # Every batch brings a column of its own and every fifth a table, so that the views change.
        records: list[Line] = [
            {"ts": at(number), "model": f"m{number // 5}", "features": {f"f{number}": row, "text": "x"}}
            for row in range(10)
        ]
        store.append([batch([*records, b"bad"], number)])
    done.set()
    for thread in threads:
        thread.join(60)
    assert failures == []
    assert min(answers) >= 5
    assert store.counts().rows == 160


def test_a_read_that_its_own_thread_never_left_does_not_hold_up_the_end() -> None:
    """As where a signal's exception comes between its beginning and its block."""
    store = stored(RECORDS)
    abandoned = store._connections.reading()

    def leave() -> None:
        abandoned.__enter__()
        store.close()

    thread = threading.Thread(target=leave, daemon=True)
    thread.start()
    thread.join(20)
    assert not thread.is_alive()
