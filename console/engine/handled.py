"""Alerts with what people said of them, whichever console they said it in."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from console.errors import CasebookError
from console.model import Alert, Handling

if TYPE_CHECKING:
    from console.casebook import Casebook


class Handled:
    """Reads what was said of alerts once more only when somebody has said something, or a snooze is over.

    Whether they have is asked at each snapshot: so what another console was told is on every screen
    within a second or two.
    """

    def __init__(self, clock: Callable[[], datetime]) -> None:
        self._clock = clock
        self._asked: tuple[int, tuple[str, ...]] = (-1, ())
        """The newest act, and of which alerts it was asked."""
        self._until: datetime | None = None
        """When the first snooze among them is over."""
        self._known: Mapping[str, Handling] = {}
        self.problem: CasebookError | None = None
        """Why it could not be read the last time."""

    def on(self, alerts: Sequence[Alert], casebook: Casebook | None) -> tuple[Alert, ...]:
        """The same alerts, each with its handling; as it was known last if the casebook cannot be read."""
        if casebook is not None and alerts:
            try:
                self._look(casebook, tuple(alert.alert_id for alert in alerts))
                self.problem = None
            except CasebookError as error:
                self.problem = error
        known = self._known
        return tuple(
            replace(alert, handling=known[alert.alert_id]) if alert.alert_id in known else alert
            for alert in alerts
        )

    def _look(self, casebook: Casebook, alert_ids: tuple[str, ...]) -> None:
        asked = (casebook.last_act(), alert_ids)
        over = self._until is not None and self._until <= self._clock()
        if asked != self._asked or over:
            self._known = casebook.handling(alert_ids) if asked[0] else {}
            ends = (one.snoozed_until for one in self._known.values() if one.snoozed_until is not None)
            self._asked, self._until = asked, min(ends, default=None)
