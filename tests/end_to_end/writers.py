"""A service that logs and is rotated: `python -m tests.end_to_end.writers FOLDER SEED KIND...`.

A process of its own, so that it goes on whatever becomes of its reader. What it does follows from the
seed: bursts, lines in several pieces, bad lines and blank ones, over one log for each kind of rotation,
which are rotated at any moment. Every line carries a number; what was written is told at the end.
"""

from __future__ import annotations

import gzip
import os
import random
import select
import shutil
import sys
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator
from itertools import pairwise
from pathlib import Path

import orjson

PAUSE_SECONDS = 0.006
"""Longest pause between two acts."""

ROTATED = 0.03
"""Probability that a log is rotated after an act."""

GZIP_SUFFIX = ".gz"


class Log(ABC):
    """One file that numbered lines are appended to, in whole writes or in pieces."""

    def __init__(self, path: Path, chance: random.Random) -> None:
        self.path = path
        self.chance = chance
        self.rows: list[int] = []
        self.bad: list[int] = []
        self.blanks = 0
        self.rotations = 0
        self._number = 0
        self._pieces: list[bytes] = []
        self.open()

    def open(self) -> None:
        """What is written from now on goes to a new file of the log's name."""
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)

    def close(self) -> None:
        """The file is not written any more."""
        os.close(self._descriptor)

    def write(self, data: bytes) -> None:
        """The bytes are at the file's end."""
        os.write(self._descriptor, data)

    def act(self) -> None:
        """Something is written: what a service does between two moments."""
        if self._pieces:
            self.write(self._pieces.pop(0))
            return
        match self.chance.randrange(10):
            case 0:
                line = self._line()
                cuts = sorted(self.chance.sample(range(1, len(line)), 3))
                edges = [0, *cuts, len(line)]
                self._pieces = [line[a:b] for a, b in pairwise(edges)]
            case 1:
                self.write(self._bad_line())
            case 2:
                self.blanks += 1
                self.write(self.chance.choice((b"\n", b"  \n", b"\r\n")))
            case 3:
                self.write(b"".join(self._line() for _ in range(self.chance.randrange(50, 300))))
            case _:
                self.write(b"".join(self._line() for _ in range(self.chance.randrange(1, 8))))

    def complete(self) -> None:
        """A line that is there in part is there whole."""
        while self._pieces:
            self.write(self._pieces.pop(0))

    @abstractmethod
    def rotate(self) -> None:
        """The log goes on in a new file, or in the same file from its beginning."""

    def told(self) -> dict[str, object]:
        """What was written so far."""
        return {"rows": self.rows, "bad": self.bad, "blanks": self.blanks, "rotations": self.rotations}

    def _next(self) -> str:
        self._number += 1
        return f"{self.path.stem}-{self._number:06d}"

    def _line(self) -> bytes:
        name = self._next()
        self.rows.append(self._number)
        record = {
            "ts": 1_793_000_000 + self._number,
            "request_id": name,
            "model": "m",
            "status": 200,
            "latency_ms": self.chance.uniform(1, 100),
            "features": {"amount": self.chance.random(), "note": "é" * self.chance.randrange(60)},
            "tags": {"log": self.path.stem},
        }
        return orjson.dumps(record) + self.chance.choice((b"\n", b"\r\n"))

    def _bad_line(self) -> bytes:
        name = self._next().encode()
        self.bad.append(self._number)
        kinds = (
            b'{"request_id":"%s","features":{"amount":\n',
            b"\xc3(\xff %s\n",
            b'[1,"%s"]\n',
            b'{"request_id":"%s","ts":"yesterday"}\n',
            b"a traceback in the log, of %s\r\n",
        )
        return self.chance.choice(kinds) % name


def shift_archives(path: Path, suffix: str = "") -> Path:
    """The name for the newest archive, `app.jsonl.1`, is free: older ones have moved up by one."""
    number = 1
    while Path(f"{path}.{number}{suffix}").exists():
        number += 1
    for older in range(number, 1, -1):
        Path(f"{path}.{older - 1}{suffix}").rename(f"{path}.{older}{suffix}")
    return Path(f"{path}.1")


class Renamed(Log):
    """Renamed to `app.jsonl.1`; the service writes on until it opens the log anew."""

    def rotate(self) -> None:
        self.path.rename(shift_archives(self.path))
        for _ in range(self.chance.randrange(3)):
            self.act()
        self.complete()
        self.close()
        self.open()


