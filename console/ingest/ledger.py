"""How far every source has been read: what it was marked with, and what is shown of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Sequence

from console.ingest.sources import Trouble
from console.ingest.tail import End, Tail
from console.model import SourceMark, SourceState, SourceStatus

FINISHED_LISTED = 20
"""How many of the sources that ended last stay in the list."""

FINISHED_SECONDS = 900.0
"""For how long they do."""


class Ledger:
    """The marks of all sources, and the statuses of those that were read in this run."""

    def __init__(self, marks: Sequence[SourceMark]) -> None:
        self._marks = {mark.source_id: mark for mark in marks}
        self._next_id = max(self._marks, default=0) + 1
        self._ended: deque[tuple[float, SourceStatus]] = deque(maxlen=FINISHED_LISTED)

    @property
    def marks(self) -> Sequence[SourceMark]:
        """All of them, the newest source first."""
        return [self._marks[source_id] for source_id in sorted(self._marks, reverse=True)]

    def new_id(self) -> int:
        """An id that no source has had."""
        self._next_id += 1
        return self._next_id - 1

    def keep(self, mark: SourceMark) -> None:
        """A source has been committed up to this mark."""
        self._marks[mark.source_id] = mark

    def close(self, tail: Tail, now: float) -> None:
        """A source has ended; it stays listed for a while, if anything of it was ever read."""
        if tail.mark is not None:
            self._ended.append((now, status(tail, reading=False, last=True)))

    def statuses(
        self, tails: Sequence[tuple[Tail, bool]], troubles: Sequence[Trouble], *, now: float, last: bool
    ) -> tuple[SourceStatus, ...]:
        """The list as it is shown: what is read, what cannot be, what has ended lately.

        Args:
            tails: each with whether it is still reading what was there at the start.
            troubles: of the last scan.
            now: monotonic, in seconds.
            last: whether nothing is followed.
        """
        live = [status(tail, reading=reading, last=last) for tail, reading in tails]
        live += [
            SourceStatus(-1, trouble.path, trouble.state, 0, 0, 0, 0, 0, 0, None, trouble.problem)
            for trouble in troubles
        ]
        ended = [entry for at, entry in self._ended if now - at < FINISHED_SECONDS]
        return (*live, *ended)


def status(tail: Tail, *, reading: bool, last: bool) -> SourceStatus:
    """What is shown of one source."""
    mark = tail.mark
    return SourceStatus(
        source_id=mark.source_id if mark else -1,
        path=tail.path,
        state=_state(tail, reading, last),
        # Of a file that was overwritten, the bytes that there were of it.
        size=tail.next_offset if tail.end is End.TRUNCATED else tail.size,
        next_offset=tail.next_offset,
        lines=mark.lines if mark else 0,
        rows=mark.rows if mark else 0,
        rejects=mark.rejects if mark else 0,
        blanks=mark.blanks if mark else 0,
        last_line_at=tail.last_commit,
        problem=_problem(tail),
        lag_bytes=max(0, tail.size - tail.next_offset),
    )


def _state(tail: Tail, reading: bool, last: bool) -> SourceState:
    if tail.problem is not None:
        return SourceState.FAILED
    if not tail.at_end:
        return SourceState.READING if reading or last else SourceState.FOLLOWING
    if last or tail.end is not None:
        return SourceState.FINISHED
    return SourceState.FOLLOWING if tail.size else SourceState.WAITING


def _problem(tail: Tail) -> str | None:
    if tail.problem is not None:
        return f"{tail.problem}; tried again each second"
    if tail.kept_back:
        return f"last line unfinished: {tail.kept_back} bytes kept back"
    if tail.end is not None:
        return tail.end.value
    return None if tail.size else "empty so far; read once it has a line"
