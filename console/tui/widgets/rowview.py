"""What scrolls through rows that it draws itself, with a cursor on one of them: its keys, and its looks."""

from __future__ import annotations

from abc import abstractmethod
from collections.abc import Iterable

from rich.segment import Segment
from rich.style import Style as RichStyle
from textual.binding import Binding, BindingType
from textual.scroll_view import ScrollView
from textual.strip import Strip

from console.tui.widgets.gridlines import Piece
from console.tui.widgets.looks import look_of


def keys_to_move(prefix: str, one: str) -> list[BindingType]:
    """The keys that move the cursor.

    Args:
        prefix: what their ids begin with: `table`.
        one: what a row is called: `row`.
    """
    keys = (
        ("j,down", "move(1)", "down", f"next {one}"),
        ("k,up", "move(-1)", "up", f"previous {one}"),
        ("g,home", "first", "first", f"first {one}"),
        ("G,end", "last", "last", f"last {one}"),
        ("ctrl+d", "half_page(1)", "half_page_down", "half a page down"),
        ("ctrl+u", "half_page(-1)", "half_page_up", "half a page up"),
        ("pagedown", "page(1)", "page_down", "page down"),
        ("pageup", "page(-1)", "page_up", "page up"),
    )
    return [
        Binding(key, action, does, show=False, id=f"{prefix}.{name}", tooltip=does)
        for key, action, name, does in keys
    ]


class RowView(ScrollView, can_focus=True):
    """Moves a cursor through rows; what these are, and what they look like, knows who inherits it."""

    def __init__(self, *, id: str | None = None, classes: str | None = None) -> None:
        super().__init__(id=id, classes=classes)
        self._cursor = 0
        self._looks: dict[tuple[str, ...], RichStyle] = {}

    @property
    @abstractmethod
    def row_count(self) -> int:
        """How many rows there are."""

    @property
    def cursor_place(self) -> int:
        """Rows before the one that the cursor is on."""
        return self._cursor

    @abstractmethod
    def move(self, place: int) -> None:
        """The cursor is on this row, or on the nearest that there is, and in view."""

    def action_move(self, by: int) -> None:
        self.move(self._cursor + by)

    def action_first(self) -> None:
        self.move(0)

    def action_last(self) -> None:
        self.move(self.row_count - 1)

    def on_focus(self) -> None:
        self.refresh()

    def on_blur(self) -> None:
        self.refresh()

    # --- how it is drawn ---------------------------------------------------------------------

    def notify_style_update(self) -> None:
        self._looks.clear()
        super().notify_style_update()

    def strip(self, pieces: Iterable[Piece] = (), rest: tuple[str, ...] = ()) -> Strip:
        """A line of these pieces, as wide as the widget; the rest of it in a style of its own."""
        segments = [Segment(piece.text, self._style(*piece.styles)) for piece in pieces if piece.text]
        return Strip(segments).adjust_cell_length(self.size.width, self._style(*rest)).simplify()

    def _style(self, *parts: str) -> RichStyle:
        """The widget's own style with these laid over it."""
        style = self._looks.get(parts)
        if style is None:
            style = self._looks[parts] = look_of(self, parts)
        return style
