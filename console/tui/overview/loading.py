"""How far the backlog has been read, how fast, and how long it will take."""

from __future__ import annotations

from collections import deque
from datetime import datetime, timedelta

from textual.content import Content
from textual.widget import Widget

from console.model import Snapshot
from console.tui import say
from console.tui.widgets.bars import bar

_REMEMBERED = timedelta(seconds=10)


class Pace:
    """Bytes a second over the last ten seconds, from what the snapshots say is left."""

    def __init__(self) -> None:
        self._seen: deque[tuple[datetime, int]] = deque()

    def take(self, at: datetime, bytes_left: int) -> float | None:
        """Bytes a second until now; None while that cannot be told."""
        if not self._seen or at > self._seen[-1][0]:
            self._seen.append((at, bytes_left))
        while len(self._seen) > 2 and at - self._seen[0][0] > _REMEMBERED:
            self._seen.popleft()
        (start, before), (end, after) = self._seen[0], self._seen[-1]
        seconds = (end - start) / timedelta(seconds=1)
        return max(0.0, (before - after) / seconds) if seconds > 0 else None


class LoadingBar(Widget):
    """A bar of the backlog: share, bytes, pace and time left."""

    def __init__(self) -> None:
        super().__init__(id="loading")
        self._pace = Pace()
        self._facts: tuple[float, str] = (0.0, "")

    def show(self, snapshot: Snapshot) -> None:
        """The bar tells what this snapshot says."""
        left, total = snapshot.bytes_left, snapshot.bytes_total
        share = 1 - left / total if total else 0.0
        pace = self._pace.take(snapshot.taken_at, left)
        text = f"{100 * share:3.0f} %  {say.size(total - left)} of {say.size(total)}"
        if pace:
            text += f" · {say.size(pace)}/s · {say.span(left / pace)} left"
        if (share, text) != self._facts:
            self._facts = (share, text)
            self.refresh()

    def render(self) -> Content:
        share, text = self._facts
        head = "Reading what is there  "
        cells = self.size.width - len(head) - len(text) - 2
        if cells < 8:
            return Content.assemble((text, "$dim")).truncate(self.size.width)
        filled = bar(share, cells)
        return Content.assemble(
            (head, "$dim"),
            (filled, "$accent"),
            ("─" * (cells - len(filled)), "$faint"),
            "  ",
            (text, "$foreground"),
        )
