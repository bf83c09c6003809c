"""Compressed files give the bytes that went in, however they are read; broken ones what can be had."""

from __future__ import annotations

import bz2
import gzip
import lzma
import random
import struct
import sys
import tracemalloc
import zlib
from collections.abc import Callable
from functools import cache
from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console.ingest import packed
from console.ingest.content import Content, Overwritten
from console.ingest.opening import open_content
from console.ingest.packed import PackedContent
from console.ingest.sequential import KEPT_BYTES

if sys.version_info >= (3, 14):
    from compression import zstd
else:
    from backports import zstd

PACK: dict[str, Callable[[bytes], bytes]] = {
    "gzip": lambda data: gzip.compress(data, mtime=0),
    "bzip2": bz2.compress,
    "xz": lambda data: lzma.compress(data, preset=0),
    "zstd": lambda data: zstd.compress(data, options={zstd.CompressionParameter.checksum_flag: 1}),
}
SKIPPABLE = struct.pack("<II", 0x184D2A53, 5) + b"12345"
MiB = 2**20


@cache
def lines(count: int, *, seed: int = 0) -> bytes:
    """Lines of random digits, which no packing makes much smaller than half."""
    made = random.Random(seed)
    return b"".join(b'{"n":%d}\n' % made.getrandbits(64) for _ in range(count))


def opened(directory: Path, data: bytes, name: str = "log") -> Content:
    path = directory / name
    path.write_bytes(data)
    return open_content(str(path))


def all_of(content: Content, *, offset: int = 0, budget: int = 100_000) -> bytes:
    """What it gives until it has nothing."""
    parts: list[bytes] = []
    while block := content.read(budget, offset):
        parts.append(block)
        offset += len(block)
    return b"".join(parts)


def until_broken(content: Content) -> tuple[bytes, str]:
    """What it gives until it raises, and why it does."""
    parts: list[bytes] = []
    with pytest.raises(OSError) as raised:
        while True:
            block = content.read(50_000, sum(map(len, parts)))
            assert block, "an archive that is broken is no shorter one"
            parts.append(block)
    return b"".join(parts), str(raised.value)


@pytest.mark.parametrize("kind", PACK)
def test_an_archive_is_known_by_its_first_bytes_and_read_to_its_end(kind: str, tmp_path: Path) -> None:
    whole = lines(40_000)
    content = opened(tmp_path, PACK[kind](whole), name="log.of-any-ending")
    assert content.kind == kind
    assert not content.seekable
    assert all_of(content) == whole
    assert content.ended
    assert content.place() == content.look().size
    content.close()


@pytest.mark.parametrize("kind", PACK)
def test_members_follow_one_another_with_padding_between(kind: str, tmp_path: Path) -> None:
    pack = PACK[kind]
    members = [lines(3, seed=1), b"", lines(2, seed=2), lines(9000, seed=3)]
    data = b"".join(pack(member) + bytes(8) for member in members)
    content = opened(tmp_path, data)
    assert all_of(content) == b"".join(members)
    assert content.ended
    content.close()


def test_frames_that_are_to_be_skipped_are_skipped(tmp_path: Path) -> None:
    data = SKIPPABLE + zstd.compress(b"a\n") + SKIPPABLE + zstd.compress(b"b\n") + SKIPPABLE
    content = opened(tmp_path, data)
    assert content.kind == "zstd"
    assert all_of(content) == b"a\nb\n"
    assert content.ended
    content.close()


READS = st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 260_000)), min_size=1, max_size=12)


@pytest.mark.parametrize("kind", PACK)
@settings(max_examples=8, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reads=READS, cut=st.integers(0, 9000))
@example(reads=[(1024, 0), (100_000, 0), (256, 99_744), (50_000, 100_000)], cut=0)
@example(reads=[(10, KEPT_BYTES - 5), (10, 200_000), (10, 200_000 - KEPT_BYTES), (1, 0)], cut=17)
def test_any_reads_at_any_offsets_give_the_bytes_that_lie_there(
    kind: str, reads: list[tuple[int, int]], cut: int, tmp_path: Path
) -> None:
    whole = lines(9000)
    content = opened(tmp_path, PACK[kind](whole[:cut]) + PACK[kind](whole[cut:]))
    for length, offset in reads:
        assert content.read(length, offset) == whole[offset : offset + length]
    content.close()


@pytest.mark.parametrize("kind", PACK)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(cuts=st.lists(st.floats(0, 1), max_size=6))
def test_an_archive_that_is_still_written_is_read_on_as_it_grows(
    kind: str, cuts: list[float], tmp_path: Path
) -> None:
    whole = lines(2500, seed=4)
    data = PACK[kind](whole) + PACK[kind](b"more\n")
    path = tmp_path / "growing"
    path.write_bytes(b"")
    content = open_content(str(path))
    read = b""
    for end in sorted({*(int(cut * len(data)) for cut in cuts), len(data)}):
        path.write_bytes(data[:end])
        read += all_of(content, offset=len(read), budget=7000)
        assert (whole + b"more\n").startswith(read)
        assert not content.ended or end in (len(data), len(PACK[kind](whole)))
    assert read == whole + b"more\n"
    assert content.ended
    content.close()


