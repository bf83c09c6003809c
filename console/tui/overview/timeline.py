"""The line over the charts: which time they show, and the keys for another."""

from __future__ import annotations

from datetime import date

from textual import events
from textual.binding import Binding
from textual.content import Content
from textual.widget import Widget

from console.model import Snapshot, View
from console.tui.overview.ranges import AROUND_KEY, SPANS, chosen_key, range_words

_HINT = "  + − zoom  < > pan"
_NAMES = (*((key, name) for key, name, _ in SPANS), (AROUND_KEY, "alert"))
Piece = tuple[str, str]


def _key(key: str, action: str, name: str, does: str, about: str) -> Binding:
    return Binding(key, action, does, show=False, id=f"overview.{name}", tooltip=about)


RANGE_KEYS = (
    *(
        _key(
            key,
            f"range({key!r})",
            f"range_{key}",
            f"show {name}",
            "show all that is stored" if span is None else f"show the last {name}",
        )
        for key, name, span in SPANS
    ),
    _key(
        AROUND_KEY,
        "around",
        "range_alert",
        "around the alert",
        "show the time of the chosen alert, and as much before and after",
    ),
    _key("plus,equals_sign", "zoom(True)", "zoom_in", "zoom in", "show half the time"),
    _key("minus", "zoom(False)", "zoom_out", "zoom out", "show twice as much time"),
    _key("less_than_sign", "pan(True)", "pan_back", "earlier", "go half of the time shown back"),
    _key("greater_than_sign", "pan(False)", "pan_on", "later", "go half of the time shown forward"),
    _key("0", "live", "live", "live again", "show the time up to now again, as it goes on"),
)
"""The keys by which the overview's time is chosen."""


class Timeline(Widget):
    """The range in words, and the ranges that keys give. A click on one presses its key."""

    def __init__(self) -> None:
        super().__init__(id="timeline")
        self._said: tuple[Piece, ...] = ()
        self._chosen = ""
        self._is_waiting = False

    def show(self, view: View, snapshot: Snapshot, today: date) -> None:
        """The line tells of this view, and whether the snapshot is one of it already."""
        said = range_words(view, snapshot, today)
        told = (said, chosen_key(view), snapshot.view != view)
        if told != (self._said, self._chosen, self._is_waiting):
            self._said, self._chosen, self._is_waiting = told
            self.refresh()

    def render(self) -> Content:
        width = self.size.width
        waiting = ((" · reading … esc cancels", "$warning"),) if self._is_waiting else ()
        said = (*self._said, *waiting)
        left = Content.assemble(*said)
        for brief, hint in ((False, _HINT), (False, ""), (True, "")):
            right = Content.assemble(*self._keys(brief), (hint, "$dim"))
            pad = width - left.cell_length - right.cell_length
            if pad >= 2:
                return Content.assemble(left, " " * pad, right)
        return left.truncate(width, ellipsis=True)

    def _keys(self, brief: bool) -> list[Piece]:
        """Every range with its key; the one that is shown stands in brackets."""
        pieces: list[Piece] = []
        for key, name in _NAMES:
            is_chosen = key == self._chosen
            pieces += [
                ("[" if is_chosen else " ", "bold $accent"),
                (key, "bold $accent"),
                (f" {_brief(name) if brief else name}", "bold $foreground" if is_chosen else "$dim"),
                ("]" if is_chosen else " ", "bold $accent"),
            ]
        return pieces

    def on_click(self, event: events.Click) -> None:
        text, x = self.render().plain, event.x - self.styles.padding.left
        for key, name in _NAMES:
            for said in (f"{key} {name}", f"{key} {_brief(name)}"):
                start = text.rfind(said)
                if 0 <= start <= x < start + len(said):
                    self.app.simulate_key(key)
                    return


def _brief(name: str) -> str:
    """`15m` for `15 min`."""
    return name.replace(" min", "m").replace(" ", "")
