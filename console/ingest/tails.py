"""The tails that there are: whose turn it is, which is left by who wrote to it, and which is over."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterator
from dataclasses import dataclass
from datetime import datetime

from console.ingest.logfile import End
from console.ingest.names import is_packed, may_hold
from console.ingest.sources import Found
from console.ingest.tail import Tail

RENAMED_SECONDS = 30.0
"""For how long nothing may have come to a renamed file, while its successor is being written, until it
is let go of."""

UNFINISHED_SECONDS = 600.0
"""The same, if its last line has no newline yet."""

DELETED_SECONDS = 15.0
"""For how long nothing may have come to a deleted file until it is let go of."""

CUT_SCANS = 2
"""How often a copy of a file that was cut is looked for, before the beginning of its last line becomes a
line as it is."""


@dataclass(slots=True)
class _Standing:
    """What is known of a tail beside what it knows itself."""

    idle_since: float
    """When something was last seen to come to its file, monotonic, in seconds."""
    turn: int = 0
    """When it was last served, in turns."""
    is_behind: bool = True
    """Whether it has not yet been at its file's end."""
    is_nameless: bool = False
    """Whether the arguments do not lead to its file any more."""
    scans_since_cut: int | None = None
    """How often a copy of its file was looked for since that was cut within a line; None if it was not."""


class Tails(Collection[Tail]):
    """All tails, in the order in which they were opened."""

    def __init__(self) -> None:
        self._standings: dict[Tail, _Standing] = {}
        self._of_files: dict[tuple[int, int], list[Tail]] = {}
        """By the key of their files."""
        self._turns = 0

    def __iter__(self) -> Iterator[Tail]:
        return iter(self._standings)

    def __len__(self) -> int:
        return len(self._standings)

    def __contains__(self, tail: object) -> bool:
        return tail in self._standings

    def add(self, tail: Tail, now: float) -> Tail:
        """It is one of them, and still to read what is there."""
        self._standings[tail] = _Standing(now)
        self._of_files.setdefault(tail.file.key, []).append(tail)
        return tail

    def drop(self, tail: Tail) -> None:
        """It has nothing more to give, and has let go of its file."""
        tail.file.close()
        del self._standings[tail]
        of_file = self._of_files[tail.file.key]
        of_file.remove(tail)
        if not of_file:
            del self._of_files[tail.file.key]

    def replace(self, tail: Tail, again: Tail) -> None:
        """The other one reads the same file in its place."""
        standing = self._standings.pop(tail)
        self._standings[again] = standing
        of_file = self._of_files[tail.file.key]
        of_file[of_file.index(tail)] = again

    def close(self) -> None:
        """There is none any more, and none of their files is open."""
        for tail in self:
            tail.file.close()
        self._standings.clear()
        self._of_files.clear()

    def of_file(self, file: Found) -> Tail | None:
        """The one that reads this file."""
        # One that has ended is not committed to its end yet; until then nobody else reads the file.
        of_file = self._of_files.get((file.device, file.inode), ())
        return next((tail for tail in of_file if tail.file.end is not End.TRUNCATED), None)

    def look(self, now: float) -> None:
        """Each has looked at its file."""
        for tail, standing in self._standings.items():
            if tail.look() and tail.file.grown:
                standing.idle_since = now

    # --- whose turn it is -------------------------------------------------------------------------

    def is_behind(self, tail: Tail) -> bool:
        """Whether it still reads what was there when it was opened."""
        return self._standings[tail].is_behind

    def queue(self, *, last: bool) -> list[Tail]:
        """Whose turn it is: what waits to be committed first, so that never more than one poll's worth
        of it is in memory; then of the files that are followed the one that was served longest ago; then
        what was there before, the newest file first, and archives, the oldest first."""
        waiting = [tail for tail in self if tail.outstanding is not None or tail.is_ahead]
        fresh = [
            tail
            for tail in self
            if tail.outstanding is None
            and not tail.is_ahead
            and (last or not tail.at_end or tail.owes_mark or tail.file.is_pipe)
        ]
        return waiting + sorted(fresh, key=self._precedence)

    def served(self, tail: Tail) -> None:
        """It is served now, so the others come first next time."""
        self._turns += 1
        self._standings[tail].turn = self._turns

    def _precedence(self, tail: Tail) -> tuple[int, int]:
        standing = self._standings[tail]
        if not standing.is_behind:
            return 0, standing.turn
        if is_packed(tail.path) or tail.file.kind not in ("file", "stdin", "utf-16"):
            return 2, tail.file.modified_ns
        return 1, -tail.file.modified_ns

    # --- how they end -----------------------------------------------------------------------------

    def scanned(self, found: Collection[Tail]) -> None:
        """The arguments were looked up, and lead to the files of these."""
        for tail, standing in self._standings.items():
            standing.is_nameless = tail.file.end is None and tail not in found

    def let_go(self, now: float, *, last: bool) -> None:
        """The files that have no name any more, and that nobody writes to, are ended."""
        for tail, standing in self._standings.items():
            if (
                standing.is_nameless
                and tail.file.end is None
                and tail.at_end
                and not tail.owes_mark
                and (not tail.file.is_open or self._is_left(tail, now - standing.idle_since, last=last))
            ):
                tail.finish(End.GONE)

    def _is_left(self, tail: Tail, idle: float, *, last: bool) -> bool:
        if tail.file.is_deleted:
            return last or idle >= DELETED_SECONDS
        if last:
            return not tail.file.unfinished_bytes  # whoever reads the file next has the line whole
        # A writer goes on with a renamed file until it opens the new one.
        others = (other.path for other in self if other is not tail and other.file.size)
        succeeded = any(path == tail.path or may_hold(tail.path, path) for path in others)
        return succeeded and idle >= (UNFINISHED_SECONDS if tail.file.unfinished_bytes else RENAMED_SECONDS)

    @property
    def any_cut(self) -> bool:
        """Whether a copy of a file that was cut within a line is looked for."""
        return any(standing.scans_since_cut is not None for standing in self._standings.values())

    def cut(self, tail: Tail) -> None:
        """Its file was cut; if that was within a line, a copy is looked for that has the line whole."""
        standing = self._standings[tail]
        if tail.file.unfinished_bytes and standing.scans_since_cut is None:
            standing.scans_since_cut = 0

    def scan_begins(self) -> None:
        """Copies of files that were cut are looked for once more."""
        for standing in self._standings.values():
            if standing.scans_since_cut is not None:
                standing.scans_since_cut += 1

    def settle(self, at: datetime, is_awaited: Callable[[Tail], bool]) -> list[Tail]:
        """It is known of each whether it is behind, and since when.

        Args:
            at: the time now.
            is_awaited: whether a file that is not decided about may be a copy of one.

        Returns:
            Those that are over: they have ended, and are committed to their end.
        """
        for tail, standing in self._standings.items():
            if (standing.scans_since_cut or 0) >= CUT_SCANS and not is_awaited(tail):
                tail.finish_line()
                standing.scans_since_cut = None
            if not tail.at_end:
                tail.behind_since = tail.behind_since or at
            else:
                tail.behind_since = None
                standing.is_behind = False
        return [tail for tail, standing in self._standings.items() if _is_over(tail, standing)]


def _is_over(tail: Tail, standing: _Standing) -> bool:
    if tail.file.end is None or tail.has_lines or standing.scans_since_cut is not None:
        return False
    return not (tail.owes_mark and tail.file.end is End.COMPLETE)
