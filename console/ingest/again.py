"""Lines that were rejected once, read and parsed again."""

from __future__ import annotations

import os
from collections.abc import Sequence
from itertools import islice
from pathlib import Path

from console.ingest.content import Content
from console.ingest.formats import Format
from console.ingest.identity import same_file
from console.ingest.lines import MAX_LINE_BYTES, Block
from console.ingest.opening import open_content
from console.ingest.parse import parse_block
from console.model import Batch, RejectRow, SourceMark

_NAMES = 10_000
_BLOCK_BYTES = 256 * 2**10


class Original:
    """The file that a source was read from, if it can still be found; else nothing can be read of it.

    Args:
        mark: of the source.
    """

    def __init__(self, mark: SourceMark) -> None:
        self.name, self._content = _found(mark)
        """Where it lies now; empty if it was not found."""

    def head(self, length: int) -> bytes:
        """The file's first bytes; `b""` if they cannot be had."""
        return self._read(length, 0)

    def line(self, reject: RejectRow) -> bytes | None:
        """The whole line of a reject; None if it cannot be had, or is too long to be held."""
        if reject.length == len(reject.line) and not reject.is_masked:
            return reject.line
        if reject.length > MAX_LINE_BYTES:
            return None
        line = self._read(reject.length, reject.offset)
        if reject.is_masked:
            behind = self._read(2, reject.offset + reject.length)
            whole = len(line) == reject.length and b"\n" not in line
            return line if whole and (not behind or behind[:1] == b"\n" or behind == b"\r\n") else None
        # Whatever stands there by now: the line is one that begins as it did, and is as long.
        whole = len(line) == reject.length and line.startswith(reject.line) and b"\n" not in line
        return line if whole else None

    def line_at(self, offset: int) -> bytes | None:
        """The whole line that begins there, without its newline; None if it cannot be had, or none begins so.

        What is packed is not unpacked for it.
        """
        if self._content is None or not self._content.seekable:
            return None
        if offset and self._read(1, offset - 1) != b"\n":
            return None
        line = b""
        while len(line) <= MAX_LINE_BYTES and (block := self._read(_BLOCK_BYTES, offset + len(line))):
            found = block.find(b"\n")
            if found >= 0:
                return line + block[:found]
            line += block
        return line if 0 < len(line) <= MAX_LINE_BYTES else None

    def close(self) -> None:
        """The file is let go of."""
        if self._content is not None:
            self._content.close()

    def _read(self, length: int, offset: int) -> bytes:
        try:
            return self._content.read(length, offset) if self._content is not None else b""
        except OSError:
            return b""


def parse_again(rejects: Sequence[tuple[RejectRow, bytes]], mark: SourceMark, format: Format) -> Batch:
    """What becomes of rejected lines of one source by this format.

    Args:
        rejects: with their whole lines, in the file's order; all were rejected in one commit.
        mark: of their source.
        format: what the lines mean now.

    Returns:
        A batch that may end before the last of them, as `parse_block` says.
    """
    first, last = rejects[0][0], rejects[-1][0]
    return parse_block(
        [Block(reject.offset, line + b"\n") for reject, line in rejects],
        source_id=mark.source_id,
        path=mark.path,
        identity=mark.identity,
        start_offset=first.offset,
        next_offset=last.offset + last.length + 1,
        arrival=first.at,
        format=format,
    )


def _found(mark: SourceMark) -> tuple[str, Content | None]:
    for name in (mark.path, *_renamed(mark)):
        try:
            content = open_content(name)
        except OSError:
            continue
        try:
            if same_file(mark.identity, content):
                return name, content
        except OSError:
            pass
        content.close()
    return "", None


def _renamed(mark: SourceMark) -> list[str]:
    """Names in the source's folder that lead to its inode."""
    try:
        with os.scandir(Path(mark.path).parent) as entries:
            some = islice(entries, _NAMES)
            return [entry.path for entry in some if entry.inode() == mark.identity.inode]
    except OSError:
        return []
