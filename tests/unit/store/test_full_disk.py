"""A disk that takes no more: what is stored can be asked, nothing is lost, and it goes on by itself."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
SHARED = """
import json, resource, signal, sys
from console.errors import StoreError
from console.model import QueryCall
from tests.support import NOW, stored
from tests.unit.store.test_crash import block

signal.signal(signal.SIGXFSZ, signal.SIG_IGN)
path, told = sys.argv[1], []
start = 0
blocks = []
for number in range(15):
    blocks.append(block(number, start))
    start = blocks[-1].next_offset

def disk(size):
    # No file can grow beyond that, as on a disk that is full.
    resource.setrlimit(resource.RLIMIT_FSIZE, (size, resource.RLIM_INFINITY))

def refusal(act):
    try:
        act()
    except StoreError as error:
        return str(error)

def facts(store):
    mark = store.marks()[0]
    found = store.frame(QueryCall("predictions_recent", {"until": NOW, "row_limit": 10**6}))
    return [mark.rows, mark.rejects, mark.next_offset, found.height, found["source_offset"].n_unique()]

def whole(count):
    return [300 * count, count, blocks[count - 1].next_offset, 300 * count, 300 * count]
"""
LOG_CANNOT_GROW = """
store = stored(path=path)
store.append([blocks[0]])
disk(600_000)
number = 1
while (said := refusal(lambda: store.append([blocks[number]]))) is None:
    number += 1
told.append([number > 2, said, refusal(lambda: store.append([blocks[number]])) == said])
told.append(facts(store) == whole(number))
disk(resource.RLIM_INFINITY)
for following in blocks[number:]:
    store.append([following])
told.append(facts(store) == whole(15))
store.close()
again = stored(path=path)
told.append(facts(again) == whole(15))
again.close()
print(json.dumps(told), flush=True)
"""
FILE_CANNOT_GROW = """
from pathlib import Path
store = stored(path=path)
for number in range(8):
    store.append([blocks[number]])
disk(Path(path).stat().st_size)
told.append(refusal(store.checkpoint))
told.append(refusal(lambda: store.append([blocks[8]])))
told.append(facts(store) == whole(8))
disk(resource.RLIM_INFINITY)
for following in blocks[8:]:
    store.append([following])
store.checkpoint()
told.append(facts(store) == whole(15))
store.close()
again = stored(path=path)
told.append(facts(again) == whole(15))
again.close()
print(json.dumps(told), flush=True)
"""
OPENED_WITHOUT_ROOM = """
from pathlib import Path
store = stored(path=path)
for number in range(3):
    store.append([blocks[number]])
store.close()
disk(Path(f"{path}.wal").stat().st_size if Path(f"{path}.wal").exists() else 0)
again = stored(path=path)
told.append(facts(again) == whole(3))
told.append(refusal(lambda: again.append([blocks[3]])))
told.append(refusal(lambda: stored(path=path + ".new").append([blocks[0]])))
disk(resource.RLIM_INFINITY)
for following in blocks[3:]:
    again.append([following])
told.append(facts(again) == whole(15))
again.close()
once_more = stored(path=path)
told.append(facts(once_more) == whole(15))
once_more.close()
print(json.dumps(told), flush=True)
"""
STORED_ALL_THE_SAME = """
from pathlib import Path
store = stored(path=path)
for number in range(3):
    store.append([blocks[number]])
store._connections._shut = True
store.append([blocks[2]])  # was refused, as far as anyone was told
told.append(facts(store) == whole(3))
store.append([blocks[3]])
told.append(facts(store) == whole(4))
store._connections._shut = True
from dataclasses import replace
told.append(refusal(lambda: store.append([replace(blocks[3], next_offset=blocks[3].next_offset + 9)])))
store.close()
print(json.dumps(told), flush=True)
"""


def ran(code: str, path: Path) -> list[object]:
    done = subprocess.run(
        [sys.executable, "-c", SHARED + code, str(path)],
        cwd=ROOT,
        capture_output=True,
        text=True,
        timeout=120,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    told: list[object] = json.loads(done.stdout.splitlines()[0])
    return told


def full(path: Path) -> str:
    return f"disk full, free some space: {path} cannot grow"


@pytest.mark.slow
def test_what_does_not_fit_is_refused_and_taken_once_there_is_room(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    refused, asked, resumed, reopened = ran(LOG_CANNOT_GROW, path)
    assert refused == [True, full(path), True]
    assert (asked, resumed, reopened) == (True, True, True)


@pytest.mark.slow
def test_a_checkpoint_without_room_loses_nothing_and_stops_nobody(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    checkpoint, following, asked, resumed, reopened = ran(FILE_CANNOT_GROW, path)
    assert checkpoint == full(path)
    assert following == full(path)
    assert (asked, resumed, reopened) == (True, True, True)


@pytest.mark.slow
def test_a_cache_that_is_opened_on_a_full_disk_can_be_asked_and_goes_on(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    asked, refused, made, resumed, reopened = ran(OPENED_WITHOUT_ROOM, path)
    assert (asked, resumed, reopened) == (True, True, True)
    assert refused == full(path)
    assert made == full(path.with_name("cache.duckdb.new"))


@pytest.mark.slow
def test_what_was_stored_though_it_was_refused_is_not_stored_again(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    once, goes_on, overtaken = ran(STORED_ALL_THE_SAME, path)
    assert (once, goes_on) == (True, True)
    assert overtaken == f"{path}: somebody else wrote to it; start the console again"
