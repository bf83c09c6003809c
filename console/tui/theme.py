"""The console's two themes, and the few colours that every screen speaks in.

Besides Textual's own `$foreground`, `$accent`, `$error`, `$warning` and `$success` there are `$dim`
(what is read second), `$faint` (rules, nulls), `$info`, `$band` (top and bottom lines), `$cursor`,
and `$chart`. A severity is always a sign and a word as well, never a colour alone.
"""

from __future__ import annotations

from textual.color import Color
from textual.theme import Theme

NIGHT = Theme(
    name="console-night",
    primary="#5fc9bd",
    secondary="#7d93ad",
    accent="#5fc9bd",
    warning="#e3b464",
    error="#f0716f",
    success="#5fc9bd",
    foreground="#d3dae3",
    background="#0e1217",
    surface="#141a21",
    panel="#1a222c",
    dark=True,
    variables={
        "dim": "#8d99a8",
        "faint": "#46515f",
        "info": "#83a8dc",
        "band": "#161d26",
        "cursor": "#22303a",
        "mark": "#1b2a2c",
        "chart": "#5b83ad",
        "block-cursor-background": "#22303a",
        "block-cursor-foreground": "#d3dae3",
        "input-cursor-background": "#5fc9bd",
        "input-selection-background": "#2b5d5a",
        "scrollbar": "#2a3541",
        "scrollbar-hover": "#3a4857",
        "scrollbar-active": "#5fc9bd",
        "scrollbar-background": "#0e1217",
        "scrollbar-background-hover": "#0e1217",
        "scrollbar-background-active": "#0e1217",
    },
)

DAY = Theme(
    name="console-day",
    primary="#0b7a71",
    secondary="#5a6878",
    accent="#0b7a71",
    warning="#9a6200",
    error="#bb2d36",
    success="#0b7a71",
    foreground="#1f262e",
    background="#fafaf7",
    surface="#f2f2ee",
    panel="#eaeae5",
    dark=False,
    variables={
        "dim": "#5d6875",
        "faint": "#b4bbc2",
        "info": "#2d62a3",
        "band": "#ecece6",
        "cursor": "#dcebe8",
        "mark": "#e9f1ec",
        "chart": "#7398bd",
        "block-cursor-background": "#dcebe8",
        "block-cursor-foreground": "#1f262e",
        "input-cursor-background": "#0b7a71",
        "input-selection-background": "#bfe0dc",
        "scrollbar": "#d2d4d0",
        "scrollbar-hover": "#b9bdb9",
        "scrollbar-active": "#0b7a71",
        "scrollbar-background": "#fafaf7",
        "scrollbar-background-hover": "#fafaf7",
        "scrollbar-background-active": "#fafaf7",
    },
)


def role_defaults(theme: Theme) -> dict[str, str]:
    """The console's own colours for a theme that does not name them, mixed from those it has."""
    colours = theme.to_color_system().generate()
    if theme.ansi:
        return {
            "dim": "ansi_white",
            "faint": "ansi_bright_black",
            "info": "ansi_blue",
            "band": "ansi_default",
            "cursor": "ansi_bright_black",
            "mark": "ansi_default",
            "chart": "ansi_blue",
        }
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
