"""What the configuration may say of the screens, and the `Preferences` that it amounts to.

Which ids bindings have, which names keys have and which themes Textual brings, only what draws the screens
knows: that is checked there, with the line that is kept here.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from datetime import timedelta
from typing import cast

from console.config.places import Place
from console.config.reading import Reads, Table, Wrong, text, texts, zone
from console.errors import UsageError
from console.model import ROLES, THEME_BASES, THEME_NAMES, KeyChoice, OwnTheme, Preferences, parse_span

MOST_FRAMES = 60
MOST_ROWS = 100_000
_COLOUR = re.compile(r"#[0-9a-fA-F]{6}")
_THEME_NAME = re.compile(r"[a-z0-9][a-z0-9_-]{0,39}")
_LONGEST_SPAN = timedelta(days=3650)

Values = Mapping[str, object]


def colour(value: object) -> str:
    """A colour in hexadecimal digits."""
    if isinstance(value, str) and _COLOUR.fullmatch(value):
        return value.lower()
    raise Wrong(f'takes a colour like "#5fc9bd", not {value!r}')


def base(value: object) -> str:
    """The name of a theme to begin with."""
    if value in THEME_BASES:
        return str(value)
    raise Wrong(f"is {' or '.join(THEME_BASES)}, not {value!r}")


def yes_or_no(value: object) -> bool:
    """A truth value."""
    if isinstance(value, bool):
        return value
    raise Wrong("takes true or false")


def span(value: object) -> timedelta | None:
    """A span of time, or None for `all`."""
    given = text(value)
    if given == "all":
        return None
    try:
        found = parse_span(given)
    except UsageError as error:
        raise Wrong(f'is wrong: {error}; or "all"') from None
    if not timedelta(minutes=1) <= found <= _LONGEST_SPAN:
        raise Wrong('is at least "1m" and at most "3650d", or "all"')
    return found


def some_text(value: object) -> str:
    """A text that is not empty, without characters that cannot be part of a name."""
    given = text(value)
    if given.strip() and "\0" not in given:
        return given
    raise Wrong("takes a text that is not empty")


def _whole(least: int, most: int) -> Reads:
    def read(value: object) -> int:
        if isinstance(value, bool) or not isinstance(value, int) or not least <= value <= most:
            raise Wrong(f"takes a whole number from {least} to {most:,}".replace(",", " "))
        return value

    return read


CONSOLE = Table(
    keys={
        "theme": some_text,
        "mouse": yes_or_no,
        "frames_per_second": _whole(1, MOST_FRAMES),
        "time_zone": zone,
        "range": span,
        "row_limit": _whole(1, MOST_ROWS),
        "queries": texts,
        "db": some_text,
        "casebook": some_text,
        "author": some_text,
    }
)
THEME = Table(keys={"base": base, **dict.fromkeys(ROLES, colour)})

_NAMES = {"range": "span"}
"""Key in `[console]` -> its name in `Preferences`, where that is another."""
_OF_SCREENS = ("theme", "mouse", "frames_per_second", "time_zone", "range", "row_limit")


def preferences(
    values: Values, place_of: Callable[[Place], str], wrong: Callable[[Place, str], UsageError]
) -> Preferences:
    """What the tables say of the screens.

    Args:
        values: of the whole file, read.
        place_of: `path:line` of a key.
        wrong: makes the error for a key.

    Raises:
        UsageError: a theme has a name that it cannot have, or a key is none.
    """
    said = cast(Values, values.get("console", {}))
    told = {_NAMES.get(key, key): said[key] for key in _OF_SCREENS if key in said}
    themes = []
    for name, table in cast(Mapping[str, Values], values.get("theme", {})).items():
        here = ("theme", name)
        if name in THEME_NAMES:
            raise wrong(here, f"{name!r} is a theme of the console; give yours another name")
        if not _THEME_NAME.fullmatch(name):
            raise wrong(here, "a theme's name has small letters, digits, - and _")
        colours = {role: cast(str, value) for role, value in table.items() if role != "base"}
        themes.append(OwnTheme(name, cast(str, table.get("base", THEME_BASES[0])), colours, place_of(here)))
    return Preferences(
        **told,  # type: ignore[arg-type]
        theme_place=place_of(("console", "theme")) if "theme" in said else "",
        themes=tuple(themes),
        keys=tuple(_own_keys(cast(Values, values.get("keys", {})), ("keys",), place_of, wrong)),
    )


def _own_keys(
    table: Values, place: Place, place_of: Callable[[Place], str], wrong: Callable[[Place, str], UsageError]
) -> Iterator[KeyChoice]:
    """The lines of `[keys]`; `rows.label = "l"` without quotes is a table in a table to TOML."""
    for name, value in table.items():
        here = (*place, name)
        if isinstance(value, dict):
            yield from _own_keys(value, here, place_of, wrong)
            continue
        binding = ".".join(str(part) for part in here[1:])
        given = value.split(",") if isinstance(value, str) else value
        if not (isinstance(given, list) and given and all(isinstance(one, str) for one in given)):
            raise wrong(here, f'{binding} takes keys: "l", "/, ctrl+f" or ["/", "ctrl+f"]')
        keys = tuple(one.strip() for one in given)
        if not all(keys):
            raise wrong(here, f'{binding}: a key is missing; that of the comma is called "comma"')
        yield KeyChoice(binding, keys, place_of(here))
