"""What masks hide is in no answer of a command, and in none of the files that a run leaves behind."""

from __future__ import annotations

import json
import re
import stat
from pathlib import Path

import duckdb
import polars as pl
import pytest

from tests.personal import REJECTS, RULES, personal_log, planted_in
from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import write

ANSWERS = (
    ("query", "predictions_recent"),
    ("sql", "select decode(line) as l, reason from rejects", "--format", "json"),
    ("check", "--since", "7d"),
    ("alerts",),
    ("doctor", "--format", "json"),
    ("rejects", "--format", "jsonl"),
    ("rejects", "--retry"),
)


def planted(home: Path, *, but: Path) -> list[str]:
    """The files of a home that have anything of it in their bytes."""
    files = (path for path in home.rglob("*") if path.is_file() and path != but)
    return [str(path) for path in files if planted_in(path.read_bytes())]


def test_no_answer_and_no_file_has_what_is_hidden(icon: Icon, home: Path, tmp_path: Path) -> None:
    logs = tmp_path / "logs"
    logs.mkdir()
    log = personal_log(logs)
    (home / "incident-console.toml").write_text(RULES)
    for command, *rest in ANSWERS:
        stored = () if command == "alerts" else (log, "--db", home / "c.duckdb")
        ended = icon(command, *rest, *stored)
        assert ended.code in (0, 1), ended.err
        assert not planted_in(ended.out + ended.err), command
    sent = icon(
        *("export", "predictions_recent", log, "--db", home / "c.duckdb", "--param", "model=fraud"),
        *("--out", home / "slice.parquet"),
    )
    assert sent.code == 0, sent.err
    assert not planted_in(str(pl.read_parquet(home / "slice.parquet").to_dicts()))
    assert planted(home, but=log) == []
    held = duckdb.connect(str(home / "c.duckdb"), read_only=True)
    try:
        for (table,) in held.execute("select table_name from duckdb_tables()").fetchall():
            assert not planted_in(repr(held.execute(f'select * from "{table}"').fetchall())), table
        assert held.execute("select count(*) from rejects").fetchall() == [(len(REJECTS),)]
    finally:
        held.close()


def test_without_masks_the_same_search_finds_it(icon: Icon, home: Path, tmp_path: Path) -> None:
    log = personal_log(tmp_path)
    assert planted_in(icon("sql", "select * from predictions", log, "--db", home / "c.duckdb").out)
    assert planted_in(icon("rejects", log, "--db", home / "c.duckdb").out)
    assert planted(home, but=log) == [str(home / "c.duckdb")]


def test_what_is_in_force_can_be_seen_and_the_key_cannot(icon: Icon, home: Path, tmp_path: Path) -> None:
    log = personal_log(tmp_path)
    (home / "incident-console.toml").write_text(RULES)
    said = icon("config")
    assert re.search(r"mask\.2 +E-mail, features\.ssn by last4 +incident-console\.toml:5", said.out)
    assert "made when it is first needed" in icon("config", "--format", "json").out
    found = icon("doctor", log)
    assert "masked: every email by hash: 200 of 200 lines" in found.out
    assert "masked: nickname by drop: 200 of 200 lines" in found.out
    key = home / "state" / "incident-console" / "mask.key"
    assert stat.S_IMODE(key.stat().st_mode) == 0o600
    for ended in (icon("config"), found, icon("doctor", log, "--format", "json")):
        assert key.read_text().strip() not in ended.out + ended.err


def test_the_same_person_has_the_same_hash_in_every_run(icon: Icon, home: Path, tmp_path: Path) -> None:
    (home / "incident-console.toml").write_text('[[mask]]\nfields = "who"\nwith = "hash"')
    log = write(tmp_path / "a.jsonl", [b'{"ts":1793620800,"score":1,"tags":{"who":"zoe"}}\n'] * 2)
    asked = ("sql", "select who, count(*) as n from predictions group by who", log, "--format", "json")
    first, second = (json.loads(icon(*asked, "--db", ":memory:").out) for _ in range(2))
    assert first == second
    assert [row["n"] for row in first] == [2]
    assert icon("config", "hash", "zoe", "bob").out.splitlines()[0] == first[0]["who"]


def test_without_a_mask_that_hashes_there_is_no_hash(icon: Icon) -> None:
    refused = icon("config", "hash", "zoe")
    assert (refused.code, refused.out) == (2, "")
    assert "no mask hashes anything" in refused.err


@pytest.mark.parametrize("start", ["", RULES], ids=["none", "other"])
def test_a_cache_of_other_masks_is_made_anew(icon: Icon, home: Path, tmp_path: Path, start: str) -> None:
    log = personal_log(tmp_path)
    (home / "incident-console.toml").write_text(start)
    asked = ("sql", "select count(*) as n from predictions", log)
    assert "anew" not in icon(*asked).err
    (home / "incident-console.toml").write_text(RULES + '[[mask]]\nfields = "country"\nwith = "drop"')
    ended = icon(*asked)
    assert "the masks have changed: the cache is made anew from the logs" in ended.err
    assert ended.out.split() == ["n", "200"]
    assert planted(home, but=log) == []
    assert "anew" not in icon(*asked).err


def test_a_named_cache_whose_sources_are_gone_is_not_thrown_away(
    icon: Icon, home: Path, tmp_path: Path
) -> None:
    log, db = personal_log(tmp_path), home / "c.duckdb"
    asked = ("sql", "select count(*) as n from predictions")
    assert icon(*asked, log, "--db", db).code == 0
    (home / "incident-console.toml").write_text(RULES)
    refused = icon(*asked, "--db", db)
    assert (refused.code, refused.out) == (3, "")
    assert "under other masks" in refused.err
    log.unlink()
    write(tmp_path / "app.jsonl", [b'{"ts":1793620800,"score":1}\n'])
    assert icon(*asked, log, "--db", db).code == 3
    (home / "incident-console.toml").unlink()
    assert icon(*asked, "--db", db).out.split() == ["n", "200"]


def test_rejects_are_tried_again_as_they_are_in_the_log(icon: Icon, home: Path, tmp_path: Path) -> None:
    log = write(
        tmp_path / "app.jsonl", [b'{"when":"2026-11-02T06:00:00","who":"zoe","v":1}\n'] * 2 + [b"x\n"]
    )
    rules = '[[mask]]\nfields = "who"\nwith = "hash"\n'
    (home / "incident-console.toml").write_text(rules)
    assert '"who":"h:' in icon("rejects", log).out
    (home / "incident-console.toml").write_text(
        rules + '[[source]]\nmatch = "*.jsonl"\n[source.fields]\nts = "when"\nprediction = "v"\n'
    )
    assert "3 tried again: 2 are rows now; 1 rejects are left" in icon("rejects", log, "--retry").out
    told = icon("sql", "select extra, who from predictions", log, "--format", "json").out
    assert "zoe" not in told and "h:" in told
