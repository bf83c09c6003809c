"""The record of labels, every row and every field, as a file that other tools read."""

from __future__ import annotations

import io
import json
from collections.abc import Iterable, Iterator, Mapping
from datetime import UTC, datetime
from pathlib import Path
from typing import BinaryIO, Literal, get_args

import polars as pl

from console.errors import ExportError
from console.export.frames import typed_frame
from console.export.whole import force_to_disk, partial, put_in_place, target
from console.model import Label

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


def write_labels(
    labels: Iterable[Label], to: Path | BinaryIO, fmt: LabelFormat, *, overwrite: bool = False
) -> int:
    """Write every row of the record, in the order given, and say how many there were.

    Text is written as it is, UTF-8. In CSV a missing value is an empty field and an empty text is
    `""`; times are ISO 8601 in UTC, and in Parquet timestamps. A file appears whole or not at all.

    Args:
        labels: oldest first, as the casebook's history gives them.
        to: a path, or a stream of bytes, which is flushed and left open.
        fmt: one of `LABEL_FORMATS`.
        overwrite: whether a file that is there may be replaced.

    Raises:
        ExportError: the file exists, or could not be written; then there is none.
        OSError: the stream broke.
    """
    if not isinstance(to, Path):
        rows = _write(labels, to, fmt)
        to.flush()
        return rows
    final = target(to, overwrite=overwrite)
    with partial(final) as written:
        with written.open("wb") as stream:
            rows = _write(labels, stream, fmt)
        force_to_disk(written)
        put_in_place(written, final, overwrite=overwrite)
        force_to_disk(final.parent)
    return rows


def _write(labels: Iterable[Label], to: BinaryIO, fmt: LabelFormat) -> int:
    records = map(_record, labels)
    try:
        match fmt:
            case "jsonl":
                return _pieces((_json(record) + "\n" for record in records), to)
            case "json":
                return _json_array(records, to)
            case "csv":
                to.write((",".join(RECORD_COLUMNS) + "\n").encode())
                return _pieces((",".join(map(_csv, record.values())) + "\n" for record in records), to)
            case "parquet":
                return _parquet(records, to)
    except UnicodeEncodeError as error:
        raise ExportError(f"labels: a text is not Unicode: {error.reason}") from error


def _record(label: Label) -> dict[str, str | datetime | None]:
    draft = label.draft
    return {
        "label_id": label.label_id,
        "request_key": draft.request_key,
        "value": draft.value,
        "status": label.status.value,
        "source": label.source,
        "author": label.author,
        "at": label.at,
        "note": draft.note,
        "previous_value": label.previous_value,
        "overrides": label.overrides,
        "act": label.act,
        "model": draft.model,
        "model_version": draft.model_version,
        "prediction": draft.prediction,
        "input_hash": draft.input_hash,
        "origin": draft.origin,
        "alert_id": draft.alert_id,
        "query": draft.query,
    }


def _pieces(pieces: Iterable[str], to: BinaryIO) -> int:
    rows = 0
    for piece in pieces:
        to.write(piece.encode("utf-8"))
        rows += 1
    return rows


def _json_array(records: Iterator[Mapping[str, str | datetime | None]], to: BinaryIO) -> int:
    to.write(b"[")
    rows = _pieces(((",\n" if n else "\n") + _json(record) for n, record in enumerate(records)), to)
    to.write(b"\n]\n" if rows else b"]\n")
    return rows


def _parquet(records: Iterable[Mapping[str, str | datetime | None]], to: BinaryIO) -> int:
    columns: dict[str, list[object]] = {name: [] for name in RECORD_COLUMNS}
    for record in records:
        for name, value in record.items():
            columns[name].append(value)
    # A pipe cannot seek; the record is small enough to be put together first.
    whole = io.BytesIO()
    typed_frame(columns, RECORD_COLUMNS).write_parquet(whole, compression="zstd")
    to.write(whole.getbuffer())
    return len(columns["label_id"])


def _json(record: Mapping[str, str | datetime | None]) -> str:
    return json.dumps({name: _plain(value) for name, value in record.items()}, ensure_ascii=False)


def _csv(value: str | datetime | None) -> str:
    text = _plain(value)
    if text is None:
        return ""
    if text == "" or any(char in text for char in ',"\r\n'):
        return '"' + text.replace('"', '""') + '"'
    return text


def _plain(value: str | datetime | None) -> str | None:
    if isinstance(value, datetime):
        return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return value
