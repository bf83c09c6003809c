"""Pieces of markdown that hold what was logged: shown, never obeyed.

No value becomes a link, an image, HTML, a heading or a cell of its own, and none ends what it stands in;
characters that cannot be seen are replaced by signs for them.
"""

from __future__ import annotations

import re
import shlex
from collections.abc import Iterable, Sequence

LONGEST = 300
"""Characters of a value that are shown."""

_UNSEEN = re.compile(
    "[\x00-\x1f\x7f-\x9f\u00ad\u034f\u061c\u115f\u1160\u17b4\u17b5\u180b-\u180f\u3164\uffa0"
    "\u0600-\u0605\u06dd\u070f\u0890\u0891\u08e2\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufe00-\ufe0f"
    "\ufeff\ufff0-\ufffb\ud800-\udfff\ue000-\uf8ff\U000110bd\U000110cd\U00013430-\U0001343f"
    "\U0001bca0-\U0001bca3\U0001d173-\U0001d17a\U000e0000-\U0010ffff]"
)
_MARKUP = re.compile(r"[\\`*\[\]<>~&$!#{}^]|(?<![^\W_])_|_(?![^\W_])")
"""What may begin markup anywhere; an underscore within a word does not."""
_LEADING = re.compile(r"[-+=:]|\d+[.)](?=\s|$)")
"""What begins a list, a line or a heading at the start of a line."""
_LINKED = re.compile(r"@|//|www\.|mailto:|xmpp:|\w\.\w", re.IGNORECASE)
"""What readers make a link of unasked, whatever is escaped in it; in a code span they do not."""
_BLANKS = re.compile(r"(\s+)")
_TICKS = re.compile(r"`+")


def visible(text: str, limit: int = LONGEST) -> str:
    """The text, at most so long, with every character that cannot be seen replaced by a sign for it."""
    shown = _UNSEEN.sub(_sign, text[:limit])
    return shown + "…" if len(text) > limit else shown


def _sign(match: re.Match[str]) -> str:
    code = ord(match.group())
    return chr(0x2400 + code) if code < 0x20 else "␡" if code == 0x7F else f"‹U+{code:04X}›"


def inline(text: str, limit: int = LONGEST) -> str:
    """A text within a line: it reads as it was logged, and is nothing but text."""
    words = _BLANKS.split(visible(text, limit).strip())
    told = "".join(" " if word.isspace() else _word(word) for word in words if word)
    return _LEADING.sub(_escaped_lead, told, count=1) if _LEADING.match(told) else told


def _word(word: str) -> str:
    if _LINKED.search(word) and not re.fullmatch(r"[(]?[+-]?\d[\d.,]*[).,;:%]*", word):
        return code(word)
    return _MARKUP.sub(r"\\\g<0>", word)


def _escaped_lead(match: re.Match[str]) -> str:
    lead = match.group()
    return f"{lead[:-1]}\\{lead[-1]}"


def code(text: str, limit: int = LONGEST) -> str:
    """A value as it is, in a code span."""
    shown = visible(text, limit)
    if not shown.strip():
        return '`""`' if not shown else f'`"{shown}"`'
    fence = "`" * (max((len(run) for run in _TICKS.findall(shown)), default=0) + 1)
    edge = " " if shown.startswith(("`", " ")) or shown.endswith(("`", " ")) else ""
    return f"{fence}{edge}{shown}{edge}{fence}"


def block(lines: Iterable[str], kind: str = "") -> list[str]:
    """The lines as they are, in a fenced block that none of them ends."""
    shown = [visible(line, 20_000) for line in lines]
    longest = max((len(run) for line in shown for run in _TICKS.findall(line)), default=0)
    fence = "`" * max(3, longest + 1)
    return [f"{fence}{kind}", *shown, fence]


def table(head: Sequence[str], rows: Iterable[Sequence[str]]) -> list[str]:
    """A table whose cells are markdown already, of `inline` or `code`."""
    return [
        f"| {' | '.join(head)} |",
        f"|{' --- |' * len(head)}",
        *(f"| {' | '.join(map(_cell, row))} |" for row in rows),
    ]


def _cell(text: str) -> str:
    # A bar ends a cell wherever it stands, in a code span too, unless it is escaped.
    return text.replace("|", "\\|") or " "


def shell_word(text: str) -> str:
    """The text as one word of a shell's command line, which is one line whatever is in the text."""
    if not _UNSEEN.search(text):
        return shlex.quote(text)
    return "$'" + "".join(map(_shell_character, text)) + "'"


def _shell_character(char: str) -> str:
    point = ord(char)
    if char in "\\'":
        return f"\\{char}"
    if not _UNSEEN.match(char):
        return char
    if point < 0x80:
        return f"\\x{point:02x}"
    return f"\\u{point:04x}" if point < 0x10000 else f"\\U{point:08x}"
