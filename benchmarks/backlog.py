"""How fast a backlog is read, beside DuckDB's own reader of the same file, and how fast it is judged."""

from __future__ import annotations

import argparse
import resource
import tempfile
from datetime import UTC, datetime, timedelta
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import duckdb

from benchmarks.traffic import lines, write_file
from console.engine.headless import Headless
from console.engine.settings import Settings


POOL = 200_000
"""So many different lines: with fewer, both databases would compress what no real log repeats."""


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


def read_json_seconds(log: Path, database: Path) -> float:
    """Seconds that DuckDB takes for the same file into a table of a file, checkpointed."""
    with duckdb.connect(str(database), config={"threads": 2}) as connection:
        began = perf_counter()
        connection.execute(
            "create table t as select * exclude (features, tags), features.*, tags.* "
            "from read_json($file, format = 'newline_delimited')",
            {"file": str(log)},
        )
        connection.execute("checkpoint")
        return perf_counter() - began


def collect_seconds(log: Path, database: Path, expected: int, *, judge: bool) -> float:
    """Seconds that the console takes for it, from opening its cache to a whole file on disk."""
    began, used = perf_counter(), process_time()
    with Headless(Settings((str(log),), database=str(database)), clock=utc_now) as parts:
        parts.collector.drain()
        parts.store.checkpoint()
        seconds, used = perf_counter() - began, process_time() - used
        assert parts.store.counts().rows == expected
        print(f"  of this, processor {used:.1f} s")
        if judge:
            began = perf_counter()
            alerts = parts.judge.history()
            print(f"judge       {perf_counter() - began:8.2f} s  {len(alerts)} alerts over the whole history")
    return seconds


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=1_900_000, help="1 GB of them unless given")
    arguments.add_argument("--runs", type=int, default=3, help="of each reader, in turn")
    arguments.add_argument("--judge", action="store_true", help="judge the whole history, too")
    given = arguments.parse_args()
    peers: list[float] = []
    own: list[float] = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log = folder / "app.jsonl"
        start = utc_now() - timedelta(days=1)
        size = write_file(log, lines(given.lines, start=start, seconds_apart=86_000 / given.lines, pool_size=POOL))
        print(f"{given.lines:,} lines, {size / 1e6:,.0f} MB, {size // given.lines} bytes each")
        for run in range(given.runs):
            peer, cache = folder / f"peer-{run}.duckdb", folder / f"cache-{run}.duckdb"
            peers.append(read_json_seconds(log, peer))
            print(f"read_json   {peers[-1]:8.2f} s  {given.lines / peers[-1]:10,.0f} lines/s")
            judge = given.judge and run == given.runs - 1
            own.append(collect_seconds(log, cache, given.lines, judge=judge))
            print(f"collect     {own[-1]:8.2f} s  {given.lines / own[-1]:10,.0f} lines/s")
            held, theirs = cache.stat().st_size / 1e6, peer.stat().st_size / 1e6
            print(f"  database {held:,.0f} MB, read_json's {theirs:,.0f} MB")
            peer.unlink()
            cache.unlink()
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
    print(
        f"ratio {median(peers) / median(own):.2f} of read_json's speed; peak memory {peak:,.0f} MB with both"
    )


if __name__ == "__main__":
    main()
