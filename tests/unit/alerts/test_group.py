"""Alerts into incidents: what belongs together, and what stays apart although it is at the same time."""

from __future__ import annotations

import random
from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.alerts import fold, group
from console.alerts.kinship import rank
from console.checks import CHECKS
from console.model import Alert, AlertState, Condition, Reading, Severity, Slice, Verdict, Window

DAY = datetime(2026, 11, 2, tzinfo=UTC)
Where = dict[str, str]


def at(minute: float) -> datetime:
    return DAY + timedelta(minutes=minute)


def alert(
    check: str,
    subject: str = "",
    *,
    minute: float = 600,
    length: float = 15,
    lasted: float = 120,
    model: str = "fraud",
    where: Where | None = None,
    above: dict[str, float] | None = None,
    worst_slice: Slice | None = None,
    severity: Severity = Severity.WARNING,
    value: float = 0.3,
    state: AlertState = AlertState.OPEN,
) -> Alert:
    """An alert found at a minute of the day by a window of this length."""
    reading = Reading(
        check=check,
        model=model,
        subject=subject,
        window=Window(at(minute - length), at(minute)),
        verdict=Verdict.BREACH,
        value=value,
        baseline=0.01,
        limit=0.1,
        unit="share",
        rows=100,
        baseline_rows=1000,
        severity=severity,
        summary=f"{check} {subject}",
        slice=worst_slice or Slice(),
    )
    conditions = [Condition("tag", name, value) for name, value in (where or {}).items()]
    conditions += [Condition("number", name, lower=lower) for name, lower in (above or {}).items()]
    (found,) = fold((), [reading], as_of=at(minute))
    return replace(
        found, last_seen=max(at(minute), at(minute - length + lasted)), state=state, where=tuple(conditions)
    )


Told = tuple[str, str]


def told(alerts: Sequence[Alert]) -> dict[Told, set[Told]]:
    """Of each incident the leader, and who follows."""
    return {(a.check, a.subject): {(r.check, r.subject) for r in a.also} for a in alerts}


EU = {"region": "EU"}
IOS = {"client": "ios"}

NAMES = ["versions", "missing_values", "unseen_categories", "out_of_range", "drift", "error_spikes"]
NAMES += ["slow_requests", "silence", "surge", "performance", "one_of_mine"]
ALERTS = st.lists(
    st.builds(
        alert,
        st.sampled_from(NAMES),
        st.sampled_from(["", "amount", "country", "age", "hour", "score", "/batch"]),
        minute=st.integers(60, 400),
        length=st.sampled_from([5, 60, 240]),
        lasted=st.sampled_from([15, 300]),
        model=st.sampled_from(["fraud", "churn"]),
        where=st.sampled_from([None, EU, IOS, {**EU, **IOS}, {"region": "US"}]),
        severity=st.sampled_from(Severity),
        value=st.sampled_from([0.1, 0.3]),
        state=st.sampled_from(AlertState),
    ),
    max_size=12,
    unique_by=lambda a: a.alert_id,
)


@given(alerts=ALERTS, seed=st.integers())
def test_the_order_of_alerts_does_not_matter(alerts: list[Alert], seed: int) -> None:
    shuffled = random.Random(seed).sample(alerts, len(alerts))
    assert {a.alert_id: a for a in group(shuffled)} == {a.alert_id: a for a in group(alerts)}


@given(alerts=ALERTS)
def test_every_alert_leads_or_follows_once_within_its_model(alerts: list[Alert]) -> None:
    incidents = group(alerts)
    held = [reading for one in incidents for reading in (one.worst, *(each.worst for each in one.also))]
    assert sorted(map(repr, held)) == sorted(repr(a.worst) for a in alerts)
    assert {a.alert_id for a in incidents} <= {a.alert_id for a in alerts}
    for one in incidents:
        assert {each.model for each in one.also} <= {one.model}
        assert not any(each.also for each in one.also)
        assert one.began <= one.detected <= one.last_seen


@given(alerts=ALERTS)
def test_an_incident_is_as_bad_as_its_worst_and_open_as_long_as_one_of_its_alerts(
    alerts: list[Alert],
) -> None:
    by_worst = {repr(a.worst): a for a in alerts}
    for one in group(alerts):
        members = [by_worst[repr(each.worst)] for each in (one, *one.also)]
        assert one.severity is max(a.severity for a in members)
        assert (one.state is AlertState.OPEN) is any(a.state is AlertState.OPEN for a in members)
        leader = members[0]
        assert (one.alert_id, one.began, one.last_seen) == (leader.alert_id, leader.began, leader.last_seen)


# --- one cause --------------------------------------------------------------------------------


def test_a_unit_change_and_all_that_follows_is_one_incident() -> None:
    alerts = [
        alert("drift", "score", minute=640, length=60),
        alert("drift", "amount", minute=660, length=60, where=IOS),
        alert("drift", "prediction", minute=700, length=240),
        alert("out_of_range", "amount", minute=610, where=IOS),
        alert("estimated_performance", "accuracy", minute=700, length=240),
    ]
    assert told(group(alerts)) == {
        ("out_of_range", "amount"): {
            ("drift", "amount"),
            ("drift", "score"),
            ("drift", "prediction"),
            ("estimated_performance", "accuracy"),
        }
    }


