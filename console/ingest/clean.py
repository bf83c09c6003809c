"""The lines of a block whose layout is known: taken as they are, many at once, without decoding them."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass

import orjson
import polars as pl

from console.ingest.lines import Block
from console.ingest.shapes import Layout, Shapes
from console.model.clean import CleanRows

LEAST_BYTES = 128 * 2**10
"""Of a block, for which this is worth its while."""

GROUP_LINES = 122_880
_ROUNDS = 3
"""How often one block is learnt from, at most."""
_SAMPLE = 96
"""Lines that are decoded to learn from, each time."""
_FEW = 32
"""Lines that are decoded sooner than learnt from."""
_NOWHERE = "\x01"
"""No JSON has it but in an escape; as the end of a column it leaves every line one column."""


Recognised = tuple[Layout, pl.DataFrame]
"""A layout, and lines that have it: `line`, `source_offset`, `length` in bytes without the newline."""


@dataclass(slots=True)
class Taken:
    """What became of some blocks."""

    clean: list[Recognised]
    rest: list[tuple[int, bytes]]
    """Offset and bytes of every other line, in the file's order."""


def take_clean(blocks: Sequence[Block], shapes: Shapes) -> Taken:
    """Part blocks into lines of known layouts, and lines to be decoded; learns from the latter."""
    # All at once: an expression is compiled anew whenever it is asked for.
    frame = pl.concat([_frame(block) for block in blocks], rechunk=False)
    taken: list[Recognised] = []
    frame = _sift(frame, shapes.layouts, taken)
    for seed in range(_ROUNDS):
        if len(frame) < _FEW:
            break
        # Not every n-th line: logs have rhythms of their own.
        sample = frame.sample(min(_SAMPLE, len(frame)), seed=seed)
        known, before = list(shapes.layouts), len(frame)
        changed = shapes.learn(_decoded(blocks, sample))
        frame = _sift(frame, changed, taken)
        for layout in changed:
            if layout not in known and not any(layout is other for other, _ in taken):
                shapes.forget(layout)
        if len(frame) == before:
            break
    return Taken(taken, list(_lines(blocks, frame)))


def rows_of(known: Iterable[Recognised], until: int, arrival: int) -> list[CleanRows]:
    """The lines that begin before the offset `until`; `arrival` in microseconds since 1970 UTC."""
    parts: dict[int, tuple[Layout, list[pl.DataFrame]]] = {}
    for layout, lines in known:
        if len(lines) and lines["source_offset"][-1] >= until:
            lines = lines.filter(pl.col("source_offset") < until)
        if len(lines):
            _, held = parts.setdefault(id(layout), (layout, []))
            held.append(lines.drop("length"))
    return [
        CleanRows(layout.model, layout.leaves(), _in_groups(pl.concat(held, rechunk=False)), sum(map(len, held)), arrival)
        for layout, held in parts.values()
    ]


def _in_groups(lines: pl.DataFrame) -> pl.DataFrame:
    """The same lines, in chunks of as many as a row group has: each is stored by one thread, whole."""
    groups = [part.rechunk() for part in lines.iter_slices(GROUP_LINES)]
    return pl.concat(groups, rechunk=False)


def _frame(block: Block) -> pl.DataFrame:
    """Each line with its length and offset, in their order; null where it is not UTF-8."""
    lines = _read_lines(block.data)
    if lines is None:
        pieces = block.lines()
        lines = pl.Series("line", map(_text, pieces), dtype=pl.String)
        length = pl.Series("length", map(len, pieces), dtype=pl.Int64)
    else:
        length = lines.str.len_bytes().cast(pl.Int64)
    ends = (length + 1).cum_sum()
    return pl.DataFrame(
        [lines, (ends - (length + 1) + block.offset).alias("source_offset"), length.alias("length")]
    )


def _text(line: bytes) -> str | None:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None


def _read_lines(data: bytes) -> pl.Series | None:
    """The lines, by the reader of a format that has much in common with lines; None if it read others."""
    try:
        frame = pl.read_csv(
            data,
            has_header=False,
            separator=_NOWHERE,
            quote_char=None,
            new_columns=["line"],
            schema_overrides=[pl.String],
        )
    except pl.exceptions.PolarsError:
        return None
    # Whatever it skipped, cut or changed is missing from the sum.
    whole = len(data) + (not data.endswith(b"\n"))
    lines = frame["line"]
    return (
        lines if frame.width == 1 and int((lines.str.len_bytes() + 1).cast(pl.Int64).sum()) == whole else None
    )


def _sift(frame: pl.DataFrame, layouts: list[Layout], taken: list[Recognised]) -> pl.DataFrame:
    """Move the lines that have one of the layouts to `taken`; the lines that are left."""
    for layout in layouts:
        if frame.is_empty():
            break
        try:
            # By one thread: the other is kept busy by DuckDB, which stores what was recognised before.
            mask = frame["line"].str.contains(layout.expression()).fill_null(False)
        except pl.exceptions.ComputeError:
            continue  # the expression is larger than the matcher allows
        if mask.all():
            taken.append((layout, frame))
            return frame.clear()
        if mask.any():
            taken.append((layout, frame.filter(mask)))
            frame = frame.filter(~mask)
    return frame


def _decoded(blocks: Sequence[Block], sample: pl.DataFrame) -> Iterator[dict[str, object]]:
    for _, line in _lines(blocks, sample):
        try:
            logged = orjson.loads(line)
        except ValueError:
            continue
        if isinstance(logged, dict):
            yield logged


def _lines(blocks: Sequence[Block], frame: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
    starts = [block.offset for block in blocks]
    for offset, length in frame.select("source_offset", "length").iter_rows():
        block = blocks[bisect_right(starts, offset) - 1]
        begin = offset - block.offset
        yield offset, block.data[begin : begin + length]
