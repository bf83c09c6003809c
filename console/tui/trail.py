"""The screens that a person visited, as a browser remembers pages: back, and forward again."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

from textual.screen import Screen

from console.tui.places import Place, Spot, Surroundings, made_again, place_of
from console.tui.screen import ConsoleScreen

MOST = 50
"""Visits that are remembered."""


@dataclass(frozen=True, slots=True)
class Visit:
    """A stack of screens: where the person was, and by which way they had come."""

    places: tuple[Place, ...]
    """Of every screen of the stack; the first is the one that is always there."""
    screens: tuple[Screen[object], ...] = ()
    """These screens, as long as they are on the stack."""

    @property
    def signature(self) -> tuple[tuple[str, tuple[tuple[str, str], ...]], ...]:
        """What tells one visit from another, wherever the cursors are."""
        return tuple((place.kind, tuple(sorted(place.opened_with.items()))) for place in self.places)


class Trail:
    """The visits, oldest first, and at which of them the person is."""

    def __init__(self) -> None:
        self._visits: list[Visit] = []
        self._at = -1

    def arrive(self, visit: Visit) -> None:
        """The person is there now: what lay ahead is forgotten, unless they were there before."""
        if self._visits:
            here = self._leave()
            if (here.screens and here.screens == visit.screens) or here.signature == visit.signature:
                self._visits[self._at] = visit
                return
            self._visits[self._at :] = [replace(here, screens=())]
        self._visits = [*self._visits, visit][-MOST:]
        self._at = len(self._visits) - 1

    def step(self, by: int) -> Visit | None:
        """The visit before (-1) or after (+1) this one, at which the person is now; None if there is none."""
        if not 0 <= self._at + by < len(self._visits):
            return None
        self._visits[self._at] = replace(self._leave(), screens=())
        self._at += by
        return self._visits[self._at]

    def _leave(self) -> Visit:
        """The visit at which the person was, as its screens were last."""
        here = self._visits[self._at]
        places = tuple(map(_brought_up_to_date, here.places, here.screens or (None,) * len(here.places)))
        return replace(here, places=places)

    def amend(self, visit: Visit) -> None:
        """The visit that was stepped to turned out like this."""
        self._visits[self._at] = visit


def _brought_up_to_date(place: Place, screen: Screen[object] | None) -> Place:
    now = None if screen is None else place_of(screen)
    if now is None:
        return place
    return now if now.spot != Spot() else replace(now, spot=place.spot)


def visit_of(stack: Sequence[Screen[object]]) -> Visit:
    """The visit that a stack of screens is; dialogs are no part of it."""
    found = [(place, screen) for screen in stack if (place := place_of(screen)) is not None]
    return Visit(tuple(place for place, _ in found), tuple(screen for _, screen in found))


def way(now: Visit, to: Visit, around: Surroundings) -> tuple[int, list[ConsoleScreen], bool]:
    """How to get from one visit to another.

    Returns:
        How many screens to close; which to open on what is left, made anew; whether one is missing that
        cannot be had now.
    """
    shared = 0
    for here, there in zip(now.signature, to.signature, strict=False):
        if here != there:
            break
        shared += 1
    shared = max(1, shared)  # the first screen is never closed
    made = [made_again(place, around) for place in to.places[shared:]]
    opened = [screen for screen in made if screen is not None]
    return len(now.places) - shared, opened, len(opened) < len(made)
