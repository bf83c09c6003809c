"""From a desk to a terminal and back: the one function that the command line calls."""

from __future__ import annotations

import os
import sys
from collections.abc import Callable
from datetime import datetime

from console.tui.desk import Desk
from console.tui.lifeline import Lifeline

SWITCH_SECONDS = 0.0005
_FOR_SSH = {"TEXTUAL_FPS": "15", "TEXTUAL_ANIMATIONS": "none"}


def run_console(desk: Desk, *, title: str, mouse: bool = True, utc: Callable[[], datetime]) -> int:
    """The console ran until it was left, the terminal is restored, and the desk is closed.

    SIGTERM, SIGINT, SIGHUP and a terminal that goes away end it like any other leaving, with 128 and the
    signal's number.

    Args:
        desk: What the screens are drawn from. It is started after the first paint.
        title: What the top line calls this console.
        mouse: Whether the terminal reports the mouse.
        utc: The time now, aware.

    Returns:
        The exit code.
    """
    # Python lets a busy thread go on for 5 ms by itself before another has its turn. With a backlog being
    # read that adds up to tenths of a second between a key and what it changes.
    sys.setswitchinterval(SWITCH_SECONDS)
    for name, value in _FOR_SSH.items():
        os.environ.setdefault(name, value)
    # Textual reads those two when it is imported, so it is not imported before; and `icon --help` waits
    # for neither of these.
    import asyncio

    from console.tui.app import IncidentConsole

    async def run() -> int:
        app = IncidentConsole(desk, title=title, mouse=mouse, utc=utc)
        loop = asyncio.get_running_loop()

        def leave(code: int) -> None:
            loop.call_soon_threadsafe(app.leave, code)

        with Lifeline(leave, desk.close):
            try:
                await app.run_async(mouse=mouse)
            finally:
                # Inside the loop: asyncio waits for threads at its end, and closing is what ends them.
                await asyncio.to_thread(desk.close)
        return app.return_code or 0

    return asyncio.run(run())
