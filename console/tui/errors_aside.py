"""Standard error while a screen is up: what a library writes there would stand on the screen."""

from __future__ import annotations

import os
import re
import sys
import tempfile
from types import TracebackType

from console.tui.safe import visible

MOST_BYTES = 64 * 2**10
"""Of what was put aside, the newest, that is told."""
_COLOURS = re.compile(r"\x1b\[[0-9;]*m")


class ErrorsAside:
    """Inside the block, what is written to standard error is put aside if that is a terminal.

    Polars, for one, writes a trace for each file that is damaged. The screen itself is drawn on standard
    output.

    Args:
        descriptor: of standard error.
    """

    def __init__(self, descriptor: int = 2) -> None:
        self._descriptor = descriptor
        self._terminal = self._file = -1

    def __enter__(self) -> ErrorsAside:
        if os.isatty(self._descriptor):
            self._file = _file_aside()
            self._terminal = os.dup(self._descriptor)
            os.dup2(self._file, self._descriptor)
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        if self._terminal >= 0:
            os.dup2(self._terminal, self._descriptor)
            os.close(self._terminal)
            self._terminal = -1

    def tell(self) -> None:
        """What was put aside is on standard error after all: of a bug, it is all that is known."""
        if self._file >= 0:
            size = os.fstat(self._file).st_size
            text = os.pread(self._file, MOST_BYTES, max(0, size - MOST_BYTES)).decode(errors="replace")
            for line in _COLOURS.sub("", text).splitlines():
                os.write(self._descriptor, visible(line).encode() + b"\n")


def _file_aside() -> int:
    """The descriptor of a file without a name; on Linux in memory, where no disk is full or read-only."""
    if sys.platform == "linux":
        return os.memfd_create("standard error")
    with tempfile.TemporaryFile() as file:
        return os.dup(file.fileno())
