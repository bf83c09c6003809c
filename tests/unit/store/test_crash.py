"""A process that is killed while it writes loses nothing that was committed, and doubles nothing."""

from __future__ import annotations

import signal
import subprocess
import sys
from pathlib import Path

import pytest

from console.model import Batch, QueryCall
from tests.support import NOW, Line, at, batch, stored

ROOT = Path(__file__).parents[3]
WRITER = """
import sys
from tests.support import stored
from tests.unit.store.test_crash import block
store = stored(path=sys.argv[1])
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
"""


def block(number: int, start: int) -> Batch:
    """The block of that number: 300 rows with a feature that no block before had, a reject and a blank."""
    rows: list[Line] = [
        {"ts": at(number), "model": f"m{number % 3}", "features": {f"f{number}": row, "common": f"{number}"}}
        for row in range(300)
    ]
    return batch([*rows, b"no json", b""], start_offset=start)


@pytest.mark.slow
def test_kill_loses_no_line_and_doubles_none(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    for appends in (0, 1, 3, 6, 2):
        with subprocess.Popen(
            [sys.executable, "-c", WRITER, str(path)], cwd=ROOT, stdout=subprocess.PIPE, text=True
        ) as writer:
            assert writer.stdout is not None
            assert writer.stdout.readline() == "open\n"
            told = [int(writer.stdout.readline()) for _ in range(appends)]
            writer.send_signal(signal.SIGKILL)
            told += [int(line) for line in writer.stdout if line.endswith("\n")]
        assert writer.returncode == -signal.SIGKILL

        store = stored(path=path)
        marks = store.marks()
        offset, number = 0, 0
        expected: list[object] = []
        while marks and offset < marks[0].next_offset:
            written = block(number, offset)
            expected += [off for rows in written.models for off in rows.fields["source_offset"]]
            offset, number = written.next_offset, number + 1
        assert offset == (marks[0].next_offset if marks else 0), "a block was stored in part"
        assert not told or offset >= told[-1], "what was reported as committed is gone"
        for mark in marks:
            assert (mark.rows, mark.rejects, mark.blanks) == (300 * number, number, number)
            assert mark.lines == 302 * number
        found = store.frame(QueryCall("predictions_recent", {"until": NOW, "row_limit": 10**9}))
        assert found.height == len(expected)
        assert set(found["source_offset"].to_list()) == set(expected)
        assert store.frame(QueryCall("rejects_recent", {"row_limit": 10**9})).height == number
        store.close()
    assert number >= 12
