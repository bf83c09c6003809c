"""Seconds for the drift of 18 features over 50,000 rows and 50,000 before them, beside Evidently and NannyML.

    python -m benchmarks.drift_speed --peer-python evidently/bin/python --peer-python nannyml/bin/python

The peers compare the two halves once, from frames in memory. The console judges every window of both
halves, of every length, from its store; and then the hour that came last. Reading is not counted in either.
"""

from __future__ import annotations

import argparse
import json
import subprocess
import tempfile
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path
from time import perf_counter

import numpy as np
import orjson
import polars as pl

from console.checks import CHECKS
from console.engine.headless import Headless
from console.engine.judge import Judge
from console.engine.settings import Settings

START = datetime(2026, 3, 2, tzinfo=UTC)
NUMBERS, TEXTS = 12, 6
DRIFT = ("drift", "score_drift", "prediction_drift")
HERE = Path(__file__).parent


def utc_now() -> datetime:
    """The time now, aware."""
    return datetime.now(UTC)


def half(rows: int, *, seed: int, moved: bool) -> pl.DataFrame:
    """A day's features: 12 numbers, 6 texts; three of them moved if asked."""
    random = np.random.default_rng(seed)
    by = 0.5 if moved else 0.0
    numbers = {
        f"number_{n}": np.round(random.lognormal(1 + (by if n < 2 else 0), 0.6, rows), 4)
        for n in range(NUMBERS)
    }
    names = np.array([f"kind {n}" for n in range(20)])
    share = 1 / np.arange(1.0, 21.0)
    texts = {}
    for n in range(TEXTS):
        odds = share[::-1] if moved and n == 0 else share
        texts[f"text_{n}"] = random.choice(names, rows, p=odds / odds.sum())
    return pl.DataFrame({**numbers, **texts})


def write_log(path: Path, frame: pl.DataFrame, *, start: datetime, length: timedelta, first_id: int) -> None:
    """The rows are appended to the log, evenly spread over the length."""
    apart = length / frame.height
    with path.open("ab") as file:
        for place, features in enumerate(frame.iter_rows(named=True)):
            record = {
                "ts": start + place * apart,
                "request_id": str(first_id + place),
                "model": "fraud",
                "features": features,
            }
            file.write(orjson.dumps(record, option=orjson.OPT_APPEND_NEWLINE))


def own_seconds(folder: Path, halves: Sequence[pl.DataFrame]) -> tuple[float, float, int]:
    """Seconds for the whole history, seconds for one more hour, and alerts."""
    log = folder / "fraud.jsonl"
    day = timedelta(days=1)
    for place, frame in enumerate(halves):
        write_log(log, frame, start=START + place * day, length=day, first_id=place * frame.height)
    settings = Settings((str(log),), database=str(folder / "cache.duckdb"))
    checks = [check for check in CHECKS if check.name in DRIFT]
    if not checks:
        raise SystemExit(f"none of the checks is called {' or '.join(DRIFT)}: there is nothing to time")
    with Headless(settings, clock=utc_now) as parts:
        parts.collector.drain()
        judge = Judge(parts.store, checks)
        began = perf_counter()
        alerts = judge.history()
        history = perf_counter() - began
        hour = half(halves[0].height // 24, seed=9, moved=True)
        write_log(log, hour, start=START + 2 * day, length=day / 24, first_id=10**7)
        parts.collector.drain()
        began = perf_counter()
        judge.refresh()
        return history, perf_counter() - began, len(alerts)


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--rows", type=int, default=50_000, help="of each half")
    arguments.add_argument("--peer-python", type=Path, action="append", default=[])
    given = arguments.parse_args()
    halves = (half(given.rows, seed=1, moved=False), half(given.rows, seed=2, moved=True))
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        history, hour, alerts = own_seconds(folder, halves)
        if not alerts:
            raise SystemExit("none of the three features that moved was found: these seconds mean nothing")
        print(f"{NUMBERS + TEXTS} features, {given.rows:,} rows and {given.rows:,} before them")
        print(f"console    {history:8.3f} s  every window of both halves, {alerts} alerts")
        print(f"console    {hour:8.3f} s  one more hour against the kept baseline")
        files = [folder / "reference.csv", folder / "current.csv"]
        for frame, file in zip(halves, files, strict=True):
            frame.write_csv(file)
        for python in given.peer_python:
            command = [python, HERE / "drift_peers.py", *files]
            told = subprocess.run(command, check=True, capture_output=True, text=True).stdout
            for peer, seconds in json.loads(told.splitlines()[-1]).items():
                print(
                    f"{peer:<10} {seconds:8.3f} s  one comparison: {seconds / history:.1f} times the "
                    f"console's whole history, {seconds / hour:.1f} times its hour"
                )


if __name__ == "__main__":
    main()
