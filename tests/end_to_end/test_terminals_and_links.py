"""The job, and what terminals and links do in its midst: other sizes, job control, stalls, few colours."""

from __future__ import annotations

import os
import re
import select
from collections.abc import Mapping
from datetime import timedelta
from pathlib import Path

import pytest

from console.engine.seats import LOOK_SECONDS
from tests.end_to_end.terminal import CONTROLLED, Terminal, as_a_person_starts_it, icon
from tests.unit.engine.logs import START, line, lines, write

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
CURSOR = re.compile(r"▌ .*(f-\d{6})")
REQUEST = re.compile(r"f-\d{6}")
COLOUR = re.compile(rb"\x1b\[(?:[0-9;]*;)?(?:3[0-8]|4[0-8]|9[0-7]|10[0-7])(?:;[0-9;]*)?m")
PROMPT = "shell>"


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
        "PYTHONPATH": str(ROOT),
        "PS1": PROMPT,
    }


def is_a_whole_request(text: str) -> bool:
    """Whether a request is shown from its heading to the keys on the terminal's last line."""
    return "Request  f-" in text and text.splitlines()[-1].endswith("? help")


def requests_of(text: str) -> str:
    """The lower part of the screen: the list of requests and the keys. Above it clocks tick."""
    return text[text.find("Latest requests") :]


def test_the_sample_logs_are_judged_and_read_while_the_terminal_changes(
    environment: Mapping[str, str],
) -> None:
    """Two keys to an offending request; a stop, a shell and a return; two other sizes."""
    shell = [*CONTROLLED, "bash", "--norc", "--noprofile", "-i"]
    with Terminal(shell, environment=environment) as terminal:
        terminal.wait_for(PROMPT)
        command = as_a_person_starts_it(ROOT / "sample_logs" / "fraud.jsonl", "--db", ":memory:")
        terminal.press(" ".join(command) + "\r")
        terminal.wait_for("live", "▌ ✓ resolved")
        terminal.press("\r")
        terminal.wait_for("Offending requests", "overview › alert")
        terminal.wait_until(lambda text: len(CURSOR.findall(text)) == 1, "the offending rows")
        terminal.press("\x1a")
        terminal.wait_for("Stopped", PROMPT)
        terminal.press("fg\r")
        terminal.wait_for("Offending requests", "overview › alert")
        terminal.press("\r")
        terminal.wait_for("overview › alert", "Request  f-")
        for columns, rows in ((80, 24), (160, 48)):
            terminal.resize(columns, rows)
            text = terminal.wait_until(is_a_whole_request, f"the request on {rows} lines")
            assert len(text.splitlines()) == rows
        terminal.press("\x11")
        terminal.wait_for(PROMPT)
        assert "Traceback" not in terminal.text()


def test_of_a_pipe_both_ends_stop_and_go_on_and_no_line_is_lost(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    """The shell waits for the writer as well: were only the console stopped, there would be no prompt."""
    fifo, log = tmp_path / "fifo", write(tmp_path / "fraud.jsonl", lines(10))
    os.mkfifo(fifo)
    # The writer has a second half to tell, once it is let.
    writer = f"{{ cat {log}; cat {fifo}; }}"
    with Terminal([*CONTROLLED, "bash", "--norc", "--noprofile", "-i"], environment=environment) as terminal:
        terminal.wait_for(PROMPT)
        terminal.press(f"{writer} | {' '.join(as_a_person_starts_it('-', '--db', ':memory:'))}\r")
        terminal.wait_for("standard input", "200 rows", "f-000199")
        terminal.press("\x1a")
        terminal.wait_for("Stopped", PROMPT)
        terminal.press("fg\r")
        terminal.wait_for("standard input", "200 rows")
        fifo.write_bytes(b"".join(line(n, START + timedelta(minutes=11)) for n in range(200, 300)))
        terminal.wait_for("300 rows", "1 source finished", "f-000299")
        terminal.press("q")
        terminal.wait_until(lambda text: "rows" not in text and PROMPT in text, "the shell, and no leftovers")


def test_a_console_that_rests_can_be_ended_by_its_shell(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    log = write(tmp_path / "fraud.jsonl", lines(10))
    with Terminal([*CONTROLLED, "bash", "--norc", "--noprofile", "-i"], environment=environment) as terminal:
        terminal.wait_for(PROMPT)
        terminal.press(f"{' '.join(as_a_person_starts_it(log, '--db', ':memory:'))}\r")
        terminal.wait_for("200 rows", "f-000199")
        terminal.press("\x1a")
        terminal.wait_for("Stopped", PROMPT)
        terminal.press("kill %1; tail --pid=$(jobs -p) -s 0.1 -f /dev/null; jobs\r")
        terminal.wait_for("Exit 143", PROMPT)


def test_after_a_stalled_link_the_screen_is_the_newest_and_whole(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    log = write(tmp_path / "fraud.jsonl", lines(10))
    with Terminal(icon(log), environment=environment) as terminal:
        terminal.wait_for("live", "200 rows", "f-000199")
        with terminal.stalled():
            for number in range(200, 400, 10):
                write(log, [line(n, START + timedelta(minutes=n / 20)) for n in range(number, number + 10)])
                terminal.press("?")  # another screen: far more is painted than the link holds
                select.select([], [], [], 0.07)
                terminal.press("\x1b")
                select.select([], [], [], 0.07)
        newest = [f"f-{n:06d}" for n in range(399, 380, -1)]
        terminal.wait_until(lambda text: REQUEST.findall(text)[:19] == newest, "the newest requests in order")
        terminal.wait_for("400 rows", "quit", "? help")
        after = requests_of(terminal.text())
        terminal.resize(121, 40)
        terminal.resize(120, 40)
        terminal.wait_until(lambda text: requests_of(text) == after, after)
        terminal.press("\x11")
        assert terminal.exit_code() == 0


def test_a_label_and_an_acknowledgement_reach_the_other_seat(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    assert LOOK_SECONDS <= 1, "half of the two seconds that it may take"
    log = write(tmp_path / "fraud.jsonl", lines(120, spike=(105, 120)))
    with (
        Terminal(icon(log), environment=environment) as first,
        Terminal(icon(log, "--author", "cat@night"), environment=environment) as second,
    ):
        for terminal in (first, second):
            terminal.wait_for("live", "▌ ▲", "error spikes", "2 here")
            terminal.press("\r")
            terminal.wait_until(lambda text: len(CURSOR.findall(text)) == 1, "the offending rows")
        second.press("l1")
        second.wait_for("✎")
        first.wait_for("✎")
        second.press("a")
        second.wait_for("Acknowledge ")
        second.press("\r")
        second.wait_for("ack cat")
        first.wait_for("ack cat")


@pytest.mark.parametrize(
    "unusual",
    [{"NO_COLOR": "1"}, {"TERM": "screen", "LANG": "C", "LC_ALL": "C"}],
    ids=["no colour", "screen without a locale"],
)
def test_it_starts_where_a_terminal_can_do_less(
    unusual: Mapping[str, str], tmp_path: Path, environment: Mapping[str, str]
) -> None:
    log = write(tmp_path / "fraud.jsonl", lines(10))
    command = as_a_person_starts_it(log, "--db", ":memory:")
    with Terminal(command, environment={**environment, **unusual}) as terminal:
        text = terminal.wait_for("live", "200 rows", "f-000199", "Latest requests")
        assert "─" in text
        assert bool(COLOUR.search(terminal.received)) == ("NO_COLOR" not in unusual)
        terminal.press("q")
        assert terminal.exit_code() == 0
        assert b"Traceback" not in terminal.received
