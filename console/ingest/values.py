"""What becomes of a logged value in a column of one type: the value, or `Misfit`."""

from __future__ import annotations

import re
from collections.abc import Sequence
from dataclasses import dataclass
from sys import float_info

from console.ingest.decode import DOUBTFUL_FLOAT, NumberText

EXACT_INT = 2**53
"""Up to here every integer is a double of its own."""

_NUMERIC = re.compile(r"\s*[+-]?(?:\d+\.?\d*|\.\d+)(?:[eE][+-]?\d+)?\s*", re.ASCII)
_DIGITS = re.compile(r"[+-]?\d{1,19}", re.ASCII)
_KINDS = frozenset({int, float, type(None)})


class Misfit(Exception):
    """The value does not fit its field; it belongs into `extra` as it was logged."""


@dataclass(frozen=True, slots=True)
class Numbers:
    """The values that a field of numbers takes."""

    integer: bool
    least: float
    most: float

    def convert(self, value: object) -> float:
        """The value as the field holds it: a number, or text that is wholly one.

        Raises:
            Misfit: it is something else, not finite, out of range, or would be altered.
        """
        if isinstance(value, str):
            value = _from_text(value)
        if isinstance(value, bool) or not isinstance(value, int | float):
            raise Misfit
        if isinstance(value, float) and self.integer:
            if not (value.is_integer() and abs(value) <= EXACT_INT):
                raise Misfit
            value = int(value)
        elif isinstance(value, int) and not self.integer:
            if not -EXACT_INT <= value <= EXACT_INT:
                raise Misfit
            value = float(value)
        if self.least <= value <= self.most:
            return value
        raise Misfit

    def take_all(self, column: Sequence[object], kinds: set[type]) -> bool:
        """Whether `column`, which has values of exactly these types, can stay as it is."""
        if (float if self.integer else int) in kinds or not kinds <= _KINDS:
            return False
        present = [value for value in column if value is not None] if type(None) in kinds else column
        least, most = min(present), max(present)  # type: ignore[type-var]
        if not (least > -DOUBTFUL_FLOAT and most < DOUBTFUL_FLOAT):  # type: ignore[operator]
            return False
        return self.least <= least and most <= self.most  # type: ignore[operator]


STATUS = Numbers(integer=True, least=-(2**31), most=2**31 - 1)
COUNT = Numbers(integer=True, least=0, most=2**63 - 1)
DURATION = Numbers(integer=False, least=0.0, most=float_info.max)
NUMBER = Numbers(integer=False, least=-float_info.max, most=float_info.max)


def as_scalar_text(value: object) -> str | None:
    """The text of a scalar: text as it is, a number as its JSON text, `true` or `false`.

    None for a list or an object.
    """
    if isinstance(value, str):
        return str(value) if isinstance(value, NumberText) else value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, int | float):
        return repr(value)
    return None


def is_no_error(value: object) -> bool:
    """Whether an `error_type` says that there was none, by being false, zero or empty."""
    return not value


def _from_text(text: str) -> object:
    if _DIGITS.fullmatch(text):
        return int(text)
    return float(text) if len(text) < 64 and _NUMERIC.fullmatch(text) else text
