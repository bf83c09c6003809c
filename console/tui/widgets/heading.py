"""The line over a pane: what it is, what there is to know of it, and a rule to the edge."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget


class Heading(Widget):
    """A pane's heading. It takes the accent while its pane has the focus, by the style sheet."""

    def __init__(self, title: str, note: str = "", *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._title = title
        self._note: tuple[tuple[str, str], ...] = ((note, "$dim"),) if note else ()

    def show(self, *note: tuple[str, str], title: str | None = None) -> None:
        """The heading says this: pieces of text, each with its style."""
        title = self._title if title is None else title
        if (title, note) != (self._title, self._note):
            self._title, self._note = title, note
            self.refresh()

    @property
    def text(self) -> str:
        """What it says, without the rule."""
        return f"{self._title}  {''.join(text for text, _ in self._note)}".rstrip()

    def render(self) -> Content:
        content = Content.assemble((self._title, "bold"))
        if self._note:
            content = Content.assemble(content, "  ", *self._note)
        width = self.size.width
        if content.cell_length > width:
            content = shortened(content, width)
        if content.cell_length + 2 > width:
            return content
        return Content.assemble(content, (" " + "─" * max(0, width - content.cell_length - 2), "$faint"))


def shortened(content: Content, width: int) -> Content:
    """As many whole facts as fit, and `…` for the others; cut anywhere if these fill less than half of it."""
    said = content.plain[:width]
    facts = [at for at in range(len(said)) if said.startswith(" · ", at)]
    # Of a single fact, what stands behind the colon may be all there is to know: why something failed.
    details = [at for at in range(len(said)) if facts and at > facts[0] and said.startswith(": ", at)]
    for end in sorted([*facts, *details], reverse=True):
        whole = Content.assemble(content[:end], (" …", "$dim"))
        if width // 2 <= whole.cell_length <= width:
            return whole
    return content.truncate(width, ellipsis=True)
