"""From a desk to a terminal and back, in a terminal."""

from __future__ import annotations

import os
import pty
import select
import signal
import subprocess
import sys
import textwrap
import time

import pytest

from tests.support import ended

PROGRAM = """
import sys
from console.tui import run_console
assert not {"textual", "rich"} & set(sys.modules)
from tests.tui.fakes import NOW, FakeDesk, incident
desk = FakeDesk(incident())
code = run_console(desk, title="fraud-prod", utc=lambda: NOW, mouse=False)
import textual.constants
assert (textual.constants.MAX_FPS, textual.constants.TEXTUAL_ANIMATIONS) == (15, "none")
assert desk.closed
print("left with", code, flush=True)
sys.exit(code)
"""


def read_until(terminal: int, sign: bytes, seconds: float = 60.0) -> bytes:
    """What the program wrote, up to and with a sign."""
    seen, deadline = b"", time.monotonic() + seconds
    while sign not in seen:
        assert time.monotonic() < deadline, seen[-2_000:]
        if select.select([terminal], [], [], 0.2)[0]:
            seen += os.read(terminal, 65_536)
    return seen


@pytest.mark.parametrize(
    ("ending", "code"),
    [("q", 0), (signal.SIGTERM, 128 + signal.SIGTERM), (signal.SIGHUP, 128 + signal.SIGHUP)],
)
def test_the_terminal_is_restored_and_the_desk_closed_however_it_ends(
    ending: str | signal.Signals, code: int
) -> None:
    ours, theirs = pty.openpty()
    kept = {name: value for name, value in os.environ.items() if not name.startswith("TEXTUAL")}
    with ended(
        subprocess.Popen(
            [sys.executable, "-c", textwrap.dedent(PROGRAM)],
            stdin=theirs,
            stdout=theirs,
            stderr=theirs,
            env={**kept, "TERM": "xterm-256color", "COLUMNS": "80", "LINES": "24"},
            start_new_session=True,
        )
    ) as process:
        os.close(theirs)
        seen = read_until(ours, b"critical")
        assert b"\x1b[?1049h" in seen
        assert b"\x1b[?1003h" not in seen, "the mouse was not wanted"
        if isinstance(ending, str):
            os.write(ours, ending.encode())
        else:
            process.send_signal(ending)
        rest = read_until(ours, b"left with")
        assert b"\x1b[?1049l" in rest
        assert process.wait(60) == code
        os.close(ours)
