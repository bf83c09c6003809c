"""What the command line writes: databases, slices, labels, sample logs."""

from __future__ import annotations

import csv
import io
import json
from collections.abc import Sequence
from pathlib import Path

import duckdb
import polars as pl
import pytest

from console.casebook import Casebook
from console.errors import MemoryFullError
from console.model import LabelDraft
from console.store import Store
from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import clock, lines, write


def asked(database: Path, sql: str) -> list[tuple[object, ...]]:
    """What a plain DuckDB client is answered."""
    with duckdb.connect(str(database), read_only=True) as connection:
        return connection.execute(sql).fetchall()


# --- collect ---------------------------------------------------------------------------------


def test_any_duckdb_client_finds_predictions_and_rejects(icon: Icon, tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", [*lines(10), b"not json\n", b"\n"])
    database = tmp_path / "out.duckdb"
    ended = icon("collect", log, "--db", database, "--once")
    assert ended.code == 0
    (totals,) = map(json.loads, ended.out.splitlines())
    assert {name: totals[name] for name in ("source", "lines", "rows", "rejects", "blanks")} == {
        "source": str(log),
        "lines": 202,
        "rows": 200,
        "rejects": 1,
        "blanks": 1,
    }
    assert totals["next_offset"] == log.stat().st_size
    assert asked(database, "select count(*), count(distinct request_id) from predictions") == [(200, 200)]
    assert asked(database, "select region, count(*) from predictions group by 1 order by 1") == [
        ("APAC", 66),
        ("EU", 67),
        ("US", 67),
    ]
    assert asked(database, "select source_offset, line::varchar from rejects") == [
        (log.read_bytes().index(b"not json"), "not json")
    ]
    assert not (tmp_path / "out.duckdb.wal").exists()


def test_collecting_again_takes_only_what_is_new(icon: Icon, calm: Path, tmp_path: Path) -> None:
    database = tmp_path / "out.duckdb"
    for more, rows in (([], 600), ([], 600), (lines(1), 620)):
        write(calm, iter(more))
        ended = icon("collect", calm, "--db", database, "--once", "-q")
        assert (ended.code, json.loads(ended.out)["rows"], ended.err) == (0, rows, "")
        assert asked(database, "select count(*) from predictions") == [(rows,)]


def test_what_is_stored_but_cannot_be_folded_for_want_of_memory_is_told_and_no_failure(
    icon: Icon, calm: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fails(store: Store) -> None:
        raise MemoryFullError("memory full: out.duckdb has used up its 1 GiB")

    monkeypatch.setattr(Store, "checkpoint", fails)
    ended = icon("collect", calm, "--db", tmp_path / "out.duckdb", "--once", "-q")
    assert (ended.code, json.loads(ended.out)["rows"]) == (0, 600)
    assert "memory full" in ended.err
    assert "All is stored" in ended.err


def test_a_file_that_is_no_database_is_named_and_left_alone(icon: Icon, calm: Path) -> None:
    before = calm.read_bytes()
    ended = icon("collect", calm, "--db", calm, "--once")
    assert ended.code == 3
    assert str(calm) in ended.err
    assert calm.read_bytes() == before


# --- export ----------------------------------------------------------------------------------


def test_a_slice_is_exported_and_verified(icon: Icon, spiked: Path, tmp_path: Path) -> None:
    path = tmp_path / "errors.parquet"
    export = ("export", "predictions_with_errors", spiked, "-p", "model=fraud", "-p", "start=-599s")
    ended = icon(*export, "-p", "until=2026-11-02T07:00:00Z", "--out", path)
    assert (ended.code, ended.out) == (0, f"{path}\n")
    assert "35 rows" in ended.err
    assert pl.read_parquet(path)["request_id"].n_unique() == 35
    ended = icon("export", "--verify", path)
    assert ended.code == 0
    assert "35 rows" in ended.out
    again = icon(*export, "--out", path)
    assert again.code == 3
    assert str(path) in again.err
    assert icon(*export, "--out", path, "--overwrite", "-q").err == ""


def test_an_export_is_not_cut_unless_it_is_asked_to_be(icon: Icon, calm: Path, tmp_path: Path) -> None:
    for args, rows in (((), 600), (("-p", "row_limit=5"), 5)):
        path = tmp_path / f"{rows}.parquet"
        assert icon("export", "predictions_recent", calm, *args, "--out", path).code == 0
        assert pl.read_parquet(path).height == rows


def test_a_flipped_byte_is_found(icon: Icon, calm: Path, tmp_path: Path) -> None:
    path = tmp_path / "slice.parquet"
    assert icon("export", "predictions_recent", calm, "--out", path).code == 0
    content = bytearray(path.read_bytes())
    content[len(content) // 2] ^= 1
    path.write_bytes(content)
    ended = icon("export", "--verify", path)
    assert (ended.code, ended.out) == (1, "")
    assert "sha256" in ended.err


def test_what_is_not_there_cannot_be_verified(icon: Icon, tmp_path: Path) -> None:
    ended = icon("export", "--verify", tmp_path / "slice.parquet")
    assert ended.code == 3
    assert "slice.parquet" in ended.err


def test_a_slice_without_its_manifest_is_verified_by_the_one_in_it(
    icon: Icon, calm: Path, tmp_path: Path
) -> None:
    path = tmp_path / "slice.parquet"
    assert icon("export", "predictions_recent", calm, "--out", path).code == 0
    (tmp_path / "slice.parquet.manifest.json").unlink()
    ended = icon("export", "--verify", path)
    assert ended.code == 0
    assert "as the manifest in it says, which knows no sha256: 600 rows" in ended.out


@pytest.mark.parametrize("args", [["nonsense"], ["predictions_recent", "-p", "nonsense=1"]])
def test_a_wrong_export_is_refused_before_anything_is_read(
    icon: Icon, calm: Path, tmp_path: Path, home: Path, args: Sequence[str]
) -> None:
    ended = icon("export", args[0], calm, *args[1:], "--out", tmp_path / "x.parquet")
    assert ended.code == 2
    assert "nonsense" in ended.err
    assert not (home / "state").exists()


# --- labels ----------------------------------------------------------------------------------


@pytest.fixture
def casebook(home: Path) -> Path:
    """The casebook where the environment says, with two labels that count and one that does not."""
    path = home / "casebook.sqlite"
    with Casebook.open(path, author="ann@one", clock=clock) as book:
        book.label([LabelDraft("f-1", "fraud", model="fraud", note='say "\x1b[2J", twice')])
        book.label([LabelDraft("f-2", "legit", model="fraud"), LabelDraft("e-1", "late", model="eta")])
        book.label([LabelDraft("f-2", "wrong", model="fraud")])
        book.undo()
    return path


def values(fmt: str, raw: bytes) -> list[tuple[object, object]]:
    match fmt:
        case "json":
            rows = json.loads(raw)
        case "jsonl":
            rows = [json.loads(text) for text in raw.decode().splitlines()]
        case "csv":
            rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
        case _:
            rows = pl.read_parquet(io.BytesIO(raw)).to_dicts()
    return [(row["request_key"], row["value"]) for row in rows]


@pytest.mark.parametrize("fmt", ["json", "jsonl", "csv", "parquet"])
def test_labels_are_written_in_every_format(icon: Icon, casebook: Path, tmp_path: Path, fmt: str) -> None:
    ended = icon("labels", "--format", fmt)
    assert (ended.code, ended.err) == (0, "")
    assert sorted(values(fmt, ended.raw)) == [("e-1", "late"), ("f-1", "fraud"), ("f-2", "legit")]
    path = tmp_path / f"labels.{fmt}"
    assert icon("labels", "--format", fmt, "--out", path).code == 0
    assert values(fmt, path.read_bytes()) == values(fmt, ended.raw)
    assert icon("labels", "--format", fmt, "--out", path).code == 3
    assert icon("labels", "--format", fmt, "--out", path, "--overwrite").code == 0


def test_labels_are_a_table_for_a_person(icon: Icon, casebook: Path) -> None:
    ended = icon("labels")
    assert ended.code == 0
    assert len(ended.out.splitlines()) == 4
    assert "ann@one" in ended.out and "\x1b" not in ended.out


def test_the_whole_record_tells_of_corrections_and_undos(icon: Icon, casebook: Path) -> None:
    ended = icon("labels", "--history", "--format", "jsonl")
    rows = list(map(json.loads, ended.out.splitlines()))
    assert [(row["value"], row["status"]) for row in rows if row["request_key"] == "f-2"] == [
        ("legit", "submitted"),
        ("wrong", "submitted"),
        ("wrong", "discarded"),
    ]


def test_labels_of_one_model_are_picked(icon: Icon, casebook: Path) -> None:
    assert values("jsonl", icon("labels", "--model", "eta", "--format", "jsonl").raw) == [("e-1", "late")]


def test_before_the_first_label_there_are_none(icon: Icon) -> None:
    ended = icon("labels", "--format", "jsonl")
    assert (ended.code, ended.out) == (0, "")


def test_a_casebook_that_was_named_and_is_not_there_is_not_made(icon: Icon, tmp_path: Path) -> None:
    ended = icon("labels", "--casebook", tmp_path / "typo.sqlite")
    assert ended.code == 3
    assert "typo.sqlite" in ended.err
    assert not (tmp_path / "typo.sqlite").exists()


# --- sample logs -----------------------------------------------------------------------------


def test_sample_logs_are_made_with_their_truth_and_can_be_checked(icon: Icon, tmp_path: Path) -> None:
    ended = icon("sample-logs", "--out", tmp_path / "logs", "--lines", "300", "--seed", "3")
    assert ended.code == 0
    *logs, truth = ended.out.splitlines()
    assert sum(int(row.split("\t")[1].split()[0]) for row in logs) == 300
    assert json.loads(Path(truth).read_text())
    same = icon("sample-logs", "--out", tmp_path / "again", "--lines", "300", "--seed", "3")
    assert same.code == 0
    for row in logs:
        name = Path(row.split("\t")[0]).name
        assert (tmp_path / "again" / name).read_bytes() == (tmp_path / "logs" / name).read_bytes()
    assert "300 rows, 0 rejects" in icon("check", tmp_path / "logs").err


@pytest.mark.parametrize("command", ["query", "export"])
def test_a_file_of_an_earlier_run_that_does_not_exist_is_named_and_not_made(
    icon: Icon, tmp_path: Path, command: str
) -> None:
    database = tmp_path / "typo.duckdb"
    out = [] if command == "query" else ["--out", str(tmp_path / "slice.parquet")]
    ended = icon(command, "predictions_recent", "--db", str(database), *out)
    assert ended.code == 2
    assert "typo.duckdb: there is no such file" in ended.err
    assert list(tmp_path.glob("typo*")) == []
