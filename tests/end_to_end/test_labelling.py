"""Labelling in a real terminal, killed again and again: what was accepted is kept, and said of what."""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Mapping
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

import orjson
import pytest

from console.casebook import Casebook
from tests.end_to_end.terminal import Terminal, icon

pytestmark = pytest.mark.slow

KILLS = 20
MOST_KEYS = 6
"""Pressed at most between two kills."""
REQUESTS = KILLS * MOST_KEYS + 40
_ON_SCREEN = re.compile(r"Label  (r-\d{4}) ")
_LABELLED = re.compile(r"(\d+) labelled ·")
"""The counter of this sitting; the heading's `labelled by you already` tells of those before it."""
CLASSES = {"1": "fraud", "2": "legit"}


def surroundings(folder: Path) -> Mapping[str, str]:
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(folder / "home"),
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_DATA_HOME": str(folder / "data"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def record(number: int, start: datetime) -> bytes:
    told = {
        "ts": (start + timedelta(seconds=number)).isoformat(),
        "request_id": f"r-{number:04d}",
        "model": "fraud",
        "prediction": ("legit", "fraud")[number % 2],
        "score": (number % 2) * 0.5 + number / 1000,
        "features": {"amount": number},
    }
    return orjson.dumps(told) + b"\n"


def on_screen(text: str) -> str:
    found = _ON_SCREEN.search(text)
    return found.group(1) if found else ""


def has_gone_on(before: str, text: str) -> bool:
    """Whether another request is on screen."""
    return on_screen(text) not in ("", before)


def labelled(text: str) -> int:
    found = _LABELLED.search(text)
    return int(found.group(1)) if found else 0


def test_what_was_accepted_survives_every_kill(tmp_path: Path) -> None:
    log, ids, casebook = tmp_path / "a.jsonl", tmp_path / "ids.txt", tmp_path / "casebook.sqlite"
    start = datetime.now(UTC) - timedelta(hours=1)
    log.write_bytes(b"".join(record(number, start) for number in range(REQUESTS)))
    ids.write_text("".join(f"r-{number:04d}\n" for number in range(REQUESTS)), encoding="utf-8")
    command = icon(log, "--label", ids, "--casebook", casebook)
    command += ["--author", "ada", "--no-mouse"]
    chance = random.Random(6)
    pressed: dict[str, str] = {}
    """Request -> the class whose key was pressed while it was on screen."""
    due: set[str] = set()
    """Requests whose label was accepted, since the key for the one after it was, or the counter said so."""
    for _ in range(KILLS):
        with Terminal(command, environment=surroundings(tmp_path), columns=100, lines=30) as terminal:
            terminal.wait_until(lambda text: bool(on_screen(text)), "a request to label")
            shown, mine = on_screen(terminal.text()), []
            for _ in range(chance.randrange(1, MOST_KEYS + 1)):
                key = chance.choice("12")
                pressed[shown] = CLASSES[key]
                mine.append(shown)
                terminal.press(key)
                text = terminal.wait_until(partial(has_gone_on, shown), f"what comes after {shown}")
                # What is on screen now can be said something of, and what was before it is kept.
                due.update(mine[:-1])
                due.update(mine[: labelled(text)])
                shown = on_screen(text)
            if chance.random() < 0.5:
                pressed[shown] = CLASSES["1"]
                terminal.press("1")
            terminal.signal(signal.SIGKILL)
            terminal.exit_code()
        with Casebook.open(casebook, author="ada", clock=lambda: datetime.now(UTC)) as kept:
            found = {label.draft.request_key: label.draft.value for label in kept.standing()}
        assert due <= found.keys(), f"lost: {sorted(due - found.keys())}"
        assert found.items() <= pressed.items(), "a key was taken for another request than was on screen"
    assert len(due) >= KILLS
