"""A tree that folds, with a cursor. Only what is visible is drawn."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable
from itertools import accumulate
from typing import ClassVar

from textual import events
from textual.binding import Binding, BindingType
from textual.geometry import Region, Size
from textual.strip import Strip

from console.tui.request.lines import Plan, draw, folds, plan, value_lines
from console.tui.request.nodes import Node, Path, Row, rows_of
from console.tui.widgets.looks import CURRENT
from console.tui.widgets.rowview import RowView, keys_to_move


class Tree(RowView):
    """Sections, and what is in them. Cursor and folds hang on paths, so they outlast the record."""

    BINDINGS: ClassVar[list[BindingType]] = [
        Binding(
            "enter,space",
            "fold",
            "fold",
            show=False,
            id="tree.fold",
            key_display="⏎",
            tooltip="unfold what the cursor is on, or fold it",
        ),
        *keys_to_move("tree", "entry"),
    ]

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self.sections: tuple[Node, ...] = ()
        self.flipped: frozenset[Path] = frozenset()
        """Sections that are folded, and entries that are not."""
        self._rows: tuple[Row, ...] = ()
        self._plan = Plan(0, 0, 0)
        self._lines: list[list[str]] = []
        self._signs: list[str] = []
        self._starts: list[int] = [0]
        """First line of each row, and behind the last one."""

    # --- what it shows ------------------------------------------------------------------------------

    def show(self, sections: Iterable[Node]) -> None:
        """These sections are shown; the cursor stays with its path."""
        sections = tuple(sections)
        if sections != self.sections:
            self.sections = sections
            self._arrange()

    @property
    def row_count(self) -> int:
        return len(self._rows)

    @property
    def current(self) -> Node | None:
        """What the cursor is on, None if there is nothing."""
        return self._rows[self._cursor].node if self._cursor < len(self._rows) else None

    def _arrange(self) -> None:
        at = self.current.path if self.current is not None else None
        width = self.scrollable_content_region.width or self.size.width
        self._rows = rows_of(self.sections, self.flipped)
        self._plan = plan(self._rows, max(20, width))
        self._lines, self._signs = [], []
        for row in self._rows:
            lines, more = value_lines(row, self._plan)
            self._lines.append(lines)
            can_fold = more or ((row.is_open or row.node.holds) and folds(row, self._plan))
            self._signs.append(("▾" if row.is_open else "▸") if can_fold else " ")
        # A line of air comes before each section but the first.
        heights = [
            len(lines) + (row.node.is_section and place > 0)
            for place, (row, lines) in enumerate(zip(self._rows, self._lines, strict=True))
        ]
        self._starts = [0, *accumulate(heights)]
        places = {row.node.path: place for place, row in enumerate(self._rows)}
        known = places.get(at) if at is not None else None
        if known is None and at is not None:
            # What it was on is folded away, or not in this record: on with what holds it.
            known = next((places[at[:n]] for n in range(len(at) - 1, 1, -1) if at[:n] in places), None)
        self._cursor = max(0, min(self._cursor if known is None else known, len(self._rows) - 1))
        self.virtual_size = Size(width, self._starts[-1])
        self._keep_in_view()
        self.refresh()

    def on_resize(self, event: events.Resize) -> None:
        self._arrange()

    # --- where one is -------------------------------------------------------------------------------

    def move(self, place: int) -> None:
        """The cursor is on this row, or on the nearest that there is, and in view."""
        place = max(0, min(place, len(self._rows) - 1))
        if place != self._cursor and self._rows:
            self._repaint(self._cursor)
            self._cursor = place
            self._repaint(place)
        self._keep_in_view()

    def _repaint(self, place: int) -> None:
        start, until = self._starts[place], self._starts[place + 1]
        self.refresh(Region(0, start - int(self.scroll_offset.y), self.size.width, until - start))

    def _keep_in_view(self) -> None:
        if not self._rows:
            return
        top, room = int(self.scroll_offset.y), self.scrollable_content_region.height
        start, until = self._starts[self._cursor], self._starts[self._cursor + 1]
        line = top
        if start < top or until - start >= room:
            line = start
        elif until > top + room:
            line = until - room
        if line != top and room > 0:
            self.scroll_to(y=line, animate=False)

    def go_into(self, section: str) -> bool:
        """The cursor is on the first entry of the section, as high as it can be; False if there is none."""
        found = next((row.node.path for row in self._rows if row.node.path[:-1] == (section,)), None)
        if found is None or not self.go_to(found):
            return False
        self.scroll_to(y=self._starts[self._cursor - 1], animate=False)
        return True

    def go_to(self, path: Path) -> bool:
        """The cursor is on the entry with this path; False if it is not on show."""
        found = next((at for at, row in enumerate(self._rows) if row.node.path == path), None)
        if found is not None:
            self.move(found)
        return found is not None

    def action_page(self, direction: int) -> None:
        self._jump(direction * self.size.height)

    def action_half_page(self, direction: int) -> None:
        self._jump(direction * (self.size.height // 2))

    def _jump(self, lines: int) -> None:
        if self._rows:
            place = self._place_of(self._starts[self._cursor] + lines)
            if place == self._cursor:
                place += 1 if lines > 0 else -1
            self.move(place)

    def _place_of(self, line: int) -> int:
        return max(0, min(bisect_right(self._starts, line) - 1, len(self._rows) - 1))

    def action_fold(self) -> None:
        """What is folded unfolds, and the other way round."""
        if self._cursor < len(self._rows) and self._signs[self._cursor] != " ":
            self.flipped ^= {self._rows[self._cursor].node.path}
            self._arrange()

    def on_click(self, event: events.Click) -> None:
        line = event.y + int(self.scroll_offset.y)
        if 0 <= line < self._starts[-1]:
            self.move(self._place_of(line))
            if event.chain == 2:
                self.action_fold()

    # --- how it is drawn ----------------------------------------------------------------------------

    def render_line(self, y: int) -> Strip:
        line = y + int(self.scroll_offset.y)
        if not self._rows or line >= self._starts[-1]:
            return self.strip()
        place = self._place_of(line)
        row = self._rows[place]
        part = line - self._starts[place]
        if row.node.is_section and place > 0:
            part -= 1
        if part < 0:
            return self.strip()
        current = place == self._cursor and self.has_focus
        pieces = draw(row, self._lines[place], part, self._plan, sign=self._signs[place], current=current)
        return self.strip(pieces, (CURRENT,) if current else ())
