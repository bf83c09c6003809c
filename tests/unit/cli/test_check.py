"""`icon check`."""

from __future__ import annotations

import json
import re
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import START, line, lines, write

HOSTILE = "\x1b[31m[bold]|`x`\x9b2J\x07\n<b>\u202e"


@pytest.mark.usefixtures("all_checks")
def test_quiet_ends_with_0_and_says_nothing_on_stdout(icon: Icon, calm: Path) -> None:
    ended = icon("check", calm)
    assert (ended.code, ended.out) == (0, "")
    assert "600 rows, 0 rejects; 0 alerts" in ended.err


@pytest.mark.usefixtures("all_checks")
def test_an_alert_ends_with_1(icon: Icon, spiked: Path) -> None:
    ended = icon("check", spiked)
    assert ended.code == 1
    header, row = ended.out.splitlines()
    assert header.split()[:4] == ["severity", "state", "check", "model"]
    assert row.split()[:4] == ["critical", "open", "error_spikes", "fraud"]
    assert "model_version=v3 and region=EU" in row
    assert "1 alerts, 1 still open" in ended.err


def test_quietly_it_says_nothing_at_all_but_the_alerts(icon: Icon, spiked: Path, calm: Path) -> None:
    assert icon("check", "-q", calm).err == ""
    ended = icon("check", "-q", spiked)
    assert ended.err == "" and ended.out != ""


def test_in_json_an_alert_has_everything(icon: Icon, spiked: Path) -> None:
    ended = icon("check", spiked, "--format", "json")
    assert ended.code == 1
    (alert,) = json.loads(ended.out)
    assert (alert["check"], alert["model"], alert["severity"], alert["state"]) == (
        "error_spikes",
        "fraud",
        "critical",
        "open",
    )
    assert datetime.fromisoformat(alert["began"]) < datetime.fromisoformat(alert["last_seen"])
    assert alert["value"] > alert["limit"] > alert["baseline"]
    assert alert["slice"] == {"model_version": "v3", "region": "EU"}
    for call in ("evidence", "offenders"):
        assert alert[call]["params"]["model"] == "fraud"


def test_json_and_json_lines_are_the_same_alerts(icon: Icon, spiked: Path) -> None:
    listed = json.loads(icon("check", spiked, "--format", "json").out)
    lines_ = icon("check", spiked, "--format", "jsonl").out.splitlines()
    assert [json.loads(text) for text in lines_] == listed


@pytest.mark.parametrize(("fmt", "out"), [("json", "[]\n"), ("jsonl", ""), ("table", "")])
def test_no_alerts_are_an_empty_answer(icon: Icon, calm: Path, fmt: str, out: str) -> None:
    ended = icon("check", calm, "--format", fmt)
    assert (ended.code, ended.out) == (0, out)


def test_in_markdown_every_row_has_every_cell(icon: Icon, spiked: Path) -> None:
    rows = icon("check", spiked, "--format", "markdown").out.splitlines()
    cells = [re.split(r"(?<!\\)\|", row) for row in rows]
    assert len(rows) == 3
    assert {len(row) for row in cells} == {10}
    assert set(cells[1][1:-1]) == {" --- "}


def test_since_leaves_out_what_ended_before(icon: Icon, tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", lines(120, spike=(40, 50)))
    assert icon("check", log).code == 1
    assert icon("check", log, "--since", "30m").code == 0
    assert icon("check", log, "--since", "2h").code == 1
    assert icon("check", log, "--since", "999999999d").code == 1


def test_run_again_it_reads_only_what_is_new_and_the_alert_keeps_its_id(icon: Icon, tmp_path: Path) -> None:
    whole = list(lines(60, spike=(40, 60)))
    log = write(tmp_path / "app.jsonl", whole[:1100])
    (first,) = json.loads(icon("check", log, "--format", "json").out)
    write(log, whole[1100:1113])
    ended = icon("check", log, "--format", "json")
    (second,) = json.loads(ended.out)
    assert "1,113 rows" in ended.err
    assert second["alert_id"] == first["alert_id"]
    assert second["last_seen"] > first["last_seen"]


def test_a_database_in_memory_leaves_none_behind(icon: Icon, calm: Path, home: Path) -> None:
    assert icon("check", calm, "--db", ":memory:").code == 0
    assert not list(home.rglob("*.duckdb"))
    assert icon("check", calm).code == 0
    assert len(list((home / "state").rglob("*.duckdb"))) == 1


def test_an_unfinished_last_line_is_said(icon: Icon, calm: Path) -> None:
    write(calm, [b'{"ts": 1'])
    assert f"{calm}: last line unfinished" in icon("check", calm).err


def test_a_log_without_a_usable_line_is_no_quiet_log(icon: Icon, tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", [b"\x1b[2Jnot json\n", b"[]\n", b"\n"])
    ended = icon("check", "--quiet", log)
    assert ended.code == 3
    assert "no line could be used, 2 were rejected" in ended.err


def test_an_empty_log_is_quiet(icon: Icon, tmp_path: Path) -> None:
    ended = icon("check", write(tmp_path / "app.jsonl", []))
    assert ended.code == 0
    assert ended.err.endswith("0 rows, 0 rejects; 0 alerts, 0 still open\n")


@pytest.mark.parametrize("fmt", ["table", "json", "jsonl", "markdown"])
@pytest.mark.usefixtures("all_checks")
def test_hostile_values_are_shown_and_not_obeyed(icon: Icon, tmp_path: Path, fmt: str) -> None:
    content = [
        line(
            n,
            START + timedelta(seconds=9 * n),
            model=HOSTILE,
            failed=n > 800 and n % 3 == 0,
            tags={HOSTILE: HOSTILE if n % 3 == 0 else "fine"},
            features={HOSTILE: HOSTILE if n > 800 else "old"},
        )
        for n in range(1200)
    ]
    ended = icon("check", write(tmp_path / "app.jsonl", content), "--format", fmt)
    assert ended.code == 1
    for text in (ended.out, ended.err):
        assert not set(text) & {"\x1b", "\x9b", "\x07"}
    if fmt in ("json", "jsonl"):
        alerts = json.loads(ended.out) if fmt == "json" else list(map(json.loads, ended.out.splitlines()))
        assert {alert["model"] for alert in alerts} == {HOSTILE}
        assert HOSTILE in {also["subject"] for alert in alerts for also in (alert, *alert["also"])}
    elif fmt == "markdown":
        rows = [re.split(r"(?<!\\)\|", row) for row in ended.out.splitlines()]
        assert {len(row) for row in rows} == {10}
        assert "<b>" not in re.sub(r"\\.", "", ended.out)
