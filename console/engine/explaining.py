"""Adds to alerts what their offending rows have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from console.explain import common_call, offending_call, said_with_slice, widen
from console.model import NOTHING, Alert, Table

if TYPE_CHECKING:
    from console.store import Store

MAX_EXPLAINED = 30
"""Alerts whose offending rows are looked at for what they have in common."""


class Explaining:
    """Looks at an alert's offending rows once, and again when it has gone on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._common: dict[tuple[str, datetime], Table] = {}

    def explained(self, alerts: Sequence[Alert], *, most: int | None = MAX_EXPLAINED) -> tuple[Alert, ...]:
        """The alerts, the first of them with the slice that holds most of their trouble."""
        explained = tuple(map(self._explain, alerts[:most]))
        current = {(a.alert_id, a.last_seen) for a in explained}
        self._common = {key: found for key, found in self._common.items() if key in current}
        return explained + tuple(alerts[len(explained) :])

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
