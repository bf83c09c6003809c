"""What is shown while no source has given a line: what is watched for, or why nothing can be."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from console.model import Phase, Snapshot, SourceStatus
from console.tui.safe import cut
from console.tui.states import STATE_SIGNS, STATE_STYLES


class Waiting(Widget):
    """The sources that are waited for, or why the console could not start."""

    def __init__(self) -> None:
        super().__init__(id="waiting")
        self._sources: tuple[SourceStatus, ...] | None = None
        """None until they are known."""
        self._problem = ""

    def show(self, snapshot: Snapshot) -> None:
        """It tells which of the snapshot's sources are waited for."""
        if snapshot.phase is not Phase.STARTING and snapshot.sources != self._sources:
            self._sources = snapshot.sources
            self.refresh()

    def show_failure(self, problem: str) -> None:
        """It tells why the console could not start."""
        self._problem = problem
        self.refresh()

    def render(self) -> Content:
        width = max(20, self.size.width)
        if self._problem:
            lines = [Content.styled("✗ Could not start", "bold $error"), Content("")]
            lines += Content(self._problem).wrap(width)
            lines += [Content(""), Content.styled("q leaves the console", "$dim")]
        elif self._sources is None:
            lines = [Content.styled("Starting …", "$dim")]
        else:
            lines = waiting_lines(self._sources, width) if self._sources else nothing_open(width)
            if len(lines) > self.size.height > 1:
                lines[self.size.height - 1 :] = [Content.styled("… s shows all sources", "$dim")]
        return Content("\n").join(lines)


def nothing_open(width: int) -> list[Content]:
    """No source is read, since something that is needed for that could not be opened."""
    what_to_do = Content.styled("Mend what is told above, then start the console again. q leaves.", "$dim")
    return [Content.styled("✗ Nothing is read", "bold $error"), *what_to_do.wrap(width)]


def waiting_lines(sources: tuple[SourceStatus, ...], width: int) -> list[Content]:
    """Every source with its state, and what would mend it."""
    lines = [
        Content.styled("Waiting for the first line", "bold $foreground"),
        *Content.styled(
            "It appears here as soon as one is written; nothing needs to be pressed.", "$dim"
        ).wrap(width),
        Content(""),
    ]
    for source in sources:
        sign, style = STATE_SIGNS[source.state], STATE_STYLES[source.state]
        path, state = (cut(source.path, 300), "bold $foreground"), (f"  {source.state.value}", style)
        lines.append(Content.assemble((f"{sign} ", style), path, state).truncate(width, ellipsis=True))
        if source.problem:
            problem = Content.styled(cut(source.problem, 400), "$dim")
            lines += [Content.assemble("  ", part) for part in problem.wrap(width - 2)]
    return lines
