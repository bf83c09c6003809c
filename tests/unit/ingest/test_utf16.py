"""UTF-16 comes out as the same text in UTF-8, however it arrives and is read."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from console.ingest.content import Content, Overwritten
from console.ingest.opening import open_content
from console.ingest.utf16 import BOM, CHUNK_BYTES
from tests.unit.ingest.test_intake import Reader, line

ENCODINGS = [(bom, encoding) for bom, encoding in BOM.items()]


def opened(directory: Path, data: bytes) -> Content:
    path = directory / "log"
    path.write_bytes(data)
    return open_content(str(path))


def all_of(content: Content, offset: int = 0, *, budget: int = 1000) -> bytes:
    """What it gives from there on."""
    read = b""
    while block := content.read(budget, offset + len(read)):
        read += block
    return read


TEXT = st.text(st.sampled_from("\n\r{}aé\u20ac\ufeff\U0001f600"), min_size=1, max_size=60)


@pytest.mark.parametrize(("bom", "encoding"), ENCODINGS)
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(text=TEXT, cuts=st.lists(st.integers(0, 250), max_size=8))
@example(text="\U0001f600\n", cuts=[1, 2, 3, 4, 5, 6])
def test_a_growing_file_gives_its_text_whatever_is_there_first(
    bom: bytes, encoding: str, text: str, cuts: list[int], tmp_path: Path
) -> None:
    text = "{" + text  # a log begins with a sign of ASCII
    data, whole = bom + text.encode(encoding), text.encode()
    path = tmp_path / "log"
    path.write_bytes(b"")
    content = open_content(str(path))
    read = b""
    for end in sorted({*(cut for cut in cuts if cut < len(data)), len(data)}):
        path.write_bytes(data[:end])
        read += all_of(content, len(read))
        assert whole.startswith(read)
    assert (read, content.kind, content.seekable, content.ended) == (whole, "utf-16", False, False)
    assert content.place() == len(data)
    content.close()


READS = st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 400_000)), min_size=1, max_size=8)


@pytest.mark.parametrize(("bom", "encoding"), ENCODINGS)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reads=READS, shift=st.integers(0, 3))
def test_any_reads_at_any_offsets_give_the_bytes_that_lie_there(
    bom: bytes, encoding: str, reads: list[tuple[int, int]], shift: int, tmp_path: Path
) -> None:
    """The shift moves pairs of surrogates over the edges of what is read at once."""
    text = "{" + "x" * shift + "\U0001f600é\n" * (CHUNK_BYTES // 4)
    whole = text.encode()
    content = opened(tmp_path, bom + text.encode(encoding))
    for length, offset in reads:
        assert content.read(length, offset) == whole[offset : offset + length]
    content.close()


@pytest.mark.parametrize(("bom", "encoding"), ENCODINGS)
@pytest.mark.parametrize("halves", ["\ud83d", "\ude00", "\ude00\ud83d", "\ud83d\ud83d"])
def test_half_of_a_pair_spoils_its_line_and_no_other(
    bom: bytes, encoding: str, halves: str, tmp_path: Path
) -> None:
    text = f'{{"a":"{halves}"}}\n{{"b":1}}\n'
    content = opened(tmp_path, bom + text.encode(encoding, "surrogatepass"))
    spoilt, sound, rest = all_of(content).split(b"\n")
    assert (sound, rest) == (b'{"b":1}', b"")
    with pytest.raises(UnicodeDecodeError):
        spoilt.decode()
    content.close()


def test_a_file_that_was_cut_off_is_another(tmp_path: Path) -> None:
    content = opened(tmp_path, "\ufeffone\ntwo\n".encode("utf-16-le"))
    assert all_of(content) == b"one\ntwo\n"
    (tmp_path / "log").write_bytes("\ufeffone\n".encode("utf-16-le"))
    with pytest.raises(Overwritten):
        content.read(10, 8)
    content.close()


@pytest.mark.parametrize("bom", BOM)
def test_a_broken_line_that_begins_like_a_mark_makes_no_utf_16(bom: bytes, tmp_path: Path) -> None:
    data = bom + b'bad\n{"request_id":"a"}\n'
    content = opened(tmp_path, data)
    assert (content.kind, all_of(content)) == ("file", data)
    content.close()


def test_a_generation_is_no_copy_of_a_shorter_file_that_begins_with_the_same_line(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes("\ufeff\n".encode("utf-16-le"))
    reader = Reader(log)
    assert reader.drain() == []
    text = "\ufeff\n" + line(1).decode()
    (tmp_path / "a.log.1").write_bytes(text.encode("utf-16-le"))
    assert [name for _ in range(5) for name in reader.drain()] == ["1"]
