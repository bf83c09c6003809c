"""Which file it is, whatever its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.ingest.identity import HEAD_BYTES, extended, identify, same_file
from console.model import FileIdentity


@contextmanager
def opened(path: Path) -> Iterator[int]:
    descriptor = os.open(path, os.O_RDONLY)
    try:
        yield descriptor
    finally:
        os.close(descriptor)


def identity_of(path: Path) -> FileIdentity:
    with opened(path) as descriptor:
        return identify(descriptor)


def is_same(identity: FileIdentity, path: Path) -> bool:
    with opened(path) as descriptor:
        return same_file(identity, descriptor)


def test_a_file_stays_the_same_when_it_grows_or_is_renamed(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * 10)
    identity = identity_of(path)
    with path.open("ab") as log:
        log.write(b"y" * 5000)
    renamed = path.rename(tmp_path / "b.log")
    assert is_same(identity, renamed)
    assert identity.head_length == 10


def test_a_file_with_another_beginning_is_another_file_on_the_same_inode(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * 10)
    identity = identity_of(path)
    for content in (b"z" * 10, b"x" * 9, b""):
        path.write_bytes(content)
        assert path.stat().st_ino == identity.inode
        assert not is_same(identity, path)


def test_a_copy_is_another_file(tmp_path: Path) -> None:
    (tmp_path / "a.log").write_bytes(b"x")
    (tmp_path / "b.log").write_bytes(b"x")
    assert not is_same(identity_of(tmp_path / "a.log"), tmp_path / "b.log")


def test_an_identity_grows_with_the_head_up_to_its_length(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"")
    identity = identity_of(path)
    assert identity.head_length == 0
    for head in (b"a", b"ab", b"ab" * 600):
        path.write_bytes(head)
        longer = extended(identity, head[:HEAD_BYTES])
        assert longer == identity_of(path)
        identity = longer
    assert identity.head_length == HEAD_BYTES
    assert extended(identity, head[:HEAD_BYTES]) is identity
