"""Which lines are recognised, and so need no decoding; `store/test_clean.py` sees that they hold the same."""

from __future__ import annotations

import json
from collections.abc import Iterator

import polars as pl
import pytest

from console.ingest.clean import match, sift, take_clean
from console.ingest.formats import NATIVE
from console.ingest.lines import Block
from console.ingest.parse import parse_block
from console.ingest.shapes import MAX_LAYOUTS, MAX_LEAVES, Shapes
from console.samples import locate_sample_logs
from tests.support import row_offsets
from tests.unit.ingest.conftest import ARRIVAL, IDENTITY

RECORD = {
    "ts": "2026-11-02T03:04:05.678Z",
    "request_id": "f-1",
    "model": "fraud",
    "status": 200,
    "error_type": None,
    "latency_ms": 23.4,
    "prediction": "legit",
    "score": 0.031,
    "features": {"amount": 12.5, "country": "DE"},
    "tags": {"region": "EU"},
    "stages": {"predict": {"ms": 17.2}},
    "level": "INFO",
}


def block(*lines: object, times: int = 100, separators: tuple[str, str] = (",", ":")) -> Block:
    """The lines, so many times over."""
    text = "".join(
        (line if isinstance(line, str) else json.dumps(line, separators=separators)) + "\n" for line in lines
    )
    return Block(0, text.encode() * times)


def recognised(part: Block, shapes: Shapes | None = None) -> int:
    """How many of a block's lines need no decoding."""
    return sum(len(frame) for _, frame in take_clean([part], shapes or Shapes(NATIVE)).clean)


@pytest.mark.parametrize("log", sorted(locate_sample_logs().glob("*.jsonl")), ids=lambda path: path.name)
def test_an_ordinary_log_is_recognised_whole(log: object) -> None:
    data = log.read_bytes()  # type: ignore[attr-defined]
    assert recognised(Block(0, data)) > 0.98 * data.count(b"\n")


@pytest.mark.parametrize("separators", [(",", ":"), (", ", ": ")])
def test_both_usual_ways_of_writing_json_are_recognised(separators: tuple[str, str]) -> None:
    assert recognised(block(RECORD, separators=separators)) == 100


def test_lines_that_differ_in_what_is_null_have_one_shape() -> None:
    shapes = Shapes(NATIVE)
    without = {**RECORD, "error_type": "Timeout", "features": {"amount": None, "country": None}}
    assert recognised(block(RECORD, without), shapes) == 200
    assert [len(layout.shapes) for layout in shapes.layouts] == [1]


def test_a_shape_that_turns_up_later_is_learnt() -> None:
    shapes = Shapes(NATIVE)
    recognised(block(RECORD), shapes)
    later = {**RECORD, "tokens_in": 12}
    assert recognised(block(RECORD, later), shapes) == 200


def test_lines_that_cannot_be_recognised_take_nothing_from_those_that_can() -> None:
    shapes = Shapes(NATIVE)
    recognised(block(RECORD), shapes)
    assert recognised(block({**RECORD, "ts": "2026/11/02 03:04", "tokens_in": 1}), shapes) == 0
    assert recognised(block(RECORD), shapes) == 100


@pytest.mark.parametrize(
    "line",
    [
        '{"model":"fraud","score":1,"score":2}',
        '{"model":"fraud","score":NaN}',
        '{"model":"fraud","score":"0.5"}',
        '{"model":"fraud","score":true}',
        '{"model":"fraud","score":0.5,}',
        '{"model":"fraud","score":0.5} x',
        '{"model":"fraud","score":12345678901234567890}',
        '{"model":"fraud","features":{"a":9007199254740993}}',
        '{"model":"fraud","features":{"a":1,"A":2}}',
        '{"model":"fraud","ts":"2026-02-29T00:00:00Z"}',
        '{"model":"fraud","ts":"20261102"}',
        '{"model":"fraud","status":5000000000}',
        '{"model":"fraud","latency_ms":-1}',
        '{"model":"fraud","error_type":""}',
        '{"foo":1}',
        "[]",
        "",
    ],
)
def test_whatever_only_decoding_can_judge_is_decoded(line: str) -> None:
    usual = '{"model":"fraud","score":0.5}'
    taken = take_clean([block(line, usual)], Shapes(NATIVE))
    assert [found for _, found in taken.rest] == [line.encode()] * 100
    assert sum(len(frame) for _, frame in taken.clean) == 100


