"""What is said, and with which exit code, when the arguments or the world are wrong."""

from __future__ import annotations

import os
from pathlib import Path

import pytest
from click.testing import CliRunner

from console import __version__
from console.cli import icon as group
from console.cli.open import need_drawable
from console.errors import UsageError
from tests.unit.cli.conftest import Icon

COMMANDS = sorted(group.commands)


@pytest.mark.parametrize("args", [[], ["check"], ["collect", "--db", "x.duckdb"], ["query", "drift"]])
def test_without_a_source_it_says_what_to_try(icon: Icon, args: list[str]) -> None:
    ended = icon(*args)
    assert ended.code == 2
    assert ended.out == ""
    assert "no source given" in ended.err and "icon demo" in ended.err
    assert len(ended.err.splitlines()) == 1


@pytest.mark.parametrize("command", ["check", "collect", "query", "export"])
def test_a_file_that_is_not_there_is_named(icon: Icon, tmp_path: Path, command: str) -> None:
    args: dict[str, list[object]] = {
        "check": [],
        "collect": ["--once", "--db", tmp_path / "x.duckdb"],
        "query": ["drift"],
        "export": ["predictions_recent", "--out", tmp_path / "x.parquet"],
    }
    ended = icon(command, *args[command], tmp_path / "missing.jsonl")
    assert ended.code == 3
    assert ended.out == ""
    assert str(tmp_path / "missing.jsonl") in ended.err
    assert not (tmp_path / "x.duckdb").exists()


def test_a_pattern_that_matches_nothing_is_named(icon: Icon, tmp_path: Path) -> None:
    ended = icon("check", tmp_path / "*.jsonl")
    assert ended.code == 3
    assert "*.jsonl: matches no file" in ended.err


def test_a_folder_without_logs_is_named(icon: Icon, tmp_path: Path) -> None:
    folder = tmp_path / "logs"
    folder.mkdir()
    (folder / "readme.txt").write_text("no log")
    ended = icon("check", folder)
    assert ended.code == 3
    assert f"{folder}: no file" in ended.err


def test_a_file_that_may_not_be_read_is_named(
    icon: Icon, calm: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(name: str) -> int:
        raise PermissionError(13, "Permission denied", name)

    monkeypatch.setattr("console.ingest.sources.open_log", refuse)
    ended = icon("check", calm)
    assert ended.code == 3
    assert f"{calm}: permission denied" in ended.err


@pytest.mark.parametrize("option", ["--db", "--config"])
def test_a_name_that_no_file_can_have_is_refused_in_a_line(icon: Icon, calm: Path, option: str) -> None:
    ended = icon("check", calm, option, "x" * 5_000)
    assert ended.code != 0
    assert "too long" in ended.err or "so long a name" in ended.err
    assert len(ended.err.splitlines()) == 1


def test_what_is_no_file_is_named(icon: Icon, tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pipe.jsonl")
    ended = icon("check", tmp_path / "pipe.jsonl")
    assert ended.code == 3
    assert "not a regular file" in ended.err


def test_a_name_full_of_escapes_is_shown_and_not_obeyed(icon: Icon, tmp_path: Path) -> None:
    ended = icon("check", tmp_path / "\x1b[2J\x9b[bold]\n.jsonl")
    assert ended.code == 3
    assert "\x1b" not in ended.err and "\x9b" not in ended.err
    assert "[bold]" in ended.err


@pytest.mark.parametrize(
    "args",
    [
        ["check", "--since", "soon"],
        ["check", "--since", "²m"],
        ["check", "--since", "m"],
        ["check", "--since", ""],
        ["check", "--since", "9999999999999d"],
        ["check", "--format", "xml"],
        ["check", "--nonsense"],
        ["query"],
        ["query", "--show"],
        ["query", "drift", "--format", "csv", "--out", "x.csv"],
        ["export"],
        ["export", "predictions_recent"],
        ["collect"],
        ["sample-logs"],
        ["sample-logs", "--out", "x", "--lines", "0"],
        ["sample-logs", "--out", "x", "--start", "yesterday"],
        ["sample-logs", "--out", "x", "--hours", "nan"],
        ["labels", "--out", "x.txt"],
        ["--nonsense"],
    ],
    ids=" ".join,
)
def test_wrong_usage_ends_with_2_and_says_why(
    icon: Icon, calm: Path, args: list[str], monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    more = [calm] if args[:1] == ["check"] or args[:2] == ["query", "drift"] else []
    ended = icon(*args, *more)
    assert ended.code == 2, ended.err
    assert ended.out == ""
    assert ended.err.strip()
    assert "Traceback" not in ended.err
    assert not [path for path in tmp_path.iterdir() if path.name.startswith("x")]


@pytest.mark.parametrize("args", [["demo"], ["app.jsonl"], ["open", "app.jsonl"], ["--db", "x", "app.jsonl"]])
def test_without_a_terminal_the_console_names_the_other_ways(icon: Icon, args: list[str]) -> None:
    ended = icon(*args)
    assert ended.code == 2
    assert "terminal" in ended.err and "icon check" in ended.err


@pytest.mark.parametrize("command", COMMANDS)
def test_every_command_tells_what_it_does(command: str) -> None:
    for flag in ("--help", "-h"):
        result = CliRunner().invoke(group, [command, flag], standalone_mode=False)
        assert result.exit_code == 0, result.output
        assert result.output.startswith("Usage: ")
        assert group.commands[command].short_help
        for param in group.commands[command].params:
            if param.param_type_name == "option":
                assert param.opts[0] in result.output


def test_the_whole_tells_of_every_command(icon: Icon) -> None:
    ended = icon("--help")
    assert ended.code == 0
    for command in COMMANDS:
        assert f"\n  {command} " in ended.out
    assert "Exit codes" in ended.out


def test_it_tells_its_version(icon: Icon) -> None:
    assert icon("--version").out == f"incident-console {__version__}\n"


def test_a_source_that_is_called_like_a_command_is_written_with_its_path(
    icon: Icon, tmp_path: Path, monkeypatch: pytest.MonkeyPatch, calm: Path
) -> None:
    monkeypatch.chdir(tmp_path)
    calm.rename(tmp_path / "demo")
    assert icon("check", "./demo").code == 0


@pytest.mark.parametrize("command", ["check", "query", "export", "labels"])
def test_a_casebook_that_cannot_be_opened_is_named(
    icon: Icon, command: str, calm: Path, tmp_path: Path
) -> None:
    args: dict[str, list[object]] = {
        "check": [calm],
        "query": ["drift", calm],
        "export": ["predictions_recent", calm, "--out", tmp_path / "x.parquet"],
        "labels": [],
    }
    casebook = tmp_path / "casebook"
    casebook.write_bytes(b"this is no casebook at all" * 99)
    ended = icon(command, *args[command], "--casebook", casebook)
    # What needs no labels does without.
    assert ended.code == (0 if command in ("check", "query") else 3)
    assert (str(casebook) in ended.err) is (command != "query")


@pytest.mark.parametrize("kind", ["dumb", "", "unknown"])
def test_a_terminal_that_cannot_be_drawn_on_is_refused_in_words(kind: str) -> None:
    with pytest.raises(UsageError, match=f"TERM={kind or 'nothing'} cannot be drawn on"):
        need_drawable(kind)


@pytest.mark.parametrize("kind", ["xterm-256color", "screen", "tmux-256color", "vt100"])
def test_a_terminal_that_can_be_drawn_on_is_taken(kind: str) -> None:
    need_drawable(kind)
