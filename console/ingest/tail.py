"""One file that is held open and read from where the last commit ended."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from enum import Enum

from console.ingest.decode import decode_exactly
from console.ingest.formats import NATIVE, Format, Unusable
from console.ingest.identity import HEAD_BYTES, extended, identify, same_file
from console.ingest.lines import Lines, LineSplitter
from console.ingest.parse import parse_block
from console.model import Batch, FileIdentity, SourceMark

GUARD_BYTES = 256
"""Bytes before the place of reading that are compared before anything after them is believed."""


class End(Enum):
    """Why nothing more is read from a file."""

    TRUNCATED = "cut off or overwritten"
    GONE = "rotated away or deleted"


class Tail:
    """A file as one source: from an identity and an offset to batches, one outstanding at a time.

    Args:
        path: the name it is shown and stored by. It stays when the file is renamed.
        descriptor: open for reading; from now on the tail's to close.
        mark: how far it was read before, None for a new source.
        lines_mean: the format of its lines.

    Raises:
        OSError: it cannot be read. The descriptor stays open.
    """

    def __init__(
        self, path: str, descriptor: int, mark: SourceMark | None = None, *, lines_mean: Format = NATIVE
    ) -> None:
        self.path = path
        self.mark = mark
        self.end: End | None = None
        self.outstanding: Batch | None = None
        """The batch that was handed out and is not yet committed."""
        self.last_commit: datetime | None = None
        self.size = 0
        """Bytes in the file when it was last looked at."""
        self.grown = True
        """Whether there may be something that has not been read."""
        self.problem: str | None = None
        """Why it cannot be read at the moment."""
        self.kept_back = 0
        """Bytes of an unfinished last line that were left unread at the end."""
        self._format = lines_mean
        self._descriptor: int | None = descriptor
        self._new_content: int | None = None
        self._ready = Lines([], [])
        self._checked: tuple[int, int] | None = None
        offset = mark.next_offset if mark else 0
        # With a mark, what it was marked as counts: what is there now may be something else.
        self.identity: FileIdentity = mark.identity if mark else identify(descriptor)
        self._guard = self._pread(descriptor, min(offset, GUARD_BYTES), max(0, offset - GUARD_BYTES))
        # A last line that was taken without its newline: the newline is still to come.
        owed = offset > 0 and not self._guard.endswith(b"\n")
        self._splitter = LineSplitter(offset, newline_owed=owed)

    @property
    def key(self) -> tuple[int, int]:
        """Device and inode."""
        return self.identity.device, self.identity.inode

    @property
    def next_offset(self) -> int:
        """First byte that is not committed."""
        return self.mark.next_offset if self.mark else 0

    @property
    def is_open(self) -> bool:
        """False once it has ended, or while it cannot be read."""
        return self._descriptor is not None

    @property
    def has_lines(self) -> bool:
        """Whether there is a batch to hand out without reading."""
        return bool(self.outstanding or self._ready)

    @property
    def at_end(self) -> bool:
        """Whether all that the last look saw has been read and committed, but an unfinished line."""
        return not (self.has_lines or self.grown)

    @property
    def is_deleted(self) -> bool:
        """Whether no name leads to the file any more."""
        return self._descriptor is not None and os.fstat(self._descriptor).st_nlink == 0

    def look(self) -> bool:
        """Whether there is something to hand out or to read; sees growth and a cut."""
        if self._descriptor is not None:
            try:
                status = os.fstat(self._descriptor)
            except OSError as error:
                self.fail(error)
            else:
                self.size = status.st_size
                # A file that was overwritten to the same length still has another time.
                changed = self._checked != (status.st_size, status.st_mtime_ns)
                self.grown = changed or status.st_size > self._splitter.read_to
        return self.has_lines or self.grown

    def take(self, budget: int, *, arrival: datetime, new_id: Callable[[], int], last: bool) -> Batch | None:
        """The outstanding batch, or the next one.

        Args:
            budget: how many bytes may be read.
            arrival: the time now.
            new_id: gives the source's id, should this be its first batch.
            last: nothing more will come, so an unfinished last line is taken if it is complete JSON.

        Returns:
            None if no line is complete, or the file cannot be read (see `problem` and `end`).
        """
        if self.outstanding is None:
            if not self.has_lines and self._descriptor is not None:
                self._read(budget)
            if last and self.is_open and not self.grown:
                self._take_unfinished()
            if self.has_lines:
                self.outstanding = self._parse(arrival, new_id)
        return self.outstanding

    def commit(self, batch: Batch, at: datetime) -> SourceMark:
        """The batch is stored; the next one follows it.

        Raises:
            ValueError: it is not the outstanding one.
        """
        if batch is not self.outstanding:
            raise ValueError(f"{batch.path}:{batch.start_offset}: batch is not outstanding")
        before = self.mark or SourceMark(batch.source_id, self.path, batch.identity, 0, 0, 0, 0, 0)
        self.mark = replace(
            before,
            identity=batch.identity,
            next_offset=batch.next_offset,
            lines=before.lines + batch.lines,
            rows=before.rows + batch.rows,
            rejects=before.rejects + len(batch.rejects),
            blanks=before.blanks + batch.blanks,
        )
        self.outstanding = None
        self.last_commit = at
        return self.mark

    def finish(self, end: End) -> None:
        """Nothing more will be read; an unfinished last line becomes a line as it is.

        Not so where the file could not be read at last: the rest of the line may still be seen.
        """
        self.end = end
        if self.is_open:
            self._ready.extend(self._splitter.finish())
        self.close()

    def successor(self) -> Tail | None:
        """The tail of what is in the file now, once, if it was truncated.

        Raises:
            OSError: it cannot be read.
        """
        descriptor, self._new_content = self._new_content, None
        if descriptor is None:
            return None
        try:
            return Tail(self.path, descriptor, lines_mean=self._format)
        except OSError:
            os.close(descriptor)
            raise

    def fail(self, error: OSError) -> None:
        """The file cannot be read; `reopen` ends that."""
        self.problem = str(error.strerror or error)
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None
        self.grown = False

    def reopen(self, descriptor: int) -> bool:
        """Go on with a new descriptor for the same file. False, and it is closed, if it is another."""
        try:
            if same_file(self.identity, descriptor):
                self._descriptor, self.problem, self._checked = descriptor, None, None
                return True
        except OSError as error:
            self.problem = str(error.strerror or error)
        os.close(descriptor)
        return False

    def close(self) -> None:
        """Let go of the file."""
        if self._descriptor is not None:
            os.close(self._descriptor)
        self._descriptor = None
        self.grown = False

    def _read(self, budget: int) -> None:
        assert self._descriptor is not None
        place = self._splitter.read_to
        try:
            before = os.fstat(self._descriptor)
            block = os.pread(self._descriptor, budget, place) if before.st_size >= place else b""
            # Looked at after the block was read: what was there before it shows whether the block
            # belongs to it. A file that is now shorter was cut after this block had been read.
            after = os.fstat(self._descriptor).st_size
            intact = before.st_size >= place and (
                after < place + len(block) or self._is_unchanged(self._descriptor)
            )
            if not intact:
                self._new_content = os.dup(self._descriptor)
        except OSError as error:
            self.fail(error)
            return
        if not intact:
            self.finish(End.TRUNCATED)
            return
        self._guard = (self._guard + block)[-GUARD_BYTES:]
        self._ready.extend(self._splitter.feed(block))
        self.kept_back = 0
        self.size = max(before.st_size, place + len(block))
        self._checked = (before.st_size, before.st_mtime_ns)
        self.grown = self._splitter.read_to < self.size

    def _is_unchanged(self, descriptor: int) -> bool:
        identity = extended(self.identity, self._pread(descriptor, HEAD_BYTES, 0))
        start = self._splitter.read_to - len(self._guard)
        if identity is None or self._pread(descriptor, len(self._guard), start) != self._guard:
            return False
        self.identity = identity
        return True

    def _take_unfinished(self) -> None:
        self.kept_back = self._splitter.unfinished_bytes
        line = self._splitter.unfinished()
        if not line:
            return
        try:
            complete = not line.strip() or isinstance(decode_exactly(line), dict)
        except Unusable:
            complete = False
        if complete:
            self._ready.extend(self._splitter.finish())
            self.kept_back = 0

    def _parse(self, arrival: datetime, new_id: Callable[[], int]) -> Batch:
        batch = parse_block(
            self._ready.blocks,
            too_long=self._ready.too_long,
            source_id=self.mark.source_id if self.mark else new_id(),
            path=self.path,
            identity=self.identity,
            start_offset=self.next_offset,
            next_offset=self._splitter.next_offset,
            arrival=arrival,
            format=self._format,
        )
        self._ready = self._ready.after(batch.next_offset)
        return batch

    @staticmethod
    def _pread(descriptor: int, length: int, offset: int) -> bytes:
        return os.pread(descriptor, length, offset) if length else b""
