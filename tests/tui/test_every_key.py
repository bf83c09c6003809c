"""Every key of every screen can be pressed there."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.binding import Binding
from textual.dom import DOMNode
from textual.pilot import Pilot
from textual.screen import ModalScreen, Screen
from textual.widgets import Input, TextArea

from console.model import LabelDraft, Seat
from console.tui.keymap import key_uses
from console.tui.widgets.grid import Grid
from tests.tui.driving import NARROW, driving, press
from tests.tui.fakes import NOW, FakeDesk, incident, trouble

WAYS: dict[str, tuple[str, ...]] = {
    "OverviewScreen": (),
    "AlertScreen": ("enter",),
    "EarlierScreen": ("enter", "e"),
    "QueryView": ("enter", "s"),
    "RequestScreen": ("enter", "enter"),
    "NeighboursScreen": ("enter", "enter", "b"),
    "RawView": ("enter", "enter", "w"),
    "RequestsScreen": ("F",),
    "LabellingQueue": ("F", "w"),
    "QueriesScreen": ("Q",),
    "QueryScreen": ("Q", "j", "enter", "enter"),
    "SaveDialog": ("Q", "j", "enter", "enter", "x"),
    "SqlScreen": ("semicolon", "f", "f5"),
    "LabelsScreen": ("L",),
    "EvaluateScreen": ("E",),
    "EvaluatedRowsScreen": ("E", "enter"),
    "VersionsScreen": ("E", "v"),
    "SourcesScreen": ("s",),
    "RejectsScreen": ("r",),
    "HelpScreen": ("question_mark",),
    "FilterBar": ("slash",),
    "SeatsView": ("W",),
    "ExportDialog": ("x",),
    "HandoverDialog": ("H",),
    "LabelBar": ("tab", "l"),
    "AcknowledgeDialog": ("a",),
    "SnoozeDialog": ("z",),
    "NoteDialog": ("enter", "n"),
}
"""Screen -> the keys that lead to it from the overview."""
LEAVES = {"app.quit", "overview.back"}
"""What ends the console."""
ALIKE = {"app.theme", "app.meter", "app.redraw", "app.suspend", "app.seats", "app.palette"}
"""What does the same wherever one is, and moving in a table: pressed on the overview only."""


def desk() -> FakeDesk:
    seats = (Seat("ada", 7, NOW, True, "overview"), Seat("bob", 8, NOW - timedelta(hours=1), False, "sql"))
    snapshot = replace(incident(), sources=trouble(6).sources, rejects=15, seats=seats)
    return FakeDesk(snapshot, drafts=[(LabelDraft("f-001000", "legit"),)])


def bindings_of(node: DOMNode) -> Iterable[Binding]:
    """Those that the console's own classes give it."""
    for owner in type(node).__mro__:
        if owner.__module__.startswith("console.tui."):
            yield from (one for one in owner.__dict__.get("BINDINGS", ()) if isinstance(one, Binding))


def keys_of(node: DOMNode, *, all_of_them: bool = True) -> list[str]:
    """The first key of everything that keys do there."""
    return [
        one.key.split(",")[0].strip()
        for one in bindings_of(node)
        if one.id not in LEAVES and (all_of_them or not is_alike(one))
    ]


def is_alike(binding: Binding) -> bool:
    """Whether it does the same on every screen."""
    moves = (binding.id or "").startswith("table.") and binding.id != "table.open"
    return moves or binding.id in ALIKE


def nodes_on(screen: Screen[object]) -> list[DOMNode]:
    """The screen, one widget of each kind that has keys of its own, and the app unless a dialog covers it."""
    kinds: dict[type[DOMNode], DOMNode] = {}
    for widget in screen.query("*"):
        if widget.focusable and keys_of(widget):
            kinds.setdefault(type(widget), widget)
    return [screen, *kinds.values(), *([] if isinstance(screen, ModalScreen) else [screen.app])]


async def return_to(pilot: Pilot[None], name: str) -> Screen[object]:
    """The screen is on top again, opened anew if its key has closed it."""
    app = pilot.app
    while len(app.screen_stack) > 1 and type(app.screen).__name__ != name:
        await app.pop_screen()
    if type(app.screen).__name__ != name:
        app.screen.set_focus(app.screen.query(Grid).first())
        await press(pilot, *WAYS[name])
    assert type(app.screen).__name__ == name
    return app.screen


def focus(screen: Screen[object], node: DOMNode) -> None:
    """Keys go to this widget; those of a screen and of the app are not typed into a line."""
    of_its_kind = [widget for widget in screen.query("*") if type(widget) is type(node)]
    if of_its_kind:
        screen.set_focus(of_its_kind[0])
    elif isinstance(screen.focused, Input | TextArea):
        screen.set_focus(None)


@pytest.mark.parametrize("name", WAYS)
async def test_every_key_of_a_screen_can_be_pressed(name: str) -> None:
    async with driving(desk(), NARROW) as pilot:
        screen = await return_to(pilot, name)
        for node in nodes_on(screen):
            for key in keys_of(node, all_of_them=name == "OverviewScreen"):
                focus(await return_to(pilot, name), node)
                await pilot.press(key)
                assert pilot.app.is_running, key


async def test_what_leaves_the_console_leaves_it() -> None:
    for key in ("q", "ctrl+q"):
        async with driving(desk(), NARROW) as pilot:
            await press(pilot, key)
            assert pilot.app._exit


def test_no_screen_is_missing() -> None:
    key_uses()  # imports every screen
    found: set[type[DOMNode]] = set()
    waiting: list[type[DOMNode]] = [Screen]
    while waiting:
        for one in waiting.pop().__subclasses__():
            waiting.append(one)
            if one.__module__.startswith("console.tui.") and not one.__subclasses__():
                found.add(one)
    assert {one.__name__ for one in found} == set(WAYS)
