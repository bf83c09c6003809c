"""From what a person wrote to a parameter's value. Values are bound by DuckDB, never put into the text."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from datetime import UTC, datetime, timedelta

from console.canned.header import CannedQuery, Param
from console.errors import UsageError

_RELATIVE = re.compile(r"(?P<anchor>newest|now)?\s*(?:-\s*(?P<amount>\d+)\s*(?P<unit>[smhd]))?$")
_SECONDS = {"s": 1, "m": 60, "h": 3600, "d": 86400}
_TRUTH = {"true": True, "false": False}


def bind(
    query: CannedQuery, given: Mapping[str, object], *, newest: Callable[[], datetime]
) -> dict[str, object]:
    """Every parameter of `query` with its value: given, or else the header's default.

    Args:
        given: parameter -> value; text is read as the parameter's type, other values pass as they are.
        newest: gives the newest `ts` stored, which relative times count from.

    Raises:
        UsageError: a parameter is unknown, lacks a value, or its text cannot be read.
    """
    unknown = sorted(given.keys() - query.params.keys())
    if unknown:
        known = ", ".join(query.params) or "none"
        raise UsageError(f"{query.name}: no parameter is called {unknown[0]!r}; it takes: {known}")
    values: dict[str, object] = {}
    for param in query.params.values():
        if param.name in given:
            value = given[param.name]
        elif param.default is None:
            raise UsageError(f"{query.name}: parameter {param.name} ({param.type}) has no value")
        else:
            value = param.default
        values[param.name] = parse_value(param, value, newest=newest) if isinstance(value, str) else value
    return values


def parse_value(param: Param, text: str, *, newest: Callable[[], datetime]) -> object:
    """`text` as a value of the parameter's type. A bare `null` is NULL; times may be relative.

    Raises:
        UsageError: the text cannot be read as that type.
    """
    if text == "null":
        return None
    try:
        match param.type:
            case "integer" | "bigint":
                return int(text)
            case "double":
                return float(text)
            case "boolean":
                return _TRUTH[text.lower()]
            case "timestamptz":
                return _parse_time(text, newest)
            case "bigint[]":
                return [int(part) for part in text.split(",") if part.strip()]
            case _:
                return text.removeprefix("'").removesuffix("'") if text == "''" else text
    except (ValueError, KeyError, OverflowError):
        example = "2026-11-02T03:04:05Z, -1h or newest" if param.type == "timestamptz" else param.type
        raise UsageError(f"parameter {param.name}: {text!r} is not a {param.type} (try {example})") from None


def _parse_time(text: str, newest: Callable[[], datetime]) -> datetime:
    relative = _RELATIVE.fullmatch(text.strip())
    if relative is not None and text.strip():
        anchor = datetime.now(UTC) if relative["anchor"] == "now" else newest()
        if relative["amount"] is None:
            return anchor
        return anchor - timedelta(seconds=int(relative["amount"]) * _SECONDS[relative["unit"]])
    moment = datetime.fromisoformat(text)
    return moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment.astimezone(UTC)
