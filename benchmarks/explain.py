"""What offending rows have in common, beside one plain scan of the same rows.

A planted trouble in two conditions over the last part of the rows; timed is the way from an alert to its
slices: which rows offend, the drawing of a sample, and the search. The scan counts and averages every
feature by whether a request failed.
"""

from __future__ import annotations

import argparse
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime, timedelta
from itertools import cycle, islice
from pathlib import Path
from statistics import median
from time import perf_counter

import duckdb
import orjson

from benchmarks.traffic import bodies, write_file
from console.engine.headless import Headless
from console.engine.settings import Settings
from console.explain import common_slices, offending_call, said, sample_for
from console.model import Alert, AlertState, QueryCall, Reading, Severity, Verdict, Window

POOL = 100_000
START = datetime(2026, 11, 2, tzinfo=UTC)
DAY = timedelta(hours=24)
BUDGET_SECONDS = 0.3


def planted(body: bytes) -> bytes:
    """The line's content, failed if it is of v4 in the EU and its first number is above 100."""
    record = orjson.loads(b"{" + body)
    if (record["model_version"], record["tags"]["region"]) == ("v4", "EU"):
        failed = record["features"]["num_0"] > 100
        record |= {"status": 503, "error_type": "UpstreamTimeout"} if failed else {}
    return orjson.dumps(record)[1:] + b"\n"


def lines(count: int, trouble: Window) -> Iterator[bytes]:
    """So many lines over 24 hours and the trouble's time."""
    calm = bodies(POOL, seed=3)
    pools = (cycle(calm), cycle([planted(body) for body in calm]))
    apart = (trouble.until - START) / count
    for number in range(count):
        at = START + number * apart
        body = next(pools[at >= trouble.start])
        yield b'{"ts":"%s","request_id":"%d",%s' % (at.isoformat().encode(), number, body)


def alert(window: Window) -> Alert:
    """The alert that such a trouble gives."""
    place = {"model": "fraud", "start": window.start, "until": window.until}
    reading = Reading(
        check="error_spikes",
        model="fraud",
        subject="",
        window=window,
        verdict=Verdict.BREACH,
        value=0.1,
        baseline=0.01,
        limit=0.03,
        unit="share",
        rows=1,
        baseline_rows=1,
        severity=Severity.CRITICAL,
        summary="errors",
        offenders=QueryCall("predictions_with_errors", place),
    )
    ends = (window.start, window.until, window.until)
    return Alert(
        "id", "error_spikes", "fraud", "", Severity.CRITICAL, AlertState.OPEN, *ends, reading, reading
    )


def scan_seconds(database: Path, runs: int) -> float:
    """Seconds that DuckDB takes to count and average every feature over all rows."""
    with duckdb.connect(str(database), read_only=True, config={"threads": 2}) as connection:
        columns = connection.execute("select view_name, kind from feature_columns").fetchall()
        asked = ", ".join(f'{"avg" if kind == "number" else "count"}("{name}")' for name, kind in columns)
        taken = []
        for _ in range(runs):
            began = perf_counter()
            connection.execute(
                f"select is_error, count(*), {asked} from predictions where model = 'fraud' group by 1"
            ).fetchall()
            taken.append(perf_counter() - began)
    return median(taken)


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=1_000_000)
    arguments.add_argument("--hours", type=float, default=4.0, help="length of the trouble")
    arguments.add_argument("--runs", type=int, default=7)
    given = arguments.parse_args()
    window = Window(START + DAY, START + DAY + timedelta(hours=given.hours))
    with tempfile.TemporaryDirectory() as name:
        log, database = Path(name) / "app.jsonl", Path(name) / "cache.duckdb"
        write_file(log, islice(lines(given.lines, window), given.lines))
        settings = Settings((str(log),), database=str(database))
        with Headless(settings, clock=lambda: datetime.now(UTC)) as parts:
            parts.collector.drain()
            parts.store.checkpoint()
            of, drawn, searched = alert(window), [], []
            for _ in range(given.runs):
                began = perf_counter()
                sample = sample_for(parts.store, of)
                middle = perf_counter()
                found = common_slices(sample, offending_call(of))
                drawn.append(middle - began)
                searched.append(perf_counter() - middle)
        scan = scan_seconds(database, given.runs)
    whole = median(d + s for d, s in zip(drawn, searched, strict=True))
    print(f"{given.lines:,} rows of 20 features, {sum(sample.totals.values()):,} looked at")
    print(f"drawn      {median(drawn) * 1000:6.0f} ms  {sample.frame.height:,} rows")
    print(
        f"searched   {median(searched) * 1000:6.0f} ms  {said(found[0].conditions) if found else 'nothing'}"
    )
    print(f"explained  {whole * 1000:6.0f} ms  {whole / BUDGET_SECONDS:.2f} of the budget of 300 ms")
    print(f"scan       {scan * 1000:6.0f} ms  explained in {whole / scan:.1f} times a plain scan")


if __name__ == "__main__":
    main()
