"""Compressed files, unpacked as they are read: gzip, bzip2, xz and zstd."""

from __future__ import annotations

import bz2
import lzma
import sys
import zlib
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Protocol

from console.ingest.content import Overwritten
from console.ingest.sequential import OVERWRITTEN, Onward, Sequential

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PIECE_BYTES = 256 * 1024
"""Most that is unpacked at once, however much the packed bytes amount to."""
_CHUNK_BYTES = 64 * 1024
_XZ_MEMORY_BYTES = 256 * 2**20
"""What an xz stream may ask for; its strongest preset needs 65 MiB."""


class _Stream(Protocol):
    """What unpacks one member, stream or frame."""

    @property
    def eof(self) -> bool: ...

    @property
    def needs_input(self) -> bool: ...

    @property
    def unused_data(self) -> bytes: ...

    def decompress(self, data: bytes, max_length: int) -> bytes: ...


class _Gunzip:
    """A gzip member, by the same interface as the other decompressors have."""

    def __init__(self) -> None:
        self._inflate = zlib.decompressobj(wbits=16 + zlib.MAX_WBITS)
        self.needs_input = True

    @property
    def eof(self) -> bool:
        return self._inflate.eof

    @property
    def unused_data(self) -> bytes:
        return self._inflate.unused_data

    def decompress(self, data: bytes, max_length: int) -> bytes:
        piece = self._inflate.decompress(self._inflate.unconsumed_tail + data, max_length)
        # With a full piece there may be more inside, though all the input has been taken.
        self.needs_input = not self._inflate.unconsumed_tail and len(piece) < max_length
        return piece


@dataclass(frozen=True, slots=True)
class Packing:
    """A way of packing, and what unpacks it."""

    kind: str
    begin: Callable[[], _Stream]
    errors: tuple[type[Exception], ...]
    """What the decompressor raises for data that is broken."""


GZIP = Packing("gzip", _Gunzip, (zlib.error,))
BZIP2 = Packing("bzip2", bz2.BZ2Decompressor, (OSError, ValueError))
XZ = Packing(
    "xz",
    lambda: lzma.LZMADecompressor(lzma.FORMAT_XZ, memlimit=_XZ_MEMORY_BYTES),
    (lzma.LZMAError,),
)
ZSTD = Packing("zstd", zstd.ZstdDecompressor, (zstd.ZstdError,))

MAGIC: Mapping[bytes, Packing] = MappingProxyType(
    {
        b"\x1f\x8b": GZIP,
        b"\xfd7zXZ\0": XZ,
        b"\x28\xb5\x2f\xfd": ZSTD,
        **{b"BZh%d" % level: BZIP2 for level in range(1, 10)},
        # A frame to be skipped may come first.
        **{bytes((first,)) + b"\x2a\x4d\x18": ZSTD for first in range(0x50, 0x60)},
    }
)
"""What such files begin with."""


class _Broken(Exception):
    """What was read cannot be unpacked."""


class PackedContent(Sequential):
    """An archive of any number of members, as the bytes that come out of them one after another.

    Zero bytes behind a member are padding. `ended` holds behind a whole member with nothing after it;
    should another one be added, it can be read on.

    Args:
        descriptor: open for reading; from now on closed by `close`.
        packing: how it is packed, as its first bytes say.

    Raises:
        OSError: it cannot be looked at. The descriptor stays open.
    """

    def __init__(self, descriptor: int, packing: Packing) -> None:
        super().__init__(descriptor)
        self.kind = packing.kind
        self._packing = packing
        self._file = Onward(descriptor)
        self._broken: str | None = None
        self._careful_from: int | None = None
        """Where the chunk begins that is broken somewhere: from there on it is taken byte by byte."""
        self._begin()

    def place(self) -> int:
        """How far the archive has been read, in packed bytes."""
        return self._file.place

    def _begin(self) -> None:
        self._file.begin()
        self._stream: _Stream | None = None
        self._input = b""
        self._chunk_at = 0
        self._unpacked = 0
        """Bytes that came out so far."""

    def _next(self) -> bytes | None:
        if self._broken is not None:
            raise OSError(self._broken)
        reached = self._unpacked
        try:
            return self._step()
        except _Broken as error:
            if self._careful_from is not None:
                self._broken = self._say(str(error))
                raise OSError(self._broken) from error
        # A decompressor that fails does not hand over what it had unpacked before the failure. So the
        # same is done once more, with the broken chunk byte by byte.
        careful_from = self._chunk_at
        self._begin()
        self._careful_from = careful_from
        while self._unpacked < reached:
            if not self._step():
                raise Overwritten(OVERWRITTEN)
        return self._next()

    def _step(self) -> bytes | None:
        """The next piece; `b""` if the file has no more bytes, None if it ends with a whole member."""
        while True:
            whole = self._stream is None and self._file.place > 0
            if whole:
                self._input = self._input.lstrip(b"\0")
            if not self._input and (self._stream is None or self._stream.needs_input):
                self._input = self._fetch()
                if not self._input:
                    return None if whole else b""
                continue
            if self._stream is None:
                self._stream = self._packing.begin()
            data, self._input = self._input, b""
            try:
                piece = self._stream.decompress(data, PIECE_BYTES)
            except self._packing.errors as error:
                raise _Broken(str(error)) from error
            if self._stream.eof:
                self._input = self._stream.unused_data
                self._stream = None
            if piece:
                self._unpacked += len(piece)
                return piece

    def _fetch(self) -> bytes:
        at = self._file.place
        length = _CHUNK_BYTES
        if self._careful_from is not None and at < self._careful_from + _CHUNK_BYTES:
            length = min(length, max(1, self._careful_from - at))
        data = self._file.next(length)
        if data:
            self._chunk_at = at
        return data

    def _say(self, reason: str) -> str:
        return (
            f"broken {self.kind} data at byte {self._file.place:,} of the file "
            f"({reason[:1].lower()}{reason[1:]}); what comes before it was read, put a sound copy in its "
            "place for the rest"
        )
