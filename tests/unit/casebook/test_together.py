"""Several at once, and killed at any moment: what was acknowledged is there."""

from __future__ import annotations

import os
import signal
import sqlite3
import subprocess
import sys
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import closing
from datetime import datetime
from itertools import chain
from pathlib import Path

import pytest

import console
from console.casebook import Casebook
from console.model import Label, LabelDraft

ROOT = Path(console.__file__).parents[1]

WRITER = """
import sys
from datetime import UTC, datetime
from console.casebook import Casebook
from console.model import LabelDraft

path, author, count = sys.argv[1], sys.argv[2], int(sys.argv[3])
print("ready", flush=True)
sys.stdin.readline()
with Casebook.open(path, author=author, clock=lambda: datetime.now(UTC)) as casebook:
    for number in range(count):
        labels = casebook.label([LabelDraft(f"f-{number}", f"{author} {number} {n}") for n in range(3)])
        print(labels[0].act, flush=True)
"""

RESTLESS = """
import sys
from datetime import UTC, datetime
from itertools import count
from console.casebook import Casebook
from console.model import LabelDraft, LabelStatus

path = sys.argv[1]
print("ready", flush=True)
sys.stdin.readline()
with Casebook.open(path, author="ann", clock=lambda: datetime.now(UTC)) as casebook:
    for number in count():
        drafts = [LabelDraft(f"f-{number + n}", "fraud") for n in range(3)]
        if number % 3 == 0:
            rows = casebook.label(drafts)
        elif number % 3 == 1:
            rows = casebook.label(drafts, status=LabelStatus.DRAFT)
        else:
            rows = casebook.undo()
        print(rows[0].status.value, *(row.label_id for row in rows), flush=True)
"""


def start_writer(path: Path, author: str, count: int) -> subprocess.Popen[str]:
    return start(WRITER, str(path), author, str(count))


def start(program: str, *args: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-c", program, *args],
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
        text=True,
        env={**os.environ, "PYTHONPATH": str(ROOT)},
    )


def say_go(writer: subprocess.Popen[str]) -> None:
    assert writer.stdin is not None
    writer.stdin.write("go\n")
    writer.stdin.flush()


def wait_until_ready(writer: subprocess.Popen[str]) -> None:
    assert writer.stdout is not None
    assert writer.stdout.readline() == "ready\n"


def test_processes_that_make_and_write_one_casebook_at_once_all_keep_everything(
    path: Path, clock: Callable[[], datetime]
) -> None:
    """They find no file, so that they also race to make it."""
    authors = ("ann", "bob", "cat")
    writers = [start_writer(path, author, 40) for author in authors]
    for writer in writers:
        wait_until_ready(writer)
    for writer in writers:
        say_go(writer)
    acts = [writer.communicate(timeout=60)[0].split() for writer in writers]
    assert [writer.returncode for writer in writers] == [0, 0, 0]
    with Casebook.open(path, author="ann", clock=clock) as casebook:
        history = casebook.history()
        current = casebook.current_all()
    assert Counter(label.author for label in history) == dict.fromkeys(authors, 120)
    assert Counter(label.act for label in history) == dict.fromkeys(chain(*acts), 3)
    assert len(current) == 40
    for author, theirs in zip(authors, acts, strict=True):
        mine = [label for label in history if label.author == author]
        assert [label.act for label in mine[::3]] == theirs, "each act lies together, in order"
        assert [label.draft.value for label in mine] == [
            f"{author} {number} {n}" for number in range(40) for n in range(3)
        ]


@pytest.mark.slow
def test_whatever_was_acknowledged_before_kill_9_is_there_after_twenty_of_them(
    path: Path, clock: Callable[[], datetime]
) -> None:
    """One casebook, written as fast as it goes, in twenty lives that each end in the midst of an act."""
    acknowledged: list[str] = []
    for life in range(20):
        writer = start(RESTLESS, str(path))
        assert writer.stdout is not None
        wait_until_ready(writer)
        say_go(writer)
        told = [writer.stdout.readline() for _ in range(1 + life * 7 % 20)]
        writer.send_signal(signal.SIGKILL)
        told += writer.communicate()[0].splitlines(keepends=True)
        # A last line may be cut by the kill; only whole lines were acknowledged.
        acknowledged += [line.rstrip() for line in told if line.endswith("\n")]
    with Casebook.open(path, author="ann", clock=clock) as casebook:
        history = casebook.history()
    acts: dict[str, list[Label]] = {}
    for label in history:
        acts.setdefault(label.act, []).append(label)
    kept = {" ".join([rows[0].status.value, *(row.label_id for row in rows)]) for rows in acts.values()}
    lost = set(acknowledged) - kept
    assert not lost, f"{len(lost)} of {len(acknowledged)} acts lost: {sorted(lost)[:3]}"
    assert {len(rows) for rows in acts.values()} == {3}, "an act is whole or not there"
    assert len(kept) <= len(acknowledged) + 20, "in each life one act at most was kept and not told any more"
    assert {line.partition(" ")[0] for line in acknowledged} == {"submitted", "draft", "discarded"}
    with closing(sqlite3.connect(path)) as database:
        assert database.execute("pragma integrity_check").fetchall() == [("ok",)]


def test_threads_share_one_casebook(casebook: Casebook) -> None:
    failures: list[BaseException] = []

    def work(number: int) -> None:
        try:
            for turn in range(10):
                casebook.label([LabelDraft(f"f-{turn}", f"{number}")])
                casebook.current([f"f-{turn}"])
                casebook.counts()
        except BaseException as error:
            failures.append(error)

    threads = [threading.Thread(target=work, args=(number,)) for number in range(8)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    assert failures == []
    history = casebook.history()
    assert len(history) == 80
    for turn in range(10):
        rows = casebook.history(f"f-{turn}")
        assert [row.overrides for row in rows] == [None, *(row.label_id for row in rows[:-1])]
    for _ in range(80):
        assert len(casebook.undo()) == 1
    assert casebook.undo() == ()
