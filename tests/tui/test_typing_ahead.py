"""Keys that come faster than screens open."""

from __future__ import annotations

import asyncio
from typing import ClassVar

import pytest
from textual import events
from textual.app import ComposeResult
from textual.binding import Binding, BindingType
from textual.widgets import Input, Static

from console.tui.typing_ahead import TypingAhead
from tests.tui.driving import driving, settle
from tests.tui.fakes import FakeDesk, incident

NAMED = {"enter": "\r", "escape": "\x1b"}
KEYS = {"/": "slash", "=": "equals_sign"}


def typed(app: TypingAhead, *keys: str) -> None:
    """All these keys have arrived at once, as over a slow link."""
    for key in keys:
        app.post_message(events.Key(KEYS.get(key, key), NAMED.get(key, key)))


@pytest.mark.parametrize(
    ("keys", "screens"),
    [
        (("enter", "enter"), ["OverviewScreen", "AlertScreen", "RequestScreen"]),
        (("enter", "s"), ["OverviewScreen", "AlertScreen", "QueryView"]),
        (("s", "q", "r"), ["OverviewScreen", "RejectsScreen"]),
        (("s", "r", "q", "q"), ["OverviewScreen"]),
    ],
)
async def test_a_key_goes_to_the_screen_that_the_one_before_it_opens(
    keys: tuple[str, ...], screens: list[str]
) -> None:
    async with driving(FakeDesk(incident())) as pilot:
        typed(pilot.app, *keys)  # type: ignore[arg-type]
        await settle(pilot)
        assert [type(screen).__name__ for screen in pilot.app.screen_stack] == screens


async def test_what_is_typed_behind_the_key_that_opens_a_field_is_in_the_field() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        typed(pilot.app, "/", *"model=fraud")  # type: ignore[arg-type]
        await settle(pilot)
        assert pilot.app.screen.query_one(Input).value == "model=fraud"


class Stuck(Static, can_focus=True):
    """Something that is busy with its first key until it is told to go on."""

    def __init__(self) -> None:
        super().__init__()
        self.busy, self.go_on = asyncio.Event(), asyncio.Event()

    async def on_key(self) -> None:
        self.busy.set()
        await self.go_on.wait()


class OneKey(TypingAhead):
    BINDINGS: ClassVar[list[BindingType]] = [Binding("ctrl+q", "leave", "leave", priority=True)]

    def compose(self) -> ComposeResult:
        yield Stuck()

    def on_mount(self) -> None:
        self.left = asyncio.Event()
        self.query_one(Stuck).focus()

    def action_leave(self) -> None:
        self.left.set()


async def test_a_widget_that_hangs_does_not_keep_other_keys_from_working(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("console.tui.typing_ahead.LONGEST_WAIT_SECONDS", 0.01)
    app = OneKey()
    async with app.run_test() as pilot:
        await pilot.pause()
        stuck = app.query_one(Stuck)
        try:
            typed(app, "a", "ctrl+q")
            await asyncio.wait_for(stuck.busy.wait(), 10)
            await asyncio.wait_for(app.left.wait(), 10)
        finally:
            stuck.go_on.set()
