"""What the link to the terminal carries, and how long a key takes: counted always, shown on demand."""

from __future__ import annotations

from collections import deque
from collections.abc import Callable
from dataclasses import dataclass
from time import monotonic

from textual.content import Content
from textual.widget import Widget

from console.tui import say

MINUTE = 60
KEYS_KEPT = 200
MOST_SECONDS = 0.5
"""From a key to its frame; what comes later has another cause, since a key may change nothing."""


@dataclass(frozen=True, slots=True)
class Reading:
    """What the meter says at one moment."""

    bytes_now: float
    """Bytes a second, in the last whole second."""
    bytes_minute: float
    """Bytes a second, over the last minute or since the start."""
    frames_now: int
    """Frames in the last whole second."""
    key_p50: float | None
    """Seconds from a key to the frame that shows what it did; None before the first."""
    key_p95: float | None


class Meter:
    """Counts bytes, frames, and the time from a key to its frame."""

    def __init__(self, clock: Callable[[], float] = monotonic) -> None:
        self._clock = clock
        self._began = clock()
        self._seconds: dict[int, tuple[int, int]] = {}
        self._pressed: float | None = None
        self._keys: deque[float] = deque(maxlen=KEYS_KEPT)

    def pressed(self) -> None:
        """A key has come."""
        if self._pressed is None or self._clock() - self._pressed > MOST_SECONDS:
            self._pressed = self._clock()

    def painted(self, size: int) -> None:
        """A frame of so many bytes was handed to the terminal."""
        now = self._clock()
        second = int(now - self._began)
        before, frames = self._seconds.get(second, (0, 0))
        self._seconds[second] = (before + size, frames + 1)
        if len(self._seconds) > 2 * MINUTE:
            self._seconds = {at: told for at, told in self._seconds.items() if at >= second - MINUTE}
        if self._pressed is not None:
            if now - self._pressed <= MOST_SECONDS:
                self._keys.append(now - self._pressed)
            self._pressed = None

    def reading(self) -> Reading:
        """What was counted up to now."""
        passed = self._clock() - self._began
        second = int(passed)
        now, frames = self._seconds.get(second - 1, (0, 0))
        minute = sum(size for at, (size, _) in self._seconds.items() if second - MINUTE <= at < second)
        keys = sorted(self._keys)
        return Reading(
            bytes_now=float(now),
            bytes_minute=minute / max(1, min(MINUTE, second)),
            frames_now=frames,
            key_p50=keys[len(keys) // 2] if keys else None,
            key_p95=keys[len(keys) * 95 // 100] if keys else None,
        )


def words_of(reading: Reading) -> str:
    """A reading in one line."""
    facts = [
        f"{say.size(reading.bytes_now)}/s",
        f"{say.size(reading.bytes_minute)}/s over a minute",
        f"{reading.frames_now} frames/s",
    ]
    if reading.key_p50 is not None and reading.key_p95 is not None:
        facts.append(f"key to paint {1000 * reading.key_p50:.0f} ms, p95 {1000 * reading.key_p95:.0f} ms")
    return " · ".join(facts)


class MeterLine(Widget):
    """The meter in the corner over the line of keys, while it is wanted."""

    DEFAULT_CSS = """
    MeterLine {
        layer: over;
        display: none;
        dock: right;
        width: auto;
        height: 1;
        margin: 1 0 0 0;
        padding: 0 1;
        background: $panel;
        color: $foreground;
        text-wrap: nowrap;

        &.-shown { display: block; }
    }
    """

    def __init__(self) -> None:
        super().__init__()
        self._words = ""

    def show(self, reading: Reading | None) -> None:
        """The line tells this; it is gone for None."""
        self.set_class(reading is not None, "-shown")
        told = words_of(reading) if reading is not None else ""
        if told != self._words:
            self.refresh(layout=len(told) != len(self._words))
            self._words = told

    def render(self) -> Content:
        return Content(self._words)
