"""The other alerts of the same cause: a pane from which each opens, and how one is found by its id."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import date, datetime

from textual import events
from textual.app import ComposeResult
from textual.containers import Vertical

from console.model import Alert, Snapshot
from console.tui import say
from console.tui.overview.alerts import COLUMNS, alert_row
from console.tui.safe import cut
from console.tui.widgets.grid import Grid
from console.tui.widgets.heading import Heading

_SAID_ALREADY = frozenset({"model", "handled"})
"""Columns of the overview's list that say of the others what the title says of this one."""
_PLACES = tuple(place for place, column in enumerate(COLUMNS) if column.name not in _SAID_ALREADY)
_TOLD = 3
"""Of the others, so many are told where there is no room for a list."""


@dataclass(frozen=True, slots=True)
class Found:
    """An alert of a snapshot."""

    alert: Alert
    """As it is now; one of the same cause as another has what people said of that one."""
    listed: Alert
    """The alert that the overview lists: the same, or the one that it has the same cause as."""


def find_alert(snapshot: Snapshot, alert_id: str | None) -> Found | None:
    """The alert of that id, whether it is listed or told beside another; None if it is not known now."""
    for listed in snapshot.alerts:
        if listed.alert_id == alert_id:
            return Found(listed, listed)
    for listed in snapshot.alerts:
        for one in listed.also:
            if one.alert_id == alert_id:
                return Found(replace(one, handling=listed.handling), listed)
    return None


class Others(Vertical):
    """The alerts of the same cause; it is not there where there are none.

    Where room is short the heading tells them, and the list opens while one is in it.
    """

    def __init__(self) -> None:
        super().__init__(id="others", classes="pane")
        self._alerts: tuple[Alert, ...] = ()

    def compose(self) -> ComposeResult:
        yield Heading("Of the same cause")
        yield Grid(tuple(COLUMNS[place] for place in _PLACES), id="others-grid")

    @property
    def grid(self) -> Grid:
        """The grid of the others."""
        return self.query_one(Grid)

    def show(self, alert: Alert, as_of: datetime, today: date) -> None:
        """It lists those of the same cause as this alert, as they stand at `as_of`."""
        self._alerts = alert.also
        self.display = bool(alert.also)
        rows = [alert_row(one, as_of, today) for one in alert.also]
        self.grid.show([replace(row, cells=tuple(row.cells[place] for place in _PLACES)) for row in rows])
        self._tell()

    def _tell(self) -> None:
        alerts = self._alerts
        number = say.count(len(alerts))
        if self.grid.has_focus or not (self.screen.has_class("-short") or self.screen.has_class("-tiny")):
            told = f"{number}, not listed beside it · ⏎ opens one"
        else:
            told = f"{number}: " + " · ".join(cut(one.worst.summary, 80) for one in alerts[:_TOLD])
            told += f" · {len(alerts) - _TOLD} more" if len(alerts) > _TOLD else ""
        self.query_one(Heading).show((told, "$dim"))

    def on_resize(self, event: events.Resize) -> None:
        self._tell()

    def on_descendant_focus(self) -> None:
        self._tell()

    def on_descendant_blur(self) -> None:
        self._tell()
