"""How a file that turned up is related to what is read: by its name, and by what was seen of both."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

from console.ingest.logfile import End
from console.ingest.names import may_hold, may_repeat, stem
from console.ingest.newcomer import Newcomer, Origin
from console.ingest.sources import Found
from console.ingest.tail import Tail
from console.model import FileIdentity

COMPARED_BYTES = 16 * 2**20
"""How much is read at once to compare files."""


def may_be_copy(file: Found, path: str, known: FileIdentity, is_open: bool) -> bool:
    """Whether the file may be a copy of what was called `path`, by name and place alone."""
    far = file.device != known.device
    if is_related(file, path):
        # Where a copy on another device was read last, its archive comes.
        places = (path, f"{known.folder}/") if known.folder else (path,)
        return file.log == path or far or any(_are_near(file.path, place) for place in places)
    # Moved to another device, where it got another inode.
    moved = far and not is_open and file.path != path
    return moved and stem(Path(file.path).name) == stem(Path(path).name)


def _are_near(path: str, other: str) -> bool:
    """Whether they lie in one folder, or one of them further down in that of the other."""
    one, two = (name.rpartition("/")[0] + "/" for name in (path, other))
    return one.startswith(two) or two.startswith(one)


def is_related(file: Found, path: str) -> bool:
    """Whether a rotation may have put there what was called `path`, by the names alone."""
    return file.log == path or may_hold(file.path, path) or may_repeat(file.path, path)


def is_unseen(tail: Tail, newcomer: Newcomer) -> bool:
    """Whether its file may hold the same as the newcomer by now, since it has not been looked at since."""
    # What was opened later has been looked at then: its head tells.
    told = -1 if newcomer.rejects(source_of(tail)) else 0
    return tail.file.is_open and tail.file.looks <= newcomer.looks.get(tail.serial, told)


def is_shorter(tail: Tail, newcomer: Newcomer) -> bool:
    """Whether the newcomer, which begins as the tail's file does, has more than there ever was of that.

    The file was cut, and what is in it now begins as before: with a blank line, or a greeting.

    Raises:
        OSError: the newcomer cannot be read.
    """
    old = tail.file
    size = old.read_to if old.kind == "utf-16" else old.size
    return (
        source_of(tail) == newcomer.origin
        and old.kind in ("file", "utf-16")
        and (old.is_open, tail.at_end, old.unfinished_bytes) == (True, True, 0)
        and old.looks > newcomer.looks.get(tail.serial, 0)
        and size < COMPARED_BYTES
        and newcomer.read_to(size + 1)
    )


def source_of(tail: Tail) -> int:
    """The source's id, or a negative number while it has none."""
    return tail.mark.source_id if tail.mark is not None else -tail.serial


def origin_of(tail: Tail) -> Origin:
    """The tail as what a newcomer may be a copy of."""
    live = tail.file.end is not End.TRUNCATED or tail.has_lines
    identity = tail.mark.identity if tail.mark is not None else replace(tail.file.identity, checked=0)
    return Origin(
        source_of(tail),
        identity,
        live=live,
        head=tail.file.head,
        recent=recent_of(tail),
        waits=not tail.at_end or not tail.file.is_open,
        in_line=tail.file.unfinished_bytes > 0,
    )


def recent_of(tail: Tail) -> bytes:
    """The last bytes that are committed of it, as many as are remembered; a hole may have been read since."""
    recent = tail.file.recent
    committed = tail.mark.identity.checked if tail.mark is not None else 0
    return recent[: max(0, len(recent) - (tail.file.next_offset - committed))]
