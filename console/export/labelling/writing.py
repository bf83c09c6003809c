"""Labels as a file of any of the formats: whole under its name, or not there."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import BinaryIO

import orjson

from console.errors import ExportError
from console.export.labelling.logged import Logged
from console.export.labelling.reading import LabelFileFormat
from console.export.labelling.saying import said_now
from console.export.labelling.to_argilla import records_of
from console.export.labelling.to_label_studio import tasks_of
from console.export.labels import write_labels, written_whole
from console.model import Consensus, Label, LabelStatus


def write_label_file(
    labels: Iterable[Label],
    to: Path | BinaryIO,
    fmt: LabelFileFormat,
    *,
    consensus: Mapping[str, Consensus],
    requests: Mapping[str, Logged],
    overwrite: bool = False,
) -> int:
    """Write the labels, and say how many rows, tasks or records there are.

    CSV, JSON and Parquet hold each row of the record with what all people say of its request beside;
    Label Studio and Argilla hold one entry a request, with what people say now.

    Args:
        labels: rows of the record, oldest first.
        to: a path, or a stream of bytes, which is flushed and left open.
        fmt: what is written.
        consensus: what everybody says, by request key.
        requests: what was logged, by request key, as far as it is at hand.
        overwrite: whether a file that is there may be replaced.

    Raises:
        ExportError: the file exists, or could not be written; then there is none.
    """
    if fmt != "label-studio" and fmt != "argilla":
        return write_labels(labels, to, fmt, overwrite=overwrite, consensus=consensus)
    # An answer that was given, and is empty, is none to these tools.
    said = [
        label for label in said_now(labels) if label.draft.value or label.status is not LabelStatus.SUBMITTED
    ]
    entries = tasks_of(said, requests) if fmt == "label-studio" else records_of(said, requests)

    def write(stream: BinaryIO) -> int:
        return _json_array(entries, stream)

    return written_whole(write, to, overwrite=overwrite)


def _json_array(entries: Iterable[Mapping[str, object]], to: BinaryIO) -> int:
    rows = 0
    to.write(b"[")
    try:
        for entry in entries:
            to.write((b",\n" if rows else b"\n") + orjson.dumps(entry))
            rows += 1
    except TypeError as error:
        raise ExportError(f"labels: a text is not Unicode: {error}") from error
    to.write(b"\n]\n")
    return rows
