"""CSV as people and tools write it: commas, semicolons or tabs, quoted values of any length."""

from __future__ import annotations

import re
from collections.abc import Iterator

from console.errors import UsageError

DELIMITERS = (",", ";", "\t", "|")


def rows_of(text: str) -> Iterator[tuple[int, list[str | None]]]:
    """Each row that is not blank, with the number of the line it begins in; the header first.

    An empty field is None, and `""` an empty text. Values may hold line ends, NUL and anything else.

    Raises:
        UsageError: `line: reason`; a quote is not closed, or something follows it. What comes after
            could not be trusted.
    """
    delimiter = delimiter_of(text)
    cut = re.escape(delimiter)
    field = re.compile(
        rf'(?:"([^"]*+(?:""[^"]*+)*+)"|([^"{cut}\r\n][^{cut}\r\n]*+)?)({cut}|\r\n|\n|\r|\Z)', re.DOTALL
    )
    line, begins, place = 1, 1, 0
    row: list[str | None] = []
    while place < len(text) or row:
        match = field.match(text, place)
        if match is None:
            closed = re.compile(r'"[^"]*+(?:""[^"]*+)*+"').match(text, place)
            reason = f"something follows a closing quote, where {delimiter!r} or the line's end should be"
            raise UsageError(f"{line}: {reason if closed else 'a quote is not closed'}")
        quoted, bare, end = match.group(1, 2, 3)
        if quoted is not None:
            row.append(quoted.replace('""', '"') if '"' in quoted else quoted)
            line += _line_ends(quoted)
        else:
            row.append(bare)
        place = match.end()
        if end == delimiter:
            continue
        if row != [None]:
            yield begins, row
        row = []
        line += bool(end)
        begins = line


def delimiter_of(text: str) -> str:
    """What separates the values of the first line that is not blank; a comma if nothing does."""
    first = re.compile(r'(?:[^"\r\n]++|"[^"]*+")*+').match(text.lstrip("\r\n"))
    bare = re.sub(r'"[^"]*+"', "", first[0] if first else "")
    counts = {sign: bare.count(sign) for sign in DELIMITERS}
    return max(DELIMITERS, key=lambda sign: counts[sign])


def _line_ends(text: str) -> int:
    return text.count("\n") + text.count("\r") - text.count("\r\n")
