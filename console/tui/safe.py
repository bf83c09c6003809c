"""Log data made fit to be seen: the one way by which a logged value reaches the screen.

A value is shown, never obeyed: control characters, escape sequences and characters that reorder or
hide text are replaced by signs that can be seen, and nothing is ever parsed as markup.
"""

from __future__ import annotations

import json
import math
import re
from dataclasses import dataclass
from datetime import datetime

NULL = "—"
"""Shown for null, in a style of its own; text that looks like it is shown in quotes."""

CELL_CHARACTERS = 160
"""Characters of a value that a table cell looks at."""

VALUE_CHARACTERS = 2_000
"""Characters of a value that the request screen shows."""

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f"  # controls
    "\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"  # fillers and soft hyphens
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\U000110bd\U000110cd\U00013430-\U0001343f"  # prefixes
    "\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f\ufeff\ufff0-\ufffb"  # zero width, bidi
    "\ud800-\udfff\ue000-\uf8ff"  # lone surrogates, private use
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"  # tags, private planes
)
_PICTURES = {code: chr(0x2400 + code) for code in range(0x20)} | {0x7F: "␡"}
_CONFUSABLE = re.compile(
    r"\s*|\s.*|.*\s|—|-|(?:null|none|nan|true|false)|[+-]?[\d.,]+(?:e[+-]?\d+)?", re.IGNORECASE | re.DOTALL
)


@dataclass(frozen=True, slots=True)
class Cell:
    """A piece of text that is safe to show, and the style it has: `$dim`, `bold $critical`."""

    text: str
    style: str = ""


EMPTY = Cell("")
ABSENT = Cell(NULL, "$faint")


def visible(text: str) -> str:
    """The same text with every character that cannot be seen replaced by a sign for it.

    Controls become their Unicode pictures (`␛`), everything else its code point (`‹U+202E›`).
    """
    if text.isascii() and text.isprintable():  # much faster than to look for each sign
        return text
    return _UNSEEN.sub(_sign, text)


def _sign(match: re.Match[str]) -> str:
    code = ord(match.group())
    return _PICTURES.get(code) or f"‹U+{code:04X}›"


def cut(text: str, limit: int, *, note: bool = False) -> str:
    """At most `limit` characters of a text, made visible; `…` tells that it was longer.

    With `note` its whole length is told as well.
    """
    if len(text) <= limit:
        return visible(text)
    tail = f"… ({len(text):,} characters in all)" if note else "…"
    return visible(text[:limit]) + tail


def words(value: object, limit: int = CELL_CHARACTERS, *, note: bool = False) -> str:
    """A logged value as text, as exactly as it was logged; `—` for null."""
    match value:
        case None:
            return NULL
        case str():
            return cut(value, limit, note=note)
        case bool():
            return "true" if value else "false"
        case float() if math.isfinite(value):
            return _decimal(value)
        case int() if value.bit_length() > 400:
            return f"integer of {value.bit_length():,} bits"
        case datetime():
            return value.isoformat(sep=" ", timespec="milliseconds")
        case bytes():
            return cut(value.decode("utf-8", "backslashreplace"), limit, note=note)
        case list() | dict() | tuple():
            return cut(json.dumps(value, ensure_ascii=False, default=str), limit, note=note)
        case _:
            return cut(str(value), limit, note=note)


def _decimal(value: float) -> str:
    """The shortest decimal that is the same double; without a fraction where there is none."""
    if value == int(value) and abs(value) < 1e15 and (value or math.copysign(1, value) > 0):
        return str(int(value))
    return repr(value)


def quoted(value: object, limit: int = CELL_CHARACTERS, *, note: bool = False) -> str:
    """Like `words`, with quotes around text that could be taken for a number, a null or nothing."""
    shown = words(value, limit, note=note)
    if isinstance(value, str) and len(value) <= limit and _CONFUSABLE.fullmatch(value):
        return f'"{shown}"'
    return shown


def cell(value: object, style: str = "", limit: int = CELL_CHARACTERS) -> Cell:
    """A logged value as a table's cell; null looks unlike any text."""
    if value is None:
        return ABSENT
    if isinstance(value, str) and value in ("", NULL, "-"):
        return Cell(f'"{value}"', style)
    return Cell(words(value, limit), style)
