"""`--filter` of `icon query` and `icon export`."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import START, line, write


@pytest.fixture
def log(tmp_path: Path) -> Path:
    lines = [line(number, START, failed=bool(number % 2)) for number in range(10)]
    return write(tmp_path / "a.jsonl", [*lines, line(10, START, model="churn")])


def test_a_query_sees_only_what_the_filter_lets_through(icon: Icon, log: Path) -> None:
    asked = ("query", "predictions_in_time", log, "--format", "jsonl", "--db", ":memory:")
    assert len(icon(*asked).out.splitlines()) == 11
    ended = icon(*asked, "--filter", "model=fraud status>=500 -1h")
    rows = [json.loads(row) for row in ended.out.splitlines()]
    assert (ended.code, len(rows)) == (0, 5)
    assert {row["status"] for row in rows} == {500}


def test_a_slice_is_exported_through_a_filter_and_its_manifest_tells_it(
    icon: Icon, log: Path, tmp_path: Path
) -> None:
    out = tmp_path / "slice.parquet"
    text = 'model=fraud status<500 note!="a \\"b\\""'
    ended = icon(
        "export", "predictions_in_time", log, "--db", ":memory:", "--out", out, "--filter", f"{text} "
    )
    assert "no field, tag or feature is called 'note'" in ended.err and ended.code == 2
    ended = icon(
        "export", "predictions_in_time", log, "--db", ":memory:", "--out", out, "--filter", text[:22]
    )
    manifest = json.loads(Path(f"{out}.manifest.json").read_bytes())
    assert (ended.code, manifest["rows"], manifest["query"]["filter"]) == (0, 5, "model=fraud status<500")


@pytest.mark.parametrize(
    ("query", "args", "words"),
    [
        ("predictions_in_time", ["--filter", "model="], "position 7: a value is missing"),
        ("predictions_around", ["--filter", "-1h"], "takes no start"),
        ("predictions_in_time", ["--filter", "-1h", "--start", "-2h"], "give one of them"),
        ("sources_ledger", ["--filter", "model=fraud"], "reads no predictions"),
    ],
)
def test_a_filter_that_says_nothing_is_refused(
    icon: Icon, log: Path, query: str, args: list[str], words: str
) -> None:
    ended = icon("query", query, log, "--db", ":memory:", *args)
    assert ended.code == 2
    assert words in ended.err
