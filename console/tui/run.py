"""From a desk to a terminal and back: the one function that the command line calls."""

from __future__ import annotations

import os
from collections.abc import Callable
from datetime import datetime
from zoneinfo import ZoneInfo

from console.model import Preferences, View
from console.tui.desk import Desk
from console.tui.errors_aside import ErrorsAside
from console.tui.kept import Kept, PlaceKeeper
from console.tui.lifeline import Lifeline

COLLECTIONS = (20_000, 10, 10_000)
"""After how much Python looks for garbage by itself. `LinkedApp` has it look before, in quiet moments."""
CRASHED = 1
"""What Textual says that an app ended with which came upon a bug."""
_FOR_SSH = {"TEXTUAL_ANIMATIONS": "none", "ESCDELAY": "10"}
"""No animations; and an Esc after which nothing comes for so many milliseconds begins no other key."""


def run_console(
    desk: Desk,
    *,
    title: str,
    mouse: bool = True,
    utc: Callable[[], datetime],
    preferences: Preferences | None = None,
    keeper: PlaceKeeper | None = None,
    kept: Kept | None = None,
    greeting: str = "",
    view: View | None = None,
    to_label: tuple[str, ...] = (),
    give_way: Callable[[], None] | None = None,
) -> int:
    """The console ran until it was left, the terminal is restored, and the desk is closed.

    SIGTERM, SIGINT, SIGHUP and a terminal that goes away end it like any other leaving, with 128 and the
    signal's number.

    Args:
        desk: What the screens are drawn from. It is started after the first paint.
        title: What the top line calls this console.
        mouse: Whether the terminal reports the mouse.
        utc: The time now, aware.
        preferences: What the person chose in the configuration. The mouse is reported only if they and
            `mouse` allow it.
        keeper: Keeps where the person is; None if nothing is to be left behind.
        kept: The place to come back to, None to begin at the overview.
        greeting: A notice to begin with; empty for none.
        view: What is looked at first; None for all requests over the span that the person prefers.
        to_label: Keys of requests to be labelled one after the other, once everything is read.
        give_way: Called in each thread that asks the desk, so that it comes after the one that draws.

    Returns:
        The exit code.

    Raises:
        UsageError: `path:line: reason`: they chose a theme, a key or something to do that there is not.
    """
    chosen = preferences or Preferences()
    os.environ.setdefault("TEXTUAL_FPS", str(chosen.frames_per_second))
    for name, value in _FOR_SSH.items():
        os.environ.setdefault(name, value)
    # Textual reads those two when it is imported, so it is not imported before; and `icon --help` waits
    # for neither of these.
    import asyncio
    import gc
    from concurrent.futures import ThreadPoolExecutor

    from rich.console import Console

    from console.tui.app import IncidentConsole
    from console.tui.resume import Resuming
    from console.tui.theme import theme_named
    from console.tui.turns import Turns

    # To look through all objects takes 100 ms and more, in which no key is answered. The modules stay anyway.
    gc.freeze()
    gc.set_threshold(*COLLECTIONS)
    theme = theme_named(chosen, os.environ, Console().color_system)
    mouse = mouse and chosen.mouse

    async def run() -> int:
        app = IncidentConsole(
            desk,
            title=title,
            mouse=mouse,
            utc=utc,
            local=ZoneInfo(chosen.time_zone) if chosen.time_zone else None,
            preferences=chosen,
            theme=theme,
            resuming=Resuming(keeper, kept, greeting),
            view=view,
            to_label=to_label,
        )
        loop = asyncio.get_running_loop()
        loop.set_default_executor(ThreadPoolExecutor(thread_name_prefix="asking", initializer=give_way))

        def leave(code: int) -> None:
            loop.call_soon_threadsafe(app.leave, code)

        aside = ErrorsAside()
        with Lifeline(leave, desk.close), aside:
            try:
                await app.run_async(mouse=mouse)
            finally:
                # Inside the loop: asyncio waits for threads at its end, and closing is what ends them.
                await asyncio.to_thread(desk.close)
        if app.return_code == CRASHED:
            aside.tell()
        return app.return_code or 0

    with asyncio.Runner(loop_factory=lambda: asyncio.SelectorEventLoop(Turns())) as runner:
        return runner.run(run())
