"""Who else has a console open on the casebook, and whether anybody has written in it.

Each console writes a sign of life every few seconds, and looks once a second for those of others. Whether a
seat is there is judged by what this console saw itself, that its number moves, and never by comparing the
clocks of two hosts.
"""

from __future__ import annotations

import os
import platform
import threading
import uuid
from collections.abc import Callable, Sequence
from dataclasses import replace
from datetime import datetime
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING

from console.errors import CasebookError
from console.model import Seat, Snapshot

if TYPE_CHECKING:
    from console.casebook import Casebook, Seating, SeatRow, Versions

LOOK_SECONDS = 1.0
"""Between two looks at what others did."""
BEAT_SECONDS = 5.0
"""Between two signs of life, as long as the person looks at the same."""
GONE_SECONDS = 15.0
"""Without a sign of life after which a seat is gone."""
FORGET_SECONDS = 60.0
"""Without a sign of life after which its row is taken away; who was stopped, and goes on, writes it anew."""


HOLDS = " holds the cache; "
"""What the notice says of another process that has the cache which this one would have."""


class Witness:
    """Tells from rows that it is shown time and again whose number moves.

    A seat that is seen for the first time is taken to be there if its process runs on this host; one on
    another host is, once its number has moved.
    """

    def __init__(self, host: str, *, runs: Callable[[int], bool]) -> None:
        self._host = host
        self._runs = runs
        self._seen: dict[str, tuple[int, float, bool]] = {}
        """Seat -> its number, since when it is that (monotonic), and whether the seat was there then."""

    def here(self, rows: Sequence[SeatRow], now: float) -> tuple[SeatRow, ...]:
        """Those of the seats that are there.

        Args:
            rows: all that are on record.
            now: seconds of a clock that never steps back.
        """
        before, self._seen = self._seen, {}
        for row in rows:
            old = before.get(row.seat_id)
            if old is None:
                self._seen[row.seat_id] = (row.beat, now, row.host == self._host and self._runs(row.pid))
            elif old[0] != row.beat:
                self._seen[row.seat_id] = (row.beat, now, True)
            else:
                self._seen[row.seat_id] = old
        return tuple(row for row in rows if self._is_here(row, now))

    def forgotten(self, rows: Sequence[SeatRow], now: float) -> tuple[SeatRow, ...]:
        """Those of them whose numbers have not moved for so long that nobody needs their rows."""
        return tuple(row for row in rows if now - self._seen[row.seat_id][1] > FORGET_SECONDS)

    def _is_here(self, row: SeatRow, now: float) -> bool:
        _, since, was_there = self._seen[row.seat_id]
        return was_there and now - since <= GONE_SECONDS


