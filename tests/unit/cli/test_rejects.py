"""`icon rejects`, and the configuration that mends what is rejected."""

from __future__ import annotations

import json
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import write

FOREIGN = [
    b'{"when":"2026-11-02T06:00:00","inner":{"verdict":"legit"},"amount":1}\n',
    b'{"when":"2026-11-02T06:00:01","inner":{"verdict":"fraud"},"amount":2}\n',
]
HOSTILE = b'\x1b[2J\xff[bold]\x9b1m"\n'
MENDED = """
[[source]]
match = "app.jsonl"
zone = "America/New_York"
features = "amount"
[source.fields]
ts = "when"
prediction = "inner.verdict"
"""


@pytest.fixture
def log(tmp_path: Path) -> Path:
    return write(tmp_path / "app.jsonl", [*FOREIGN, HOSTILE])


def test_rejects_are_listed_with_place_reason_and_line_the_newest_first(icon: Icon, log: Path) -> None:
    ended = icon("rejects", log)
    assert ended.code == 0
    rows = ended.out.splitlines()
    assert rows[0].startswith(f"{log}:140  not UTF-8  (15 bytes, 20")
    assert rows[2].startswith(f"{log}:70  no field of a prediction record; name its keys in")
    assert rows[3].strip() == FOREIGN[1].decode().strip()
    assert "3 rejects\n" in ended.err and "2  no field" in ended.err
    assert not set(ended.out) & {"\x1b", "\x9b"}


def test_in_json_a_reject_has_all_that_was_kept(icon: Icon, log: Path) -> None:
    ended = icon("rejects", log, "--format", "jsonl", "--reason", "not UTF-8", "--quiet")
    (reject,) = map(json.loads, ended.out.splitlines())
    assert (reject["source"], reject["offset"], reject["length"]) == (str(log), 140, 15)
    assert reject["line"] == '\x1b[2J\\xff[bold]\\x9b1m"'
    assert ended.err == ""


def test_the_limit_says_that_there_are_more(icon: Icon, log: Path) -> None:
    ended = icon("rejects", log, "-n", "1")
    assert len(ended.out.splitlines()) == 2
    assert "1 of 3 rejects" in ended.err


def test_after_the_mapping_is_mended_they_are_rows(icon: Icon, log: Path, home: Path) -> None:
    assert icon("check", log).code == 3
    (home / "incident-console.toml").write_text(MENDED)
    ended = icon("rejects", log, "--retry")
    assert (ended.code, ended.out) == (0, "3 tried again: 2 are rows now; 1 rejects are left\n")
    ended = icon("query", "predictions_recent", log, "--format", "jsonl")
    found = [json.loads(row) for row in ended.out.splitlines()]
    assert [(row["ts"], row["prediction"]) for row in found] == [
        ("2026-11-02T11:00:01Z", "fraud"),
        ("2026-11-02T11:00:00Z", "legit"),
    ]
    ended = icon("rejects", log, "--retry", "--format", "jsonl")
    assert json.loads(ended.out) == {"tried": 1, "rows": 0, "rejects": 1}
    assert icon("doctor", log).code == 0


def test_what_an_earlier_run_rejected_is_listed_without_its_source(icon: Icon, log: Path, home: Path) -> None:
    icon("collect", log, "--once", "--db", home / "c.duckdb")
    log.unlink()
    assert len(icon("rejects", "--db", home / "c.duckdb").out.splitlines()) == 6
    assert icon("rejects").code == 2
    assert icon("rejects", "--db", home / "none.duckdb").code == 2


def test_a_wrong_configuration_is_told_with_its_line_before_anything_is_read(
    icon: Icon, log: Path, home: Path
) -> None:
    wrong = home / "wrong.toml"
    wrong.write_text('[limits]\nmemory = "1GiB"\nthraeds = 2\n')
    for command in ("rejects", "check", "doctor"):
        ended = icon(command, log, "--config", wrong)
        assert ended.code == 2
        assert ended.err == f"icon: {wrong}:3: unknown key 'thraeds' in [limits]; did you mean threads?\n"
    assert not list(home.rglob("*.duckdb"))


def test_an_option_comes_before_the_configuration(icon: Icon, home: Path) -> None:
    (home / "incident-console.toml").write_text('[limits]\nthreads = 3\nmemory = "256MiB"')
    told = json.loads(icon("doctor", "--threads", "1", "--format", "json").out)
    assert told["limits"].startswith("1 thread, 256 MiB")
