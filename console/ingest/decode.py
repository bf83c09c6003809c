"""A line's JSON, exactly, where the fast decoder refuses it or cannot hold it; and JSON text again."""

from __future__ import annotations

import json
import re
from math import isfinite

import orjson

from console.ingest.formats import Unusable

DOUBTFUL_FLOAT = 2.0**63
"""From here on the fast decoder's float may have been an integer of more than 64 bits."""

_INT_DIGITS = 4300
"""Python refuses to read longer integers, since that takes quadratic time."""

_HUGE = re.compile(r"\de\+?(?:1[89]|[2-9]\d|\d{3})")
_SURROGATE = re.compile(r"\\ud[89a-f]", re.IGNORECASE)
_TOO_DEEP = "not JSON: nested too deep"


class NumberText(str):
    """A number as it was logged that a double cannot hold: NaN, -Infinity, 1e400."""

    __slots__ = ()


def decode_exactly(line: bytes) -> object:
    """The line's value, with every integer exact and non-finite numbers as `NumberText`.

    About ten times slower than orjson, so it is for the lines that orjson refuses or may have rounded.

    Raises:
        Unusable: it is not UTF-8, or not JSON even with NaN and Infinity allowed.
    """
    try:
        text = line.decode()
    except UnicodeDecodeError:
        raise Unusable("not UTF-8") from None
    try:
        value: object = json.loads(
            text, parse_constant=NumberText, parse_float=_finite_float, parse_int=_readable_int
        )
        if _SURROGATE.search(text):
            json.dumps(value, ensure_ascii=False).encode()
    except json.JSONDecodeError as error:
        reason = error.msg.removesuffix(" starting at").removesuffix(" at")
        raise Unusable(f"not JSON: {reason[:1].lower()}{reason[1:]}") from None
    except UnicodeEncodeError:
        raise Unusable("not JSON: half of a surrogate pair") from None
    except (RecursionError, MemoryError):
        raise Unusable(_TOO_DEEP) from None
    return value


def json_text(value: object) -> str:
    """Compact JSON of a decoded value.

    Raises:
        Unusable: it is nested deeper than can be written again.
    """
    try:
        return orjson.dumps(value).decode()
    except TypeError as error:
        # orjson refuses two things that a decoded line can hold: depth, and integers beyond 64 bits.
        if "integer" not in str(error).lower():
            raise Unusable(_TOO_DEEP) from None
    try:
        return json.dumps(value, ensure_ascii=False, separators=(",", ":"))
    except RecursionError:
        raise Unusable(_TOO_DEEP) from None


def may_be_rounded(text: str) -> bool:
    """Whether JSON text by `json_text` has a number that may have been a longer integer."""
    return _HUGE.search(text) is not None


def _finite_float(text: str) -> float | NumberText:
    value = float(text)
    return value if isfinite(value) else NumberText(text)


def _readable_int(text: str) -> int | NumberText:
    return int(text) if len(text) <= _INT_DIGITS else NumberText(text)
