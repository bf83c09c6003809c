"""Asks the canned queries, has the checks judge the answers, and keeps the alerts that follow."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from typing import TYPE_CHECKING

from console.alerts import adopt_ids, fold, most_urgent_first
from console.checks import CHECKS, Check
from console.explain import common_call, offending_call, said_with_slice, widen
from console.model import NOTHING, Alert, AlertState, Reading, Table

if TYPE_CHECKING:
    from console.store import Store

HISTORY = timedelta(days=14)
"""How far back from the newest row the stored history is judged."""
MAX_WINDOWS = 1_500
"""Windows of one length that are judged at once; short ones therefore go back less far."""
SLIDES = 10
"""Into how many steps a window's length is divided when it slides on."""
MAX_EXPLAINED = 30
"""Alerts whose offending rows are looked at for what they have in common."""
_INSTANT = timedelta(microseconds=1)

Known = Sequence[tuple[str, tuple[str, str, str], datetime, datetime]]
"""Id, (check, model, subject), beginning and last moment of alerts that were recorded before."""


class Judge:
    """Judges the stored history once, then whatever has come since. Use it from one thread."""

    def __init__(self, store: Store, checks: Sequence[Check] = CHECKS) -> None:
        self._store = store
        self._checks = checks
        self._judged_until: datetime | None = None
        self._asked: dict[tuple[str, int], datetime] = {}
        """Check and window length -> up to when its windows were judged."""
        self._common: dict[tuple[str, datetime], Table] = {}
        self._folded: tuple[Alert, ...] = ()
        self.alerts: tuple[Alert, ...] = ()
        """Most urgent first, with the slice that holds most of their trouble in their summaries."""

    def history(self, *, since: datetime | None = None, known: Known = ()) -> tuple[Alert, ...]:
        """Work out from all that is stored which alerts there were and are.

        Args:
            since: only windows that end later.
            known: alerts recorded before, whose ids are kept, as are those of alerts found so far.
        """
        counts = self._store.counts()
        if counts.newest_ts is None or counts.first_ts is None:
            return ()
        until = counts.newest_ts + _INSTANT
        start = max(counts.first_ts, until - HISTORY)
        readings = self.readings(max(start, since) if since else start, until)
        self._asked = {(check.name, minutes): until for check, minutes in self._windows()}
        found = [(a.alert_id, (a.check, a.model, a.subject), a.began, a.last_seen) for a in self._folded]
        self._keep(adopt_ids(fold((), readings, as_of=until), [*known, *found]), until)
        return self.alerts

    def refresh(self) -> tuple[Alert, ...]:
        """Judge the windows that have ended since the last time.

        A window slides by a tenth of its length between two judgements: a day's drift need not be
        looked at every three seconds, on a host that has a model to serve.
        """
        if self._judged_until is None:
            return self.history()
        newest = self._store.counts().newest_ts
        until = (newest or self._judged_until) + _INSTANT
        if until > self._judged_until:
            readings: list[Reading] = []
            asked = dict(self._asked)
            for check, minutes in self._windows():
                since = self._asked[check.name, minutes]
                if until - since >= timedelta(minutes=minutes) / SLIDES:
                    readings += self._readings(check, minutes, since, until)
                    asked[check.name, minutes] = until
            self._keep(fold(self._folded, readings, as_of=until), until)
            self._asked = asked
        return self.alerts

    def readings(self, start: datetime, until: datetime) -> list[Reading]:
        """What every check says of the windows that end in `(start, until]`."""
        return [
            reading
            for check, minutes in self._windows()
            for reading in self._readings(check, minutes, start, until)
        ]

    def _readings(self, check: Check, minutes: int, start: datetime, until: datetime) -> list[Reading]:
        earliest = max(start, until - MAX_WINDOWS * timedelta(minutes=minutes))
        return check.readings(self._store.frame(check.call(earliest, until, minutes)))

    def _windows(self) -> Iterator[tuple[Check, int]]:
        return ((check, minutes) for check in self._checks for minutes in check.window_minutes)

    def _keep(self, alerts: tuple[Alert, ...], until: datetime) -> None:
        self._folded = most_urgent_first(alerts)
        self.alerts = self._explained(self._folded)
        self._judged_until = until

    def _explained(self, alerts: tuple[Alert, ...]) -> tuple[Alert, ...]:
        """The most urgent alerts with the slice that holds most of their trouble in their summary."""
        explained = tuple(map(self._explain, alerts[:MAX_EXPLAINED]))
        current = {(a.alert_id, a.last_seen) for a in explained}
        self._common = {key: found for key, found in self._common.items() if key in current}
        return explained + alerts[MAX_EXPLAINED:]

    def _explain(self, alert: Alert) -> Alert:
        key = (alert.alert_id, alert.last_seen)
        if key not in self._common:
            self._common[key] = self._common_slices(alert)
        worst, latest = (
            replace(reading, summary=said_with_slice(reading, self._common[key]))
            for reading in (alert.worst, alert.latest)
        )
        return replace(alert, worst=worst, latest=latest)

    def _common_slices(self, alert: Alert) -> Table:
        if alert.worst.offenders is not None:
            offending = self._store.table(widen(offending_call(alert)))
            if offending.rows:
                return self._store.table(common_call(alert, offending))
        return NOTHING

    def quiet_since(self, first_ts: datetime | None) -> datetime | None:
        """Since when no alert has been open; None if one is, or nothing was judged."""
        if self._judged_until is None or any(a.state is AlertState.OPEN for a in self.alerts):
            return None
        return max((alert.last_seen for alert in self.alerts), default=first_ts or self._judged_until)
