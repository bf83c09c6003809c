"""All sources together: which files there are, which of them is read next, and how far each is committed."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, replace
from datetime import UTC, datetime, timedelta
from functools import partial

from console.ingest.arrivals import Arrivals
from console.ingest.batching import BATCH_LINES
from console.ingest.choosing import ALL_NATIVE, FormatFor
from console.ingest.finding import Finding
from console.ingest.ledger import Ledger, lag_bytes
from console.ingest.logfile import End
from console.ingest.newcomer import SETTLE_SECONDS, Verdict
from console.ingest.sources import covers
from console.ingest.tail import Tail
from console.ingest.tails import Tails
from console.model import Batch, SourceMark, SourceStatus

POLL_BYTES = 160 * 2**20
"""How many bytes one poll reads at most of a backlog, over all files; and as many of what is followed."""

FIRST_READ = 2**20
"""The same of one file until a line is committed, ..."""
FIRST_POLL = 4 * FIRST_READ
"""... and of all: nobody waits long to see some."""

_LEAST_BLOCK = 64 * 2**10
_LESS = 4
"""So many times less is read at once where the store has no memory for as much, ..."""
_LEAST_PART = 256
"""... at least such a part of what is usual, ..."""
_PATIENCE = 50
"""... until so many polls are stored; then it is tried with more."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(slots=True)
class _Room:
    """What one transaction may still have of files; false if nothing that is worth a block."""

    bytes: int
    lines: int

    def __bool__(self) -> bool:
        return self.bytes >= _LEAST_BLOCK and self.lines > 0

    def fill(self, batch: Batch) -> None:
        """The batch takes some of it."""
        self.bytes -= min(self.bytes, batch.next_offset - batch.start_offset)
        self.lines -= batch.lines


