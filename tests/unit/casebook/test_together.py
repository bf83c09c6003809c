"""Several at once, and killed at any moment: what was acknowledged is there."""

from __future__ import annotations

import sqlite3
import threading
from collections import Counter
from collections.abc import Callable
from contextlib import ExitStack, closing
from datetime import UTC, datetime
from itertools import chain, count
from multiprocessing.synchronize import Barrier
from pathlib import Path

import pytest

from console.casebook import Casebook
from console.model import Label, LabelDraft, LabelStatus
from tests.forked import barrier, forked


def write(path: Path, author: str, acts: int, together: Barrier) -> None:
    """So many acts of three labels each; each is told once it is acknowledged."""
    together.wait()
    with Casebook.open(path, author=author, clock=lambda: datetime.now(UTC)) as casebook:
        for number in range(acts):
            labels = casebook.label([LabelDraft(f"f-{number}", f"{author} {number} {n}") for n in range(3)])
            print(labels[0].act, flush=True)


def never_rest(path: Path) -> None:
    """Labels, drafts and undoes as fast as it goes; each act is told once it is acknowledged."""
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


def test_processes_that_make_and_write_one_casebook_at_once_all_keep_everything(
    path: Path, clock: Callable[[], datetime]
) -> None:
    """They find no file, so that they also race to make it."""
    authors = ("ann", "bob", "cat")
    together = barrier(len(authors))
    with ExitStack() as stack:
        writers = [stack.enter_context(forked(write, path, author, 40, together)) for author in authors]
        acts = [writer.rest() for writer in writers]
        assert [writer.code for writer in writers] == [0, 0, 0]
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
        with forked(never_rest, path) as writer:
            acknowledged += [writer.line() for _ in range(1 + life * 7 % 20)]
            acknowledged += writer.kill()
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
