"""Parquet files, as the lines that their rows would be in a log."""

from __future__ import annotations

import io
import os
from typing import TYPE_CHECKING

from console.ingest.content import Overwritten
from console.ingest.sequential import OVERWRITTEN, Sequential

if TYPE_CHECKING:
    import polars as pl

MAGIC = b"PAR1"
"""What such a file begins and, once it is whole, ends with."""

SLICE_BYTES = 32 * 2**20
"""What a slice of the file should come to in memory."""
PIECE_BYTES = 2**20
"""What the lines that are made at once should come to."""
_FIRST_ROWS = 16
_MAX_ROWS = 65_536
_GROWTH = 8
"""How many times more rows may be taken at once than the time before, if they are small."""
_TAIL_BYTES = 64


class ParquetContent(Sequential):
    """A Parquet file, each row one JSON object on a line; the same file gives the same bytes.

    A null is left out. Times are ISO 8601, with their offset where the column has a zone; durations
    too. Decimals and integers of any length keep all their digits; what is not finite is `NaN`,
    `Infinity` or `-Infinity`. Structs and maps are objects, lists are lists. Bytes are text where they
    are UTF-8, otherwise `{"base64": ...}`.

    As long as the file's end is not there, it is waited for.

    Args and raises: as `HeldFile`.
    """

    kind = "parquet"

    def __init__(self, descriptor: int) -> None:
        super().__init__(descriptor)
        self._known: tuple[int, bytes] | None = None
        """Size and last bytes of the file, when it was first seen whole."""
        self._frame: pl.LazyFrame | None = None
        self._rows = 0
        self._begin()

    def place(self) -> int:
        """The share of the rows that was read, as bytes of the file."""
        if self._known is None:
            return 0
        size, _ = self._known
        return size * self._done // self._rows if self._rows else size

    def _begin(self) -> None:
        self._done = 0
        """Rows that were given out."""
        self._slice: pl.DataFrame | None = None
        self._slice_at = 0
        self._slice_rows = _FIRST_ROWS
        self._piece_rows = _FIRST_ROWS

    def _next(self) -> bytes | None:
        # What polars raises is no part of its interface where a file is broken: Rust's panics come as
        # an exception of their own.
        import polars as pl

        from console.ingest.rows import json_lines

        if not self._is_whole():
            return b""
        try:
            if self._frame is None:
                self._find_rows()
            if self._done >= self._rows:
                return None
            part = self._take()
            piece = json_lines(part)
        except (pl.exceptions.PolarsError, pl.exceptions.PanicException, OSError, ValueError) as error:
            reason = str(error).partition("\n")[0][:200]
            raise OSError(
                f"row {self._done:,} of the Parquet file cannot be read ({reason}); "
                "what comes before it was read, put a sound copy in its place for the rest"
            ) from error
        self._done += part.height
        self._piece_rows = _fitting(part.height, len(piece), PIECE_BYTES)
        return piece

    def _is_whole(self) -> bool:
        """Whether the file's end is there.

        Raises:
            Overwritten: it was there, and has changed.
        """
        size = os.fstat(self.descriptor).st_size
        end = os.pread(self.descriptor, _TAIL_BYTES, max(0, size - _TAIL_BYTES))
        if self._known is not None:
            if self._known != (size, end):
                raise Overwritten(OVERWRITTEN)
        elif size > 2 * len(MAGIC) and end.endswith(MAGIC):
            self._known = size, end
        return self._known is not None

    def _find_rows(self) -> None:
        import polars as pl

        # By the descriptor, since the name may lead to another file by now.
        frame = pl.scan_parquet(io.FileIO(self.descriptor, closefd=False))
        self._rows = int(frame.select(pl.len()).collect().item())
        self._frame = frame

    def _take(self) -> pl.DataFrame:
        """The next rows, of which there is at least one."""
        if self._slice is None or self._done >= self._slice_at + self._slice.height:
            assert self._frame is not None
            self._slice = None
            part = self._frame.slice(self._done, self._slice_rows).collect()
            if not part.height:
                raise OSError(f"there is no such row, though {self._rows:,} are stated")
            self._slice, self._slice_at = part, self._done
            self._slice_rows = _fitting(part.height, int(part.estimated_size()), SLICE_BYTES)
        return self._slice.slice(self._done - self._slice_at, self._piece_rows)


def _fitting(rows: int, size: int, wanted: int) -> int:
    """How many rows to take next, after so many that came to `size` bytes."""
    return max(1, min(wanted * rows // max(1, size), _GROWTH * rows, _MAX_ROWS))
