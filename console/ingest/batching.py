"""Lines of a source on their way from its file to batches: how many at once, and what they mean."""

from __future__ import annotations

from dataclasses import replace
from datetime import datetime

from console.ingest.choosing import FIRST_BYTES, FIRST_LINES, Choice, FormatFor, first_objects
from console.ingest.clean import Sifted
from console.ingest.formats import Format
from console.ingest.identity import known_as_far
from console.ingest.lines import Lines
from console.ingest.logfile import LogFile
from console.ingest.masking import is_recognisable
from console.ingest.parse import parse_block
from console.ingest.shapes import Shapes
from console.ingest.sifting import Sifting
from console.model import Batch, FileIdentity
from console.model.clean import GROUP_LINES

SMALL_READ = 4 * 2**20
"""Bytes that are read at once of lines that must be decoded one by one, or of which that is not known."""

LARGE_READ = 160 * 2**20
"""Bytes of lines that are recognised, in steps of 8 MiB, until there are `BATCH_LINES`."""

GROUPS = 2
"""Row groups of a transaction, for as many threads of DuckDB's to write side by side. Whole ones are
written once, to where they belong; fewer rows go to its log first, and take half as long again."""

BATCH_LINES = GROUPS * GROUP_LINES
"""Lines of a transaction, of one file or of several."""

BEGUN_BYTES = 64 * 2**20
"""So much of a further batch may be read while two others wait, so that no processor waits for the end of a
transaction, where one thread writes more than the other, and the disk is waited for."""

_STEP_BYTES = 8 * 2**20
_SHORT_STEP_BYTES = 4 * 2**20
"""The same of what is begun, since nothing is stored until it is done."""