def test_lines_that_are_not_utf_8_are_decoded_with_their_offsets() -> None:
    usual = json.dumps(RECORD).encode()
    data = usual + b'\n{"model":"\xff"}\n' + usual + b"\n"
    taken = take_clean([Block(7, data * 50)], Shapes(NATIVE))
    assert [offset - 7 for offset, _ in taken.rest] == [len(data) * n + len(usual) + 1 for n in range(50)]


def test_more_models_than_may_be_learnt_are_decoded() -> None:
    lines = [{**RECORD, "model": f"m{number}"} for number in range(MAX_LAYOUTS + 5)]
    assert recognised(block(*lines, times=50)) == MAX_LAYOUTS * 50


def test_lines_that_are_wider_than_the_matcher_allows_are_decoded() -> None:
    wide = {"model": "fraud", "features": {f"f{number}": number for number in range(MAX_LEAVES)}}
    assert recognised(block(wide)) == 0


@pytest.fixture
def _short_blocks_too(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("console.ingest.parse.LEAST_BYTES", 0)
    yield


@pytest.mark.usefixtures("_short_blocks_too")
@pytest.mark.parametrize("ahead", [False, True], ids=["", "sifted when they were read"])
def test_a_batch_that_ends_early_covers_every_line_once(*, ahead: bool) -> None:
    odd = [{"model": "fraud", "features": {f"f{number}-{n}": "x" for n in range(50)}} for number in range(40)]
    lines = block(*(line for record in odd for line in (RECORD, record)), times=1)
    shapes, start, offsets = Shapes(NATIVE), 0, []
    recognised(block(RECORD), shapes)
    sifted = [sift(lines, shapes.patterns())] if ahead else []
    while start < len(lines.data):
        batch = parse_block(
            [] if ahead else [Block(start, lines.data[start:])],
            source_id=1,
            path="/logs/app.log",
            identity=IDENTITY,
            start_offset=start,
            next_offset=len(lines.data),
            arrival=ARRIVAL,
            max_cells=2000,
            shapes=shapes,
            sifted=sifted,
        )
        assert batch.lines == batch.rows > 0
        offsets += row_offsets(batch)
        start = batch.next_offset
        sifted = [part.after(start) for part in sifted]
    assert not any(sifted)
    assert sorted(offsets) == sorted({0, *(n + 1 for n, byte in enumerate(lines.data[:-1]) if byte == 10)})


LONG = {
    **RECORD,
    "request_id": "größer",
    "features": {f"num_{number}": number + 0.25 for number in range(20)} | {"kind": '"num_7":', "é": "num_9"},
    "tags": {"num_12": "once more"},
}
"""Long enough to be matched in pieces, and not plain."""


def test_a_line_that_is_matched_in_pieces_matches_as_if_it_were_whole(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    shapes = Shapes(NATIVE)
    line = json.dumps(LONG, separators=(",", ":"), ensure_ascii=False)
    assert recognised(block(line), shapes) == 100
    ((_, (cut,)),) = shapes.patterns()
    assert len(cut.marks) >= 2
    with monkeypatch.context() as patch:
        patch.setattr("console.ingest.layouts._PIECE_BYTES", 10**9)
        ((_, (whole,)),) = shapes.patterns()
    assert not whole.marks
    changed = [line[:at] + sign + line[at + 1 :] for at in range(len(line)) for sign in '0x"{,é']
    shortened = [line[:at] + line[at + size :] for at in range(len(line)) for size in (1, 2, 40, 250)]
    doubled = [
        line[:at] + line[at - size : at] + line[at:] for at in range(len(line)) for size in (1, 13, 27)
    ]
    lines = pl.Series("line", [line, line + "\r", line + line, *changed, *shortened, *doubled])
    matched = match(lines, cut)
    assert matched.to_list() == match(lines, whole).to_list()
    assert 100 < matched.sum() < len(lines) / 2


def test_ascii_lines_match_as_if_there_were_other_signs() -> None:
    shapes = Shapes(NATIVE)
    odd = {"endpoint": '/a\\"é\x7f', "level": "~ é", "tags": {"[^x]": "]"}}
    line = json.dumps({**RECORD, **odd}, separators=(",", ":"))
    assert line.isascii()
    assert recognised(block(line), shapes) == 100
    ((_, (pattern,)),) = shapes.patterns()
    assert pattern.of_ascii() != pattern
    changed = [line[:at] + sign + line[at + 1 :] for at in range(len(line)) for sign in '0x"{,\\\x01\x7f']
    lines = pl.Series("line", [line, *changed])
    matched = match(lines, pattern.of_ascii())
    assert matched.to_list() == match(lines, pattern).to_list()
    assert 100 < matched.sum() < len(lines)
