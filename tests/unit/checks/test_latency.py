"""Slow requests, from hand-made windows to readings."""

from __future__ import annotations

import pytest

from console.checks.latency import judge_latency
from console.model import Reading, Severity, Slice, Verdict
from tests.unit.checks.frames import answer, bound, judged

SLOW: dict[str, object] = {"slow_rows": 40, "p95_ms": 180.0}


def one(*rows: dict[str, object], minutes: int = 60) -> Reading:
    (reading,) = judged("slow_requests", *rows, minutes=minutes)
    return reading


def test_a_slow_endpoint_breaches_and_says_so() -> None:
    reading = one(SLOW)
    assert reading.verdict is Verdict.BREACH
    assert (reading.subject, reading.value, reading.baseline, reading.unit) == ("/score", 180.0, 100.0, "ms")
    assert reading.limit == 150.0
    assert reading.summary == "/score: p95 180 ms against 100 ms, 40 % slow"
    assert reading.severity is Severity.WARNING
    assert reading.offenders is not None
    asked = bound(reading.offenders)
    assert (asked["endpoint"], asked["threshold_ms"], asked["dimension"]) == ("/score", 100.0, "")


def test_as_slow_as_ever_is_quiet() -> None:
    assert one({}).verdict is Verdict.QUIET


def test_few_requests_and_no_baseline_are_states_of_their_own() -> None:
    assert one({"rows": 19, "slow_rows": 1}).verdict is Verdict.TOO_FEW_ROWS
    reading = one({**SLOW, "baseline_rows": 99, "baseline_slow_rows": 0})
    assert reading.verdict is Verdict.NO_BASELINE
    assert reading.baseline is None


@pytest.mark.parametrize(
    ("row", "verdict"),
    [
        ({"p95_ms": 150.0}, Verdict.BREACH),
        ({"p95_ms": 149.9}, Verdict.QUIET),
        ({"p95_ms": 25.0, "threshold_ms": 5.0}, Verdict.BREACH),
        ({"p95_ms": 24.9, "threshold_ms": 5.0}, Verdict.QUIET),
    ],
)
def test_the_limit_is_a_ratio_and_a_floor_in_milliseconds(row: dict[str, object], verdict: Verdict) -> None:
    reading = one({"slow_rows": 40, **row})
    assert reading.verdict is verdict
    assert reading.value is not None
    assert (reading.value >= reading.limit) is (verdict is Verdict.BREACH)


def test_enough_of_the_requests_must_be_slow() -> None:
    many = {"rows": 10_000, "p95_ms": 200.0, "baseline_rows": 100_000, "baseline_slow_rows": 5000}
    assert one({**many, "slow_rows": 1501}).verdict is Verdict.BREACH
    assert one({**many, "slow_rows": 1499}).verdict is Verdict.QUIET
    assert (
        one({"rows": 20, "slow_rows": 4, "p95_ms": 900.0, "baseline_slow_rows": 0}).verdict is Verdict.QUIET
    )


def test_what_was_slow_before_is_not_news() -> None:
    assert one({**SLOW, "baseline_slow_rows": 300}).verdict is Verdict.QUIET


def test_a_shorter_window_tolerates_less_chance() -> None:
    row: dict[str, object] = {"rows": 60, "slow_rows": 12, "p95_ms": 200.0}
    assert one(row, minutes=600).verdict is Verdict.BREACH
    assert one(row, minutes=1).verdict is Verdict.QUIET


def test_the_slice_that_is_slow_is_named() -> None:
    reading = one(
        {"rows": 1000, "slow_rows": 130, "p95_ms": 140.0},
        {"dimension": "client", "slice_value": "batch", "rows": 100, "slow_rows": 90, "p95_ms": 900.0},
        {"dimension": "client", "slice_value": "web", "rows": 900, "slow_rows": 40, "p95_ms": 99.0},
    )
    assert reading.slice == Slice("client", "batch")
    assert (reading.value, reading.rows) == (900.0, 100)
    assert reading.summary == "client=batch: /score: p95 900 ms against 100 ms, 90 % slow"
    assert reading.offenders is not None
    assert bound(reading.offenders)["slice_value"] == "batch"


def test_a_small_slice_is_compared_with_its_endpoint() -> None:
    small = {**SLOW, "dimension": "client", "slice_value": "batch", "baseline_rows": 99}
    assert one({"rows": 1000}, {**small, "baseline_slow_rows": 90}).verdict is Verdict.BREACH
    assert one({"rows": 1000}, {**small, "baseline_rows": 100, "baseline_slow_rows": 90}).verdict is (
        Verdict.QUIET
    )


def test_half_of_it_twice_as_slow_is_critical() -> None:
    assert one({"slow_rows": 50, "p95_ms": 200.0}).severity is Severity.CRITICAL
    assert one({"slow_rows": 49, "p95_ms": 200.0}).severity is Severity.WARNING
    assert one({"slow_rows": 50, "p95_ms": 199.0}).severity is Severity.WARNING


def test_requests_without_an_endpoint_are_named_as_such() -> None:
    reading = one({**SLOW, "endpoint": ""})
    assert reading.subject == ""
    assert reading.summary.startswith("requests: p95")


def test_no_rows_say_nothing() -> None:
    assert judge_latency(answer("slow_requests", {}).clear()) == []
    assert judge_latency(answer("slow_requests", {"dimension": "region", "slice_value": "EU"})) == []
