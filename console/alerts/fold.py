"""Readings into alerts: opened by a breach, carried on by the next ones, resolved when they stop."""

from __future__ import annotations

import hashlib
import math
from bisect import bisect_right
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import datetime, timedelta
from types import MappingProxyType

from console.model import Alert, AlertState, Reading, Verdict

SHORTEST_PAUSE = timedelta(minutes=10)
"""Trouble that is back within this time is the same trouble."""
LONGEST_DOUBT = timedelta(minutes=30)
"""Without trouble for this long, it is over, however long the windows are that told of it."""
AlertKey = tuple[str, str, str]
"""Check, model, subject: what there is one alert of at a time."""
Known = Sequence[tuple[str, AlertKey, datetime, datetime]]
"""Id, key, beginning and last moment of alerts that were recorded before."""

Weight = tuple[float, int, float, float, int, str]
"""Excess, severity, value, limit, rows, summary: tells two readings of one window apart."""


def fold(
    alerts: Sequence[Alert],
    readings: Iterable[Reading],
    *,
    as_of: datetime,
    known_until: Mapping[tuple[str, str], datetime] = MappingProxyType({}),
) -> tuple[Alert, ...]:
    """The alerts after these readings, as they stand at `as_of`.

    A breach carries on the last alert of its (check, model, subject) that was detected before, if its
    window begins no later than two windows (or ten minutes, if that is longer) after that alert was last
    seen; else it opens another. What lingers above the lower limit carries an alert on in the same way, and
    opens none, so that a value on the edge of its limit makes one alert and not many. An alert is open until
    the last of either is a whole window ago, or half an hour if that is shorter. Folding the same readings
    again changes nothing.

    Args:
        alerts: as they were before.
        readings: of windows of any length, in any order.
        as_of: newest moment that was judged.
        known_until: (check, model) -> the moment up to which enough is known to judge by, where that is not
            as new: an alert by what comes late is not over because nothing has come yet.
    """
    by_key: dict[AlertKey, list[Alert]] = {}
    for alert in sorted(alerts, key=lambda a: a.detected):
        by_key.setdefault(_key(alert), []).append(alert)
    telling = (r for r in readings if r.verdict in (Verdict.BREACH, Verdict.LINGERING))
    for reading in sorted(telling, key=_order):
        episodes = by_key.setdefault((reading.check, reading.model, reading.subject), [])
        place = bisect_right(episodes, reading.window.until, key=lambda a: a.detected) - 1
        if place >= 0 and reading.span.start <= episodes[place].last_seen + _patience(reading):
            episodes[place] = _carried_on(episodes[place], reading)
        elif reading.verdict is Verdict.LINGERING:
            continue
        elif place + 1 < len(episodes) and reading.span.until > episodes[place + 1].began:
            episodes[place + 1] = _carried_on(episodes[place + 1], reading)
        else:
            episodes.insert(place + 1, _opened(reading))
    return tuple(
        _as_it_stands(alert, min(as_of, known_until.get((alert.check, alert.model), as_of)))
        for episodes in by_key.values()
        for alert in episodes
    )


def adopt_ids(alerts: Sequence[Alert], known: Known) -> tuple[Alert, ...]:
    """The alerts under the ids that people have seen them by, where one was known by then.

    Args:
        alerts: as they were worked out from the logs.
        known: id, (check, model, subject), beginning and last moment of each alert ever recorded.
    """
    by_key: dict[AlertKey, list[tuple[str, datetime, datetime]]] = {}
    for alert_id, key, began, last_seen in known:
        by_key.setdefault(key, []).append((alert_id, began, last_seen))
    # An id that is known already stays with its alert, whatever else that record overlaps.
    recorded = {known_id for records in by_key.values() for known_id, _, _ in records}
    taken = {alert.alert_id for alert in alerts} & recorded
    adopted = []
    for alert in sorted(alerts, key=lambda a: a.began):
        alert_id = alert.alert_id
        if alert_id in taken:
            adopted.append(alert)
            continue
        for known_id, began, last_seen in by_key.get(_key(alert), ()):
            if known_id not in taken and began <= alert.last_seen and last_seen >= alert.began:
                alert_id = known_id
                break
        taken.add(alert_id)
        adopted.append(replace(alert, alert_id=alert_id))
    return tuple(adopted)