class Company:
    """This console's seat, and the others at the same casebook.

    What goes wrong here is told to nobody: labels and acts are kept without it.

    Args:
        author: who sits here.
        doing: gives in few words what the person looks at.
        sits: whether others are to see this seat; one that leaves nothing behind only looks.
        clock: gives the present moment, with a zone.
        on_change: called, from the thread of `follow`, when somebody came, went, went elsewhere or wrote.
    """

    def __init__(
        self,
        author: str,
        *,
        doing: Callable[[], str],
        sits: bool,
        clock: Callable[[], datetime],
        on_change: Callable[[], None],
    ) -> None:
        from console.casebook import SeatRow, Versions

        self._row = SeatRow(uuid.uuid4().hex, author, platform.node(), os.getpid(), clock(), "", 0)
        self._sits = sits
        self._on_change = on_change
        self._witness = Witness(self._row.host, runs=_runs)
        self._doing = doing
        self._told_at: float | None = None
        """When the last sign of life was given (monotonic), None before the first."""
        self._seating: Seating | None = None
        self._holder_is_gone = False
        self._now: tuple[tuple[Seat, ...], Versions] = ((_seat_of(self._row, is_own=True),), Versions())

    @property
    def seats(self) -> tuple[Seat, ...]:
        """Who is here now, this console first."""
        return self._now[0]

    @property
    def versions(self) -> Versions:
        """What moves when somebody writes."""
        return self._now[1]

    def on(self, snapshot: Snapshot, *, holder: int | None) -> Snapshot:
        """The snapshot, which tells who is here and whether somebody wrote.

        Args:
            snapshot: any.
            holder: process that holds the cache which this console would have; None if it has it.
        """
        return replace(
            snapshot,
            seats=self.seats,
            labels_version=self.versions.labels,
            acts_version=self.versions.acts,
            notices=self.name_holder(snapshot.notices, holder),
        )

    def name_holder(self, notices: tuple[str, ...], holder: int | None) -> tuple[str, ...]:
        """The notices; who holds the cache is told by the name of who sits there, or is told to be gone."""
        if holder is not None and not (self._holder_is_gone or _runs(holder)):
            # Another process may get its number.
            self._holder_is_gone = True
        if self._holder_is_gone:
            return tuple(_told_gone(notice, holder) for notice in notices)
        names = [seat.author for seat in self.seats[1:] if seat.pid == holder and seat.host == self._row.host]
        if not names:
            return notices
        process = f"process {holder} "
        return tuple(
            f"{names[0]} ({process.strip()}) {notice.removeprefix(process)}"
            if notice.startswith(process)
            else notice
            for notice in notices
        )

    def follow(self, casebook: Callable[[], Casebook | None], stop: threading.Event) -> None:
        """Looks at what the others do until it is told to stop; then the seat is empty.

        Args:
            casebook: gives it as soon as there is one.
        """
        try:
            while not stop.is_set():
                book = casebook()
                if book is not None:
                    self._look(book.place)
                stop.wait(LOOK_SECONDS)
        finally:
            self._leave()

    def _look(self, place: str) -> None:
        from console.casebook import Seating

        before = self._now
        try:
            if self._seating is None:
                self._seating = Seating(place)
            rows, versions = self._seating.look()
            others = [row for row in rows if row.seat_id != self._row.seat_id]
            now = monotonic()
            here = self._witness.here(others, now)
            doing = self._doing()
            own = _seat_of(replace(self._row, doing=doing), is_own=True)
            self._now = (own, *(_seat_of(row, is_own=False) for row in here)), versions
            self._give_sign(doing, self._witness.forgotten(others, now), now)
        except CasebookError:
            # Another console writes, or the disk is full: the next look is in a second.
            pass
        if self._now != before:
            self._on_change()

    def _give_sign(self, doing: str, forgotten: Sequence[SeatRow], now: float) -> None:
        due = self._told_at is None or now - self._told_at >= BEAT_SECONDS or doing != self._row.doing
        if self._sits and due and self._seating is not None:
            row = replace(self._row, doing=doing, beat=self._row.beat + 1)
            self._seating.sit(row, forgotten)
            self._row, self._told_at = row, now

    def _leave(self) -> None:
        if self._seating is None:
            return
        try:
            if self._told_at is not None:
                self._seating.leave(self._row.seat_id)
        except CasebookError:
            pass  # Others see it by themselves within 15 s.
        finally:
            self._seating.close()


def _seat_of(row: SeatRow, *, is_own: bool) -> Seat:
    return Seat(row.author, row.pid, row.since, is_own, row.doing, row.host)


def _told_gone(notice: str, holder: int | None) -> str:
    """A notice that somebody holds the cache says that nobody does, and how to have it."""
    if HOLDS not in notice:
        return notice
    return f"process {holder} held the cache and is gone: start anew to have the cache here"


def _runs(pid: int) -> bool:
    """Whether there is such a process on this host."""
    try:
        os.kill(pid, 0)
    except PermissionError:
        return True
    except (ProcessLookupError, OverflowError):
        return False
    return pid > 0


def neighbours(place: Path) -> tuple[Seat, ...]:
    """Who has a console open on this host, on the casebook at this place, told at one look.

    Of seats on other hosts one look does not tell whether they are there. The file is not touched.
    """
    from console.casebook import seats_on_record

    rows = seats_on_record(place) if place.is_file() else ()
    here = Witness(platform.node(), runs=_runs).here(rows, monotonic())
    return tuple(_seat_of(row, is_own=False) for row in here)
