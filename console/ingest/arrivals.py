"""Files as they turn up: which source each of them is, or goes on with, or repeats."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable, Collection, Iterator
from dataclasses import replace
from pathlib import Path

from console.ingest.choosing import FormatFor
from console.ingest.content import Content, Overwritten
from console.ingest.identity import Reached, same_file
from console.ingest.kinship import (
    COMPARED_BYTES,
    is_related,
    is_shorter,
    is_unseen,
    may_be_copy,
    origin_of,
    recent_of,
    source_of,
)
from console.ingest.ledger import Ledger
from console.ingest.logfile import End
from console.ingest.newcomer import SETTLE_SECONDS, Newcomer, Origin, Verdict
from console.ingest.opening import open_content
from console.ingest.sources import Found, Trouble, found_at, why_not
from console.ingest.tail import Tail
from console.model import PASSED_OVER, SourceMark, SourceState

REMEMBERED = 16
"""Of how many sources that ended last the newest bytes are remembered."""

MOST_ORIGINS = 200
"""With how many earlier sources of its name a file is compared at most, the newest first."""


class Arrivals:
    """Decides about every file that is not read yet; holds those that are not decided.

    A file under a name that rotation makes is not read before it is known not to be a copy. Of two files
    with the same content only one is read at a time.
    """

    def __init__(self, ledger: Ledger, lines_mean: FormatFor) -> None:
        self.newcomers: dict[tuple[int, int], Newcomer] = {}
        self.troubles: dict[tuple[int, int] | str, Trouble] = {}
        self._ledger = ledger
        self._format = lines_mean
        self._done: dict[tuple[int, int], tuple[int, int]] = {}
        """Size and time of files that have nothing new while these stay."""
        self._broken: dict[tuple[int, int], tuple[tuple[int, int], OSError]] = {}
        """Size and time of files whose content cannot be understood while these stay, and why."""
        self._scans = 0
        self._remembered: OrderedDict[int, tuple[bytes, bytes]] = OrderedDict()
        self.is_comparing = False
        """Whether the last judgement ended because as much had been compared as is at once."""

    def scan_begins(self) -> None:
        """The arguments are looked up once more."""
        self.troubles.clear()
        self._scans += 1

    def meet(self, file: Found, tails: Collection[Tail], *, asked: bool = True) -> Tail | None:
        """The source that the file is, if that is plain from the file itself.

        Args:
            file: one that no tail has open.
            tails: all that there are.
            asked: whether an argument means it; if not, what was passed over stays so.
        """
        key = file.device, file.inode
        if key in self.newcomers or self._done.get(key) == (file.size, file.modified_ns):
            return None
        stamp, why = self._broken.get(key, (None, None))
        if why is not None and stamp == (file.size, file.modified_ns):
            self._refuse(file, why)
            return None
        try:
            content = open_content(file.name)
        except FileNotFoundError:
            return None  # renamed meanwhile: the next scan has it
        except OSError as error:
            self._refuse(file, error)
            return None
        if (content.device, content.inode) != key and self._is_met(content, tails):
            content.close()
            return None  # it got the name since the scan, and is read already
        try:
            opened = replace(file, device=content.device, inode=content.inode)
            tail = self._meet(opened, content, tails, asked)
        except OSError as error:
            content.close()
            self._refuse(file, error)
            if error.errno is None:  # said by who unpacks it, not by the system: it would be said again
                self._broken[key] = (file.size, file.modified_ns), error
            return None
        self._broken.pop(key, None)
        self.troubles.pop(file.path, None)
        return tail

    def _is_met(self, content: Content, tails: Collection[Tail]) -> bool:
        key = content.device, content.inode
        read = (tail for tail in tails if tail.file.key == key)
        return key in self.newcomers or any(tail.file.end is not End.TRUNCATED for tail in read)

    def mark_of(self, content: Content, tails: Collection[Tail]) -> SourceMark | None:
        """The newest mark of this very file, unless it is shorter than what was read of it.

        Raises:
            OSError: it cannot be read.
        """
        taken = {tail.mark.source_id for tail in tails if tail.mark is not None}
        for mark in self._ledger.marks_of(content.device, content.inode):
            if mark.source_id not in taken and same_file(mark.identity, content):
                shorter = content.kind == "file" and content.look().size < mark.next_offset
                return None if shorter else mark
        return None

    def judge(
        self, tails: Collection[Tail], *, now: float, is_old: Callable[[int], bool], last: bool
    ) -> Iterator[tuple[Tail, Tail | None]]:
        """The tails of files that have been decided about, each with the one that it goes on for.

        Args:
            tails: all that there are.
            now: monotonic, in seconds.
            is_old: whether a file that was modified then, in ns since 1970, was not just written.
            last: nothing more is awaited.
        """
        left = COMPARED_BYTES
        for key, newcomer in list(self.newcomers.items()):  # all, before any of them is one of the tails
            try:
                self._look(newcomer, tails, now, is_old)
            except OSError as error:
                self._forget(key, newcomer, error)
        # The longest first: others may be parts of it.
        for key, newcomer in sorted(self.newcomers.items(), key=lambda item: -item[1].size):
            before = newcomer.reached.offset
            try:
                decided = self._judge(newcomer, tails, left, now, is_old, last)
            except Overwritten:
                del self.newcomers[key]  # the next scan finds the file again
                newcomer.content.close()
                continue
            except OSError as error:
                self._forget(key, newcomer, error)
                continue
            left -= max(0, newcomer.reached.offset - before)
            if decided is not None:
                del self.newcomers[key]
                yield decided
            elif newcomer.verdict is Verdict.SPENT:
                self._forget(key, newcomer, None)
        self.is_comparing = left <= 0

    def ended(self, tail: Tail, now: float) -> None:
        """A source has ended, and has let go of its file; copies of it may still turn up."""
        self._ledger.close(tail, now)
        if tail.mark is None:
            return
        if tail.file.end is End.COMPLETE:
            self._done[tail.file.key] = tail.mark.identity.end_size, tail.mark.identity.end_modified_ns
        elif tail.file.end is End.GONE and tail.file.problem is None:
            # By its mark alone it may have more: a hole at its end, bytes that make half an archive.
            self._done[tail.file.key] = tail.file.size, tail.file.modified_ns
        if tail.file.kind == "file":
            self._remembered[tail.mark.source_id] = tail.file.head, recent_of(tail)
            while len(self._remembered) > REMEMBERED:
                self._remembered.popitem(last=False)

    def is_awaited(self, tail: Tail) -> bool:
        """Whether a file that is not decided about may be a copy of this one."""
        return tail.mark is not None and any(
            is_related(newcomer.found, tail.path) and not newcomer.rejects(tail.mark.source_id)
            for newcomer in self.newcomers.values()
        )

    def is_log(self, tail: Tail, tails: Collection[Tail]) -> bool:
        """Whether its file lies under a name of its own, where rotation puts no copy of another.

        Raises:
            OSError: there is no file of that name.
        """
        file = found_at(tail.path, Path(tail.path).stat())
        return (file.device, file.inode) == tail.file.key and not any(
            self._origins(file, tails, seekable=True)
        )

    def done(self, file: Found) -> None:
        """The file has nothing new as long as it stays as it is."""
        self._done[file.device, file.inode] = file.size, file.modified_ns

    def is_done(self, file: Found) -> bool:
        """Whether there is nothing new in it."""
        return self._done.get((file.device, file.inode)) == (file.size, file.modified_ns)

    def close(self) -> None:
        """Let go of all files."""
        for newcomer in self.newcomers.values():
            newcomer.content.close()
        self.newcomers.clear()

    def _meet(self, file: Found, content: Content, tails: Collection[Tail], asked: bool) -> Tail | None:
        mark = self.mark_of(content, tails)
        origins = any(self._origins(file, tails, seekable=content.seekable))
        if mark is not None and mark.kind == PASSED_OVER:
            if not asked:
                content.close()
                self.done(file)
                return None
            mark = None
        if mark is not None and mark.next_offset == 0 and (origins or (asked and mark.path != file.path)):
            mark = None  # it tells nothing but the inode, which may have been another file's
        if mark is not None:
            known = mark.identity
            whole = (known.end_size, known.end_modified_ns) == (file.size, file.modified_ns)
            if whole or (not asked and content.seekable and file.size <= mark.next_offset):
                content.close()
                self.done(file)
                return None
            if content.seekable:
                return Tail(mark.path, content, mark, lines_mean=self._format)
            if mark.next_offset == 0:
                return Tail(mark.path, content, mark, reached=Reached(), lines_mean=self._format)
        elif not origins:
            return Tail(file.path, content, lines_mean=self._format)
        self.newcomers[file.device, file.inode] = Newcomer(file, content)
        return None

    def _look(
        self, newcomer: Newcomer, tails: Collection[Tail], now: float, is_old: Callable[[int], bool]
    ) -> bool:
        """Whether the file has changed, so that the tails have to be looked at once more."""
        first = newcomer.changed_at is None
        if not newcomer.look(now):
            return False
        newcomer.looks = {tail.serial: tail.file.looks for tail in tails}
        newcomer.scans = self._scans - first
        if first and is_old(newcomer.modified_ns):
            newcomer.changed_at = now - SETTLE_SECONDS
        return True

    def _judge(
        self,
        newcomer: Newcomer,
        tails: Collection[Tail],
        budget: int,
        now: float,
        is_old: Callable[[int], bool],
        last: bool,
    ) -> tuple[Tail, Tail | None] | None:
        file, content = newcomer.found, newcomer.content
        settled = last or now - (newcomer.changed_at or now) >= SETTLE_SECONDS
        origins = list(self._origins(file, tails, seekable=content.seekable))
        verdict = newcomer.judge(origins, budget, settled=settled)
        if verdict is Verdict.NEW:
            related = (tail for tail in tails if is_related(file, tail.path))
            # What has not been found or looked at since may hold the same by now.
            waits = self._look(newcomer, tails, now, is_old) or self._scans <= newcomer.scans
            if waits or self._may_be_part(newcomer) or any(is_unseen(t, newcomer) for t in related):
                newcomer.verdict = Verdict.UNDECIDED
                return None
            return Tail(file.path, content, lines_mean=self._format), None
        if verdict is Verdict.COPY and any(is_shorter(tail, newcomer) for tail in tails):
            newcomer.is_no_copy()
        if verdict is Verdict.CONTINUES:
            cut = next((tail for tail in tails if source_of(tail) == newcomer.origin), None)
            mark = next((mark for mark in self._ledger.marks if mark.source_id == newcomer.origin), None)
            if mark is None:
                return Tail(file.path, content, lines_mean=self._format), cut
            if newcomer.read_to(mark.next_offset):
                tail = Tail(mark.path, content, mark, reached=newcomer.reached, lines_mean=self._format)
                return tail, cut
            newcomer.verdict = Verdict.SPENT if settled or content.ended else Verdict.UNDECIDED
        return None

    def _may_be_part(self, newcomer: Newcomer) -> bool:
        """Whether a longer file that is not decided about may hold all of this one."""
        others = (other for other in self.newcomers.values() if other.verdict is Verdict.UNDECIDED)
        return any(
            other.size > newcomer.size and is_related(newcomer.found, other.found.path) for other in others
        )

    def _origins(self, file: Found, tails: Collection[Tail], *, seekable: bool) -> Iterator[Origin]:
        """The sources of which it may be a copy by its name; and itself, if it was read before and only
        unpacking it can tell whether it is the same still."""
        live: set[int] = set()
        for tail in tails:
            if tail.mark is not None:
                live.add(tail.mark.source_id)
            other = tail.file.key != (file.device, file.inode)
            if other and may_be_copy(file, tail.path, tail.file.identity, tail.file.is_open):
                yield origin_of(tail)
        count = 0
        for mark in self._ledger.marks:
            if mark.source_id in live or mark.kind in (PASSED_OVER, "stdin", "parquet"):
                continue
            known = mark.identity
            itself = (known.device, known.inode) == (file.device, file.inode)
            itself = itself and not seekable and known.checked > 0
            if itself or may_be_copy(file, mark.path, known, False):
                head, recent = self._remembered.get(mark.source_id, (b"", b""))
                yield Origin(mark.source_id, known, live=False, head=head, recent=recent)
                count += 1
                if count >= MOST_ORIGINS:
                    return

    def _refuse(self, file: Found, error: OSError) -> None:
        self.troubles[file.path] = Trouble(file.path, SourceState.FAILED, why_not(error))

    def _forget(self, key: tuple[int, int], newcomer: Newcomer, error: OSError | None) -> None:
        del self.newcomers[key]
        newcomer.content.close()
        file = replace(newcomer.found, size=newcomer.size, modified_ns=newcomer.modified_ns)
        self.done(file)
        if error is not None:
            self._refuse(file, error)
