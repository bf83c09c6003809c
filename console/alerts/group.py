"""Alerts that have one cause become one incident: the cause leads, the others are told beside it."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Sequence
from dataclasses import replace
from datetime import timedelta

from console.alerts.kinship import NONE, begun_together, is_output, kinship, rank
from console.model import Alert, AlertState

TOGETHER = 3
"""Subjects of one check that may have a trouble each at the same time; of more, it is one trouble."""


def group(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """The leaders of all incidents, each with the others in `also`.

    The order of the alerts does not matter, and none is lost: each leads or is in one `also`. A leader
    keeps its id and its own times whoever follows it. From its followers it has the highest severity, is
    open as long as one of them is, and was detected when the first of them was.

    Args:
        alerts: as `fold` gives them, with `where` if it is known.
    """
    by_model: dict[str, list[Alert]] = {}
    for alert in alerts:
        by_model.setdefault(alert.model, []).append(alert)
    return tuple(_one(members) for of_model in by_model.values() for members in _incidents(of_model))


def _incidents(alerts: Sequence[Alert]) -> Iterator[list[Alert]]:
    """The incidents of one model, the leader of each first.

    An alert joins the one incident that it is the nearest kin of, so that what follows from two of them
    does not make them one.
    """
    incidents: list[list[Alert]] = []
    for alert in sorted(alerts, key=_lead):
        kin = [(_nearest(alert, members), -place) for place, members in enumerate(incidents)]
        nearest, place = max(kin, default=(NONE, 0))
        if nearest == NONE:
            incidents.append([alert])
        else:
            incidents[-place].append(alert)
    return iter(_joined(incidents))


def _nearest(alert: Alert, members: Sequence[Alert]) -> tuple[int, timedelta]:
    return max(kinship(member, alert) for member in members)


def _joined(incidents: Sequence[list[Alert]]) -> list[list[Alert]]:
    """The incidents; where more than `TOGETHER` subjects of one check began together, these are one.

    They come in the order in which they lead, and so does what is joined.
    """
    left = list(incidents)
    joined: list[list[Alert]] = []
    while left:
        first = left.pop(0)
        alike = [first, *(other for other in left if _same_check(first[0], other[0]))]
        if len({members[0].subject for members in alike}) <= TOGETHER:
            joined.append(first)
            continue
        left = [other for other in left if not any(other is one for one in alike)]
        joined.append([alert for members in alike for alert in members])
    return joined


def _same_check(one: Alert, other: Alert) -> bool:
    return (
        one.check == other.check
        and not is_output(one)
        and not is_output(other)
        and begun_together(one, other)
    )


def _one(members: Sequence[Alert]) -> Alert:
    leader, *others = members
    if not others:
        return leader
    is_open = any(alert.state is AlertState.OPEN for alert in members)
    return replace(
        leader,
        severity=max(alert.severity for alert in members),
        state=AlertState.OPEN if is_open else AlertState.RESOLVED,
        # A follower may be found before the window begins in which its cause was.
        detected=max(leader.began, min(alert.detected for alert in members)),
        also=tuple(one for alert in others for one in (replace(alert, also=()), *alert.also)),
    )


def _lead(alert: Alert) -> tuple[object, ...]:
    """The cause before its consequences; of like checks the worst."""
    value, limit = alert.worst.value, alert.worst.limit
    excess = value / limit if value is not None and limit is not None and limit > 0 else 0.0
    return (rank(alert), -alert.severity, -excess, alert.detected, alert.alert_id)
