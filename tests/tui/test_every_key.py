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

from console.errors import ConsoleError, StoreError
from console.model import LabelChoices, LabelDraft, Seat
from console.tui.keymap import key_uses
from tests.tui.driving import NARROW, driving, press
from tests.tui.fakes import NOW, FakeDesk, incident, label_queue, trouble
from tests.tui.ways import FIRST, WAYS, come_to, families

LEAVES = {"app.quit", "overview.back"}
"""What ends the console."""
ALIKE = {
    *("app.theme", "app.meter", "app.redraw", "app.suspend", "app.seats", "app.palette"),
    *("app.sql", "app.queries", "app.labels", "app.evaluate", "app.requests"),
}
"""What does the same wherever one is, and moving in a table: pressed on the overview only."""
UNREAD: ConsoleError = StoreError("predictions.duckdb: cannot be read")


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


def focus(screen: Screen[object], node: DOMNode) -> None:
    """Keys go to this widget; those of a screen and of the app are not typed into a line."""
    of_its_kind = [widget for widget in screen.query("*") if type(widget) is type(node)]
    if of_its_kind:
        screen.set_focus(of_its_kind[0])
    elif isinstance(screen.focused, Input | TextArea):
        screen.set_focus(None)


@pytest.mark.parametrize("family", families())
async def test_every_key_of_a_screen_can_be_pressed(family: str) -> None:
    async with driving(desk(), NARROW) as pilot:
        for name in families()[family]:
            await press_all_keys(pilot, name)


async def test_every_key_of_the_label_queue_can_be_pressed_where_labels_are_numbers() -> None:
    choices = {"fraud": LabelChoices(is_number=True)}
    async with driving(FakeDesk(incident(), queue=label_queue(choices=choices)), NARROW) as pilot:
        await press_all_keys(pilot, "LabellingQueue", with_app=False)


async def test_every_key_can_be_pressed_where_there_is_nothing_to_do() -> None:
    nothing = FakeDesk(incident(), queue=label_queue(0))
    async with driving(nothing, NARROW) as pilot:
        for name in ("LabellingQueue", "LabelsScreen"):
            await press_all_keys(pilot, name, with_app=False)


async def test_every_key_can_be_pressed_where_nothing_can_be_read() -> None:
    failing = dict.fromkeys(("label_queue", "label_book", "evaluation", "export", "hand_over"), UNREAD)
    async with driving(FakeDesk(incident(), failing=failing), NARROW) as pilot:
        for name in ("LabellingQueue", "LabelsScreen", "EvaluateScreen", "ExportDialog", "HandoverDialog"):
            await press_all_keys(pilot, name, with_app=False)


async def press_all_keys(pilot: Pilot[None], name: str, *, with_app: bool = True) -> None:
    """Every key that does something on the screen of this name was pressed there; the app's too, or not."""
    screen = await come_to(pilot, name)
    for node in nodes_on(screen):
        if node is pilot.app and not with_app:
            continue
        for key in keys_of(node, all_of_them=name == FIRST):
            focus(await come_to(pilot, name), node)
            await pilot.press(key)
            assert pilot.app.is_running, f"{key} on {name}"


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
