"""How far every source has been read: what it was marked with, and what is shown of it."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Iterable, Sequence
from dataclasses import replace

from console.ingest.logfile import End
from console.ingest.newcomer import Newcomer, Verdict
from console.ingest.sources import Trouble
from console.ingest.tail import Tail
from console.model import PASSED_OVER, SourceMark, SourceState, SourceStatus

FINISHED_LISTED = 20
"""How many of the sources that ended last stay in the list, without those whose files are still there."""

FINISHED_SECONDS = 900.0
"""For how long those that ended in this run do."""

_OPEN_ENDED = frozenset({"file", "stdin", "utf-16"})
"""Kinds of sources that do not say themselves where they end."""


class Ledger:
    """The marks of all sources, and the statuses of what the arguments mean.

    Args:
        marks: of earlier runs.
        covers: whether the arguments mean a file of that name.
    """

    def __init__(self, marks: Sequence[SourceMark], covers: Callable[[str], bool]) -> None:
        self._marks = {mark.source_id: mark for mark in marks}
        self._by_file: dict[tuple[int, int], set[int]] = {}
        for mark in marks:
            self._by_file.setdefault(_key(mark), set()).add(mark.source_id)
        self._newest_first: list[SourceMark] | None = None
        self._next_id = max(self._marks, default=0) + 1
        self._ended: deque[tuple[float, SourceStatus]] = deque(maxlen=FINISHED_LISTED)
        self._earlier = [mark.source_id for mark in marks if mark.lines and covers(mark.path)]

    @property
    def marks(self) -> Sequence[SourceMark]:
        """All of them, the newest source first."""
        if self._newest_first is None:
            self._newest_first = [self._marks[source_id] for source_id in sorted(self._marks, reverse=True)]
        return self._newest_first

    def marks_of(self, device: int, inode: int) -> Sequence[SourceMark]:
        """Those of files that were there, the newest source first."""
        of_file = self._by_file.get((device, inode), ())
        return [self._marks[source_id] for source_id in sorted(of_file, reverse=True)]

    def new_id(self) -> int:
        """An id that no source has had."""
        self._next_id += 1
        return self._next_id - 1

    def keep(self, mark: SourceMark) -> None:
        """A source has been committed up to this mark."""
        before = self._marks.get(mark.source_id)
        if before is None or _key(before) != _key(mark):
            if before is not None:
                self._by_file[_key(before)].discard(mark.source_id)
            self._by_file.setdefault(_key(mark), set()).add(mark.source_id)
        self._marks[mark.source_id] = mark
        self._newest_first = None

    def close(self, tail: Tail, now: float) -> None:
        """A source has ended; it stays listed for a while, if anything of it was ever read."""
        if tail.mark is not None and tail.mark.lines:
            self._ended.append((now, status(tail, reading=False, last=True)))

    def statuses(
        self,
        tails: Sequence[tuple[Tail, bool]],
        newcomers: Iterable[Newcomer],
        troubles: Sequence[Trouble],
        present: Iterable[tuple[int, int]],
        *,
        now: float,
        last: bool,
    ) -> tuple[SourceStatus, ...]:
        """The list as it is shown: what is read, what cannot be, what was read to its end.

        Args:
            tails: each with whether it is still reading what was there at the start.
            newcomers: files that are not decided about.
            troubles: of the last scan.
            present: device and inode of the files that were found and have nothing new.
            now: monotonic, in seconds.
            last: whether nothing is followed.
        """
        live = [status(tail, reading=reading, last=last) for tail, reading in tails]
        live += [_of_newcomer(newcomer) for newcomer in newcomers]
        live += [
            SourceStatus(-1, trouble.path, trouble.state, 0, 0, 0, 0, 0, 0, None, trouble.problem)
            for trouble in troubles
        ]
        listed = {entry.source_id for entry in live}
        there = [next(iter(self.marks_of(*key)), None) for key in present]
        whole = [
            status_of_mark(m) for m in there if m and m.source_id not in listed and m.kind != PASSED_OVER
        ]
        listed |= {entry.source_id for entry in whole}
        ended = [e for at, e in self._ended if now - at < FINISHED_SECONDS and e.source_id not in listed]
        ended = [self._recounted(entry) for entry in ended]
        listed |= {entry.source_id for entry in ended}
        room = max(0, FINISHED_LISTED - len(ended))
        gone = [source_id for source_id in reversed(self._earlier) if source_id not in listed][:room]
        return (*live, *whole, *ended, *(status_of_mark(self._marks[source_id]) for source_id in gone))

    def _recounted(self, entry: SourceStatus) -> SourceStatus:
        """What has ended, with what its rejects have become since."""
        mark = self._marks[entry.source_id]
        return replace(entry, rows=mark.rows, rejects=mark.rejects, truths=mark.truths)


def status(tail: Tail, *, reading: bool, last: bool) -> SourceStatus:
    """What is shown of one source."""
    mark = tail.mark
    return SourceStatus(
        source_id=mark.source_id if mark and mark.lines else -1,
        path=tail.path,
        state=_state(tail, reading, last),
        # Of a file that was overwritten, the bytes that there were of it.
        size=tail.next_offset if tail.file.end is End.TRUNCATED else tail.file.size,
        next_offset=tail.next_offset,
        lines=mark.lines if mark else 0,
        rows=mark.rows if mark else 0,
        rejects=mark.rejects if mark else 0,
        blanks=mark.blanks if mark else 0,
        last_line_at=mark.last_line_at if mark else None,
        problem=_problem(tail),
        kind=tail.file.kind,
        lag_bytes=lag_bytes(tail),
        behind_since=tail.behind_since,
        truths=mark.truths if mark else 0,
        beginnings=mark.identity.beginnings if mark else "",
    )


def lag_bytes(tail: Tail) -> int:
    """Bytes that are there and not committed; all of them as long as no line is."""
    return tail.file.size if tail.has_lines and not tail.next_offset else tail.lag_bytes


def _key(mark: SourceMark) -> tuple[int, int]:
    return mark.identity.device, mark.identity.inode


def status_of_mark(mark: SourceMark) -> SourceStatus:
    """What is shown of a source that nobody reads now."""
    return SourceStatus(
        source_id=mark.source_id,
        path=mark.path,
        state=SourceState.FINISHED,
        size=max(mark.identity.end_size, 0) or mark.next_offset,
        next_offset=mark.next_offset,
        lines=mark.lines,
        rows=mark.rows,
        rejects=mark.rejects,
        blanks=mark.blanks,
        last_line_at=mark.last_line_at,
        problem=None if mark.identity.end_size >= 0 else "read in an earlier run",
        kind=mark.kind,
        truths=mark.truths,
        beginnings=mark.identity.beginnings,
    )


def _of_newcomer(newcomer: Newcomer) -> SourceStatus:
    waits = newcomer.verdict in (Verdict.COPY, Verdict.EMPTY)
    return SourceStatus(
        source_id=-1,
        path=newcomer.found.path,
        state=SourceState.WAITING if waits else SourceState.READING,
        size=newcomer.size,
        next_offset=0,
        lines=0,
        rows=0,
        rejects=0,
        blanks=0,
        last_line_at=None,
        problem=newcomer.verdict.value,
        kind=newcomer.content.kind,
        lag_bytes=0 if waits else newcomer.size,
    )


def _state(tail: Tail, reading: bool, last: bool) -> SourceState:
    if tail.file.problem is not None:
        return SourceState.FAILED
    if not tail.at_end:
        return SourceState.READING if reading or last else SourceState.FOLLOWING
    if tail.file.end is not None or (last and not tail.file.is_pipe):
        return SourceState.FINISHED
    return SourceState.FOLLOWING if tail.file.size or tail.file.is_pipe else SourceState.WAITING


def _problem(tail: Tail) -> str | None:
    if tail.file.problem is not None:
        if tail.file.kind == "stdin":
            return tail.file.problem
        again = "tried again each second" if tail.file.kind == "file" else "tried again when it changes"
        return f"{tail.file.problem}; {again}"
    if tail.file.end is None and tail.file.size and tail.at_end and tail.file.kind not in _OPEN_ENDED:
        return f"the {tail.file.kind} file is cut off, or still being written: it is read on as it grows"
    if tail.file.kept_back:
        return f"last line unfinished: {tail.file.kept_back} bytes kept back"
    if tail.file.end is End.COMPLETE:
        return None
    if tail.file.end is not None:
        return str(tail.file.end.value)
    return None if tail.file.size or tail.file.is_pipe else "empty so far; read once it has a line"
