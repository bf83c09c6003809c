"""Driving the console in tests: start it on a fake desk, wait until nothing is under way, read the screen."""

from __future__ import annotations

from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager, suppress
from datetime import timedelta, timezone

from textual.pilot import Pilot
from textual.widget import Widget
from textual.worker import WorkerCancelled

from console.model import Snapshot
from console.tui.app import IncidentConsole
from console.tui.typing_ahead import TypingAhead
from console.tui.widgets.grid import Grid
from tests.tui.fakes import NOW, FakeDesk

CET = timezone(timedelta(hours=1), "CET")

WIDE, NARROW = (160, 48), (80, 24)


def console_on(desk: FakeDesk) -> IncidentConsole:
    """A console with a fixed clock and a zone of its own."""
    return IncidentConsole(desk, title="fraud-prod", utc=lambda: NOW, local=CET)


@asynccontextmanager
async def driving(desk: FakeDesk, size: tuple[int, int] = WIDE) -> AsyncIterator[Pilot[None]]:
    """A running console on this desk, at rest."""
    async with console_on(desk).run_test(size=size, notifications=True) as pilot:
        await settle(pilot)
        yield pilot


async def settle(pilot: Pilot[None]) -> None:
    """All workers are done, all messages handled, all keys handed on, everything painted."""
    app = pilot.app
    await pilot.pause()
    # An app that was left hands on no key any more.
    while not app._exit and (list(app.workers) or (isinstance(app, TypingAhead) and app._is_settling)):
        with suppress(WorkerCancelled):  # the one that took its place is waited for in the next round
            await app.workers.wait_for_complete()
        await pilot.pause()


async def press(pilot: Pilot[None], *keys: str) -> None:
    """Each key was pressed, and what it led to is done."""
    for key in keys:
        await pilot.press(key)
        await settle(pilot)


async def send(pilot: Pilot[None], desk: FakeDesk, snapshot: Snapshot) -> None:
    """The desk has handed out another snapshot, and it is on screen."""
    assert desk.send is not None
    desk.send(snapshot)
    await settle(pilot)


def text_of(pilot: Pilot[None]) -> str:
    """The whole screen as text, one line a line."""
    screen = pilot.app.screen
    width, height = pilot.app.size
    lines = screen._compositor.render_strips(pilot.app.size)
    return "\n".join(line.text[:width].rstrip() for line in lines[:height])


def grid_of(pilot: Pilot[None], selector: str) -> Grid:
    """The grid with this selector on the current screen."""
    return pilot.app.screen.query_one(selector, Grid)


def first_of(pilot: Pilot[None], selector: str) -> Widget:
    """The widget with this selector on the current screen."""
    return pilot.app.screen.query_one(selector)


def toasts(pilot: Pilot[None]) -> list[str]:
    """What the notices in the corner say, oldest first."""
    return [notification.message for notification in pilot.app._notifications]


def painted(widget: Widget) -> Callable[[], int]:
    """Counts how often a widget is asked to paint itself from now on."""
    times = 0
    original = widget.refresh

    def counting(*args: object, **kwargs: object) -> Widget:
        nonlocal times
        times += 1
        return original(*args, **kwargs)  # type: ignore[arg-type]

    widget.refresh = counting  # type: ignore[method-assign]
    return lambda: times
