"""A file that may hold what another one held: a copy, an archive, or the same file moved elsewhere."""

from __future__ import annotations

import codecs
import zlib
from collections.abc import Sequence
from dataclasses import dataclass
from enum import Enum

from console.ingest.content import Content
from console.ingest.identity import HEAD_BYTES, Reached, begins_like, read_guard
from console.ingest.sources import Found
from console.model import FileIdentity

SETTLE_SECONDS = 2.0
"""For how long a file that is shorter than what it may be a copy of has to stay as it is, until it is
believed to be no copy in the making."""

_STEP_BYTES = 2**20


class Verdict(Enum):
    """What is known of a newcomer."""

    UNDECIDED = "compared with what it may be a copy of"
    EMPTY = "no line in it so far"
    COPY = "a copy of a file that is still read"
    NEW = "new"
    CONTINUES = "goes on where another source ended"
    SPENT = "has nothing that was not read elsewhere"


@dataclass(frozen=True, slots=True)
class Origin:
    """A source that a newcomer may be a copy of."""

    source_id: int
    identity: FileIdentity
    """As it is committed."""
    live: bool
    """Whether it is still read from where it was."""
    head: bytes = b""
    """Its first bytes, where they are remembered."""
    recent: bytes = b""
    """The last bytes that the identity covers, where they are remembered."""
    waits: bool = False
    """Whether there is more of it than is committed: lines, or what nobody has looked at."""
    in_line: bool = False
    """Whether the beginning of a line is held that is not committed."""


