"""The way back to where a person left, and keeping where they are.

For what is kept, and how, see `kept`; for how screens are made again, `places`.
"""

from __future__ import annotations

from dataclasses import replace
from time import monotonic
from typing import TYPE_CHECKING

from console.model import Phase
from console.tui import say
from console.tui.kept import Kept, Place, PlaceKeeper, Whereabouts, rows_in
from console.tui.places import Surroundings, made_again, place_of, settle
from console.tui.safe import cut
from console.tui.screen import ConsoleScreen, Setting

if TYPE_CHECKING:
    from textual.app import App

KEEP_SECONDS = 1.0
"""How often it is looked whether the person is elsewhere."""
PATIENCE_SECONDS = 10.0
"""How long an alert is waited for, once everything is read and judged."""


class Resuming:
    """Keeps where the person is, and brings them back to where they were.

    For the app's own thread only, but for the writing.

    Args:
        keeper: writes the place; None if none is to be left behind.
        kept: the place to come back to, None to begin at the beginning.
        greeting: a notice to begin with; empty for none.
    """

    def __init__(self, keeper: PlaceKeeper | None, kept: Kept | None = None, greeting: str = "") -> None:
        self._keeper = keeper
        self._kept = kept
        self._greeting = greeting
        self._told = False
        self._ready_since: float | None = None
        """When a snapshot was first late enough to come back (monotonic)."""
        self._untouched: Whereabouts | None = None
        """How the console looked before the person had gone anywhere, None once they have."""

    def begin(self, app: App[None], setting: Setting) -> None:
        """Theme and view are those of the place to come back to."""
        if self._kept is not None:
            at = self._kept.at
            if at.theme in app.available_themes:
                app.theme = at.theme
            setting.viewing.look(at.view)
        self._untouched = Whereabouts(setting.viewing.view, app.theme)
        if self._greeting:
            app.notify(self._greeting, markup=False, timeout=8)

    # --- the way back -----------------------------------------------------------------------------

    def see(self, app: App[None], around: Surroundings) -> None:
        """The screens are opened again, if what they show is there by now."""
        if self._kept is None:
            return
        screens = [screen for screen in app.screen_stack if place_of(screen) is not None]
        if len(screens) != 1 or not isinstance(screens[0], ConsoleScreen):
            self._kept = None  # The person has gone elsewhere meanwhile.
            return
        snapshot = around.snapshot
        sources = {str(source.source_id): source.beginnings for source in snapshot.sources}
        first, stack = screens[0], self._kept.at.in_cache(snapshot.cache, sources).stack
        if snapshot.phase is not Phase.LIVE or (snapshot.judged_at is None and snapshot.rows > 0):
            if not self._told and stack[1:]:
                first.tell(f"Coming back to {words_of(stack[-1])} once everything is read and judged")
            self._told = True
            return
        found, gone = [], []
        for place in stack[1:]:
            screen = made_again(place, around)
            if screen is None:
                gone.append(words_of(place))
            else:
                found.append(screen)
        now = monotonic()
        self._ready_since = now if self._ready_since is None else self._ready_since
        if gone and now - self._ready_since < PATIENCE_SECONDS:
            return
        kept_at, self._kept = self._kept.kept_at, None
        if stack:
            settle(first, stack[0].spot)
        for screen in found:
            app.push_screen(screen)
        when = say.at(kept_at, around.setting.utc().date())
        missing = f"; there is no more: {', '.join(gone)}" if gone else ""
        (found[-1] if found else first).tell(f"Back where you were at {when} UTC{missing}")

    # --- keeping ----------------------------------------------------------------------------------

    def to_keep(self, app: App[None], setting: Setting) -> Whereabouts | None:
        """Where the person is, None if that is kept already, or is not to be.

        Not before they have gone anywhere: who forgot to ask for their place can still go back to it.
        """
        if self._keeper is None or self._kept is not None:
            return None
        places = [place for place in map(place_of, app.screen_stack) if place is not None]
        at = Whereabouts(setting.viewing.view, app.theme, tuple(places))
        snapshot = next((one.snapshot for one in app.screen_stack if isinstance(one, ConsoleScreen)), None)
        if snapshot is not None:
            wanted = rows_in(places)
            sources = {str(source.source_id): source.beginnings for source in snapshot.sources}
            kept = {number: path for number, path in sources.items() if number in wanted}
            at = replace(at, cache=snapshot.cache, sources=kept)
        if self._untouched is not None:
            if len(places) < 2 and (at.view, at.theme) == (self._untouched.view, self._untouched.theme):
                return None
            self._untouched = None
        return None if self._keeper.is_kept(at) else at

    def keep(self, at: Whereabouts) -> None:
        """The place is kept. From any thread."""
        if self._keeper is not None:
            self._keeper.keep(at)


def words_of(place: Place) -> str:
    """The place in few words: `the alert drift amount`."""
    return f"the {cut(place.kind, 20)} {cut(place.opened_with.get('words', ''), 60)}".strip()
