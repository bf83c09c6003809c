"""The text of the help, of which only the lines in view are drawn."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from textwrap import wrap

from rich.cells import cell_len
from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.geometry import Size
from textual.strip import Strip
from textual.widget import Widget

from console.tui.widgets.looks import look_of

_LINE = 66
"""Cells of a line of help, where there is room for them."""
_LEAST = 12
"""Cells for what a key does, however little room there is."""

Line = tuple[tuple[str, str], ...]
"""Pieces of text, each with its style."""


@dataclass(frozen=True, slots=True)
class Group:
    """Keys that belong together."""

    title: str
    keys: tuple[tuple[str, str], ...]
    """Signs of the keys, and what they do."""


def lines_of(groups: Sequence[Group], width: int) -> list[Line]:
    """The groups below each other, a line of air between them; what is too long goes on below."""
    lines: list[Line] = []
    for group in groups:
        if lines:
            lines.append(())
        lines.append(((group.title, "bold $foreground"),))
        column = max(cell_len(signs) for signs, _ in group.keys)
        for signs, does in group.keys:
            first, *more = wrap(does, max(_LEAST, min(_LINE, width) - column - 5)) or [""]
            pad = " " * (column - cell_len(signs) + 3)
            lines.append((("  ", ""), (signs, "$accent"), (pad, ""), (first, "$dim")))
            lines += [((" " * (column + 5), ""), (line, "$dim")) for line in more]
    return lines


class HelpPage(Widget):
    """Groups of keys, as high as they are."""

    def __init__(self, groups: Sequence[Group]) -> None:
        super().__init__(id="help-groups")
        self._groups = groups
        self._drawn: tuple[int, list[Line]] = (0, [])
        self._looks: dict[str, RichStyle] = {}

    def show(self, groups: Sequence[Group]) -> None:
        """The page has these groups."""
        self._groups = groups
        self._drawn = (0, [])
        self.refresh(layout=True)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._lines(width))

    def notify_style_update(self) -> None:
        self._looks.clear()
        super().notify_style_update()

    def render_line(self, y: int) -> Strip:
        width = self.size.width
        lines = self._lines(width)
        pieces = lines[y] if y < len(lines) else ()
        segments = [Segment(text, self._look(style)) for text, style in pieces]
        return Strip(segments).adjust_cell_length(width, self._look(""))

    def _lines(self, width: int) -> list[Line]:
        if self._drawn[0] != width:
            self._drawn = (width, lines_of(self._groups, width))
        return self._drawn[1]

    def _look(self, style: str) -> RichStyle:
        look = self._looks.get(style)
        if look is None:
            look = self._looks[style] = look_of(self, (style,))
        return look
