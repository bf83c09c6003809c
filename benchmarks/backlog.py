"""How fast a backlog is read, beside DuckDB's own reader of the same files, and how fast it is judged."""

from __future__ import annotations

import argparse
import resource
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import duckdb

from console.engine.headless import Headless
from console.engine.settings import Settings
from console.samples import write_sample_logs


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


def read_json_seconds(folder: Path, database: Path) -> float:
    """Seconds that DuckDB takes for the same files into a table of a file, checkpointed."""
    with duckdb.connect(str(database), config={"threads": 2}) as connection:
        began = perf_counter()
        connection.execute(
            "create table t as select * from read_json($files, format = 'newline_delimited', "
            "union_by_name = true)",
            {"files": str(folder / "*.jsonl")},
        )
        connection.execute("checkpoint")
        return perf_counter() - began


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=300_000)
    lines = arguments.parse_args().lines
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        logs = folder / "logs"
        receipt = write_sample_logs(logs, seed=1, lines=lines, start=datetime(2026, 11, 2, tzinfo=UTC))
        peer = read_json_seconds(logs, folder / "peer.duckdb")
        settings = Settings((str(logs),), database=str(folder / "cache.duckdb"))
        with Headless(settings, clock=utc_now) as parts:
            began = perf_counter()
            parts.collector.drain()
            parts.store.checkpoint()
            own = perf_counter() - began
            peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss / 1024
            began = perf_counter()
            alerts = parts.judge.history()
            judged = perf_counter() - began
            assert parts.store.counts().rows == lines
    print(f"{lines:,} lines, {receipt.size / 1e6:,.0f} MB")
    print(f"read_json   {peer:8.2f} s  {lines / peer:10,.0f} lines/s")
    print(
        f"collect     {own:8.2f} s  {lines / own:10,.0f} lines/s  ratio {peer / own:.2f}  peak {peak:,.0f} MB"
    )
    print(f"judge       {judged:8.2f} s  {len(alerts)} alerts over the whole history")


if __name__ == "__main__":
    main()
