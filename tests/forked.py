"""Processes that are there at once: forked from one that has imported what the console imports.

Of a process that is killed soon, its start would be nearly all that is paid for.
"""

from __future__ import annotations

import multiprocessing
import os
import sys
import time
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from io import BufferedReader
from multiprocessing import forkserver
from multiprocessing.connection import Connection
from multiprocessing.context import ForkServerContext, ForkServerProcess
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[1]
PATIENCE = 120
"""Seconds after which a process that has not ended has failed."""

_IMPORTED = [
    *("__main__", "pytest", "tests.support"),
    *("console.cli.main", "console.engine.headless", "console.casebook", "console.tui.app"),
]


@dataclass(frozen=True, slots=True)
class Forked:
    """A process of its own; it is killed like any other."""

    process: ForkServerProcess
    output: BufferedReader
    """What it writes to stdout and stderr, until it ends."""

    def line(self) -> str:
        """The next line that it writes, without its newline; empty if it has ended."""
        return self.output.readline().decode().removesuffix("\n")

    def rest(self) -> list[str]:
        """The whole lines that it writes until its end; it has ended."""
        lines = self.output.read().decode().splitlines(keepends=True)
        self.process.join(PATIENCE)
        return [line.removesuffix("\n") for line in lines if line.endswith("\n")]

    def send(self, number: int) -> None:
        """It is sent this signal."""
        assert self.process.pid is not None
        os.kill(self.process.pid, number)

    def kill(self) -> list[str]:
        """It was killed by SIGKILL; the whole lines that it had written since the last that was read."""
        self.process.kill()
        return self.rest()

    @property
    def code(self) -> int | None:
        """Its exit code, or minus the signal that ended it; None while it runs."""
        return self.process.exitcode


@contextmanager
def forked(act: Callable[..., object], *args: object) -> Iterator[Forked]:
    """A process that does this while the block goes on; it is gone after it.

    Args:
        act: a function at the top of a module.
        args: what it is called with.
    """
    server = _server()
    reading, writing = server.Pipe(duplex=False)
    process = server.Process(target=_do, args=(writing, act, args))
    process.start()
    writing.close()
    with reading, os.fdopen(os.dup(reading.fileno()), "rb") as output:
        try:
            yield Forked(process, output)
        finally:
            process.kill()
            process.join()
            process.close()


def barrier(parties: int) -> Barrier:
    """At which so many processes wait for each other."""
    return _server().Barrier(parties)


def pipe() -> tuple[Connection, Connection]:
    """The two ends of a pipe to a process: what is sent by the second is received by the first."""
    return _server().Pipe(duplex=False)


def icon(arguments: list[str], environment: Mapping[str, str], folder: str = ".") -> None:
    """Run the command line as `icon` does, in this folder; ends the process."""
    os.chdir(folder)
    os.environ.clear()
    os.environ.update(environment)
    time.tzset()
    sys.argv = ["icon", *arguments]
    from console.cli.main import main

    main()


class ForkedIcon:
    """The command line in a terminal of its own, forked; to its parent it is as a `Popen`."""

    def __init__(self, arguments: list[str], terminal: str, environment: Mapping[str, str]) -> None:
        opened, opens = _server().Pipe(duplex=False)
        args = (arguments, terminal, dict(environment), opens)
        self._process = _server().Process(target=_at_terminal, args=args)
        self._process.start()
        opens.close()
        with opened:
            opened.recv()

    @property
    def pid(self) -> int:
        assert self._process.pid is not None
        return self._process.pid

    def send_signal(self, number: int) -> None:
        if self._process.is_alive():
            os.kill(self.pid, number)

    def kill(self) -> None:
        self._process.kill()

    def poll(self) -> int | None:
        return self._process.exitcode

    def wait(self, timeout: float | None = None) -> int:
        self._process.join(timeout)
        assert self._process.exitcode is not None, "it has not ended"
        return self._process.exitcode


def _at_terminal(
    arguments: list[str], terminal: str, environment: Mapping[str, str], opens: Connection
) -> None:
    os.setsid()
    # The first terminal that a session's leader opens is its own.
    opened = os.open(terminal, os.O_RDWR)
    for number, name in enumerate(("stdin", "stdout", "stderr")):
        os.dup2(opened, number)
        stream = open(number, "w" if number else "r", closefd=False)  # noqa: SIM115
        setattr(sys, name, stream)
        setattr(sys, f"__{name}__", stream)
    os.close(opened)
    # Whoever waits for this has the terminal open until then, lest nobody has.
    opens.send(True)
    opens.close()
    icon(arguments, environment)


@cache
def _server() -> ForkServerContext:
    server = multiprocessing.get_context("forkserver")
    server.set_forkserver_preload(_IMPORTED)
    with pytest.MonkeyPatch.context() as patch:
        patch.setenv("PYTHONPATH", str(ROOT))
        forkserver.ensure_running()
    return server


def _do(output: Connection, act: Callable[..., object], args: tuple[object, ...]) -> None:
    for number, name in enumerate(("stdout", "stderr"), start=1):
        os.dup2(output.fileno(), number)
        setattr(sys, name, open(number, "w", buffering=1, closefd=False))  # noqa: SIM115
    output.close()
    act(*args)
