"""Standard input, and whatever else is a pipe: bytes that come once, in their order."""

from __future__ import annotations

import array
import fcntl
import os
import select
import stat
import sys
import termios

from console.errors import SourceError
from console.ingest.content import Look
from console.ingest.packed import MAGIC
from console.ingest.plain import HeldFile

_PIPE_BYTES = 2**20
"""What the pipe is asked to hold, so that a writer is not held back between two looks at it."""

_where = 0
"""The descriptor that standard input is at."""


def keep_standard_input(terminal: int) -> None:
    """Standard input is kept for `open_standard_input`; from now on descriptor 0 is the terminal.

    Args:
        terminal: what keys are read from; stays the caller's.

    Raises:
        SourceError: it is closed.
    """
    global _where
    _require_open()
    _where = fcntl.fcntl(0, fcntl.F_DUPFD_CLOEXEC, 3)
    os.dup2(terminal, 0, inheritable=True)


def open_standard_input() -> int:
    """A new descriptor to read standard input by; not inherited.

    Raises:
        SourceError: it is closed, or cannot be read.
    """
    _require_open()
    try:
        descriptor = fcntl.fcntl(_where, fcntl.F_DUPFD_CLOEXEC, 3)
    except OSError as error:
        raise SourceError("-: standard input is closed; pipe a log into it") from error
    readable = fcntl.fcntl(descriptor, fcntl.F_GETFL) & os.O_ACCMODE != os.O_WRONLY
    if not readable or stat.S_ISDIR(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise SourceError("-: standard input cannot be read; pipe a log into it")
    return descriptor


def _require_open() -> None:
    # Of what was closed when the process began, another file may have the descriptor by now: the cache.
    if sys.__stdin__ is None:
        raise SourceError("-: standard input is closed; pipe a log into it")


class PipedContent(HeldFile):
    """A pipe, or a file that is read like one, from where it stands to its end.

    Nothing is read before it is asked for, so the writer waits when the reader is behind. A read does
    not wait: it gives what is there.

    Args and raises: as `HeldFile`.
    """

    kind = "stdin"
    seekable = False

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self.ended = False
        self._place = 0
        # The descriptor is shared with those who started this process: asking is done by poll, since
        # O_NONBLOCK would hold for them too.
        self._poll = select.poll()
        self._poll.register(descriptor, select.POLLIN)
        self._is_file = stat.S_ISREG(os.fstat(descriptor).st_mode)
        if stat.S_ISFIFO(os.fstat(descriptor).st_mode):
            try:
                if fcntl.fcntl(descriptor, fcntl.F_GETPIPE_SZ) < _PIPE_BYTES:
                    fcntl.fcntl(descriptor, fcntl.F_SETPIPE_SZ, _PIPE_BYTES)
            except (OSError, AttributeError):  # the system, or the user's share of pipes, does not allow it
                pass

    def look(self) -> Look:
        """What was read and what lies ready behind it, as the size.

        Raises:
            OSError: it cannot be looked at.
        """
        status = os.fstat(self.descriptor)
        return Look(self._place + self._waiting(status.st_size), status.st_mtime_ns, max(1, status.st_nlink))

    def read(self, length: int, offset: int) -> bytes:
        """Up to `length` bytes that lie ready; `b""` if none does, or it has `ended`.

        Raises:
            ValueError: `offset` is not the next byte; nothing can be read twice.
            OSError: it cannot be read, or is packed.
        """
        if offset != self._place:
            raise ValueError(f"standard input was read to {self._place}, and can be read only from there on")
        parts: list[bytes] = []
        while length > 0 and not self.ended and self._poll.poll(0):
            part = os.read(self.descriptor, length)
            self.ended = not part
            if not self._place:
                self._require_lines(part)
            parts.append(part)
            length -= len(part)
            self._place += len(part)
        return b"".join(parts)

    def _require_lines(self, beginning: bytes) -> None:
        for magic, packing in MAGIC.items():
            if beginning.startswith(magic):
                self.ended = True
                raise OSError(f"packed by {packing.kind}; give the file itself, or unpack it into the pipe")

    def place(self) -> int:
        """Bytes that were read."""
        return self._place

    def _waiting(self, size: int) -> int:
        if self._is_file:
            return max(0, size - os.lseek(self.descriptor, 0, os.SEEK_CUR))
        count = array.array("i", [0])
        try:
            fcntl.ioctl(self.descriptor, termios.FIONREAD, count)
        except OSError:  # something that does not say
            return 0
        return count[0]
