"""From what a person wrote to a parameter's value. Values are bound by DuckDB, never put into the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta
from functools import cache

from console.canned.param import Param
from console.canned.query import CannedQuery
from console.errors import UsageError

_RELATIVE = re.compile(r"(?:newest)?\s*(?:-\s*(?P<amount>\d+)\s*(?P<unit>[smhd]))?")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TRUTH = {"true": True, "false": False}
_EXAMPLES = {
    "integer": "5",
    "bigint": "5",
    "double": "0.5",
    "boolean": "true",
    "timestamptz": "2026-11-02T03:04:05Z, -1h or newest",
    "bigint[]": "1,2,3",
}
NUMBERS = frozenset({"integer", "bigint", "double"})
"""Types of which there can be a least value."""
_BITS = {"integer": 32, "bigint": 64, "bigint[]": 64}


def bind(
    query: CannedQuery, given: Mapping[str, object], *, newest: Callable[[], datetime]
) -> dict[str, object]:
    """Every parameter of `query` with its value: given, or else the header's default.

    Args:
        query: whose parameters they are.
        given: parameter -> value; text is read as the parameter's type, other values pass as they are.
        newest: gives the moment that relative times count from; asked once at most, lest two of a call's
            times count from different ones.

    Raises:
        UsageError: a parameter is unknown, lacks a value, or its text cannot be read; a number is below
            its least one; or one of these or a time is null where that is not the default.
    """
    unknown = sorted(given.keys() - query.params.keys())
    if unknown:
        known = ", ".join(query.params) or "none"
        raise UsageError(f"{query.name}: no parameter is called {unknown[0]!r}; it takes: {known}")
    newest = cache(newest)
    values: dict[str, object] = {}
    for param in query.params.values():
        if param.name in given:
            value = given[param.name]
            if isinstance(value, str):
                value = parse_value(param, value, newest=newest)
        elif param.default is None:
            raise UsageError(f"{query.name}: parameter {param.name} ({param.type}) has no value")
        else:
            value = parse_default(param, newest=newest)
        if value is None and param.type == "timestamptz" and param.default != "null":
            raise UsageError(f"{query.name}: parameter {param.name} is a time, and cannot be null")
        _require_least(param, value, f"{query.name}: ")
        values[param.name] = value
    return values


def parse_value(param: Param, text: str, *, newest: Callable[[], datetime]) -> object:
    """`text` as a value of the parameter's type; times may be relative, `null` is NULL.

    For a parameter of type varchar every text is itself, `null` too: a logged value may be that.

    Raises:
        UsageError: the text cannot be read as that type.
    """
    if param.type == "varchar":
        return text
    if text.strip() == "null":
        return None
    try:
        match param.type:
            case "integer" | "bigint":
                return _parse_integer(text, _BITS[param.type])
            case "double":
                return float(text)
            case "boolean":
                return _TRUTH[text.strip().lower()]
            case "timestamptz":
                return _parse_time(text.strip(), newest)
            case _:
                return [_parse_integer(part, _BITS[param.type]) for part in text.split(",") if part.strip()]
    except (ValueError, KeyError, OverflowError):
        raise UsageError(
            f"parameter {param.name}: {text!r} cannot be read as {param.type} (try {_EXAMPLES[param.type]})"
        ) from None


def parse_default(param: Param, *, newest: Callable[[], datetime]) -> object:
    """The value of the header's default; `null` is NULL, and text may stand in quotes as in SQL.

    Raises:
        UsageError: it cannot be read as the parameter's type.
    """
    text = param.default
    if text is None or text == "null":
        return None
    if param.type == "varchar" and len(text) >= 2 and text[0] == text[-1] == "'":
        return text[1:-1].replace("''", "'")
    value = parse_value(param, text, newest=newest)
    _require_least(param, value, "")
    return value


def _require_least(param: Param, value: object, place: str) -> None:
    if param.least is None or (value is None and param.default == "null"):
        return
    if not (isinstance(value, int | float) and value >= param.least):  # NaN is not
        shown = "null" if value is None else value
        raise UsageError(f"{place}parameter {param.name} is at least {param.least}, not {shown}")


def _parse_integer(text: str, bits: int) -> int:
    value = int(text)
    if not -(2 ** (bits - 1)) <= value < 2 ** (bits - 1):
        raise OverflowError
    return value


def _parse_time(text: str, newest: Callable[[], datetime]) -> datetime:
    relative = _RELATIVE.fullmatch(text)
    if relative is not None and text:
        if relative["amount"] is None:
            return newest()
        return newest() - timedelta(seconds=int(relative["amount"]) * _SECONDS[relative["unit"]])
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
