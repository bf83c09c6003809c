"""How far the backlog has been read, how fast, and how long it will take."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from console.model import Snapshot
from console.tui import say
from console.tui.widgets.bars import bar

_HEAD = "Reading what is there"
_LEAST_BAR = 10
"""Cells of a bar at least; what is said beside it is shortened first."""


class LoadingBar(Widget):
    """A bar of the backlog: share, pace, time left, bytes."""

    def __init__(self) -> None:
        super().__init__(id="loading")
        self._share = 0.0
        self._facts: tuple[str, ...] = ()

    def show(self, snapshot: Snapshot) -> None:
        """The bar tells what this snapshot says."""
        share, facts = progress_of(snapshot)
        if (share, facts) != (self._share, self._facts):
            self._share, self._facts = share, facts
            self.refresh()

    def render(self) -> Content:
        return draw(self._share, self._facts, self.size.width)


def progress_of(snapshot: Snapshot) -> tuple[float, tuple[str, ...]]:
    """The share that was read, 0..1, and what there is to tell of it, the most important first."""
    left, total = snapshot.bytes_left, snapshot.bytes_total
    share = min(1.0, max(0.0, 1 - left / total)) if total else 0.0
    facts = [f"{int(100 * share):3} %"]
    if snapshot.seconds_left is not None:
        facts.append(f"{say.span(snapshot.seconds_left)} left")
    if snapshot.bytes_per_second > 0:
        facts.append(f"{say.size(snapshot.bytes_per_second)}/s")
    facts.append(f"{say.size(total - left)} of {say.size(total)}")
    return share, tuple(facts)


def draw(share: float, facts: tuple[str, ...], width: int) -> Content:
    """The bar in so many cells; where room is short it loses its heading, then what matters least."""
    told = list(facts)
    head = f"{_HEAD}  "
    while (cells := width - len(head) - len(" · ".join(told)) - 2) < _LEAST_BAR:
        if head:
            head = ""
        elif len(told) > 1:
            told.pop()
        else:
            return Content.styled(" · ".join(told), "$foreground").truncate(max(1, width))
    filled = bar(share, cells)
    return Content.assemble(
        (head, "$dim"),
        (filled, "$accent"),
        ("─" * (cells - len(filled)), "$faint"),
        "  ",
        (told[0], "bold $foreground"),
        ("".join(f" · {fact}" for fact in told[1:]), "$foreground"),
    )
