"""Files that are held open, and those of them that are read as they are."""

from __future__ import annotations

import os
import stat
from pathlib import Path

from console.ingest.content import Look


def open_log(name: str) -> int:
    """A descriptor to read a regular file by.

    Raises:
        OSError: it cannot be opened, or is no regular file.
    """
    # Without O_NONBLOCK, a pipe that took the file's place would hang the reader.
    descriptor = os.open(name, os.O_RDONLY | os.O_CLOEXEC | os.O_NONBLOCK | os.O_NOCTTY)
    if not stat.S_ISREG(os.fstat(descriptor).st_mode):
        os.close(descriptor)
        raise OSError("not a regular file")
    return descriptor


class HeldFile:
    """An open file, known by its descriptor whatever becomes of its name.

    Args:
        descriptor: open for reading; from now on closed by `close`.

    Raises:
        OSError: it cannot be looked at. The descriptor stays open.
    """

    def __init__(self, descriptor: int) -> None:
        status = os.fstat(descriptor)
        self.descriptor = descriptor
        self.device = status.st_dev
        self.inode = status.st_ino
        self._held = True

    @property
    def folder(self) -> str:
        """Where the file lies now, as text; empty where the system does not tell."""
        try:
            folder = Path(f"/proc/self/fd/{self.descriptor}").readlink().parent  # only Linux has it
        except OSError:
            return ""
        return os.fsencode(folder).decode("utf-8", "backslashreplace") if folder.is_absolute() else ""

    def look(self) -> Look:
        """The file as it is now.

        Raises:
            OSError: it cannot be looked at.
        """
        status = os.fstat(self.descriptor)
        return Look(status.st_size, status.st_mtime_ns, status.st_nlink)

    def close(self) -> None:
        """The file is let go of; again is nothing."""
        if self._held:
            self._held = False
            os.close(self.descriptor)


class PlainContent(HeldFile):
    """A file whose bytes are the lines. It grows, is cut and overwritten; all that is for the reader to see.

    Args and raises: as `HeldFile`.
    """

    kind = "file"
    seekable = True
    ended = False

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self._place = 0

    def read(self, length: int, offset: int) -> bytes:
        """Up to `length` bytes from `offset` on; `b""` if there are none, so far.

        Raises:
            OSError: it cannot be read.
        """
        block = os.pread(self.descriptor, length, offset)
        self._place = offset + len(block)
        return block

    def place(self) -> int:
        """Behind what was read last, in bytes of the file."""
        return self._place
