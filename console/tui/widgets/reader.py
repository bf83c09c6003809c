"""A page to read, longer than the screen."""

from __future__ import annotations

from typing import ClassVar

from textual.binding import Binding, BindingType
from textual.containers import VerticalScroll


class Reader(VerticalScroll):
    """A page to read, with the keys of a pager."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("j", "scroll_down", "down", show=False, tooltip="down"),
        Binding("k", "scroll_up", "up", show=False, tooltip="up"),
        Binding("g", "scroll_home", "to the top", show=False, tooltip="to the top"),
        Binding("G", "scroll_end", "to the end", show=False, tooltip="to the end"),
        Binding("ctrl+d", "half_page(1)", "half a page down", show=False, tooltip="half a page down"),
        Binding("ctrl+u", "half_page(-1)", "half a page up", show=False, tooltip="half a page up"),
        Binding("space", "page_down", "page down", show=False, tooltip="page down"),
    ]

    def action_half_page(self, direction: int) -> None:
        """Half a page up or down."""
        self.scroll_relative(y=direction * max(1, self.size.height // 2), animate=False)
