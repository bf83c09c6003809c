"""Lines of text whose height follows what they say."""

from __future__ import annotations

from textual.content import Content
from textual.widgets import Static


class Note(Static):
    """Text that has the screen laid out anew, and so all of it painted, only if its height changes."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._told: Content | None = None

    def tell(self, content: Content) -> None:
        """The note says this; nothing is painted if it said so before."""
        if self._told is not None and content.is_same(self._told):
            return
        width = self.content_size.width
        before, self._told = self._told, content
        fits = before is not None and width and len(before.wrap(width)) == len(content.wrap(width))
        self.update(content, layout=not fits)