class Intake:
    """Reads what the arguments mean, from where the marks say, in batches that are committed elsewhere.

    Nothing is read twice or left out, whatever the files are renamed to: a source is a file's identity,
    and a copy or an archive of a file goes on with that file's source. Use it from one thread.

    Args:
        arguments: see `sources.scan`; also `STANDARD_INPUT`.
        marks: how far sources were committed in earlier runs.
        clock: gives the time, aware.
        monotonic: gives seconds, for intervals.
        block_bytes: how much is read of one file at once.
        lines_mean: chooses the format of the lines of a file.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        marks: Sequence[SourceMark],
        *,
        clock: Callable[[], datetime],
        monotonic: Callable[[], float],
        block_bytes: int = POLL_BYTES,
        lines_mean: FormatFor = ALL_NATIVE,
    ) -> None:
        self._clock = clock
        self._monotonic = monotonic
        self._block_bytes = block_bytes
        self._ledger = Ledger(marks, covers=partial(covers, tuple(arguments)))
        self._arrivals = Arrivals(self._ledger, lines_mean)
        self._tails = Tails()
        self._finding = Finding(arguments, self._ledger, self._arrivals, self._tails, lines_mean)
        self._last = False
        self._has_lines = False
        """Whether a line was committed."""
        self._backlog: deque[Tail] = deque()
        """What was there before, in the order of the last poll."""
        self._room = _Room(0, 0)
        """For what may be read of it ahead of the next poll."""
        self._part = 1
        """As that part of what is usual, so much is read at once."""
        self._stored = 0
        """Polls that were stored since that was changed."""

    def poll(self, *, last: bool = False, changed: bool = False) -> list[Batch]:
        """Whatever is new, up to 160 MiB of what was there before and as much of what came since, at most one
        block of each file.

        A batch stays the first of its source until it is `committed`: without that, the next poll
        gives the same object again. A batch may have no lines, see `Batch`.

        Args:
            last: read to the end and no further: an unfinished last line is taken if it is a complete
                JSON object, else it is left unread and the source's status says so.
            changed: something in `directories` is known to have changed.

        Returns:
            In no particular order, at most one batch a source. Empty when there is nothing new.
        """
        now = self._monotonic()
        self._last = last
        if self._finding.is_due(now, changed=changed):
            self._finding.look(now)
        self._tails.look(now)
        self._tails.let_go(now, last=last)
        batches = [*self._finding.notes, *self._serve()]
        for tail, before in self._arrivals.judge(self._tails, now=now, is_old=self._is_old, last=last):
            if before is not None:
                self._drop(before, now)
            self._tails.add(tail, now)
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
            self._has_lines |= batch.lines > 0
            tail = by_batch.get(id(batch))
            if tail is not None:
                self._ledger.keep(tail.commit(batch, at))
            elif any(note is batch for note in self._finding.notes):
                self._finding.notes = [note for note in self._finding.notes if note is not batch]
                self._ledger.keep(_note_mark(batch))
            else:
                raise ValueError(f"{batch.path}:{batch.start_offset}: batch is not outstanding")
        self._settle(self._monotonic())
        self._stored += 1
        if self._stored >= _PATIENCE and self._part > 1:
            self._part, self._stored = self._part // _LESS, 0

    def read_ahead(self) -> bool:
        """The next block of a backlog is prepared while what was handed out is being committed.

        Called again, it goes on with what is behind, and then with the next file; False if it may not.
        """
        while self._backlog and not (self._backlog[0] in self._tails and self._backlog[0].has_more):
            self._backlog.popleft()
        if not self._backlog:
            return False
        tail = self._backlog[0]
        if tail.is_ahead:
            return self._part == 1 and tail.begin(self._block_bytes)
        if not self._room:
            return False
        if tail.outstanding is None:
            self._take(tail, self._block_bytes, self._room, [])
            return True
        budget = min(self._block_bytes, self._room.bytes)
        batch = tail.read_ahead(budget, self._room.lines, arrival=self._clock())
        if batch is not None:
            self._room.fill(batch)
        if tail.file.end is End.TRUNCATED:
            self._follow_truncated(tail, [])
        return True

    def read_less(self) -> bool:
        """What is not committed is read once more, in smaller batches; False if they cannot be smaller."""
        if self._part >= _LEAST_PART:
            return False
        self._part, self._stored = self._part * _LESS, 0
        for tail in [tail for tail in self._tails if tail.has_lines]:
            with suppress(OSError):  # the next scan finds that it cannot be read
                again = tail.again()
                if again is not None:
                    self._tails.replace(tail, again)
                    again.look()
        self._backlog.clear()
        return True

    def retried(self, moved: Mapping[int, int]) -> None:
        """So many rejects of each source have become rows; the ledger counts them as such."""
        tails = {tail.mark.source_id: tail for tail in self._tails if tail.mark is not None}
        for mark in self._ledger.marks:
            if rows := moved.get(mark.source_id, 0):
                counted = replace(mark, rows=mark.rows + rows, rejects=mark.rejects - rows)
                self._ledger.keep(counted)
                if mark.source_id in tails:
                    tails[mark.source_id].mark = counted

    def statuses(self) -> tuple[SourceStatus, ...]:
        """The ledger: every source that is read, every argument that leads to none, what was read to its
        end and is still there, and some of what has ended lately."""
        scan = self._finding.scan
        return self._ledger.statuses(
            [(tail, self._tails.is_behind(tail)) for tail in self._tails],
            self._arrivals.newcomers.values(),
            [*scan.troubles, *self._arrivals.troubles.values()],
            [(file.device, file.inode) for file in scan.files if self._arrivals.is_done(file)],
            now=self._monotonic(),
            last=self._last,
        )

    def caught_up(self) -> bool:
        """Whether all that the last poll saw has been committed, but for unfinished last lines."""
        waits = (Verdict.COPY, Verdict.EMPTY)
        return (
            self._finding.has_looked
            and not self._finding.notes
            and not self._tails.any_cut
            and all(tail.at_end and not tail.owes_mark for tail in self._tails)
            and all(newcomer.verdict in waits for newcomer in self._arrivals.newcomers.values())
            and not (self._last and any(tail.file.is_pipe for tail in self._tails))
        )

    @property
    def is_comparing(self) -> bool:
        """Whether there is more to compare of the files that may be copies: the next poll need not wait."""
        return self._arrivals.is_comparing

    def backlog(self) -> tuple[int, int]:
        """Bytes that are not yet committed, and bytes of all files that are read."""
        tails = [tail for tail in self._tails if tail.file.end is None]
        waiting = sum(n.size for n in self._arrivals.newcomers.values() if n.verdict is Verdict.UNDECIDED)
        there = sum(tail.file.size for tail in tails)
        return sum(lag_bytes(tail) for tail in tails) + waiting, there + waiting

    def directories(self) -> frozenset[str]:
        """Where a change may mean something new; some need not exist."""
        return frozenset(self._finding.scan.directories)

    def close(self) -> None:
        """Let go of all files. What is outstanding will be read again by the next intake."""
        self._tails.close()
        self._arrivals.close()

    def _is_old(self, modified_ns: int) -> bool:
        """Whether a file that was modified then was not just written."""
        return self._clock() - _EPOCH > timedelta(microseconds=modified_ns // 1000, seconds=SETTLE_SECONDS)

    def _serve(self) -> list[Batch]:
        queue = self._tails.queue(last=self._last)
        following = sum(not self._tails.is_behind(tail) for tail in queue)
        share = min(self._block_bytes, max(_LEAST_BLOCK, POLL_BYTES // self._part // max(1, following)))
        # Whatever of a backlog waits to be committed, there is room for what is written meanwhile.
        poll_bytes, poll_lines = POLL_BYTES // self._part, BATCH_LINES // self._part
        for_followed = _Room(poll_bytes, poll_lines)
        for_backlog = _Room(poll_bytes if self._has_lines else min(poll_bytes, FIRST_POLL), poll_lines)
        block = self._block_bytes if self._has_lines else min(self._block_bytes, FIRST_READ)
        self._backlog = deque(filter(self._tails.is_behind, queue))
        # Never more than two polls of it wait, however often the store refuses the first.
        self._room = _Room(2 * poll_bytes, 2 * poll_lines)
        batches: list[Batch] = []
        for tail in queue:
            is_behind = self._tails.is_behind(tail)
            room = for_backlog if is_behind else for_followed
            batch = tail.outstanding
            if batch is not None:
                room.fill(batch)
            elif room:
                batch = self._take(tail, block if is_behind else share, room, queue)
            elif tail.owes_mark and not tail.has_lines:
                # What a file is called tomorrow is told by what is committed about it today.
                batch = self._take(tail, 0, room, queue)
            if batch is not None:
                batches.append(batch)
                self._room.fill(batch)
        return batches

    def _take(self, tail: Tail, block: int, room: _Room, queue: list[Tail]) -> Batch | None:
        self._tails.served(tail)
        batch = tail.take(
            min(block, room.bytes),
            room.lines,
            arrival=self._clock(),
            new_id=self._ledger.new_id,
            last=self._last,
        )
        if batch is not None:
            room.fill(batch)
        if tail.file.end is End.TRUNCATED:
            self._follow_truncated(tail, queue)
        return batch

    def _follow_truncated(self, tail: Tail, queue: list[Tail]) -> None:
        self._tails.cut(tail)
        try:
            # A copy that another one was put in the place of is compared again.
            successor = tail.successor() if self._arrivals.is_log(tail, self._tails) else None
        except OSError:
            return  # the next scan finds the file again
        if successor is not None:
            successor.look()
            queue.append(self._tails.add(successor, self._monotonic()))

    def _settle(self, now: float) -> None:
        """Take out the tails that have ended and are committed to their end."""
        for tail in self._tails.settle(self._clock(), self._arrivals.is_awaited):
            self._drop(tail, now)

    def _drop(self, tail: Tail, now: float) -> None:
        self._tails.drop(tail)
        self._arrivals.ended(tail, now)


def _note_mark(batch: Batch) -> SourceMark:
    return SourceMark(batch.source_id, batch.path, batch.identity, 0, 0, 0, 0, 0, kind=batch.kind)
