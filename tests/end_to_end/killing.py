"""Kills a collector again and again while its logs are written and rotated; then compares every line."""

from __future__ import annotations

import random
import subprocess
import sys
from collections import Counter
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from pathlib import Path
from typing import TypedDict

import orjson

from tests.end_to_end.collecting import (
    ask_the_doctor,
    collect_once,
    collected,
    collecting,
    surroundings,
)

KILLS_BETWEEN_PAUSES = 5
MOST_ACTS = 120
"""How much is written at most from when a collector follows until it is killed; a few hundred
milliseconds' worth."""


class Written(TypedDict):
    """What one log says was written to it."""

    rows: list[int]
    bad: list[int]
    blanks: int
    rotations: int


class Writer:
    """The other end of `tests.end_to_end.writers`."""

    def __init__(self, process: subprocess.Popen[bytes]) -> None:
        assert process.stdin is not None and process.stdout is not None
        self._commands, self._answers = process.stdin, process.stdout

    def go_on(self, acts: int) -> None:
        """So many further acts have been done."""
        self._tell(str(acts))
        assert self._answers.readline() == b"done\n", "the writer has ended"

    def pause(self) -> Mapping[str, Written]:
        """Nothing is written until `go_on`; by log, what was written so far."""
        self._tell("pause")
        told: Mapping[str, Written] = orjson.loads(self._answers.readline())
        return told

    def _tell(self, command: str) -> None:
        self._commands.write(f"{command}\n".encode())
        self._commands.flush()


@contextmanager
def writing(folder: Path, seed: int, kinds: Iterable[str]) -> Iterator[Writer]:
    """A writer that runs while the block does, with a log for each kind of rotation."""
    command = [sys.executable, "-m", "tests.end_to_end.writers", str(folder), str(seed), *kinds]
    with subprocess.Popen(
        command, env=surroundings(folder), stdin=subprocess.PIPE, stdout=subprocess.PIPE
    ) as process:
        try:
            yield Writer(process)
        finally:
            process.kill()


def kill_and_compare(
    folder: Path, sources: Sequence[str], kinds: Iterable[str], *, seed: int, kills: int
) -> Mapping[str, Written]:
    """Every line was stored once, whatever happened; the test fails where one was not.

    Args:
        folder: empty; for the logs and the database.
        sources: relative to the folder of the logs.
        kinds: of rotation, of `writers.KINDS`.
        seed: what follows from chance.
        kills: how often the collector is killed.

    Returns:
        By log, what was written.
    """
    logs, database = folder / "logs", folder / "cache.duckdb"
    logs.mkdir()
    named = [logs / source for source in sources]
    chance = random.Random(seed)
    with writing(logs, seed, kinds) as writer:
        # What came and went before anybody read a file of that name is not the reader's to find.
        writer.go_on(20)
        writer.pause()
        collect_once(named, database)
        for number in range(1, kills + 1):
            writer.go_on(1)
            with collecting(named, database) as collector:
                if chance.random() < 0.9:  # else it is killed while it starts
                    told = collector.line()
                    assert "collecting" in told, told
                writer.go_on(chance.randrange(1, MOST_ACTS))
                assert collector.code is None, collector.rest()
                collector.kill()
            if number % KILLS_BETWEEN_PAUSES == 0 or number == kills:
                written = writer.pause()
                collect_once(named, database)
                assert_every_line_is_there_once(written, database)
    ask_the_doctor(database)
    return written


def assert_every_line_is_there_once(written: Mapping[str, Written], database: Path) -> None:
    """Rows and rejects are the numbers that were written, in their order, and all counters agree."""
    found = collected(database)
    rows = _names((name, log["rows"]) for name, log in written.items())
    rejects = _names((name, log["bad"]) for name, log in written.items())
    for kind, wanted, there in (("row", rows, found.rows), ("reject", rejects, found.rejects)):
        lost, more = wanted - there, there - wanted
        assert not lost, f"{lost.total()} {kind}s lost: {_by_log(lost)}"
        assert not more, f"{more.total()} {kind}s too many: {_by_log(more)}"
    assert found.imbalance == ()
    assert found.disorder == ()
    assert found.blanks == sum(log["blanks"] for log in written.values())
    assert found.lines == rows.total() + rejects.total() + found.blanks


def _names(logs: Iterable[tuple[str, Sequence[int]]]) -> Counter[str]:
    return Counter(f"{name}-{number:06d}" for name, numbers in logs for number in numbers)


def _by_log(names: Counter[str]) -> dict[str, str]:
    """Of each log how many, and the first and the last."""
    of_log: dict[str, list[str]] = {}
    for name in sorted(names):
        of_log.setdefault(name.partition("-")[0], []).append(name)
    return {log: f"{len(those)}: {those[0]} to {those[-1]}" for log, those in of_log.items()}
