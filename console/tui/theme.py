"""The console's themes, a person's own, and the few colours that every screen speaks in.

Besides Textual's own `$foreground`, `$accent`, `$error`, `$warning` and `$success` there are `$dim`
(what is read second), `$faint` (rules and signs, no words), `$info`, `$band` (top and bottom lines),
`$cursor`, `$mark` and `$chart`. A severity is always a sign and a word as well, never a colour alone.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from console.errors import UsageError
from console.model import THEME_NAMES, OwnTheme, Preferences


def _made(name: str, colours: Mapping[str, str], *, dark: bool) -> Theme:
    """A theme of the console's make.

    Args:
        name: as Textual has it.
        colours: of every role, and `secondary`, `rule`, `rule-hover` and `selection` for what people do
            not choose.
        dark: whether its background is.
    """
    back = colours["background"]
    return Theme(
        name=name,
        primary=colours["accent"],
        secondary=colours["secondary"],
        accent=colours["accent"],
        warning=colours["warning"],
        error=colours["error"],
        success=colours["success"],
        foreground=colours["foreground"],
        background=back,
        surface=colours["surface"],
        panel=colours["panel"],
        dark=dark,
        variables={
            **{role: colours[role] for role in ("dim", "faint", "info", "band", "cursor", "mark", "chart")},
            "block-cursor-background": colours["cursor"],
            "block-cursor-foreground": colours["foreground"],
            "input-cursor-background": colours["accent"],
            "input-selection-background": colours["selection"],
            "scrollbar": colours["rule"],
            "scrollbar-hover": colours["rule-hover"],
            "scrollbar-active": colours["accent"],
            "scrollbar-background": back,
            "scrollbar-background-hover": back,
            "scrollbar-background-active": back,
        },
    )


_NIGHT: Mapping[str, str] = {
    "foreground": "#d3dae3",
    "background": "#0e1217",
    "surface": "#141a21",
    "panel": "#1a222c",
    "accent": "#5fc9bd",
    "secondary": "#7d93ad",
    "error": "#f0716f",
    "warning": "#e3b464",
    "success": "#5fc9bd",
    "dim": "#8d99a8",
    "faint": "#5a6675",
    "info": "#83a8dc",
    "band": "#161d26",
    "cursor": "#22303a",
    "mark": "#1b2a2c",
    "chart": "#5b83ad",
    "rule": "#2a3541",
    "rule-hover": "#3a4857",
    "selection": "#2b5d5a",
}
_DAY: Mapping[str, str] = {
    "foreground": "#1f262e",
    "background": "#fafaf7",
    "surface": "#f2f2ee",
    "panel": "#eaeae5",
    "accent": "#0a6f67",
    "secondary": "#5a6878",
    "error": "#b8272c",
    "warning": "#8c5900",
    "success": "#0a6f67",
    "dim": "#5d6875",
    "faint": "#868e96",
    "info": "#2d62a3",
    "band": "#ecece6",
    "cursor": "#dcebe8",
    "mark": "#e9f1ec",
    "chart": "#5f86ae",
    "rule": "#d2d4d0",
    "rule-hover": "#b9bdb9",
    "selection": "#bfe0dc",
}
_BASES = {"night": (_NIGHT, True), "day": (_DAY, False)}
_ANSI = {
    "dim": "ansi_default",
    "faint": "ansi_bright_black",
    "info": "ansi_blue",
    "band": "ansi_default",
    "cursor": "ansi_default",
    "mark": "ansi_default",
    "chart": "ansi_blue",
}
"""Only what is legible on a dark background and on a light one: which it is, the terminal does not tell."""

NIGHT = _made("console-night", _NIGHT, dark=True)
DAY = _made("console-day", _DAY, dark=False)
ANSI = Theme(
    name="console-ansi",
    ansi=True,
    primary="ansi_cyan",
    secondary="ansi_blue",
    accent="ansi_cyan",
    warning="ansi_yellow",
    error="ansi_red",
    success="ansi_green",
    foreground="ansi_default",
    background="ansi_default",
    surface="ansi_default",
    panel="ansi_default",
    boost="ansi_default",
    variables={
        **_ANSI,
        # Textual's own styles speak of these two in any such theme.
        "ansi-background": "ansi_default",
        "ansi-foreground": "ansi_default",
        "border": "ansi_cyan",
        "border-blurred": "ansi_bright_black",
        "block-cursor-background": "ansi_cyan",
        "block-cursor-foreground": "ansi_black",
        "input-cursor-background": "ansi_cyan",
        "input-cursor-foreground": "ansi_black",
        "input-selection-background": "ansi_blue",
        "input-selection-foreground": "ansi_bright_white",
        "screen-selection-background": "ansi_blue",
        "screen-selection-foreground": "ansi_bright_white",
        "scrollbar": "ansi_bright_black",
        "scrollbar-hover": "ansi_cyan",
        "scrollbar-active": "ansi_cyan",
        "scrollbar-background": "ansi_default",
        "scrollbar-background-hover": "ansi_default",
        "scrollbar-background-active": "ansi_default",
        "scrollbar-corner-color": "ansi_default",
    },
)
"""The terminal's own sixteen colours, as its owner set them."""

