"""A table that can be read while it changes.

Rows are frozen values with a key. Only what is visible is drawn, only what changed is drawn again,
and cursor, scroll position and marks hang on keys, not on places.
"""

from __future__ import annotations

from collections.abc import Hashable, Iterable, Sequence
from dataclasses import dataclass
from typing import ClassVar

from rich.cells import cell_len
from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.message import Message
from textual.reactive import reactive
from textual.strip import Strip

from console.tui.widgets.columns import Column, Layout, lay_out
from console.tui.widgets.gridlines import EDGE, GridRow, header_line, row_line
from console.tui.widgets.looks import CURRENT
from console.tui.widgets.rowview import RowView, keys_to_move


class Grid(RowView):
    """Rows and columns under a header that stays."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding("enter", "open", "open", id="table.open", key_display="⏎", tooltip="open the row"),
        Binding(
            "space",
            "mark",
            "mark",
            id="table.mark",
            key_display="␣",
            tooltip="mark the row, or take its mark away",
        ),
        *keys_to_move("table", "row"),
    ]

    header = reactive(True, layout=True)
    markable = False
    opens = True

    @dataclass
    class Opened(Message):
        """A row was opened, by Enter or by a double click."""

        grid: Grid
        key: Hashable

        @property
        def control(self) -> Grid:
            return self.grid

    @dataclass
    class Moved(Message):
        """The cursor is on another row than before, or there is no row any more."""

        grid: Grid
        key: Hashable | None

        @property
        def control(self) -> Grid:
            return self.grid

    @dataclass
    class Rearranged(Message):
        """There is room for more or fewer columns than before."""

        grid: Grid

        @property
        def control(self) -> Grid:
            return self.grid

    @dataclass
    class MarksChanged(Message):
        """Other rows are marked than before."""

        grid: Grid
        marked: frozenset[Hashable]

        @property
        def control(self) -> Grid:
            return self.grid

    def __init__(
        self,
        columns: Sequence[Column] = (),
        *,
        id: str | None = None,
        classes: str | None = None,
        markable: bool = False,
        opens: bool = True,
    ) -> None:
        super().__init__(id=id, classes=classes)
        self.columns = tuple(columns)
        self.rows: tuple[GridRow, ...] = ()
        self.markable = markable
        self.opens = opens
        self.marked: frozenset[Hashable] = frozenset()
        self._natural: tuple[int, ...] = (0,) * len(self.columns)
        self._plan = Layout((), None, 0)

    # --- what it shows -----------------------------------------------------------------------

    def show(
        self, rows: Sequence[GridRow], columns: Sequence[Column] | None = None, *, from_top: bool = False
    ) -> None:
        """These rows are shown. Cursor, first visible row and marks stay with their keys.

        With `from_top` cursor and first visible row are the first one instead.
        """
        rows = tuple(rows)
        if from_top:
            self.move_home()
        if columns is not None and tuple(columns) != self.columns:
            self.columns, self._natural = tuple(columns), (0,) * len(columns)
        elif rows == self.rows:
            return
        old = self.rows
        places = {row.key: place for place, row in enumerate(rows)}
        top = self._top_row()
        seen = self._line_in_view(int(self.scroll_offset.y)) == self.scroll_offset.y
        anchor = old[top].key if 0 < top < len(old) and not from_top else None
        at = self.cursor_key
        self.rows = rows
        to = self._cursor if from_top else places.get(at, self._cursor)
        self._cursor = max(0, min(to, len(rows) - 1))
        self._measure(() if old == rows else rows)
        line = int(self.scroll_offset.y)
        if anchor is not None and anchor in places and places[anchor] != top:
            line = places[anchor] * self._plan.lines
        if seen and not from_top:
            line = self._line_in_view(line)
        if line != self.scroll_offset.y:
            self.scroll_to(y=line, animate=False)
        kept = frozenset(key for key in self.marked if key in places)
        if kept != self.marked:
            self._mark(kept)
        self._repaint(old)
        if self.cursor_key != at:
            self.post_message(self.Moved(self, self.cursor_key))

    def _repaint(self, old: tuple[GridRow, ...]) -> None:
        if len(old) != len(self.rows):
            self.refresh(layout=True)
            return
        for place, (before, after) in enumerate(zip(old, self.rows, strict=True)):
            if before != after:
                self.refresh(self._changed(place, before, after))

    def _changed(self, place: int, before: GridRow, after: GridRow) -> Region:
        """The row at this place, up to the last cell that looks different.

        Textual writes a line from its beginning whatever part of it changes, so one region is least.
        """
        plan = self._plan
        whole = self._region(place, plan.lines)
        if plan.below or (before.key, before.style) != (after.key, after.style):
            return whole
        old, new = before.cells, after.cells
        ends = [
            EDGE + slot.x + slot.width
            for slot in plan.slots
            if old[slot.index : slot.index + 1] != new[slot.index : slot.index + 1]
        ]
        return Region(0, whole.y, max(ends, default=0), 1)

    def _region(self, place: int, lines: int) -> Region:
        return Region(0, self._head + place * lines - self.scroll_offset.y, self.size.width, lines)

    def _measure(self, rows: Iterable[GridRow]) -> None:
        """Columns only grow while the same columns are shown, so that nothing jumps to and fro."""
        widths = list(self._natural)
        for row in rows:
            for index, cell in enumerate(row.cells):
                if cell.text and (have := cell_len(cell.text)) > widths[index]:
                    widths[index] = have
        for index, column in enumerate(self.columns):
            if widths[index] or not column.optional:
                widths[index] = max(widths[index], cell_len(column.title + column.unit) + bool(column.unit))
        self._natural = tuple(widths)
        self._arrange(self.scrollable_content_region.width or self.size.width)

    def _arrange(self, width: int) -> None:
        before = self._plan
        self._plan = lay_out(self.columns, self._natural, max(1, width - EDGE - 1))
        self.virtual_size = Size(width, self._head + len(self.rows) * self._plan.lines)
        if self._plan != before:
            self.refresh(layout=self._plan.lines != before.lines)
        if self._plan.left_out != before.left_out:
            self.post_message(self.Rearranged(self))

    @property
    def row_count(self) -> int:
        return len(self.rows)

    @property
    def left_out(self) -> int:
        """Columns for which there is no room."""
        return self._plan.left_out

    @property
    def _head(self) -> int:
        return 1 if self.header else 0

    def _top_row(self) -> int:
        return int(self.scroll_offset.y) // self._plan.lines

    def on_resize(self, event: events.Resize) -> None:
        self._arrange(self.scrollable_content_region.width or event.size.width)
        self._keep_cursor_in_view()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        if width:
            lines = lay_out(self.columns, self._natural, max(1, width - EDGE - 1)).lines
            return self._head + len(self.rows) * lines
        return self._head + len(self.rows)

    # --- where one is ------------------------------------------------------------------------

    @property
    def cursor_key(self) -> Hashable | None:
        """The key of the row that the cursor is on, None if there are no rows."""
        return self.rows[self._cursor].key if self._cursor < len(self.rows) else None

    @property
    def cursor_is_first(self) -> bool:
        """Whether the cursor is on the first row."""
        return self._cursor == 0

    @property
    def chosen(self) -> tuple[Hashable, ...]:
        """The keys of the marked rows in their order, else of the row that the cursor is on."""
        if self.marked:
            return tuple(row.key for row in self.rows if row.key in self.marked)
        key = self.cursor_key
        return () if key is None else (key,)

    def move(self, place: int) -> None:
        """The cursor is on this row, or on the nearest that there is, and in view."""
        place = max(0, min(place, len(self.rows) - 1))
        if place != self._cursor:
            lines = self._plan.lines
            self.refresh(self._region(self._cursor, lines))
            self._cursor = place
            self.refresh(self._region(place, lines))
            self.post_message(self.Moved(self, self.cursor_key))
        self._keep_cursor_in_view()

    def move_home(self) -> None:
        """The cursor is on the first row, in view."""
        Grid.move(self, 0)

    def _keep_cursor_in_view(self) -> None:
        top = int(self.scroll_offset.y)
        line = self._line_in_view(top)
        if line != top:
            self.scroll_to(y=line, animate=False)

    def _line_in_view(self, top: int) -> int:
        """The first line to show, as near as possible to `top`, so that the cursor is in view."""
        lines = self._plan.lines
        room = self.scrollable_content_region.height - self._head
        start = self._cursor * lines
        if room <= 0 or top <= start <= top + room - lines:
            return top
        return start if start < top else start + lines - room

    def mark(self, keys: frozenset[Hashable]) -> None:
        """Those of these rows that are there are marked, and no others."""
        if self.markable:
            self._mark(keys & frozenset(row.key for row in self.rows))

    def clear_marks(self) -> None:
        """No row is marked."""
        self._mark(frozenset())

    def _mark(self, marked: frozenset[Hashable]) -> None:
        if marked != self.marked:
            self.marked = marked
            self.refresh()
            self.post_message(self.MarksChanged(self, marked))

    def check_action(self, action: str, parameters: tuple[object, ...]) -> bool | None:
        if action == "mark":
            return self.markable
        if action == "open":
            return self.opens
        return True

    def action_open(self) -> None:
        if (key := self.cursor_key) is not None:
            self.post_message(self.Opened(self, key))

    def action_mark(self) -> None:
        if (key := self.cursor_key) is not None:
            self._mark(self.marked ^ {key})
            self.move(self._cursor + 1)

    def action_page(self, direction: int) -> None:
        self.move(self._cursor + direction * max(1, self._page()))

    def action_half_page(self, direction: int) -> None:
        self.move(self._cursor + direction * max(1, self._page() // 2))

    def _page(self) -> int:
        return (self.scrollable_content_region.height - self._head) // self._plan.lines

    def on_click(self, event: events.Click) -> None:
        place = (event.y - self._head + int(self.scroll_offset.y)) // self._plan.lines
        if event.y >= self._head and 0 <= place < len(self.rows):
            self.move(place)
            if event.chain == 2 and self.opens:
                self.action_open()

    # --- how it is drawn ---------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        plan = self._plan
        if y < self._head:
            return self.strip(header_line(self.columns, plan), ())
        line = y - self._head + int(self.scroll_offset.y)
        place, part = divmod(line, plan.lines)
        if not 0 <= place < len(self.rows):
            return self.strip()
        row = self.rows[place]
        current = place == self._cursor and self.has_focus
        pieces = row_line(row, part, self.columns, plan, current=current, marked=row.key in self.marked)
        return self.strip(pieces, (CURRENT,) if current else ("on $mark",) if row.key in self.marked else ())
