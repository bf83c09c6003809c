"""Text in UTF-16, as the same text in UTF-8."""

from __future__ import annotations

from types import MappingProxyType

from console.ingest.content import Overwritten
from console.ingest.sequential import OVERWRITTEN, Onward, Sequential

BOM = MappingProxyType({b"\xff\xfe": "utf-16-le", b"\xfe\xff": "utf-16-be"})
"""What such a file begins with, and how it is to be decoded."""
CHUNK_BYTES = 128 * 1024
SURE_BYTES = 4
"""Of a file's beginning, that tell UTF-16 from a line that only begins like it."""


def encoding_of(head: bytes) -> str | None:
    """How a file that begins so is to be decoded; None if it is not UTF-16, or too little is there.

    The mark alone is no proof, since a broken line may begin with any bytes; but a log's first sign is
    one of ASCII, and half of such a unit is NUL.
    """
    encoding = BOM.get(head[:2])
    if encoding is None or len(head) < SURE_BYTES:
        return None
    sign, zero = (head[2], head[3]) if encoding == "utf-16-le" else (head[3], head[2])
    return encoding if zero == 0 and 0 < sign < 0x80 else None


class Utf16Content(Sequential):
    """A file that begins with a byte order mark of UTF-16 and may grow, as UTF-8 without the mark.

    A half of a surrogate pair without the other becomes its three bytes, which are not UTF-8, so that
    the line in which it stands can be rejected. A unit or a pair of which only a part is there yet is
    kept back.

    Args and raises: as `HeldFile`.
    """

    kind = "utf-16"

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self._file = Onward(descriptor)
        self._begin()

    def place(self) -> int:
        """How far the file has been read, in bytes of it."""
        return self._file.place

    def _begin(self) -> None:
        self._file.begin()
        self._encoding: str | None = None
        self._kept = b""

    def _next(self) -> bytes:
        while True:
            block = self._file.next(CHUNK_BYTES)
            if not block:
                return b""
            data = self._kept + block
            if self._encoding is None:
                if len(data) < 2:
                    self._kept = data
                    continue
                self._encoding = BOM.get(data[:2])
                if self._encoding is None:
                    raise Overwritten(OVERWRITTEN)
                data = data[2:]
            whole = len(data) & ~1
            high = data[whole - 1 if self._encoding == "utf-16-le" else whole - 2] if whole else 0
            if 0xD8 <= high < 0xDC:
                whole -= 2
            self._kept = data[whole:]
            text = data[:whole].decode(self._encoding, "surrogatepass").encode("utf-8", "surrogatepass")
            if text:
                return text