class Gzipped(Log):
    """Renamed, then packed into `app.jsonl.1.gz`, which grows before the reader's eyes."""

    def rotate(self) -> None:
        archive = shift_archives(self.path, GZIP_SUFFIX)
        self.path.rename(archive)
        self.act()
        self.complete()
        self.close()
        self.open()
        packed = gzip.compress(archive.read_bytes(), 1)
        with Path(f"{archive}{GZIP_SUFFIX}").open("wb", buffering=0) as file:
            half = self.chance.randrange(len(packed))
            file.write(packed[:half])
            self.act()
            file.write(packed[half:])
        archive.unlink()


class Copied(Log):
    """Copied, then cut to nothing, with nothing written in between."""

    def rotate(self) -> None:
        self.complete()
        # A copy of nothing but a blank line is like any other: no reader could tell them apart.
        self.write(self._line())
        shutil.copyfile(self.path, f"{self.path}-{self.rotations:04d}")
        os.truncate(self.path, 0)


class Holed(Copied):
    """Copied and cut under a service that writes on at its old place: a hole of NUL bytes comes before."""

    def open(self) -> None:
        self._descriptor = os.open(self.path, os.O_WRONLY | os.O_CREAT, 0o644)

    def rotate(self) -> None:
        super().rotate()
        self.write(self._line())


class Linked(Log):
    """A symbolic link that comes to lead to another file; the old one stays where it is."""

    def open(self) -> None:
        target = self.path.with_name(f"{self.path.stem}.{self.rotations}{self.path.suffix}")
        self._descriptor = os.open(target, os.O_WRONLY | os.O_CREAT | os.O_APPEND, 0o644)
        link = self.path.with_name(f".{self.path.name}")
        link.symlink_to(target.name)
        link.replace(self.path)

    def rotate(self) -> None:
        self.complete()
        self.close()
        self.open()
        self.write(self._line())


KINDS: dict[str, type[Log]] = {
    "renamed": Renamed,
    "gzipped": Gzipped,
    "copied": Copied,
    "holed": Holed,
    "linked": Linked,
}
"""Kind of rotation -> the log that is rotated so."""


class Service:
    """Logs of several kinds, driven over stdin.

    `<number>` is answered after so many further acts. `pause` completes every line and is answered with
    what was written until then, as JSON; the next command goes on. The end of stdin ends the service.
    Nothing is rotated before the first pause, and a link is re-pointed at most once between two: of a
    target that came and went while nobody read, no reader who was given the link alone can know.
    """

    def __init__(self, folder: Path, seed: int, kinds: Iterator[str]) -> None:
        self._chance = random.Random(seed)
        self._logs = [KINDS[kind](folder / f"{kind}.jsonl", random.Random(seed)) for kind in kinds]
        self._seen: set[Log] = set()
        """The logs that may be rotated."""

    def run(self, commands: int, answer: Callable[[bytes], object]) -> None:
        """Write until the commands end."""
        left: int | None = None
        while True:
            # Ended or answered by a command, or by the pause between two acts.
            pause = self._chance.random() * PAUSE_SECONDS
            if select.select([commands], [], [], pause)[0]:
                command = os.read(commands, 100).strip()
                if not command:
                    return
                if command == b"pause":
                    self._pause(answer)
                    command = os.read(commands, 100).strip()
                left = int(command)
            self._act()
            if left is not None:
                left -= 1
                if left <= 0:
                    answer(b"done\n")
                    left = None

    def _act(self) -> None:
        log = self._chance.choice(self._logs)
        log.act()
        if self._chance.random() < ROTATED and log in self._seen:
            if isinstance(log, Linked):
                self._seen.discard(log)
            log.rotations += 1
            log.rotate()

    def _pause(self, answer: Callable[[bytes], object]) -> None:
        for log in self._logs:
            log.complete()
        self._seen = set(self._logs)
        answer(orjson.dumps({log.path.stem: log.told() for log in self._logs}) + b"\n")


def main() -> None:
    """Write as the arguments say, until stdin ends."""
    folder, seed, *kinds = sys.argv[1:]

    def answer(line: bytes) -> None:
        sys.stdout.buffer.write(line)
        sys.stdout.buffer.flush()

    Service(Path(folder), int(seed), iter(kinds)).run(sys.stdin.fileno(), answer)


if __name__ == "__main__":
    main()
