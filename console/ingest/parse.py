"""Blocks of whole lines, into a batch of columns and rejects."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import accumulate

import orjson

from console.ingest.clean import LEAST_BYTES, Recognised, Sifted, rows_of, take_clean
from console.ingest.decode import decode_exactly, json_text
from console.ingest.formats import NATIVE, RECORD_FIELDS, Format, Unusable
from console.ingest.gather import ModelColumns
from console.ingest.lines import Block
from console.ingest.masking import MaskedFormat
from console.ingest.shapes import Shapes
from console.ingest.times import to_microseconds
from console.ingest.truths import Gathered, TruthFormat, is_truth, may_be_rounded
from console.model import REJECT_BYTES, Batch, FileIdentity, ModelRows, Reject

MAX_CELLS = 3_000_000
"""Values of features and tags, empty ones included, that a batch may have; it ends early where they
would be more, so that lines with ever new names cannot take all memory."""

WITHHELD = "withheld, as masks are in force"
"""What a reject's reason ends with whose line cannot be shown without what the masks hide."""

_CELLS_OF_A_MODEL = 400
_NOTHING = b" \t\n\r\v\f\0"
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def parse_block(
    blocks: Sequence[Block],
    *,
    source_id: int,
    path: str,
    identity: FileIdentity,
    start_offset: int,
    next_offset: int,
    arrival: datetime,
    format: Format = NATIVE,
    too_long: Sequence[Reject] = (),
    max_cells: int = MAX_CELLS,
    shapes: Shapes | None = None,
    sifted: Sequence[Sifted] = (),
) -> Batch:
    """Every line of a block, as a row, a reject or a blank.

    Args:
        blocks: the whole lines, in the file's order.
        source_id: of the source that they come from.
        path: of the source.
        identity: of the source.
        start_offset: first byte that the batch covers.
        next_offset: first byte after the block.
        arrival: when the block was read, which is the `ts` of lines that have none.
        format: what the lines mean.
        too_long: the block's lines that were not held, already rejected.
        max_cells: see `MAX_CELLS`.
        shapes: what the source's lines were found to look like, which is learnt from these too. None:
            every line is decoded.
        sifted: lines before the blocks that were looked at already, by these shapes.

    Returns:
        A batch up to `next_offset`. If the lines need more than `max_cells` it ends before the first
        line that does not fit, and its `next_offset` is that line's; it has at least one line.
    """
    models: dict[str, ModelColumns] = {}
    rejects: list[Reject] = []
    unknown_of: dict[tuple[str, ...], tuple[str, ...]] = {}
    arrived = (arrival - _EPOCH) // timedelta(microseconds=1)
    loads, record_of, zone = orjson.loads, format.record, format.zone
    blanks = cells = taken = 0
    inner = format.inner if isinstance(format, MaskedFormat) else format
    own = inner if isinstance(inner, TruthFormat) else None
    truths = Gathered()
    known, lines = _known(blocks, None if own else shapes, sifted)
    for offset, line in lines:
        # Lines of a known layout take no part in this: they are as wide as what they were learnt from.
        if cells > max_cells and taken:
            next_offset = offset
            break
        taken += 1
        try:
            if own is not None:
                blanks += not truths.read(offset, line, own, format, arrived)
                continue
            try:
                logged = loads(line)
            except ValueError:
                if not line.strip(_NOTHING):
                    blanks += 1
                    continue
                # A line that was written after a crash may lie behind a hole of NUL bytes.
                hole, line = len(line), line.lstrip(b"\0")
                offset += hole - len(line)
                logged = decode_exactly(line)
            if type(logged) is not dict:
                raise Unusable("not a JSON object")
            record = record_of(logged)
            logged_ts = record.get("ts")
            moment = arrived if logged_ts is None else to_microseconds(logged_ts, zone)
            if record.get("truth") is not None and is_truth(record):
                exact = decode_exactly(line) if may_be_rounded(record) else None
                truths.add(offset, record_of(exact) if isinstance(exact, dict) else record, moment)
                continue
            model = record.get("model")
            if type(model) is not str:
                model = _model_name(model, line, format)
        except Unusable as error:
            rejects.append(_reject(offset, line, error, format))
            continue
        shape = tuple(record)
        unknown = unknown_of.get(shape)
        if unknown is None:
            unknown = unknown_of[shape] = tuple(key for key in shape if key not in RECORD_FIELDS)
        columns = models.get(model)
        if columns is None:
            columns = models[model] = ModelColumns(model, format)
            cells += _CELLS_OF_A_MODEL
        before = columns.width
        columns.add(offset, line, record, moment, "arrival" if logged_ts is None else "logged", unknown)
        width = columns.width
        cells += width if width == before else width + (width - before) * (len(columns) - 1)
    rows: list[ModelRows] = []
    for columns in models.values():
        built, refused = columns.rows()
        if built is not None:
            rows.append(built)
        rejects += [_reject(offset, line, error, format) for offset, line, error in refused]
    clean = rows_of(known, next_offset, arrived)
    long_lines = [_long(reject, format) for reject in too_long if reject.offset < next_offset]
    rejects += long_lines
    return Batch(
        source_id=source_id,
        path=path,
        identity=identity,
        start_offset=start_offset,
        next_offset=next_offset,
        lines=taken + len(long_lines) + sum(map(len, clean)),
        blanks=blanks,
        models=rows,
        rejects=sorted(rejects, key=_offset),
        clean=clean,
        truths=truths.rows(),
    )


def _known(
    blocks: Sequence[Block], shapes: Shapes | None, sifted: Sequence[Sifted]
) -> tuple[list[Recognised], Iterable[tuple[int, bytes]]]:
    """The lines that need not be decoded, and all others."""
    if shapes is None or (not sifted and sum(len(block.data) for block in blocks) < LEAST_BYTES):
        return [], _lines(blocks)
    taken = take_clean(blocks, shapes, sifted)
    return taken.clean, taken.rest


def _lines(blocks: Sequence[Block]) -> Iterator[tuple[int, bytes]]:
    """Offset and bytes of each line, without its newline."""
    for block in blocks:
        lines = block.lines()
        yield from zip(
            accumulate((len(line) + 1 for line in lines), initial=block.offset), lines, strict=False
        )


def _model_name(model: object, line: bytes, format: Format) -> str:
    if model is None:
        return ""
    logged = decode_exactly(line)
    if isinstance(logged, dict):
        model = format.record(logged).get("model")
    return str(model) if isinstance(model, str) else json_text(model)


def _reject(offset: int, line: bytes, error: Unusable, format: Format) -> Reject:
    line = line.removesuffix(b"\r")
    whole = Reject(offset=offset, reason=str(error), line=line[:REJECT_BYTES], length=len(line))
    if not isinstance(format, MaskedFormat):
        return whole
    seen = format.seen(line)
    if seen is None:
        return _withheld(replace(whole, reason=error.reason))
    return replace(whole, reason=error.reason, line=seen[:REJECT_BYTES])


def _long(reject: Reject, format: Format) -> Reject:
    """Of what was cut nobody can say which names its values have."""
    return _withheld(reject) if isinstance(format, MaskedFormat) else reject


def _withheld(reject: Reject) -> Reject:
    return replace(reject, reason=f"{reject.reason} ({WITHHELD})", line=b"")


def _offset(reject: Reject) -> int:
    return reject.offset
