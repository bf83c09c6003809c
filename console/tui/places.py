"""Where a person is: screens as values that can be kept, and made again from them.

A place is made of texts only, so it can be written to a file. A screen takes part by three members:
`kind`, which names it; `opened_with`, which says what it was made from; and `again`, which makes it. Where
the cursor is and which rows are marked is told for every `Grid` with an id, without the screen's help.
"""

from __future__ import annotations

from collections.abc import Hashable, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import TYPE_CHECKING

from textual.screen import Screen

from console.model import RowId, Snapshot
from console.tui.kept import MOST_MARKS, Place, Spot, view_of, view_text
from console.tui.widgets.grid import Grid

if TYPE_CHECKING:
    from console.tui.desk import Desk
    from console.tui.screen import ConsoleScreen, Setting

__all__ = [
    "Place",
    "Spot",
    "Surroundings",
    "arrive",
    "focus_again",
    "key_text",
    "kinds",
    "made_again",
    "place_of",
    "row_id_of",
    "settle",
    "spot_of",
    "view_of",
    "view_text",
]

_LONGEST = 4_096
"""Characters of a row's key that are kept; a longer one is nothing that one comes back to."""


@dataclass(frozen=True, slots=True)
class Surroundings:
    """What a screen is made of beside what it was opened with."""

    desk: Desk
    setting: Setting
    snapshot: Snapshot
    """The newest: an alert, say, is found in it."""


def place_of(screen: Screen[object]) -> Place | None:
    """Where the person is on this screen; None for one that is not come back to: a dialog, the help."""
    kind = getattr(screen, "kind", "")
    if not kind:
        return None
    known: ConsoleScreen = screen  # type: ignore[assignment]
    spot, awaited = spot_of(screen), known.come_to
    if awaited is not None:
        # Rows that are still being read: the person goes on to be where they were among them.
        cursors = {**awaited.cursors, **spot.cursors}
        spot = replace(spot, cursors=cursors, marked={**awaited.marked, **spot.marked})
    return Place(kind, dict(known.opened_with()), spot)


def made_again(place: Place, around: Surroundings) -> ConsoleScreen | None:
    """The screen at that place, drawn from the newest snapshot, to be pushed by the caller.

    None where it cannot be had now: the alert is not open any more, say, or is not known yet.
    """
    kind = kinds().get(place.kind)
    screen = kind.again(around, place.opened_with) if kind is not None else None
    if screen is not None:
        screen.come_to = place.spot
        screen.show(around.snapshot)
    return screen


def kinds() -> Mapping[str, type[ConsoleScreen]]:
    """Every kind of screen that can be made again."""
    from console.tui.alert.earlier import EarlierScreen
    from console.tui.alert.screen import AlertScreen
    from console.tui.evaluate.rows import EvaluatedRowsScreen
    from console.tui.evaluate.screen import EvaluateScreen
    from console.tui.evaluate.versions import VersionsScreen
    from console.tui.labelling.screen import LabellingQueue
    from console.tui.labels_list.screen import LabelsScreen
    from console.tui.queries.query import QueryScreen
    from console.tui.queries.screen import QueriesScreen
    from console.tui.rejects.screen import RejectsScreen
    from console.tui.request.neighbours import NeighboursScreen
    from console.tui.request.screen import RequestScreen
    from console.tui.requests.screen import RequestsScreen
    from console.tui.sources.screen import SourcesScreen
    from console.tui.sql.screen import SqlScreen

    listed: Sequence[type[ConsoleScreen]] = (
        AlertScreen,
        EarlierScreen,
        EvaluateScreen,
        EvaluatedRowsScreen,
        LabellingQueue,
        LabelsScreen,
        NeighboursScreen,
        QueriesScreen,
        QueryScreen,
        RejectsScreen,
        RequestScreen,
        RequestsScreen,
        SourcesScreen,
        SqlScreen,
        VersionsScreen,
    )
    return {screen.kind: screen for screen in listed}


# --- where one is on a screen -------------------------------------------------------------------------


def spot_of(screen: Screen[object]) -> Spot:
    """Cursors, marks and focus, as they are now.

    A cursor on the first row, in a grid that has not the keys, was put there by nobody.
    """
    grids = [grid for grid in screen.query(Grid) if grid.id and grid.rows] if screen.is_mounted else []
    focused = screen.focused
    cursors = {
        str(grid.id): key_text(grid.cursor_key)
        for grid in grids
        if grid is focused or not grid.cursor_is_first
    }
    marked = {
        str(grid.id): tuple(sorted(map(key_text, grid.marked))[:MOST_MARKS]) for grid in grids if grid.marked
    }
    return Spot(cursors, marked, (focused.id or "") if focused is not None else "")


def arrive(grid: Grid, spot: Spot) -> Spot:
    """Cursor and marks of a grid that has rows are as the spot tells; what of the spot is left to do."""
    name = grid.id or ""
    if not grid.rows or (name not in spot.cursors and name not in spot.marked):
        return spot
    places = {key_text(row.key): place for place, row in enumerate(grid.rows)}
    marked = [places[key] for key in spot.marked.get(name, ()) if key in places]
    if marked:
        grid.mark(frozenset(grid.rows[place].key for place in marked))
    at = places.get(spot.cursors.get(name, ""))
    if at is not None and at != grid.cursor_place:
        grid.move(at)
    return replace(
        spot,
        cursors={other: key for other, key in spot.cursors.items() if other != name},
        marked={other: keys for other, keys in spot.marked.items() if other != name},
    )


def settle(screen: ConsoleScreen, spot: Spot) -> None:
    """On a screen that shows its rows already, the person is where the spot tells."""
    for grid in screen.query(Grid):
        spot = arrive(grid, spot)
    focus_again(screen, spot)


def focus_again(screen: ConsoleScreen, spot: Spot) -> None:
    """What had the keys has them again, if it is there."""
    if spot.focused and screen.is_mounted:
        for widget in screen.query("*"):
            if widget.id == spot.focused and widget.focusable:
                widget.focus()
                return


def key_text(key: Hashable | None) -> str:
    """The key of a row as text, by which it is known again; empty for one that is no key to come back to."""
    if isinstance(key, RowId):
        return f"{key.source_id}:{key.offset}"
    text = str(key) if isinstance(key, str | int | tuple) else ""
    return text if len(text) <= _LONGEST else ""


def row_id_of(text: str) -> RowId | None:
    """The row that `key_text` told, None if it told none."""
    source, colon, offset = text.partition(":")
    try:
        return RowId(int(source), int(offset)) if colon else None
    except ValueError:
        return None
