"""Whole processes: exit codes, signals, pipes, and what is imported."""

from __future__ import annotations

import io
import json
import os
import signal
import subprocess
import sys
from collections.abc import Mapping
from pathlib import Path

import duckdb
import pytest

from console.ingest import Waker
from tests.forked import forked, icon
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


def test_the_exit_codes_are_those_of_the_process(spiked: Path, tmp_path: Path) -> None:
    for args, code in (
        (["check", spiked], 1),
        (["check"], 2),
        (["check", tmp_path / "missing.jsonl"], 3),
    ):
        done = python("-m", "console", *args)
        assert done.returncode == code, done.stderr.decode()
        assert b"Traceback" not in done.stderr and b"nanobind" not in done.stderr


def icon_in(encoding: str, arguments: list[str], environment: Mapping[str, str]) -> None:
    """The command line where the terminal has that encoding, as under `PYTHONIOENCODING`."""
    assert isinstance(sys.stdout, io.TextIOWrapper)
    sys.stdout.reconfigure(encoding=encoding, errors="strict")
    icon(arguments, environment)


@pytest.mark.parametrize(("fmt", "encoding"), [("table", "latin-1"), ("csv", "ascii"), ("csv", "latin-1")])
def test_an_encoding_without_the_signs_is_no_failure(tmp_path: Path, fmt: str, encoding: str) -> None:
    log = write(tmp_path / "app.jsonl", [line(0, START, prediction="\N{SNOWMAN}", request_id=None)])
    arguments = ["query", "predictions_recent", str(log), "--format", fmt]
    with forked(icon_in, encoding, arguments, dict(os.environ)) as process:
        said = process.rest()
        assert process.code == 0, said
        assert any("\\u2603" in text for text in said)


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
    with forked(icon, ["collect", str(log), "--db", str(database)], dict(os.environ)) as collector:
        assert "collecting into" in collector.line()
        committed(database, 50_000)
        assert collector.process.pid is not None
        os.kill(collector.process.pid, number)
        said = collector.rest()
        assert collector.code == 0, said
    totals = json.loads("\n".join(said))
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
        held = f"process {os.getpid()}"
        for args, code, told in (
            (["collect", calm, "--once"], 3, held),
            (["query", "predictions_recent"], 3, held),
            (["export", "predictions_recent", "--out", tmp_path / "x.parquet"], 3, held),
            (["check", calm], 0, "600 rows"),
        ):
            arguments = [*map(str, args), "--db", str(database)]
            with forked(icon, arguments, dict(os.environ)) as process:
                said = process.rest()
                assert process.code == code, said
            assert held in said[0] and told in said[-1]
            assert code == 0 or len(said) == 1


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
