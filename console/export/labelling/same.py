"""Whether two ways of writing an answer say the same."""

from __future__ import annotations

import math
import re

_NUMBER = re.compile(r"[+-]?(?:\d+\.?\d*|\.\d+)(?:e[+-]?\d+)?", re.ASCII | re.IGNORECASE)


def number_of(text: str) -> float | None:
    """The finite number that a text is, None if it is none."""
    if not _NUMBER.fullmatch(text):
        return None
    number = float(text)
    return number if math.isfinite(number) else None


def same_answer(one: str, other: str) -> bool:
    """Equal as texts, or as numbers."""
    return one == other or ((number := number_of(one)) is not None and number == number_of(other))
