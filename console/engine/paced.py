"""A question that is not asked more often than it can be afforded."""

from __future__ import annotations

from collections.abc import Callable
from typing import Generic, TypeVar

REST = 20.0
"""An answer that took a second is kept for so many."""

Answer = TypeVar("Answer")


class Paced(Generic[Answer]):
    """Keeps the last answer for twenty times as long as it took to get."""

    def __init__(self, clock: Callable[[], float]) -> None:
        """Nothing was asked yet; the clock gives seconds from any moment on."""
        self._clock = clock
        self._kept: tuple[object, float, Answer] | None = None
        self.is_old = False
        """Whether the last answer was one from before."""

    def ask(self, what: object, ask: Callable[[], Answer]) -> Answer:
        """The answer to `what`, asked for anew or, if that was long and is not long ago, from before."""
        began = self._clock()
        if self._kept is not None and self._kept[0] == what and began < self._kept[1]:
            self.is_old = True
            return self._kept[2]
        answer = ask()
        self.is_old = False
        self._kept = (what, self._clock() + REST * (self._clock() - began), answer)
        return answer
