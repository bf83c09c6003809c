"""Sees to it that the console ends when it is told to, or when its terminal goes away.

A terminal that has gone, with a dropped link say, takes no output any more: Textual's queue of writes
fills up and its event loop waits for room in it for ever, while the thread that reads keys finds the
dead terminal readable without end. A console left behind like that would eat half a core of the host
that serves the model. So the way out does not depend on the event loop alone.
"""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable
from types import FrameType, TracebackType

GRACE_SECONDS = 5.0
"""Time for an orderly leaving, after which the process is ended, everything committed, without it."""
_POLL_MS = 1_000
_SIGNALS = (signal.SIGTERM, signal.SIGINT, signal.SIGHUP)
"""Ctrl-C is a key here, and no SIGINT; that comes from elsewhere, and is to be told by the exit code."""


class Lifeline:
    """Watches while the block runs; SIGTERM, SIGINT, SIGHUP and a lost terminal end it, with 128 and the
    signal's number.

    Args:
        leave: asks the app to end with an exit code; called from any thread.
        close: commits and closes all that must not be lost; may be called twice, from any thread.
        terminal: file descriptor of the terminal.
    """

    def __init__(self, leave: Callable[[int], None], close: Callable[[], None], *, terminal: int = 0) -> None:
        self._leave = leave
        self._close = close
        self._terminal = terminal
        self._ending = threading.Lock()
        self._over = threading.Event()
        self._before: dict[signal.Signals, object] = {}

    def __enter__(self) -> Lifeline:
        for number in _SIGNALS:
            if signal.getsignal(number) is not signal.SIG_IGN:
                self._before[number] = signal.signal(number, self._asked)
        threading.Thread(target=self._watch, name="lifeline", daemon=True).start()
        return self

    def __exit__(
        self,
        kind: type[BaseException] | None,
        error: BaseException | None,
        traceback: TracebackType | None,
    ) -> None:
        self._over.set()
        for number, handler in self._before.items():
            signal.signal(number, handler)  # type: ignore[arg-type]

    def _asked(self, number: int, frame: FrameType | None) -> None:
        self._end(128 + number)

    def _watch(self) -> None:
        """Waits for the terminal to hang up; nothing else wakes it but the end of the watch."""
        poll = select.poll()
        poll.register(self._terminal, 0)
        while not self._over.is_set():
            if any(
                event & (select.POLLHUP | select.POLLERR | select.POLLNVAL)
                for _, event in poll.poll(_POLL_MS)
            ):
                self._end(128 + signal.SIGHUP)
                return

    def _end(self, code: int) -> None:
        if not self._ending.acquire(blocking=False):
            return
        threading.Thread(target=self._make_sure, args=(code,), name="way out", daemon=True).start()
        self._leave(code)

    def _make_sure(self, code: int) -> None:
        if not self._over.wait(GRACE_SECONDS):
            self._close()
            os._exit(code)
