"""Who has a console open on a casebook: rows that come and go, and whether anybody has written in it.

What is told here is worth little and must cost little. So it goes over a connection of its own, which does
not wait for the disk and gives up soon where another console writes: a label never waits for a sign of life.
"""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Iterator, Sequence
from contextlib import closing
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path
from urllib.parse import quote

from sqlalchemy import Engine, Row, and_, create_engine, delete, event, func, insert, or_, select, update
from sqlalchemy.exc import DBAPIError

from console.casebook.connect import connect, reading, writing
from console.casebook.moments import moment_of, moment_text
from console.casebook.tables import ALERT_ACTS, LABELS, SEATS

WAIT_SECONDS = 0.2
"""How long a sign of life waits for another console's write to end."""
MOST_SEATS = 200
"""Seats that are read."""
LONGEST = 120
"""Characters of a name that are kept."""


@dataclass(frozen=True, slots=True)
class SeatRow:
    """One open console, as it told of itself last."""

    seat_id: str
    author: str
    host: str
    pid: int
    since: datetime
    """By its own clock."""
    doing: str
    beat: int
    """Signs of life so far."""


@dataclass(frozen=True, slots=True)
class Versions:
    """Numbers that move when somebody, here or elsewhere, has written."""

    labels: int = 0
    acts: int = 0


class Seating:
    """The seats at one casebook. Not to be used by two threads at once.

    Args:
        place: the casebook's file, which is one already.
    """

    def __init__(self, place: Path | str) -> None:
        self._place = str(place)
        self._engine: Engine = connect(Path(place), wait_seconds=WAIT_SECONDS)
        event.listen(self._engine, "connect", _do_not_wait_for_the_disk)

    def look(self) -> tuple[tuple[SeatRow, ...], Versions]:
        """Every seat on record, those that are gone without a word too; and what was written last.

        Raises:
            CasebookError: it cannot be read.
        """
        with reading(self._engine, self._place, "seats not read") as connection:
            rows = connection.execute(
                select(SEATS).order_by(SEATS.c.since, SEATS.c.seat_id).limit(MOST_SEATS)
            ).all()
            labels = connection.scalar(select(func.max(LABELS.c.seq))) or 0
            acts = connection.scalar(select(func.max(ALERT_ACTS.c.seq))) or 0
        return tuple(_seats_of(rows)), Versions(labels, acts)

    def sit(self, row: SeatRow, gone: Sequence[SeatRow] = ()) -> None:
        """The seat is on record as it is told; those that are gone are not, unless they moved meanwhile.

        Raises:
            CasebookError: not told; another console was writing, say.
        """
        told = {
            "author": _short(row.author),
            "host": _short(row.host),
            "pid": row.pid,
            "since": moment_text(row.since),
            "doing": _short(row.doing),
            "beat": row.beat,
        }
        with writing(self._engine, self._place, "seat not told") as connection:
            done = connection.execute(update(SEATS).where(SEATS.c.seat_id == row.seat_id).values(told))
            if not done.rowcount:
                connection.execute(insert(SEATS).values(seat_id=row.seat_id, **told))
            if gone:
                same = [and_(SEATS.c.seat_id == one.seat_id, SEATS.c.beat == one.beat) for one in gone]
                connection.execute(delete(SEATS).where(or_(*same)))

    def leave(self, seat_id: str) -> None:
        """The seat is on record no more.

        Raises:
            CasebookError: it still is.
        """
        with writing(self._engine, self._place, "seat not left") as connection:
            connection.execute(delete(SEATS).where(SEATS.c.seat_id == seat_id))

    def close(self) -> None:
        """Nothing holds the file any more."""
        self._engine.dispose()


def _do_not_wait_for_the_disk(connection: sqlite3.Connection, _record: object) -> None:
    # A power cut loses signs of life, and nothing else: a label waits for the disk by itself.
    with closing(connection.cursor()) as cursor:
        cursor.execute("pragma synchronous = normal")


def _short(text: str) -> str:
    """As much of a name as is kept, of characters that a database keeps."""
    return text[:LONGEST].encode("utf-8", "backslashreplace").decode("utf-8")


def _seats_of(rows: Iterable[Row[tuple[object, ...]]]) -> Iterator[SeatRow]:
    """Those that a console wrote; whatever else is in the table is left out."""
    for row in rows:
        texts = (row.seat_id, row.author, row.host, row.since, row.doing)
        if not all(isinstance(text, str) for text in texts):
            continue
        try:
            since, pid, beat = moment_of(row.since), int(row.pid), int(row.beat)
        except (ValueError, TypeError, OverflowError):
            continue
        yield SeatRow(row.seat_id, row.author, row.host, pid, since, row.doing, beat)


def seats_on_record(place: Path) -> tuple[SeatRow, ...]:
    """Every seat at the casebook, which is not touched; none if it is no casebook, or an older one."""
    address = f"file:{quote(str(place.absolute()))}?mode=ro"
    engine = create_engine("sqlite://", creator=lambda: sqlite3.connect(address, uri=True))
    try:
        with engine.connect() as connection:
            return tuple(_seats_of(connection.execute(select(SEATS).limit(MOST_SEATS))))
    except (DBAPIError, sqlite3.Error):
        return ()
    finally:
        engine.dispose()
