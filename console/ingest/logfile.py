"""A file that is read on, in whole lines, for as long as it is the file that it was."""

from __future__ import annotations

from dataclasses import replace
from enum import Enum

from console.ingest.content import Content, Overwritten, up_to_a_line
from console.ingest.decode import decode_exactly
from console.ingest.formats import Unusable
from console.ingest.identity import (
    HEAD_BYTES,
    Reached,
    extended,
    read_guard,
    same_file,
    up_to,
)
from console.ingest.lines import Lines, LineSplitter, first_lines
from console.model import FileIdentity

RECENT_BYTES = 64 * 1024
"""Bytes before the place of reading that are remembered: a copy that was made before the last of them
were written is recognised by them."""


class End(Enum):
    """Why nothing more is read from a file."""

    TRUNCATED = "cut off or overwritten"
    GONE = "rotated away or deleted"
    COMPLETE = "read to its end"


class LogFile:
    """The lines of a file, an archive or a pipe, from a place on; sees growth, a cut, and the end.

    Args:
        content: open for reading; from now on this one's to close.
        identity: of the content.
        reached: the content's bytes up to the place from which it is read.

    Raises:
        OSError: it cannot be read. The content stays open.
    """

    def __init__(self, content: Content, identity: FileIdentity, reached: Reached) -> None:
        self.identity = identity
        """As it is known now, over more of the file's beginning than before if it has grown."""
        self.kind = content.kind
        self.end: End | None = None
        self.is_untold = False
        """Whether what it is, or that it is complete, is to be told by a batch yet."""
        self.size = 0
        """Bytes in the file when it was last looked at."""
        self.modified_ns = 0
        self.place = 0
        """How far it has been read, in the bytes that `size` counts."""
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
        self.successor: Content | None = None
        """What is in the file now that it was cut; whoever takes it closes it."""
        self._content: Content | None = content
        self._checked: tuple[int, int] | None = None
        self._more = False
        """Whether the last read gave something, of what is unpacked: what is broken or ended says so only
        when it is read again."""
        self._withheld = False
        """Whether the last read gave nothing: what is too short to tell what it is gives its bytes later."""
        self._recent = b""
        if not self.is_pipe:
            self.head = content.read(HEAD_BYTES, 0)[: identity.head_length]
        self._whole = self._read_to = reached
        """Up to the end of the last whole line, and up to the place of reading."""
        # A last line that was taken without its newline: the newline is still to come. None is behind a hole.
        owed = reached.offset > 0 and not reached.guard.endswith((b"\n", b"\0"))
        self._splitter = LineSplitter(reached.offset, newline_owed=owed)

    @property
    def key(self) -> tuple[int, int]:
        """Device and inode."""
        return self.identity.device, self.identity.inode

    @property
    def covered(self) -> FileIdentity:
        """The identity, covering all bytes up to the end of the last whole line."""
        return up_to(self.identity, self._whole)

    @property
    def next_offset(self) -> int:
        """Where the first line begins that has not been given out."""
        return self._splitter.next_offset

    @property
    def read_to(self) -> int:
        """Offset of the first byte that has not been read."""
        return self._splitter.read_to

    @property
    def unfinished_bytes(self) -> int:
        """Length of a last line that has no newline yet."""
        return self._splitter.unfinished_bytes

    @property
    def recent(self) -> bytes:
        """The last bytes before the end of the last whole line, as many as are remembered."""
        held = self.unfinished_bytes
        return self._recent[: max(0, len(self._recent) - held)] if held else self._recent

    @property
    def is_open(self) -> bool:
        """False once it has ended, or while it cannot be read."""
        return self._content is not None

    @property
    def is_pipe(self) -> bool:
        """Whether only reading can tell that it has ended."""
        return self.kind == "stdin" and self.is_open

    @property
    def is_deleted(self) -> bool:
        """Whether no name leads to the file any more."""
        try:
            return self._content is not None and self._content.look().links == 0
        except OSError:
            return False

    def look(self) -> None:
        """Size and time are those of now, and `grown` says whether there may be something to read."""
        if self._content is None:
            return
        try:
            seen = self._content.look()
        except OSError as error:
            self._fail(error)
            return
        self.size, self.modified_ns = seen.size, seen.modified_ns
        # A file that was overwritten to the same length still has another time.
        self.grown = self._more or self._checked != (seen.size, seen.modified_ns)
        if self.kind == "file":
            self.grown |= seen.size > self.read_to and not self._withheld
        elif self.is_pipe:
            self.grown |= seen.size > self.place
        self.looks += not self.grown

    def beginning(self, length: int) -> bytes:
        """The file's first bytes again; none where they cannot be had without beginning anew."""
        try:
            return self._content.read(length, 0) if self._content and self._content.seekable else b""
        except OSError:
            return b""

    def read(self, budget: int, most_lines: int | None = None) -> tuple[Lines, int]:
        """The lines that end in the next bytes, none if there are none; `end` or `problem` may say why.

        Args:
            budget: how many bytes may be read.
            most_lines: read on to the end of so many lines at most, where the content allows that.

        Returns:
            The lines, and how many they are if `most_lines` made them be counted, else 0.
        """
        assert self._content is not None
        content, place = self._content, self.read_to
        try:
            before = content.look()
            if content.seekable:
                length = budget if most_lines is None else up_to_a_line(content, budget, place)
                block = content.read(length, place) if before.size >= place else b""
                block, count = (block, 0) if most_lines is None else first_lines(block, most_lines)
                # Looked at after the block was read: what was there before it shows whether the block
                # belongs to it. A file that is now shorter was cut after this block had been read.
                after = content.look().size
                if before.size < place or (
                    after >= place + len(block) and not self._is_unchanged(content, block)
                ):
                    self._cut(content)
                    return Lines([], []), count
                ended = False
            else:
                block, count = content.read(budget, place), 0
                ended = content.ended and len(block) < budget
                if not self.is_pipe:
                    self._extend(content.read(HEAD_BYTES, 0))
        except Overwritten:
            self._cut(None)
            return Lines([], []), 0
        except OSError as error:
            self._fail(error)
            return Lines([], []), 0
        lines = self._take_in(block)
        self.kind = content.kind
        self.place = content.place()
        self.size = max(before.size, place + len(block)) if self.kind == "file" else before.size
        self.modified_ns = before.modified_ns
        self._checked = (before.size, before.modified_ns)
        if ended:
            self.identity = replace(self.identity, end_size=self.size, end_modified_ns=self.modified_ns)
            self.is_untold = True
            lines.extend(self.finish(End.COMPLETE))
        elif self.kind == "file":
            self._withheld = not block
            self.grown = self.read_to < self.size and not self._withheld
        else:
            self.grown = self._more = bool(block)
        self.looks += 1
        return lines, count

    def last_line(self) -> Lines:
        """The unfinished last line, if it is blank or a complete JSON object; else it is kept back."""
        self.kept_back = self._splitter.unfinished_bytes
        line = self._splitter.unfinished()
        if not line:
            return Lines([], [])
        try:
            complete = not line.strip() or isinstance(decode_exactly(line), dict)
        except Unusable:
            complete = False
        return self.finish_line() if complete else Lines([], [])

    def finish_line(self) -> Lines:
        """The unfinished last line, as a line as it is."""
        self._whole = self._read_to
        self.kept_back = 0
        return self._splitter.finish()

    def finish(self, end: End) -> Lines:
        """Nothing more will be read; the unfinished last line, as a line as it is.

        Not so where the file could not be read at last: the rest of the line may still be seen.
        """
        self.end = end
        lines = self.finish_line() if self.is_open else Lines([], [])
        self.close()
        return lines

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

    def release(self) -> Content | None:
        """What it has read from, which is the caller's now; None if that cannot be read twice."""
        if self.kind == "stdin" or self.end is not None:
            return None
        content, self._content = self._content, None
        return content

    def close(self) -> None:
        """Let go of the file, and of what is in it now."""
        self._let_go()
        if self.successor is not None:
            self.successor.close()
        self.successor = None

    def _fail(self, error: OSError) -> None:
        """The file cannot be read; `reopen` ends that."""
        self.problem = str(error.strerror or error)
        self._let_go()

    def _cut(self, content: Content | None) -> None:
        """What was read is not there any more; the beginning of a line may be found in a copy."""
        self.end = End.TRUNCATED
        if content is not None:
            self.successor, self._content = content, None
        self._let_go()

    def _let_go(self) -> None:
        if self._content is not None:
            self._content.close()
        self._content = None
        self.grown = False

    def _take_in(self, block: bytes) -> Lines:
        held = self.read_to
        lines = self._splitter.feed(block)
        behind = self._splitter.next_offset - held
        if behind >= 0:
            self._whole = self._read_to.after(block[:behind])
            self._read_to = self._whole.after(block[behind:])
        else:
            self._read_to = self._read_to.after(block)
        whole = len(block) >= RECENT_BYTES
        self._recent = block[-RECENT_BYTES:] if whole else (self._recent + block)[-RECENT_BYTES:]
        self.kept_back = 0
        return lines

    def _is_unchanged(self, content: Content, block: bytes) -> bool:
        """Whether a block that was just read belongs to what was read before it."""
        known, guard = self.identity.head_length, self._read_to.guard
        head = content.read(HEAD_BYTES, 0)
        if not self._extend(head) or read_guard(content, self._read_to.offset) != guard:
            return False
        if (head[:known] + guard).strip(b"\0"):
            return True
        # Two generations that begin with a hole do not differ there, nor where one ended with a hole, and
        # a block may be of both.
        whole = self._recent + block
        return content.read(len(whole), self._read_to.offset - len(self._recent)) == whole

    def _extend(self, head: bytes) -> bool:
        identity = extended(self.identity, head)
        if identity is None:
            return False
        if identity is not self.identity:
            self.identity, self.head = identity, head
        return True
