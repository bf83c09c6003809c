"""Asks the canned queries, has the checks judge the answers, and keeps the alerts that follow."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from console.alerts import adopt_ids, fold, most_urgent_first
from console.checks import CHECKS, Check
from console.model import Alert, AlertState, Reading

if TYPE_CHECKING:
    from console.store import Store

HISTORY = timedelta(days=14)
"""How far back from the newest row the stored history is judged."""
_INSTANT = timedelta(microseconds=1)

Known = Sequence[tuple[str, tuple[str, str, str], datetime, datetime]]
"""Id, (check, model, subject), beginning and last moment of alerts that were recorded before."""


class Judge:
    """Judges the stored history once, then whatever has come since. Use it from one thread."""

    def __init__(self, store: Store, checks: Sequence[Check] = CHECKS) -> None:
        self._store = store
        self._checks = checks
        self._judged_until: datetime | None = None
        self.alerts: tuple[Alert, ...] = ()

    def history(self, *, since: datetime | None = None, known: Known = ()) -> tuple[Alert, ...]:
        """Work out from all that is stored which alerts there were and are.

        Args:
            since: only windows that end later.
            known: alerts recorded before, whose ids are kept.
        """
        counts = self._store.counts()
        if counts.newest_ts is None or counts.first_ts is None:
            return ()
        until = counts.newest_ts + _INSTANT
        start = max(counts.first_ts, until - HISTORY)
        readings = self.readings(max(start, since) if since else start, until)
        alerts = adopt_ids(fold((), readings, as_of=until), known)
        self.alerts, self._judged_until = most_urgent_first(alerts), until
        return self.alerts

    def refresh(self) -> tuple[Alert, ...]:
        """Judge the windows that have ended since the last time."""
        if self._judged_until is None:
            return self.history()
        newest = self._store.counts().newest_ts
        until = (newest or self._judged_until) + _INSTANT
        if until > self._judged_until:
            readings = self.readings(self._judged_until, until)
            self.alerts = most_urgent_first(fold(self.alerts, readings, as_of=until))
            self._judged_until = until
        return self.alerts

    def readings(self, start: datetime, until: datetime) -> list[Reading]:
        """What every check says of every window that ends in `(start, until]`."""
        return [
            reading
            for check in self._checks
            for minutes in check.window_minutes
            for reading in check.judge(self._store.frame(check.call(start, until, minutes)))
        ]

    def quiet_since(self, first_ts: datetime | None) -> datetime | None:
        """Since when no alert has been open; None if one is, or nothing was judged."""
        if self._judged_until is None or any(a.state is AlertState.OPEN for a in self.alerts):
            return None
        return max((alert.last_seen for alert in self.alerts), default=first_ts or datetime.now(UTC))
