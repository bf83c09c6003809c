"""Unseen categories, from hand-made windows to readings."""

from __future__ import annotations

import pytest

from console.checks.categories import judge_categories
from console.model import Reading, Severity, Slice, Verdict
from tests.unit.checks.frames import answer, bound, judged


def one(*rows: dict[str, object]) -> Reading:
    (reading,) = judged("unseen_categories", *rows)
    return reading


def test_a_new_value_breaches_and_says_so() -> None:
    reading = one({})
    assert reading.verdict is Verdict.BREACH
    assert (reading.subject, reading.value, reading.baseline, reading.limit) == ("country", 0.1, 0.0, 0.005)
    assert reading.slice == Slice("country", "XX")
    assert reading.summary == "country=XX: never seen before, 10 % of requests"
    assert reading.severity is Severity.WARNING
    assert reading.evidence is not None and reading.offenders is not None
    assert bound(reading.evidence)["feature"] == "country"
    assert bound(reading.offenders)["value"] == "XX"


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ({"rows": 5}, Verdict.BREACH),
        ({"rows": 4}, Verdict.QUIET),
        ({"rows": 50, "feature_rows": 10_000}, Verdict.BREACH),
        ({"rows": 49, "feature_rows": 10_000}, Verdict.QUIET),
        ({"baseline_rows": 200}, Verdict.BREACH),
        ({"baseline_rows": 199}, Verdict.NO_BASELINE),
        ({"baseline_single_values": 10}, Verdict.BREACH),
        ({"baseline_single_values": 11}, Verdict.QUIET),
        ({"baseline_values": 200}, Verdict.BREACH),
        ({"baseline_values": 201}, Verdict.QUIET),
    ],
)
def test_each_limit_at_its_edge(row: dict[str, object], verdict: Verdict) -> None:
    assert one(row).verdict is verdict


def test_without_a_baseline_there_is_nothing_to_compare_with() -> None:
    assert one({"baseline_rows": 10, "baseline_values": 2}).baseline is None


def test_the_most_frequent_new_value_is_named_and_the_others_counted() -> None:
    reading = one({"value": "AA", "rows": 6}, {"value": "BB", "rows": 30}, {"value": "CC", "rows": 4})
    assert reading.slice == Slice("country", "BB")
    assert reading.summary == "country=BB and 1 other new value: never seen before, 30 % of requests"
    assert reading.severity is Severity.CRITICAL
    three = one({"value": "AA"}, {"value": "BB", "rows": 30}, {"value": "DD"})
    assert "and 2 other new values" in three.summary


def test_a_frequent_value_that_does_not_count_does_not_hide_one_that_does() -> None:
    ordinary = {"value": "AA", "rows": 50, "baseline_single_values": 900}
    assert one(ordinary, {"value": "BB", "rows": 6}).slice == Slice("country", "BB")


def test_features_are_judged_apart() -> None:
    readings = judged("unseen_categories", {}, {"feature": "device", "rows": 1})
    assert [(r.subject, r.verdict) for r in readings] == [
        ("country", Verdict.BREACH),
        ("device", Verdict.QUIET),
    ]


def test_no_rows_say_nothing() -> None:
    assert judge_categories(answer("unseen_categories", {}).clear()) == []
