"""Which file it is, whatever its name; and whether another one holds the same content."""

from __future__ import annotations

import re
import zlib
from dataclasses import dataclass, replace
from hashlib import blake2b
from itertools import pairwise

from console.ingest.content import Content, Overwritten
from console.model import FileIdentity, SourceMark

HEAD_BYTES = 1024
"""Bytes of a file's beginning that its identity covers, once it has that many."""

_BLOCK_BYTES = 8 * 2**20
_STEP_BYTES = 16
_STEP_DIGITS = 6

GUARD_BYTES = 256
"""Bytes before the place of reading that are compared before anything after them is believed."""


@dataclass(frozen=True, slots=True)
class Reached:
    """A file's bytes up to a place, by what is kept of them."""

    offset: int = 0
    checksum: int = 0
    guard: bytes = b""
    """The last bytes before the offset, at most `GUARD_BYTES`."""

    def after(self, block: bytes) -> Reached:
        """With the bytes that follow."""
        guard = block[-GUARD_BYTES:] if len(block) >= GUARD_BYTES else (self.guard + block)[-GUARD_BYTES:]
        return Reached(self.offset + len(block), zlib.crc32(block, self.checksum), guard)

    def is_of(self, identity: FileIdentity) -> bool:
        """Whether these are the bytes that the identity covers."""
        return (self.offset, self.checksum, digest(self.guard)) == (
            identity.checked,
            identity.checksum,
            identity.guard_hash,
        )


def identify(content: Content) -> FileIdentity:
    """The identity of an open file as it is now, of which nothing has been read yet.

    A file that is shorter than `HEAD_BYTES` has an identity over what it has; `extended` gives the
    later one, over more.

    Raises:
        OSError: it cannot be read.
    """
    head = b"" if content.kind == "stdin" else content.read(HEAD_BYTES, 0)
    return FileIdentity(
        content.device, content.inode, digest(head), len(head), _beginnings(head), folder=content.folder
    )


def reached_by(content: Content, mark: SourceMark) -> Reached:
    """The marked file's bytes, up to the mark's offset.

    Raises:
        Overwritten: there are fewer.
        OSError: it cannot be read.
    """
    known = mark.identity
    reached = Reached(known.checked, known.checksum, read_guard(content, known.checked))
    while reached.offset < mark.next_offset:
        block = content.read(min(_BLOCK_BYTES, mark.next_offset - reached.offset), reached.offset)
        if not block:
            raise Overwritten("is shorter than what was read of it")
        reached = reached.after(block)
    return reached


def up_to(identity: FileIdentity, reached: Reached) -> FileIdentity:
    """The identity, covering all bytes that were reached."""
    return replace(
        identity, checked=reached.offset, checksum=reached.checksum, guard_hash=digest(reached.guard)
    )


def known_as_far(identity: FileIdentity, known: FileIdentity) -> FileIdentity:
    """The identity, covering the same bytes as the known one."""
    return replace(identity, checked=known.checked, checksum=known.checksum, guard_hash=known.guard_hash)


def same_file(identity: FileIdentity, content: Content) -> bool:
    """Whether the open file is the identified one, which may have grown since.

    Raises:
        OSError: it cannot be read.
    """
    if (content.device, content.inode) != (identity.device, identity.inode):
        return False
    head = content.read(HEAD_BYTES, 0)
    if extended(identity, head) is None:
        return False
    if not (content.seekable and identity.guard_hash):
        return True
    guard = read_guard(content, identity.checked)
    if digest(guard) != identity.guard_hash:
        return False
    # Where there are holes in both places, all generations are the same there.
    return bool((head + guard).strip(b"\0")) or _checksum(content, identity.checked) == identity.checksum


def _checksum(content: Content, length: int) -> int:
    reached = Reached()
    while block := content.read(min(_BLOCK_BYTES, length - reached.offset), reached.offset):
        reached = reached.after(block)
    return reached.checksum


def read_guard(content: Content, offset: int) -> bytes:
    """The bytes before the offset, as they are now; of a file that can be read at any offset.

    Raises:
        OSError: it cannot be read.
    """
    start = max(0, offset - GUARD_BYTES)
    return content.read(offset - start, start) if offset else b""


def extended(identity: FileIdentity, head: bytes) -> FileIdentity | None:
    """The identity over as much of `head`, the file's first bytes, as there is by now.

    Returns:
        The same object if nothing came to it; None if the file's beginning is another one.
    """
    known = identity.head_length
    if len(head) < known or digest(head[:known]) != identity.head_hash:
        return None
    if len(head) == known:
        return identity
    return replace(identity, head_hash=digest(head), head_length=len(head), beginnings=_beginnings(head))


def begins_like(identity: FileIdentity, head: bytes) -> bool | None:
    """Whether a file that begins so begins as the identified one did; None if it is too short to tell.

    The head is compared, or as much of it as there is of the file, up to its last whole line at least: its
    first line would not do, which may be a blank one or a greeting that every generation begins with.
    """
    if len(head) >= identity.head_length:
        return digest(head[: identity.head_length]) == identity.head_hash
    known = _beginnings(head)
    return identity.beginnings.startswith(known) if known else None


def _beginnings(head: bytes) -> str:
    """A checksum of the bytes before each end of a line and each multiple of 16 bytes."""
    lines = (line.end() for line in re.finditer(b"\n", head))
    ends = sorted({*lines, *range(_STEP_BYTES, len(head) + 1, _STEP_BYTES)})
    checksum = 0
    told: list[str] = []
    for start, end in pairwise([0, *ends]):
        checksum = zlib.crc32(head[start:end], checksum)
        told.append(f"{checksum:08x}"[-_STEP_DIGITS:])
    return "".join(told)


def digest(part: bytes) -> str:
    """Hex digest of some bytes."""
    return blake2b(part, digest_size=16).hexdigest()
