"""From written to queryable: a writer at 2,000 lines a second, and a reader that asks all the time."""

from __future__ import annotations

import argparse
import tempfile
import threading
from bisect import bisect_left
from collections import defaultdict
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

from benchmarks.traffic import Write, writer, writes_of
from console.engine.headless import Headless
from console.engine.settings import Settings
from console.store import Store

BUDGET_MS = 500.0
ASKED_EVERY_SECONDS = 0.004
"""What the figures may be too large by."""

Seen = dict[str, list[tuple[int, float]]]
"""File -> how far it was found committed, and when this was first found."""


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


def watch(store: Store, over: Callable[[], bool]) -> Seen:
    """Ask how far each file is committed until `over`."""
    seen: Seen = defaultdict(list)
    while not over():
        for mark in store.marks():
            found = seen[mark.path]
            if not found or found[-1][0] < mark.next_offset:
                found.append((mark.next_offset, monotonic()))
        sleep(ASKED_EVERY_SECONDS)
    return seen


def milliseconds(writes: list[Write], seen: Seen) -> list[float]:
    """For each line, how long it took until a reader found it, in ascending order."""
    taken: list[float] = []
    for write in writes:
        found = seen[write.file]
        at = bisect_left(found, (write.end, 0.0))
        if at == len(found):
            raise SystemExit(f"{write.file}: never committed up to {write.end}")
        taken += [(found[at][1] - write.at) * 1000] * write.lines
    return sorted(taken)


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=30)
    arguments.add_argument("--rate", type=int, default=2_000, help="lines a second in all")
    arguments.add_argument("--files", type=int, default=4)
    told = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        logs = Path(name) / "logs"
        logs.mkdir()
        settings = Settings((f"{logs}/*.jsonl",), database=str(Path(name) / "cache.duckdb"))
        traffic = writer(logs, files=told.files, rate=told.rate, seconds=told.seconds)
        with Headless(settings, clock=utc_now) as parts:
            stop, written = threading.Event(), threading.Event()
            collector = threading.Thread(target=parts.collector.follow, args=(stop,))
            collector.start()
            writes: list[Write] = []

            def gather() -> None:
                try:
                    writes.extend(writes_of(traffic))
                finally:
                    written.set()

            threading.Thread(target=gather).start()
            seen = watch(parts.store, lambda: written.is_set() and is_over(writes))
            stop.set()
            collector.join()
    taken = milliseconds(writes, seen)
    print(f"{len(taken):,} lines in {len(writes):,} writes over {told.files} files, {told.seconds:.0f} s")
    for name, share in (("p50", 0.5), ("p95", 0.95), ("p99", 0.99), ("worst", 1.0)):
        value = taken[min(len(taken) - 1, int(len(taken) * share))]
        budget = f"  budget {BUDGET_MS:.0f}, ratio {value / BUDGET_MS:.2f}" if name == "p99" else ""
        print(f"{name:<8}{value:8.1f} ms{budget}")


def is_over(writes: list[Write]) -> bool:
    """Whether what was written last has had several times the budget to turn up."""
    return not writes or (monotonic() - writes[-1].at) * 1000 > 4 * BUDGET_MS


if __name__ == "__main__":
    main()
