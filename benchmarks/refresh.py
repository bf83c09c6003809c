"""What one refresh of the overview asks of a store of millions of rows, part by part.

The store is made by SQL from a few thousand lines that were read as any log is: the same requests again and
again, each time a little later, over some days. The judging's counts, from which long charts are drawn, are
made once beforehand; how long that takes is told too.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import duckdb

from benchmarks.traffic import lines, write_file
from console.canned import load_catalog
from console.checks import CHECKS
from console.engine.headless import Headless
from console.engine.judge import Judge
from console.engine.picture import Pictures
from console.engine.settings import Settings
from console.model import Comparison, Filter, QueryCall, Term, Ticket, View
from console.store import Store

BUDGET_MS = 100.0
SEED_LINES = 10_000
START = datetime(2026, 11, 2, tzinfo=UTC)
SPANS = {"15 min": 0.25, "1 h": 1, "6 h": 6, "24 h": 24, "all": None}
"""Name of a range -> its hours."""
COUNTED = ("error_spikes", "slow_requests")
"""Checks whose cells the long charts are drawn from."""


def fill(database: Path, rows: int, days: float) -> None:
    """The store has so many rows, one after another over these days, and a ledger that says so."""
    copies = max(1, rows // SEED_LINES)
    apart = timedelta(days=days) / (copies * SEED_LINES) / timedelta(microseconds=1)
    with duckdb.connect(str(database), config={"preserve_insertion_order": True}) as connection:
        ((table,),) = connection.execute("select table_name from model_tables").fetchall()
        ((size,),) = connection.execute("select max(next_offset) from ledger").fetchall()
        numbered = f"select *, row_number() over (order by source_offset) - 1 as place from {table}"
        connection.execute(f"create temp table seed as {numbered}")
        connection.execute(f"delete from {table}")
        connection.execute(
            f"""
            insert into {table} by name
            select * exclude (place, copy) replace (
                make_timestamptz(epoch_us($start) + cast((copy * $lines + place) * $apart as bigint)) as ts,
                source_offset + copy * $size as source_offset
            )
            from seed, (select unnest(range($copies)) as copy)
            order by copy, place
            """,
            {"start": START, "lines": SEED_LINES, "apart": apart, "size": size, "copies": copies},
        )
        connection.execute(
            "update ledger set rows = rows * $copies, lines = lines * $copies", {"copies": copies}
        )
        connection.execute("checkpoint")


def best(ask: Callable[[], object], runs: int) -> float:
    """Milliseconds of the quickest of some runs."""
    found = []
    for _ in range(runs):
        began = perf_counter()
        ask()
        found.append((perf_counter() - began) * 1000)
    return min(found)


def tell(name: str, took: float, note: str = "") -> None:
    """Print a part and what it took."""
    print(f"{name:<28}{took:9.1f} ms  {took / BUDGET_MS:5.2f} of the budget{'  ' if note else ''}{note}")


def refresh(store: Store, judge: Judge, runs: int) -> None:
    """Print what each part of a refresh takes, and all of it for each range."""
    newest = store.newest()
    recent = QueryCall("predictions_recent", {"until": newest, "row_limit": 200})
    print("parts")
    tell("  rows, first and newest", best(store.counts, runs))
    tell("  newest 200 requests", best(lambda: store.table(recent), runs))
    tell("  how far each source is", best(store.marks, runs))
    totals = judge.totals()
    print("everything on screen")
    for name, hours in SPANS.items():
        view = View(span=None if hours is None else timedelta(hours=hours))
        pictures = Pictures(store)
        pictures.take(view, totals)
        took = best(lambda view=view, pictures=pictures: pictures.take(view, totals, Ticket()), runs)
        tell(f"  {name}", took)
    filtered = View(Filter((Term("region", Comparison.IS, "EU"), Term("status", Comparison.AT_LEAST, "500"))))
    took = best(lambda: Pictures(store).take(filtered, totals), runs)
    tell("  24 h under a filter", took, "asked again after twenty times as long")


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=10_000_000)
    arguments.add_argument("--days", type=float, default=10)
    arguments.add_argument("--runs", type=int, default=5)
    told = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        log, database = Path(name) / "app.jsonl", Path(name) / "cache.duckdb"
        write_file(log, lines(SEED_LINES, start=START))
        with Headless(
            Settings((str(log),), database=str(database)), clock=lambda: datetime.now(UTC)
        ) as parts:
            parts.collector.drain()
        fill(database, told.rows, told.days)
        # The log's times may lie ahead of the clock on the wall.
        store = Store(str(database), load_catalog(), clock=lambda: START + timedelta(days=2 * told.days))
        print(
            f"{store.counts().rows:,} rows over {told.days:g} days, {database.stat().st_size / 1e6:,.0f} MB"
        )
        judge = Judge(store, [check for check in CHECKS if check.name in COUNTED])
        began = perf_counter()
        judge.history()
        print(f"counted and judged once in {perf_counter() - began:.1f} s, by {' and '.join(COUNTED)}")
        refresh(store, judge, told.runs)
        store.close()


if __name__ == "__main__":
    main()
