"""The lines of a block whose layout is known: taken as they are, many at once, without decoding them."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from random import Random

import numpy as np
import numpy.typing as npt
import orjson
import polars as pl

from console.ingest.layouts import Layout, Pattern
from console.ingest.lines import Block
from console.ingest.shapes import Shapes
from console.model.clean import CleanRows

LEAST_BYTES = 128 * 2**10
"""Of a block, for which this is worth its while."""

_FIRST_SAMPLE = 12
"""Lines that are decoded to learn from before anything is known; of most logs they tell everything."""
_FIRST_BYTES = 256 * 2**10
"""Where these are."""
_ROUNDS = 3
"""How often one block is learnt from besides, at most."""
_SAMPLE = 96
"""Lines that are decoded then, each time."""
_FEW = 32
"""Lines that are decoded sooner than learnt from."""

Recognised = tuple[Layout, pl.DataFrame]
"""A layout, and lines that have it: `line` with its newline, `source_offset`, `length` without, in bytes."""


@dataclass(frozen=True, slots=True)
class Sifted:
    """The lines of a block, by whether they have a known layout."""

    clean: list[Recognised]
    rest: pl.DataFrame
    """Every other line: as in `Recognised`, but null where it is not UTF-8."""
    lines: dict[int, bytes]
    """The bytes of these, by offset, in the file's order."""

    def after(self, offset: int) -> Sifted:
        """Those that begin there or later."""
        later = pl.col("source_offset") >= offset
        clean = [(layout, lines.filter(later)) for layout, lines in self.clean]
        lines = {at: line for at, line in self.lines.items() if at >= offset}
        return Sifted([part for part in clean if len(part[1])], self.rest.filter(later), lines)

    def __len__(self) -> int:
        return sum(len(lines) for _, lines in self.clean) + len(self.lines)


@dataclass(slots=True)
class Taken:
    """What became of some blocks."""

    clean: list[Recognised]
    rest: list[tuple[int, bytes]]
    """Offset and bytes of every other line, in the file's order."""


def sift(block: Block, patterns: Sequence[tuple[Layout, Sequence[Pattern]]]) -> Sifted:
    """Part a block into lines of these layouts and others."""
    is_ascii = block.data.isascii()
    if is_ascii:
        patterns = [(layout, [pattern.of_ascii() for pattern in some]) for layout, some in patterns]
    clean: list[Recognised] = []
    rest = _sift(_frame(block, is_ascii=is_ascii), patterns, clean)
    return Sifted(clean, rest, dict(_lines(block, rest)))


def take_clean(blocks: Sequence[Block], shapes: Shapes, sifted: Sequence[Sifted] = ()) -> Taken:
    """Part blocks, and what was sifted before, into lines of known layouts and others; learns from these."""
    fresh = [] if shapes.layouts or not blocks else shapes.learn(_decoded(_a_few(blocks[0])))
    patterns = shapes.patterns()
    sifted = [*sifted, *(sift(block, patterns) for block in blocks)]
    taken = [part for some in sifted for part in some.clean]
    _forget_useless(fresh, shapes, taken)
    lines = {offset: line for some in sifted for offset, line in some.lines.items()}
    frame = pl.concat([some.rest for some in sifted], rechunk=False)
    for seed in range(_ROUNDS):
        if len(frame) < _FEW:
            break
        # Not every n-th line: logs have rhythms of their own.
        sample = frame["source_offset"].sample(min(_SAMPLE, len(frame)), seed=seed)
        known, before = list(shapes.layouts), len(frame)
        changed = shapes.learn(_decoded(lines[offset] for offset in sample))
        frame = _sift(frame, [(layout, layout.patterns()) for layout in changed], taken)
        _forget_useless([layout for layout in changed if layout not in known], shapes, taken)
        if len(frame) == before:
            break
    return Taken(taken, [(offset, lines[offset]) for offset in frame["source_offset"]])


def _a_few(block: Block) -> list[bytes]:
    lines = block.data[:_FIRST_BYTES].split(b"\n")[:-1]
    return Random(len(lines)).sample(lines, min(_FIRST_SAMPLE, len(lines)))


