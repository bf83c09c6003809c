"""Content that comes in one order only, because it has to be unpacked or made."""

from __future__ import annotations

import os
from abc import ABC, abstractmethod

from console.ingest.content import Overwritten
from console.ingest.plain import HeldFile

KEPT_BYTES = 4096
"""Bytes of the beginning, and before the place of reading, that can be read again at once."""

GUARD_BYTES = 256
"""Bytes of the file before the place of reading that must not have changed when more is read."""

OVERWRITTEN = "was cut off or overwritten while it was read; what is in it now is another source"


class Sequential(HeldFile, ABC):
    """Bytes that are made piece by piece from a file, from its beginning on.

    To read further on makes all between, and throws it away; to read what lies further back than
    `KEPT_BYTES` begins anew. A read gives less than it was asked for only at the end, so far, or
    before what is broken: what can be had before that is given first, then the error is raised.

    Args and raises: as `HeldFile`.
    """

    seekable = False

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self._first = b""
        self._window = b""
        """The newest piece, and what lay right before it."""
        self._made = 0
        """Bytes that were made so far; the window ends there."""
        self._ended = False

    @property
    def ended(self) -> bool:
        """Whether the last read met the end, behind which nothing can come."""
        return self._ended

    def read(self, length: int, offset: int) -> bytes:
        """Up to `length` bytes from `offset` on; `b""` if there are none, so far.

        Raises:
            Overwritten: the file holds other bytes by now than those that were read.
            OSError: it cannot be read, or is broken at this place.
        """
        if offset + length <= len(self._first):
            return self._first[offset : offset + length]
        if offset < self._made - len(self._window):
            self._window, self._made, self._ended = b"", 0, False
            self._begin()
        parts: list[bytes] = []
        while length > 0:
            if offset >= self._made:
                try:
                    more = self._add_piece()
                except OSError:
                    if parts:
                        break
                    raise
                if not more:
                    break
            else:
                start = len(self._window) - (self._made - offset)
                part = self._window[start : start + length]
                parts.append(part)
                offset += len(part)
                length -= len(part)
        return b"".join(parts)

    def _add_piece(self) -> bool:
        self._ended = False  # also if what comes next is an error
        piece = self._next()
        self._ended = piece is None
        if not piece:
            return False
        if len(self._first) < KEPT_BYTES:
            self._first = (self._first + piece)[:KEPT_BYTES]
        self._window = self._window[-KEPT_BYTES:] + piece
        self._made += len(piece)
        return True

    @abstractmethod
    def _begin(self) -> None:
        """The next piece is the first one again."""

    @abstractmethod
    def _next(self) -> bytes | None:
        """The next piece, of a bounded size; `b""` if there is none so far, None if there is no more.

        Raises:
            OSError: as for `read`. Called again, it tries again or raises again.
        """


class Onward:
    """The bytes of a file in their order, and what was read of them unchanged.

    Args:
        descriptor: open for reading; stays the caller's.
    """

    def __init__(self, descriptor: int) -> None:
        self._descriptor = descriptor
        self._head = b""
        self.begin()

    def begin(self) -> None:
        """The next bytes are the first ones again."""
        self.place = 0
        """Bytes of the file that have been read."""
        self._guard = b""

    def next(self, length: int) -> bytes:
        """Up to `length` bytes that follow; `b""` if there are none, so far.

        Raises:
            Overwritten: what was read before has changed, or is gone.
            OSError: it cannot be read.
        """
        block = os.pread(self._descriptor, length, self.place)
        # Compared after the block was read: if what lies before it is unchanged now, it belongs to it.
        before = os.pread(self._descriptor, len(self._guard), self.place - len(self._guard))
        head = os.pread(self._descriptor, len(self._head), 0)
        if before != self._guard or head != self._head:
            raise Overwritten(OVERWRITTEN)
        self.place += len(block)
        if len(self._head) < GUARD_BYTES and self.place - len(block) == len(self._head):
            self._head = (self._head + block)[:GUARD_BYTES]
        self._guard = (self._guard + block)[-GUARD_BYTES:]
        return block
