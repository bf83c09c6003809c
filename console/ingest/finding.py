"""Finding the files that the arguments mean, again and again; each is read, or waits to be decided about."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from console.errors import SourceError
from console.ingest.arrivals import Arrivals
from console.ingest.choosing import FormatFor
from console.ingest.generations import Known, generations, logs_meant, may_be_renamed, renamed
from console.ingest.identity import identify
from console.ingest.ledger import Ledger
from console.ingest.logfile import End
from console.ingest.opening import open_content
from console.ingest.piped import PipedContent, open_standard_input
from console.ingest.sources import (
    STANDARD_INPUT,
    Found,
    Scan,
    Trouble,
    covers,
    found_at,
    literals,
    scan,
)
from console.ingest.tail import Tail
from console.ingest.tails import Tails
from console.model import PASSED_OVER, Batch, SourceState

RESCAN_SECONDS = 1.0
"""How often the arguments are looked up anew, even if nothing is known to have changed."""

LEAST_RESCAN_SECONDS = 0.1
"""How often at most."""


class Finding:
    """Looks the arguments up, and opens what is found.

    Args:
        arguments: see `sources.scan`; also `STANDARD_INPUT`.
        ledger: has the marks of earlier runs.
        arrivals: decide what a file is that nobody reads yet.
        tails: of the files that are read; those that are opened are added.
        lines_mean: chooses the format of the lines of a file.
    """

    def __init__(
        self,
        arguments: Sequence[str],
        ledger: Ledger,
        arrivals: Arrivals,
        tails: Tails,
        lines_mean: FormatFor,
    ) -> None:
        self.scan = Scan()
        """What the last look gave."""
        self.notes: list[Batch] = []
        """Batches about files that are not read, not yet committed."""
        self._arguments = tuple(arguments)
        self._ledger = ledger
        self._arrivals = arrivals
        self._tails = tails
        self._format = lines_mean
        self._asked_before = Known(mark.path for mark in ledger.marks)
        self._looked_at: float | None = None

    @property
    def has_looked(self) -> bool:
        """Whether the arguments have been looked up at all."""
        return self._looked_at is not None

    def is_due(self, now: float, *, changed: bool) -> bool:
        """Whether it is time to look; sooner where something is known to have changed."""
        if self._looked_at is None:
            return True
        soon = changed or self._tails.any_cut
        return now - self._looked_at >= (LEAST_RESCAN_SECONDS if soon else RESCAN_SECONDS)

    def look(self, now: float) -> None:
        """All that the arguments lead to by now is read, or waits to be decided about."""
        first = self._looked_at is None
        self._looked_at = now
        self.scan = scan(self._arguments)
        self._arrivals.scan_begins()
        self._tails.scan_begins()
        if first and STANDARD_INPUT in self._arguments:
            self._open_standard_input(now)
        found = {tail for tail in self._tails if tail.path == STANDARD_INPUT}
        for file in self.scan.files:
            there = self._tails.of_file(file)
            if there is None:
                there = self._begin(file, now, asked=True)
            elif there.file.end is None and not there.file.is_open:
                there = self._reopen(file, there, now)
            if there is not None:
                found.add(there)
        self._find_generations(now, first=first)
        if first:
            self._open_renamed(now)
        self._tails.scanned(found)

    def _begin(self, file: Found, now: float, *, asked: bool) -> Tail | None:
        tail = self._arrivals.meet(file, self._tails, asked=asked)
        return None if tail is None else self._tails.add(tail, now)

    def _reopen(self, file: Found, tail: Tail, now: float) -> Tail | None:
        """A file that could not be read is there: it may be readable again."""
        if tail.file.kind != "file":
            # Unpacking it would come to the same end.
            if (file.size, file.modified_ns) == (tail.file.size, tail.file.modified_ns) or tail.has_lines:
                return tail
            self._tails.drop(tail)
            self._arrivals.ended(tail, now)
            return self._begin(file, now, asked=True)
        try:
            content = open_content(file.name)
        except OSError:
            return tail
        if tail.file.reopen(content):
            return tail
        if tail.file.problem is None:
            tail.finish(End.TRUNCATED)
            return self._begin(file, now, asked=True)
        return tail

    def _open_standard_input(self, now: float) -> None:
        try:
            descriptor = open_standard_input()
        except SourceError as error:
            problem = str(error).removeprefix(f"{STANDARD_INPUT}: ")
            self.scan.troubles.append(Trouble(STANDARD_INPUT, SourceState.FAILED, problem))
            return
        try:
            self._tails.add(Tail(STANDARD_INPUT, PipedContent(descriptor), lines_mean=self._format), now)
        except OSError as error:
            os.close(descriptor)
            self.scan.troubles.append(Trouble(STANDARD_INPUT, SourceState.FAILED, str(error)))

    def _find_generations(self, now: float, *, first: bool) -> None:
        """Earlier generations of a log are read, but those that were there before it was asked for."""
        named = set(literals(self._arguments))
        met = {(file.device, file.inode) for file in self.scan.files}
        for name, file in generations(logs_meant(self._arguments, self.scan.files, self._ledger.marks)):
            if (file.device, file.inode) in met:
                continue
            if self._tails.of_file(file) is None and not self._arrivals.is_done(file):
                asked_before = self._asked_before.has(name) if name in named else bool(self._asked_before)
                if first and not asked_before:
                    self._pass_over(file)
                else:
                    self._begin(file, now, asked=False)

    def _pass_over(self, file: Found) -> None:
        try:
            content = open_content(file.name)
            identity = identify(content)
            content.close()
        except OSError:
            return
        if (identity.device, identity.inode) != (file.device, file.inode):
            return  # another file has the name since the scan
        note = Batch(
            source_id=self._ledger.new_id(),
            path=file.path,
            identity=identity,
            start_offset=0,
            next_offset=0,
            lines=0,
            blanks=0,
            models=(),
            rejects=(),
            kind=PASSED_OVER,
        )
        self._arrivals.done(file)
        self.notes.append(note)

    def _open_renamed(self, now: float) -> None:
        """Tails of files that were renamed away while nobody read them, and have lines left."""
        read = {tail.mark.source_id for tail in self._tails if tail.mark is not None}
        opened = {tail.file.key for tail in self._tails}
        unread = [
            mark
            for mark in self._ledger.marks
            if mark.source_id not in read
            and (mark.identity.device, mark.identity.inode) not in opened
            and covers(self._arguments, mark.path)
        ]
        for name in renamed(unread):
            try:
                file = found_at(name, Path(name).stat())
                content = open_content(name)
            except OSError:
                continue
            try:
                known = self._arrivals.mark_of(content, self._tails)
            except OSError:
                known = None
            content.close()
            if known is not None and not (known.identity.head_length or may_be_renamed(name, known.path)):
                continue  # it was empty, and its inode may be another file's by now
            if known is not None and all(tail.file.key != (file.device, file.inode) for tail in self._tails):
                self._begin(file, now, asked=False)