class Newcomer:
    """Reads a file as far as is needed to know what it is; never gives a line.

    Args:
        found: the file.
        content: of it, open; the newcomer's to close until it is taken over.
    """

    def __init__(self, found: Found, content: Content) -> None:
        self.found = found
        self.content = content
        self.verdict = Verdict.UNDECIDED
        self.origin: int | None = None
        """Source of which it is a copy, once that is known."""
        self.reached = Reached()
        """The content's bytes up to where it has been compared."""
        self.changed_at: float | None = None
        self.settled = False
        """Whether it had not changed for a while when it was last judged."""
        self.looks: dict[int, int] = {}
        """How often each related source had been looked at when this file was last seen to change."""
        self.scans = 0
        """How many scans had been made when it was last seen to change; the one that found it counts not."""
        self._head = b""
        self._no: set[int] = set()
        self._best: int | None = None
        self._targets: dict[int, FileIdentity] = {}
        self._seen: tuple[int, int] | None = None
        self._short = False

    @property
    def size(self) -> int:
        """Bytes in the file when it was last looked at."""
        return self._seen[0] if self._seen else 0

    @property
    def modified_ns(self) -> int:
        """When it had been modified last by then."""
        return self._seen[1] if self._seen else 0

    def look(self, now: float) -> bool:
        """Whether the file has changed since it was last looked at.

        Raises:
            OSError: it cannot be looked at.
        """
        seen = self.content.look()
        if self._seen == (seen.size, seen.modified_ns):
            return False
        self._seen = seen.size, seen.modified_ns
        self.changed_at = now
        return True

    def judge(self, origins: Sequence[Origin], budget: int, *, settled: bool) -> Verdict:
        """What is known after reading up to `budget` further bytes.

        Args:
            origins: what it may be a copy of, as it is now.
            budget: bytes.
            settled: the file has not changed for a while.

        Raises:
            OSError: it cannot be read.
        """
        self._budget = budget
        self.settled = settled
        self.verdict = self._judge({origin.source_id: origin for origin in origins}, settled)
        return self.verdict

    def rejects(self, source_id: int) -> bool:
        """Whether it is known not to be a copy of that source, or is likely never to be one."""
        if self.verdict is Verdict.EMPTY and self.settled:
            return True
        return source_id in self._no or self.origin not in (None, source_id)

    def _judge(self, origins: dict[int, Origin], settled: bool) -> Verdict:
        head = self.content.read(HEAD_BYTES, 0)
        if not head.startswith(self._head) or not self._is_compared():
            # Another copy was put in its place.
            self._no.clear()
            self._targets.clear()
            self.origin, self._best, self.reached = None, None, Reached()
        self._head = head
        if self.origin is None:
            verdict = self._find(origins, settled)
            if verdict is not None:
                return verdict
        assert self.origin is not None
        origin = origins.get(self.origin)
        if origin is None or _differs(origin, head):
            # It may have been a BOM, or half a line, when it was taken for a copy.
            self.is_no_copy()
            return Verdict.UNDECIDED
        if origin.live:
            return Verdict.COPY
        return self._follow_on(origin, settled)

    def _is_compared(self) -> bool:
        """Whether what was compared of the file is in it still; of what is unpacked, that says so itself."""
        reached = self.reached
        return not self.content.seekable or read_guard(self.content, reached.offset) == reached.guard

    def _find(self, origins: dict[int, Origin], settled: bool) -> Verdict | None:
        """None once it is known what it is a copy of."""
        head = self._head
        self._no |= {key for key, origin in origins.items() if _differs(origin, head)}
        left = [origin for key, origin in origins.items() if key not in self._no]
        if not left:
            return Verdict.NEW
        if not head:
            return Verdict.EMPTY
        unclear: list[Origin] = []
        left = sorted((o for o in left if o.identity.checked), key=lambda o: self._target(o).checked)
        for origin in left:
            if origin.source_id == self._best:
                continue
            target = self._target(origin)
            if self.reached.offset > target.checked:
                self.reached = Reached()
            if self._read_to(target.checked):
                if self.reached.is_of(target):
                    self._best = origin.source_id
                else:
                    self._no.add(origin.source_id)
            elif not self._short:
                return Verdict.UNDECIDED
            elif self._is_begin_of(origin):
                self._best = origin.source_id
            elif self.reached.offset + len(origin.recent) < origin.identity.checked:
                unclear.append(origin)
            else:
                self._no.add(origin.source_id)
        if self._best is not None:
            self.origin = self._best
            return None
        left = [origin for key, origin in origins.items() if key not in self._no]
        # Of a file that nothing is committed of yet, it is known soon whether this is a copy of it.
        fresh = [o for o in left if not o.identity.checked and o.live and o.head]
        if any(origin.waits for origin in fresh):
            return Verdict.UNDECIDED
        same = (o.source_id for o in left if _is_begun(o) and begins_like(o.identity, head))
        self.origin = next(same, None)
        if self.origin is not None:
            return None
        if b"\n" not in head and len(head) < HEAD_BYTES and not self.content.ended:
            return Verdict.EMPTY  # whatever it is, it has no line yet
        if unclear and not settled:
            return Verdict.UNDECIDED
        # A hole tells nothing; but of an archive that is still being written, more is to come.
        tells = bool(head.removeprefix(codecs.BOM_UTF8).strip(b"\0"))
        tells |= self.content.kind not in ("file", "utf-16") and not self.content.ended
        for origin in unclear:
            # Its beginning is the same, and it has been as it is for a while: a copy that was made
            # before the last lines were written.
            if tells and begins_like(origin.identity, head):
                self.origin = origin.source_id
                return None
        # Its first line may stay unfinished for good, and what has a line is no copy of what has none.
        beginning = self.content.read(_STEP_BYTES, 0) if fresh else b"\n"
        if b"\n" in beginning:
            return Verdict.NEW
        return Verdict.EMPTY if len(beginning) < _STEP_BYTES else Verdict.UNDECIDED

    def _follow_on(self, origin: Origin, settled: bool) -> Verdict:
        """The origin has been read to its end: is there more of it here?"""
        target = origin.identity
        if self.reached.offset > target.checked:
            self.reached = Reached()
        if not self._read_to(target.checked):
            if not self._short:
                return Verdict.UNDECIDED
            return Verdict.SPENT if settled or self.content.ended else Verdict.UNDECIDED
        if target.checked == 0 or self.reached.is_of(target):
            return Verdict.CONTINUES
        self.is_no_copy()
        return Verdict.UNDECIDED

    def _target(self, origin: Origin) -> FileIdentity:
        """How far the origin had been committed when it was first compared; it may have gone on since."""
        target = self._targets.get(origin.source_id)
        if target is None or target.checked == 0:
            target = self._targets[origin.source_id] = origin.identity
        return target

    def is_no_copy(self) -> None:
        """The file is none of what it was taken for."""
        assert self.origin is not None
        self._no.add(self.origin)
        self.origin = self._best = None
        self.verdict = Verdict.UNDECIDED

    def read_to(self, offset: int) -> bool:
        """Whether the file has that many bytes; they have been read then.

        Raises:
            OSError: it cannot be read.
        """
        self._budget = max(0, offset - self.reached.offset)
        return self._read_to(offset)

    def _read_to(self, offset: int) -> bool:
        self._short = False
        while self.reached.offset < offset:
            if self._budget <= 0:
                return False
            wanted = min(_STEP_BYTES, offset - self.reached.offset, self._budget)
            block = self.content.read(wanted, self.reached.offset)
            self._budget -= len(block)
            if not block:
                self._short = True
                return False
            self.reached = self.reached.after(block)
        return True

    def _is_begin_of(self, origin: Origin) -> bool:
        """Whether the file, followed by what is remembered of the origin from there on, is the origin."""
        missing = origin.identity.checked - self.reached.offset
        if missing > len(origin.recent) or not self.reached.offset:
            return False
        rest = origin.recent[len(origin.recent) - missing :]
        return zlib.crc32(rest, self.reached.checksum) == origin.identity.checksum


def _is_begun(origin: Origin) -> bool:
    """Whether it was cut within its first line, so that its head is all that is known of it."""
    return not origin.live and not origin.identity.checked and origin.in_line


def _differs(origin: Origin, head: bytes) -> bool:
    """Whether a file that begins so cannot be a copy."""
    if origin.head:
        length = min(len(origin.head), len(head))
        return origin.head[:length] != head[:length]
    return begins_like(origin.identity, head) is False
