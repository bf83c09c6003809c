"""What the console writes to the terminal, counted on the pty: bytes a second, at rest and in use."""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import monotonic, sleep

from benchmarks.processes import icon, surroundings
from benchmarks.traffic import lines, write_file, writer
from tests.end_to_end.terminal import Terminal

IDLE_BUDGET = 1_000.0
USE_BUDGET = 20_000.0
SIZES = ((80, 24), (160, 48))
SETTLED_SECONDS = 6.0
CALM_LINES = 4_000
BACKLOG_LINES = 400_000
KEYS_A_SECOND = 20


def tell(name: str, rate: float, budget: float) -> None:
    """Print one figure."""
    print(f"  {name:<34}{rate:10,.0f} bytes/s  budget {budget:6,.0f}, ratio {rate / budget:.2f}", flush=True)


def rate_of(terminal: Terminal, seconds: float, act: Callable[[], None] | None = None) -> float:
    """Bytes a second for so long, while `act` is done again and again."""
    before, began = len(terminal.received), monotonic()
    while (passed := monotonic() - began) < seconds:
        if act is None:
            sleep(seconds - passed)
        else:
            act()
            sleep(1 / KEYS_A_SECOND)
    return (len(terminal.received) - before) / (monotonic() - began)


def in_use(terminal: Terminal) -> Callable[[], None]:
    """A person who goes up and down a list, with a key held down."""
    keys = iter(range(10**9))

    def press() -> None:
        terminal.press("k" if next(keys) // 15 % 2 else "j")

    return press


def measure(folder: Path, columns: int, rows: int, seconds: float) -> None:
    """Print the figures for a terminal of this size."""
    print(f"{columns}x{rows}")
    logs = folder / f"logs-{columns}"
    logs.mkdir()
    span = timedelta(seconds=CALM_LINES * 0.3)
    write_file(
        logs / "calm.jsonl",
        lines(CALM_LINES, start=datetime.now(UTC) - span, seconds_apart=span.seconds / CALM_LINES),
    )
    environment = {**surroundings(folder), "COLORTERM": "truecolor"}

    def terminal(*sources: object) -> Terminal:
        command = icon(*sources, "--db", ":memory:")
        return Terminal(command, environment=environment, columns=columns, lines=rows)

    with terminal(logs / "calm.jsonl") as shown:
        shown.wait_for("live")
        sleep(SETTLED_SECONDS)
        tell("nothing happens", rate_of(shown, seconds), IDLE_BUDGET)
        shown.press("\t")
        tell("up and down the newest requests", rate_of(shown, seconds, in_use(shown)), USE_BUDGET)
    for rate in (37, 2_000):
        traffic = writer(logs, files=1, rate=rate, seconds=SETTLED_SECONDS + 3 * seconds)
        with terminal(logs / "traffic-0.jsonl") as shown:
            shown.wait_for("live")
            sleep(SETTLED_SECONDS)
            tell(f"{rate:,} rows a second come", rate_of(shown, seconds), USE_BUDGET)
            shown.press("\t")
            tell(f"{rate:,} rows a second, and keys", rate_of(shown, seconds, in_use(shown)), USE_BUDGET)
        traffic.kill()
        traffic.wait()
    backlog = logs / "backlog.jsonl"
    if not backlog.exists():
        write_file(backlog, lines(BACKLOG_LINES, start=datetime.now(UTC) - timedelta(hours=3)))
    with terminal(backlog) as shown:
        shown.wait_for("loading")
        tell("a backlog is read", rate_of(shown, min(seconds, 5.0)), USE_BUDGET)


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--seconds", type=float, default=10)
    told = arguments.parse_args()
    with tempfile.TemporaryDirectory() as name:
        for columns, rows in SIZES:
            measure(Path(name), columns, rows, told.seconds)


if __name__ == "__main__":
    main()
