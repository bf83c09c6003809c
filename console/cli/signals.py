"""Signals in the midst of a statement: DuckDB hears of none while its answer becomes a frame."""

from __future__ import annotations

import os
import select
import signal
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

AGAIN_SECONDS = 0.1
LEAVE_SECONDS = 2.0
"""How long the watching thread is waited for at the end."""
_ENDING = frozenset({signal.SIGINT, signal.SIGTERM, signal.SIGHUP})


@contextmanager
def interrupting(interrupt: Callable[[], None]) -> Iterator[None]:
    """While the block runs, a signal that ends the command also calls `interrupt`, at once.

    Python's own handler runs only when the main thread is back from DuckDB, which may take hours; but
    Python tells of every signal on a pipe, on which another thread waits. For the main thread.
    """
    told, telling = os.pipe()
    os.set_blocking(telling, False)
    before = signal.set_wakeup_fd(telling, warn_on_full_buffer=False)

    def watch() -> None:
        ending = False
        while True:
            # A statement that begins just after it was told would run on: it is told until the block ends.
            if select.select([told], [], [], AGAIN_SECONDS if ending else None)[0]:
                if not (number := os.read(told, 1)):
                    return
                ending |= number[0] in _ENDING
            if ending:
                interrupt()

    thread = threading.Thread(target=watch, name="signals", daemon=True)
    thread.start()
    try:
        yield
    finally:
        signal.set_wakeup_fd(before)
        os.close(telling)
        # A signal's exception may come between a lock and its release: who wants that lock waits for good.
        thread.join(LEAVE_SECONDS)
        if not thread.is_alive():
            os.close(told)
