"""A page to read, longer than the screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll


class Reader(VerticalScroll):
    """A page to read, with the keys of a pager."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "down", show=False, id="page.down", tooltip="down"),
        Binding("k", "scroll_up", "up", show=False, id="page.up", tooltip="up"),
        Binding("g", "scroll_home", "to the top", show=False, id="page.top", tooltip="to the top"),
        Binding("G", "scroll_end", "to the end", show=False, id="page.end", tooltip="to the end"),
        Binding(
            "ctrl+d",
            "half_page(1)",
            "half a page down",
            show=False,
            id="page.half_page_down",
            tooltip="half a page down",
        ),
        Binding(
            "ctrl+u",
            "half_page(-1)",
            "half a page up",
            show=False,
            id="page.half_page_up",
            tooltip="half a page up",
        ),
        Binding("space", "page_down", "page down", show=False, id="page.page_down", tooltip="page down"),
    ]

    def action_half_page(self, direction: int) -> None:
        """Half a page up or down."""
        self.scroll_relative(y=direction * max(1, self.size.height // 2), animate=False)
