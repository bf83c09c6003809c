"""Readings into alerts: what holds whatever the readings are, then case by case."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.alerts import adopt_ids, fold, most_urgent_first
from console.model import Alert, AlertState, Reading, Severity, Verdict, Window

DAY = datetime(2026, 11, 2, tzinfo=UTC)
LATER = DAY + timedelta(days=2)


def at(minute: float) -> datetime:
    return DAY + timedelta(minutes=minute)


def reading(
    until: float,
    length: float = 5,
    *,
    verdict: Verdict = Verdict.BREACH,
    value: float | None = 0.3,
    limit: float = 0.1,
    check: str = "error_spikes",
    model: str = "fraud",
    subject: str = "",
    severity: Severity = Severity.WARNING,
    summary: str = "35 % errors",
) -> Reading:
    """A reading of the window of `length` minutes that ends `until` minutes into the day."""
    return Reading(
        check=check,
        model=model,
        subject=subject,
        window=Window(at(until - length), at(until)),
        verdict=verdict,
        value=value,
        baseline=0.01,
        limit=limit,
        unit="share",
        rows=100,
        baseline_rows=1000,
        severity=severity,
        summary=summary,
    )


READINGS = st.lists(
    st.builds(
        reading,
        st.integers(0, 1440),
        st.sampled_from([1, 5, 60]),
        verdict=st.sampled_from(
            [Verdict.BREACH, Verdict.BREACH, Verdict.LINGERING, Verdict.QUIET, Verdict.TOO_FEW_ROWS]
        ),
        value=st.sampled_from([None, 0.1, 0.2, 0.9]),
        limit=st.sampled_from([0.0, 0.1]),
        check=st.sampled_from(["error_spikes", "drift"]),
        model=st.sampled_from(["fraud", "churn"]),
        subject=st.sampled_from(["", "amount"]),
        severity=st.sampled_from(Severity),
        summary=st.sampled_from(["a", "b"]),
    ),
    max_size=30,
)


def by_id(alerts: Sequence[Alert]) -> dict[str, Alert]:
    found = {alert.alert_id: alert for alert in alerts}
    assert len(found) == len(alerts)
    return found


def key(of: Alert | Reading) -> tuple[str, str, str]:
    return (of.check, of.model, of.subject)


@given(readings=READINGS, seed=st.integers())
def test_the_order_of_readings_does_not_matter(readings: list[Reading], seed: int) -> None:
    shuffled = random.Random(seed).sample(readings, len(readings))
    assert by_id(fold((), shuffled, as_of=LATER)) == by_id(fold((), readings, as_of=LATER))


@given(readings=READINGS, seed=st.integers())
def test_folding_again_changes_nothing(readings: list[Reading], seed: int) -> None:
    once = fold((), readings, as_of=LATER)
    some = random.Random(seed).sample(readings, len(readings) // 2)
    assert by_id(fold(once, readings, as_of=LATER)) == by_id(once)
    assert by_id(fold(once, some, as_of=LATER)) == by_id(once)


@given(readings=READINGS, minute=st.integers(0, 1440))
def test_judging_as_time_goes_by_finds_what_judging_at_the_end_finds(
    readings: list[Reading], minute: int
) -> None:
    before = [r for r in readings if r.window.until <= at(minute)]
    after = [r for r in readings if r.window.until > at(minute)]
    assert by_id(fold(fold((), before, as_of=at(minute)), after, as_of=LATER)) == by_id(
        fold((), readings, as_of=LATER)
    )


@given(readings=READINGS)
def test_there_is_one_alert_at_a_time_and_every_breach_is_in_one(readings: list[Reading]) -> None:
    alerts = fold((), readings, as_of=LATER)
    for one in alerts:
        assert one.began <= one.detected <= one.last_seen
        assert one.worst.verdict is Verdict.BREACH
        assert one.latest.verdict in (Verdict.BREACH, Verdict.LINGERING)
        assert one.latest.window.until == one.last_seen
        for other in alerts:
            if one is not other and key(one) == key(other):
                assert one.last_seen < other.detected or other.last_seen < one.detected
    for breach in (r for r in readings if r.verdict is Verdict.BREACH):
        holding = [
            a for a in alerts if key(a) == key(breach) and a.detected <= breach.window.until <= a.last_seen
        ]
        assert len(holding) == 1
        assert holding[0].severity >= breach.severity
    assert {key(a) for a in alerts} == {key(r) for r in readings if r.verdict is Verdict.BREACH}


@given(readings=READINGS)
def test_what_lingers_only_makes_an_alert_last_longer(readings: list[Reading]) -> None:
    firm = [r for r in readings if r.verdict is not Verdict.LINGERING]
    with_it, without = fold((), readings, as_of=LATER), fold((), firm, as_of=LATER)
    assert len(with_it) <= len(without), "two episodes may become one, and none may be added"
    for alert in with_it:
        breaches = [a for a in without if key(a) == key(alert) and a.detected >= alert.detected]
        first = min(breaches, key=lambda a: a.detected)
        assert (alert.alert_id, alert.began, alert.detected) == (first.alert_id, first.began, first.detected)
        assert alert.last_seen >= first.last_seen


@given(readings=READINGS, later=READINGS)
def test_ids_stay_unique_whatever_comes_late(readings: list[Reading], later: list[Reading]) -> None:
    by_id(fold(fold((), readings, as_of=LATER), later, as_of=LATER))


@given(readings=READINGS)
def test_what_does_not_breach_opens_nothing(readings: list[Reading]) -> None:
    calm = [replace(r, verdict=Verdict.QUIET) for r in readings]
    assert fold((), calm, as_of=LATER) == ()


def test_a_breach_opens_an_alert() -> None:
    found = reading(60)
    (alert,) = fold((), [found], as_of=at(60))
    assert (alert.check, alert.model, alert.subject, alert.severity) == (
        "error_spikes",
        "fraud",
        "",
        Severity.WARNING,
    )
    assert (alert.began, alert.detected, alert.last_seen) == (at(55), at(60), at(60))
    assert alert.state is AlertState.OPEN
    assert alert.worst is alert.latest is found


def test_it_is_resolved_a_whole_window_after_its_last_breach() -> None:
    for minute, state in ((64.99, AlertState.OPEN), (65, AlertState.RESOLVED), (500, AlertState.RESOLVED)):
        (alert,) = fold((), [reading(60)], as_of=at(minute))
        assert alert.state is state


def lingering(until: float, length: float = 5, value: float = 0.08) -> Reading:
    return reading(until, length, verdict=Verdict.LINGERING, value=value, severity=Severity.CRITICAL)


def test_what_lingers_opens_nothing() -> None:
    assert fold((), [lingering(60), lingering(65)], as_of=at(65)) == ()


def test_what_lingers_carries_an_alert_on_and_is_what_is_known_of_it_now() -> None:
    breach = reading(60, value=0.3)
    (alert,) = fold((), [breach, *(lingering(until) for until in (65, 70, 75, 80))], as_of=at(84))
    assert (alert.state, alert.last_seen, alert.latest) == (AlertState.OPEN, at(80), lingering(80))
    assert (alert.worst, alert.severity) == (breach, Severity.WARNING)
    (alert,) = fold([alert], [], as_of=at(85))
    assert alert.state is AlertState.RESOLVED


def test_a_breach_after_a_long_time_of_lingering_is_the_same_trouble() -> None:
    between = [lingering(until) for until in range(65, 120, 5)]
    assert len(fold((), [reading(60), *between, reading(120)], as_of=LATER)) == 1
    assert len(fold((), [reading(60), reading(120)], as_of=LATER)) == 2


def test_of_what_lingers_together_a_short_window_follows_a_patient_one() -> None:
    readings = [reading(60, 1), lingering(72, 1), lingering(72, 5)]
    once = fold((), readings, as_of=at(72))
    assert once[0].latest == lingering(72, 1)
    assert fold(once, readings, as_of=at(72)) == once


def test_what_lingers_is_never_the_worst_whatever_its_value() -> None:
    breach = reading(60, value=0.2)
    (alert,) = fold((), [breach, lingering(65, value=0.9)], as_of=at(65))
    assert alert.worst == breach


def test_what_lingered_before_a_breach_is_no_part_of_the_alert() -> None:
    (alert,) = fold((), [lingering(58), reading(60), lingering(60, 1)], as_of=at(60))
    assert (alert.began, alert.detected) == (at(55), at(60))
    assert alert.latest == lingering(60, 1)


def test_a_long_window_keeps_it_open_for_longer_but_not_for_hours() -> None:
    for minute, state in ((89, AlertState.OPEN), (90, AlertState.RESOLVED)):
        (alert,) = fold((), [reading(60, 60)], as_of=at(minute))
        assert alert.state is state


def test_of_windows_that_end_together_the_shortest_tells_how_it_is_now() -> None:
    for readings in ([reading(60), reading(60, 60)], [reading(60, 60), reading(60)]):
        (alert,) = fold((), readings, as_of=at(64))
        assert alert.latest == reading(60)
        assert alert.state is AlertState.OPEN


def test_time_alone_resolves_it_and_a_breach_opens_it_again() -> None:
    opened = fold((), [reading(60)], as_of=at(60))
    (resolved,) = fold(opened, [], as_of=at(66))
    assert resolved.state is AlertState.RESOLVED
    (again,) = fold([resolved], [reading(74)], as_of=at(74))
    assert again.state is AlertState.OPEN
    assert again.alert_id == resolved.alert_id


def test_breaches_two_windows_apart_are_one_episode_and_further_apart_are_two() -> None:
    assert len(fold((), [reading(60), reading(75)], as_of=LATER)) == 1
    assert len(fold((), [reading(60), reading(75.1)], as_of=LATER)) == 2


def test_an_older_episode_learns_nothing_from_a_newer_one() -> None:
    first, second = reading(60, value=0.9), reading(600, value=0.2)
    alerts = fold(fold((), [first, second], as_of=LATER), [first], as_of=LATER)
    assert [(a.worst, a.last_seen) for a in sorted(alerts, key=lambda a: a.began)] == [
        (first, at(60)),
        (second, at(600)),
    ]


def test_the_worst_is_the_furthest_beyond_its_limit_and_the_latest_the_newest() -> None:
    mild, bad, last = reading(60, value=0.2), reading(65, value=0.5), reading(70, value=0.3)
    (alert,) = fold((), [mild, bad, last], as_of=at(70))
    assert (alert.worst, alert.latest) == (bad, last)


def test_severity_never_falls_within_an_episode() -> None:
    (alert,) = fold(
        (), [reading(60, severity=Severity.CRITICAL), reading(65, severity=Severity.WARNING)], as_of=at(65)
    )
    assert alert.severity is Severity.CRITICAL


@pytest.mark.parametrize("other", [{"check": "drift"}, {"model": "churn"}, {"subject": "amount"}])
def test_each_check_model_and_subject_has_alerts_of_its_own(other: dict[str, str]) -> None:
    apart = reading(60, **other)  # type: ignore[arg-type]
    assert len(fold((), [reading(60), apart], as_of=at(60))) == 2


def test_ids_are_the_same_in_every_run_and_for_hostile_names_too() -> None:
    one = fold((), [reading(60, model="\udcff\x00[b]")], as_of=at(60))
    two = fold((), [reading(60, model="\udcff\x00[b]", value=0.9)], as_of=at(70))
    assert one[0].alert_id == two[0].alert_id
    assert one[0].alert_id.isalnum() and len(one[0].alert_id) == 12


# --- ids that people have seen ---------------------------------------------------------------


def known(alert: Alert, alert_id: str = "seen") -> tuple[str, tuple[str, str, str], datetime, datetime]:
    return (alert_id, key(alert), alert.began, alert.last_seen)


def test_an_alert_keeps_the_id_that_it_was_seen_by() -> None:
    (before,) = fold((), [reading(60)], as_of=at(60))
    (shifted,) = fold((), [reading(62)], as_of=at(62))
    assert shifted.alert_id != before.alert_id
    (adopted,) = adopt_ids([shifted], [known(before)])
    assert adopted == replace(shifted, alert_id="seen")


@pytest.mark.parametrize("change", [{"model": "churn"}, {"check": "drift"}, {"subject": "amount"}])
def test_an_id_is_not_taken_from_another_subject(change: dict[str, str]) -> None:
    (alert,) = fold((), [reading(60)], as_of=at(60))
    (other,) = fold((), [reading(60, **change)], as_of=at(60))  # type: ignore[arg-type]
    assert adopt_ids([alert], [known(other)]) == (alert,)


def test_an_id_is_not_taken_from_another_time() -> None:
    (alert,) = fold((), [reading(60)], as_of=at(60))
    (earlier,) = fold((), [reading(50)], as_of=at(60))
    assert adopt_ids([alert], [known(earlier)]) == (alert,)


def test_one_known_id_goes_to_one_alert() -> None:
    two = fold((), [reading(60), reading(100)], as_of=LATER)
    across = ("seen", key(two[0]), at(0), at(200))
    assert sorted(a.alert_id == "seen" for a in adopt_ids(two, [across])) == [False, True]


def test_an_alert_whose_own_id_is_known_does_not_lose_it_to_a_neighbour() -> None:
    first, second = sorted(fold((), [reading(60), reading(100)], as_of=LATER), key=lambda a: a.began)
    # On record, the second one began before the first ended.
    record = (second.alert_id, key(second), at(58), at(100))
    assert [a.alert_id for a in adopt_ids([first, second], [record])] == [first.alert_id, second.alert_id]


@given(readings=READINGS, seen=READINGS)
def test_adopting_keeps_every_alert_and_makes_no_two_alike(
    readings: list[Reading], seen: list[Reading]
) -> None:
    alerts = fold((), readings, as_of=LATER)
    record = [known(a, a.alert_id) for a in fold((), seen, as_of=LATER)]
    adopted = adopt_ids(alerts, record)
    assert len(by_id(adopted)) == len(alerts)
    assert sorted(map(repr, (replace(a, alert_id="") for a in adopted))) == sorted(
        map(repr, (replace(a, alert_id="") for a in alerts))
    )
    again = adopt_ids(adopted, [known(a, a.alert_id) for a in adopted])
    assert by_id(again) == by_id(adopted)


# --- order -----------------------------------------------------------------------------------


@given(readings=READINGS, as_of=st.integers(0, 1500), seed=st.integers())
def test_the_most_urgent_come_first(readings: list[Reading], as_of: int, seed: int) -> None:
    alerts = fold((), readings, as_of=at(as_of))
    ordered = most_urgent_first(alerts)
    assert by_id(ordered) == by_id(alerts)
    assert most_urgent_first(random.Random(seed).sample(alerts, len(alerts))) == ordered
    ranks = [(a.state is AlertState.OPEN, a.severity, a.began) for a in ordered]
    assert ranks == sorted(ranks, reverse=True)
