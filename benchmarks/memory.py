"""How much memory reading takes at its peak, on input that asks for much: each in a process of its own."""

from __future__ import annotations

import argparse
import tempfile
import zlib
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

import orjson

from benchmarks.processes import DUCKDB_BUDGET_MB, icon, run
from benchmarks.traffic import lines, write_file

MIB = 2**20
START = datetime(2026, 11, 2, tzinfo=UTC)
BLOCK_LINES = 10_000


def large(path: Path, megabytes: int) -> None:
    """A file of ordinary lines: the same block of them again and again, which costs its reader the same."""
    block = b"".join(lines(BLOCK_LINES, start=START))
    with path.open("wb") as file:
        for _ in range(max(1, megabytes * 10**6 // len(block))):
            file.write(block)


def long_lines(path: Path, megabytes: int) -> None:
    """Three lines of so many megabytes, and one that is longer than any line may be."""
    long = orjson.dumps({"features": {"note": "x" * megabytes * MIB}}) + b"\n"
    write_file(path, [long, long, long, b"x" * 64 * MIB + b"\n"])


def new_names(path: Path, count: int) -> None:
    """So many feature names, ten new ones in each line."""
    records = ({f"feature {number + n}": n for n in range(10)} for number in range(0, count, 10))
    write_file(path, (orjson.dumps({"features": features}) + b"\n" for features in records))


def categories(path: Path, count: int) -> None:
    """So many lines, a text in each that no other has."""
    values = (f"category {number} {number * 7919 % count}" for number in range(count))
    write_file(path, (orjson.dumps({"model": "m", "features": {"text": value}}) + b"\n" for value in values))


def bomb(path: Path, megabytes: int) -> None:
    """A line of so many megabytes, packed into a thousandth of that, between two ordinary ones."""
    ordinary = b'{"request_id":"ordinary"}\n'
    packer = zlib.compressobj(9, wbits=31)
    block = b"x" * MIB
    with path.open("wb") as file:
        file.write(packer.compress(ordinary))
        for _ in range(megabytes):
            file.write(packer.compress(block))
        file.write(packer.compress(b"\n" + ordinary))
        file.write(packer.flush())


def many_files(folder: Path, count: int) -> None:
    """So many files, read at once."""
    folder.mkdir()
    block = b"".join(lines(BLOCK_LINES // 5, start=START))
    for number in range(count):
        write_file(folder / f"app-{number}.jsonl", [block])


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--megabytes", type=int, default=1000, help="size of the large file")
    arguments.add_argument("--names", type=int, default=20_000, help="feature names, ten new ones a line")
    arguments.add_argument("--bomb-megabytes", type=int, default=2_000, help="the packed line, unpacked")
    arguments.add_argument("--only", help="the case whose name begins like this")
    told = arguments.parse_args()
    cases: dict[str, tuple[str, Callable[[Path], None]]] = {
        "nothing": ("empty.jsonl", lambda path: path.touch()),
        f"large file, {told.megabytes:,} MB": ("large.jsonl", lambda path: large(path, told.megabytes)),
        "lines of 5 and 64 MB": ("long.jsonl", lambda path: long_lines(path, 5)),
        f"{told.names:,} feature names": ("names.jsonl", lambda path: new_names(path, told.names)),
        "100,000 categories": ("categories.jsonl", lambda path: categories(path, 100_000)),
        f"packed line, {told.bomb_megabytes:,} MB": (
            "b.jsonl.gz",
            lambda path: bomb(path, told.bomb_megabytes),
        ),
        "200 files": ("many", lambda path: many_files(path, 200)),
    }
    print(f"{'':<26}{'peak MB':>9}{'of budget':>11}{'seconds':>9}   budget {DUCKDB_BUDGET_MB:,} MB")
    for name, (file, make) in cases.items():
        if told.only and not name.startswith(told.only):
            continue
        with tempfile.TemporaryDirectory() as temporary:
            folder = Path(temporary)
            make(folder / file)
            ended = run(
                icon("collect", folder / file, "--db", folder / "c.duckdb", "--once", "--quiet"), folder
            )
        share = ended.peak_mb / DUCKDB_BUDGET_MB
        print(f"{name:<26}{ended.peak_mb:9,.0f}{share:11.2f}{ended.seconds:9.1f}", flush=True)


if __name__ == "__main__":
    main()
