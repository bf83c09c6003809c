"""How fast a backlog is read, beside DuckDB's own reader of the same files into the same table.

The reader is told all types, and checks nothing that the console promises: no offsets, no rejects, no
ledger, and a number where text was expected is taken for whatever it can be made into. Each runs in a process
of its own, as it is used, and is timed in it.
"""

from __future__ import annotations

import argparse
import multiprocessing
import os
import resource
import tempfile
from datetime import UTC, datetime, timedelta
from itertools import islice, pairwise
from pathlib import Path
from statistics import median
from time import perf_counter, process_time

import duckdb

from benchmarks.traffic import lines, write_file
from console.engine.headless import Headless
from console.engine.settings import Settings

POOL = 200_000
"""So many different lines: with fewer, both databases would compress what no real log repeats."""

_FIELDS = {
    "ts": "varchar",
    "request_id": "varchar",
    "model": "varchar",
    "model_version": "varchar",
    "endpoint": "varchar",
    "status": "integer",
    "error_type": "varchar",
    "latency_ms": "double",
    "prediction": "varchar",
    "score": "double",
}


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


def read_json_seconds(logs: Path, database: Path, cache: Path) -> float:
    """Seconds that DuckDB takes for the same files into a table like the cache's, checkpointed."""
    with duckdb.connect(str(cache), read_only=True) as connection:
        found = connection.execute("select sql from duckdb_tables() where table_name = 'p_0'").fetchone()
        columns = connection.execute("select column_name, kind, name from feature_columns").fetchall()
    assert found is not None
    types = {"number": "double", "text": "varchar", "tag": "varchar"}
    features = ", ".join(f'"{name}" {types[kind]}' for _, kind, name in columns if kind != "tag")
    tags = ", ".join(f'"{name}" varchar' for _, kind, name in columns if kind == "tag")
    asked = {**_FIELDS, "features": f"struct({features})", "tags": f"struct({tags})"}
    structure = ", ".join(f"{name}: '{kind}'" for name, kind in asked.items())
    values = ["ts::timestamptz as ts", "'logged' as ts_origin", "1 as source_id", "0 as source_offset"]
    values += [name for name in _FIELDS if name != "ts"]
    values += [f'{"tags" if kind == "tag" else "features"}."{name}" as {c}' for c, kind, name in columns]
    with duckdb.connect(str(database), config={"threads": 2}) as connection:
        connection.execute("set TimeZone = 'UTC'")
        connection.execute("set enable_progress_bar = false")
        connection.execute(found[0])
        began = perf_counter()
        connection.execute(
            f"insert into p_0 by name select {', '.join(values)} "
            f"from read_json($file, format = 'newline_delimited', columns = {{{structure}}})",
            {"file": str(logs / "*.jsonl")},
        )
        connection.execute("checkpoint")
        return perf_counter() - began


def collect_seconds(logs: Path, database: Path, expected: int, judge: bool) -> tuple[float, float]:
    """Seconds that the console takes for them, from opening its cache to a whole file on disk; MB at most."""
    began, used = perf_counter(), process_time()
    with Headless(Settings((str(logs),), database=str(database)), clock=utc_now) as parts:
        parts.collector.drain()
        parts.store.checkpoint()
        seconds, used = perf_counter() - began, process_time() - used
        assert parts.store.counts().rows == expected
        print(f"  of this, processor {used:.1f} s")
        if judge:
            began = perf_counter()
            alerts = parts.judge.history()
            print(f"judge       {perf_counter() - began:8.2f} s  {len(alerts)} alerts over the whole history")
    return seconds, resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=1_900_000, help="1 GB of them unless given")
    arguments.add_argument("--files", type=int, default=1, help="that they are in")
    arguments.add_argument("--runs", type=int, default=3, help="of each reader, in turn")
    arguments.add_argument("--judge", action="store_true", help="judge the whole history, too")
    given = arguments.parse_args()
    peers: list[float] = []
    own: list[float] = []
    peaks: list[float] = []
    afresh = multiprocessing.get_context("spawn").Pool(1, maxtasksperchild=1)
    with afresh, tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        logs = folder / "logs"
        logs.mkdir()
        start = utc_now() - timedelta(days=1)
        some = lines(given.lines, start=start, seconds_apart=86_000 / given.lines, pool_size=POOL)
        shares = [given.lines * number // given.files for number in range(given.files + 1)]
        size = 0
        for number, (begin, end) in enumerate(pairwise(shares)):
            log = logs / f"app-{number:04}.jsonl"
            size += write_file(log, islice(some, end - begin))
            with log.open("rb") as written:
                os.fsync(written.fileno())  # or whoever comes first waits for the disk to take it
        print(f"{given.lines:,} lines, {size / 1e6:,.0f} MB, {size // given.lines} bytes each")
        for run in range(given.runs):
            peer, cache = folder / f"peer-{run}.duckdb", folder / f"cache-{run}.duckdb"
            judge = given.judge and run == given.runs - 1
            seconds, peak = afresh.apply(collect_seconds, (logs, cache, given.lines, judge))
            own.append(seconds)
            peaks.append(peak)
            print(f"collect     {own[-1]:8.2f} s  {given.lines / own[-1]:10,.0f} lines/s")
            peers.append(afresh.apply(read_json_seconds, (logs, peer, cache)))
            print(f"read_json   {peers[-1]:8.2f} s  {given.lines / peers[-1]:10,.0f} lines/s")
            held, theirs = cache.stat().st_size / 1e6, peer.stat().st_size / 1e6
            print(f"  database {held:,.0f} MB, read_json's {theirs:,.0f} MB")
            peer.unlink()
            cache.unlink()
    ratio = median(peers) / median(own)
    print(f"ratio {ratio:.2f} of read_json's speed; peak memory {max(peaks):,.0f} MB")


if __name__ == "__main__":
    main()
