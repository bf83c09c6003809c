"""Bytes in blocks of any size, into blocks of whole lines and where each of them begins."""

from __future__ import annotations

from typing import NamedTuple

import numpy as np

from console.model import REJECT_BYTES, Reject

MAX_LINE_BYTES = 16 * 2**20
"""A longer line is not held in memory; it becomes a reject of which the beginning is kept."""

_BOM = b"\xef\xbb\xbf"
_HOLE = b"\0"
_STEP = 128 * 2**10
"""Bytes that stay in a processor's cache while they are looked through."""


class Block(NamedTuple):
    """Whole lines that follow one another in a file."""

    offset: int
    """Of the first line's first byte."""
    data: bytes
    """The lines, each with its newline; only the last line of a file may lack it."""

    def lines(self) -> list[bytes]:
        """The lines without their newlines; a carriage return before that is kept."""
        pieces = self.data.split(b"\n")
        if not pieces[-1]:
            pieces.pop()
        return pieces


class Lines(NamedTuple):
    """Whole lines, in the order in which they lie in the file."""

    blocks: list[Block]
    too_long: list[Reject]
    """The lines that were longer than may be held; they lie between the blocks."""

    def __bool__(self) -> bool:
        return bool(self.blocks or self.too_long)

    def after(self, offset: int) -> Lines:
        """Those that begin there or later; `offset` is the beginning of a line."""
        blocks: list[Block] = []
        for block in self.blocks:
            if block.offset >= offset:
                blocks.append(block)
            elif block.offset + len(block.data) > offset:
                blocks.append(Block(offset, block.data[offset - block.offset :]))
        return Lines(blocks, [reject for reject in self.too_long if reject.offset >= offset])

    def extend(self, more: Lines) -> None:
        """Add the lines that follow these."""
        self.blocks.extend(more.blocks)
        self.too_long.extend(more.too_long)


def first_lines(data: bytes, most: int) -> tuple[bytes, int]:
    """The bytes up to the end of so many lines, or of the last if there are fewer; and how many these are.

    All of the bytes if no line ends in them.
    """
    count = _newlines(data)
    end = len(data)
    for _ in range(max(1, count - most + 1)):
        end = data.rfind(b"\n", 0, end)
    return data[: end + 1] if count else data, min(count, most)


def _newlines(data: bytes) -> int:
    """How many there are; three times as fast as `count`, and other threads go on meanwhile."""
    signs = np.frombuffer(data, np.uint8)
    return sum(
        int(np.count_nonzero(signs[at : at + _STEP] == ord("\n"))) for at in range(0, len(signs), _STEP)
    )


class LineSplitter:
    """Cuts a file's bytes after its last whole line. Holds at most one unfinished line, up to a limit.

    A hole of NUL bytes where a line should begin, as a crash or a truncation under a writer leaves it,
    is passed over without being held, however large it is. So is a byte order mark, which a file may
    begin with.

    Args:
        offset: where in the file the first block will begin, in bytes.
        max_line_bytes: a line of more bytes is rejected instead of held.
        newline_owed: what lies before `offset` was taken as a line without its newline, so a newline
            that comes first belongs to it and is not a blank line.
    """

    def __init__(
        self, offset: int = 0, *, max_line_bytes: int = MAX_LINE_BYTES, newline_owed: bool = False
    ) -> None:
        self._start = offset
        self._limit = max_line_bytes
        self._held: list[bytes] = []
        self._length = 0
        self._newline_owed = newline_owed

    @property
    def next_offset(self) -> int:
        """Where the first line begins that has not been given out."""
        return self._start

    @property
    def read_to(self) -> int:
        """Where the next block has to begin."""
        return self._start + self._length

    @property
    def unfinished_bytes(self) -> int:
        """Length of the last line so far, which has no newline yet."""
        return self._length

    def feed(self, block: bytes) -> Lines:
        """The lines that this block completes."""
        if self._start == 0 and self._length < len(_BOM):
            block = self._behind_bom(b"".join((*self._held, block)))
        end = block.rfind(b"\n") + 1
        lines = Lines([], [])
        if end:
            self._give_out(block[:end], lines)
        self._hold(block[end:])
        return lines

    def unfinished(self) -> bytes | None:
        """The last line so far, which stays held; None if it is already too long to be."""
        return None if self._length > self._limit else b"".join(self._held)

    def finish(self) -> Lines:
        """The unfinished line, as if its newline had come. Nothing if there is none."""
        lines = Lines([], [])
        if self._length:
            head = b"".join(self._held)
            if self._length > self._limit:
                lines.too_long.append(self._reject(head, self._length, self._start))
            else:
                self._add(lines, self._start, head)
            self._start += self._length
            self._held, self._length = [], 0
            self._newline_owed = True
        return lines

    def _give_out(self, whole: bytes, lines: Lines) -> None:
        """Add the lines of `whole`, which ends with a newline and may begin within the held line."""
        if self._length:
            first = whole.find(b"\n")
            if self._length + first > self._limit:
                self._hold(whole[:first])
                lines.too_long.append(self._reject(b"".join(self._held), self._length, self._start))
                self._start += self._length + 1
                whole = whole[first + 1 :]
            else:
                whole = b"".join((*self._held, whole))
            self._held, self._length = [], 0
        if len(whole) > self._limit:
            self._add_within_limit(lines, whole)
        else:
            self._add(lines, self._start, whole)
        self._start += len(whole)
        self._newline_owed = False

    def _add_within_limit(self, lines: Lines, whole: bytes) -> None:
        """Add the lines of a block that is long enough to have one beyond the limit."""
        begin = at = 0
        while at < len(whole):
            end = whole.index(b"\n", at)
            if end - at > self._limit:
                self._add(lines, self._start + begin, whole[begin:at])
                lines.too_long.append(self._reject(whole[at:end], end - at, self._start + at))
                begin = end + 1
            at = end + 1
        self._add(lines, self._start + begin, whole[begin:])

    def _add(self, lines: Lines, offset: int, data: bytes) -> None:
        skipped = 0
        if self._newline_owed and not lines:
            skipped = next((len(end) for end in (b"\n", b"\r\n", b"\r") if data.startswith(end)), 0)
        if len(data) > skipped:
            lines.blocks.append(Block(offset + skipped, data[skipped:]))

    def _behind_bom(self, beginning: bytes) -> bytes:
        """The file's first bytes that were read but not given out, without the mark."""
        self._held, self._length = [], 0
        line = beginning.removeprefix(_BOM)
        self._start = len(beginning) - len(line)
        return line

    def _hold(self, piece: bytes) -> None:
        if not self._length and piece.startswith(_HOLE):
            line = piece.lstrip(_HOLE)
            self._start += len(piece) - len(line)
            piece = line
        if not piece:
            return
        self._length += len(piece)
        self._held.append(piece)
        if self._length > self._limit:
            self._held = [b"".join(self._held)[:REJECT_BYTES]]

    def _reject(self, head: bytes, length: int, offset: int) -> Reject:
        reason = f"longer than {self._limit // 2**20} MiB"
        return Reject(offset=offset, reason=reason, line=head[:REJECT_BYTES], length=length)
