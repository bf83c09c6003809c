"""One source's content, read from where the last commit ended."""

from __future__ import annotations

from collections.abc import Callable
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from enum import Enum
from itertools import count

from console.ingest.choosing import ALL_NATIVE, FIRST_BYTES, Choice, FormatFor, first_objects
from console.ingest.clean import GROUP_LINES, Sifted
from console.ingest.content import Content, Overwritten
from console.ingest.decode import decode_exactly
from console.ingest.formats import Format, Unusable
from console.ingest.identity import (
    HEAD_BYTES,
    Reached,
    extended,
    identify,
    reached_by,
    read_guard,
    same_file,
    up_to,
)
from console.ingest.lines import Lines, LineSplitter, first_lines
from console.ingest.masking import is_recognisable
from console.ingest.parse import parse_block
from console.ingest.shapes import Shapes
from console.ingest.sifting import Sifting
from console.model import Batch, FileIdentity, SourceMark

RECENT_BYTES = 64 * 1024
"""Bytes before the place of reading that are remembered: a copy that was made before the last of them
were written is recognised by them."""

SMALL_READ = 4 * 2**20
"""Bytes that are read at once of lines that must be decoded one by one."""

LARGE_READ = 160 * 2**20
"""The same of lines that are recognised, in steps of 8 MiB, until there are `GROUPS` times `GROUP_LINES`."""

GROUPS = 2
"""Row groups of a transaction, for as many threads of DuckDB's to write side by side. Whole ones are
written once, to where they belong; fewer rows go to its log first, and take half as long again."""

BEGUN_BYTES = 32 * 2**20
"""So much of a further batch may be read while two others wait: processors have work while the disk is
waited for at a transaction's end."""

_STEP_BYTES = 8 * 2**20
_serials = count(1)


class End(Enum):
    """Why nothing more is read from a file."""

    TRUNCATED = "cut off or overwritten"
    GONE = "rotated away or deleted"
    COMPLETE = "read to its end"


