"""How a person wants the console to look and to be driven: what the configuration says of the screens."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import timedelta

THEME_BASES = ("night", "day")
"""Themes that one of a person's own may begin with."""

THEME_NAMES = ("auto", *THEME_BASES, "ansi")
"""Themes of the console; `auto` is the one of these that suits the terminal."""

ROLES = (
    *("foreground", "background", "surface", "panel", "accent", "error", "warning", "success"),
    *("dim", "faint", "info", "band", "cursor", "mark", "chart"),
)
"""What a colour of a theme is for."""


@dataclass(frozen=True, slots=True)
class OwnTheme:
    """One `[theme.NAME]` of the configuration."""

    name: str
    base: str = THEME_BASES[0]
    """Of `THEME_BASES`: it has the colours of the roles that are not named."""
    colours: Mapping[str, str] = field(default_factory=dict)
    """Role -> `#rrggbb`."""
    place: str = ""
    """`path:line` of the configuration, for messages."""


@dataclass(frozen=True, slots=True)
class KeyChoice:
    """Other keys for one thing that keys do: a line of `[keys]`."""

    binding: str
    """Id of the binding: `rows.label`."""
    keys: tuple[str, ...]
    """As they were written: `/`, `ctrl+f`. At least one."""
    place: str = ""
    """`path:line` of the configuration, for messages."""


@dataclass(frozen=True, slots=True)
class Preferences:
    """What `[console]`, `[theme]` and `[keys]` say of the screens; without them, what holds then."""

    theme: str = THEME_NAMES[0]
    """Of `THEME_NAMES`, of `themes`, or of those that Textual brings."""
    theme_place: str = ""
    """`path:line` where `theme` stands, for messages; empty if nobody said it."""
    themes: tuple[OwnTheme, ...] = ()
    keys: tuple[KeyChoice, ...] = ()
    mouse: bool = True
    """Whether the terminal is to report the mouse."""
    frames_per_second: int = 15
    """At most; each is what the terminal is sent at once."""
    time_zone: str | None = None
    """IANA name of the zone of the local clock; None for the system's."""
    span: timedelta | None = timedelta(hours=24)
    """How long a time the overview shows at the start; None for all that is stored."""
    row_limit: int = 500
    """Rows of a query's answer that are shown."""
