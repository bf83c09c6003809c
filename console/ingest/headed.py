"""Lines of CSV below a header. A line is a row: a value with a line break in it is not read."""

from __future__ import annotations

import csv
import re
from collections.abc import Sequence

from console.ingest.formats import Unusable

DELIMITERS = ",;\t"
"""What may part columns: that of which the header has most."""

_BOM = b"\xef\xbb\xbf"
_NAME = re.compile(r"[^\W\d][\w .\-]{0,63}")
_MOST_COLUMNS = 1_000


class HeadedRow(dict[str, object]):
    """One line of a CSV file, by the names of its header, in their order."""

    delimiter = ","
    """What parts the values."""


def header_of(line: bytes) -> tuple[tuple[str, ...], str] | None:
    """The columns that a file's first line names, and what parts them; None if it is no header."""
    text = line.removeprefix(_BOM)[:65_536].decode("utf-8", "replace")
    delimiter = max(DELIMITERS, key=text.count)
    if not 0 < text.count(delimiter) < _MOST_COLUMNS:
        return None
    try:
        columns = cells_of(line, delimiter)
    except Unusable:
        return None
    named = all(map(_NAME.fullmatch, columns)) and len(set(columns)) == len(columns)
    return (columns, delimiter) if named else None


def rows_below(lines: Sequence[bytes]) -> list[HeadedRow]:
    """The rows of a file that begins with these lines, if the first of them is a header; else none.

    A header alone gives one row without values.
    """
    found = header_of(lines[0]) if lines else None
    if found is None:
        return []
    columns, delimiter = found
    rows = []
    for line in lines[1:]:
        try:
            rows.append(HeadedRow(values_of(columns, cells_of(line, delimiter))))
        except Unusable:
            continue
    rows = rows or [HeadedRow(dict.fromkeys(columns))]
    for row in rows:
        row.delimiter = delimiter
    return rows


def cells_of(line: bytes, delimiter: str) -> tuple[str, ...]:
    """The line's values, without the blanks around them.

    Raises:
        Unusable: it is not UTF-8, or a quote is not closed.
    """
    try:
        text = line.removeprefix(_BOM).lstrip(b"\0").rstrip(b"\r\n").decode()
    except UnicodeDecodeError:
        raise Unusable("not UTF-8") from None
    if '"' not in text:
        return tuple(cell.strip() for cell in text.split(delimiter))
    try:
        rows = list(csv.reader([text], delimiter=delimiter, strict=True, skipinitialspace=True))
    except csv.Error as error:
        raise Unusable(f"not CSV: {error}") from None
    return tuple(cell.strip() for cell in rows[0]) if rows else ("",)


def values_of(columns: Sequence[str], cells: Sequence[str]) -> dict[str, object]:
    """The values by their columns; what is empty is null.

    Raises:
        Unusable: there are more or fewer than columns.
    """
    if len(cells) != len(columns):
        raise Unusable(f"not CSV of this header: {len(cells)} values for {len(columns)} columns")
    return {name: cell or None for name, cell in zip(columns, cells, strict=False)}
