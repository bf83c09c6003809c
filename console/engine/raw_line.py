"""A request's line as it was logged, from its file; where that is gone, rebuilt from what is stored."""

from __future__ import annotations

import json
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.ingest import Format, FormatFor, MaskedFormat, Original, first_objects, parse_block
from console.ingest.lines import Block
from console.model import RawLine, Request, RowId, SourceMark

if TYPE_CHECKING:
    from console.store import Store

LONGEST = 2**20
"""Bytes of a line that are given."""
_HEAD_BYTES = 256 * 2**10
_NOT_LOGGED = frozenset({"prediction_value", "source_offset", "ts_origin", "truth_origin", "truth_at"})
"""Fields that the console adds."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_EXACT = 2**53
"""Integers up to this are the same as a double."""


def raw_line(store: Store, format_for: FormatFor, row_id: RowId) -> RawLine:
    """The line that the prediction was read from, or one made of its stored columns that says why.

    A renamed file is looked for in its folder. A line is believed only if it reads as the same request.
    What masks hide is hidden in the line too.

    Raises:
        StoreError: nothing is stored from there, or DuckDB refused.
    """
    request = store.request(row_id)
    mark = next((mark for mark in store.marks() if mark.source_id == row_id.source_id), None)
    if mark is None:
        return _rebuilt(request, "its source is not in the ledger")
    if mark.kind != "file":
        return _rebuilt(request, f"{mark.path} is {mark.kind}, which is not read twice")
    original = Original(mark)
    try:
        line = original.line_at(row_id.offset)
        if line is None:
            return _rebuilt(request, f"{mark.path} is gone, packed or overwritten")
        head = original.head(_HEAD_BYTES).split(b"\n")[:-1] or [line]
    finally:
        original.close()
    choice = format_for(mark.path, first_objects(head))
    if not choice.settled:  # the file begins with other lines
        choice = format_for(mark.path, first_objects([line]))
    format = choice.format
    if not _reads_as(request, line, mark, format):
        return _rebuilt(request, f"{mark.path} has another line there by now, or lines mean something else")
    origin = f"{original.name}:{row_id.offset}"
    if not isinstance(format, MaskedFormat):
        return RawLine(line[:LONGEST], origin)
    seen = format.seen(line)
    if seen is None:
        return _rebuilt(request, "its line cannot be shown without what the masks hide")
    return RawLine(seen[:LONGEST], origin, is_masked=True)


def _reads_as(request: Request, line: bytes, mark: SourceMark, format: Format) -> bool:
    """Whether the line becomes a row of the same model, time and request id."""
    offset = request.row_id.offset
    batch = parse_block(
        [Block(offset, line + b"\n")],
        source_id=mark.source_id,
        path=mark.path,
        identity=mark.identity,
        start_offset=offset,
        next_offset=offset + len(line) + 1,
        arrival=request.ts,
        format=format,
    )
    for rows in batch.models:
        found = rows.model, rows.fields["ts"][0], rows.fields["request_id"][0]
        ts = (request.ts - _EPOCH) // timedelta(microseconds=1)
        return found == (request.model, ts, request.fields["request_id"])
    return False


def _rebuilt(request: Request, why: str) -> RawLine:
    """The record as far as it is stored, as JSON."""
    record = {
        name: value for name, value in request.fields.items() if value is not None and name not in _NOT_LOGGED
    }
    if request.fields.get("truth_origin") == "late":
        record.pop("truth")
    if request.fields["ts_origin"] == "logged":
        record["ts"] = request.ts.isoformat()
    else:
        record.pop("ts", None)
    groups = {
        "features": {name: _as_logged(value) for name, value in request.features.items()},
        "tags": dict(request.tags),
        "stages": request.stages,
    }
    record |= {name: value for name, value in groups.items() if value} | dict(request.extra)
    line = json.dumps(record, ensure_ascii=False, separators=(",", ":"), default=str)
    return RawLine(line.encode("utf-8", "replace")[:LONGEST], f"what is stored: {why}", is_rebuilt=True)


def _as_logged(value: object) -> object:
    """A number without a fraction as an integer, as nearly all logs have it."""
    is_whole = isinstance(value, float) and value.is_integer() and abs(value) <= _EXACT
    return int(value) if is_whole and isinstance(value, float) else value
