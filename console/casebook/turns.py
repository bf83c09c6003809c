"""Many rows go on record in small transactions, so that nobody beside waits long; all of them or none."""

from __future__ import annotations

import threading
from collections.abc import Callable, Mapping, Sequence
from contextlib import AbstractContextManager
from time import monotonic

from sqlalchemy import Connection, delete, insert, select

from console.casebook.connect import KEYS_A_STATEMENT
from console.casebook.rows import chunks
from console.casebook.tables import LABELS
from console.errors import CasebookError

TURN_SECONDS = 0.05
"""How long a transaction is to hold the casebook."""
PAUSE_SECONDS = 0.03
"""Between two of them: longer than SQLite lets pass between two of its first looks for its turn, 25 ms."""
_FIRST, _LEAST, _MOST = 500, 50, 4_000
"""Rows of a transaction."""

Row = Mapping[str, str | None]
Writing = Callable[[str], AbstractContextManager[Connection]]


def insert_new(connection: Connection, rows: Sequence[Row]) -> list[str]:
    """Those of the rows are in the table whose ids were not; these ids."""
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


def insert_in_turns(writing: Writing, rows: Sequence[Row], doing: str) -> int:
    """The same, in small transactions, between which others have their turn; how many were new.

    Should one fail, what the others brought is taken out again: nobody was told that it is on record, and the
    same rows can come again. A process that is killed leaves a part, to which importing again adds the rest.

    Args:
        writing: opens a transaction, named by what is not done if it fails.
        rows: with ids that differ.
        doing: what is not done.

    Raises:
        CasebookError: none of them is on record; or some are, which is said then.
    """
    kept: list[str] = []
    at, size = 0, _FIRST
    try:
        while at < len(rows):
            if at:
                threading.Event().wait(PAUSE_SECONDS)
            began = monotonic()
            with writing(doing) as connection:
                new = insert_new(connection, rows[at : at + size])
            kept += new
            at += size
            share = TURN_SECONDS / max(monotonic() - began, 0.001)
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
