"""Whose turn it is to run Python: the thread that draws keeps its turn until it has nothing to do.

Only one thread runs Python at a time. One that waits for its turn asks for it after the interpreter's switch
interval, whoever it is. With one interval for all, the thread that draws would either be waited for by
nobody, or lose its turn every few tenths of a millisecond to threads that read a backlog, and wait for a
processor each time. So the interval is long while it runs, and short while it waits for something to do.
"""

from __future__ import annotations

import sys
from selectors import DefaultSelector, SelectorKey

SHORT_SECONDS = 0.0002
"""After which this thread has its turn once there is something to do. Python's own 5 ms add up to tenths of a
second between a key and what it changes."""
LONG_SECONDS = 0.005
"""After which another thread has its turn at the latest."""
_MOST_PASSED_OVER = 50


class Turns(DefaultSelector):
    """What an event loop waits with. Where there is something to do anyway, it does not look for more."""

    _passed_over = 0

    def select(self, timeout: float | None = None) -> list[tuple[SelectorKey, int]]:
        if timeout is not None and timeout <= 0 and self._passed_over < _MOST_PASSED_OVER:
            # To look is to hand over the turn.
            self._passed_over += 1
            return []
        self._passed_over = 0
        sys.setswitchinterval(SHORT_SECONDS)
        try:
            return super().select(timeout)
        finally:
            sys.setswitchinterval(LONG_SECONDS)
