"""From a file's bytes to its entries as objects, whatever holds them."""

from __future__ import annotations

import codecs
import io
from collections.abc import Iterator, Mapping
from typing import Literal

import orjson
import polars as pl

from console.errors import UsageError
from console.export.labelling.delimited import rows_of
from console.export.labelling.given import Bad
from console.export.labelling.loading import LARGEST_BYTES, LONGEST_BYTES
from console.export.labelling.names import listed
from console.model import size_in_words

Holder = Literal["csv", "jsonl", "json", "parquet"]
Entry = tuple[int, Mapping[str, object] | Bad]
"""Its line or number, and what it says, or why it says nothing."""

MOST_ROWS = 10_000_000
"""Of a Parquet file."""
_TOO_LONG = f"is longer than {size_in_words(LONGEST_BYTES)}"
_UTF16 = (codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)


def holder_of(data: bytes) -> Holder:
    """What the bytes are: known by their beginning, whatever the file's name.

    Raises:
        UsageError: they are no text, and no Parquet either.
    """
    if data.startswith(b"PAR1"):
        return "parquet"
    text = text_of_bytes(data).lstrip()
    if not text.startswith(("{", "[")):
        return "csv"
    end = text.find("\n")
    several = text.startswith("{") and end >= 0 and not text[end:].isspace()
    return "jsonl" if several and _is_whole(text[:end]) else "json"


def entries_of(data: bytes, holder: Holder) -> Iterator[Entry]:
    """The file's entries, each an object, with the number by which messages name it.

    Raises:
        UsageError: it is not what it should be, so that none of it can be trusted; begins with the
            place: `:3: reason`.
    """
    match holder:
        case "parquet":
            return _parquet(data)
        case "csv":
            return _csv(text_of_bytes(data))
        case "jsonl":
            return _json_lines(text_of_bytes(data))
        case "json":
            return _json(text_of_bytes(data))


def text_of_bytes(data: bytes) -> str:
    """The text of a file, its byte order mark gone.

    Raises:
        UsageError: it is neither UTF-8 nor marked as UTF-16.
    """
    if data.startswith(_UTF16):
        try:
            return data.decode("utf-16").removeprefix("\ufeff")
        except UnicodeDecodeError:
            raise UsageError(": is marked as UTF-16, and is none") from None
    try:
        return data.decode("utf-8-sig")
    except UnicodeDecodeError as error:
        line = data.count(b"\n", 0, error.start) + 1
        raise UsageError(f":{line}: not UTF-8; save the file as UTF-8") from None


def _csv(text: str) -> Iterator[Entry]:
    try:
        rows = rows_of(text)
        _, header = next(rows, (1, []))
        names = [(name or "").strip() for name in header]
        doubled = {name for name in names if name and names.count(name) > 1}
        if doubled:
            raise UsageError(f"1: the header names a column twice: {listed(sorted(doubled))}")
        for line, row in rows:
            if len(row) != len(names):
                yield line, Bad(line, f"has {len(row)} values, and the header {len(names)}")
                continue
            yield line, _short({name: value for name, value in zip(names, row, strict=True) if name}, line)
    except UsageError as error:
        raise UsageError(f":{error}") from None


def _json_lines(text: str) -> Iterator[Entry]:
    for number, line in enumerate(text.split("\n"), 1):
        if not line.strip():
            continue
        try:
            value = orjson.loads(line)
        except orjson.JSONDecodeError as error:
            yield number, Bad(number, f"not JSON: {error.msg}")
            continue
        yield number, value if isinstance(value, dict) else Bad(number, "not a JSON object")


def _json(text: str) -> Iterator[Entry]:
    try:
        document = orjson.loads(text)
    except orjson.JSONDecodeError as error:
        raise UsageError(f":{error.lineno}: not JSON: {error.msg}") from None
    entries = document if isinstance(document, list) else [document]
    may_be_long = len(text) > LONGEST_BYTES
    for number, value in enumerate(entries, 1):
        if not isinstance(value, dict):
            yield number, Bad(number, "not a JSON object")
        elif may_be_long and len(orjson.dumps(value)) > LONGEST_BYTES:
            yield number, Bad(number, _TOO_LONG)
        else:
            yield number, value


def _parquet(data: bytes) -> Iterator[Entry]:
    try:
        rows = pl.scan_parquet(io.BytesIO(data)).select(pl.len()).collect().item()
        if rows > MOST_ROWS:  # a few bytes can stand for billions
            raise UsageError(f": has {rows:,} rows, more than {MOST_ROWS:,}; split it")
        frame = pl.read_parquet(io.BytesIO(data), use_pyarrow=False, hive_partitioning=False)
        texts = frame.select(pl.col(pl.String).str.len_bytes().cast(pl.UInt64).sum())
        if texts.width and sum(texts.row(0)) > LARGEST_BYTES:
            raise UsageError(f": holds more than {size_in_words(LARGEST_BYTES)} of text; split it")
        for number, row in enumerate(frame.iter_rows(named=True), 1):
            yield number, _short(row, number)
    except (pl.exceptions.PolarsError, OSError, ValueError) as error:  # a time beyond Python's years, too
        reason = str(error).splitlines()[0] if str(error) else type(error).__name__
        raise UsageError(f": cannot be read as Parquet: {reason}") from error
    except pl.exceptions.PanicException as error:  # no Exception, and raised on damaged footers
        raise UsageError(": cannot be read as Parquet: it is damaged") from error


def _short(entry: Mapping[str, object], number: int) -> Mapping[str, object] | Bad:
    """The entry, unless it is too long."""
    length = sum(len(value) for value in entry.values() if isinstance(value, str | bytes))
    return Bad(number, _TOO_LONG) if length > LONGEST_BYTES else entry


def _is_whole(line: str) -> bool:
    try:
        orjson.loads(line)
    except orjson.JSONDecodeError:
        return False
    return True
