"""Statements that people write: what they may ask, and what they cannot reach."""

from __future__ import annotations

import threading
from pathlib import Path

import pytest

from console.errors import ConsoleError, Interrupted, UsageError
from console.model import RowId, Ticket
from console.store import Store
from tests.support import LOG, NOW, Line, at, batch, catalog, stored

RECORDS: list[Line] = [
    {"ts": at(n), "model": "fraud", "request_id": f"f-{n}", "latency_ms": n, "features": {"amount": n}}
    for n in range(5)
]


@pytest.fixture(scope="module")
def store() -> Store:
    """Five requests, in memory."""
    return stored(RECORDS)


@pytest.mark.parametrize(
    "text",
    [
        "select request_id from predictions where latency_ms >= 3 order by ts",
        "SELECT request_id FROM predictions WHERE latency_ms >= 3 ORDER BY ts;",
        "-- ?\nwith p as (from predictions) select request_id from p where amount > 2 order by 1 /* ; */",
        "from predictions select request_id where amount in (select unnest([3, 4])) order by 1",
        "(select 'f-3' as request_id union all values ('f-4')) order by 1",
    ],
)
def test_a_select_is_answered(store: Store, text: str) -> None:
    table = store.sql(text, limit=10)
    assert table.columns == ("request_id",)
    assert (table.rows, table.truncated) == ((("f-3",), ("f-4",)), False)


@pytest.mark.parametrize("text", ["describe predictions", "summarize predictions", "show tables"])
def test_relations_can_be_described(store: Store, text: str) -> None:
    assert store.sql(text, limit=100).rows


@pytest.mark.parametrize(
    "text",
    [
        "select * from read_text('{file}')",
        "select * from read_blob('{database}')",
        "select * from '{file}'",
        'select * from "{file}"',
        "select * from '{database}'",
        "select * from 'data.parquet'",
        "select (select count(*) from read_csv('{file}'))",
        "select 1 limit (select count(*) from read_text('{file}'))",
        "select list_transform([1], x -> (select content from read_text('{file}')))",
        "with recursive a as (select 1 as n union all select 2 from a, glob('/*')) select * from a",
        "from glob('/etc/*')",
        "from sniff_csv('{file}')",
        "from parquet_metadata('{file}')",
        "from query('select 1')",
        "from query_table('predictions')",
        "from json_execute_serialized_sql(json_serialize_sql('from glob(''*'')'))",
        "from read_json_auto('https://example.org/a.json')",
        "from duckdb_secrets()",
        "from checkpoint()",
        "from force_checkpoint()",
        "from enable_logging()",
        "from truncate_duckdb_logs()",
        "describe select * from read_csv('{file}')",
        "select getenv('HOME')",
        "select write_log('x')",
        "attach '{file}'",
        "copy predictions to '{folder}/out.csv'",
        "copy (select 1) to '{folder}/out.parquet'",
        "export database '{folder}'",
        "import database '{folder}'",
        "install httpfs",
        "load httpfs",
        "pragma database_list",
        "set threads = 8",
        "reset threads",
        "use memory",
        "create temp table t as select 1",
        "create macro m() as 1",
        "insert into ledger values (1)",
        "with a as (insert into meta values ('a', 'b') returning *) select * from a",
        "delete from rejects",
        "drop view predictions",
        "explain analyze insert into meta values ('a', 'b')",
        "explain select 1",
        "call checkpoint()",
        "checkpoint",
        "vacuum",
        "prepare p as select 1",
        "begin; select 1",
        "commit",
        "select 1; select 2",
        "select 1; -- harmless\n drop view predictions",
        "pivot predictions on model",
        "select * from (pivot predictions on model)",
        "select $x",
        "select ?",
        "",
        " -- nothing",
        ";",
        "selec 1",
        "select nosuch(1)",
        "select * from store",
        "select '1'::integer + 'x'::integer",
        "\ud800",
        "select 1 /*",
        "x" * 100_001,
    ],
)
def test_nothing_but_a_harmless_select_is_run(store: Store, tmp_path: Path, text: str) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("secret\n1\n")
    inside = Store(str(tmp_path / "cache.duckdb"), catalog(), clock=lambda: NOW)
    try:
        text = text.replace("{file}", str(file)).replace("{folder}", str(tmp_path))
        text = text.replace("{database}", inside.path)
        with pytest.raises(ConsoleError) as refused:
            inside.sql(text, limit=10)
        assert isinstance(refused.value, UsageError)
        assert "secret\n1" not in str(refused.value)
        assert sorted(path.name for path in tmp_path.iterdir() if path.is_file()) == [
            "cache.duckdb",
            "cache.duckdb.wal",
            "secret.csv",
        ]
    finally:
        inside.close()


@pytest.mark.parametrize(
    "text",
    [
        "from read_text('{file}')",
        "from '{file}'",
        "attach '{file}'",
        "copy (select 1) to '{file}.out'",
        "load x",
    ],
)
def test_the_connection_itself_has_no_access_to_files(tmp_path: Path, text: str) -> None:
    file = tmp_path / "secret.csv"
    file.write_text("secret\n1\n")
    store = stored(RECORDS)
    with pytest.raises(ConsoleError, match=r"disabled|does not exist"), store._reader() as cursor:
        cursor.execute(text.replace("{file}", str(file))).fetchall()
    assert list(tmp_path.iterdir()) == [file]
    with pytest.raises(ConsoleError, match="locked"), store._reader() as cursor:
        cursor.execute("set enable_external_access = true")


