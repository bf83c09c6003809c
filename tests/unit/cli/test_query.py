"""`icon query`."""

from __future__ import annotations

import csv
import io
import json
from datetime import datetime
from pathlib import Path

import polars as pl
import pytest

from console.canned import load_catalog
from console.cli.query import parse_params
from console.errors import UsageError
from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import START, line, write

RECENT = ("query", "predictions_recent")


def test_the_list_names_every_query_with_what_it_answers(icon: Icon) -> None:
    ended = icon("query", "--list")
    assert ended.code == 0
    rows = ended.out.splitlines()[1:]
    assert [row.split()[0] for row in rows] == list(load_catalog())
    assert all("?" in row for row in rows)


def test_a_query_is_shown_as_it_is_in_its_file(icon: Icon) -> None:
    ended = icon("query", "--show", "drift")
    assert (ended.code, ended.out) == (0, load_catalog()["drift"].sql)


def test_an_unknown_query_is_refused_with_what_may_have_been_meant(icon: Icon, calm: Path) -> None:
    ended = icon("query", "error_spike", calm)
    assert ended.code == 2
    assert "did you mean error_spikes" in ended.err
    assert ended.out == ""


@pytest.mark.parametrize("args", [["--nonsense", "3"], ["-p", "nonsense=3"], ["--param", "nonsense=3"]])
def test_an_unknown_parameter_is_refused_before_anything_is_read(
    icon: Icon, calm: Path, home: Path, args: list[str]
) -> None:
    ended = icon(*RECENT, calm, *args)
    assert ended.code == 2
    assert "'nonsense'" in ended.err and "row_limit" in ended.err
    assert not (home / "state").exists()


@pytest.mark.parametrize(
    "args",
    [
        ["--row-limit"],
        ["--row-limit", "many"],
        ["-p", "row_limit"],
        ["-p", "=3"],
        ["-p", "row_limit=3", "--row-limit", "4"],
        ["--until", "tomorrow"],
    ],
    ids=" ".join,
)
def test_a_parameter_that_cannot_be_read_is_refused(icon: Icon, calm: Path, args: list[str]) -> None:
    ended = icon(*RECENT, calm, *args)
    assert ended.code == 2
    assert ended.out == ""


def test_a_parameter_that_must_be_given_is_named(icon: Icon, calm: Path) -> None:
    ended = icon("query", "predictions_with_errors", calm)
    assert ended.code == 2
    assert "parameter model" in ended.err


@pytest.mark.parametrize(
    "args",
    [
        ["--row-limit", "3"],
        ["--row-limit=3"],
        ["--row_limit=3"],
        ["-p", "row_limit=3"],
        ["--param=row_limit=3"],
    ],
    ids=" ".join,
)
def test_a_parameter_may_be_given_in_several_ways(icon: Icon, calm: Path, args: list[str]) -> None:
    ended = icon(*RECENT, calm, "--format", "jsonl", *args)
    assert ended.code == 0, ended.err
    assert len(ended.out.splitlines()) == 3
    assert "cut at 3 rows" in ended.err


def test_pairs_are_split_at_their_first_sign() -> None:
    assert parse_params(("value=a=b", "other=")) == {"value": "a=b", "other": ""}
    for wrong in (("x",), ("=x",), ("x=1", "x=2")):
        with pytest.raises(UsageError):
            parse_params(wrong)


def test_times_may_be_relative_to_the_newest_line(icon: Icon, spiked: Path) -> None:
    params = ("--model", "fraud", "--start", "-299s", "--until", "2026-11-02T07:00:00")
    ended = icon("query", "predictions_with_errors", spiked, *params, "--format", "jsonl")
    times = [datetime.fromisoformat(json.loads(text)["ts"]) for text in ended.out.splitlines()]
    assert len(times) == 18
    assert min(times) >= max(times).replace(minute=54)


# --- formats ---------------------------------------------------------------------------------


@pytest.fixture
def odd(tmp_path: Path) -> Path:
    """Rows with values that formats stumble over."""
    values: list[dict[str, object]] = [
        {"prediction": 'quoted, "text"\nof two lines', "score": 0.1234567890123456},
        {"prediction": None, "score": None, "latency_ms": 1234567.891},
        {"prediction": "", "score": 1e-300},
        {"prediction": "\x1b[2J\x9b|é", "score": 0.5},
    ]
    return write(
        tmp_path / "odd.jsonl", [line(n, START, failed=False, **more) for n, more in enumerate(values)]
    )


def parsed(fmt: str, raw: bytes) -> list[dict[str, object]]:
    match fmt:
        case "json":
            rows = json.loads(raw)
        case "jsonl":
            rows = [json.loads(text) for text in raw.decode().split("\n") if text]
        case "csv":
            rows = list(csv.DictReader(io.StringIO(raw.decode(), newline="")))
        case _:
            rows = pl.read_parquet(io.BytesIO(raw)).to_dicts()
    assert isinstance(rows, list)
    return sorted(rows, key=lambda row: str(row["request_key"]))


