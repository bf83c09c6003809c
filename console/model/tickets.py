"""A question that whoever asked it may take back."""

from __future__ import annotations

import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager

_AGAIN_SECONDS = 0.05


class Ticket:
    """Handed in with a question; `cancel` ends it, wherever it has got to. For one question at a time."""

    def __init__(self) -> None:
        self._cancelled = threading.Event()
        self._changed = threading.Condition()
        self._ends: Callable[[], None] | None = None

    @property
    def cancelled(self) -> bool:
        """Whether the answer is wanted no more."""
        return self._cancelled.is_set()

    def cancel(self) -> None:
        """The question ends with `Interrupted` within a tenth of a second; at once if it was not begun."""
        self._cancelled.set()
        if self._ends is not None:
            # An interrupt that falls between two statements is not heard, so it is given until it is.
            threading.Thread(target=self._insist, name="cancelling", daemon=True).start()

    def _insist(self) -> None:
        with self._changed:
            while (ends := self._ends) is not None:
                ends()
                self._changed.wait(_AGAIN_SECONDS)

    @contextmanager
    def heard_by(self, ends: Callable[[], None]) -> Iterator[None]:
        """While inside, cancelling calls `ends`, again and again until this is left."""
        with self._changed:
            self._ends = ends
        try:
            if self.cancelled:
                self.cancel()
            yield
        finally:
            with self._changed:
                self._ends = None
                self._changed.notify_all()
