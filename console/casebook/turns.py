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
from console.errors import CasebookError

TURN_SECONDS = 0.04
"""How long a transaction is to hold the casebook."""
PAUSE_SECONDS = 0.03
"""Between two of them, at least, and as long as the last one took: longer than SQLite lets pass between
two of its first looks for its turn, 25 ms."""
_FIRST, _LEAST, _MOST = 500, 50, 4_000
"""Rows of a transaction."""

T = TypeVar("T")
Row = Mapping[str, str | None]
Writing = Callable[[str], AbstractContextManager[Connection]]
Keep = Callable[[Connection, Sequence[T]], Sequence[str]]


def wait(seconds: float) -> None:
    """So long others have their turn."""
    threading.Event().wait(seconds)


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


def kept_in_turns(writing: Writing, rows: Sequence[T], doing: str, keep: Keep[T]) -> int:
    """All rows are kept, in small transactions, between which others have their turn; how many were new.

    Should one fail, what the others brought is taken out again: nobody was told that it is on record, and the
    same rows can come again. A process that is killed leaves a part, to which importing again adds the rest.

    Args:
        writing: opens a transaction, named by what is not done if it fails.
        rows: what is kept, in this order.
        doing: what is not done.
        keep: puts some of the rows into the table of labels, and gives the ids of those that were new.

    Raises:
        CasebookError: none of them is on record; or some are, which is said then.
    """
    kept: list[str] = []
    at, size, took = 0, _FIRST, 0.0
    try:
        while at < len(rows):
            if at:
                wait(max(PAUSE_SECONDS, took))
            began = monotonic()
            with writing(doing) as connection:
                new = keep(connection, rows[at : at + size])
            kept += new
            at += size
            took = monotonic() - began
            share = TURN_SECONDS / max(took, 0.001)
            size = round(min(max(size * min(share, 2.0), _LEAST), _MOST))
    except BaseException as error:
        _take_out(writing, kept, error)
        raise
    return len(kept)


def _take_out(writing: Writing, kept: Sequence[str], error: BaseException) -> None:
    """Rows that nobody knows of are gone.

    Raises:
        CasebookError: they could not be taken out; says how many there are, and what to do.
    """
    left = len(kept)
    try:
        for chunk in chunks(kept, KEYS_A_STATEMENT):
            with writing("rows not taken out again") as connection:
                connection.execute(delete(LABELS).where(LABELS.c.label_id.in_(chunk)))
            left -= len(chunk)
    except CasebookError:
        raise CasebookError(
            f"{error}; {left:,} rows are on record already: the same again adds the rest"
        ) from error
