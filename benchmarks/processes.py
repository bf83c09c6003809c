"""The console as a process: started, watched from outside, and ended."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
from collections.abc import Iterable, Iterator, Mapping
from contextlib import contextmanager
from pathlib import Path
from time import perf_counter
from typing import NamedTuple

TICKS_A_SECOND = os.sysconf("SC_CLK_TCK")
DUCKDB_BUDGET_MB = 1024
"""What DuckDB may take unless told otherwise."""


class Ended(NamedTuple):
    """What a process took until it ended."""

    seconds: float
    cpu_seconds: float
    peak_mb: float


def surroundings(folder: Path) -> Mapping[str, str]:
    """An environment in which nothing outside of `folder` is written."""
    return {
        **os.environ,
        "XDG_STATE_HOME": str(folder / "state"),
        "XDG_DATA_HOME": str(folder / "data"),
        "TERM": "xterm-256color",
        "PYTHONPATH": str(Path(__file__).parents[1]),
    }


def icon(*arguments: object) -> list[str]:
    """The console's command line."""
    return [sys.executable, "-m", "console", *map(str, arguments)]


def run(command: Iterable[str], folder: Path) -> Ended:
    """Run a command to its end, with what it took; its output goes nowhere.

    Linux counts the memory of whoever starts a process into its peak: be small then.

    Raises:
        SystemExit: it failed.
    """
    began = perf_counter()
    with subprocess.Popen(list(command), env=surroundings(folder), stdout=subprocess.DEVNULL) as process:
        _, status, used = os.wait4(process.pid, 0)
        process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise SystemExit(f"{' '.join(process.args)}: exit code {process.returncode}")  # type: ignore[arg-type]
    return Ended(perf_counter() - began, used.ru_utime + used.ru_stime, used.ru_maxrss / 1024)


@contextmanager
def following(source: Path, database: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A collector that follows the source while the block runs, then ends with everything committed."""
    with subprocess.Popen(
        icon("collect", source, "--db", database),
        env=surroundings(database.parent),
        stdout=subprocess.DEVNULL,
        stderr=subprocess.PIPE,
    ) as process:
        assert process.stderr is not None
        told = process.stderr.readline().decode()
        if "collecting" not in told:
            raise SystemExit(f"exit code {process.wait()}: {told}")
        try:
            yield process
        finally:
            process.send_signal(signal.SIGTERM)
            process.wait()


def cpu_seconds(pid: int) -> float:
    """Seconds of processor time that a process has taken so far, in all its threads."""
    fields = Path(f"/proc/{pid}/stat").read_text().rpartition(")")[2].split()
    return (int(fields[11]) + int(fields[12])) / TICKS_A_SECOND


def memory_mb(pid: int) -> float:
    """Memory that a process holds now, in MB."""
    status = Path(f"/proc/{pid}/status").read_text()
    (resident,) = (line for line in status.splitlines() if line.startswith("VmRSS"))
    return int(resident.split()[1]) / 1024
