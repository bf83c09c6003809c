"""The label queue: one key a request, each kept before the next is taken."""

from __future__ import annotations

from tests.tui.driving import NARROW, WIDE, driving, press, text_of
from tests.tui.fakes import FakeDesk, incident


async def test_first() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "F", "w")
        print(text_of(pilot))
        await press(pilot, "1", "2", "a")
        print(text_of(pilot))
    async with driving(FakeDesk(incident()), WIDE) as pilot:
        await press(pilot, "enter", "w")
        print(text_of(pilot))
