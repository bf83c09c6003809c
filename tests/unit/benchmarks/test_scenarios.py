"""The measuring stick itself: scenarios that are what they say, and a score that cannot flatter."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta
from functools import cache
from pathlib import Path

import numpy as np
import orjson
import pytest

from benchmarks.detection import summary_of
from benchmarks.scenarios.findings import Finding, of_lines
from benchmarks.scenarios.scenario import Scenario, make, write
from benchmarks.scenarios.scoring import Score, score
from benchmarks.scenarios.truth import Incident
from console.model import Condition


@cache
def scenario() -> Scenario:
    return make(4, days=2, rows=12_000)


def only(incident: Incident) -> Scenario:
    """The scenario with this as its one incident."""
    return replace(scenario(), incidents=(incident,))


def spike(*conditions: Condition) -> Incident:
    """An error spike of an hour of the first model, with its affected rows."""
    model, traffic = next(iter(scenario().traffic.items()))
    start, end = 100_000.0, 103_600.0
    hit = traffic.during(start, end) & traffic.meets(conditions)
    ids = frozenset(map(str, traffic.columns["request_id"][hit]))
    return Incident("one", "error_spike", model, conditions, None, frozenset(), start, end, "", ids)


def drifting() -> Incident:
    return replace(spike(), kind="sudden_drift", feature="payload_kb", moves=frozenset({"payload_kb"}))


def found(incident: Incident, *, after: float = 10.0, lasts: float = 30.0, **other: object) -> Finding:
    """A finding that agrees with the incident in all but what is given otherwise."""
    detected = scenario().moment(incident.start) + timedelta(minutes=after)
    finding = Finding(
        "a",
        "error_spikes",
        incident.model,
        "",
        incident.conditions,
        detected - timedelta(minutes=5),
        detected + timedelta(minutes=lasts),
        detected,
        (),
        tuple(sorted(incident.affected))[:20],
        "",
    )
    return replace(finding, **other)  # type: ignore[arg-type]


EU = Condition("tag", "region", "EU")
LARGE = Condition("number", "payload_kb", lower=40)


def test_the_same_seed_gives_the_same_logs(tmp_path: Path) -> None:
    first = write(make(3, days=1, rows=3_000), tmp_path / "a")
    again = write(make(3, days=1, rows=3_000), tmp_path / "b")
    assert [p.read_bytes() for p in first] == [p.read_bytes() for p in again]
    assert (tmp_path / "a" / "truth.json").read_bytes() == (tmp_path / "b" / "truth.json").read_bytes()


def test_the_logs_hold_each_request_once_and_no_word_of_the_truth(tmp_path: Path) -> None:
    made = scenario()
    lines = [line for path in write(made, tmp_path) for line in path.read_bytes().splitlines()]
    records = [orjson.loads(line.replace(b":NaN", b":null")) for line in lines]
    assert len({record["request_id"] for record in records}) == len(records) == made.rows
    assert not any(incident.id.encode() in line for line in lines for incident in made.incidents)
    assert [r["ts"] for r in records[:5]] != [records[0]["ts"]] * 5


@pytest.mark.parametrize("seed", range(1, 7))
def test_affected_rows_meet_the_conditions_in_the_time_that_is_told(seed: int) -> None:
    made = make(seed, days=2, rows=30_000)
    assert made.incidents
    for incident in made.incidents:
        traffic = made.traffic[incident.model]
        inside = traffic.during(incident.start, incident.end) & traffic.meets(incident.conditions)
        ids = set(map(str, traffic.columns["request_id"][inside]))
        assert incident.start >= 26 * 3600
        assert (incident.kind == "silence") == (not incident.affected)
        # Of two incidents in one model at one time the later may alter what the other was confined to.
        assert len(incident.affected & ids) >= 0.95 * len(incident.affected), incident


def test_a_calm_scenario_has_no_incident() -> None:
    assert make(4, days=2, rows=3_000, calm=True).incidents == ()


def test_traffic_has_a_daily_rhythm() -> None:
    at = next(iter(make(1, days=4, rows=40_000, calm=True).traffic.values())).at
    by_hour = np.bincount((at // 3600 % 24).astype(np.int64), minlength=24)
    assert by_hour.max() > 1.8 * by_hour.min()


def test_what_agrees_in_everything_is_found_named_and_pure() -> None:
    incident = spike(EU)
    (outcome,) = score(only(incident), [found(incident)]).outcomes
    assert (outcome.minutes, outcome.in_time, outcome.named, outcome.exact) == (10, True, True, True)
    assert outcome.purity == 1.0


@pytest.mark.parametrize(
    "otherwise",
    [{"model": "another"}, {"check": "drift"}, {"after": 70.0}, {"after": -10.0}],
    ids=["model", "check", "too late", "before it began"],
)
def test_what_does_not_agree_is_a_false_alarm_and_the_incident_missed(otherwise: dict[str, object]) -> None:
    incident = spike()
    result = score(only(incident), [found(incident, **otherwise)])  # type: ignore[arg-type]
    assert (len(result.false), result.true, result.outcomes[0].finding) == (1, (), None)
    assert not result.outcomes[0].in_time


def test_a_late_finding_counts_as_found_but_not_in_time() -> None:
    incident = spike()
    (outcome,) = score(only(incident), [found(incident, after=31)]).outcomes
    assert outcome.finding is not None
    assert not outcome.in_time


def test_the_first_of_several_is_right_and_the_others_are_told_apart() -> None:
    incident = spike()
    second = found(incident, after=20, alert_id="b")
    result = score(only(incident), [second, found(incident)])
    assert [f.alert_id for f in result.true] == ["a"]
    assert [f.alert_id for f in result.duplicates] == ["b"]
    figures = summary_of([result])
    assert (figures.recall, figures.precision, figures.strict_precision) == (1.0, 1.0, 0.5)


def test_another_feature_than_the_one_that_moved_is_a_false_alarm() -> None:
    incident = drifting()
    right = found(incident, check="drift", subject="payload_kb")
    wrong = found(incident, check="drift", subject=other_feature(), alert_id="b")
    result = score(only(incident), [right, wrong])
    assert [f.alert_id for f in result.true] == ["a"]
    assert [f.alert_id for f in result.false] == ["b"]


def other_feature() -> str:
    columns = next(iter(scenario().traffic.values())).columns
    return next(c[9:] for c in columns if c.startswith("features.") and c != "features.payload_kb")


def test_what_is_listed_as_having_the_same_cause_counts_as_found() -> None:
    incident = drifting()
    finding = found(incident, check="silence", subject="", also=(("drift", "payload_kb"),))
    assert score(only(incident), [finding]).outcomes[0].finding is not None


def test_what_an_incident_brings_about_is_neither_right_nor_wrong() -> None:
    surge = replace(spike(EU), kind="surge")
    finding = found(surge, check="drift", subject="payload_kb", conditions=())
    result = score(only(surge), [finding])
    assert (result.true, result.duplicates, result.false) == ((), (finding,), ())
    assert result.outcomes[0].finding is None


def test_a_slice_is_named_only_by_its_exact_conditions() -> None:
    incident = spike(EU)
    for said in ((), (replace(EU, value="US"),), (EU, Condition("tag", "host", "ml-1"))):
        (outcome,) = score(only(incident), [found(incident, conditions=said)]).outcomes
        assert not outcome.named


@pytest.mark.parametrize(("edge", "named"), [(40.0, True), (41.0, True), (60.0, False), (1.0, False)])
def test_a_range_is_named_if_it_holds_nearly_the_same_rows(edge: float, named: bool) -> None:
    incident = spike(EU, LARGE)
    said = (EU, replace(LARGE, lower=edge))
    (outcome,) = score(only(incident), [found(incident, conditions=said)]).outcomes
    assert (outcome.named, outcome.exact) == (named, named)


def test_what_the_subject_says_already_need_not_be_named_but_is_not_to_the_letter() -> None:
    incident = drifting()
    said = (Condition("number", "payload_kb", lower=900),)
    finding = found(incident, check="drift", subject="payload_kb", conditions=said)
    (outcome,) = score(only(incident), [finding]).outcomes
    assert (outcome.named, outcome.exact) == (True, False)


def test_a_condition_is_met_by_the_rows_that_it_says() -> None:
    traffic = next(iter(scenario().traffic.values()))
    met = traffic.meets((EU, LARGE))
    payloads, regions = traffic.numbers("features.payload_kb"), traffic.columns["tags.region"]
    assert met.any()
    assert met.tolist() == [p >= 40 and r == "EU" for p, r in zip(payloads.tolist(), regions, strict=True)]


def test_rows_that_were_not_befallen_make_the_list_less_pure() -> None:
    incident = spike(EU)
    shown = (*sorted(incident.affected)[:3], "someone else")
    (outcome,) = score(only(incident), [found(incident, request_ids=shown)]).outcomes
    assert outcome.purity == 0.75


def test_nothing_found_is_no_recall_and_nothing_wrong() -> None:
    figures = summary_of([score(only(spike()), [])])
    assert (figures.recall, figures.precision, figures.in_time) == (0.0, 1.0, 0)


def test_lines_of_a_scan_and_of_a_check_are_understood() -> None:
    scan = (
        b'{"alert_id":"x","check":"slow_requests","model":"eta","subject":"/b","feature":null,'
        b'"slice":{"endpoint":"/b","payload_kb":"> 64","age":"18 to 30",'
        b'"income":">= 1e+06 and < 2.5e+06","price":"< 2.5"},'
        b'"start":"2026-03-02T01:00:00Z","end":null,"detected_at":"2026-03-02T01:10:00Z","summary":"s",'
        b'"also":[{"check":"drift","subject":"price","summary":"d"}],"request_ids":["1"]}'
    )
    check = (
        b'{"alert_id":"y","check":"drift","model":"eta","subject":"price","state":"resolved","slice":{},'
        b'"began":"2026-03-02T01:00:00Z","last_seen":"2026-03-02T03:00:00Z",'
        b'"detected":"2026-03-02T01:10:00Z","summary":"s"}'
    )
    of_scan, of_check = of_lines([scan, b"", check])
    assert of_scan.conditions == (
        Condition("text", "endpoint", "/b"),
        Condition("number", "payload_kb", lower=64),
        Condition("number", "age", lower=18, upper=30),
        Condition("number", "income", lower=1e6, upper=2.5e6),
        Condition("number", "price", upper=2.5),
    )
    assert (of_scan.end, of_scan.also, of_scan.request_ids) == (None, (("drift", "price"),), ("1",))
    assert of_check.end is not None
    assert of_check.detected - of_check.start == timedelta(minutes=10)


def test_seconds_and_rows_of_a_score_are_those_of_its_scenario() -> None:
    result: Score = score(scenario(), [], seconds=2.0)
    assert (result.rows, result.days, result.seconds) == (scenario().rows, 2, 2.0)
