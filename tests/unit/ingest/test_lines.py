"""Bytes into lines, however they arrive."""

from __future__ import annotations

import re
from itertools import pairwise

from hypothesis import example, given
from hypothesis import strategies as st

from console.ingest.lines import Lines, LineSplitter
from console.model import REJECT_BYTES, Reject

MARK = "\ufeff".encode()
LOG_BYTES = st.lists(
    st.sampled_from([b"\n", b"\r\n", b"\r", b"{}", b"\xc3", b"\xa9", MARK, b"0123456789"]),
    max_size=40,
).map(b"".join)
CUTS = st.lists(st.integers(0, 120))


def fed(splitter: LineSplitter, data: bytes, cuts: list[int]) -> Lines:
    edges = sorted({0, len(data), *(cut for cut in cuts if cut < len(data))})
    read = [splitter.feed(data[start:end]) for start, end in pairwise(edges)]
    return Lines([b for part in read for b in part.blocks], [r for part in read for r in part.too_long])


def listed(lines: Lines) -> list[tuple[int, bytes]]:
    """Offset and bytes of each line."""
    return [
        (block.offset + sum(len(line) + 1 for line in block.lines()[:number]), line)
        for block in lines.blocks
        for number, line in enumerate(block.lines())
    ]


@given(data=LOG_BYTES, cuts=CUTS)
@example(data="é\n\nlast, unfinished".encode(), cuts=[1])
def test_lines_do_not_depend_on_where_reads_end(data: bytes, cuts: list[int]) -> None:
    """However a writer's bytes arrive, the same whole lines come out at the same offsets."""
    whole = [(line.start(), line[1]) for line in re.finditer(rb"([^\n]*)\n", data)]
    mark = len(data) - len(data.removeprefix(MARK))
    if whole and mark:
        whole[0] = (mark, whole[0][1][mark:])
    splitter = LineSplitter()
    read = fed(splitter, data, cuts)
    last = max(mark, data.rfind(b"\n") + 1)
    assert (listed(read), read.too_long) == (whole, [])
    assert (splitter.next_offset, splitter.read_to) == (last, len(data))
    assert splitter.unfinished() == data[last:]


@given(data=LOG_BYTES, cuts=CUTS, limit=st.integers(1, 12))
def test_every_line_is_whole_or_rejected_with_its_length(data: bytes, cuts: list[int], limit: int) -> None:
    whole = [(line.start(), line[1]) for line in re.finditer(rb"([^\n]*)\n", data)]
    read = fed(LineSplitter(7, max_line_bytes=limit), data, cuts)
    assert listed(read) == [(at + 7, line) for at, line in whole if len(line) <= limit]
    assert [(r.offset, r.length, r.line) for r in read.too_long] == [
        (at + 7, len(line), line) for at, line in whole if len(line) > limit
    ]


@given(data=LOG_BYTES, cuts=CUTS)
def test_finishing_gives_the_unfinished_line_and_then_owes_only_its_newline(
    data: bytes, cuts: list[int]
) -> None:
    splitter = LineSplitter(7)
    before = listed(fed(splitter, data, cuts))
    last = listed(splitter.finish())
    rest = data.rsplit(b"\n", 1)[-1]
    assert last == ([(7 + len(data) - len(rest), rest)] if rest else [])
    assert splitter.next_offset == splitter.read_to == 7 + len(data)
    after = listed(splitter.feed(b"\n{}\n"))
    assert len(before + last + after) == data.count(b"\n") + 2


def test_a_line_beyond_the_limit_is_counted_but_not_held() -> None:
    splitter = LineSplitter(max_line_bytes=2**20)
    for _ in range(80):
        assert splitter.feed(b"x" * 2**16) == Lines([], [])
        assert sum(map(len, splitter._held)) <= 2**20
    assert splitter.unfinished() is None
    read = splitter.feed(b"y\nnext\n")
    assert read.too_long == [Reject(0, "longer than 1 MiB", b"x" * REJECT_BYTES, 80 * 2**16 + 1)]
    assert listed(read) == [(80 * 2**16 + 2, b"next")]


def test_a_newline_that_is_owed_is_no_blank_line() -> None:
    assert listed(LineSplitter(9, newline_owed=True).feed(b"\n\n{}\n")) == [(10, b""), (11, b"{}")]
    assert listed(LineSplitter(9, newline_owed=True).feed(b"\r\n{}\n")) == [(11, b"{}")]
    assert listed(LineSplitter(9, newline_owed=False).feed(b"\n{}\n")) == [(9, b""), (10, b"{}")]


def test_a_byte_order_mark_is_skipped_at_the_start_of_the_file_only() -> None:
    assert listed(LineSplitter().feed(MARK + b"{}\n" + MARK + b"{}\n")) == [(3, b"{}"), (6, MARK + b"{}")]


def test_half_of_a_newline_that_is_owed_is_no_blank_line() -> None:
    splitter = LineSplitter(9, newline_owed=True)
    assert (splitter.feed(b"\r"), splitter.finish()) == (Lines([], []), Lines([], []))
    assert listed(splitter.feed(b"\n{}\n")) == [(11, b"{}")]


def test_an_owed_newline_is_passed_over_once() -> None:
    splitter = LineSplitter(9, newline_owed=True)
    assert [listed(splitter.feed(b"\n")), listed(splitter.feed(b"\n"))] == [[], [(10, b"")]]


@given(before=st.sampled_from([b"", MARK]), hole=st.integers(1, 300), cuts=st.lists(st.integers(0, 320)))
def test_a_hole_of_nul_bytes_is_never_held(before: bytes, hole: int, cuts: list[int]) -> None:
    splitter = LineSplitter(max_line_bytes=32)
    data = before + b"\0" * hole
    assert fed(splitter, data, cuts) == Lines([], [])
    assert splitter.finish() == Lines([], [])
    assert (splitter.unfinished_bytes, splitter.next_offset) == (0, len(data))
    assert listed(splitter.feed(b"\n{}\n")) == [(len(data), b""), (len(data) + 1, b"{}")]


@given(data=LOG_BYTES, cuts=CUTS, at=st.integers(0, 40))
def test_lines_after_an_offset_are_the_rest(data: bytes, cuts: list[int], at: int) -> None:
    read = fed(LineSplitter(max_line_bytes=12), data, cuts)
    whole = listed(read)
    offset = whole[at % len(whole)][0] if whole else 0
    rest = read.after(offset)
    assert listed(rest) == [line for line in whole if line[0] >= offset]
    assert rest.too_long == [reject for reject in read.too_long if reject.offset >= offset]
