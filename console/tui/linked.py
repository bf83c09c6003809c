"""The part of the app that minds the link to its terminal: what goes over it, when, and what it costs."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
from dataclasses import dataclass
from time import monotonic
from typing import ClassVar

from rich.console import RenderableType
from textual import events
from textual._compositor import CompositorUpdate
from textual.await_remove import AwaitRemove
from textual.binding import Binding, BindingType
from textual.css.query import NoMatches
from textual.dom import DOMNode
from textual.notifications import Notification, Notify
from textual.screen import Screen
from textual.theme import Theme
from textual.widget import AwaitMount, Widget
from textual.widgets._toast import ToastRack

from console.tui.ahead import Ahead
from console.tui.link import Difference, LinkDriver, Painted
from console.tui.meter import Meter, Reading
from console.tui.typing_ahead import TypingAhead

QUIET_SECONDS = 20.0
"""Without a key, after which nobody minds a tenth of a second."""
TIDY_EVERY_SECONDS = 120.0
STARTED_SECONDS = 3.0
SETTLED_SECONDS = 0.5
"""After a key: what it opened is on the screen, and what it closed is garbage."""
IDLE_SECONDS = 0.15
"""Since the last key, after which a screen is made that the next one may open."""
LEAST_SHOWN_SECONDS = 0.05
"""For which a notice is on a screen that was opened as its time ended."""
_LOOK_AGAIN_SECONDS = 0.1
"""After which a link that was stalled is looked at again."""


@dataclass
class Notice(Notification):
    """A notice that never has less than no time left: from a timer of that Textual does not come back."""

    @property
    def time_left(self) -> float:
        return max(LEAST_SHOWN_SECONDS, super().time_left)

    @property
    def has_expired(self) -> bool:
        return super().time_left <= 0


class LinkedApp(TypingAhead):
    """An app that writes only what differs, waits for a slow link, and can tell what it writes."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "B",
            "meter",
            "bytes",
            show=False,
            id="app.meter",
            tooltip="bytes and frames a second, and how long a key takes",
        ),
        Binding(
            "ctrl+l", "redraw", "redraw", show=False, id="app.redraw", tooltip="draw the whole screen anew"
        ),
        Binding(
            "ctrl+z",
            "rest",
            "suspend",
            show=False,
            id="app.suspend",
            tooltip="back to the shell; `fg` returns",
        ),
    ]

    def __init__(self) -> None:
        # `textual serve` names a driver of its own.
        super().__init__(driver_class=None if "TEXTUAL_DRIVER" in os.environ else LinkDriver)
        # No widget has a tooltip, and each screen would make room for one.
        self._disable_tooltips = True
        self.meter = Meter()
        self.metered = False
        """Whether the meter is shown."""
        self._painted = Painted()
        self._waits_for_link = False
        self._pressed_at = monotonic()
        self._tidies = False
        """Whether it is about to be looked through what is new."""
        self.ahead = Ahead(self, {})
        self._is_preparing = False

    @property
    def has_few_colours(self) -> bool:
        """Whether the terminal has too few colours for shades of one."""
        return isinstance(self._driver, LinkDriver) and self.console.color_system != "truecolor"

    async def on_load(self) -> None:
        # What reading and judging have imported by then stays anyway, and need not be looked through.
        self.set_timer(STARTED_SECONDS, gc.freeze)
        self.set_interval(TIDY_EVERY_SECONDS, self._tidy)
        self.theme_changed_signal.subscribe(self, self._recolour, immediate=True)
        self.set_timer(SETTLED_SECONDS, self._go_ahead)

    def _recolour(self, theme: Theme) -> None:
        self.ahead.forget()

    def _go_ahead(self) -> None:
        """Screens are made ahead, each in a moment in which nobody presses a key, until none is missing."""
        if isinstance(self._driver, LinkDriver) and not self._is_preparing:
            self._is_preparing = True
            self.run_worker(self._prepare(), group="ahead")

    async def _prepare(self) -> None:
        is_any_missing = True
        while is_any_missing:
            await asyncio.sleep(IDLE_SECONDS)
            if monotonic() - self._pressed_at >= IDLE_SECONDS:
                is_any_missing = await self.ahead.prepare()
        self._is_preparing = False

    def _get_screen(self, screen: Screen[object] | str) -> tuple[Screen[object], AwaitMount]:
        if isinstance(screen, Screen) and not screen.is_running:
            new, screen = screen, self.ahead.instead_of(screen)
            if screen is not new:
                self._go_ahead()
        return super()._get_screen(screen)

    def _handle_exception(self, error: Exception) -> None:
        # Once an app ends, Textual mounts no widget: a screen that was just opened looks for its own in vain.
        if not (self._exit and isinstance(error, NoMatches)):
            super()._handle_exception(error)

    def _tidy_what_is_new(self) -> None:
        """What the last keys left behind is looked through before there is so much that one would notice."""
        self._tidies = False
        gc.collect(1)
        self._go_ahead()

    def _tidy(self) -> None:
        """Screens that were closed give their memory back, at a moment when nobody waits."""
        if monotonic() - self._pressed_at > QUIET_SECONDS:
            gc.collect()

    def metered_reading(self) -> Reading | None:
        """What the meter says now; None while it is not wanted."""
        return self.meter.reading() if self.metered else None

    def _display(self, screen: Screen[object], renderable: RenderableType | None) -> None:
        driver = self._driver
        if not isinstance(driver, LinkDriver) or not isinstance(renderable, CompositorUpdate):
            super()._display(screen, renderable)
            return
        if driver.is_stalled:
            if not self._waits_for_link:
                self._waits_for_link = True
                self.set_timer(_LOOK_AGAIN_SECONDS, self._look_again)
            return
        before = driver.written
        super()._display(screen, Difference(renderable, self._painted))
        if driver.written != before:
            self.meter.painted(driver.written - before)

    @property
    def _background_screens(self) -> list[Screen[object]]:
        # Textual also counts the screen below one that nothing shines through: it would be laid out for each
        # screen that opens over it, and all of that one be painted when it changes.
        stack = self._screen_stack
        return [] if stack and stack[-1].styles.background.a == 1 else super()._background_screens

    def _prune(self, *nodes: Widget, parent: DOMNode | None = None) -> AwaitRemove:
        # The screen below one that is closed is painted since it is resumed, and that is enough: Textual
        # would lay it out and paint it once more when the other one has ended.
        return super()._prune(*nodes, parent=None if parent is self else parent)

    def _refresh_notifications(self) -> None:
        # Without notices there is nothing to be laid out, with each screen that opens.
        if self._notifications or any(rack.display for rack in self.screen.query(ToastRack)):
            super()._refresh_notifications()

    def on_notify(self, event: Notify) -> None:
        # Textual calls its own method after this one.
        event.notification = Notice(**vars(event.notification))

    def _look_again(self) -> None:
        """What was not drawn while the link was stalled is drawn now, or waited for once more."""
        self._waits_for_link = False
        self.screen.refresh()

    async def on_event(self, event: events.Event) -> None:
        if isinstance(event, events.Key) and not event.is_forwarded:
            self.meter.pressed()
            self._pressed_at = monotonic()
            if not self._tidies:
                self._tidies = True
                self.set_timer(SETTLED_SECONDS, self._tidy_what_is_new)
        await super().on_event(event)

    def on_resize(self) -> None:
        """A terminal of another size, or one that was given back, shows nobody knows what."""
        self._painted.forget()
        self.ahead.forget()
        if self.screen_stack:
            self.screen.refresh(layout=True)

    def action_meter(self) -> None:
        """The meter is shown, or no more."""
        self.metered = not self.metered

    def action_redraw(self) -> None:
        """Everything is written again, as after a message that another program wrote over the screen."""
        self._painted.forget()
        self.screen.refresh(layout=True)

    def action_rest(self) -> None:
        """The job is stopped, the shell has the terminal, and `fg` brings all back."""
        # In the session leader's own group there is no shell with job control that could bring it back.
        if os.getpgrp() == os.getsid(0):
            self.notify("there is no shell here to come back from; q leaves", markup=False)
        elif self._driver is not None and self._driver.can_suspend:
            self.app_suspend_signal.publish(self)
            # The whole job, as where the terminal itself sees the key: of `kubectl logs -f ... | icon -` the
            # shell waits for both.
            os.killpg(0, signal.SIGTSTP)
