"""The bytes of a file that a person names, which may be anything: a device, a pipe, a terabyte of nothing."""

from __future__ import annotations

import os
import select
import stat
from collections.abc import Callable
from pathlib import Path

from console.errors import SourceError, UsageError
from console.model import size_in_words

LARGEST_BYTES = 512 * 2**20
"""Of a file, all of which is held in memory."""
LONGEST_BYTES = 16 * 2**20
"""Of a line, or of any other entry."""
_BLOCK_BYTES = 2**20
_LOOK_MS = 100
"""How long a pipe is waited for before the person is heard again: what waits in the system may never hear."""


def load(path: Path, *, largest: int = LARGEST_BYTES, waiting: Callable[[], None] = lambda: None) -> bytes:
    """All bytes of a file, or of a pipe up to its end.

    Args:
        path: its name.
        largest: bytes that are read at most.
        waiting: is called once if it is a pipe into which nobody writes.

    Raises:
        SourceError: it cannot be read.
        UsageError: it is larger, or has a line that is longer than any entry may be; no more of it was read.
    """
    try:
        return _load(path, largest, waiting)
    except (OSError, ValueError) as error:
        reason = error.strerror if isinstance(error, OSError) else None
        raise SourceError(f"{path}: cannot be read: {reason or error}") from error


def _load(path: Path, largest: int, waiting: Callable[[], None]) -> bytes:
    data = bytearray()
    line = _Line(path)
    poll = select.poll()
    # A pipe is opened at once, and not only when somebody writes into it.
    descriptor = os.open(path, os.O_RDONLY | os.O_NONBLOCK | os.O_CLOEXEC)
    try:
        status = os.fstat(descriptor)
        if stat.S_ISDIR(status.st_mode):
            raise IsADirectoryError(None, "it is a folder")
        if status.st_size > largest:
            raise _too_large(path, largest)
        poll.register(descriptor, select.POLLIN)
        told = False
        while True:
            if not poll.poll(_LOOK_MS):
                if not told:
                    waiting()
                told = True
                continue
            try:
                block = os.read(descriptor, _BLOCK_BYTES)
            except BlockingIOError:
                continue
            if not block:
                return bytes(data)
            data += block
            if len(data) > largest:
                raise _too_large(path, largest)
            line.feed(block, data)
    finally:
        os.close(descriptor)


class _Line:
    """How long the line is in which the bytes that were read end."""

    def __init__(self, path: Path) -> None:
        self._path = path
        self._length = 0
        self._is_text = True

    def feed(self, block: bytes, data: bytearray) -> None:
        """So much came.

        Args:
            block: it.
            data: all that came so far, with it.

        Raises:
            UsageError: the line is too long.
        """
        if len(block) == len(data):
            self._is_text = not _may_be_one_line(block)
        if not self._is_text:
            return
        ends = block.replace(b"\r", b"\n")
        first = ends.find(b"\n")
        self._length += len(ends) if first < 0 else first
        if self._length > LONGEST_BYTES:
            number = data[: len(data) - len(block)].count(b"\n") + 1
            longest = size_in_words(LONGEST_BYTES)
            raise UsageError(
                f"{self._path}:{number}: the line is longer than {longest}; it is no file of labels"
            )
        if first >= 0:
            self._length = len(ends) - ends.rfind(b"\n") - 1


def _may_be_one_line(beginning: bytes) -> bool:
    """Whether many entries may be on one line: in Parquet, and in a JSON list."""
    start = beginning[:64].lstrip(b"\xef\xbb\xbf\xff\xfe\0 \t\r\n")
    return start.startswith((b"PAR1", b"["))


def _too_large(path: Path, largest: int) -> UsageError:
    return UsageError(f"{path}: is larger than {size_in_words(largest)}; split it")