class Batching:
    """The lines that were read of a file and are in no batch yet. True if there are any.

    Args:
        path: the name by which the source is stored.
        file: where its lines come from.
        lines_mean: chooses their format.
    """

    def __init__(self, path: str, file: LogFile, lines_mean: FormatFor) -> None:
        self._path = path
        self._file = file
        self._format_for = lines_mean
        self._choice: Choice | None = None
        self._shapes: Shapes | None = None
        self._are_recognised = False
        self._line_bytes = 0.0
        """Mean length in the batch before."""
        self._is_even = False
        """Whether the row groups that are left make whole batches, as far as that can be told."""
        self._ready = Lines([], [])
        self._sifted: list[Sifted] = []
        """Lines before the ready ones."""
        self._begun = 0
        """Bytes that were read ahead of what a further batch is made of."""

    def __bool__(self) -> bool:
        return bool(self._sifted or self._ready)

    def add(self, lines: Lines) -> None:
        """These follow."""
        self._ready.extend(lines)

    def fill(self, budget: int, most: int = BATCH_LINES) -> None:
        """As much is read as is well stored at once, within so many bytes and lines; the file is open."""
        if not self._are_recognised:
            self.add(self._file.read(min(budget, SMALL_READ), most if most < BATCH_LINES else None)[0])
            return
        sifting, step = self._sifting(), _STEP_BYTES
        left, wanted = min(budget, LARGE_READ), min(most, self._batch_lines()) - sum(map(len, self._sifted))
        try:
            while left > 0 and wanted > 0 and self._file.is_open:
                before = self._file.read_to
                lines, count = self._file.read(min(left, step), wanted)
                step -= step // 1024  # less each time, to fit in memory where one before it lay
                self.add(lines)
                wanted -= count
                if sifting is not None:
                    sifting.put(self._ready.blocks)
                    self._ready.blocks.clear()
                if not self._file.grown or self._file.read_to == before:
                    break
                left -= self._file.read_to - before
        finally:
            if sifting is not None:
                self._sifted += sifting.finish()

    def fill_ahead(self, budget: int, most: int) -> None:
        """The same, but not behind lines that the batch before had no room for: they make the next one."""
        if (self._begun or not self) and self._file.is_open and self._file.grown:
            self.fill(budget, most)

    def begin(self, budget: int) -> bool:
        """A little of a further batch is read behind two that wait, if it may be; whether it was."""
        if not (self._file.is_open and self._file.grown and self._are_recognised):
            return False
        if self and not 0 < self._begun < BEGUN_BYTES:
            return False
        place = self._file.read_to
        self.fill(min(budget, _SHORT_STEP_BYTES))
        self._begun += self._file.read_to - place
        return self._file.read_to > place

    def batch(self, source_id: int, start: int, told: FileIdentity | None, arrival: datetime) -> Batch:
        """The next batch, of as many of the lines as go into one; the others stay.

        Args:
            source_id: of the source.
            start: where the batch before it ended.
            told: the identity as the batch before it told it, None for the first.
            arrival: the time now.
        """
        self._begun = 0
        identity = self._file.covered
        format = self._meaning(start)
        if self._shapes is None or self._shapes.format is not format:
            self._shapes = Shapes(format)
        batch = parse_block(
            self._ready.blocks,
            too_long=self._ready.too_long,
            source_id=source_id,
            path=self._path,
            identity=identity,
            start_offset=start,
            next_offset=self._file.next_offset if self else start,
            arrival=arrival,
            format=format,
            shapes=self._shapes if is_recognisable(format) else None,
            sifted=self._sifted,
        )
        self._are_recognised = sum(map(len, batch.clean)) > 0.9 * batch.lines
        self._line_bytes = (batch.next_offset - start) / max(1, batch.lines)
        self._ready = self._ready.after(batch.next_offset)
        self._sifted = [left for some in self._sifted if (left := some.after(batch.next_offset))]
        if batch.next_offset != identity.checked:
            # It ended early, or holes follow it: only what was told before is known to be covered.
            told = told or FileIdentity(0, 0, "", 0)
            identity = known_as_far(self._file.identity, told)
            if self:
                identity = replace(identity, end_size=told.end_size)
        return replace(batch, identity=identity, kind=self._file.kind)

    def _batch_lines(self) -> int:
        """How many lines make the batch that is filled now.

        The first of a file has fewer row groups if their number is odd: at the file's end a thread would have
        nothing to do beside the other's only whole group, and nothing is left to read.
        """
        if self._is_even or self._file.kind != "file":
            return BATCH_LINES
        self._is_even = True
        left = (self._file.size - self._file.read_to) / max(1.0, self._line_bytes)
        return int(left // GROUP_LINES) % GROUPS * GROUP_LINES or BATCH_LINES

    def _sifting(self) -> Sifting | None:
        """None as long as it is not settled what the lines mean, and for the few that are added to a file."""
        if self._file.kind == "file" and self._file.size - self._file.read_to < _STEP_BYTES:
            return None
        if self._shapes is None or self._choice is None or not self._choice.settled:
            return None
        return Sifting(self._shapes) if self._shapes.format is self._choice.format else None

    def _meaning(self, start: int) -> Format:
        """The format, by the file's first lines; asked anew until these are enough to tell."""
        if self._choice is None or not self._choice.settled:
            lines = [line for block in self._ready.blocks for line in block.data[:FIRST_BYTES].split(b"\n")]
            if start:
                lines = self._file.beginning(FIRST_BYTES).split(b"\n")[:-1] + lines
            choice = self._format_for(self._path, first_objects(lines))
            self._choice = choice if choice.settled else self._by_later_lines() or choice
        return self._choice.format

    def _by_later_lines(self) -> Choice | None:
        """What any of the ready lines tell where a file begins with others; None if they do not either."""
        lines = [line for block in self._ready.blocks for line in block.lines() if line.lstrip()[:1] == b"{"]
        for at in range(0, len(lines), FIRST_LINES):
            choice = self._format_for(self._path, first_objects(lines[at : at + FIRST_LINES]))
            if choice.settled:
                return choice
        return None
