"""Opening a file: who may read it, and what is said of one that cannot be used."""

from __future__ import annotations

import os
import stat
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from console.errors import StoreError, StoreLockedError
from console.store import Store, default_database_path
from tests.support import NOW, at, catalog, ended, stored

ROOT = Path(__file__).parents[3]
HOLDER = """
import sys
from tests.support import stored
store = stored(path=sys.argv[1])
print("held", flush=True)
sys.stdin.read()
store.close()
"""
RECORD = {"ts": at(0), "model": "fraud"}


def refusal(path: Path | str) -> str:
    with pytest.raises(StoreError) as caught:
        Store(str(path), catalog(), clock=lambda: NOW)
    assert str(caught.value).startswith(f"{path}: ")
    assert "\n" not in str(caught.value)
    return str(caught.value)


def mode(path: Path) -> int:
    return stat.S_IMODE(path.stat().st_mode)


def test_in_memory_leaves_nothing(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    store = stored([RECORD] * 1000)
    store.checkpoint()
    store.close()
    assert list(tmp_path.iterdir()) == []


def test_two_stores_in_memory_are_two(tmp_path: Path) -> None:
    first, second = stored([RECORD]), stored()
    assert (first.counts().rows, second.counts().rows) == (1, 0)


def test_the_default_file_and_its_folder_are_for_their_owner_alone(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path / "state"))
    umask = os.umask(0)
    try:
        path = default_database_path(["/var/log/predictions"])
        store = stored([RECORD], path=path)
        assert mode(path.parent) == 0o700
        assert mode(path) == 0o600
        store.close()
    finally:
        os.umask(umask)
    assert path.parent == tmp_path / "state" / "incident-console"


