"""Label files of any tool: what a file is, its content says."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from itertools import chain, islice
from pathlib import Path
from typing import Literal, get_args

from console.errors import UsageError
from console.export.labelling import argilla, label_studio
from console.export.labelling.contents import Entry, Holder, entries_of, holder_of
from console.export.labelling.given import Entries
from console.export.labelling.loading import load
from console.export.labelling.names import Wanted
from console.export.labelling.record import is_record
from console.export.labelling.table import read_record, read_table

LabelFileFormat = Literal["csv", "jsonl", "json", "parquet", "label-studio", "argilla"]
LABEL_FILE_FORMATS: tuple[LabelFileFormat, ...] = get_args(LabelFileFormat)

_COUNTED: Mapping[Holder, str] = {"json": "record", "parquet": "row"}
_HOLDERS: Mapping[Holder, str] = {"csv": "CSV", "jsonl": "JSON lines", "json": "JSON", "parquet": "Parquet"}


def read_label_file(
    path: Path,
    *,
    fmt: LabelFileFormat | None = None,
    wanted: Wanted | None = None,
    waiting: Callable[[], None] = lambda: None,
) -> Entries:
    """All that a file says of requests.

    Args:
        path: the file.
        fmt: what it is; None if its content is to say so.
        wanted: columns and the question that the person named.
        waiting: is called once if it is a pipe into which nobody writes.

    Raises:
        SourceError: it cannot be read.
        UsageError: nothing of it can be trusted: `path:line: reason`; or it is too large.
    """
    data = load(path, waiting=waiting)
    try:
        return read_labels(data, fmt=fmt, wanted=wanted or Wanted())
    except UsageError as error:
        raise UsageError(f"{path}{error}") from None


def read_labels(data: bytes, *, fmt: LabelFileFormat | None, wanted: Wanted) -> Entries:
    """The same of a file's bytes; an error begins with the place in it: `:3: reason`."""
    if not data.strip():
        raise UsageError(": is empty")
    holder: Holder = fmt if fmt in ("csv", "jsonl", "json", "parquet") else holder_of(data)
    entries = entries_of(data, holder)
    first, entries = _first(entries)
    into = Entries(_HOLDERS[holder], _COUNTED.get(holder, ""))
    if fmt == "label-studio" or (
        fmt is None and (label_studio.is_task(first) or label_studio.is_flat(first))
    ):
        into.kind = f"Label Studio, {_HOLDERS[holder]}"
        if "data" in first:
            label_studio.read_tasks(entries, wanted, into)
        else:
            read_table(entries, wanted, into, of_label_studio=True)
    elif fmt == "argilla" or (fmt is None and argilla.is_argilla(first)):
        into.kind = f"Argilla, {_HOLDERS[holder]}"
        argilla.read_argilla(entries, wanted, into)
    elif is_record(first) and not wanted.named():
        into.kind = f"record, {_HOLDERS[holder]}"
        read_record(entries, into)
    else:
        read_table(entries, wanted, into)
    into.bad.sort(key=lambda bad: bad.number)
    return into


def _first(rest: Iterator[Entry]) -> tuple[Mapping[str, object], Iterator[Entry]]:
    """What the first entry that says anything says, and all of them."""
    seen = list(islice(rest, 1000))
    first = next((entry for _, entry in seen if isinstance(entry, Mapping)), {})
    return first, chain(seen, rest)
