"""The bytes of a line, made fit to be seen: nothing is hidden, nothing is obeyed."""

from __future__ import annotations

import codecs
from itertools import groupby

from textual.content import Content

from console.tui.safe import visible

SHOWN_BYTES = 4_096
"""Bytes of a line that the rejects screen shows."""
CELL_BYTES = 200
"""Bytes of a line that a table's cell looks at."""
_DECODER = codecs.getincrementaldecoder("utf-8")


def decoded(line: bytes, limit: int) -> str:
    """At most `limit` bytes of a line as text; each byte that is not UTF-8 is U+DC00 and its value.

    A character that the cut would go through is left out.
    """
    return _DECODER("surrogateescape").decode(line[:limit], len(line) <= limit)


def drawn(line: bytes, limit: int = SHOWN_BYTES) -> Content:
    r"""The beginning of a line: a byte that is not UTF-8 as `\xff`, what cannot be seen as its sign.

    Both have a style of their own, so that they are told from text that reads the same.
    """
    pieces: list[str | tuple[str, str]] = []
    for style, characters in groupby(decoded(line, limit), _style_of):
        run = "".join(characters)
        if style == "bold $error":
            run = "".join(f"\\x{ord(character) - 0xDC00:02x}" for character in run)
        pieces.append((visible(run), style))
    return Content.assemble(*pieces)


def _style_of(character: str) -> str:
    if "\udc80" <= character <= "\udcff":
        return "bold $error"
    return "$foreground" if visible(character) == character else "$warning"


def summary(line: bytes, length: int) -> str:
    """The beginning of a line for a table's cell, without styles; `…` tells that it is longer."""
    return drawn(line, CELL_BYTES).plain + ("…" if length > CELL_BYTES else "")


def size_words(kept: int, length: int, *, masked: bool = False) -> str:
    """How long a line is in bytes, and what of it is shown and kept."""
    words = f"{length:,} byte" if length == 1 else f"{length:,} bytes"
    if masked:
        return words + (", shown masked" if kept else "")
    if kept > SHOWN_BYTES:
        words += f", the first {SHOWN_BYTES:,} shown"
    elif kept < length:
        words += f", the first {kept:,} shown"
    if kept < length and kept > SHOWN_BYTES:
        words += f", {kept:,} kept"
    return words
