"""Alerts that were seen: one record an alert, which only ever learns more."""

from __future__ import annotations

from dataclasses import dataclass, replace
from datetime import datetime

from sqlalchemy import Row

from console.casebook.moments import moment_of, moment_text
from console.errors import CasebookError
from console.model import Alert, AlertState, Severity


@dataclass(frozen=True, slots=True)
class AlertRecord:
    """What the casebook remembers of an alert. Times of the log, but where the clock is named."""

    alert_id: str
    check: str
    model: str
    subject: str
    severity: Severity
    summary: str
    """Of the worst reading."""
    state: AlertState
    began: datetime
    """Start of the first window that breached."""
    detected: datetime
    """End of the first window that breached."""
    last_seen: datetime
    """End of the last window that breached or lingered."""
    resolved: datetime | None
    """When a console first saw that it was over, by the clock: on a backlog that is long after
    `last_seen`. None while it is open."""
    recorded: datetime
    """When a console first saw it, by the clock."""


def record_of(alert: Alert, now: datetime) -> AlertRecord:
    """The record of an alert that is seen for the first time."""
    return AlertRecord(
        alert_id=alert.alert_id,
        check=alert.check,
        model=alert.model,
        subject=alert.subject,
        severity=alert.severity,
        summary=alert.worst.summary,
        state=alert.state,
        began=alert.began,
        detected=alert.detected,
        last_seen=alert.last_seen,
        resolved=now if alert.state is AlertState.RESOLVED else None,
        recorded=now,
    )


def learn(known: AlertRecord, seen: AlertRecord) -> AlertRecord:
    """What is known once `seen` is, whichever console saw it and however late it tells.

    The earliest detection and the newest sighting stand. A console that lags behind neither takes
    back a resolution nor an escalation; a breach after the resolution opens the alert again.
    """
    if seen.last_seen < known.last_seen:
        return replace(known, began=min(known.began, seen.began), detected=min(known.detected, seen.detected))
    over = seen.state is AlertState.RESOLVED or (
        known.state is AlertState.RESOLVED and seen.last_seen == known.last_seen
    )
    return replace(
        seen,
        state=AlertState.RESOLVED if over else AlertState.OPEN,
        began=min(known.began, seen.began),
        detected=min(known.detected, seen.detected),
        resolved=_resolved(known, seen) if over else None,
        recorded=known.recorded,
    )


def _resolved(known: AlertRecord, seen: AlertRecord) -> datetime | None:
    if seen.last_seen > known.last_seen:
        return seen.resolved  # what was resolved before had begun again
    return known.resolved or seen.resolved


def alert_row(record: AlertRecord) -> dict[str, str | int | None]:
    """A record as the columns of the `alerts` table."""
    return {
        "alert_id": record.alert_id,
        "check_name": record.check,
        "model": record.model,
        "subject": record.subject,
        "severity": int(record.severity),
        "summary": record.summary,
        "state": record.state.value,
        "began": moment_text(record.began),
        "detected": moment_text(record.detected),
        "last_seen": moment_text(record.last_seen),
        "resolved": None if record.resolved is None else moment_text(record.resolved),
        "recorded": moment_text(record.recorded),
    }


def alert_of(row: Row[tuple[object, ...]]) -> AlertRecord:
    """The record that a row of the `alerts` table holds.

    Raises:
        CasebookError: the row was changed by something else than a console.
    """
    try:
        return AlertRecord(
            alert_id=row.alert_id,
            check=row.check_name,
            model=row.model,
            subject=row.subject,
            severity=Severity(row.severity),
            summary=row.summary,
            state=AlertState(row.state),
            began=moment_of(row.began),
            detected=moment_of(row.detected),
            last_seen=moment_of(row.last_seen),
            resolved=None if row.resolved is None else moment_of(row.resolved),
            recorded=moment_of(row.recorded),
        )
    except (ValueError, TypeError) as error:
        raise CasebookError(f"casebook, alert {row.alert_id!r}: not written by a console: {error}") from error
