"""The first answer from a log, and the next one, beside what an engineer would use instead.

The question: how many requests and errors has each model version? `grep` only counts the errors, `lnav`
only indexes and counts the lines: with the question itself it took 4 ms a line (0.11.1). Peers that
are not installed are left out.
"""

from __future__ import annotations

import argparse
import shutil
import subprocess
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from time import perf_counter

import duckdb
import orjson

from benchmarks.processes import icon, surroundings
from benchmarks.traffic import lines, write_file

LNAV_FORMAT = {
    "predictions_log": {
        "title": "predictions",
        "json": True,
        "timestamp-field": "ts",
        "line-format": [{"field": "ts"}, " ", {"field": "request_id"}],
        "value": {
            "request_id": {"kind": "string", "identifier": True},
            "model_version": {"kind": "string"},
            "status": {"kind": "integer"},
        },
    }
}
LNAV_SQL = "select count(*) from predictions_log"
DUCKDB_SQL = (
    "select model_version, count(*), count(*) filter (where status >= 500) "
    "from read_json($path, format = 'newline_delimited') group by 1"
)


def seconds_of(command: list[str], folder: Path) -> float:
    """Seconds until a command has answered.

    Raises:
        SystemExit: it failed, or answered nothing.
    """
    began = perf_counter()
    # A home of its own, so that lnav finds this format, and none of the person's.
    env = {**surroundings(folder), "HOME": str(folder), "XDG_CONFIG_HOME": str(folder / ".config")}
    answer = subprocess.run(command, env=env, check=False, stdout=subprocess.PIPE, stdin=subprocess.DEVNULL)
    if answer.returncode or not answer.stdout.strip():
        raise SystemExit(f"{command[0]}: exit code {answer.returncode}, {len(answer.stdout)} bytes")
    return perf_counter() - began


def peers(log: Path, folder: Path) -> Iterator[tuple[str, float]]:
    """Each peer, and how long it took."""
    began = perf_counter()
    duckdb.execute(DUCKDB_SQL, {"path": str(log)}).fetchall()
    yield "duckdb read_json", perf_counter() - began
    if shutil.which("grep"):
        yield "grep -c", seconds_of(["grep", "-c", '"status":503', str(log)], folder)
    if shutil.which("jq"):
        pipe = f"jq -r '[.model_version, .status] | @tsv' {log} | sort | uniq -c"
        yield "jq | sort | uniq -c", seconds_of(["sh", "-c", pipe], folder)
    if shutil.which("lnav"):
        formats = folder / ".config" / "lnav" / "formats" / "predictions"
        formats.mkdir(parents=True)
        (formats / "predictions.json").write_bytes(orjson.dumps(LNAV_FORMAT))
        yield "lnav, count", seconds_of(["lnav", "-n", "-c", f";{LNAV_SQL}", str(log)], folder)


def main() -> None:
    """Print the figures of one run."""
    arguments = argparse.ArgumentParser(description=__doc__)
    arguments.add_argument("--lines", type=int, default=300_000)
    count = arguments.parse_args().lines
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        log, database = folder / "predictions.jsonl", folder / "cache.duckdb"
        size = write_file(log, lines(count, start=datetime(2026, 11, 2, tzinfo=UTC)))
        question = icon("query", "models_by_version", log, "--db", database, "--quiet")
        first = seconds_of(question, folder)
        again = seconds_of(question, folder)
        print(f"{count:,} lines, {size / 1e6:,.0f} MB")
        print(f"{'icon query, first':<22}{first:8.2f} s{count / first:12,.0f} lines/s")
        print(f"{'icon query, again':<22}{again:8.2f} s{count / again:12,.0f} lines/s")
        for peer, taken in peers(log, folder):
            print(
                f"{peer:<22}{taken:8.2f} s{count / taken:12,.0f} lines/s"
                f"  first {taken / first:6.2f}, again {taken / again:6.2f} times as fast as it"
            )


if __name__ == "__main__":
    main()