@pytest.mark.parametrize("fmt", ["json", "jsonl", "csv", "parquet"])
def test_every_format_for_programs_gives_the_values_back(icon: Icon, odd: Path, fmt: str) -> None:
    ended = icon(*RECENT, odd, "--format", fmt, "-q")
    assert (ended.code, ended.err) == (0, "")
    rows = parsed(fmt, ended.raw)
    assert list(rows[0]) == list(load_catalog()["predictions_recent"].columns)
    expected = ['quoted, "text"\nof two lines', None, "", "\x1b[2J\x9b|é"]
    scores = [0.1234567890123456, None, 1e-300, 0.5]
    if fmt == "csv":
        assert [row["prediction"] for row in rows] == [text or "" for text in expected]
        assert [row["score"] and float(str(row["score"])) for row in rows] == [x or "" for x in scores]
        assert rows[1]["latency_ms"] == "1234567.891"
    else:
        assert [row["prediction"] for row in rows] == expected
        assert [row["score"] for row in rows] == scores
    moments = {row["ts"] if fmt == "parquet" else datetime.fromisoformat(str(row["ts"])) for row in rows}
    assert moments == {START}


@pytest.mark.parametrize("fmt", ["table", "json", "jsonl", "markdown"])
def test_what_a_person_reads_cannot_act_on_the_terminal(icon: Icon, odd: Path, fmt: str) -> None:
    ended = icon(*RECENT, odd, "--format", fmt)
    assert ended.code == 0
    assert not set(ended.out) & {"\x1b", "\x9b"}


def test_on_a_terminal_csv_cannot_act_either(icon: Icon, odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    assert not set(icon(*RECENT, odd, "--format", "csv").out) & {"\x1b", "\x9b"}


def test_parquet_is_not_thrown_at_a_terminal(icon: Icon, odd: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("sys.stdout.isatty", lambda: True, raising=False)
    ended = icon(*RECENT, odd, "--format", "parquet")
    assert ended.code == 2
    assert ended.raw == b""


def test_parquet_may_go_to_a_file(icon: Icon, odd: Path, tmp_path: Path) -> None:
    path = tmp_path / "out.parquet"
    ended = icon(*RECENT, odd, "--format", "parquet", "--out", path)
    assert (ended.code, ended.out) == (0, "")
    assert pl.read_parquet(path).height == 4


def test_a_file_that_cannot_be_written_is_named(icon: Icon, odd: Path, tmp_path: Path) -> None:
    path = tmp_path / "nowhere" / "out.parquet"
    ended = icon(*RECENT, odd, "--format", "parquet", "--out", path)
    assert ended.code == 3
    assert str(path) in ended.err


def test_a_table_aligns_and_a_markdown_table_has_every_cell(icon: Icon, odd: Path) -> None:
    table = icon(*RECENT, odd).out.splitlines()
    assert len(table) == 5
    assert table[0].startswith("ts")
    markdown = icon(*RECENT, odd, "--format", "markdown").out.splitlines()
    assert len(markdown) == 6


# --- a database of an earlier run ------------------------------------------------------------


def test_an_earlier_run_is_asked_without_its_sources(icon: Icon, calm: Path, tmp_path: Path) -> None:
    database = tmp_path / "cache.duckdb"
    assert icon("collect", calm, "--db", database, "--once").code == 0
    calm.unlink()
    ended = icon("query", "sources_ledger", "--db", database, "--format", "jsonl")
    assert json.loads(ended.out)["rows"] == 600


def test_a_database_that_is_not_there_is_named_and_not_made(icon: Icon, tmp_path: Path) -> None:
    ended = icon(*RECENT, "--db", tmp_path / "typo.duckdb")
    assert ended.code == 2
    assert "typo.duckdb" in ended.err
    assert not (tmp_path / "typo.duckdb").exists()


def test_queries_of_ones_own_are_found_beside_the_others(icon: Icon, calm: Path, tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    (folder / "how_many.sql").write_text(
        "-- title: How many\n-- answers: How many?\n-- grain: one row\n"
        "-- param: least integer = 0\n-- column: n\n"
        "select count(*) as n from predictions where status >= $least\n"
    )
    ended = icon("query", "how_many", calm, "--queries", folder, "--format", "jsonl", "--least", "500")
    assert (ended.code, json.loads(ended.out)) == (0, {"n": 6})
    (folder / "how_many.sql").write_text("-- title: How many\nselect 1\n")
    ended = icon("query", "how_many", calm, "--queries", folder)
    assert ended.code == 2
    assert "how_many.sql:" in ended.err
