"""What the casebook remembers of alerts."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable
from contextlib import closing
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.casebook import AlertRecord, Casebook
from console.casebook.alerts import learn, record_of
from console.errors import CasebookError
from console.model import Alert, AlertState, Reading, Severity, Verdict, Window

BEGAN = datetime(2026, 11, 2, 10, 0, tzinfo=UTC)
NOW = datetime(2026, 11, 20, tzinfo=UTC)


def minutes(number: float) -> timedelta:
    return timedelta(minutes=number)


def alert(
    alert_id: str = "a-1",
    *,
    last: float = 5,
    detected: float = 5,
    state: AlertState = AlertState.OPEN,
    summary: str = "v3 in EU: 35 % errors against 0.4 %",
    severity: Severity = Severity.WARNING,
) -> Alert:
    reading = Reading(
        check="error_spikes",
        model="fraud",
        subject="v3",
        window=Window(BEGAN, BEGAN + minutes(5)),
        verdict=Verdict.BREACH,
        value=0.35,
        baseline=0.004,
        limit=0.02,
        unit="share",
        rows=900,
        baseline_rows=9000,
        severity=severity,
        summary=summary,
    )
    return Alert(
        alert_id=alert_id,
        check="error_spikes",
        model="fraud",
        subject="v3",
        severity=severity,
        state=state,
        began=BEGAN,
        detected=BEGAN + minutes(detected),
        last_seen=BEGAN + minutes(last),
        worst=reading,
        latest=replace(reading, summary="latest"),
    )


def test_an_alert_is_remembered_when_it_is_first_seen(casebook: Casebook) -> None:
    casebook.record_alerts([alert()])
    assert casebook.alert_history() == (
        AlertRecord(
            alert_id="a-1",
            check="error_spikes",
            model="fraud",
            subject="v3",
            severity=Severity.WARNING,
            summary="v3 in EU: 35 % errors against 0.4 %",
            state=AlertState.OPEN,
            began=BEGAN,
            detected=BEGAN + minutes(5),
            last_seen=BEGAN + minutes(5),
            resolved=None,
            recorded=datetime(2026, 11, 2, 3, 4, 6, 678, tzinfo=UTC),
        ),
    )


def test_an_alert_grows_and_is_resolved(casebook: Casebook) -> None:
    casebook.record_alerts([alert(), alert("a-2", detected=1)])
    casebook.record_alerts([alert(last=9, severity=Severity.CRITICAL, summary="worse")])
    casebook.record_alerts(
        [alert(last=9, severity=Severity.CRITICAL, summary="worse", state=AlertState.RESOLVED)]
    )
    earlier, record = casebook.alert_history()
    assert (earlier.alert_id, earlier.state) == ("a-2", AlertState.OPEN)
    assert (record.severity, record.summary, record.state) == (
        Severity.CRITICAL,
        "worse",
        AlertState.RESOLVED,
    )
    assert record.last_seen == BEGAN + minutes(9)
    assert record.resolved == datetime(2026, 11, 2, 3, 4, 8, 678, tzinfo=UTC)
    assert record.recorded == datetime(2026, 11, 2, 3, 4, 6, 678, tzinfo=UTC)


def test_nothing_is_written_when_nothing_is_new(casebook: Casebook, path: Path) -> None:
    casebook.record_alerts([alert(), alert("a-2")])
    with closing(sqlite3.connect(path, isolation_level=None)) as other:
        other.execute("begin immediate")  # a write would wait ten seconds, and fail
        casebook.record_alerts([alert(), alert("a-2")])
        casebook.record_alerts([])


def test_many_alerts_are_recorded_at_once(casebook: Casebook) -> None:
    many = [alert(f"a-{number:04}", detected=number) for number in range(2_000)]
    casebook.record_alerts(many)
    casebook.record_alerts([replace(one, state=AlertState.RESOLVED) for one in many])
    history = casebook.alert_history()
    assert [record.alert_id for record in history] == [one.alert_id for one in many]
    assert {record.state for record in history} == {AlertState.RESOLVED}


def test_an_alert_that_breaches_again_is_open_again_and_can_be_resolved_again() -> None:
    over = record_of(alert(state=AlertState.RESOLVED), NOW)
    again = learn(over, record_of(alert(last=7), NOW + minutes(1)))
    assert (again.state, again.resolved) == (AlertState.OPEN, None)
    assert learn(again, record_of(alert(last=7, state=AlertState.RESOLVED), NOW + minutes(2))).resolved == (
        NOW + minutes(2)
    )
    assert learn(over, record_of(alert(last=8, state=AlertState.RESOLVED), NOW + minutes(3))).resolved == (
        NOW + minutes(3)
    )


def test_a_console_that_lags_behind_takes_nothing_back() -> None:
    known = record_of(
        alert(last=9, severity=Severity.CRITICAL, summary="worse", state=AlertState.RESOLVED), NOW
    )
    assert learn(known, record_of(alert(last=9, severity=Severity.CRITICAL, summary="worse"), NOW)) == known
    assert learn(known, record_of(alert(last=6), NOW)) == known
    assert learn(known, record_of(alert(last=6, detected=2), NOW)).detected == BEGAN + minutes(2)


@given(
    sightings=st.lists(
        st.builds(
            alert,
            last=st.integers(5, 8),
            detected=st.integers(1, 5),
            state=st.sampled_from(AlertState),
            severity=st.sampled_from(Severity),
        ),
        min_size=1,
        max_size=6,
    )
)
def test_learning_keeps_the_earliest_detection_and_the_newest_sighting(sightings: list[Alert]) -> None:
    known = record_of(sightings[0], NOW)
    for number, sighting in enumerate(sightings[1:], 1):
        seen = record_of(sighting, NOW + minutes(number))
        known = learn(known, seen)
        assert learn(known, seen) == known, "the same sighting again says nothing new"
    newest = max(sighting.last_seen for sighting in sightings)
    assert known.detected == min(sighting.detected for sighting in sightings)
    assert known.last_seen == newest
    assert known.recorded == NOW
    closed = any(s.last_seen == newest and s.state is AlertState.RESOLVED for s in sightings)
    assert known.state is (AlertState.RESOLVED if closed else AlertState.OPEN)
    assert (known.resolved is None) is (known.state is AlertState.OPEN)


def test_hostile_alerts_are_kept_exactly_or_refused(casebook: Casebook) -> None:
    hostile = "'; drop table alerts; -- \0 \x1b[31m 🙈"
    casebook.record_alerts([replace(alert(hostile, summary=hostile), subject=hostile)])
    (record,) = casebook.alert_history()
    assert (record.alert_id, record.summary, record.subject) == (hostile, hostile, hostile)
    with pytest.raises(CasebookError, match="alert not recorded: summary holds half of a surrogate pair"):
        casebook.record_alerts([alert("a-2", summary="\ud800")])


def test_a_severity_that_no_console_wrote_is_named(
    path: Path, clock: Callable[[], datetime], casebook: Casebook
) -> None:
    casebook.record_alerts([alert()])
    with closing(sqlite3.connect(path)) as database, database:
        database.execute("update alerts set severity = 9")
    with pytest.raises(CasebookError, match="alert 'a-1': not written by a console: 9 is not"):
        casebook.alert_history()
