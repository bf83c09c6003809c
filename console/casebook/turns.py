"""Many rows go on record in small transactions, so that nobody beside waits long; all of them or none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from time import monotonic
from typing import TypeVar

from sqlalchemy import Connection, delete, insert, select

from console.casebook.connect import KEYS_A_STATEMENT
from console.casebook.rows import chunks
from console.casebook.tables import LABELS
from console.errors import CasebookError, Interrupted

TURN_SECONDS = 0.04
"""How long a transaction is to hold the casebook."""
PAUSE_SECONDS = 0.03
"""Between two of them, at least, and as long as the last one took: longer than SQLite lets pass between
two of its first looks for its turn, 25 ms."""
_FIRST, _LEAST, _MOST = 500, 50, 4_000
"""Rows of a transaction."""

T = TypeVar("T")
R = TypeVar("R")
Row = Mapping[str, str | None]
Writing = Callable[[str], AbstractContextManager[Connection]]
Keep = Callable[[Connection, Sequence[T]], Sequence[str]]
OnRows = Callable[[int, int], None]
"""Is told how many rows have been kept, of how many; fewer than before while they are taken out again."""


def wait(seconds: float) -> None:
    """So long others have their turn."""
    threading.Event().wait(seconds)


def tell_nobody(rows: int, of: int) -> None:
    """For who does not want to know how far it is."""


def insert_new(connection: Connection, rows: Sequence[Row]) -> list[str]:
    """Those of the rows, whose ids differ, are in the table whose ids were not; these ids."""
    ids = [str(row["label_id"]) for row in rows]
    here = {
        label_id
        for chunk in chunks(ids, KEYS_A_STATEMENT)
        for label_id in connection.scalars(select(LABELS.c.label_id).where(LABELS.c.label_id.in_(chunk)))
    }
    fresh = [row for row in rows if row["label_id"] not in here]
    if fresh:
        connection.execute(insert(LABELS), fresh)
    return [str(row["label_id"]) for row in fresh]


def kept_in_turns(
    writing: Writing, rows: Sequence[T], doing: str, keep: Keep[T], on_rows: OnRows = tell_nobody
) -> int:
    """All rows are kept, in small transactions, between which others have their turn; how many were new.

    Should one fail, what the others brought is taken out again: nobody was told that it is on record, and the
    same rows can come again. A process that is killed leaves a part, to which the same again adds the rest.

    Args:
        writing: opens a transaction, named by what is not done if it fails.
        rows: what is kept, in this order.
        doing: what is not done.
        keep: puts some of the rows into the table of labels, and gives the ids of those that were new.
        on_rows: is told how far it is, after each transaction.

    Raises:
        CasebookError: none of them is on record; or some are, which is said then.
        Interrupted: it was ended while rows were taken out again; says how many are on record.
    """
    kept: list[str] = []

    def tell(new: Sequence[str], done: int) -> None:
        kept.extend(new)
        on_rows(done, len(rows))

    try:
        _in_turns(writing, rows, doing, keep, tell)
    except BaseException as error:
        _take_out(writing, kept, error, lambda left, _: on_rows(left, len(rows)))
        raise
    return len(kept)


def _in_turns(
    writing: Writing,
    rows: Sequence[T],
    doing: str,
    turn: Callable[[Connection, Sequence[T]], R],
    committed: Callable[[R, int], None],
) -> None:
    """Each part of the rows has a transaction of its own, as long as a turn is to be.

    Args:
        writing: as above.
        rows: what there is to do.
        doing: what is not done if a transaction fails.
        turn: does it with a part.
        committed: is told what came of a part, and how many rows are done.
    """
    at, size, took = 0, _FIRST, 0.0
    while at < len(rows):
        if at:
            wait(max(PAUSE_SECONDS, took))
        began = monotonic()
        with writing(doing) as connection:
            came = turn(connection, rows[at : at + size])
        at = min(at + size, len(rows))
        committed(came, at)
        took = monotonic() - began
        share = TURN_SECONDS / max(took, 0.001)
        size = round(min(max(size * min(share, 2.0), _LEAST), _MOST))


def _delete(connection: Connection, ids: Sequence[str]) -> None:
    for chunk in chunks(ids, KEYS_A_STATEMENT):
        connection.execute(delete(LABELS).where(LABELS.c.label_id.in_(chunk)))


def _take_out(writing: Writing, kept: Sequence[str], error: BaseException, on_rows: OnRows) -> None:
    """Rows that nobody knows of are gone, the newest first.

    Raises:
        CasebookError: they could not be taken out; says how many there are, and what to do.
        Interrupted: the person did not wait for it; says the same.
    """
    left = len(kept)

    def tell(_: None, gone: int) -> None:
        nonlocal left
        left = len(kept) - gone
        on_rows(left, len(kept))

    try:
        _in_turns(writing, kept[::-1], "rows not taken out again", _delete, tell)
    except CasebookError:
        raise CasebookError(f"{error}; {_said(left)}") from error
    except KeyboardInterrupt:
        raise Interrupted(f"stopped: {_said(left)}") from error


def _said(left: int) -> str:
    return f"{left:,} rows are on record already: the same again adds the rest"
