"""Manners of whole processes: priorities, who may read the files, and what is left behind."""

from __future__ import annotations

import json
import os
import stat
import subprocess
import sys
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest

from console.engine.collector import Collector
from tests.forked import forked, icon
from tests.unit.engine.logs import lines, write

pytestmark = pytest.mark.slow

ROOT = Path(__file__).parents[2]
PRIORITIES = """
import ctypes, json, os, platform, sys, threading
from datetime import timedelta
from console.engine.manners import _IOPRIO_SET, be_modest
from console.model import Limits

def told():
    number = _IOPRIO_SET.get(platform.machine()) if sys.platform == "linux" else None
    io = ctypes.CDLL(None).syscall(number + 1, 1, 0) if number else None
    found.append([os.getpriority(os.PRIO_PROCESS, 0), io])

found = []
told()
be_modest(Limits(nice=int(sys.argv[1])))
told()
thread = threading.Thread(target=told)
thread.start()
thread.join()
print(json.dumps(found))
"""
THREADS = """
import json, os, sys, threading
from console.engine.manners import be_modest, give_way, give_way_to_the_screen
from console.model import Limits

limits = Limits(nice=int(sys.argv[1]))
found = []
def told(first):
    first(limits)
    found.append(os.getpriority(os.PRIO_PROCESS, 0))

be_modest(limits, draws=True)
for first in (lambda limits: None, give_way, give_way_to_the_screen):
    thread = threading.Thread(target=told, args=(first,))
    thread.start()
    thread.join()
print(json.dumps(found))
"""

NUMPY = """
import os, sys
from console.engine.manners import be_modest
from console.model import Limits

be_modest(Limits(threads=1))
import numpy
print(len(os.listdir("/proc/self/task")) if sys.platform == "linux" else 1)  # elsewhere nobody tells
"""


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """A home and a temporary folder of its own."""
    for name in ("home", "state", "data", "tmp", "here"):
        (tmp_path / name).mkdir()
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "TMPDIR": str(tmp_path / "tmp"),
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(ROOT),
    }


def run(environment: Mapping[str, str], *args: object, here: Path) -> subprocess.CompletedProcess[str]:
    return subprocess.run(
        [sys.executable, *map(str, args)],
        capture_output=True,
        text=True,
        env=dict(environment),
        cwd=here,
        timeout=60,
        check=False,
    )


def _masked(
    arguments: list[str], environment: Mapping[str, str], here: str, tells_modes_of: Path | None
) -> None:
    """Run the command line under a mask; it says what modes the folder's files have once all is read."""
    drain = Collector.drain

    def told(collector: Collector, progress: Callable[[int, int], None] | None = None) -> None:
        drain(collector, progress)
        if tells_modes_of:
            modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in tells_modes_of.iterdir()}
            print(json.dumps(modes), flush=True)

    Collector.drain = told  # type: ignore[method-assign, assignment]
    os.umask(0o002)
    icon(arguments, environment, here)


def command(
    environment: Mapping[str, str], here: Path, *arguments: object, tells_modes_of: Path | None = None
) -> tuple[int | None, list[str]]:
    """How a command in this folder ended, and the lines that it said."""
    given = (list(map(str, arguments)), environment, str(here), tells_modes_of)
    with forked(_masked, *given) as process:
        said = process.rest()
        return process.code, said


