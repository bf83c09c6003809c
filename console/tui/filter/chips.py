"""The line under the line of truth that says what is filtered, while anything is."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from console.model import Filter, Snapshot, View
from console.model.filter_text import term_text
from console.tui import say
from console.tui.safe import cut

_CHIP_CHARACTERS = 48
_HEAD = "filter "
CLEARS = ((" · ", "$dim"), ("c", "bold $accent"), (" clears", "$dim"))


class FilterChips(Widget):
    """A chip for each condition, how many requests meet them, and the key that clears them."""

    def __init__(self) -> None:
        super().__init__()
        self._filter = Filter()
        self._note: tuple[tuple[str, str], ...] = ()
        self.display = False

    def show(self, filter: Filter, note: tuple[tuple[str, str], ...]) -> None:
        """The line tells of this filter; without one it takes no room."""
        if (filter, note) != (self._filter, self._note):
            self._filter, self._note = filter, note
            self.display = bool(filter)
            self.refresh()

    def render(self) -> Content:
        return drawn(self._filter, self._note, self.content_size.width)


def drawn(filter: Filter, note: tuple[tuple[str, str], ...], width: int) -> Content:
    """The line in so many cells: chips for which there is no room are counted.

    The note stays, but for what it says after the key that clears: that gives way to chips.
    """
    chips = [f" {cut(term_text(term), _CHIP_CHARACTERS)} " for term in filter.terms]
    tail = Content.assemble(*(("  ", ""), *note)) if note else Content("")
    shown = len(chips)
    if CLEARS[-1] in note and _width(chips, shown) + tail.cell_length > width:
        tail = Content.assemble(("  ", ""), *note[: note.index(CLEARS[-1]) + 1])
    while shown > 1 and _width(chips, shown) + tail.cell_length > width:
        shown -= 1
    pieces: list[tuple[str, str]] = [(_HEAD, "$dim")]
    for chip in chips[:shown]:
        pieces += [(chip, "bold $accent on $cursor"), (" ", "")]
    if shown < len(chips):
        pieces.append((f"+{len(chips) - shown} more", "$dim"))
    head = Content.assemble(*pieces)
    room = width - tail.cell_length
    if head.cell_length > room:
        head = head.truncate(max(1, room), ellipsis=True)
    return Content.assemble(head, tail).truncate(max(1, width))


def _width(chips: list[str], shown: int) -> int:
    more = len(f"+{len(chips) - shown} more") if shown < len(chips) else 0
    return len(_HEAD) + sum(Content(chip).cell_length + 1 for chip in chips[:shown]) + more


def note_of(view: View, snapshot: Snapshot | None, *, obeyed: bool) -> tuple[tuple[str, str], ...]:
    """How many requests meet the view, as far as it is known; or that this screen does not follow it."""
    if not obeyed:
        return (("not on this screen", "$dim"), *CLEARS)
    if snapshot is None or snapshot.view.filter != view.filter or snapshot.matching is None:
        return (("reading …", "$dim"), *CLEARS)
    return ((say.plural(snapshot.matching, "row"), "$foreground"), *CLEARS)
