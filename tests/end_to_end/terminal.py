"""A real terminal for a test: a pty with the program on one side and pyte's screen on the other."""

from __future__ import annotations

import os
import pty
import re
import select
import signal
import struct
import subprocess
import sys
import termios
import threading
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from fcntl import ioctl
from types import TracebackType

import pyte

from tests.forked import ForkedIcon

_NOT_FOR_PYTE = re.compile(rb"\x1b\[[?<>=][0-9;$]*[a-zA-Z]|\x1b\[\?[0-9;]*\$p")
"""Private modes, which pyte would in part print; none of them changes what is on the screen."""

PATIENCE = 120.0
"""Seconds after which what has not come has failed; a machine with much else to do is slow."""

CONTROLLED = ("sh", "-c", 'exec 3<>"$(tty)"; exec 3>&-; exec "$@"', "sh")
"""Before a command: it is given the terminal as its own, as a login has it. Job control needs that."""


def icon(*arguments: object) -> list[str]:
    """The command by its name, by which it is there at once. It does not give way to the other tests."""
    return ["icon", *map(str, arguments), "--nice", "0"]


def as_a_person_starts_it(*arguments: object) -> list[str]:
    """The same in an interpreter of its own, from the first import to the last."""
    return [sys.executable, "-m", "console", *icon(*arguments)[1:]]


class Terminal:
    """Runs a program in a terminal of its own. A context manager: leaving ends the program."""

    def __init__(
        self, command: Sequence[str], *, environment: Mapping[str, str], columns: int = 120, lines: int = 40
    ) -> None:
        self._screen = pyte.Screen(columns, lines)
        self._stream = pyte.ByteStream(self._screen)
        self._changed = threading.Condition()
        self._ended = False
        self._hung_up = False
        self._reader_stop = threading.Event()
        self._link = threading.Event()
        self._link.set()
        self.received = bytearray()
        """Everything that the program wrote to the terminal."""
        self._master, slave = pty.openpty()
        ioctl(slave, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._process: subprocess.Popen[bytes] | ForkedIcon
        if command[0] == "icon":
            self._process = ForkedIcon(list(command[1:]), os.ttyname(slave), environment)
        else:
            self._process = subprocess.Popen(
                command,
                stdin=slave,
                stdout=slave,
                stderr=slave,
                env=dict(environment),
                start_new_session=True,
            )
        os.close(slave)
        self._reader = threading.Thread(target=self._read, daemon=True)
        self._reader.start()

    def press(self, keys: str) -> None:
        """The program is given these keys."""
        os.write(self._master, keys.encode())

    def resize(self, columns: int, lines: int) -> None:
        """The terminal has another size, and the program is told."""
        with self._changed:
            self._screen.resize(lines, columns)
        ioctl(self._master, termios.TIOCSWINSZ, struct.pack("HHHH", lines, columns, 0, 0))
        self._process.send_signal(signal.SIGWINCH)

    @contextmanager
    def stalled(self) -> Iterator[None]:
        """Nothing that the program writes arrives within the block; keys do."""
        self._link.clear()
        try:
            yield
        finally:
            self._link.set()

    def text(self) -> str:
        """What is on the screen now."""
        with self._changed:
            return self._text()

    def wait_for(self, *wanted: str, seconds: float = PATIENCE) -> str:
        """The screen, once all of these are on it; the test fails with the screen if they never are."""
        return self.wait_until(lambda text: all(w in text for w in wanted), str(wanted), seconds=seconds)

    def wait_until(self, holds: Callable[[str], bool], what: str, *, seconds: float = PATIENCE) -> str:
        """The screen, once `holds` is true of it."""
        with self._changed:
            there = self._changed.wait_for(lambda: self._ended or holds(self._text()), timeout=seconds)
            text = self._text()
        assert there and holds(text), f"waited for {what}; the screen was:\n{text}"
        return text

    def exit_code(self, seconds: float = PATIENCE) -> int:
        """The program's exit code, once it has ended by itself."""
        return self._process.wait(timeout=seconds)

    @property
    def pid(self) -> int:
        """The program's process id."""
        return self._process.pid

    def modes(self) -> list[object]:
        """How the terminal treats what is typed and written: echo, lines, control keys."""
        return termios.tcgetattr(self._master)

    def signal(self, number: int) -> None:
        """The program is sent this signal."""
        self._process.send_signal(number)

    def hang_up(self) -> None:
        """The terminal goes away under the program, as when a link drops; what it writes goes nowhere."""
        self._hung_up = True
        self._reader_stop.set()
        self._link.set()
        self._reader.join(timeout=10)
        os.close(self._master)

    def __enter__(self) -> Terminal:
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        if self._process.poll() is None:
            self._process.kill()
            self._process.wait()
        if not self._hung_up:
            self._reader.join(timeout=10)
            os.close(self._master)

    def _text(self) -> str:
        return "\n".join(line.rstrip() for line in self._screen.display)

    def _read(self) -> None:
        rest = b""
        while not self._reader_stop.is_set():
            self._link.wait()
            if not select.select([self._master], [], [], 0.1)[0]:
                continue
            try:
                block = os.read(self._master, 65536)
            except OSError:  # Linux says so when the program has ended
                block = b""
            with self._changed:
                if not block:
                    self._ended = True
                    self._changed.notify_all()
                    return
                self.received += block
                data = rest + block
                # A sequence that is cut by the block's end waits for its other half.
                start = data.rfind(b"\x1b", max(0, len(data) - 32))
                cut = start if start >= 0 and not re.search(rb"[a-zA-Z\\]", data[start + 1 :]) else len(data)
                rest = data[cut:]
                self._stream.feed(_NOT_FOR_PYTE.sub(b"", data[:cut]))
                self._changed.notify_all()