class Tail:
    """A file as one source: from an identity and an offset to batches, one outstanding at a time.

    Args:
        path: the name it is shown and stored by. It stays when the file is renamed.
        content: open for reading; from now on the tail's to close.
        mark: how far the source was read before, None for a new one.
        reached: the content's bytes up to the mark's offset, if they have been read already. Otherwise
            the content is the marked file itself.
        lines_mean: chooses the format of its lines.

    Raises:
        OSError: it cannot be read. The content stays open.
    """

    def __init__(
        self,
        path: str,
        content: Content,
        mark: SourceMark | None = None,
        *,
        reached: Reached | None = None,
        lines_mean: FormatFor = ALL_NATIVE,
    ) -> None:
        self.serial = next(_serials)
        """Tells it from every other tail of this process."""
        self.path = path
        self.kind = content.kind
        self.mark = mark
        self.end: End | None = None
        self.outstanding: Batch | None = None
        """The batch that was handed out and is not yet committed."""
        self.behind_since: datetime | None = None
        self.size = 0
        """Bytes in the file when it was last looked at."""
        self.modified_ns = 0
        self.grown = True
        """Whether there may be something that has not been read."""
        self.problem: str | None = None
        """Why it cannot be read at the moment."""
        self.kept_back = 0
        """Bytes of an unfinished last line that were left unread at the end."""
        self.looks = 0
        """How often it was seen that the file still holds what was read of it."""
        self.head = b""
        """The file's first bytes, at most `HEAD_BYTES`, as they were when they were last compared."""
        self.identity: FileIdentity = mark.identity if mark else identify(content)
        self.owes_mark = mark is None
        """Whether it has an identity that is not committed."""
        self._ahead: Batch | None = None
        """The batch behind the outstanding one."""
        self._begun = 0
        """Bytes that were read of the batch behind that."""
        self._are_recognised = False
        self._format_for = lines_mean
        self._choice: Choice | None = None
        self._shapes: Shapes | None = None
        self._content: Content | None = content
        self._new_content: Content | None = None
        self._ready = Lines([], [])
        self._sifted: list[Sifted] = []
        """Lines before the ready ones."""
        self._checked: tuple[int, int] | None = None
        self._place = 0
        self._more = False
        """Whether the last read gave something, of what is unpacked: what is broken or ended says so only
        when it is read again."""
        self._recent = b""
        if mark and (content.device, content.inode) != (mark.identity.device, mark.identity.inode):
            # Its beginning may be shorter than what was known of the other file's.
            known = mark.identity
            self.identity = replace(
                identify(content),
                checked=known.checked,
                checksum=known.checksum,
                guard_hash=known.guard_hash,
            )
            self.owes_mark = True
        if not self.is_pipe:
            self.head = content.read(HEAD_BYTES, 0)[: self.identity.head_length]
        if reached is None:
            reached = reached_by(content, mark) if mark else Reached()
        self._whole = self._read_to = reached
        """Up to the end of the last whole line, and up to the place of reading."""
        # A last line that was taken without its newline: the newline is still to come.
        owed = reached.offset > 0 and not reached.guard.endswith(b"\n")
        self._splitter = LineSplitter(reached.offset, newline_owed=owed)

    @property
    def key(self) -> tuple[int, int]:
        """Device and inode."""
        return self.identity.device, self.identity.inode

    @property
    def next_offset(self) -> int:
        """First byte that is not committed."""
        return self.mark.next_offset if self.mark else 0

    @property
    def is_open(self) -> bool:
        """False once it has ended, or while it cannot be read."""
        return self._content is not None

    @property
    def is_pipe(self) -> bool:
        """Whether only reading can tell that it has ended."""
        return self.kind == "stdin" and self.is_open

    @property
    def has_lines(self) -> bool:
        """Whether there is a batch to hand out without reading."""
        return bool(self.outstanding or self._ahead or self._sifted or self._ready)

    @property
    def at_end(self) -> bool:
        """Whether all that the last look saw has been read and committed, but an unfinished line."""
        return not (self.has_lines or self.grown)

    @property
    def unfinished_bytes(self) -> int:
        """Length of a last line that has no newline yet."""
        return self._splitter.unfinished_bytes

    @property
    def lag_bytes(self) -> int:
        """Bytes that are there and not committed; of what is unpacked, packed ones that were not read."""
        if self.kind == "file" or self.end is End.TRUNCATED:
            return max(0, self.size - self.next_offset)
        return max(0, self.size - self._place)

    @property
    def is_deleted(self) -> bool:
        """Whether no name leads to the file any more."""
        try:
            return self._content is not None and self._content.look().links == 0
        except OSError:
            return False

    @property
    def recent(self) -> bytes:
        """The last bytes before the end of the last whole line, as many as are remembered."""
        held = self.unfinished_bytes
        return self._recent[: max(0, len(self._recent) - held)] if held else self._recent

    def look(self) -> bool:
        """Whether there is something to hand out or to read; sees growth and a cut."""
        if self._content is not None:
            try:
                seen = self._content.look()
            except OSError as error:
                self.fail(error)
            else:
                self.size, self.modified_ns = seen.size, seen.modified_ns
                # A file that was overwritten to the same length still has another time.
                self.grown = self._more or self._checked != (seen.size, seen.modified_ns)
                if self.kind == "file":
                    self.grown |= seen.size > self._splitter.read_to
                elif self.is_pipe:
                    self.grown |= seen.size > self._place
                self.looks += not self.grown
        return self.has_lines or self.grown

    def take(self, budget: int, *, arrival: datetime, new_id: Callable[[], int], last: bool) -> Batch | None:
        """The outstanding batch, or the next one; one without lines says what the source is, once.

        Args:
            budget: how many bytes may be read.
            arrival: the time now.
            new_id: gives the source's id, should this be its first batch.
            last: nothing more will come, so an unfinished last line is taken if it is complete JSON.

        Returns:
            None if no line is complete, or the file cannot be read (see `problem` and `end`).
        """
        if self.outstanding is None and self._ahead is not None:
            self.outstanding, self._ahead = self._ahead, None
        elif self.outstanding is None:
            if not self.has_lines and self._content is not None and budget:
                self._fill(budget)
            if last and self.is_open and not self.grown and not self.is_pipe:
                self._take_unfinished()
            if self.has_lines or (self.owes_mark and self.end in (None, End.COMPLETE)):
                self.outstanding = self._parse(arrival, new_id)
        return self.outstanding

    def read_ahead(self, budget: int, *, arrival: datetime) -> bool:
        """The batch behind the outstanding one is prepared, if there is one; `take` gives it in its turn.

        Called again, it begins with the one behind that, a little at a time; False if it may not go on.
        """
        batch = self.outstanding
        if batch is None:
            return False
        if self._ahead is not None:
            if self._may_begin():
                place = self._splitter.read_to
                self._fill(min(budget, _STEP_BYTES))
                self._begun += self._splitter.read_to - place
                return self._may_begin() and self._splitter.read_to > place
            return False
        has_room = self._begun > 0 or not (self._sifted or self._ready)
        if has_room and self._content is not None and self.grown:
            self._fill(budget)
        if self._sifted or self._ready:
            self._ahead = self._parse(arrival, lambda: batch.source_id)
        return self._may_begin()

    def _may_begin(self) -> bool:
        """Not behind lines that a batch had no room for: they make the next one."""
        if self._ahead is None or self._content is None or not (self.grown and self._are_recognised):
            return False
        return 0 < self._begun < BEGUN_BYTES or not (self._sifted or self._ready)

    def commit(self, batch: Batch, at: datetime) -> SourceMark:
        """The batch is stored; the next one follows it.

        Raises:
            ValueError: it is not the outstanding one.
        """
        if batch is not self.outstanding:
            raise ValueError(f"{batch.path}:{batch.start_offset}: batch is not outstanding")
        before = self.mark or SourceMark(batch.source_id, self.path, batch.identity, 0, 0, 0, 0, 0)
        self.mark = replace(
            before,
            identity=batch.identity,
            next_offset=batch.next_offset,
            lines=before.lines + batch.lines,
            rows=before.rows + batch.rows,
            rejects=before.rejects + len(batch.rejects),
            blanks=before.blanks + batch.blanks,
            kind=batch.kind,
            last_line_at=at if batch.lines else before.last_line_at,
            truths=before.truths + batch.truth_rows,
        )
        self.outstanding = None
        return self.mark

    def finish(self, end: End) -> None:
        """Nothing more will be read; an unfinished last line becomes a line as it is.

        Not so where the file could not be read at last: the rest of the line may still be seen.
        """
        self.end = end
        if self.is_open:
            self.finish_line()
        self.close()

    def finish_line(self) -> None:
        """The unfinished last line becomes a line as it is."""
        self._ready.extend(self._splitter.finish())
        self._whole = self._read_to
        self.kept_back = 0

    def successor(self) -> Tail | None:
        """The tail of what is in the file now, once, if it was truncated.

        Raises:
            OSError: it cannot be read.
        """
        content, self._new_content = self._new_content, None
        if content is None:
            return None
        try:
            return Tail(self.path, content, lines_mean=self._format_for)
        except OSError:
            content.close()
            raise

    def fail(self, error: OSError) -> None:
        """The file cannot be read; `reopen` ends that."""
        self.problem = str(error.strerror or error)
        self._let_go()

    def reopen(self, content: Content) -> bool:
        """Go on with new content of the same file. False, and it is closed, if it is another.

        Only for a file that can be read at any offset.
        """
        try:
            guard = read_guard(content, self._read_to.offset)
            if same_file(self.identity, content) and guard == self._read_to.guard:
                self._content, self.problem, self._checked = content, None, None
                return True
        except OSError as error:
            self.problem = str(error.strerror or error)
        content.close()
        return False

    def close(self) -> None:
        """Let go of the file."""
        self._let_go()
        if self._new_content is not None:
            self._new_content.close()
        self._new_content = None

    def _let_go(self) -> None:
        if self._content is not None:
            self._content.close()
        self._content = None
        self.grown = False

    def _fill(self, budget: int) -> None:
        """Read as much as is well stored at once."""
        if not self._are_recognised:
            self._read(min(budget, SMALL_READ))
            return
        sifting = self._sifting()
        left, wanted = min(budget, LARGE_READ), GROUPS * GROUP_LINES - sum(map(len, self._sifted))
        try:
            while left > 0 and wanted > 0 and self._content is not None:
                before = self._splitter.read_to
                wanted -= self._read(min(left, _STEP_BYTES), wanted)
                if sifting is not None:
                    sifting.put(self._ready.blocks)
                    self._ready.blocks.clear()
                if not self.grown or self._splitter.read_to == before:
                    break
                left -= self._splitter.read_to - before
        finally:
            if sifting is not None:
                self._sifted += sifting.finish()

    def _sifting(self) -> Sifting | None:
        """None as long as it is not settled what the lines mean, and for the few that are added to a file."""
        if self.kind == "file" and self.size - self._splitter.read_to < _STEP_BYTES:
            return None
        if self._shapes is None or self._choice is None or not self._choice.settled:
            return None
        return Sifting(self._shapes) if self._shapes.format is self._choice.format else None

    def _read(self, budget: int, most_lines: int | None = None) -> int:
        """Read on, to the end of so many lines if the content allows that; how many were counted."""
        assert self._content is not None
        lines = 0
        content, place = self._content, self._splitter.read_to
        try:
            before = content.look()
            if content.seekable:
                block = content.read(budget, place) if before.size >= place else b""
                if most_lines is not None:
                    block, lines = first_lines(block, most_lines)
                # Looked at after the block was read: what was there before it shows whether the block
                # belongs to it. A file that is now shorter was cut after this block had been read.
                after = content.look().size
                if before.size < place or (
                    after >= place + len(block) and not self._is_unchanged(content, block)
                ):
                    self._cut(content)
                    return lines
                ended = False
            else:
                block = content.read(budget, place)
                ended = content.ended and len(block) < budget
                if not self.is_pipe:
                    self._extend(content.read(HEAD_BYTES, 0))
        except Overwritten:
            self._cut(None)
            return lines
        except OSError as error:
            self.fail(error)
            return lines
        self._take_in(block)
        self.kind = content.kind
        self._place = content.place()
        self.size = max(before.size, place + len(block)) if self.kind == "file" else before.size
        self.modified_ns = before.modified_ns
        self._checked = (before.size, before.modified_ns)
        if ended:
            self._complete()
        elif self.kind == "file":
            self.grown = self._splitter.read_to < self.size
        else:
            self.grown = self._more = bool(block)
        self.looks += 1
        return lines

    def _take_in(self, block: bytes) -> None:
        held = self._splitter.read_to
        self._ready.extend(self._splitter.feed(block))
        behind = self._splitter.next_offset - held
        if behind >= 0:
            self._whole = self._read_to.after(block[:behind])
            self._read_to = self._whole.after(block[behind:])
        else:
            self._read_to = self._read_to.after(block)
        whole = len(block) >= RECENT_BYTES
        self._recent = block[-RECENT_BYTES:] if whole else (self._recent + block)[-RECENT_BYTES:]
        self.kept_back = 0

    def _complete(self) -> None:
        self.identity = replace(self.identity, end_size=self.size, end_modified_ns=self.modified_ns)
        self.owes_mark = True
        self.finish(End.COMPLETE)

    def _cut(self, content: Content | None) -> None:
        """What was read is not there any more; the beginning of a line may be found in a copy."""
        self.end = End.TRUNCATED
        if content is not None:
            self._new_content, self._content = content, None
        self._let_go()

    def _is_unchanged(self, content: Content, block: bytes) -> bool:
        """Whether a block that was just read belongs to what was read before it."""
        known, guard = self.identity.head_length, self._read_to.guard
        head = content.read(HEAD_BYTES, 0)
        if not self._extend(head) or read_guard(content, self._read_to.offset) != guard:
            return False
        if (head[:known] + guard).strip(b"\0"):
            return True
        # Two generations that begin with a hole do not differ there, and a block may be of both.
        return content.read(len(block), self._read_to.offset) == block

    def _extend(self, head: bytes) -> bool:
        identity = extended(self.identity, head)
        if identity is None:
            return False
        if identity is not self.identity:
            self.identity, self.head = identity, head
        return True

    def _take_unfinished(self) -> None:
        self.kept_back = self._splitter.unfinished_bytes
        line = self._splitter.unfinished()
        if not line:
            return
        try:
            complete = not line.strip() or isinstance(decode_exactly(line), dict)
        except Unusable:
            complete = False
        if complete:
            self.finish_line()

    def _identity_now(self) -> FileIdentity:
        return up_to(self.identity, self._whole)

    def _meaning(self) -> Format:
        """The format, by the file's first lines; asked anew until these are enough to tell."""
        if self._choice is None or not self._choice.settled:
            lines = [line for block in self._ready.blocks for line in block.data[:FIRST_BYTES].split(b"\n")]
            if self.next_offset and self._content is not None and self._content.seekable:
                with suppress(OSError):
                    lines = self._content.read(FIRST_BYTES, 0).split(b"\n")[:-1] + lines
            self._choice = self._format_for(self.path, first_objects(lines))
        return self._choice.format

    def _parse(self, arrival: datetime, new_id: Callable[[], int]) -> Batch:
        self._begun = 0
        identity = self._identity_now()
        before = self.outstanding or self.mark
        start = before.next_offset if before else 0
        format = self._meaning()
        if self._shapes is None or self._shapes.format is not format:
            self._shapes = Shapes(format)
        batch = parse_block(
            self._ready.blocks,
            too_long=self._ready.too_long,
            source_id=before.source_id if before else new_id(),
            path=self.path,
            identity=identity,
            start_offset=start,
            next_offset=self._splitter.next_offset if self._sifted or self._ready else start,
            arrival=arrival,
            format=format,
            shapes=self._shapes if is_recognisable(format) else None,
            sifted=self._sifted,
        )
        recognised = sum(map(len, batch.clean))
        self._are_recognised = recognised > 0.9 * batch.lines
        self._ready = self._ready.after(batch.next_offset)
        self._sifted = [left for some in self._sifted if (left := some.after(batch.next_offset))]
        self.owes_mark = False
        if batch.next_offset != identity.checked:
            # It ended early, or holes follow it: only what was committed before is known to be covered.
            known = before.identity if before else FileIdentity(0, 0, "", 0)
            identity = replace(
                self.identity,
                checked=known.checked,
                checksum=known.checksum,
                guard_hash=known.guard_hash,
                end_size=known.end_size if self._sifted or self._ready else self.identity.end_size,
            )
        return replace(batch, identity=identity, kind=self.kind)
