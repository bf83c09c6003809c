"""From a key to the paint that answers it, in a terminal: at rest, and while a backlog is read."""

from __future__ import annotations

import argparse
import os
import pty
import re
import select
import signal
import subprocess
import tempfile
import termios
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

import pyte

from benchmarks.processes import icon, surroundings
from benchmarks.traffic import lines, write_file

BUDGET_MS = 50.0
COLUMNS, LINES = 160, 48
ROWS = 20_000
BACKLOG_LINES = 3_000_000
SETTLED_SECONDS = 6.0
QUIET_SECONDS = 0.25
"""Between two keys: a person's pace, and out of step with anything that is done each second."""
PAUSE_SECONDS = 0.08
MOST_SECONDS = 3.0
MOVES = (("cursor down", "j"), ("cursor up", "k"), ("a page down", "\x04"), ("a page up", "\x15"))
OPENINGS = (
    ("a request", "\r", "› request", "q"),
    ("help", "?", "Keys ·", "q"),
    ("filter", "/", "status>=500", "\x1b"),
    ("requests", "F", "› requests", "q"),
    ("sources", "s", "› sources", "q"),
    ("rejects", "r", "› rejects", "q"),
    ("a label", "l", "another class", "\x1b"),
    ("SQL", ";", "› sql", "\x1b"),
    ("queries", "Q", "› queries", "q"),
    ("labels", "L", "› labels", "q"),
    ("evaluate", "E", "› evaluate", "q"),
    ("export", "x", "Export", "\x1b"),
    ("hand over", "H", "Hand over", "\x1b"),
    ("who is here", "W", "Who is here", "q"),
    ("palette", "\x10", "Search", "\x1b"),
)
"""What is opened, its key, what is then on the screen and was not before, and the key that closes it."""
NOT_FOR_PYTE = re.compile(rb"\x1b\[[?<>=][0-9;$]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p")


class Screen:
    """The console in a pty, read by this thread alone, so that the moment of each byte is known."""

    def __init__(self, terminal: int) -> None:
        self._terminal = terminal
        self._screen = pyte.Screen(COLUMNS, LINES)
        self._stream = pyte.ByteStream(self._screen)

    def lines(self) -> list[str]:
        """What is on the screen, without the top line, in which there is a clock."""
        return list(self._screen.display[1:])

    def read(self, seconds: float, holds: Callable[[str], bool] | None = None) -> float | None:
        """When the screen became as asked for; None if it did not within so many seconds."""
        deadline = monotonic() + seconds
        became: float | None = None
        while became is None and monotonic() < deadline:
            for at, block in self._blocks(deadline):
                self._stream.feed(NOT_FOR_PYTE.sub(b"", block))
                if became is None and holds is not None and holds("\n".join(self._screen.display)):
                    became = at
        return became

    def _blocks(self, deadline: float) -> list[tuple[float, bytes]]:
        """What comes until there is a pause, each block with its moment.

        To draw it as a terminal does takes longer here than to write it there, so it is drawn afterwards.
        """
        found: list[tuple[float, bytes]] = []
        while (left := deadline - monotonic()) > 0:
            if not select.select([self._terminal], [], [], min(left, PAUSE_SECONDS) if found else left)[0]:
                break
            found.append((monotonic(), os.read(self._terminal, 65536)))
        return found

    def milliseconds(self, key: str, sign: str) -> float:
        """From this key until its answer was written; far too much if none came."""
        self.read(QUIET_SECONDS)
        before = self.lines()
        pressed = monotonic()
        os.write(self._terminal, key.encode())
        at = self.read(MOST_SECONDS, lambda text: sign in text if sign else self.lines() != before)
        return ((at or pressed + MOST_SECONDS) - pressed) * 1000


@contextmanager
def console(folder: Path, *sources: Path) -> Iterator[Screen]:
    """A console on these sources in a terminal of this size, until the block ends."""
    ours, theirs = pty.openpty()
    termios.tcsetwinsize(theirs, (LINES, COLUMNS))
    command = icon(*sources, "--db", folder / "shown.duckdb")
    environment = {**surroundings(folder), "COLORTERM": "truecolor"}
    with subprocess.Popen(
        command, stdin=theirs, stdout=theirs, stderr=theirs, env=environment, start_new_session=True
    ) as process:
        os.close(theirs)
        try:
            yield Screen(ours)
        finally:
            process.send_signal(signal.SIGKILL)
            process.wait()
            os.close(ours)


def tell(name: str, taken: list[float]) -> None:
    """Print what one kind of key took."""
    taken = sorted(taken)
    p50, p95 = taken[len(taken) // 2], taken[min(len(taken) - 1, len(taken) * 95 // 100)]
    print(
        f"  {name:<24}p50 {p50:6.1f} ms  p95 {p95:6.1f} ms  worst {taken[-1]:6.1f} ms  "
        f"budget {BUDGET_MS:.0f}, ratio {p95 / BUDGET_MS:.2f}",
        flush=True,
    )


def measure(screen: Screen, rounds: int, *, while_shown: str = "") -> None:
    """Print what each step took, so many times over, or as long as this is on the screen."""
    every: dict[str, list[float]] = {}
    screen.milliseconds("\t", "")
    for _ in range(rounds):
        for name, key, sign, closes in OPENINGS:
            if while_shown not in "\n".join(screen.lines()):
                break
            for move, pressed in MOVES:
                every.setdefault(move, []).append(screen.milliseconds(pressed, ""))
            every.setdefault(name, []).append(screen.milliseconds(key, sign))
            before = "back by Esc" if closes == "\x1b" else "back"
            every.setdefault(before, []).append(screen.milliseconds(closes, ""))
    for name, taken in every.items():
        tell(name, taken)
    tell("all of them", [one for taken in every.values() for one in taken])


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rounds", type=int, default=6)
    arguments.add_argument("--loading-only", action="store_true")
    told = arguments.parse_args()
    now = datetime.now(UTC)
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        rows, backlog = folder / "rows.jsonl", folder / "backlog.jsonl"
        write_file(rows, lines(ROWS, start=now - timedelta(minutes=10), seconds_apart=0.02))
        if not told.loading_only:
            print("at rest")
            with console(folder, rows) as screen:
                screen.read(20, lambda text: "● live" in text)
                screen.read(SETTLED_SECONDS)
                measure(screen, told.rounds)
        write_file(backlog, lines(BACKLOG_LINES, start=now - timedelta(hours=8)))
        with console(folder, rows, backlog) as screen:
            print("while a backlog is read")
            screen.read(20, lambda text: "loading" in text)
            sleep(1)
            measure(screen, told.rounds, while_shown="Reading what is there")


if __name__ == "__main__":
    main()
