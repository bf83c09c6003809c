"""The view that the screens share: it is kept as a person moves between them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from console.model import NO_FILTER, Filter, View

_KEPT = 50
"""Filters that are remembered."""


def _nobody(view: View) -> None:
    """Nobody is told of the view."""


class Viewing:
    """What the person looks at. For the app's own thread only."""

    def __init__(self, look: Callable[[View], None] = _nobody, view: View | None = None) -> None:
        """Whoever draws the snapshots is told of each new view by `look`, which must not block."""
        self._look = look
        self._view = view or View()
        self.earlier: list[Filter] = []
        """Filters that were in force, the latest first."""

    @property
    def view(self) -> View:
        """The view in force; a snapshot that is drawn for it may still be on its way."""
        return self._view

    def look(self, view: View) -> None:
        """This view is in force from now on."""
        self.remember(view.filter)
        if view != self._view:
            self._view = view
            self._look(view)

    def clear(self) -> None:
        """No filter is in force; the time stays."""
        self.look(replace(self._view, filter=NO_FILTER))

    def remember(self, filter: Filter) -> None:
        """The filter can be had again."""
        if filter:
            self.earlier = [filter, *(one for one in self.earlier if one != filter)][:_KEPT]
