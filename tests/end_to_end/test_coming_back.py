"""A link that drops in the midst of an incident, and a second engineer who looks on, in real terminals."""

from __future__ import annotations

import os
import re
import signal
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.end_to_end.terminal import Terminal, icon
from tests.unit.engine.logs import lines, write

pytestmark = pytest.mark.slow

CURSOR = re.compile(r"▌ .*(f-\d{6})")
MARKED = re.compile(r"•.*(f-\d{6})")


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def where(text: str) -> tuple[list[str], list[str]]:
    """The request that the cursor is on, and those that are marked."""
    return CURSOR.findall(text), MARKED.findall(text)


def marked_above(text: str) -> bool:
    """Whether one row is marked, and the cursor on another."""
    cursor, marked = where(text)
    return len(cursor) == len(marked) == 1 and cursor != marked


def test_who_loses_the_link_comes_back_to_the_row_and_sees_the_other_seat(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    log = write(tmp_path / "fraud.jsonl", lines(120, spike=(105, 120)))
    with Terminal(icon(log), environment=environment) as terminal:
        terminal.wait_for("live", "▌ ▲", "error spikes")
        terminal.press("\r")
        terminal.wait_until(lambda text: len(CURSOR.findall(text)) == 1, "the offending rows")
        terminal.press(" ")
        left = where(terminal.wait_until(marked_above, "a mark, and the cursor on the next row"))
        terminal.hang_up()
        assert terminal.exit_code() == 128 + signal.SIGHUP

    with Terminal(icon("--resume"), environment=environment) as terminal:
        terminal.wait_until(lambda text: where(text) == left, f"cursor and mark as they were: {left}")
        terminal.wait_for("Back where you were")
        with Terminal(icon(log, "--author", "cat@night"), environment=environment) as second:
            second.wait_for("(process", "holds the cache", "live", "▌ ▲", "error spikes")
            terminal.wait_for("cat@night is here too")
            second.press("\r")
            second.wait_until(lambda text: len(CURSOR.findall(text)) == 1, "the offending rows")
            second.press("jl1")
            second.wait_for("✎")
            terminal.wait_for("✎")
            second.press("\x11")
            assert second.exit_code() == 0
        terminal.wait_for("cat@night has left")
        terminal.press("\x11")
        assert terminal.exit_code() == 0


def test_without_a_place_and_without_sources_it_says_what_to_do(environment: Mapping[str, str]) -> None:
    with Terminal(icon("--resume"), environment=environment) as terminal:
        terminal.wait_for("no place is kept yet")
        assert terminal.exit_code() == 2
