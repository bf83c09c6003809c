"""What people say of alerts: rows that are only ever appended, and what they amount to."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum

from sqlalchemy import Row

from console.casebook.moments import moment_of, moment_text
from console.errors import CasebookError
from console.model import Handling


class ActKind(Enum):
    """What somebody did about an alert."""

    ACKNOWLEDGED = "ack"
    SNOOZED = "snooze"
    UNSNOOZED = "unsnooze"
    NOTED = "note"


@dataclass(frozen=True, slots=True)
class AlertAct:
    """What one person said of one alert, once."""

    act_id: str
    alert_id: str
    kind: ActKind
    until: datetime | None
    """Of a snooze: its end, by the clock."""
    reason: str
    """Why; of a note its text. May be empty."""
    author: str
    at: datetime
    """By the clock."""


def handling_of(acts: Iterable[AlertAct], now: datetime) -> Mapping[str, Handling]:
    """What the acts amount to, by alert; alerts that are neither acknowledged nor snoozed are left out.

    An acknowledgement stays; a snooze lasts until its end, until somebody takes it back, or another takes
    its place. Who it was and why is told of the newest of those that count. A note changes nothing.

    Args:
        acts: in the order in which they were written.
        now: by which a snooze is over or not.
    """
    acknowledged: dict[str, AlertAct] = {}
    snoozed: dict[str, AlertAct] = {}
    counting: dict[str, AlertAct] = {}
    for act in acts:
        if act.kind is ActKind.ACKNOWLEDGED:
            acknowledged[act.alert_id] = act
        elif act.kind is ActKind.SNOOZED and act.until is not None and act.until > now:
            snoozed[act.alert_id] = act
        elif act.kind in (ActKind.SNOOZED, ActKind.UNSNOOZED):
            snoozed.pop(act.alert_id, None)
        else:
            continue
        newest = [kept[act.alert_id] for kept in (acknowledged, snoozed) if act.alert_id in kept]
        if act in newest:
            counting[act.alert_id] = act
        elif newest:
            counting[act.alert_id] = newest[0]
        else:
            counting.pop(act.alert_id, None)
    return {
        alert_id: Handling(
            acknowledged=alert_id in acknowledged,
            snoozed_until=snoozed[alert_id].until if alert_id in snoozed else None,
            reason=act.reason,
            author=act.author,
            at=act.at,
        )
        for alert_id, act in counting.items()
    }


def act_row(act: AlertAct) -> dict[str, str | None]:
    """An act as the columns of the `alert_acts` table, without its number."""
    return {
        "act_id": act.act_id,
        "alert_id": act.alert_id,
        "kind": act.kind.value,
        "until": None if act.until is None else moment_text(act.until),
        "reason": act.reason,
        "author": act.author,
        "at": moment_text(act.at),
    }


def act_of(row: Row[tuple[object, ...]]) -> AlertAct:
    """The act that a row of the `alert_acts` table holds.

    Raises:
        CasebookError: the row was changed by something else than a console.
    """
    try:
        return AlertAct(
            act_id=row.act_id,
            alert_id=row.alert_id,
            kind=ActKind(row.kind),
            until=None if row.until is None else moment_of(row.until),
            reason=row.reason,
            author=row.author,
            at=moment_of(row.at),
        )
    except (ValueError, TypeError) as error:
        raise CasebookError(
            f"casebook, alert_acts row {row.seq}: not written by a console: {error}"
        ) from error
