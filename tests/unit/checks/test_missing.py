"""Missing values, from hand-made windows to readings."""

from __future__ import annotations

import pytest

from console.checks.rates import judge_missing
from console.model import Reading, Severity, Verdict
from tests.unit.checks.frames import answer, bound, judged


def one(**row: object) -> Reading:
    (reading,) = judged("missing_values", row)
    return reading


def test_a_feature_that_goes_missing_breaches() -> None:
    reading = one(missing=20)
    assert reading.verdict is Verdict.BREACH
    assert (reading.subject, reading.value, reading.baseline) == ("country", 0.2, 0.01)
    assert reading.limit == pytest.approx(0.06)
    assert reading.summary == "country missing in 20 % against 1.0 %"
    assert reading.severity is Severity.WARNING
    assert reading.evidence is not None and reading.offenders is not None
    assert bound(reading.evidence)["feature"] == bound(reading.offenders)["feature"] == "country"


def test_half_of_it_missing_is_critical() -> None:
    assert one(missing=50).severity is Severity.CRITICAL


def test_as_much_missing_as_ever_is_quiet() -> None:
    assert one(missing=30, baseline_missing=300).verdict is Verdict.QUIET


def test_few_requests_are_a_state_of_their_own() -> None:
    assert one(rows=19, missing=0).verdict is Verdict.TOO_FEW_ROWS


@pytest.mark.parametrize("before", [0, 1, 99])
def test_without_a_baseline_a_feature_may_simply_be_optional(before: int) -> None:
    reading = one(missing=100, baseline_rows=before, baseline_missing=before // 2)
    assert reading.verdict is Verdict.NO_BASELINE
    assert reading.baseline is None


def test_the_limit_is_where_it_breaches() -> None:
    base = {"rows": 10_000, "baseline_rows": 100_000, "baseline_missing": 0}
    assert one(missing=500, **base).verdict is Verdict.BREACH
    assert one(missing=499, **base).verdict is Verdict.QUIET


def test_it_takes_eight_rows() -> None:
    base = {"rows": 30, "baseline_rows": 100_000, "baseline_missing": 0}
    assert one(missing=7, **base).verdict is Verdict.QUIET
    assert one(missing=8, **base).verdict is Verdict.BREACH


def test_many_features_share_what_chance_may_do() -> None:
    telling = {"rows": 100, "missing": 9, "baseline_rows": 1000, "baseline_missing": 20}
    (alone,) = judged("missing_values", telling)
    crowd = judged("missing_values", *({**telling, "feature": f"f{n}"} for n in range(500)))
    assert alone.verdict is Verdict.BREACH
    assert {reading.verdict for reading in crowd} == {Verdict.QUIET}


def test_no_rows_say_nothing() -> None:
    assert judge_missing(answer("missing_values", {}).clear()) == []
