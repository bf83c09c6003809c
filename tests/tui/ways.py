"""The way to every screen and dialog, for the tests that hold for all of them."""

from __future__ import annotations

from collections.abc import Mapping

from textual.pilot import Pilot
from textual.screen import Screen

from console.tui.widgets.grid import Grid
from tests.tui.driving import press

FIRST = "OverviewScreen"
WAYS: Mapping[str, tuple[str, tuple[str, ...]]] = {
    FIRST: ("", ()),
    "FilterBar": (FIRST, ("slash",)),
    "HelpScreen": (FIRST, ("question_mark",)),
    "Palette": (FIRST, ("colon",)),
    "SeatsView": (FIRST, ("W",)),
    "ExportDialog": (FIRST, ("x",)),
    "HandoverDialog": (FIRST, ("H",)),
    "LabelBar": (FIRST, ("tab", "l")),
    "AcknowledgeDialog": (FIRST, ("a",)),
    "SnoozeDialog": (FIRST, ("z",)),
    "AlertScreen": (FIRST, ("enter",)),
    "NoteDialog": ("AlertScreen", ("n",)),
    "EarlierScreen": ("AlertScreen", ("e",)),
    "QueryView": ("AlertScreen", ("s",)),
    "RequestScreen": ("AlertScreen", ("enter",)),
    "NeighboursScreen": ("RequestScreen", ("b",)),
    "RawView": ("RequestScreen", ("w",)),
    "RequestsScreen": (FIRST, ("F",)),
    "LabellingQueue": ("RequestsScreen", ("w",)),
    "QueriesScreen": (FIRST, ("Q",)),
    "QueryScreen": ("QueriesScreen", ("j", "enter", "enter")),
    "SaveDialog": ("QueryScreen", ("x",)),
    "SqlScreen": (FIRST, ("semicolon", "f", "f5")),
    "LabelsScreen": (FIRST, ("L",)),
    "EvaluateScreen": (FIRST, ("E",)),
    "EvaluatedRowsScreen": ("EvaluateScreen", ("enter",)),
    "VersionsScreen": ("EvaluateScreen", ("v",)),
    "SourcesScreen": (FIRST, ("s",)),
    "RejectsScreen": (FIRST, ("r",)),
}
"""Screen -> the one below it, and the keys that lead from there to it."""


def families() -> dict[str, tuple[str, ...]]:
    """The screens in groups, each for one run of the app: the overview's, and what one screen leads to."""
    found: dict[str, list[str]] = {}
    for name in WAYS:
        top = name
        while WAYS[top][0] not in ("", FIRST):
            top = WAYS[top][0]
        found.setdefault(top, []).append(name)
    alone = [members[0] for members in found.values() if len(members) == 1]
    return {FIRST: tuple(alone)} | {top: tuple(members) for top, members in found.items() if len(members) > 1}


async def come_to(pilot: Pilot[None], name: str) -> Screen[object]:
    """The screen is on top: again if it is open, else opened from the one below it."""
    below, keys = WAYS[name]
    if below and not _is_open(pilot, name):
        await come_to(pilot, below)
        await _open(pilot, below, keys)
        if not _is_open(pilot, name):  # keys that were pressed there have moved the focus, or the cursor
            await _close_to(pilot, FIRST)
            await come_to(pilot, below)
            await _open(pilot, below, keys)
    await _close_to(pilot, name)
    assert type(pilot.app.screen).__name__ == name
    return pilot.app.screen


async def _open(pilot: Pilot[None], below: str, keys: tuple[str, ...]) -> None:
    if below == FIRST:
        pilot.app.screen.set_focus(pilot.app.screen.query(Grid).first())
    await press(pilot, *keys)


def _is_open(pilot: Pilot[None], name: str) -> bool:
    return any(type(screen).__name__ == name for screen in pilot.app.screen_stack)


async def _close_to(pilot: Pilot[None], name: str) -> None:
    app = pilot.app
    while len(app.screen_stack) > 1 and type(app.screen).__name__ != name:
        await app.pop_screen()
