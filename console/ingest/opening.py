"""From a file's name, or its descriptor, to what its lines are read from."""

from __future__ import annotations

import os
from collections.abc import Callable, Mapping
from functools import partial
from types import MappingProxyType

from console.ingest.columnar import MAGIC as PARQUET_MAGIC
from console.ingest.columnar import ParquetContent
from console.ingest.content import Content, Look
from console.ingest.packed import MAGIC as PACKED_MAGIC
from console.ingest.packed import PackedContent
from console.ingest.plain import HeldFile, PlainContent, open_log
from console.ingest.utf16 import BOM, SURE_BYTES, Utf16Content, encoding_of

_BY_MAGIC: Mapping[bytes, Callable[[int], Content]] = MappingProxyType(
    {
        **{magic: partial(PackedContent, packing=packing) for magic, packing in PACKED_MAGIC.items()},
        PARQUET_MAGIC: ParquetContent,
    }
)
_NOT_READ = {b"PK\x03\x04": "a zip archive", b"\x04\x22\x4d\x18": "compressed by lz4"}
_LONGEST = max(map(len, (*_BY_MAGIC, *_NOT_READ)))


def open_content(name: str) -> Content:
    """The lines of a regular file, whatever it is packed in: its first bytes say that, not its name.

    See `content_of` for a file that has none yet.

    Raises:
        OSError: it cannot be opened, is no regular file, or is packed in a way that is not read.
    """
    descriptor = open_log(name)
    try:
        return content_of(descriptor)
    except BaseException:
        os.close(descriptor)
        raise


def content_of(descriptor: int) -> Content:
    """The same for a descriptor, which is the content's to close from now on.

    A file that is empty, or too short to tell, gives content all the same: it reads as having nothing
    so far, until its first bytes are there and decide. Its `kind` and `seekable` may change then.

    Raises:
        OSError: it cannot be read, or is packed in a way that is not read. The descriptor stays open.
    """
    return _decided(descriptor) or Undecided(descriptor)


def _decided(descriptor: int) -> Content | None:
    head = os.pread(descriptor, _LONGEST, 0)
    for magic, what in _NOT_READ.items():
        if head.startswith(magic):
            raise OSError(f"{what}, which is not read; unpack it")
    for magic, content in _BY_MAGIC.items():
        if head.startswith(magic):
            return content(descriptor)
    if encoding_of(head):
        return Utf16Content(descriptor)
    if any(magic.startswith(head) for magic in (*_BY_MAGIC, *_NOT_READ)):
        return None
    if len(head) < SURE_BYTES and any(mark.startswith(head[:2]) for mark in BOM):
        return None
    return PlainContent(descriptor)


class Undecided(HeldFile):
    """A file of which the first bytes are not there yet; from when they are, what these say it is.

    Args and raises: as `HeldFile`.
    """

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self._content: Content | None = None

    @property
    def kind(self) -> str:
        """`file` until it is known."""
        return self._content.kind if self._content else "file"

    @property
    def seekable(self) -> bool:
        """True until it is known: there is nothing in it that would have to be unpacked."""
        return self._content is None or self._content.seekable

    @property
    def ended(self) -> bool:
        """As for what it turned out to be."""
        return self._content is not None and self._content.ended

    def look(self) -> Look:
        """The file as it is now.

        Raises:
            OSError: it cannot be looked at.
        """
        return super().look()

    def read(self, length: int, offset: int) -> bytes:
        """As what it turned out to be; `b""` until it is known.

        Raises:
            OSError: it cannot be read, or is packed in a way that is not read.
        """
        if self._content is None:
            self._content = _decided(self.descriptor)
        return self._content.read(length, offset) if self._content else b""

    def place(self) -> int:
        """As for what it turned out to be; 0 before."""
        return self._content.place() if self._content else 0
