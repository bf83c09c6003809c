"""What was said of an alert, and the earlier episodes of the same kind."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from console.model import Alert, AlertState, Earlier, Said

if TYPE_CHECKING:
    from console.casebook import AlertAct, Casebook

MOST_EARLIER = 200


def said_of(casebook: Casebook | None, alert_id: str) -> tuple[Said, ...]:
    """All that anybody said of the alert, oldest first.

    Raises:
        CasebookError: it cannot be read.
    """
    return tuple(map(_said, casebook.acts(alert_id))) if casebook is not None else ()


def earlier_episodes(casebook: Casebook | None, known: Sequence[Alert], alert: Alert) -> tuple[Earlier, ...]:
    """Episodes of the same check, model and subject that began before this one, the newest first.

    Args:
        casebook: remembers the alerts of all consoles; None if there is none.
        known: alerts that the judging found in what is stored; they can be looked at again.
        alert: this one.

    Raises:
        CasebookError: it cannot be read.
    """
    everyone = (one for listed in known for one in (listed, *listed.also))
    same = {one.alert_id: one for one in everyone if _subject(one) == _subject(alert)}
    found = {
        one.alert_id: Earlier(
            alert_id=one.alert_id,
            severity=one.severity,
            began=one.began,
            last_seen=one.last_seen,
            is_over=one.state is AlertState.RESOLVED,
            summary=one.worst.summary,
            alert=one,
        )
        for one in same.values()
    }
    acts: dict[str, list[Said]] = {}
    if casebook is not None:
        for record in casebook.alert_history():
            if (record.check, record.model, record.subject) == _subject(alert):
                found.setdefault(
                    record.alert_id,
                    Earlier(
                        alert_id=record.alert_id,
                        severity=record.severity,
                        began=record.began,
                        last_seen=record.last_seen,
                        is_over=record.state is AlertState.RESOLVED,
                        summary=record.summary,
                    ),
                )
        for act in casebook.acts():
            if act.alert_id in found:
                acts.setdefault(act.alert_id, []).append(_said(act))
    before = [one for one in found.values() if one.alert_id != alert.alert_id and one.began < alert.began]
    before.sort(key=lambda one: (one.began, one.alert_id), reverse=True)
    return tuple(replace(one, said=tuple(acts.get(one.alert_id, ()))) for one in before[:MOST_EARLIER])


def _subject(alert: Alert) -> tuple[str, str, str]:
    return alert.check, alert.model, alert.subject


def _said(act: AlertAct) -> Said:
    return Said(act.kind.value, act.author, act.at, act.reason, act.until)
