"""Reads values of a configuration: each function gives one as the console holds it, or says what it takes."""

from __future__ import annotations

import re
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from difflib import get_close_matches
from zoneinfo import ZoneInfo, ZoneInfoNotFoundError

from console.errors import UsageError
from console.model import FORMAT_NAMES, KIND_NAMES, KeyPath, Limits

_PART = re.compile(r'"((?:[^"\\]|\\.)*)"|([^".\s]+)')


_LARGEST = 1e15
"""Beyond it no limit of a check makes sense; whole numbers up to it are doubles, too."""


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
    each: Table | None = None
    """What stands in a table of any other name: `[theme.NAME]`."""
    is_open: bool = False
    """Whether other keys may stand in it, of which only the others tell which there are."""


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


def kind_name(value: object) -> str:
    """What the lines of a source are."""
    name = text(value)
    if name not in KIND_NAMES:
        raise Wrong(f"is {' or '.join(KIND_NAMES)}, not {name!r}")
    return name


def format_name(value: object) -> str:
    """The name of a format."""
    name = text(value)
    if name not in FORMAT_NAMES:
        raise Wrong(f"is {' or '.join(FORMAT_NAMES)}, not {name!r}")
    return name


def number(value: object, *, whole: bool) -> float:
    """A number that is not below 0."""
    takes = f"takes a {'whole ' if whole else ''}number that is not below 0"
    if isinstance(value, bool) or not isinstance(value, int if whole else int | float):
        raise Wrong(takes)
    if not 0 <= value <= _LARGEST:  # nor is NaN
        raise Wrong(takes)
    return value


def check_name(value: object) -> str:
    """The name of a check."""
    # Imported only where a file speaks of checks: they bring numpy, for which no command is to wait.
    from console.checks import LIMITS

    name = text(value)
    if name not in LIMITS:
        raise Wrong(f"is no check: {name!r}; {close_to(name, LIMITS)}")
    return name


def names(value: object) -> tuple[str, ...]:
    """One name or a list of them, which may be empty."""
    return tuple(map(text, value if isinstance(value, list) else [value]))


def close_to(name: str, known: Iterable[str]) -> str:
    """What was perhaps meant; else all that there is."""
    names = sorted(known)
    close = get_close_matches(name, names, 1)
    return f"did you mean {close[0]}?" if close else f"known are {', '.join(names)}"


def limit(name: str, takes: str, parse: Callable[[str], object] | None = None) -> Reads:
    """What reads one of `Limits`.

    Args:
        name: as in `Limits`.
        takes: what it takes, in words.
        parse: makes its value of a text, if it may be one.
    """

    def read(value: object) -> object:
        try:
            found = parse(value) if isinstance(value, str) and parse is not None else value
            if isinstance(found, bool) or not isinstance(found, timedelta if name == "keep" else int):
                raise Wrong(f"takes {takes}")
            Limits(**{name: found})  # type: ignore[arg-type]
        except UsageError as error:
            raise Wrong(f"is wrong: {error}") from None
        return found

    return read
