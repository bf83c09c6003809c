"""What is shown when there is no room for anything else."""

from __future__ import annotations

from textual.content import Content
from textual.widget import Widget

from console.model import AlertState, Snapshot
from console.tui.safe import visible
from console.tui.severity import SEVERITY_SIGNS, SEVERITY_STYLES, in_order
from console.tui.widgets.truthline import parts_of

LEAST_WIDTH, LEAST_HEIGHT = 60, 16


class TooSmall(Widget):
    """Covers the screen of a terminal that is too small; tells the truth, and the open alerts that fit."""

    def __init__(self, title: str) -> None:
        super().__init__(id="too-small")
        self._title = title
        self._snapshot: Snapshot | None = None

    def show(self, snapshot: Snapshot | None) -> None:
        """It tells what this snapshot says."""
        if snapshot != self._snapshot:
            self._snapshot = snapshot
            if self.display:
                self.refresh()

    def render(self) -> Content:
        width, height = self.size
        facts: list[str] = []
        for part in parts_of(self._title, self._snapshot)[1:]:
            facts.append("".join(text for text, _ in part.forms[-1]))
        lines = [Content.styled(" · ".join(facts), "$foreground").truncate(width, ellipsis=True)]
        for alert in in_order(self._snapshot.alerts) if self._snapshot else ():
            if alert.state is AlertState.OPEN:
                style = f"bold {SEVERITY_STYLES[alert.severity]}"
                sign = f"{SEVERITY_SIGNS[alert.severity]} {alert.severity.name.lower()} "
                line = Content.assemble((sign, style), visible(alert.latest.summary[:400]))
                lines.append(line.truncate(width, ellipsis=True))
        text = (
            f"Too small: needs {LEAST_WIDTH}x{LEAST_HEIGHT}, has {self.app.size.width}x{self.app.size.height}"
        )
        lines = lines[: max(1, height - 1)]
        lines.append(Content.styled(text, "$warning").truncate(width, ellipsis=True))
        return Content("\n").join(lines[:height])
