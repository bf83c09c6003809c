"""The screen behind a dialog, toned down.

Textual sends the whole of it through Rich and mixes the colours of each piece anew, which is most of what
opening a dialog takes. There are only some dozens of styles on a screen, so here each is mixed once.
"""

from __future__ import annotations

from functools import lru_cache

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.color import Color
from textual.css.styles import RulesMap
from textual.geometry import Size
from textual.screen import Screen
from textual.strip import Strip
from textual.style import Style
from textual.visual import RenderOptions, Visual

_NO_STYLE = RichStyle()
_DIM = RichStyle(dim=True, bold=False)
"""Bold would win where both are asked for."""


class Behind(Visual):
    """What another screen shows, with a colour laid over it.

    Args:
        screen: the one that is behind.
        tint: the colour, with how much of it there is; None where colours cannot be mixed, and what is
            behind is dimmed by the terminal.
    """

    def __init__(self, screen: Screen[object], tint: Color | None) -> None:
        self._screen = screen
        self._tint = tint

    def render_strips(
        self, width: int, height: int | None, style: Style, options: RenderOptions
    ) -> list[Strip]:
        size = Size(width, self._screen.size.height if height is None else height)
        return [
            Strip(
                [
                    Segment(text, toned_down(look or _NO_STYLE, self._tint))
                    for text, look, control in strip
                    if text and not control
                ],
                strip.cell_length,
            )
            for strip in self._screen._compositor.render_strips(size)
        ]

    def get_optimal_width(self, rules: RulesMap, container_width: int) -> int:
        return container_width

    def get_height(self, rules: RulesMap, width: int) -> int:
        return self._screen.size.height


@lru_cache(maxsize=1024)
def toned_down(style: RichStyle, tint: Color | None) -> RichStyle:
    """The style with a colour laid over both of its own, or dim; and nothing in it that can be clicked."""
    style = style.clear_meta_and_links()
    if tint is None:
        return style + _DIM
    ink, paper = (
        None if colour is None else (Color.from_rich_color(colour) + tint).rich_color
        for colour in (style.color, style.bgcolor)
    )
    return style + RichStyle.from_color(ink, paper)