@pytest.mark.parametrize(
    ("first", "second"),
    [
        (("missing_values", "amount"), ("drift", "amount")),
        (("type_flips", "amount"), ("missing_values", "amount")),
        (("unseen_categories", "country"), ("drift", "country")),
        (("stuck_values", "score"), ("drift", "score")),
    ],
)
def test_one_feature_is_one_incident_however_far_apart_it_is_found(first: Told, second: Told) -> None:
    early = alert(*first, minute=600, lasted=600)
    late = alert(*second, minute=1100)
    (incident,) = group([late, early])
    assert {(incident.check, incident.subject), *((r.check, r.subject) for r in incident.also)} == {
        first,
        second,
    }


def test_one_feature_at_another_time_is_another_incident() -> None:
    assert len(group([alert("missing_values", "amount"), alert("drift", "amount", minute=1200)])) == 2


@pytest.mark.parametrize(
    ("cause", "consequence"),
    [
        (alert("type_flips", "amount"), alert("missing_values", "amount", severity=Severity.CRITICAL)),
        (alert("missing_values", "amount"), alert("drift", "amount", severity=Severity.CRITICAL)),
        (alert("cost", where=EU), alert("slow_requests", "/score", where=EU, severity=Severity.CRITICAL)),
        (alert("slow_requests", "/score", where=EU), alert("slow_stages", "rank", where=EU)),
        (alert("error_spikes", where=EU), alert("slow_requests", "/score", where=EU)),
        (alert("surge", where=EU), alert("drift", "hour", where=EU, severity=Severity.CRITICAL)),
        (alert("surge", worst_slice=Slice("client", "web")), alert("slow_requests", "/score", where=EU)),
        (alert("surge", where=EU), alert("slow_stages", "rank", severity=Severity.CRITICAL)),
        (alert("slow_requests", "/score", where=EU), alert("slow_stages", "rank", where={"merchant": "m-1"})),
        (alert("error_spikes", where=EU), alert("burn_rate", length=60, severity=Severity.CRITICAL)),
        (alert("silence"), alert("drift", "score")),
        (alert("drift", "score"), alert("performance", "accuracy", severity=Severity.CRITICAL)),
        (alert("performance", "accuracy"), alert("estimated_performance", "accuracy")),
        (alert("drift", "score"), alert("drift", "prediction", value=0.2)),
    ],
)
def test_the_cause_leads(cause: Alert, consequence: Alert) -> None:
    (incident,) = group([consequence, cause])
    assert (incident.check, incident.subject) == (cause.check, cause.subject)


def test_every_check_of_ours_has_a_place_in_the_order_of_causes() -> None:
    last = rank(alert("one_of_mine"))
    assert [check.name for check in CHECKS if rank(alert(check.name)) == last] == []


def test_features_that_lose_their_values_in_the_same_slice_are_one_incident() -> None:
    alerts = [alert("missing_values", name, where=IOS) for name in ("age", "country")]
    assert len(group(alerts)) == 1
    narrower = alert("missing_values", "hour", where={**IOS, "model_version": "v3"})
    assert len(group([*alerts, narrower])) == 1


def test_the_worst_slice_stands_in_where_no_conditions_are_known() -> None:
    ios = Slice("client", "ios")
    alerts = [alert("missing_values", name, worst_slice=ios) for name in ("age", "country")]
    assert len(group(alerts)) == 1


def test_time_outs_are_one_incident() -> None:
    alerts = [
        alert("slow_requests", "/score", where={"region": "EU", "model_version": "v3"}),
        alert("error_spikes", where={"model_version": "v3", "region": "EU"}, minute=605, length=5),
    ]
    assert told(group(alerts)) == {("error_spikes", ""): {("slow_requests", "/score")}}


def test_the_endpoint_of_slow_requests_is_part_of_their_slice() -> None:
    slow = alert("slow_requests", "/batch", above={"payload_kb": 64.0})
    failing = alert("error_spikes", where={"endpoint": "/batch"}, above={"payload_kb": 63.5})
    assert len(group([slow, failing])) == 1
    everywhere = alert("slow_requests", "/batch")
    assert len(group([everywhere, alert("error_spikes", where={"endpoint": "/batch"})])) == 1
    assert len(group([slow, alert("error_spikes", where={"endpoint": "/score"})])) == 2


def test_that_slow_requests_are_on_their_endpoint_says_nothing_of_where_they_are() -> None:
    host = Slice("host", "ml-1")
    slow = alert("slow_requests", "/bulk", where={"endpoint": "/bulk"}, worst_slice=host)
    stage = alert("slow_stages", "join", where={"endpoint": "/score", "host": "ml-1"})
    assert told(group([slow, stage])) == {("slow_requests", "/bulk"): {("slow_stages", "join")}}


