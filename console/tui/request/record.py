"""A short record in sections: names on the left, values as logged, wrapped, on the right."""

from __future__ import annotations

from dataclasses import dataclass

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from console.tui.safe import Cell, visible

_NAME_CELLS = 32


@dataclass(frozen=True, slots=True)
class Entry:
    """A line of a section: a name and a value."""

    name: str
    value: Cell
    aside: str = ""
    """Shown dimmed after the value: a unit, a type."""


@dataclass(frozen=True, slots=True)
class Section:
    """Entries under a title."""

    title: str
    entries: tuple[Entry, ...]
    note: str = ""


class Record(Widget):
    """One section. As high as its values, wrapped, need it to be."""

    def __init__(self, section: Section) -> None:
        super().__init__()
        self.section = section
        self._lines: tuple[tuple[Section, int], list[Content]] | None = None

    def show(self, section: Section) -> None:
        """This section is shown instead; the screen is laid out anew only if it takes more or fewer lines."""
        if section != self.section:
            before = len(self._drawn(self.size.width))
            self.section = section
            self.refresh(layout=len(self._drawn(self.size.width)) != before)

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return len(self._drawn(width))

    def render(self) -> Content:
        return Content("\n").join(self._drawn(self.size.width))

    def _drawn(self, width: int) -> list[Content]:
        key = (self.section, width)
        if self._lines is None or self._lines[0] != key:
            self._lines = key, draw(self.section, width)
        return self._lines[1]


def draw(section: Section, width: int) -> list[Content]:
    """The section's lines over a width in cells; long values go on below their beginning."""
    title = Content.assemble(
        (section.title, "bold $accent"), (f"  {section.note}" if section.note else "", "$dim")
    )
    title = title.truncate(max(1, width), ellipsis=True)
    lines = [Content.assemble(title, (" " + "─" * max(0, width - title.cell_length - 1), "$faint"))]
    names = [Content(visible(entry.name[:200]) or '""') for entry in section.entries]
    most = min(_NAME_CELLS, max(8, width * 2 // 5))
    column = min(most, max((name.cell_length for name in names), default=0))
    room = max(4, width - column - 2)
    for name, entry in zip(names, section.entries, strict=True):
        value = Content.assemble(
            (entry.value.text, entry.value.style), (f" {entry.aside}" if entry.aside else "", "$dim")
        )
        folded = value.wrap(room) or [Content("")]
        head = name.truncate(column, ellipsis=True).stylize("$dim")
        for index, part in enumerate(folded):
            left = head if index == 0 else Content("")
            pad = " " * (column - left.cell_length + 2)
            lines.append(Content.assemble(left, pad, part))
    return lines
