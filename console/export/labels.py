"""The record of labels, every row and every field, as a file that other tools read."""

from __future__ import annotations

import io
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from datetime import datetime
from pathlib import Path
from typing import BinaryIO, Literal, get_args

import polars as pl

from console.errors import ExportError
from console.export.frames import typed_frame
from console.export.labelling.record import moment_text, record_of
from console.export.whole import force_to_disk, partial, put_in_place, target
from console.model import Consensus, Label

LabelFormat = Literal["jsonl", "json", "csv", "parquet"]

LABEL_FORMATS: tuple[LabelFormat, ...] = get_args(LabelFormat)

RECORD_COLUMNS = pl.Schema(
    {
        "label_id": pl.String(),
        "request_key": pl.String(),
        "value": pl.String(),
        "status": pl.String(),
        "source": pl.String(),
        "author": pl.String(),
        "at": pl.Datetime("us", "UTC"),
        "note": pl.String(),
        "previous_value": pl.String(),
        "overrides": pl.String(),
        "act": pl.String(),
        "model": pl.String(),
        "model_version": pl.String(),
        "prediction": pl.String(),
        "input_hash": pl.String(),
        "origin": pl.String(),
        "alert_id": pl.String(),
        "query": pl.String(),
    }
)
"""A label's fields, flat, in the order in which they are written."""

CONSENSUS_COLUMNS = pl.Schema(
    {
        "consensus": pl.String(),
        "n_annotators": pl.Int64(),
        "agreement": pl.Float64(),
        "conflict": pl.Boolean(),
    }
)
"""What all people say of the row's request: the value of most of them, null where the most frequent are
tied; how many have labelled it; the share of them who say what most say; whether they differ. All null
where no label of the request counts."""

Value = str | int | float | datetime | None


def write_labels(
    labels: Iterable[Label],
    to: Path | BinaryIO,
    fmt: LabelFormat,
    *,
    overwrite: bool = False,
    consensus: Mapping[str, Consensus] | None = None,
) -> int:
    """Write every row of the record, in the order given, and say how many there were.

    Text is written as it is, UTF-8. In CSV a missing value is an empty field and an empty text is
    `""`; times are ISO 8601 in UTC, and in Parquet timestamps. A file appears whole or not at all.

    Args:
        labels: oldest first, as the casebook's history gives them.
        to: a path, or a stream of bytes, which is flushed and left open.
        fmt: one of `LABEL_FORMATS`.
        overwrite: whether a file that is there may be replaced.
        consensus: what everybody says, by request key; given, it is in columns beside.

    Raises:
        ExportError: the file exists, or could not be written; then there is none.
        OSError: the stream broke.
    """
    schema = RECORD_COLUMNS if consensus is None else pl.Schema({**RECORD_COLUMNS, **CONSENSUS_COLUMNS})

    def write(stream: BinaryIO) -> int:
        return _write(labels, stream, fmt, schema, consensus)

    return written_whole(write, to, overwrite=overwrite)


def written_whole(write: Callable[[BinaryIO], int], to: Path | BinaryIO, *, overwrite: bool) -> int:
    """What `write` writes is at `to`, whole, or not there; what it gives is given on.

    Raises:
        ExportError: the file exists, or could not be written.
        OSError: the stream broke.
    """
    if not isinstance(to, Path):
        rows = write(to)
        to.flush()
        return rows
    final = target(to, overwrite=overwrite)
    with partial(final) as written:
        with written.open("wb") as stream:
            rows = write(stream)
        force_to_disk(written)
        put_in_place(written, final, overwrite=overwrite)
        force_to_disk(final.parent)
    return rows


def _write(
    labels: Iterable[Label],
    to: BinaryIO,
    fmt: LabelFormat,
    schema: pl.Schema,
    consensus: Mapping[str, Consensus] | None,
) -> int:
    records = (_record(label, consensus) for label in labels)
    try:
        match fmt:
            case "jsonl":
                return _pieces((_json(record) + "\n" for record in records), to)
            case "json":
                return _json_array(records, to)
            case "csv":
                to.write((",".join(schema) + "\n").encode())
                return _pieces((",".join(map(_csv, record.values())) + "\n" for record in records), to)
            case "parquet":
                return _parquet(records, to, schema)
    except UnicodeEncodeError as error:
        raise ExportError(f"labels: a text is not Unicode: {error.reason}") from error


def _pieces(pieces: Iterable[str], to: BinaryIO) -> int:
    rows = 0
    for piece in pieces:
        to.write(piece.encode("utf-8"))
        rows += 1
    return rows


def _record(label: Label, consensus: Mapping[str, Consensus] | None) -> dict[str, Value]:
    record: dict[str, Value] = {**record_of(label)}
    if consensus is not None:
        one = consensus.get(label.draft.request_key)
        beside: Sequence[Value] = (
            (None,) * len(CONSENSUS_COLUMNS)
            if one is None
            else (one.value, one.n_annotators, one.agreement, one.is_conflict)
        )
        record |= zip(CONSENSUS_COLUMNS, beside, strict=True)
    return record


def _json_array(records: Iterator[Mapping[str, Value]], to: BinaryIO) -> int:
    to.write(b"[")
    rows = _pieces(((",\n" if n else "\n") + _json(record) for n, record in enumerate(records)), to)
    to.write(b"\n]\n" if rows else b"]\n")
    return rows


def _parquet(records: Iterable[Mapping[str, Value]], to: BinaryIO, schema: pl.Schema) -> int:
    columns: dict[str, list[object]] = {name: [] for name in schema}
    for record in records:
        for name, value in record.items():
            columns[name].append(value)
    # A pipe cannot seek; the record is small enough to be put together first.
    whole = io.BytesIO()
    typed_frame(columns, schema).write_parquet(whole, compression="zstd")
    to.write(whole.getbuffer())
    return len(columns["label_id"])


def _json(record: Mapping[str, Value]) -> str:
    return json.dumps({name: _plain(value) for name, value in record.items()}, ensure_ascii=False)


def _csv(value: Value) -> str:
    plain = _plain(value)
    if plain is None:
        return ""
    if isinstance(plain, bool):
        return "true" if plain else "false"
    text = str(plain)
    if text == "" or any(char in text for char in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _plain(value: Value) -> str | int | float | None:
    return moment_text(value) if isinstance(value, datetime) else value
