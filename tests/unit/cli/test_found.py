"""What a command says that found nothing: where it looked, and what there is instead."""

from __future__ import annotations

from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import START, line, write

AHEAD = datetime(2090, 5, 1, 3, tzinfo=UTC)


@pytest.fixture
def ahead(tmp_path: Path) -> Path:
    """Four requests of a day that this host's clock has not reached, and one of before."""
    return write(tmp_path / "a.jsonl", [line(0, START), *(line(number, AHEAD) for number in range(1, 5))])


def test_an_export_has_the_requests_that_are_dated_after_the_clock_too(
    icon: Icon, ahead: Path, tmp_path: Path
) -> None:
    out = tmp_path / "slice.parquet"
    assert icon("export", ahead, "--db", ":memory:", "--filter", "status=200", "--out", out).code == 0
    assert pl.read_parquet(out).height == 5


def test_an_export_of_nothing_says_where_it_looked_and_what_to_give(
    icon: Icon, tmp_path: Path, ahead: Path
) -> None:
    log = write(tmp_path / "b.jsonl", [line(number, AHEAD) for number in range(5)])
    asked = ("export", log, "--db", ":memory:", "--overwrite", "--out", tmp_path / "slice.parquet")
    ended = icon(*asked, "--filter", "status=200 -2h")
    assert "nothing fits from 20" in ended.err
    assert "stored are 5 requests of 2090-05-01 03:00 to 2090-05-01 03:00 UTC" in ended.err
    assert "all are dated after this host's clock" in ended.err
    given = ("-p", "start=2090-05-01T03:00Z", "-p", "until=2090-05-01T03:01Z")
    assert " ".join(given) in ended.err
    assert icon(*asked, "--filter", "status=200", *given).err.startswith("icon: 5 rows")
    ended = icon(*asked, "--filter", "status=404")
    assert "none of the 5 requests of 2090-05-01 03:00 to 2090-05-01 03:00 UTC fits" in ended.err


@pytest.mark.parametrize("command", [("query", "predictions_in_time"), ("evaluate",)])
def test_a_question_that_finds_nothing_names_the_options_that_look_at_all(
    icon: Icon, ahead: Path, command: tuple[str, ...]
) -> None:
    asked = (*command, ahead, "--db", ":memory:")
    ended = icon(*asked, "--start", "2026-11-03", "--until", "2026-11-04")
    assert "nothing fits from 2026-11-03 00:00 to 2026-11-04 00:00 UTC; stored are 5 requests" in ended.err
    assert "4 are dated after this host's clock" in ended.err
    given = ("--start", "2026-11-02T06:00Z", "--until", "2090-05-01T03:01Z")
    assert " ".join(given) in ended.err
    assert "fits" not in icon(*asked, *given).err
    assert icon(*asked, "--start", "2026-11-03", "--until", "2026-11-04", "-q").err == ""


def test_a_rule_that_meets_nothing_says_what_it_cannot_see(icon: Icon, tmp_path: Path) -> None:
    log = write(tmp_path / "b.jsonl", [line(1, AHEAD)])
    ended = icon("labels", "rule", "status=200", "bad", log, "--db", ":memory:", "--dry-run")
    assert "stored are 1 request of 2090-05-01 03:00" in ended.err
    assert "0 requests meet the filter" in ended.err


@pytest.mark.parametrize("command", ["check", "scan"])
def test_what_is_dated_after_the_clock_is_said_to_be_judged_by_no_check(
    icon: Icon, ahead: Path, command: str
) -> None:
    assert "4 are dated after this host's clock" in icon(command, ahead).err
