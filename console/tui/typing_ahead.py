"""Keys that are pressed before the last one had its effect wait for it, and go where it leads."""

from __future__ import annotations

import asyncio
from collections import deque
from collections.abc import Iterator

from textual import events
from textual.app import App
from textual.driver import Driver
from textual.message_pump import MessagePump

LONGEST_WAIT_SECONDS = 0.3
"""For which a key is waited for; whatever takes longer is no reason to seem dead."""


class TypingAhead(App[None]):
    """An app that hands on one key at a time.

    Textual hands a key to what has the focus at once, even if the key before it, which is still on its way
    from widget to widget, is about to open a screen: what was typed into a field would be lost, and Enter
    pressed twice would open two screens.
    """

    def __init__(self, driver_class: type[Driver] | None = None) -> None:
        super().__init__(driver_class=driver_class)
        self._typed: deque[events.Key] = deque()
        self._pressed = 0
        """Keys that were handed on so far."""
        self._is_settling = False
        self._is_held = False
        """Whether keys wait for what a screen is doing, however long that takes."""
        self._give_up: asyncio.TimerHandle | None = None

    async def on_event(self, event: events.Event) -> None:
        if not isinstance(event, events.Key) or event.is_forwarded or not self.screen_stack:
            await super().on_event(event)
        elif (self._is_settling or self._is_held or self._typed) and not self._is_urgent(event):
            self._typed.append(event)
        else:
            await self._press(event)

    def hold_keys(self) -> None:
        """Keys wait, in their order, until `let_keys`; only those that leave the console do not."""
        self._is_held = True

    def let_keys(self, *, drop: bool = False) -> int:
        """Keys are handed on again, those that waited first; how many were dropped instead, if told so."""
        dropped = len(self._typed) if drop else 0
        if drop:
            self._typed.clear()
        self._is_held = False
        if not self._is_settling:
            self.call_later(self._take_next)
        return dropped

    def _is_urgent(self, key: events.Key) -> bool:
        active = self.screen.active_bindings.get(key.key) if self._is_held else None
        return active is not None and active.binding.priority

    async def _press(self, key: events.Key) -> None:
        self._is_settling = True
        self._pressed += 1
        way = self._way_of_key()
        next(way)
        await super().on_event(key)
        self._give_up = asyncio.get_running_loop().call_later(
            LONGEST_WAIT_SECONDS, self._settled, self._pressed
        )
        self._hop(way, self._pressed)

    def _way_of_key(self) -> Iterator[MessagePump]:
        """Whose queues a key, and the messages that follow from it, pass through; the app's own first."""
        screen = self.screen
        up = (self.focused or screen).ancestors_with_self
        yield self
        yield from (node for node in up if node is not self)
        yield self
        yield from (node for node in up if node is not self)
        if self.screen_stack and self.screen is not screen:
            yield self.screen
            yield self
            yield self.focused or self.screen

    def _hop(self, way: Iterator[MessagePump], number: int) -> None:
        """The next one's queue is waited for; after the last one the key has had its effect."""
        for pump in way:
            if pump.call_later(self._hop, way, number):
                return
        self._settled(number)

    def _settled(self, number: int) -> None:
        if number == self._pressed and self._is_settling:
            if self._give_up is not None:
                self._give_up.cancel()
            self.call_later(self._go_on, number)

    async def _go_on(self, number: int) -> None:
        if number == self._pressed and self._is_settling:
            self._is_settling = False
            await self._take_next()

    async def _take_next(self) -> None:
        if self._typed and not self._is_settling and not self._is_held:
            await self._press(self._typed.popleft())