def most_urgent_first(alerts: Iterable[Alert]) -> tuple[Alert, ...]:
    """Open before resolved, worse before milder, newer before older."""
    return tuple(
        sorted(
            alerts,
            key=lambda a: (a.state is not AlertState.OPEN, -a.severity, -a.began.timestamp(), a.alert_id),
        )
    )


def _opened(reading: Reading) -> Alert:
    began = reading.span.start
    digest = hashlib.sha256(
        "\0".join((reading.check, reading.model, reading.subject, began.isoformat())).encode(errors="replace")
    ).hexdigest()
    return Alert(
        alert_id=digest[:12],
        check=reading.check,
        model=reading.model,
        subject=reading.subject,
        severity=reading.severity,
        state=AlertState.OPEN,
        began=began,
        detected=reading.window.until,
        last_seen=reading.span.until,
        worst=reading,
        latest=reading,
    )


def _carried_on(alert: Alert, reading: Reading) -> Alert:
    breach = reading.verdict is Verdict.BREACH
    worse = breach and _excess(reading) > _excess(alert.worst)
    newer = _tells_now(reading) > _tells_now(alert.latest)
    return replace(
        alert,
        severity=max(alert.severity, reading.severity) if breach else alert.severity,
        began=min(alert.began, reading.span.start) if breach else alert.began,
        last_seen=max(alert.last_seen, reading.span.until),
        worst=reading if worse else alert.worst,
        latest=reading if newer else alert.latest,
    )


def _as_it_stands(alert: Alert, as_of: datetime) -> Alert:
    is_open = as_of - alert.last_seen < min(_length(alert.latest), LONGEST_DOUBT)
    state = AlertState.OPEN if is_open else AlertState.RESOLVED
    return alert if alert.state is state else replace(alert, state=state)


def _order(reading: Reading) -> tuple[datetime, bool, timedelta, Weight]:
    """By when the window ended; of one window, the order must not depend on who asked first.

    What lingers comes after the breaches, one of which may open what it carries on; and the longest window
    first, which is the most patient, so that what it carries on the shorter ones do too.
    """
    lingers = reading.verdict is Verdict.LINGERING
    length = -_length(reading) if lingers else _length(reading)
    return (reading.window.until, lingers, length, _weight(reading))


def _tells_now(reading: Reading) -> tuple[datetime, timedelta, Weight]:
    """By how well it tells how things are now: of windows that end together, the shortest does best."""
    return (reading.window.until, -_length(reading), _weight(reading))


def _weight(reading: Reading) -> Weight:
    value = -math.inf if reading.value is None else reading.value
    limit = math.inf if reading.limit is None else reading.limit
    return (_excess(reading), reading.severity, value, limit, reading.rows, reading.summary)


def _excess(reading: Reading) -> float:
    """How far beyond its limit, as a factor; comparable within a check. Without one, its value or rows."""
    if reading.limit is None:
        return float(reading.rows) if reading.value is None else reading.value
    if reading.value is None or reading.limit <= 0:
        return 0.0
    if reading.baseline is not None and reading.limit < reading.baseline:
        return (reading.baseline - reading.value) / (reading.baseline - reading.limit)  # what fell
    return reading.value / reading.limit


def _length(reading: Reading) -> timedelta:
    return reading.window.until - reading.window.start


def _patience(reading: Reading) -> timedelta:
    """How long trouble may pause and still be the same."""
    return max(2 * _length(reading), SHORTEST_PAUSE)


def _key(alert: Alert) -> AlertKey:
    return (alert.check, alert.model, alert.subject)
