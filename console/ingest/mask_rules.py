"""What the rules of masks hide: whole values by their names, and what is found in texts."""

from __future__ import annotations

import hmac
import json
import re
from collections.abc import Sequence
from dataclasses import dataclass
from fnmatch import translate
from typing import Final

from console.ingest.decode import DOUBTFUL_FLOAT
from console.ingest.personal import Finder, finder, least_number, longest, shortest
from console.ingest.values import as_scalar_text
from console.model import OWN_PATTERN, PATTERNS, Masks, MaskWith

_HEX_DIGITS = 16
_WHOLE_HIDDEN = "…"
ABSENT: Final = object()
"""In the place of a value of which nothing is kept."""


@dataclass(frozen=True, slots=True, eq=False)
class Part:
    """A rule that hides what it finds in texts."""

    names: tuple[re.Pattern[str], ...]
    """Where it looks; everywhere if empty."""
    find: Finder
    shortest: int
    longest: int
    least_number: float
    by: MaskWith
    called: str


class Masking:
    """The rules, ready to be applied, and the key of their hashes."""

    def __init__(self, masks: Masks, key: bytes) -> None:
        """Args: key: empty if no rule makes hashes."""
        self.rules = masks.rules
        self._key = key
        self._whole = [(_globs(rule.fields), rule.by) for rule in masks.rules if not rule.values]
        self.parts = tuple(
            Part(
                _globs(rule.fields),
                finder(rule.values),
                shortest(rule.values),
                longest(rule.values),
                least_number(rule.values),
                rule.by,
                f"[{rule.values if rule.values in PATTERNS else OWN_PATTERN}]",
            )
            for rule in masks.rules
            if rule.values
        )

    def alone(self) -> list[Masking]:
        """Each rule by itself."""
        return [Masking(Masks((rule,)), self._key) for rule in self.rules]

    @property
    def by_names(self) -> bool:
        """Whether there are rules that hide a whole value."""
        return bool(self._whole)

    def whole_of(self, names: Sequence[str]) -> MaskWith | None:
        """How the value of these names is hidden; None if it is not."""
        return next((by for globs, by in self._whole if _match(globs, names)), None)

    def parts_of(self, names: Sequence[str], above: Sequence[Part]) -> tuple[Part, ...]:
        """The rules for texts that hold for these names, and those that hold for what is around."""
        return tuple(
            part for part in self.parts if part in above or not part.names or _match(part.names, names)
        )

    def replaced(self, value: object, by: MaskWith) -> object:
        """What is kept in the place of a value, which is not null; `ABSENT` for nothing."""
        if by is MaskWith.DROP:
            return ABSENT
        if isinstance(value, dict | list):
            if by is MaskWith.LAST4:
                return _WHOLE_HIDDEN
            text = json.dumps(value, sort_keys=True, ensure_ascii=False, separators=(",", ":"))
            return hashed(text, self._key)
        return self._in_place_of(_text_of(value), by)

    def text(self, text: str, parts: Sequence[Part]) -> str:
        """The text without what the rules find in it."""
        length = len(text)
        found: list[tuple[tuple[int, int], int]] = []
        for order, part in enumerate(parts):
            if length > part.longest:
                return self._part_of(text, part)
            if length >= part.shortest:
                found += [(span, order) for span in part.find(text)]
        if not found:
            return text
        pieces: list[str] = []
        at = 0
        for (start, end), order in sorted(found):
            start = max(start, at)
            if start < end:
                pieces += text[at:start], self._part_of(text[start:end], parts[order])
                at = end
        return "".join((*pieces, text[at:]))

    def number(self, value: float, parts: Sequence[Part]) -> object:
        """The number, or its text without what the rules find in it."""
        parts = [part for part in parts if abs(value) >= part.least_number]
        if not parts:
            return value
        text = _text_of(value)
        hidden = self.text(text, parts)
        return value if hidden == text else hidden

    def _part_of(self, text: str, part: Part) -> str:
        return part.called if part.by is MaskWith.DROP else self._in_place_of(text, part.by)

    def _in_place_of(self, text: str, by: MaskWith) -> str:
        if by is MaskWith.HASH:
            return hashed(text, self._key)
        return _WHOLE_HIDDEN + text[-4:] if len(text) > 4 else _WHOLE_HIDDEN


def hashed(text: str, key: bytes) -> str:
    """`h:` and 16 hex digits, from which the text cannot be had without the key.

    Source: RFC 2104, with SHA-256; to cut it is ours: 64 bits tell a hundred million values apart.
    """
    digest = hmac.digest(key, text.encode("utf-8", "surrogatepass"), "sha256")
    return f"h:{digest.hex()[:_HEX_DIGITS]}"


def _globs(patterns: Sequence[str]) -> tuple[re.Pattern[str], ...]:
    return tuple(re.compile(translate(pattern.casefold())) for pattern in patterns)


def _match(globs: Sequence[re.Pattern[str]], names: Sequence[str]) -> bool:
    return any(glob.match(name) for glob in globs for name in names)


def _text_of(value: object) -> str:
    """The text of a scalar; of a number from 2^63 on a double's, as whoever decoded it may have rounded."""
    if isinstance(value, int | float) and abs(value) >= DOUBTFUL_FLOAT:
        try:
            return repr(float(value))
        except OverflowError:
            pass
    return as_scalar_text(value) or ""