def test_priorities_are_lowered_for_this_thread_and_all_that_it_starts(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    done = run(environment, "-c", PRIORITIES, 7, here=tmp_path)
    before, after, in_thread = json.loads(done.stdout)
    assert after[0] == min(19, before[0] + 7)
    assert after[1] in (None, (2 << 13) | 7), "the lowest level of the normal class"
    assert in_thread == after


@pytest.mark.parametrize(("nice", "back"), [(6, (3, 6, 11)), (0, (0, 0, 0))])
def test_the_thread_that_draws_comes_before_those_that_ask_and_these_before_those_that_read(
    environment: Mapping[str, str], tmp_path: Path, nice: int, back: tuple[int, ...]
) -> None:
    before = os.getpriority(os.PRIO_PROCESS, 0)
    done = run(environment, "-c", THREADS, nice, here=tmp_path)
    wanted = back if sys.platform == "linux" else (nice,) * 3  # only there a thread has one of its own
    assert json.loads(done.stdout) == [min(19, before + one) for one in wanted]


def test_nice_0_leaves_both_alone(environment: Mapping[str, str], tmp_path: Path) -> None:
    done = run(environment, "-c", PRIORITIES, 0, here=tmp_path)
    before, after, in_thread = json.loads(done.stdout)
    assert before == after == in_thread


def test_numpy_has_no_threads_beside_those_of_the_budget(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    assert run(environment, "-c", NUMPY, here=tmp_path).stdout.split() == ["1"]


def test_what_lies_beside_a_database_in_an_open_folder_is_for_its_owner_alone(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    log = write(tmp_path / "app.jsonl", lines(5))
    folder = tmp_path / "open"
    folder.mkdir(mode=0o777)
    asked = ("collect", log, "--once", "-q", "--db", folder / "x.duckdb")
    code, said = command(environment, tmp_path, *asked, tells_modes_of=folder)
    assert code == 0, said
    assert json.loads(said[0]) == {"x.duckdb": 0o600, "x.duckdb.wal": 0o600}


def test_the_cache_and_its_folder_are_for_their_owner_alone(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    log = write(tmp_path / "app.jsonl", lines(5))
    code, said = command(environment, tmp_path, "check", log)
    assert code == 0, said
    folder = tmp_path / "state" / "incident-console"
    (cache,) = folder.iterdir()
    assert (stat.S_IMODE(folder.stat().st_mode), stat.S_IMODE(cache.stat().st_mode)) == (0o700, 0o600)


def test_an_export_is_as_open_as_the_persons_own_umask_says(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    log = write(tmp_path / "app.jsonl", lines(5))
    out = tmp_path / "here" / "slice.parquet"
    command(environment, tmp_path, "export", "predictions_recent", log, "-q", "--out", out)
    answer = tmp_path / "here" / "answer.parquet"
    asked = ("query", "predictions_recent", log, "-q", "--format", "parquet", "--out", answer)
    command(environment, tmp_path, *asked)
    modes = {path.name: stat.S_IMODE(path.stat().st_mode) for path in out.parent.iterdir()}
    assert modes == dict.fromkeys((out.name, f"{out.name}.manifest.json", answer.name), 0o664)


@pytest.mark.parametrize("name", ["check", "query", "export", "collect"])
def test_a_database_in_memory_leaves_nothing_behind(
    environment: Mapping[str, str], tmp_path: Path, name: str
) -> None:
    log = write(tmp_path / "app.jsonl", lines(60, spike=(40, 60)))
    slice_path = tmp_path / "slice.parquet"
    args: dict[str, list[object]] = {
        "check": ["check", log],
        "query": ["query", "error_spikes", log],
        "export": ["export", "predictions_recent", log, "--out", slice_path],
        "collect": ["collect", log, "--once"],
    }
    code, said = command(environment, tmp_path / "here", *args[name], "--db", ":memory:")
    assert code == (1 if name == "check" else 0), said
    left = [
        path for name in ("home", "state", "data", "tmp", "here") for path in (tmp_path / name).rglob("*")
    ]
    assert left == []
    assert slice_path.exists() is (name == "export")


def test_a_database_in_memory_that_is_full_says_so_and_leaves_nothing_behind(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    log = tmp_path / "app.jsonl"
    write(log, (b'{"features":{"note":"%s"}}\n' % os.urandom(60_000).hex().encode() for _ in range(700)))
    asked = ("collect", log, "--once", "--db", ":memory:", "--memory", "64MiB")
    code, said = command(environment, tmp_path / "here", *asked)
    assert code == 3, said
    assert "memory full: :memory: has used up its 64 MiB; give more with --memory" in "\n".join(said)
    left = [
        path for name in ("home", "state", "data", "tmp", "here") for path in (tmp_path / name).rglob("*")
    ]
    assert left == []


def test_what_a_killed_process_had_put_aside_is_gone_at_the_next_start(
    environment: Mapping[str, str], tmp_path: Path
) -> None:
    log, database = write(tmp_path / "app.jsonl", lines(1)), tmp_path / "x.duckdb"
    aside = tmp_path / "x.duckdb.tmp"
    aside.mkdir()
    (aside / "duckdb_temp_storage_DEFAULT-0.tmp").write_bytes(b"left over")
    code, said = command(environment, tmp_path, "collect", log, "--once", "--db", database)
    assert code == 0, said
    assert not aside.exists()
