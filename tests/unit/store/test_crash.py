"""A process that is killed while it writes loses nothing that was committed, and doubles nothing."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

import pytest

from console.model import Batch, QueryCall
from tests.forked import forked
from tests.support import NOW, Line, at, batch, stored


def write(path: Path) -> None:
    """Block after block, from where the last one left off; each is told once it is committed."""
    store = stored(path=path)
    marks = store.marks()
    start = marks[0].next_offset if marks else 0
    number = marks[0].rows // 300 if marks else 0
    print("open", flush=True)
    while True:
        following = block(number, start)
        store.append([following])
        start = following.next_offset
        number += 1
        print(start, flush=True)


class Dying:
    """Stands for the writer's cursor, and dies before its n-th act of a kind."""

    def __init__(self, cursor: Any, act: str, left: int) -> None:
        self.cursor, self.act, self.left = cursor, act, left

    def __getattr__(self, name: str) -> Any:
        self.left -= name == self.act
        if self.left == 0:
            print(name, flush=True)
            os.kill(os.getpid(), signal.SIGKILL)
        return getattr(self.cursor, name)


def append_and_die(path: Path, act: str, count: int) -> None:
    """One more block, in the midst of which the process dies, or right after it."""
    store = stored(path=path)
    store._connections.writer = Dying(store._connections.writer, act, count)  # type: ignore[assignment]
    store.append([block(1, store.marks()[0].next_offset)])
    print("committed", flush=True)
    os.kill(os.getpid(), signal.SIGKILL)


def block(number: int, start: int) -> Batch:
    """The block of that number: 300 rows with a feature that no block before had, a reject and a blank."""
    rows: list[Line] = [
        {"ts": at(number), "model": f"m{number % 3}", "features": {f"f{number}": row, "common": f"{number}"}}
        for row in range(300)
    ]
    return batch([*rows, b"no json", b""], start_offset=start)


def whole_blocks(path: Path) -> int:
    """How many blocks are stored. Every one of them is there once, whole, and of the next one nothing."""
    store = stored(path=path)
    marks = store.marks()
    offset = number = 0
    expected: set[object] = set()
    while marks and offset < marks[0].next_offset:
        written = block(number, offset)
        expected.update(place for rows in written.models for place in rows.fields["source_offset"])
        offset, number = written.next_offset, number + 1
    assert offset == (marks[0].next_offset if marks else 0), "a block was stored in part"
    for mark in marks:
        assert (mark.rows, mark.rejects, mark.blanks) == (300 * number, number, number)
        assert mark.lines == 302 * number
    found = store.frame(QueryCall("predictions_recent", {"until": NOW, "row_limit": 10**9}))
    assert found.height == len(expected) == 300 * number
    assert set(found["source_offset"].to_list()) == expected
    assert store.frame(QueryCall("rejects_recent", {"row_limit": 10**9})).height == number
    store.close()
    return number


@pytest.mark.slow
def test_kill_loses_no_line_and_doubles_none(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    number = 0
    for appends in (0, 1, 7):
        with forked(write, path) as writer:
            assert writer.line() == "open"
            told = [writer.line() for _ in range(appends)]
            told += writer.kill()
            assert writer.code == -signal.SIGKILL
        before, number = number, whole_blocks(path)
        assert number >= before + len(told), "what was reported as committed is gone"
    assert number >= 8


@pytest.mark.slow
def test_whatever_an_append_has_done_when_it_is_killed_counts_only_once_committed(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    store = stored(path=path)
    store.append([block(0, 0)])
    store.close()
    # Before rows, rejects, ledger, views, commit; and right after that.
    for act, count in (
        ("execute", 1),
        ("execute", 2),
        ("execute", 3),
        ("execute", 4),
        ("commit", 1),
        ("", 1),
    ):
        with forked(append_and_die, path, act, count) as writer:
            assert writer.rest() == [act or "committed"]
            assert writer.code == -signal.SIGKILL
        assert whole_blocks(path) == (1 if act else 2), (act, count)