def test_what_is_wrong_is_told_with_its_place(store: Store) -> None:
    with pytest.raises(UsageError) as wrong:
        store.sql("select request_id,\n  latency\nfrom predictions", limit=1)
    assert 'column "latency" not found' in str(wrong.value)
    assert "LINE 2:   latency\n          ^" in str(wrong.value)


def test_an_answer_is_cut_at_the_limit_and_says_so(store: Store) -> None:
    table = store.sql("from range(1000000000)", limit=3)
    assert (table.rows, table.truncated) == (((0,), (1,), (2,)), True)
    assert not store.sql("from range(3)", limit=3).truncated


def test_a_huge_value_is_cut(store: Store) -> None:
    ((text, nested, blob),) = store.sql(
        "select repeat('x', 20000000), list_value(repeat('y', 20000)), repeat('z', 20000)::blob", limit=1
    ).rows
    assert text == "x" * 10_000 + "…"
    assert isinstance(nested, str) and nested.startswith('["yyy') and len(nested) == 10_001
    assert isinstance(blob, bytes) and len(blob) == 10_000


def test_columns_of_one_name_are_told_apart(store: Store) -> None:
    assert store.sql("select 1 as a, 2 as a, 3 as b", limit=1).columns == ("a", "a_2", "b")


def test_values_of_every_type_can_be_read(store: Store) -> None:
    ((*values,),) = store.sql(
        "select interval 3 day, 1.5::decimal(9, 2), "
        "uuid '00000000-0000-0000-0000-000000000001', map {'a': 1}, "
        "{'a': [1]}, 'x'::blob, 'nan'::double, timestamptz '290000-01-01', date 'infinity', null, true, "
        "170141183460469231731687303715884105727::hugeint, '101'::bit, time '10:00'",
        limit=1,
    ).rows
    assert values[1:5] == ["1.50", "00000000-0000-0000-0000-000000000001", '{"a":1}', '{"a":[1]}']
    assert values[9:11] == [None, True]


def test_an_endless_statement_ends_when_it_is_taken_back(store: Store) -> None:
    ticket = Ticket()
    timer = threading.Timer(0.1, ticket.cancel)
    timer.start()
    with pytest.raises(Interrupted):
        store.sql(
            "select count(*) from range(1000000) a, range(1000000) b where a.range <> b.range + 1",
            limit=1,
            ticket=ticket,
        )
    timer.join()


def test_a_store_knows_what_one_can_select_from(store: Store) -> None:
    relations = store.relations()
    assert next(iter(relations)) == "predictions"
    assert {"request_id", "latency_ms", "amount", "is_error"} <= set(relations["predictions"])
    assert "reason" in relations["rejects"]
    assert "ledger" not in relations


@pytest.mark.parametrize(
    ("suffix", "begins"), [(".csv", b"request_id,n\nf-0,0\n"), (".jsonl", b'{"request_id":"f-0","n":0.0}\n')]
)
def test_an_answer_is_saved_whole(store: Store, tmp_path: Path, suffix: str, begins: bytes) -> None:
    path = tmp_path / f"a{suffix}"
    rows = store.save("select request_id, latency_ms as n from predictions order by ts;", path, suffix=suffix)
    assert rows == 5
    assert path.read_bytes().replace(b",0.0\n", b",0\n").startswith(begins)
    assert path.read_bytes().count(b"\n") == 5 + (suffix == ".csv")


def test_a_long_answer_is_given_a_few_rows_at_a_time(store: Store) -> None:
    with store.slice("from range(300000)") as rows:
        heights = [frame.height for frame in rows.frames()]
    assert sum(heights) == 300_000
    assert max(heights) < 150_000


def test_a_statement_that_is_refused_is_not_saved_either(store: Store, tmp_path: Path) -> None:
    for suffix in (".csv", ".jsonl"):
        with pytest.raises(UsageError, match="only SELECT"):
            store.save("drop view predictions", tmp_path / f"a{suffix}", suffix=suffix)
    assert list(tmp_path.iterdir()) == []


def test_the_prediction_of_a_label_is_found_by_its_place_and_else_by_its_id() -> None:
    store = Store(":memory:", catalog(), clock=lambda: NOW)
    first, second = batch(RECORDS[:2]), batch([{"ts": at(9), "model": "m"}], 1, path="/logs/b:1.jsonl")
    store.append([first, second])
    offset = store.sql("select source_offset from predictions where request_id = 'f-1'", limit=1).rows[0][0]
    assert isinstance(offset, int) and offset > 0
    there = RowId(0, offset)
    assert store.find(key="f-1", origin="") == there
    assert store.find(key="other", origin=f"{LOG}:{offset}") == there
    assert store.find(key="/logs/b:1.jsonl:0", origin="") == RowId(1, 0)
    assert store.find(key="gone", origin=f"{LOG}:1") is None
    assert store.find(key="' or true --", origin=":" + "9" * 30) is None
    store.close()