def test_what_comes_with_a_version_or_a_new_category_follows_it() -> None:
    version = alert("versions", "v4")
    assert len(group([version, alert("error_spikes", where={"model_version": "v4"})])) == 1
    assert len(group([version, alert("error_spikes", where={"model_version": "v3"})])) == 2
    category = alert("unseen_categories", "country", worst_slice=Slice("country", "XK"))
    assert len(group([category, alert("drift", "amount", where={"country": "XK"})])) == 1


def test_more_than_three_features_that_drift_together_are_one_incident_led_by_the_worst() -> None:
    names = ("age", "amount", "country", "hour")
    alerts = [
        alert("drift", name, minute=600 + 10 * place, length=60, value=0.2 + place / 10)
        for place, name in enumerate(names)
    ]
    assert len(group(alerts[:3])) == 3
    (incident,) = group(alerts)
    assert incident.subject == "hour"
    assert {r.subject for r in incident.also} == {"age", "amount", "country"}


# --- apart ------------------------------------------------------------------------------------


def test_a_new_category_in_one_region_and_a_slow_endpoint_are_two_incidents() -> None:
    alerts = [
        alert("unseen_categories", "merchant", where=EU, worst_slice=Slice("merchant", "acme")),
        alert("slow_requests", "/batch"),
    ]
    assert len(group(alerts)) == 2


@pytest.mark.parametrize(
    ("one", "other"),
    [
        (alert("missing_values", "age", where=EU), alert("missing_values", "hour", where={"region": "US"})),
        (alert("missing_values", "age"), alert("missing_values", "hour")),
        (alert("missing_values", "age"), alert("error_spikes", where=EU)),
        (alert("missing_values", "age"), alert("error_spikes")),
        (alert("drift", "age"), alert("drift", "hour")),
        (alert("error_spikes", where=EU), alert("slow_requests", "/batch", where=IOS)),
        (alert("error_spikes", where=EU), alert("slow_requests", "/batch")),
        (alert("missing_values", "age", where=EU), alert("drift", "score", where={"region": "US"})),
        (alert("performance", "accuracy", where=EU), alert("error_spikes", where={"region": "US"})),
        (alert("error_spikes", where=EU), alert("one_of_mine", where=EU)),
        (alert("surge", where=EU), alert("slow_requests", "/score", where={"region": "US"})),
        (alert("surge", where=EU), alert("error_spikes")),
        (alert("slow_requests", "/score", where=EU), alert("slow_requests", "/batch", where=IOS)),
        (alert("error_spikes", model="churn"), alert("slow_requests", "/score")),
    ],
)
def test_other_kinds_and_other_slices_at_the_same_time_stay_apart(one: Alert, other: Alert) -> None:
    assert len(group([one, other])) == len(group([other, one])) == 2


def test_what_began_at_another_time_in_the_same_slice_is_another_incident() -> None:
    early, late = alert("error_spikes", where=EU), alert("slow_requests", "/x", where=EU, minute=660)
    assert len(group([early, late])) == 2
    found_by_a_long_window = alert("slow_requests", "/x", where=EU, minute=660, length=60)
    assert len(group([early, found_by_a_long_window])) == 1


def test_what_ended_shortly_before_may_have_caused_it_and_what_ended_long_before_not() -> None:
    early = alert("missing_values", "age", where=EU, length=60, lasted=60)
    assert len(group([early, alert("drift", "age", minute=620, length=5)])) == 1
    assert len(group([early, alert("drift", "age", minute=625, length=5)])) == 2


def test_two_episodes_of_one_trouble_stay_two() -> None:
    first = alert("error_spikes", where=EU, length=5, lasted=5)
    second = alert("error_spikes", where=EU, length=5, minute=612)
    assert len(group([first, second])) == 2


def test_what_follows_from_two_incidents_does_not_make_them_one() -> None:
    alerts = [
        alert("missing_values", "age", where=EU),
        alert("out_of_range", "amount", where=IOS, minute=605),
        alert("drift", "score", minute=605, length=15),
    ]
    assert told(group(alerts)) == {
        ("missing_values", "age"): set(),
        ("out_of_range", "amount"): {("drift", "score")},
    }


def test_a_score_that_moved_long_before_does_not_follow() -> None:
    score = alert("drift", "score", minute=500, length=15, lasted=300)
    assert len(group([score, alert("missing_values", "age")])) == 2


def test_the_id_stays_while_followers_come_and_go() -> None:
    leader = alert("out_of_range", "amount")
    followers = [
        alert("drift", "amount", severity=Severity.CRITICAL),
        alert("drift", "score", minute=590, length=5),
        alert("drift", "prediction"),
    ]
    for number in range(4):
        (incident,) = group([*followers[:number], leader])
        assert incident.alert_id == leader.alert_id
        assert (incident.began, incident.worst) == (leader.began, leader.worst)
    assert incident.severity is Severity.CRITICAL
    assert incident.detected == at(590), "when the first of them was found"
