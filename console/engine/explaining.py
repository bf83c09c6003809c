"""Adds to alerts what their offending rows have in common."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import datetime
from typing import TYPE_CHECKING

from console.explain import explained, said_with_slice, where
from console.model import Alert, CommonSlice

if TYPE_CHECKING:
    from console.store import Store

MAX_EXPLAINED = 30
"""Alerts whose offending rows are looked at for what they have in common."""


class Explaining:
    """Looks at an alert's offending rows once, and again when it has gone on."""

    def __init__(self, store: Store) -> None:
        self._store = store
        self._common: dict[tuple[str, datetime], tuple[CommonSlice, ...]] = {}

    def explained(self, alerts: Sequence[Alert], *, most: int | None = MAX_EXPLAINED) -> tuple[Alert, ...]:
        """The alerts, the first of them with the slice that holds most of their trouble."""
        done = tuple(map(self._explain, alerts[:most]))
        current = {(a.alert_id, a.last_seen) for a in done}
        self._common = {key: found for key, found in self._common.items() if key in current}
        return done + tuple(alerts[len(done) :])

    def _explain(self, alert: Alert) -> Alert:
        key = (alert.alert_id, alert.last_seen)
        if key not in self._common:
            self._common[key] = self._common_slices(alert)
        worst, latest = (
            replace(reading, summary=said_with_slice(reading, self._common[key]))
            for reading in (alert.worst, alert.latest)
        )
        return replace(alert, worst=worst, latest=latest, where=where(alert.worst, self._common[key]))

    def _common_slices(self, alert: Alert) -> tuple[CommonSlice, ...]:
        return () if alert.worst.offenders is None else explained(self._store, alert)
