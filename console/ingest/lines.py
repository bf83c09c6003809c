"""Bytes in blocks of any size, into whole lines and where each of them begins."""

from __future__ import annotations

from itertools import accumulate
from typing import NamedTuple

from console.model import REJECT_BYTES, Reject

MAX_LINE_BYTES = 16 * 2**20
"""A longer line is not held in memory; it becomes a reject of which the beginning is kept."""

_BOM = b"\xef\xbb\xbf"


class Lines(NamedTuple):
    """Whole lines, in the order in which they lie in the file."""

    lines: list[tuple[int, bytes]]
    """Byte offset and bytes of each, without its newline; a carriage return before that is kept."""
    too_long: list[Reject]
    """The lines that were longer than may be held."""


class LineSplitter:
    """Cuts a file's bytes into lines. Holds at most one unfinished line, and that up to a limit.

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
        pieces = block.split(b"\n")
        rest = pieces.pop()
        lines: list[tuple[int, bytes]] = []
        too_long: list[Reject] = []
        if pieces:
            if self._length:
                self._hold(pieces[0])
                first = b"".join(self._held)
                if self._length > self._limit:
                    too_long.append(self._reject(first, self._length))
                else:
                    lines.append((self._start, first))
                self._start += self._length + 1
                self._held, self._length = [], 0
                del pieces[0]
            offsets = list(accumulate((len(piece) + 1 for piece in pieces), initial=self._start))
            self._start = offsets[-1]
            # Only a block beyond the limit can hold a line beyond it.
            if len(block) > self._limit:
                for offset, piece in zip(offsets, pieces, strict=False):
                    if len(piece) > self._limit:
                        too_long.append(self._reject(piece, len(piece), offset))
                    else:
                        lines.append((offset, piece))
            else:
                lines.extend(zip(offsets, pieces, strict=False))
            self._mend_first(lines)
            if lines or too_long:
                self._newline_owed = False
        self._hold(rest)
        return Lines(lines, too_long)

    def unfinished(self) -> bytes | None:
        """The last line so far, which stays held; None if it is already too long to be."""
        return None if self._length > self._limit else b"".join(self._held)

    def finish(self) -> Lines:
        """The unfinished line, as if its newline had come. Nothing if there is none."""
        if not self._length:
            return Lines([], [])
        end = self.read_to
        whole = self.feed(b"\n")
        self._start = end
        self._newline_owed = True
        return whole

    def _hold(self, piece: bytes) -> None:
        if not piece:
            return
        self._length += len(piece)
        self._held.append(piece)
        if self._length > self._limit:
            self._held = [b"".join(self._held)[:REJECT_BYTES]]

    def _reject(self, head: bytes, length: int, offset: int | None = None) -> Reject:
        at = self._start if offset is None else offset
        reason = f"longer than {self._limit // 2**20} MiB"
        return Reject(offset=at, reason=reason, line=head[:REJECT_BYTES], length=length)

    def _mend_first(self, lines: list[tuple[int, bytes]]) -> None:
        if not lines:
            return
        offset, line = lines[0]
        if offset == 0 and line.startswith(_BOM):
            lines[0] = (len(_BOM), line[len(_BOM) :])
        elif self._newline_owed and line in (b"", b"\r"):
            del lines[0]
