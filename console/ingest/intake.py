"""All sources together: which files there are, which of them is read next, and how far each is committed."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from functools import partial
from pathlib import Path

from console.errors import SourceError
from console.ingest.arrivals import Arrivals
from console.ingest.choosing import ALL_NATIVE, FormatFor
from console.ingest.identity import identify
from console.ingest.ledger import Ledger, lag_bytes
from console.ingest.names import is_packed, may_hold
from console.ingest.newcomer import SETTLE_SECONDS, Verdict
from console.ingest.opening import open_content
from console.ingest.piped import PipedContent, open_standard_input
from console.ingest.sources import (
    STANDARD_INPUT,
    Found,
    Scan,
    Trouble,
    covers,
    generations,
    has_pattern,
    literals,
    scan,
    shown,
)
from console.ingest.tail import End, Tail
from console.model import PASSED_OVER, Batch, SourceMark, SourceState, SourceStatus

POLL_BYTES = 160 * 2**20
"""How many bytes one poll reads at most, over all files."""

RESCAN_SECONDS = 1.0
"""How often the arguments are looked up anew, even if nothing is known to have changed."""

LEAST_RESCAN_SECONDS = 0.1
"""How often at most."""

RENAMED_SECONDS = 30.0
"""For how long nothing may have come to a renamed file, while its successor is being written, until it
is let go of."""

UNFINISHED_SECONDS = 600.0
"""The same, if its last line has no newline yet."""

DELETED_SECONDS = 15.0
"""For how long nothing may have come to a deleted file until it is let go of."""

CUT_SCANS = 2
"""How often a copy of a file that was cut is looked for, before the beginning of its last line becomes a
line as it is."""

_LEAST_BLOCK = 64 * 2**10
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
        self._arguments = tuple(arguments)
        self._clock = clock
        self._monotonic = monotonic
        self._block_bytes = block_bytes
        self._format = lines_mean
        self._ledger = Ledger(marks, covers=partial(covers, self._arguments))
        self._arrivals = Arrivals(self._ledger, lines_mean)
        self._tails: list[Tail] = []
        self._idle_since: dict[Tail, float] = {}
        self._nameless: set[Tail] = set()
        """Tails of files that the arguments do not lead to any more."""
        self._behind: set[Tail] = set()
        """Tails that have not yet been at their file's end."""
        self._cut: dict[Tail, int] = {}
        """Tails that were cut within a line, and how often a copy has been looked for."""
        self._notes: list[Batch] = []
        """Batches about files that are not read."""
        self._asked_before = {mark.path for mark in marks}
        self._scan = Scan()
        self._scanned_at: float | None = None
        self._turn: dict[Tail, int] = {}
        """When each tail was last served, in turns."""
        self._turns = 0
        self._last = False

    def poll(self, *, last: bool = False, changed: bool = False) -> list[Batch]:
        """Whatever is new, up to 96 MiB of it, at most one block of each file.

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
        if self._is_scan_due(now, changed):
            self._rescan(now)
        for tail in self._tails:
            if tail.look() and tail.grown:
                self._idle_since[tail] = now
        self._let_go(now)
        batches = [*self._notes, *self._serve(now)]
        for tail, before in self._arrivals.judge(self._tails, now=now, is_old=self._is_old, last=last):
            if before is not None:
                self._drop(before, now)
            self._add(tail, now)
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
            if tail is not None:
                self._ledger.keep(tail.commit(batch, at))
            elif any(note is batch for note in self._notes):
                self._notes = [note for note in self._notes if note is not batch]
                self._ledger.keep(_note_mark(batch))
            else:
                raise ValueError(f"{batch.path}:{batch.start_offset}: batch is not outstanding")
        self._settle(self._monotonic())

    def read_ahead(self) -> bool:
        """The next block of a backlog is prepared while what was handed out is being committed.

        Called again, it goes on with what is behind; False if it may not.
        """
        tail = next((tail for tail in self._tails if tail in self._behind and tail.outstanding), None)
        if tail is None:
            return False
        more = tail.read_ahead(self._block_bytes, arrival=self._clock())
        if tail.end is End.TRUNCATED:
            self._follow_truncated(tail, [], self._monotonic())
        return more

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
        return self._ledger.statuses(
            [(tail, tail in self._behind) for tail in self._tails],
            self._arrivals.newcomers.values(),
            [*self._scan.troubles, *self._arrivals.troubles.values()],
            [(file.device, file.inode) for file in self._scan.files if self._arrivals.is_done(file)],
            now=self._monotonic(),
            last=self._last,
        )

    def caught_up(self) -> bool:
        """Whether all that the last poll saw has been committed, but for unfinished last lines."""
        waits = (Verdict.COPY, Verdict.EMPTY)
        return (
            self._scanned_at is not None
            and not self._notes
            and not self._cut
            and all(tail.at_end and not tail.owes_mark for tail in self._tails)
            and all(newcomer.verdict in waits for newcomer in self._arrivals.newcomers.values())
            and not (self._last and any(tail.is_pipe for tail in self._tails))
        )

    def backlog(self) -> tuple[int, int]:
        """Bytes that are not yet committed, and bytes of all files that are read."""
        tails = [tail for tail in self._tails if tail.end is None]
        waiting = sum(n.size for n in self._arrivals.newcomers.values() if n.verdict is Verdict.UNDECIDED)
        return sum(lag_bytes(tail) for tail in tails) + waiting, sum(tail.size for tail in tails) + waiting

    def directories(self) -> frozenset[str]:
        """Where a change may mean something new; some need not exist."""
        return frozenset(self._scan.directories)

    def close(self) -> None:
        """Let go of all files. What is outstanding will be read again by the next intake."""
        for tail in self._tails:
            tail.close()
        self._tails.clear()
        self._arrivals.close()

    def _is_scan_due(self, now: float, changed: bool) -> bool:
        if self._scanned_at is None:
            return True
        since = now - self._scanned_at
        return since >= (LEAST_RESCAN_SECONDS if changed or self._cut else RESCAN_SECONDS)

    def _is_old(self, modified_ns: int) -> bool:
        """Whether a file that was modified then was not just written."""
        return self._clock() - _EPOCH > timedelta(microseconds=modified_ns // 1000, seconds=SETTLE_SECONDS)

    def _rescan(self, now: float) -> None:
        first = self._scanned_at is None
        self._scanned_at = now
        self._scan = scan(self._arguments)
        self._arrivals.troubles.clear()
        for tail in self._cut:
            self._cut[tail] += 1
        if first and STANDARD_INPUT in self._arguments:
            self._open_standard_input(now)
        found = {tail for tail in self._tails if tail.path == STANDARD_INPUT}
        for file in self._scan.files:
            there = self._tail_of(file)
            if there is None:
                there = self._begin(file, now, asked=True)
            elif there.end is None and not there.is_open:
                there = self._reopen(file, there, now)
            if there is not None:
                found.add(there)
        self._find_generations(now, first=first)
        if first:
            self._open_renamed(now)
        self._nameless = {tail for tail in self._tails if tail.end is None and tail not in found}

    def _tail_of(self, file: Found) -> Tail | None:
        key = file.device, file.inode
        # One that has ended is not committed to its end yet; until then nobody else reads the file.
        same = (tail for tail in self._tails if tail.key == key and tail.end is not End.TRUNCATED)
        return next(same, None)

    def _begin(self, file: Found, now: float, *, asked: bool) -> Tail | None:
        tail = self._arrivals.meet(file, self._tails, asked=asked)
        return None if tail is None else self._add(tail, now)

    def _reopen(self, file: Found, tail: Tail, now: float) -> Tail | None:
        """A file that could not be read is there: it may be readable again."""
        if tail.kind != "file":
            # Unpacking it would come to the same end.
            if (file.size, file.modified_ns) == (tail.size, tail.modified_ns) or tail.has_lines:
                return tail
            self._drop(tail, now)
            return self._begin(file, now, asked=True)
        try:
            content = open_content(file.name)
        except OSError:
            return tail
        if tail.reopen(content):
            return tail
        if tail.problem is None:
            tail.finish(End.TRUNCATED)
            return self._begin(file, now, asked=True)
        return tail

    def _open_standard_input(self, now: float) -> None:
        try:
            descriptor = open_standard_input()
        except SourceError as error:
            problem = str(error).removeprefix(f"{STANDARD_INPUT}: ")
            self._scan.troubles.append(Trouble(STANDARD_INPUT, SourceState.FAILED, problem))
            return
        try:
            self._add(Tail(STANDARD_INPUT, PipedContent(descriptor), lines_mean=self._format), now)
        except OSError as error:
            os.close(descriptor)
            self._scan.troubles.append(Trouble(STANDARD_INPUT, SourceState.FAILED, str(error)))

    def _find_generations(self, now: float, *, first: bool) -> None:
        """Earlier generations of a log are read, but those that were there before it was asked for."""
        named = literals(self._arguments)
        matched: list[str] = []
        if len(named) < len(self._arguments):
            # A log that is being rotated has no name at the moment, but had one.
            known = {mark.path for mark in self._ledger.marks if covers(self._arguments, mark.path)}
            matched = [*(file.name for file in self._scan.files), *known]
            if not has_pattern(self._arguments):
                # In a directory all is found that is there; but not what is beside the target of a link.
                matched = [name for name in matched if os.path.islink(name)]  # noqa: PTH114
        met = {(file.device, file.inode) for file in self._scan.files}
        for name, file in generations([*named, *matched]):
            if (file.device, file.inode) in met:
                continue
            if self._tail_of(file) is None and not self._arrivals.is_done(file):
                asked_before = shown(name) in self._asked_before if name in named else self._asked_before
                if first and not asked_before:
                    self._pass_over(file)
                else:
                    self._begin(file, now, asked=False)

    def _pass_over(self, file: Found) -> None:
        try:
            content = open_content(file.name)
            identity = identify(content)
            content.close()
        except OSError:
            return
        note = Batch(
            source_id=self._ledger.new_id(),
            path=file.path,
            identity=identity,
            start_offset=0,
            next_offset=0,
            lines=0,
            blanks=0,
            models=(),
            rejects=(),
            kind=PASSED_OVER,
        )
        self._arrivals.done(file)
        self._notes.append(note)

    def _open_renamed(self, now: float) -> None:
        """Tails of files that were renamed away while nobody read them, and have lines left."""
        read = {tail.mark.source_id for tail in self._tails if tail.mark is not None}
        opened = {tail.key for tail in self._tails}
        by_folder: dict[Path, set[int]] = {}
        for mark in self._ledger.marks:
            key = mark.identity.device, mark.identity.inode
            if mark.source_id not in read and key not in opened and covers(self._arguments, mark.path):
                # A link may have led elsewhere when the file was opened.
                now_at = {str(Path(path).parent) for path in (mark.path, os.path.realpath(mark.path))}
                for folder in now_at | ({mark.identity.folder} - {""}):
                    by_folder.setdefault(Path(folder), set()).add(mark.identity.inode)
        for place, inodes in by_folder.items():
            for name in _names_of(place, inodes):
                try:
                    status = Path(name).stat()
                    content = open_content(name)
                except OSError:
                    continue
                try:
                    known = self._arrivals.mark_of(content, self._tails)
                except OSError:
                    known = None
                content.close()
                key = status.st_dev, status.st_ino
                if known is not None and key not in {tail.key for tail in self._tails}:
                    file = Found(shown(name), name, *key, status.st_size, status.st_mtime_ns)
                    self._begin(file, now, asked=False)

    def _add(self, tail: Tail, now: float) -> Tail:
        self._tails.append(tail)
        self._idle_since[tail] = now
        self._turn[tail] = 0
        self._behind.add(tail)
        return tail

    def _serve(self, now: float) -> list[Batch]:
        queue = self._queue()
        following = sum(tail not in self._behind for tail in queue)
        share = min(self._block_bytes, max(_LEAST_BLOCK, POLL_BYTES // max(1, following)))
        arrival = self._clock()
        batches: list[Batch] = []
        left = POLL_BYTES
        for tail in queue:
            if tail.outstanding is not None:
                batches.append(tail.outstanding)
                left -= min(self._block_bytes, tail.outstanding.next_offset - tail.outstanding.start_offset)
                continue
            block = min(left, self._block_bytes if tail in self._behind else share)
            if left < min(share, _LEAST_BLOCK):
                # What a file is called tomorrow is told by what is committed about it today.
                block = 0
                if not tail.owes_mark or tail.has_lines:
                    continue
            self._turns += 1
            self._turn[tail] = self._turns
            batch = tail.take(block, arrival=arrival, new_id=self._ledger.new_id, last=self._last)
            if batch is not None:
                batches.append(batch)
                left -= min(block, batch.next_offset - batch.start_offset)
            if tail.end is End.TRUNCATED:
                self._follow_truncated(tail, queue, now)
        return batches

    def _follow_truncated(self, tail: Tail, queue: list[Tail], now: float) -> None:
        if tail.unfinished_bytes:
            self._cut.setdefault(tail, 0)
        try:
            successor = tail.successor()
        except OSError:
            return  # the next scan finds the file again
        if successor is not None:
            successor.look()
            queue.append(self._add(successor, now))

    def _queue(self) -> list[Tail]:
        """Whose turn it is: what waits to be committed first, so that never more than one poll's worth
        of it is in memory; then of the files that are followed the one that was served longest ago; then
        what was there before, the newest file first, and archives, the oldest first."""
        waiting = [tail for tail in self._tails if tail.outstanding is not None]
        fresh = [
            tail
            for tail in self._tails
            if tail.outstanding is None and (self._last or not tail.at_end or tail.owes_mark or tail.is_pipe)
        ]
        return waiting + sorted(fresh, key=self._precedence)

    def _precedence(self, tail: Tail) -> tuple[int, int]:
        if tail not in self._behind:
            return 0, self._turn[tail]
        if is_packed(tail.path) or tail.kind not in ("file", "stdin", "utf-16"):
            return 2, tail.modified_ns
        return 1, -tail.modified_ns

    def _let_go(self, now: float) -> None:
        for tail in self._nameless:
            if tail.end is None and tail.at_end and not tail.owes_mark and self._is_left(tail, now):
                tail.finish(End.GONE)

    def _settle(self, now: float) -> None:
        """Take out the tails that have ended and are committed to their end."""
        for tail in [tail for tail, scans in self._cut.items() if scans >= CUT_SCANS]:
            if not self._arrivals.is_awaited(tail):
                tail.finish_line()
                del self._cut[tail]
        at = self._clock()
        for tail in self._tails:
            if not tail.at_end:
                tail.behind_since = tail.behind_since or at
            else:
                tail.behind_since = None
                self._behind.discard(tail)
        for tail in [tail for tail in self._tails if self._is_over(tail)]:
            if tail.end is End.COMPLETE and tail.mark is not None:
                end = tail.mark.identity
                self._arrivals.done(Found(tail.path, tail.path, *tail.key, end.end_size, end.end_modified_ns))
            self._drop(tail, now)

    def _drop(self, tail: Tail, now: float) -> None:
        """The tail has nothing more to give."""
        tail.close()
        self._arrivals.remember(tail)
        self._ledger.close(tail, now)
        self._tails.remove(tail)
        self._behind.discard(tail)
        self._cut.pop(tail, None)
        self._nameless.discard(tail)
        del self._idle_since[tail], self._turn[tail]

    def _is_left(self, tail: Tail, now: float) -> bool:
        """Whether nobody writes any more to a file that has lost its name."""
        if not tail.is_open or self._last:
            return True
        idle = now - self._idle_since[tail]
        if tail.is_deleted:
            return idle >= DELETED_SECONDS
        # A writer goes on with a renamed file until it opens the new one.
        succeeded = any(
            other is not tail and other.size and (other.path == tail.path or may_hold(tail.path, other.path))
            for other in self._tails
        )
        return succeeded and idle >= (RENAMED_SECONDS if not tail.unfinished_bytes else UNFINISHED_SECONDS)

    def _is_over(self, tail: Tail) -> bool:
        if tail.end is None or tail.has_lines or tail in self._cut:
            return False
        return not (tail.owes_mark and tail.end is End.COMPLETE)


def _note_mark(batch: Batch) -> SourceMark:
    return SourceMark(batch.source_id, batch.path, batch.identity, 0, 0, 0, 0, 0, kind=batch.kind)


def _names_of(folder: Path, inodes: set[int]) -> list[str]:
    try:
        with os.scandir(folder) as entries:
            return [entry.path for entry in entries if entry.inode() in inodes]
    except OSError:
        return []
