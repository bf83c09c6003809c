"""All sources together: which files there are, which of them is read next, and how far each is committed."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from datetime import datetime
from pathlib import Path

from console.ingest.formats import NATIVE, Format
from console.ingest.identity import same_file
from console.ingest.ledger import Ledger
from console.ingest.sources import Found, Scan, Trouble, covers, open_log, scan, shown, why_not
from console.ingest.tail import End, Tail
from console.model import Batch, SourceMark, SourceState, SourceStatus

POLL_BYTES = 16 * 2**20
"""How many bytes one poll reads at most, over all files."""

RESCAN_SECONDS = 1.0
"""How often the arguments are looked up anew."""

RENAMED_SECONDS = 30.0
"""For how long nothing may have come to a renamed file, while its successor is being written, until it
is let go of."""

DELETED_SECONDS = 5.0
"""For how long nothing may have come to a deleted file until it is let go of."""

_LEAST_BLOCK = 64 * 2**10


class Intake:
    """Reads what the arguments mean, from where the marks say, in batches that are committed elsewhere.

    Nothing is read twice or left out, whatever the files are renamed to: a source is a file's identity.
    Use it from one thread.

    Args:
        arguments: see `sources.scan`.
        marks: how far sources were committed in earlier runs.
        clock: gives the time, aware.
        monotonic: gives seconds, for intervals.
        block_bytes: how much is read of one file at once.
        lines_mean: the format of the lines.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        marks: Sequence[SourceMark],
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        block_bytes: int = 4 * 2**20,
        lines_mean: Format = NATIVE,
    ) -> None:
        self._arguments = tuple(arguments)
        self._clock = clock
        self._monotonic = monotonic
        self._block_bytes = block_bytes
        self._format = lines_mean
        self._ledger = Ledger(marks)
        self._tails: list[Tail] = []
        self._idle_since: dict[Tail, float] = {}
        self._nameless: set[Tail] = set()
        """Tails of files that the arguments do not lead to any more."""
        self._at_start: set[Tail] = set()
        """Tails that have not yet been at their file's end."""
        self._unopened: list[Trouble] = []
        self._scan = Scan()
        self._scanned_at: float | None = None
        self._turn: dict[Tail, int] = {}
        """When each tail was last served, in turns."""
        self._turns = 0
        self._last = False

    def poll(self, *, last: bool = False) -> list[Batch]:
        """Whatever is new, up to 16 MiB of it, at most one block of each file.

        A batch stays the first of its source until it is `committed`: without that, the next poll
        gives the same object again.

        Args:
            last: read to the end and no further: an unfinished last line is taken if it is a complete
                JSON object, else it is left unread and the source's status says so.

        Returns:
            In no particular order, at most one batch a source. Empty when there is nothing new.
        """
        now = self._monotonic()
        self._last = last
        if self._scanned_at is None or now - self._scanned_at >= RESCAN_SECONDS:
            self._rescan(now)
        for tail in self._tails:
            if tail.look() and tail.grown:
                self._idle_since[tail] = now
        self._let_go(now)
        queue = self._queue()
        share = min(self._block_bytes, max(_LEAST_BLOCK, POLL_BYTES // max(1, len(queue))))
        arrival = self._clock()
        batches: list[Batch] = []
        left = POLL_BYTES
        for tail in queue:
            if left < min(share, _LEAST_BLOCK):
                break
            self._turns += 1
            self._turn[tail] = self._turns
            batch = tail.take(min(share, left), arrival=arrival, new_id=self._ledger.new_id, last=last)
            if batch is not None:
                batches.append(batch)
                left -= min(share, batch.next_offset - batch.start_offset)
            if tail.end is End.TRUNCATED and (successor := self._follow_truncated(tail, now)):
                queue.append(successor)
        self._settle(now)
        return batches

    def committed(self, batches: Sequence[Batch]) -> None:
        """These batches are stored, with how far they reach; the next poll goes on behind them.

        Raises:
            ValueError: one of them is not outstanding; those before it have been counted.
        """
        at = self._clock()
        by_batch = {id(tail.outstanding): tail for tail in self._tails if tail.outstanding is not None}
        for batch in batches:
            tail = by_batch.get(id(batch))
            if tail is None:
                raise ValueError(f"{batch.path}:{batch.start_offset}: batch is not outstanding")
            self._ledger.keep(tail.commit(batch, at))
        self._settle(self._monotonic())

    def statuses(self) -> tuple[SourceStatus, ...]:
        """The ledger: every source that is read, every argument that leads to none, and what has ended
        in the last quarter of an hour."""
        tails = [(tail, tail in self._at_start) for tail in self._tails]
        troubles = [*self._scan.troubles, *self._unopened]
        return self._ledger.statuses(tails, troubles, now=self._monotonic(), last=self._last)

    def caught_up(self) -> bool:
        """Whether all that the last poll saw has been committed, but for unfinished last lines."""
        return self._scanned_at is not None and all(tail.at_end for tail in self._tails)

    def backlog(self) -> tuple[int, int]:
        """Bytes that are not yet committed, and bytes of all files that are read."""
        left = sum(max(0, tail.size - tail.next_offset) for tail in self._tails if tail.end is None)
        return left, sum(tail.size for tail in self._tails if tail.end is None)

    def directories(self) -> frozenset[str]:
        """Where a change may mean something new; some need not exist."""
        return frozenset(self._scan.directories)

    def close(self) -> None:
        """Let go of all files. What is outstanding will be read again by the next intake."""
        for tail in self._tails:
            tail.close()
        self._tails.clear()

    def _rescan(self, now: float) -> None:
        first = self._scanned_at is None
        self._scanned_at = now
        self._scan = scan(self._arguments)
        self._unopened = []
        known = {tail.key: tail for tail in self._tails if tail.end is None}
        found: set[Tail] = set()
        for file in self._scan.files:
            tail = known.get((file.device, file.inode))
            if tail is None or not tail.is_open:
                tail = self._open(file, tail, now)
            if tail is not None:
                found.add(tail)
        if first:
            found |= self._open_renamed(now)
            self._at_start = set(found)
        self._nameless = {tail for tail in self._tails if tail.end is None and tail not in found}

    def _open(self, file: Found, broken: Tail | None, now: float) -> Tail | None:
        try:
            descriptor = open_log(file.name)
        except OSError as error:
            self._unopened += [] if broken else [Trouble(file.path, SourceState.FAILED, why_not(error))]
            return broken
        if broken is not None:
            if broken.reopen(descriptor):
                return broken
            broken.finish(End.TRUNCATED)
            return self._open(file, None, now)
        try:
            return self._add(
                Tail(file.path, descriptor, self._mark_of(descriptor), lines_mean=self._format), now
            )
        except OSError as error:
            self._unopened.append(Trouble(file.path, SourceState.FAILED, why_not(error)))
            return None

    def _add(self, tail: Tail, now: float) -> Tail:
        self._tails.append(tail)
        self._idle_since[tail] = now
        self._turn[tail] = 0
        return tail

    def _mark_of(self, descriptor: int) -> SourceMark | None:
        """The newest mark of this very file, unless it is shorter than what was read of it."""
        status = os.fstat(descriptor)
        taken = {tail.mark.source_id for tail in self._tails if tail.mark is not None}
        for mark in self._ledger.marks:
            if (mark.identity.device, mark.identity.inode) != (status.st_dev, status.st_ino):
                continue
            if mark.source_id not in taken and same_file(mark.identity, descriptor):
                return mark if status.st_size >= mark.next_offset else None
        return None

    def _open_renamed(self, now: float) -> set[Tail]:
        """Tails of files that were renamed away while nobody read them, and have lines left."""
        read = {tail.mark.source_id for tail in self._tails if tail.mark is not None}
        opened = {tail.key for tail in self._tails}
        by_folder: dict[Path, list[SourceMark]] = {}
        for mark in self._ledger.marks:
            key = mark.identity.device, mark.identity.inode
            if mark.source_id not in read and key not in opened and covers(self._arguments, mark.path):
                by_folder.setdefault(Path(mark.path).parent, []).append(mark)
        tails: set[Tail] = set()
        for folder, marks in by_folder.items():
            for name in _names_of(folder, {mark.identity.inode for mark in marks}):
                tail = self._open_left_over(name, marks)
                if tail is not None:
                    tails.add(self._add(tail, now))
        return tails

    def _open_left_over(self, name: str, marks: Sequence[SourceMark]) -> Tail | None:
        try:
            descriptor = open_log(name)
        except OSError as error:
            self._unopened.append(Trouble(shown(name), SourceState.FAILED, why_not(error)))
            return None
        try:
            mark = self._mark_of(descriptor)
            if mark is not None and mark in marks and os.fstat(descriptor).st_size > mark.next_offset:
                return Tail(mark.path, descriptor, mark, lines_mean=self._format)
        except OSError as error:
            self._unopened.append(Trouble(shown(name), SourceState.FAILED, why_not(error)))
        os.close(descriptor)
        return None

    def _follow_truncated(self, tail: Tail, now: float) -> Tail | None:
        try:
            successor = tail.successor()
        except OSError:
            return None  # the next scan finds the file again
        if successor is None:
            return None
        successor.look()
        return self._add(successor, now)

    def _queue(self) -> list[Tail]:
        """Whose turn it is: what waits to be committed first, so that never more than one poll's worth
        of it is in memory; then the file that was served longest ago."""
        waiting = [tail for tail in self._tails if tail.outstanding is not None]
        fresh = [tail for tail in self._tails if tail.outstanding is None and (self._last or not tail.at_end)]
        return waiting + sorted(fresh, key=self._turn.__getitem__)

    def _let_go(self, now: float) -> None:
        for tail in self._nameless:
            if tail.end is None and tail.at_end and self._is_left(tail, now):
                tail.finish(End.GONE)

    def _settle(self, now: float) -> None:
        """Take out the tails that have ended and are committed to their end."""
        self._at_start = {tail for tail in self._at_start if not tail.at_end}
        for tail in [tail for tail in self._tails if self._is_over(tail)]:
            self._ledger.close(tail, now)
            self._tails.remove(tail)
            del self._idle_since[tail], self._turn[tail]

    def _is_left(self, tail: Tail, now: float) -> bool:
        """Whether nobody writes any more to a file that has lost its name."""
        if not tail.is_open or self._last:
            return True
        idle = now - self._idle_since[tail]
        if tail.is_deleted:
            return idle >= DELETED_SECONDS
        # A writer goes on with a renamed file until it opens the new one.
        succeeded = any(other.path == tail.path and other is not tail and other.size for other in self._tails)
        return succeeded and idle >= RENAMED_SECONDS

    @staticmethod
    def _is_over(tail: Tail) -> bool:
        return tail.end is not None and not tail.has_lines


def _names_of(folder: Path, inodes: set[int]) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.inode() in inodes]
    except OSError:
        return []
