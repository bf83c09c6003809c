"""Screens that are mounted and laid out before anybody asks for them.

To mount the widgets of a screen, and to style and lay them out, takes longer than to draw them. So while
nobody presses a key, one screen of each kind that is often opened is made behind the one that is looked
at; when such a screen is pushed, the one that is ready stands in for it. Each is used once, so there is
nothing that it would have to forget.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Self

from textual.app import App
from textual.screen import Screen


class MadeAhead:
    """What a screen that may be made ahead can do: begin when it is opened, as what another one would be."""

    _begun = False

    def begin(self) -> None:
        """It is opened: what it shows is asked for. What needs nobody to look is done when it is mounted."""

    def begin_once(self) -> None:
        """It has begun, now or before."""
        if not self._begun:
            self._begun = True
            self.begin()

    def stand_in_for(self, other: Self) -> bool:
        """This one, which was made ahead, is what the other would be; False if it cannot be."""
        return False

    def lay_out_ahead(self) -> None:
        """Its widgets know their places, although nobody sees them yet."""


Makers = Mapping[type[MadeAhead], Callable[[], MadeAhead | None]]
"""How one of each kind is made, the one that is opened most often first; None while that cannot be."""


class Ahead:
    """The screens that are ready.

    Args:
        app: whose screens they are.
        makers: of which kinds there are to be any.
    """

    def __init__(self, app: App[None], makers: Makers) -> None:
        self._app = app
        self._makers = makers
        self._ready: dict[type[MadeAhead], MadeAhead] = {}

    @property
    def kinds(self) -> frozenset[type[MadeAhead]]:
        """The kinds of which one is ready."""
        return frozenset(self._ready)

    async def prepare(self) -> bool:
        """One more screen is ready; False if none is missing that can be made now."""
        for kind, make in self._makers.items():
            made = None if kind in self._ready else make()
            if isinstance(made, Screen):
                _, mounting = self._app._get_screen(made)
                await mounting
                if not made.is_running:  # the app ends
                    return False
                made.lay_out_ahead()
                self._ready[kind] = made
                return True
        return False

    def instead_of(self, screen: Screen[object]) -> Screen[object]:
        """The screen that is ready, to be pushed instead of this new one; this one if there is none."""
        ready = self._ready.get(type(screen)) if isinstance(screen, MadeAhead) else None
        if not isinstance(ready, Screen) or not ready.stand_in_for(screen):
            return screen
        del self._ready[type(ready)]
        return ready

    def forget(self) -> None:
        """None is ready any more: the terminal has another size, or other colours."""
        for screen in self._ready.values():
            if isinstance(screen, Screen):
                screen.remove()
        self._ready.clear()
