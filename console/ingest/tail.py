"""One source's content, read from where the last commit ended."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from datetime import datetime
from itertools import count

from console.ingest.batching import Batching
from console.ingest.choosing import ALL_NATIVE, FormatFor
from console.ingest.content import Content
from console.ingest.identity import Reached, identify, known_as_far, reached_by
from console.ingest.logfile import End, LogFile
from console.model import Batch, SourceMark

_serials = count(1)


class Tail:
    """A file as one source: from an identity and an offset to batches, one outstanding at a time.

    Args:
        path: the name it is shown and stored by. It stays when the file is renamed.
        content: open for reading; from now on the tail's to close.
        mark: how far the source was read before, None for a new one.
        reached: the content's bytes up to the mark's offset, if they have been read already. Otherwise
            the content is the marked file itself.
        lines_mean: chooses the format of its lines.

    Raises:
        OSError: it cannot be read. The content stays open.
    """

    def __init__(
        self,
        path: str,
        content: Content,
        mark: SourceMark | None = None,
        *,
        reached: Reached | None = None,
        lines_mean: FormatFor = ALL_NATIVE,
    ) -> None:
        self.serial = next(_serials)
        """Tells it from every other tail of this process."""
        self.path = path
        self.mark = mark
        self.outstanding: Batch | None = None
        """The batch that was handed out and is not yet committed."""
        self.behind_since: datetime | None = None
        identity = mark.identity if mark else identify(content)
        if mark and (content.device, content.inode) != (identity.device, identity.inode):
            # Its beginning may be shorter than what was known of the other file's.
            identity = known_as_far(identify(content), identity)
        if reached is None:
            reached = reached_by(content, mark) if mark else Reached()
        self.file = LogFile(content, identity, reached)
        self.file.is_untold = mark is None or self.file.key != (mark.identity.device, mark.identity.inode)
        self._lines_mean = lines_mean
        self._lines = Batching(path, self.file, lines_mean)
        self._ahead: Batch | None = None
        """The batch behind the outstanding one."""

    @property
    def next_offset(self) -> int:
        """First byte that is not committed."""
        return self.mark.next_offset if self.mark else 0

    @property
    def has_lines(self) -> bool:
        """Whether there is a batch to hand out without reading."""
        return bool(self.outstanding or self._ahead or self._lines)

    @property
    def has_more(self) -> bool:
        """Whether there is something behind the batches that were made, as far as the last look saw."""
        return bool(self._lines) or (self.file.is_open and self.file.grown)

    @property
    def is_ahead(self) -> bool:
        """Whether a batch waits that was read ahead."""
        return self._ahead is not None

    @property
    def at_end(self) -> bool:
        """Whether all that the last look saw has been read and committed, but an unfinished line."""
        return not (self.has_lines or self.file.grown)

    @property
    def owes_mark(self) -> bool:
        """Whether it has an identity that is not committed."""
        return self.file.is_untold

    @property
    def lag_bytes(self) -> int:
        """Bytes that are there and not committed; of what is unpacked, packed ones that were not read."""
        if self.file.kind == "file" or self.file.end is End.TRUNCATED:
            return max(0, self.file.size - self.next_offset)
        return max(0, self.file.size - self.file.place)

    def look(self) -> bool:
        """Whether there is something to hand out or to read; sees growth and a cut."""
        self.file.look()
        return not self.at_end

    def take(
        self, budget: int, most: int, *, arrival: datetime, new_id: Callable[[], int], last: bool
    ) -> Batch | None:
        """The outstanding batch, or the next one; one without lines says what the source is, once.

        Args:
            budget: how many bytes may be read.
            most: how many lines; a batch that was read ahead may have more.
            arrival: the time now.
            new_id: gives the source's id, should this be its first batch.
            last: nothing more will come, so an unfinished last line is taken if it is complete JSON.

        Returns:
            None if no line is complete, or the file cannot be read (see its `problem` and `end`).
        """
        if self.outstanding is None and self._ahead is not None:
            self.outstanding, self._ahead = self._ahead, None
        elif self.outstanding is None:
            if not self._lines and self.file.is_open and budget:
                self._lines.fill(budget, most)
            if last and self.file.is_open and not self.file.grown and not self.file.is_pipe:
                self._lines.add(self.file.last_line())
            if self._lines or (self.owes_mark and self.file.end in (None, End.COMPLETE)):
                self.outstanding = self._batch(arrival, new_id)
        return self.outstanding

    def read_ahead(self, budget: int, most: int, *, arrival: datetime) -> Batch | None:
        """The batch behind the outstanding one, if there is one; `take` gives it in its turn."""
        before = self.outstanding
        if before is None:
            return None
        self._lines.fill_ahead(budget, most)
        if self._lines:
            self._ahead = self._batch(arrival, lambda: before.source_id)
        return self._ahead

    def begin(self, budget: int) -> bool:
        """A little is read behind the batch that was read ahead, if it may be; whether it was."""
        return self._lines.begin(budget)

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
            kind=batch.kind,
            last_line_at=at if batch.lines else before.last_line_at,
            truths=before.truths + batch.truth_rows,
        )
        self.outstanding = None
        return self.mark

    def finish(self, end: End) -> None:
        """Nothing more will be read; an unfinished last line becomes a line as it is.

        Not so where the file could not be read at last: the rest of the line may still be seen.
        """
        self._lines.add(self.file.finish(end))

    def finish_line(self) -> None:
        """The unfinished last line becomes a line as it is."""
        self._lines.add(self.file.finish_line())

    def successor(self) -> Tail | None:
        """The tail of what is in the file now, once, if it was truncated.

        Raises:
            OSError: it cannot be read.
        """
        content, self.file.successor = self.file.successor, None
        if content is None:
            return None
        try:
            return Tail(self.path, content, lines_mean=self._lines_mean)
        except OSError:
            content.close()
            raise

    def again(self) -> Tail | None:
        """The tail of the same file from where the last commit ended; None if that cannot be.

        Raises:
            OSError: the file cannot be read; this tail has let go of it.
        """
        content = self.file.release()
        if content is None:
            return None
        try:
            return Tail(self.path, content, self.mark, lines_mean=self._lines_mean)
        except OSError:
            content.close()
            raise

    def _batch(self, arrival: datetime, new_id: Callable[[], int]) -> Batch:
        before = self.outstanding or self.mark
        if before is None:
            batch = self._lines.batch(new_id(), 0, None, arrival)
        else:
            batch = self._lines.batch(before.source_id, before.next_offset, before.identity, arrival)
        self.file.is_untold = False
        return batch
