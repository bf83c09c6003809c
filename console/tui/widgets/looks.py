"""The look of a piece of a line that a widget draws itself."""

from __future__ import annotations

from rich.style import Style as RichStyle
from textual.style import Style
from textual.widget import Widget

CURRENT = "on $cursor"
"""Style of the line that the cursor is on, where there is a colour for it."""


def look_of(widget: Widget, parts: tuple[str, ...]) -> RichStyle:
    """The widget's own style with these laid over it.

    Where colours are the terminal's own, or there are none, the cursor's line is reversed instead: whole,
    since colours that are exchanged piece by piece would make it a row of patches.
    """
    style = widget.visual_style
    if CURRENT in parts and (widget.app.native_ansi_color or widget.app.no_color):
        return (style + Style(reverse=True)).rich_style
    for part in filter(None, parts):
        style += Style.parse(part)
    return style.rich_style
