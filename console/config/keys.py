"""What the configuration may hold: one entry a key, with what reads its value.

A section of a later time is a `Table` more in `ROOT`.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from console.errors import UsageError
from console.model import FORMAT_NAMES, MAPPABLE_FIELDS, KeyPath, Limits, parse_size, parse_span

_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|([^".\s]+)')


class Wrong(Exception):
    """A value is not what its key takes; the text says what it takes."""


Reads = Callable[[object], object]
"""Gives the value as the console holds it; raises Wrong."""


@dataclass(frozen=True, slots=True)
class Table:
    """The keys of one table."""

    keys: Mapping[str, Reads] = field(default_factory=dict)
    tables: Mapping[str, Table] = field(default_factory=dict)
    lists: Mapping[str, Table] = field(default_factory=dict)
    """Tables that may stand any number of times: `[[source]]`."""
    required: tuple[str, ...] = ()


def text(value: object) -> str:
    """A text."""
    if isinstance(value, str):
        return value
    raise Wrong("takes a text in quotes")


def texts(value: object) -> tuple[str, ...]:
    """One text or a list of them."""
    values = value if isinstance(value, list) else [value]
    if values and all(isinstance(one, str) and one for one in values):
        return tuple(values)
    raise Wrong('takes a text or a list of texts: "a", or ["a", "b"]')


def zone(value: object) -> str:
    """The name of a time zone."""
    name = text(value)
    try:
        ZoneInfo(name)
    except (ZoneInfoNotFoundError, ValueError, OSError):
        raise Wrong(f'is no time zone: {name!r}; write a name like "Europe/Berlin" or "UTC"') from None
    return name


def path(value: object) -> KeyPath:
    """Keys with points between them; one that has a point itself in quotes.

    Raises:
        Wrong: it is not of that form.
    """
    given = text(value)
    keys: list[str] = []
    at = 0
    while found := _PART.match(given, at):
        quoted, bare = found.groups()
        keys.append(bare if quoted is None else re.sub(r"\\(.)", r"\1", quoted))
        at = found.end()
        if at == len(given):
            return tuple(keys)
        if given[at] != ".":
            break
        at += 1
    raise Wrong(f'is no path: {given!r}; write request.id, or context."user.country" for a key with a point')


def paths(value: object) -> tuple[KeyPath, ...]:
    """One path or a list of them, which may be empty."""
    values = value if isinstance(value, list) else [value]
    return tuple(map(path, values))


def format_name(value: object) -> str:
    """The name of a format."""
    name = text(value)
    if name not in FORMAT_NAMES:
        raise Wrong(f"is {' or '.join(FORMAT_NAMES)}, not {name!r}")
    return name


def _limit(name: str, takes: str, parse: Callable[[str], object] | None = None) -> Reads:
    def read(value: object) -> object:
        try:
            limit = parse(value) if isinstance(value, str) and parse is not None else value
            if isinstance(limit, bool) or not isinstance(limit, timedelta if name == "keep" else int):
                raise Wrong(f"takes {takes}")
            Limits(**{name: limit})  # type: ignore[arg-type]
        except UsageError as error:
            raise Wrong(f"is wrong: {error}") from None
        return limit

    return read


LIMIT_NAMES = {
    "memory": "memory_bytes",
    "threads": "threads",
    "nice": "nice",
    "keep": "keep",
    "max_db_size": "max_database_bytes",
}
"""Key in `[limits]` -> its name in `Limits`."""


_SOURCE = Table(
    keys={"match": texts, "zone": zone, "format": format_name, "features": paths, "tags": paths},
    tables={"fields": Table(keys=dict.fromkeys(sorted(MAPPABLE_FIELDS), paths))},
    required=("match",),
)
_LIMITS = Table(
    keys={
        "memory": _limit("memory_bytes", 'a size: "1GiB"', parse_size),
        "threads": _limit("threads", "a whole number"),
        "nice": _limit("nice", "a whole number"),
        "keep": _limit("keep", 'a span of time: "12h", "7d"', parse_span),
        "max_db_size": _limit("max_database_bytes", 'a size: "4GiB"', parse_size),
    }
)
ROOT = Table(keys={"zone": zone}, tables={"limits": _LIMITS}, lists={"source": _SOURCE})
"""All that may stand in the file."""