def test_a_file_that_is_there_keeps_its_mode(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    stored([RECORD], path=path).close()
    path.chmod(0o640)
    stored(path=path).close()
    assert mode(path) == 0o640


def test_each_set_of_sources_has_a_default_file_of_its_own(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir("/")
    one = default_database_path(["/logs/a", "/logs/b"])
    assert one == default_database_path(["/logs/b", "logs/a", "/logs/x/../a"])
    assert one != default_database_path(["/logs/a"])
    assert one != default_database_path(["/logs/a/b"])
    assert default_database_path(["/logs/\udcff"]).name.isascii()


def test_a_file_that_is_held_names_its_holder(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    with ended(
        subprocess.Popen(
            [sys.executable, "-c", HOLDER, str(path)],
            cwd=ROOT,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
            text=True,
        )
    ) as holder:
        assert holder.stdout is not None and holder.stdin is not None
        assert holder.stdout.readline() == "held\n"
        with pytest.raises(StoreLockedError) as caught:
            stored(path=path)
        assert caught.value.holder == holder.pid
        assert str(caught.value) == (
            f"{path}: held by process {holder.pid}; end it first, or name another file with --db"
        )
        holder.stdin.close()
        assert holder.wait(timeout=60) == 0
    store = stored([RECORD], path=path)
    assert store.counts().rows == 1
    store.close()


@pytest.mark.parametrize("size", [0, 12, 4096, 12287])
def test_a_file_that_was_not_made_to_its_end_is_made_anew(tmp_path: Path, size: int) -> None:
    path = tmp_path / "cache.duckdb"
    duckdb.connect(str(path)).close()
    path.write_bytes(path.read_bytes()[:size])
    path.chmod(0o644)
    store = stored([RECORD], path=str(path))
    assert store.counts().rows == 1
    assert mode(path) == 0o600
    store.close()


@pytest.mark.parametrize(
    "content", [b"not a database", b"0" * 12 + b"DUCK", b"SQLite format 3\0" + b"\0" * 5000]
)
def test_a_file_that_is_no_duckdb_file_is_refused_and_left_alone(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "notes.txt"
    path.write_bytes(content)
    path.chmod(0o644)
    assert "cannot be opened" in refusal(path)
    assert path.read_bytes() == content
    assert mode(path) == 0o644


@pytest.mark.parametrize(
    "statement",
    [
        "create table customers (name varchar)",
        "create view v as select 1 as one",
        "create table meta (name varchar)",
        "create table meta (key varchar, value varchar)",
        "create table meta as select 'schema_version' as key, '1' as value",
    ],
)
def test_somebody_elses_database_is_refused_and_left_alone(tmp_path: Path, statement: str) -> None:
    path = tmp_path / "theirs.duckdb"
    names = (
        "select database_name, table_name from duckdb_tables() "
        "union all select view_name, sql from duckdb_views()"
    )
    with duckdb.connect(str(path)) as connection:
        connection.execute(statement)
        before = connection.execute(names).fetchall()
    assert refusal(path).endswith("is a DuckDB file, but not one of this console's; give another name")
    with duckdb.connect(str(path)) as connection:
        assert connection.execute(names).fetchall() == before


def test_a_file_of_a_newer_version_is_refused_with_what_to_do(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    stored([RECORD], path=path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("update meta set value = '99' where key = 'schema_version'")
    said = refusal(path)
    assert "written by another version (schema 99, this one has 5)" in said
    assert "delete it, and it is rebuilt from the logs" in said
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("select sum(rows) from ledger").fetchall() == [(1,)]


def test_a_file_that_lacks_tables_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    stored([RECORD], path=path).close()
    with duckdb.connect(str(path)) as connection:
        connection.execute("drop table feature_columns cascade")
    assert "cannot be used: " in refusal(path)


def test_a_file_that_was_refused_is_not_held(tmp_path: Path) -> None:
    path = tmp_path / "theirs.duckdb"
    with duckdb.connect(str(path)) as connection:
        connection.execute("create table customers (name varchar)")
    refusal(path)
    code = f"import duckdb; duckdb.connect({str(path)!r}).close()"
    assert subprocess.run([sys.executable, "-c", code], check=False).returncode == 0


def test_a_folder_is_no_file(tmp_path: Path) -> None:
    assert refusal(tmp_path).endswith("is a folder; give the name of a file")


def test_a_name_that_is_no_text_or_too_long_is_refused(tmp_path: Path) -> None:
    assert "is not UTF-8" in refusal(tmp_path / os.fsdecode(b"\xff.duckdb"))
    assert "too long" in refusal(tmp_path / ("x" * 300))
    assert list(tmp_path.iterdir()) == []


def test_a_file_below_a_file_cannot_be_made(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("x")
    assert "its folder cannot be made: " in refusal(tmp_path / "file" / "cache.duckdb")


def test_a_name_is_never_the_address_of_a_service(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    for name in ("md:mine", "sqlite:mine", "s3:mine", "cache 'x'; --.duckdb"):
        store = stored([RECORD], path=name)
        assert store.path == name
        assert store.counts().rows == 1
        store.close()
        assert (tmp_path / name).is_file()


def test_what_was_stored_is_there_when_it_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "deep" / "er" / "cache.duckdb"
    store = stored([RECORD], path=path)
    counts = store.counts()
    store.close()
    store = stored(path=path)
    assert store.counts() == counts
    store.close()


def test_a_copy_made_after_a_checkpoint_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    store = stored([RECORD], path=path)
    store.checkpoint()
    (tmp_path / "copy.duckdb").write_bytes(path.read_bytes())
    copy = stored(path=tmp_path / "copy.duckdb")
    assert copy.counts() == store.counts()
    copy.close()
    store.close()


def test_a_cache_that_is_made_anew_under_its_name_is_another_one(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    ids = []
    for anew in (True, False, True):
        if anew:
            path.unlink(missing_ok=True)
        store = stored(path=str(path))
        ids.append(store.cache_id)
        store.close()
    assert ids[0] == ids[1] != ids[2]
