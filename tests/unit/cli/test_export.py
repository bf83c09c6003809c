"""What `icon export` takes, and how it parts it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path

import polars as pl
import pytest

from console.casebook import Casebook
from console.model import LabelDraft
from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import clock, lines, write


def manifest(path: Path) -> Mapping[str, object]:
    told = json.loads(path.with_name(f"{path.name}.manifest.json").read_text())
    assert isinstance(told, dict)
    return told


def test_a_filter_needs_no_query(icon: Icon, calm: Path, tmp_path: Path) -> None:
    path = tmp_path / "slice.parquet"
    ended = icon("export", calm, "--filter", "region=EU -5m", "--out", path)
    assert (ended.code, ended.err) == (
        0,
        f"icon: {pl.read_parquet(path).height:,} rows, {path.stat().st_size:,} bytes\n",
    )
    frame = pl.read_parquet(path)
    assert set(frame["region"]) == {"EU"}
    assert 0 < frame.height < 200
    query = manifest(path)["query"]
    assert isinstance(query, dict)
    assert (query["name"], query["filter"]) == ("predictions_in_time", "region=EU")


def test_an_export_from_a_cache_alone_tells_how_far_its_sources_were_read(
    icon: Icon, calm: Path, tmp_path: Path
) -> None:
    cache, path = tmp_path / "cache.duckdb", tmp_path / "slice.parquet"
    icon("collect", calm, "--once", "--db", cache)
    assert icon("export", "--db", cache, "--out", path).code == 0
    sources = manifest(path)["sources"]
    assert isinstance(sources, list)
    assert [(one["path"], one["next_offset"]) for one in sources] == [(str(calm), calm.stat().st_size)]


def test_an_alerts_rows_stand_beside_those_that_were_fine(icon: Icon, spiked: Path, tmp_path: Path) -> None:
    assert icon("check", spiked).code == 1
    with Casebook.open(tmp_path / "home" / "casebook.sqlite", author="ann", clock=clock) as casebook:
        (record,) = casebook.alert_history()
    path = tmp_path / "slice.parquet"
    wanted = ("export", "--alert", record.alert_id[:8], spiked, "--out", path)
    assert icon(*wanted, "--with-comparable").code == 0
    frame = pl.read_parquet(path)
    by_side = frame.group_by("offends").agg(pl.col("is_error").mean(), pl.len()).sort("offends")
    assert by_side["offends"].to_list() == [False, True]
    assert by_side["is_error"].to_list() == [0.0, 1.0]
    told = manifest(path)["alert"]
    assert isinstance(told, dict)
    assert told["id"] == record.alert_id
    with Casebook.open(tmp_path / "home" / "casebook.sqlite", author="ann", clock=clock) as casebook:
        assert [(made.path, made.alert_id) for made in casebook.exports()] == [(str(path), record.alert_id)]
    assert (
        "no alert of what is stored begins so" in icon("export", "--alert", "zz", spiked, "--out", path).err
    )


def test_a_statements_rows_are_predictions_where_they_say_where_from(
    icon: Icon, calm: Path, tmp_path: Path
) -> None:
    path = tmp_path / "slice.parquet"
    text = "select source_id, source_offset from predictions where region = 'EU'"
    assert icon("export", "--sql", text, calm, "--out", path).code == 0
    assert set(pl.read_parquet(path)["region"]) == {"EU"}
    other = tmp_path / "answer.parquet"
    assert (
        icon("sql", "select region, count(*) as n from predictions group by 1", calm, "--out", other).code
        == 0
    )
    assert pl.read_parquet(other).columns == ["region", "n"]
    assert icon("export", "--verify", other).code == 0


def test_labels_are_left_out_where_the_casebook_cannot_be_read(
    icon: Icon, calm: Path, tmp_path: Path, home: Path
) -> None:
    (home / "casebook.sqlite").write_text("no casebook")
    path = tmp_path / "slice.parquet"
    ended = icon("export", calm, "--out", path)
    assert (ended.code, path.exists()) == (3, False)
    assert icon("export", calm, "--out", path, "--no-labels").code == 0
    assert "label" not in pl.read_parquet(path).columns


def test_a_later_export_is_split_as_an_earlier_one(icon: Icon, tmp_path: Path, home: Path) -> None:
    log = write(tmp_path / "app.jsonl", lines(10))
    first, second = tmp_path / "first.parquet", tmp_path / "second.parquet"
    with Casebook.open(home / "casebook.sqlite", author="ann", clock=clock) as casebook:
        casebook.label([LabelDraft("f-000001", "fraud")])
    assert icon("export", log, "--split", "time=0.25", "--split-files", "--out", first).code == 0
    assert sorted(path.name for path in tmp_path.glob("first*.parquet")) == [
        "first.parquet",
        "first.train.parquet",
        "first.validation.parquet",
    ]
    assert pl.read_parquet(tmp_path / "first.validation.parquet").height == 50
    assert icon("export", "--verify", tmp_path / "first.train.parquet").code == 0
    write(log, lines(10))
    assert icon("export", log, "--split-as", first, "--out", second).code == 0
    before, after = (
        dict(pl.read_parquet(path).select("source_offset", "split").iter_rows()) for path in (first, second)
    )
    assert {offset: after[offset] for offset in before} == before


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (["--alert", "a", "--sql", "select 1"], "one of --alert, --sql and --filter"),
        (["--split", "half"], "'half' is no split"),
        (["--split", "input", "--split-as", "x"], "one of --split and --split-as"),
        (["--no-labels", "--only-labelled"], "without labels nothing can be chosen by them"),
        (["--with-comparable"], "comparable requests are those of an alert"),
        (["--sql", "drop table ledger"], "only SELECT can be run here"),
        (["--alert", "a", "-p", "x=1"], "--param is for a canned query"),
    ],
)
def test_what_cannot_be_exported_leaves_no_file(
    icon: Icon, calm: Path, tmp_path: Path, given: list[str], said: str
) -> None:
    ended = icon("export", *given, calm, "--out", tmp_path / "slice.parquet")
    assert ended.code == 2
    assert said in ended.err
    assert not list(tmp_path.glob("*slice*"))
