"""In which line of a TOML file each key stands: what `tomllib` knows, and does not tell."""

from __future__ import annotations

import re
import tomllib
from collections.abc import Iterator, Mapping

Place = tuple[str | int, ...]
"""Keys from the outermost table, and the number of a table in a list: `("source", 0, "zone")`."""

_BLANK = re.compile(r"(?:[ \t\r\n]+|#[^\n]*)*")
_STRING = re.compile(
    r'"""(?:\\.|[^\\])*?"{3,5}|' r"'''.*?'{3,5}|" r'"(?:\\.|[^"\\\n])*"|' r"'[^'\n]*'", re.DOTALL
)
_COMMENT = re.compile(r"#[^\n]*")


def lines_of_keys(text: str) -> Mapping[Place, int]:
    """The line, from 1, of each key and table header. `text` is valid TOML."""
    found: dict[Place, int] = {}
    counts: dict[Place, int] = {}
    table: Place = ()
    for line, is_header, statement in _statements(text):
        if not is_header:
            found.setdefault((*table, *_keys(statement)), line)
            continue
        listed = statement.startswith("[[")
        keys = _keys(statement.strip("[]"))
        table = ()
        for key in keys[:-1]:
            table = _last((*table, key), counts)
        table = (*table, keys[-1])
        if listed:
            counts[table] = counts.get(table, 0) + 1
            found.setdefault(table, line)
        table = _last(table, counts)
        found.setdefault(table, line)
    return found


def line_of(place: Place, lines: Mapping[Place, int]) -> int:
    """The line of the key, or of the innermost one around it that has a line of its own."""
    while place and place not in lines:
        place = place[:-1]
    return lines.get(place, 1)


def _last(table: Place, counts: Mapping[Place, int]) -> Place:
    return (*table, counts[table] - 1) if table in counts else table


def _keys(text: str) -> tuple[str, ...]:
    keys: list[str] = []
    at = tomllib.loads(f"{text} = 0")
    while isinstance(at, dict):
        ((key, at),) = at.items()
        keys.append(key)
    return tuple(keys)


def _statements(text: str) -> Iterator[tuple[int, bool, str]]:
    """Line, whether it is a table's header, and the header or the key in front of the `=`."""
    at, line, counted = 0, 1, 0
    while True:
        blank = _BLANK.match(text, at)
        at = blank.end() if blank else at
        if at >= len(text):
            return
        line += text.count("\n", counted, at)
        counted = at
        is_header = text[at] == "["
        end = _end_of(text, at, "\n" if is_header else "=")
        statement = text[at:end]
        if is_header:
            statement = statement[: statement.rindex("]") + 1]
        yield line, is_header, statement.strip()
        at = end if is_header else _end_of(text, end + 1, "\n")


def _end_of(text: str, at: int, sign: str) -> int:
    """Where the sign stands next, outside of strings, comments and brackets; else the text's end."""
    depth = 0
    while at < len(text):
        here = text[at]
        if here == sign and depth == 0:
            return at
        skipped = (
            _STRING.match(text, at) if here in "\"'" else _COMMENT.match(text, at) if here == "#" else None
        )
        if skipped:
            at = skipped.end()
            continue
        depth += (here in "[{") - (here in "]}")
        at += 1
    return at
