"""Whole processes: exit codes, signals, pipes, and what is imported."""

from __future__ import annotations

import json
import os
import signal
import subprocess
import sys
from pathlib import Path

import duckdb
import pytest

from console.ingest import Waker
from tests.support import ended
from tests.unit.engine.logs import START, line, lines, write

ROOT = Path(__file__).parents[3]
PATIENCE = 60
"""Seconds after which a test has failed."""
LONG = ("--row-limit", "1200", "--format", "jsonl")
HEAVY = ("duckdb", "polars", "textual", "rich", "sqlalchemy", "numpy", "scipy", "watchfiles")


def environment(**more: str) -> dict[str, str]:
    return {**os.environ, "PYTHONPATH": str(ROOT), **more}


def python(*args: object, **more: str) -> subprocess.CompletedProcess[bytes]:
    return subprocess.run(
        [sys.executable, *map(str, args)],
        capture_output=True,
        env=environment(**more),
        timeout=PATIENCE,
        check=False,
    )


def test_the_exit_codes_are_those_of_the_process(calm: Path, spiked: Path, tmp_path: Path) -> None:
    for args, code in (
        (["check", calm], 0),
        (["check", spiked], 1),
        (["check"], 2),
        (["check", tmp_path / "missing.jsonl"], 3),
    ):
        done = python("-m", "console", *args)
        assert done.returncode == code, done.stderr.decode()
        assert b"Traceback" not in done.stderr and b"nanobind" not in done.stderr


def test_an_encoding_without_the_signs_is_no_failure(spiked: Path) -> None:
    write(spiked, [line(5000, START, prediction="\N{SNOWMAN}", request_id=None)])
    for fmt, encoding in (("table", "latin-1"), ("csv", "ascii"), ("csv", "latin-1")):
        done = python(
            *("-m", "console", "query", "predictions_recent", spiked, "--row-limit", "2000", "--format", fmt),
            PYTHONIOENCODING=f"{encoding}:strict",
        )
        assert done.returncode == 0, done.stderr.decode()
        assert b"\\u2603" in done.stdout


def test_a_reader_that_goes_away_is_met_with_silence(spiked: Path) -> None:
    with ended(
        subprocess.Popen(
            [*(sys.executable, "-m", "console", "query", "predictions_recent", str(spiked), "-q"), *LONG],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
    ) as process:
        assert process.stdout is not None and process.stderr is not None
        process.stdout.close()
        assert process.stderr.read() == b""
        assert process.wait(PATIENCE) != 0


def committed(database: Path, least: int) -> None:
    """Returns once the write-ahead log has that many bytes."""
    wal = database.with_name(database.name + ".wal")
    waker = Waker()
    try:
        waker.watch([str(database.parent)])
        for _ in range(PATIENCE * 10):
            if wal.exists() and wal.stat().st_size >= least:
                return
            waker.wait(0.1)
    finally:
        waker.close()
    raise AssertionError(f"{wal}: nothing committed in {PATIENCE} s")


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT, signal.SIGHUP])
def test_collecting_ends_on_a_signal_with_everything_committed(
    tmp_path: Path, number: signal.Signals
) -> None:
    folder = tmp_path / "db"
    folder.mkdir()
    log, database = tmp_path / "app.jsonl", folder / "out.duckdb"
    write(log, lines(60))
    with ended(
        subprocess.Popen(
            [sys.executable, "-m", "console", "collect", str(log), "--db", str(database)],
            stdout=subprocess.PIPE,
            stderr=subprocess.PIPE,
            env=environment(),
        )
    ) as process:
        assert process.stderr is not None
        assert b"collecting into" in process.stderr.readline()
        committed(database, 50_000)
        process.send_signal(number)
        out, err = process.communicate(timeout=PATIENCE)
    assert process.returncode == 0, err.decode()
    assert err == b""
    totals = json.loads(out)
    assert (totals["lines"], totals["rows"]) == (1200, 1200)
    assert [path.name for path in folder.iterdir()] == ["out.duckdb"]
    with duckdb.connect(str(database), read_only=True) as connection:
        found = connection.execute(
            "select count(*), count(distinct source_offset) from predictions"
        ).fetchone()
    assert found == (1200, 1200)


def test_a_database_that_another_process_holds_is_left_to_it(calm: Path, tmp_path: Path) -> None:
    database = tmp_path / "out.duckdb"
    with duckdb.connect(str(database)):
        held = f"process {os.getpid()}".encode()
        for args in (
            ["collect", calm, "--db", database, "--once"],
            ["query", "predictions_recent", "--db", database],
            ["export", "predictions_recent", "--db", database, "--out", tmp_path / "x.parquet"],
        ):
            done = python("-m", "console", *args)
            assert (done.returncode, done.stdout) == (3, b"")
            assert held in done.stderr
        done = python("-m", "console", "check", calm, "--db", database)
        assert done.returncode == 0
        assert held in done.stderr and b"600 rows" in done.stderr


LOADED = "import sys; print(*sorted(set(sys.modules) & set(sys.argv[1:])))"


@pytest.mark.parametrize("module", ["console.cli", "console.engine", "console.tui"])
def test_the_first_paint_waits_for_no_heavy_import(module: str) -> None:
    done = python("-c", f"import {module}; {LOADED}", *HEAVY)
    assert (done.returncode, done.stdout.split()) == (0, []), done.stderr.decode()


def test_help_imports_nothing_heavy() -> None:
    code = "import runpy, sys, atexit\nargs = sys.argv[1:]\nsys.argv = ['icon', '--help']\n"
    code += "import console.cli.main, os\nos._exit = lambda code: None\n"
    code += "sys.modules['console.cli.main'].main()\n"
    code += "print('loaded:', *sorted(set(sys.modules) & set(args)))"
    done = python("-c", code, *HEAVY)
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.decode().splitlines()[-1].split() == ["loaded:"]


def test_nothing_below_the_screens_knows_that_there_is_a_terminal() -> None:
    code = """
import importlib, pkgutil, sys, console
for part in pkgutil.iter_modules(console.__path__):
    if part.name in ("tui", "cli", "__main__"):
        continue
    whole = importlib.import_module("console." + part.name)
    for module in pkgutil.walk_packages(getattr(whole, "__path__", []), whole.__name__ + "."):
        importlib.import_module(module.name)
"""
    done = python("-c", code + LOADED, "textual", "rich", "click", "console.tui", "console.engine.engine")
    assert done.returncode == 0, done.stderr.decode()
    assert done.stdout.split() == [b"console.engine.engine"]