@pytest.mark.parametrize("kind", PACK)
def test_an_archive_that_is_cut_off_gives_what_can_be_unpacked_and_has_not_ended(
    kind: str, tmp_path: Path
) -> None:
    whole = lines(45_000)
    data = PACK[kind](whole)
    content = opened(tmp_path, data[: len(data) * 9 // 10])
    read = all_of(content)
    assert whole.startswith(read)
    assert len(read) > (0 if kind in ("bzip2", "xz") else len(whole) * 8 // 10)
    assert not content.ended
    assert content.read(100, len(read)) == b""
    assert content.place() == content.look().size
    content.close()


def test_every_cut_of_an_archive_gives_all_that_is_in_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Pieces of few bytes, so that some end with the input, and more is inside the decompressor."""
    monkeypatch.setattr(packed, "PIECE_BYTES", 50)
    data = gzip.compress(b"".join(bytes((n,)) * (n % 90) for n in range(200)))
    for cut in range(10, len(data)):
        content = opened(tmp_path, data[:cut])
        assert all_of(content) == zlib.decompressobj(31).decompress(data[:cut]), cut
        content.close()


@pytest.mark.parametrize("kind", PACK)
def test_what_lies_at_the_beginning_or_just_before_is_at_hand(
    kind: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    whole = lines(30_000)
    content = opened(tmp_path, PACK[kind](whole))
    content.read(packed.PIECE_BYTES + 1, 0)
    monkeypatch.setattr(PackedContent, "_begin", None)
    for offset in (0, KEPT_BYTES - 256, packed.PIECE_BYTES - 1000):
        assert content.read(256, offset) == whole[offset : offset + 256]
    content.close()


@pytest.mark.parametrize("kind", PACK)
def test_what_lies_before_broken_bytes_is_given_out_before_the_error(kind: str, tmp_path: Path) -> None:
    sound, broken = lines(3000), bytearray(PACK[kind](lines(3000, seed=9)))
    broken[len(broken) // 2] ^= 0x55
    content = opened(tmp_path, PACK[kind](sound) + bytes(broken))
    read, why = until_broken(content)
    assert read.startswith(sound)
    assert kind in why and "byte" in why
    with pytest.raises(OSError, match="broken"):
        content.read(10, len(read))
    assert content.read(10, 0) == sound[:10]
    content.close()


def test_a_wrong_checksum_costs_no_byte_before_it(tmp_path: Path) -> None:
    whole = lines(3000)
    data = bytearray(gzip.compress(whole))
    data[-8] ^= 1
    content = opened(tmp_path, bytes(data))
    read, why = until_broken(content)
    assert read == whole
    assert "incorrect data check" in why
    content.close()


@pytest.mark.parametrize("kind", PACK)
def test_what_is_no_archive_behind_one_is_said_to_be_broken(kind: str, tmp_path: Path) -> None:
    content = opened(tmp_path, PACK[kind](b"sound\n") + b"something else\n")
    read, why = until_broken(content)
    assert read == b"sound\n"
    assert kind in why
    content.close()


@pytest.mark.parametrize("kind", PACK)
def test_a_file_that_turns_into_another_is_said_to_be_another(kind: str, tmp_path: Path) -> None:
    whole = lines(20_000)
    content = opened(tmp_path, PACK[kind](whole))
    assert content.read(1000, 0) == whole[:1000]
    (tmp_path / "log").write_bytes(PACK[kind](lines(21_000, seed=5)))
    with pytest.raises(Overwritten):
        all_of(content)
    content.close()


def test_an_archive_that_turns_into_another_has_not_ended_where_the_first_one_did(tmp_path: Path) -> None:
    content = opened(tmp_path, gzip.compress(b"of the first"))
    assert (all_of(content), content.ended) == (b"of the first", True)
    (tmp_path / "log").write_bytes(gzip.compress(lines(100)))
    assert (content.read(100, 7), content.ended) == (b"first", False)
    with pytest.raises(Overwritten):
        content.read(100, 12)


@pytest.mark.parametrize("kind", PACK)
def test_memory_does_not_grow_with_what_comes_out(kind: str, tmp_path: Path) -> None:
    """A megabyte that stands for much more is unpacked in pieces."""
    (tmp_path / "log").write_bytes(PACK[kind](bytes(48 * MiB)))
    tracemalloc.start()
    content = open_content(str(tmp_path / "log"))
    assert content.read(MiB, 40 * MiB) == bytes(MiB)
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 24 * MiB
    content.close()


def test_a_stream_that_asks_for_too_much_memory_is_refused(tmp_path: Path) -> None:
    data = bytearray(lzma.compress(b"x"))
    # The size of the dictionary is one byte of the block's header, which has a checksum of its own.
    data[16] = 36
    data[20:24] = struct.pack("<I", zlib.crc32(bytes(data[12:20])))
    content = opened(tmp_path, bytes(data))
    _, why = until_broken(content)
    assert "emory" in why
    content.close()


def test_a_name_does_not_make_an_archive(tmp_path: Path) -> None:
    content = opened(tmp_path, b'{"a":1}\n', name="log.gz")
    assert (content.kind, content.seekable) == ("file", True)
    assert content.read(100, 0) == b'{"a":1}\n'
    content.close()


def test_what_cannot_be_unpacked_is_named(tmp_path: Path) -> None:
    with pytest.raises(OSError, match="zip archive"):
        opened(tmp_path, b"PK\x03\x04 and so on")


@pytest.mark.parametrize(("first", "kind"), [(b"\x1f\x8b\x08", "gzip"), (b'{"a":1}\n', "file")])
def test_an_empty_file_is_decided_by_its_first_bytes(first: bytes, kind: str, tmp_path: Path) -> None:
    content = opened(tmp_path, b"")
    assert (content.kind, content.read(100, 0), content.ended, content.place()) == ("file", b"", False, 0)
    (tmp_path / "log").write_bytes(first[:1])
    content.read(100, 0)
    (tmp_path / "log").write_bytes(first)
    content.read(100, 0)
    assert content.kind == kind
    content.close()
