"""Prediction lines of about 550 bytes with 20 features, and a process that writes them at a steady rate.

`python -m benchmarks.traffic FOLDER --files 4 --rate 5000 --seconds 30` writes, then prints where in
which file each write ended and when, so that whoever reads the files can be timed against it.
"""

from __future__ import annotations

import argparse
import random
import subprocess
import sys
from collections.abc import Iterable, Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from time import monotonic, sleep
from typing import NamedTuple

import orjson

POOL = 5_000
TICK_SECONDS = 0.01


class Write(NamedTuple):
    """One write: a number of whole lines."""

    file: str
    end: int
    """The file's size after it, in bytes."""
    at: float
    """When it was done: seconds of the system's monotonic clock, which all processes share."""
    lines: int


def bodies(count: int, *, seed: int = 1) -> list[bytes]:
    """What follows `ts` and `request_id` in a line, so many times."""
    chance = random.Random(seed)
    return [_body(chance) for _ in range(count)]


def _body(chance: random.Random) -> bytes:
    features: dict[str, object] = {f"num_{n}": round(chance.gauss(100, 15), 4) for n in range(12)}
    features |= {f"kind_{n}": chance.choice(("one", "two", "three", "four")) for n in range(6)}
    features |= {f"rare_{n}": chance.choice((None, round(chance.random(), 4))) for n in range(2)}
    fails = chance.random() < 0.01
    record = {
        "model": "fraud",
        "model_version": chance.choice(("v3", "v4")),
        "endpoint": "/score",
        "status": 503 if fails else 200,
        "error_type": "UpstreamTimeout" if fails else None,
        "latency_ms": round(chance.lognormvariate(3, 0.4), 3),
        "prediction": chance.choice(("legit", "fraud")),
        "score": round(chance.random(), 6),
        "features": features,
        "tags": {"region": chance.choice(("EU", "US", "APAC"))},
    }
    return orjson.dumps(record)[1:] + b"\n"


def lines(
    count: int, *, start: datetime, seconds_apart: float = 0.01, seed: int = 1, pool_size: int = POOL
) -> Iterator[bytes]:
    """Numbered lines, each so much later than the one before, of so many different contents."""
    pool = cycle(bodies(min(count, pool_size), seed=seed))
    for number, body in enumerate(islice(pool, count)):
        at = (start + timedelta(seconds=number * seconds_apart)).isoformat()
        yield b'{"ts":"%s","request_id":"%d",%s' % (at.encode(), number, body)


def write_file(path: Path, some: Iterable[bytes]) -> int:
    """The lines are in the file; its size in bytes."""
    with path.open("wb") as file:
        file.writelines(some)
        return file.tell()


def write_steadily(folder: Path, *, files: int, rate: int, seconds: float) -> Iterator[Write]:
    """Append to several files in turn, so many lines a second in all, each line at its time."""
    pool = cycle(bodies(POOL))
    paths = [folder / f"traffic-{number}.jsonl" for number in range(files)]
    handles = [path.open("ab", buffering=0) for path in paths]
    began = monotonic()
    written = turn = 0
    try:
        while (now := monotonic()) - began < seconds:
            due = int((now - began) * rate) - written
            if due > 0:
                at = datetime.now(UTC).isoformat().encode()
                block = [
                    b'{"ts":"%s","request_id":"%d",%s' % (at, written + n, next(pool)) for n in range(due)
                ]
                file, path = handles[turn % files], paths[turn % files]
                file.write(b"".join(block))
                yield Write(str(path), file.tell(), monotonic(), due)
                written += due
                turn += 1
            sleep(TICK_SECONDS / 2)
    finally:
        for file in handles:
            file.close()


def writer(folder: Path, *, files: int, rate: int, seconds: float) -> subprocess.Popen[bytes]:
    """`write_steadily` in a process of its own, to files that are there; `writes_of` reads what it prints."""
    for number in range(files):
        (folder / f"traffic-{number}.jsonl").touch()
    arguments = ["--files", str(files), "--rate", str(rate), "--seconds", str(seconds)]
    return subprocess.Popen(
        [sys.executable, "-m", "benchmarks.traffic", str(folder), *arguments], stdout=subprocess.PIPE
    )


def writes_of(process: subprocess.Popen[bytes]) -> list[Write]:
    """Every write of a `writer`, once it has ended."""
    assert process.stdout is not None
    told = process.stdout.read()
    if process.wait():
        raise SystemExit(f"the writer failed with exit code {process.returncode}")
    return [Write(*entry) for entry in orjson.loads(told)]


def main() -> None:
    """Write as the arguments say, then print every write as JSON."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("folder", type=Path)
    arguments.add_argument("--files", type=int, default=4)
    arguments.add_argument("--rate", type=int, default=5_000, help="lines a second in all")
    arguments.add_argument("--seconds", type=float, default=30)
    told = arguments.parse_args()
    writes = list(write_steadily(told.folder, files=told.files, rate=told.rate, seconds=told.seconds))
    sys.stdout.buffer.write(orjson.dumps([tuple(write) for write in writes]))


if __name__ == "__main__":
    main()