def _forget_useless(fresh: Iterable[Layout], shapes: Shapes, taken: Iterable[Recognised]) -> None:
    """New layouts that do not even match what they were learnt from are not tried again."""
    useful = {id(layout) for layout, _ in taken}
    for layout in fresh:
        if id(layout) not in useful:
            shapes.forget(layout)


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
        CleanRows(
            layout.model,
            layout.leaves(),
            pl.concat(held, rechunk=False),
            sum(map(len, held)),
            arrival,
        )
        for layout, held in parts.values()
    ]


def _frame(block: Block, *, is_ascii: bool) -> pl.DataFrame:
    """Each line with its newline, as text that lies where the block does; null where it is not UTF-8."""
    begins = np.append(0, np.flatnonzero(np.frombuffer(block.data, np.uint8) == ord("\n")) + 1)
    lengths = np.diff(begins) - 1
    if begins[-1] < len(block.data):  # the last line of a file has none
        lengths = np.append(lengths, len(block.data) - begins[-1])
        begins = np.append(begins, len(block.data))
    return pl.DataFrame(
        {
            "line": _texts(block, begins, is_ascii=is_ascii),
            "source_offset": begins[:-1] + block.offset,
            "length": lengths,
        }
    )


def _texts(block: Block, begins: npt.NDArray[np.int64], *, is_ascii: bool) -> pl.Series:
    import nanoarrow  # not before there is a backlog

    # Whoever imports such an array does not look whether it is UTF-8: it must be known, or be bytes.

    kind = nanoarrow.large_string() if is_ascii else nanoarrow.large_binary()
    lines = pl.Series(nanoarrow.c_array_from_buffers(kind, len(begins) - 1, [None, begins, block.data]))
    try:
        return lines if is_ascii else lines.cast(pl.String)
    except pl.exceptions.ComputeError:  # not UTF-8, one of them at least
        return pl.Series(map(_text, block.lines()), dtype=pl.String)


def _text(line: bytes) -> str | None:
    try:
        return line.decode()
    except UnicodeDecodeError:
        return None


def _sift(
    frame: pl.DataFrame, patterns: Iterable[tuple[Layout, Sequence[Pattern]]], taken: list[Recognised]
) -> pl.DataFrame:
    """Move the lines that have one of the layouts to `taken`; the lines that are left."""
    for layout, pattern in ((layout, pattern) for layout, some in patterns for pattern in some):
        if frame.is_empty():
            break
        try:
            mask = match(frame["line"], pattern)
        except pl.exceptions.ComputeError:
            continue  # an expression is larger than the matcher allows
        if mask.all():
            taken.append((layout, frame))
            return frame.clear()
        if mask.any():
            taken.append((layout, frame.filter(mask)))
            frame = frame.filter(~mask)
    return frame


def match(lines: pl.Series, pattern: Pattern) -> pl.Series:
    """Which of the lines match; none that is null.

    Raises:
        polars.exceptions.ComputeError: an expression is larger than the matcher allows.
    """
    *heads, last = pattern.expressions
    rest, at = pl.col("rest"), pl.col("at")
    query = lines.alias("rest").to_frame().lazy()
    for number, (mark, expression) in enumerate(zip(pattern.marks, heads, strict=True)):
        data = rest.cast(pl.Binary)  # cut by places: a third of what `splitn` takes
        query = query.with_columns_seq(at=rest.str.find(mark, literal=True)).with_columns_seq(
            data.bin.slice(0, at).cast(pl.String).str.contains(expression).alias(f"found {number}"),
            rest=data.bin.slice(at + len(mark.encode())).cast(pl.String),
        )
    found = [f"found {number}" for number in range(len(heads))]
    mask = query.select_seq(found=pl.all_horizontal(*found, rest.str.contains(last)))
    # By the thread that asks; nothing is there to optimise, and that would take longer than a few lines do.
    found_in = mask.collect(engine="in-memory", optimizations=pl.QueryOptFlags.none())
    return found_in["found"].fill_null(False)


def _decoded(lines: Iterable[bytes]) -> Iterator[dict[str, object]]:
    for line in lines:
        try:
            logged = orjson.loads(line)
        except ValueError:
            continue
        if isinstance(logged, dict):
            yield logged


def _lines(block: Block, frame: pl.DataFrame) -> Iterator[tuple[int, bytes]]:
    for offset, length in frame.select("source_offset", "length").iter_rows():
        begin = offset - block.offset
        yield offset, block.data[begin : begin + length]
