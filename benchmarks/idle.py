"""What watching costs while nothing is written: 100 files, the collector and the console in a terminal."""

from __future__ import annotations

import argparse
import re
import tempfile
from datetime import UTC, datetime
from pathlib import Path
from time import monotonic, sleep

from benchmarks.processes import cpu_seconds, following, icon, memory_mb, surroundings
from benchmarks.traffic import lines, write_file
from tests.end_to_end.terminal import Terminal

LINES_A_FILE = 100
BUDGET_CORES = 0.02
BUDGET_BYTES = 1000.0
SETTLED_SECONDS = 10.0
"""Until what is there has been read, and folded into the database's file."""


def cores(pid: int, seconds: float) -> float:
    """Processor time that a process takes, as a share of the time that passes."""
    before, began = cpu_seconds(pid), monotonic()
    sleep(seconds)
    return (cpu_seconds(pid) - before) / (monotonic() - began)


def tell(name: str, share: float, memory: float) -> None:
    """Print what a process took."""
    print(
        f"{name:<10}{share:8.2%} of a core  budget {BUDGET_CORES:.0%}, ratio {share / BUDGET_CORES:.2f}  "
        f"{memory:,.0f} MB"
    )


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=30)
    arguments.add_argument("--files", type=int, default=100)
    told = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        logs = folder / "logs"
        logs.mkdir()
        now = datetime.now(UTC)
        for number in range(told.files):
            write_file(logs / f"app-{number}.jsonl", lines(LINES_A_FILE, start=now, seed=number))
        with following(logs, folder / "collected.duckdb") as collector:
            sleep(SETTLED_SECONDS)
            tell("collector", cores(collector.pid, told.seconds), memory_mb(collector.pid))
        command = icon(logs, "--db", folder / "shown.duckdb")
        with Terminal(command, environment=surroundings(folder)) as terminal:
            rows = f"{told.files * LINES_A_FILE:,}"
            terminal.wait_until(lambda text: re.search(rf"{rows}\s+rows", text) is not None, f"{rows} rows")
            sleep(SETTLED_SECONDS)
            before, began = len(terminal.received), monotonic()
            share = cores(terminal.pid, told.seconds)
            rate = (len(terminal.received) - before) / (monotonic() - began)
            tell("console", share, memory_mb(terminal.pid))
    print(f"terminal  {rate:8,.0f} bytes/s  budget {BUDGET_BYTES:,.0f}, ratio {rate / BUDGET_BYTES:.2f}")


if __name__ == "__main__":
    main()
