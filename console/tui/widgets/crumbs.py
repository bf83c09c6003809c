"""Where one is, and how one came there: `Overview › alert drift amount › request f-001`."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.widget import Widget

from console.tui.safe import cut

_LONGEST = 60
_BETWEEN = " › "


class Crumbs(Widget):
    """A line with the screens of the stack; not there on the first of them, nor where room is short."""

    def __init__(self) -> None:
        super().__init__()
        self._names: tuple[str, ...] = ()

    def show(self, names: Sequence[str]) -> None:
        """These are the screens, the first one first."""
        if tuple(names) != self._names:
            self._names = tuple(names)
            self.set_class(len(self._names) > 1, "-deep")
            self.refresh()

    def render(self) -> Content:
        return crumbs(self._names, self.size.width)


def crumbs(names: Sequence[str], width: int) -> Content:
    """The names in a line; where it is too short those in the middle give way to `…`."""
    told = [cut(name, _LONGEST) for name in names]
    while len(told) > 2 and sum(map(len, told)) + len(_BETWEEN) * (len(told) - 1) > width:
        at = 2 if told[1] == "…" and len(told) > 3 else 1
        del told[at]
        if "…" not in told:
            told.insert(1, "…")
        elif len(told) == 3:
            break
    pieces: list[str | tuple[str, str]] = []
    for name in told[:-1]:
        pieces += [(name, "$dim"), (_BETWEEN, "$faint")]
    pieces += [(name, "bold $foreground") for name in told[-1:]]
    return Content.assemble(*pieces)
