"""The words of SQL that are told apart: where they stand, and how they look."""

from __future__ import annotations

import re
from collections.abc import Iterator

_SQL = re.compile(
    r"(?P<comment>--[^\n]*)"
    r"|(?P<text>'(?:[^']|'')*'?)"
    r"|(?P<param>\$\w+)"
    r"|(?P<number>\b\d+(?:\.\d+)?\b)"
    r"|(?P<word>\b(?:select|from|where|group|order|by|limit|with|as|and|or|not|in|is|null|case|when|then|else|end"
    r"|join|left|right|full|inner|outer|cross|on|using|union|all|distinct|having|over|partition|filter|between"
    r"|like|ilike|exists|asc|desc|nulls|first|last|interval|cast|qualify|window|rows|range|values|lateral)\b)",
    re.IGNORECASE,
)
_STYLES = {
    "comment": "$dim italic",
    "text": "$success",
    "param": "bold $warning",
    "number": "$info",
    "word": "bold $accent",
}


def words_of(sql: str) -> Iterator[tuple[int, int, str]]:
    """Beginning, end and style of each word that looks different, in their order."""
    for match in _SQL.finditer(sql):
        yield match.start(), match.end(), _STYLES[match.lastgroup or "word"]
