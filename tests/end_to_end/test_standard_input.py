"""A pipe as the source, the terminal for keys and screen."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import orjson
import pytest

from tests.end_to_end.terminal import PATIENCE, Terminal, as_a_person_starts_it

pytestmark = pytest.mark.slow

IN_A_PIPE = 'exec 3<>"$(tty)"; exec 3>&-; exec "$@" < "$0"'
"""The shell is given the terminal as its own, as a login has it; then standard input is another file."""


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """A person's surroundings of their own, so that nothing of the real one's is touched."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def lines(count: int, *, model: str) -> bytes:
    """Requests of the last minutes."""
    now = datetime.now(UTC)
    return b"".join(
        orjson.dumps(
            {"ts": now - timedelta(seconds=count - n), "request_id": f"r{n}", "model": model, "status": 200}
        )
        + b"\n"
        for n in range(count)
    )


def test_a_pipe_is_followed_and_keys_come_from_the_terminal(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    fifo = tmp_path / "fifo"
    os.mkfifo(fifo)
    with Terminal(
        ["sh", "-c", IN_A_PIPE, str(fifo), *as_a_person_starts_it("-")], environment=environment
    ) as terminal:
        with fifo.open("wb", buffering=0) as writer:
            writer.write(lines(50, model="fraud"))
            terminal.wait_for("standard input", "fraud", "r49")
            writer.write(lines(90, model="churn"))
            terminal.wait_for("churn", "r89")
            terminal.press("?")
            terminal.wait_for("help")
        terminal.press("q")
        terminal.press("q")
        assert terminal.exit_code() == 0


def run(*arguments: str, environment: Mapping[str, str], given: bytes) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        as_a_person_starts_it(*arguments),
        input=given,
        capture_output=True,
        env=dict(environment),
        timeout=PATIENCE,
        check=False,
    )


def test_without_a_terminal_a_pipe_is_a_source_for_the_other_commands_only(
    environment: Mapping[str, str],
) -> None:
    done = run("-", environment=environment, given=b"")
    assert done.returncode == 2
    assert b"icon check -" in done.stderr
    done = run("check", "-", environment=environment, given=lines(10, model="fraud"))
    assert done.returncode == 0, done.stderr


def test_a_pipe_is_collected_to_its_end(environment: Mapping[str, str], tmp_path: Path) -> None:
    given = lines(10, model="fraud").removesuffix(b"\n")
    done = run("collect", "-", "--db", str(tmp_path / "a.duckdb"), environment=environment, given=given)
    assert done.returncode == 0, done.stderr
    totals = orjson.loads(done.stdout)
    assert (totals["lines"], totals["rows"], totals["next_offset"]) == (10, 10, len(given))


def test_the_terminal_itself_is_no_source(environment: Mapping[str, str]) -> None:
    with Terminal(as_a_person_starts_it("-"), environment=environment) as terminal:
        terminal.wait_for("standard input is the terminal")
        assert terminal.exit_code() == 2
