"""What following costs: 5,000 lines a second over 4 files, the collector watched from outside."""

from __future__ import annotations

import argparse
import tempfile
from pathlib import Path
from time import monotonic

import duckdb

from benchmarks.processes import cpu_seconds, following, memory_mb
from benchmarks.traffic import Write, writer, writes_of

BUDGET_CORES = 1.0


def committed(database: Path) -> tuple[int, int]:
    """Lines and bytes that are in the database."""
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select coalesce(sum(lines), 0), coalesce(sum(next_offset), 0) from sources"
        ).fetchone()
    assert found is not None
    return int(found[0]), int(found[1])


def size_of(writes: list[Write]) -> int:
    """Bytes of all files together."""
    return sum({write.file: write.end for write in writes}.values())


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=30)
    arguments.add_argument("--rate", type=int, default=5_000, help="lines a second in all")
    arguments.add_argument("--files", type=int, default=4)
    told = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        logs, database = Path(name) / "logs", Path(name) / "cache.duckdb"
        logs.mkdir()
        traffic = writer(logs, files=told.files, rate=told.rate, seconds=told.seconds)
        with following(logs, database) as collector:
            before, began = cpu_seconds(collector.pid), monotonic()
            writes = writes_of(traffic)
            cores = (cpu_seconds(collector.pid) - before) / (monotonic() - began)
            memory = memory_mb(collector.pid)
        # It was told to end at once when the last line had been written: what is missing is its lag.
        lines, offset = committed(database)
    written = sum(write.lines for write in writes)
    span = writes[-1].at - writes[0].at
    lag = written - lines
    print(f"{written:,} lines, {size_of(writes) / 1e6:,.0f} MB in {span:.1f} s over {told.files} files")
    print(f"writing     {written / span:10,.0f} lines/s of {told.rate:,} asked for")
    print(f"collector   {cores:10.2f} cores  budget {BUDGET_CORES:.0f}, ratio {cores / BUDGET_CORES:.2f}")
    print(f"lag at end  {lag:10,} lines  {size_of(writes) - offset:,} bytes  {lag / told.rate:.3f} s")
    print(f"memory      {memory:10,.0f} MB")


if __name__ == "__main__":
    main()