_OURS = {"night": NIGHT, "day": DAY, "ansi": ANSI}


def themes_of(preferences: Preferences) -> tuple[Theme, ...]:
    """The console's themes, then the person's own."""
    return (*_OURS.values(), *map(_own, preferences.themes))


def _own(theme: OwnTheme) -> Theme:
    colours, dark = _BASES[theme.base]
    if "background" in theme.colours:
        dark = Color.parse(theme.colours["background"]).brightness < 0.5
    return _made(theme.name, {**colours, **theme.colours}, dark=dark)


def theme_named(preferences: Preferences, environment: Mapping[str, str], colours: str | None = None) -> str:
    """Textual's name of the theme that the person chose.

    Args:
        preferences: what they chose.
        environment: of the process, for `auto`.
        colours: which ones the terminal has, as rich calls it: `standard` for 16; None if that is not known.

    Raises:
        UsageError: `path:line: reason`: there is no such theme; or one of their own has the name of one
            that Textual brings.
    """
    for own in preferences.themes:
        if own.name in BUILTIN_THEMES:
            raise UsageError(f"{own.place}: {own.name!r} is a theme of Textual; give yours another name")
    name = preferences.theme
    if name == "auto":
        name = fitting_theme(environment, colours)
    if name in _OURS:
        return _OURS[name].name
    known = {*(own.name for own in preferences.themes), *BUILTIN_THEMES}
    if name not in known:
        raise UsageError(f"{preferences.theme_place}: no theme is called {name!r}; {_hint(name, known)}")
    return name


def fitting_theme(environment: Mapping[str, str], colours: str | None = None) -> str:
    """Of the console's themes the one that suits the terminal, as far as that can be told without asking it.

    A terminal that is asked for its background answers among the keys, and over a slow link too late; so
    `COLORFGBG` is looked at, which some set. Who wants no colours gets the theme that tells by signs and
    reversed letters what the others tell by a background.
    """
    if colours == "standard" or environment.get("NO_COLOR"):
        return "ansi"
    back = environment.get("COLORFGBG", "").rpartition(";")[2]
    # 7 and 15 are the whites of sixteen colours; 9 to 14 are bright ones, on which dark letters are read.
    return "day" if back.isascii() and back.isdigit() and int(back) in {7, *range(9, 16)} else "night"


def other_theme(chosen: Theme, now: Theme) -> str:
    """The name of the theme that the key for light or dark leads to: the chosen one, or its opposite."""
    if now.name != chosen.name:
        return chosen.name
    return DAY.name if chosen.dark else NIGHT.name


def _hint(name: str, known: Iterable[str]) -> str:
    from difflib import get_close_matches

    names = (*THEME_NAMES, *sorted(known))
    close = get_close_matches(name, names, 1)
    return f"did you mean {close[0]}?" if close else f"there are {', '.join(names)}"


def role_defaults(theme: Theme) -> dict[str, str]:
    """The console's own colours for a theme that does not name them, mixed from those it has."""
    if theme.ansi:
        return dict(_ANSI)
    colours = theme.to_color_system().generate()
    back, ink = Color.parse(colours["background"]), Color.parse(colours["foreground"])
    accent = Color.parse(colours["accent"])
    return {
        "dim": back.blend(ink, 0.65).hex,
        "faint": back.blend(ink, 0.3).hex,
        "info": colours["secondary"],
        "band": colours["surface"],
        "cursor": back.blend(accent, 0.25).hex,
        "mark": back.blend(accent, 0.12).hex,
        "chart": colours["primary"],
    }
