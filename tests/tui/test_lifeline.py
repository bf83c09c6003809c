"""A console whose event loop hangs must end all the same."""

from __future__ import annotations

import os
import pty
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from tests.support import ended

PROGRAM = """
import sys, threading
from console.tui import lifeline
lifeline.GRACE_SECONDS = 0.2
def close():
    with open(sys.argv[1], "a") as kept:
        kept.write("closed")
with lifeline.Lifeline(lambda code: None, close):
    print("watching", flush=True)
    while True:
        threading.Event().wait(60)
"""


@pytest.mark.parametrize(
    "ending", [signal.SIGTERM, signal.SIGHUP, None], ids=["term", "hup", "lost terminal"]
)
def test_what_does_not_leave_by_itself_is_closed_and_ended(
    ending: signal.Signals | None, tmp_path: Path
) -> None:
    kept = tmp_path / "kept"
    ours, theirs = pty.openpty()
    with ended(
        subprocess.Popen([sys.executable, "-c", PROGRAM, str(kept)], stdin=theirs, stdout=subprocess.PIPE)
    ) as process:
        os.close(theirs)
        assert process.stdout is not None
        assert process.stdout.readline() == b"watching\n"
        if ending is None:
            os.close(ours)
        else:
            process.send_signal(ending)
        assert process.wait(20) == 128 + (ending or signal.SIGHUP)
    if ending is not None:
        os.close(ours)
    assert kept.read_text() == "closed"
