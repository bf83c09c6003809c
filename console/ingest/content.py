"""What a source's bytes are read from: the file itself, or whatever unpacks it.

A tail reads lines at offsets and does not care where they come from. Offsets always count the bytes
of the lines: of a compressed file, those that come out of it.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import Protocol


@dataclass(frozen=True, slots=True)
class Look:
    """A file, as one look found it."""

    size: int
    """Bytes that lie in the file, packed if it is packed."""
    modified_ns: int
    links: int
    """Names that lead to it; 0 once it is deleted."""


_LAST_BYTES = 64 * 2**10
"""In which a block's last line is looked for before all of it is read."""


class Overwritten(OSError):
    """The file holds other bytes by now than those that were read from it: it is another source."""


class Content(Protocol):
    """The bytes of one file's lines. From one thread."""

    @property
    def kind(self) -> str:
        """`file`, `gzip`, `zstd`, `bzip2`, `xz`, `parquet`, `stdin` or `utf-16`."""

    @property
    def device(self) -> int: ...

    @property
    def inode(self) -> int: ...

    @property
    def folder(self) -> str:
        """Where the file lies now, as text; empty where the system does not tell."""

    @property
    def seekable(self) -> bool:
        """Whether any offset can be read at once. If not, going back means to begin anew."""

    @property
    def ended(self) -> bool:
        """Whether the last read met an end behind which nothing can come: an archive's, a pipe's."""

    def look(self) -> Look:
        """The file as it is now.

        Raises:
            OSError: it cannot be looked at.
        """

    def read(self, length: int, offset: int) -> bytes:
        """Up to `length` bytes of the lines from `offset` on; `b""` if there are none, so far.

        An archive that is cut off gives what can be unpacked and has not `ended` then: the rest may
        still come. So does a Parquet file of which the end is not there.

        Raises:
            Overwritten: what is in the file now is another source. Only where it is not `seekable`;
                of what is, the reader compares the bytes itself.
            OSError: it cannot be read, or what it holds is broken; the text says which. All that lies
                before the broken place was given out first.
        """

    def place(self) -> int:
        """How far the file has been read, in the bytes that `Look.size` counts."""

    def close(self) -> None:
        """The file is let go of."""


def up_to_a_line(content: Content, length: int, offset: int) -> int:
    """How much to read, up to `length` bytes, so that a large block ends with a line, if that is easily told.

    Cutting it afterwards would copy it.

    Raises:
        OSError: it cannot be read.
    """
    if length < 2 * _LAST_BYTES:
        return length
    last = content.read(_LAST_BYTES, offset + length - _LAST_BYTES)
    end = last.rfind(b"\n") + 1
    return length - _LAST_BYTES + end if end and len(last) == _LAST_BYTES else length
