"""Which file an open descriptor leads to, whatever name it was opened by."""

from __future__ import annotations

import os
from hashlib import blake2b

from console.model import FileIdentity

HEAD_BYTES = 1024
"""Bytes of a file's beginning that its identity covers, once it has that many."""


def identify(descriptor: int) -> FileIdentity:
    """The identity of an open file as it is now.

    A file that is shorter than `HEAD_BYTES` has an identity over what it has; `extended` gives the
    later one, over more.

    Raises:
        OSError: it cannot be read.
    """
    status = os.fstat(descriptor)
    head = os.pread(descriptor, HEAD_BYTES, 0)
    return FileIdentity(status.st_dev, status.st_ino, _hash(head), len(head))


def same_file(identity: FileIdentity, descriptor: int) -> bool:
    """Whether the open file is the identified one, which may have grown since.

    Raises:
        OSError: it cannot be read.
    """
    status = os.fstat(descriptor)
    if (status.st_dev, status.st_ino) != (identity.device, identity.inode):
        return False
    return extended(identity, os.pread(descriptor, HEAD_BYTES, 0)) is not None


def extended(identity: FileIdentity, head: bytes) -> FileIdentity | None:
    """The identity over as much of `head`, the file's first bytes, as there is by now.

    Returns:
        The same object if nothing came to it; None if the file's beginning is another one.
    """
    known = identity.head_length
    if len(head) < known or _hash(head[:known]) != identity.head_hash:
        return None
    if len(head) == known:
        return identity
    return FileIdentity(identity.device, identity.inode, _hash(head), len(head))


def _hash(head: bytes) -> str:
    return blake2b(head, digest_size=16).hexdigest()
