"""`icon sql`."""

from __future__ import annotations

import csv
import io
import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Icon


def test_a_select_is_answered_in_every_format(icon: Icon, calm: Path) -> None:
    statement = "select model, count(*) as rows from predictions group by model order by model limit 1"
    told = icon("sql", statement, calm, "--format", "jsonl", "-q")
    assert told.code == 0
    record = json.loads(told.out)
    assert set(record) == {"model", "rows"}
    assert json.loads(icon("sql", statement, calm, "--format", "json", "-q").out) == [record]
    rows = list(csv.DictReader(io.StringIO(icon("sql", statement, calm, "--format", "csv", "-q").out)))
    assert rows == [{"model": record["model"], "rows": str(record["rows"])}]
    assert record["model"] in icon("sql", statement, calm, "-q").out
    assert icon("sql", statement, calm, "--format", "markdown", "-q").out.startswith("| model | rows |")


def test_a_limit_that_cuts_is_told_and_a_file_has_all(icon: Icon, calm: Path, tmp_path: Path) -> None:
    cut = icon("sql", "from range(10) as t(n)", calm, "--limit", 3, "--format", "csv")
    assert cut.out == "n\n0\n1\n2\n"
    assert "the first 3 rows of more" in cut.err
    path = tmp_path / "all.csv"
    told = icon("sql", "from range(10) as t(n)", calm, "--limit", 3, "--out", path)
    assert (told.code, told.out) == (0, "")
    assert path.read_text().splitlines() == ["n", *map(str, range(10))]


@pytest.mark.parametrize(
    ("statement", "words"),
    [
        ("drop view predictions", "only SELECT"),
        ("select * from read_text('/etc/hostname')", "no files"),
        ("selec 1", "syntax error"),
        ("select 1; select 2", "one SELECT at a time"),
    ],
)
def test_anything_else_is_refused_as_wrong_usage(icon: Icon, calm: Path, statement: str, words: str) -> None:
    ended = icon("sql", statement, calm, "-q")
    assert (ended.code, ended.out) == (2, "")
    assert words in ended.err
