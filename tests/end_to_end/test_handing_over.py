"""An incident handed over on one machine and looked at on another, in real terminals."""

from __future__ import annotations

import os
from collections.abc import Mapping
from pathlib import Path

import pytest

from tests.end_to_end.terminal import Terminal, icon
from tests.unit.engine.logs import lines, write

pytestmark = pytest.mark.slow


def machine(folder: Path) -> Mapping[str, str]:
    """A home in which nothing is yet."""
    for name in ("home", "tmp"):
        (folder / name).mkdir(parents=True)
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "TMPDIR": str(folder / "tmp"),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_DATA_HOME": str(folder / "data"),
        "TERM": "xterm-256color",
        "TZ": "UTC",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def test_a_bundle_of_one_machine_is_shown_on_another_without_the_log(tmp_path: Path) -> None:
    log = write(tmp_path / "fraud.jsonl", lines(120, spike=(105, 120)))
    bundle = tmp_path / "incident.tar.zst"
    with Terminal(icon(log), environment=machine(tmp_path / "one")) as terminal:
        terminal.wait_for("live", "▌ ▲", "error spikes")
        terminal.press("H")
        terminal.wait_for("Hand over", "handover-")
        terminal.press("\x15" + str(bundle) + "\r")
        terminal.wait_for("1 alert", "handed over in")
        terminal.press("\x11")
        assert terminal.exit_code() == 0
    log.unlink()
    other = machine(tmp_path / "two")
    with Terminal(icon(bundle), environment=other) as terminal:
        terminal.wait_for("read-only", "a bundle by", "error spikes", "▌ ▲")
        terminal.press("\r")
        terminal.wait_for("Offending requests", "▌ 11-02", "v3")
        terminal.press("a")
        terminal.wait_for("Read-only: this is a bundle")
        terminal.press("\x11")
        assert terminal.exit_code() == 0
    assert list((tmp_path / "two" / "tmp").iterdir()) == []
    assert not (tmp_path / "two" / "state").exists()
