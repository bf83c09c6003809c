"""`icon doctor`."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import duckdb

from tests.support import ended
from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import lines, write

FLAT = (
    b'{"asctime":"2026-11-02 07:00:00,5","duration":0.25,"status_code":%d,"amount":%d,"host":"a","msg":"m"}\n'
)
HOLD = """
import sys, duckdb
held = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def test_without_a_source_it_says_what_is_installed_and_configured(icon: Icon, home: Path) -> None:
    (home / "incident-console.toml").write_text('zone = "Asia/Tokyo"')
    ended = icon("doctor")
    assert ended.code == 0
    for text in (
        "duckdb 2",
        "textual 8",
        "incident-console.toml",
        "Asia/Tokyo",
        "2 threads, 1 GiB",
        "not there",
    ):
        assert text in ended.out
    told = json.loads(icon("doctor", "--format", "json").out)
    assert told["configuration"] == "incident-console.toml"
    assert set(told["packages"]) >= {"duckdb", "polars", "textual"}


def test_it_says_which_key_is_read_as_what_and_stores_nothing(icon: Icon, tmp_path: Path, home: Path) -> None:
    log = write(tmp_path / "flat.log", [FLAT % (200, 1), FLAT % (503, 2), b'{"asctime":"2026-11-02"}\n'])
    ended = icon("doctor", log, "--format", "json")
    assert ended.code == 0
    (source,) = json.loads(ended.out)["sources"]
    assert (source["kind"], source["state"], source["format"]) == ("file", "not read yet", "mapped")
    assert (source["objects"], source["usable"], source["lag_bytes"]) == (3, 2, log.stat().st_size)
    found = {(field["kind"], field["name"]): field for field in source["fields"]}
    assert set(found) == {
        ("field", "ts"),
        ("field", "latency_ms"),
        ("field", "status"),
        ("feature", "amount"),
        ("tag", "host"),
        ("extra", "msg"),
    }
    latency = found["field", "latency_ms"]
    assert (latency["path"], latency["scale"], latency["example"]) == ("duration", 1000.0, 0.25)
    assert round(latency["share"], 2) == 0.67 and found["field", "ts"]["share"] == 1.0
    assert not list(home.rglob("*.duckdb"))
    text = icon("doctor", log).out
    assert "latency_ms <- duration x 1000  (67% of lines, e.g. 0.25)" in text
    assert "in extra: msg" in text


def test_it_says_what_a_field_does_not_take_and_what_gets_the_time_of_reading(
    icon: Icon, tmp_path: Path
) -> None:
    line = b'{"pred":{"a":"b"},"score":%s,"status":"OK","whole":{"of":{"no":"use"}}}\n'
    log = write(tmp_path / "odd.log", [line % b'"0,93"', line % b"0.5"])
    told = icon("doctor", log).out
    assert "score      <- score  (100% of lines, e.g. 0,93); does not fit, in 50% of lines: kept" in told
    assert "status     <- status  (100% of lines, e.g. OK); does not fit, all: kept in extra" in told
    assert 'prediction <- pred  (100% of lines, e.g. {"a":"b"})\n' in told
    assert "no key is read as ts: a line gets the time at which it is read" in told
    assert "in extra: whole\n" in told
    assert "no key is read" not in icon("doctor", write(tmp_path / "a.log", [FLAT % (200, 1)])).out


def test_the_ledger_is_counted_again_in_the_tables(icon: Icon, tmp_path: Path, home: Path) -> None:
    log = write(tmp_path / "a.jsonl", [*lines(5), b"bad\n", b"\n", b'{"ts":"x"}\n'])
    path = home / "c.duckdb"
    icon("collect", log, "--once", "--db", path)
    write(log, lines(1))
    ended = icon("doctor", log, "--db", path, "--format", "json")
    assert ended.code == 0
    told = json.loads(ended.out)
    (entry,) = told["database"]["ledger"]
    assert (entry["lines"], entry["rows"], entry["rejects"], entry["blanks"]) == (103, 100, 2, 1)
    assert entry["holds"] and told["holds"]
    (source,) = told["sources"]
    assert source["state"] == "behind" and source["lag_bytes"] > 0
    assert source["lag_seconds"] >= 0
    assert dict(told["database"]["reasons"]) == {"not JSON": 1, "ts is not a time": 1}
    with duckdb.connect(str(path)) as connection:
        connection.execute("delete from rejects where reason like 'not JSON%'")
    ended = icon("doctor", "--db", path)
    assert ended.code == 1
    assert "NO: the tables have 100 rows, 1 rejects" in ended.out


def test_a_database_that_is_held_is_said_and_the_sources_are_shown(
    icon: Icon, calm: Path, home: Path
) -> None:
    path = home / "c.duckdb"
    icon("collect", calm, "--once", "--db", path)
    with ended(
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    ) as holder:
        assert holder.stdout is not None and holder.stdout.readline()
        alone = icon("doctor", "--db", path)
        both = icon("doctor", calm, "--db", path)
        holder.communicate()
    assert alone.code == 3 and f"held by process {holder.pid}" in alone.err
    assert both.code == 0 and f"held by process {holder.pid}" in both.out
    assert "format native" in both.out
    assert "not known how far it is read\n" in both.out


def test_what_cannot_be_read_is_said(icon: Icon, tmp_path: Path) -> None:
    write(tmp_path / "empty.log", [])
    write(tmp_path / "text.log", [b"plain text\n"])
    ended = icon("doctor", tmp_path / "none.log", tmp_path / "empty.log", tmp_path / "text.log")
    assert ended.code == 0
    assert "waiting: does not exist yet" in ended.out
    assert ended.out.count("no JSON object in its first lines") == 2


def test_hostile_names_and_values_are_shown_and_not_obeyed(icon: Icon, tmp_path: Path) -> None:
    key = "\x1b[2J\x9b[red]\u202e"
    line = json.dumps({"ts": 1, "features": {key: key}, key: key}).encode()
    log = write(
        tmp_path / "a\x1b[31m.jsonl", [line + b"\n", b'{"ts":1,"features":{"n":1%s}}\n' % (b"0" * 90)]
    )
    for fmt in ("text", "json"):
        ended = icon("doctor", log, "--format", fmt)
        assert ended.code == 0
        assert not set(ended.out + ended.err) & {"\x1b", "\x9b"}


def test_it_says_what_is_read_as_truth_and_how_far_truths_are_known(
    icon: Icon, tmp_path: Path, home: Path
) -> None:
    log = write(tmp_path / "a.jsonl", lines(1))
    told_of = [b"f-000001,x\n", b"f-000001,y\n", b"nobody,x\n", b"z\n"]
    labels = write(tmp_path / "labels.csv", [b"id,label\n", *told_of])
    path = home / "c.duckdb"
    icon("collect", log, labels, "--once", "--db", path)
    told = icon("doctor", log, labels, "--db", path).out
    assert "format truth; of its first 3 objects 3 can be used" in told
    assert "its lines are truths, joined to predictions by request id" in told
    assert "truth      <- label  (100% of lines, e.g. x)" in told
    assert "truth is known for 1 of 20 predictions (5.0%): 0 logged with them, 1 late" in told
    assert "3 truths, 2 matched; of 1 requests several that differ: the newest counts; median delay" in told
    found = json.loads(icon("doctor", "--db", path, "--format", "json").out)["database"]
    assert (found["truths"]["contradicted"], found["truths"]["share"]) == (1, 0.05)
    assert [(entry["truths"], entry["matched"]) for entry in found["ledger"]] == [(0, 0), (3, 2)]
