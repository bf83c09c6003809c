"""Which file it is, whatever its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from console.ingest.content import Content
from console.ingest.identity import HEAD_BYTES, Reached, begins_like, extended, identify, same_file, up_to
from console.ingest.plain import PlainContent
from console.model import FileIdentity


@contextmanager
def opened(path: Path) -> Iterator[Content]:
    content = PlainContent(os.open(path, os.O_RDONLY))
    try:
        yield content
    finally:
        content.close()


def identity_of(path: Path) -> FileIdentity:
    with opened(path) as content:
        return identify(content)


def is_same(identity: FileIdentity, path: Path) -> bool:
    with opened(path) as content:
        return same_file(identity, content)


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


def test_bytes_are_known_again_however_they_were_cut_when_they_were_read() -> None:
    data = bytes(range(256)) * 5
    whole = Reached().after(data)
    for size in (1, 7, 255, 256, 300):
        reached = Reached()
        for start in range(0, len(data), size):
            reached = reached.after(data[start : start + size])
        assert reached == whole
    identity = up_to(FileIdentity(1, 2, "", 0), whole)
    assert whole.is_of(identity)
    assert not Reached().after(b"y" + data[1:]).is_of(identity)
    assert not Reached().after(data[:-1]).is_of(identity)


def test_a_file_that_was_cut_and_has_grown_again_to_the_same_head_is_another(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"x" * HEAD_BYTES + b"one")
    with opened(path) as content:
        identity = up_to(identify(content), Reached().after(path.read_bytes()))
    assert is_same(identity, path)
    path.write_bytes(b"x" * HEAD_BYTES + b"two")
    assert not is_same(identity, path)


def test_what_is_shorter_than_the_head_is_told_by_all_that_there_is_of_it(tmp_path: Path) -> None:
    path = tmp_path / "a.log"
    path.write_bytes(b"service started\n" + b"the first line\n" * 3)
    identity = identity_of(path)
    assert begins_like(identity, b"service started\nthe first line\nt") is True
    assert begins_like(identity, b"service started\nthe first l") is True
    assert begins_like(identity, b"service started\nanother l") is True  # not a whole line, nor 16 bytes
    assert begins_like(identity, b"service started\nanother l\n") is False
    assert begins_like(identity, b"service started\nanother, not whole") is False
    assert begins_like(identity, b"service ended\n\n\n") is False
    assert begins_like(identity, b"service") is None
