"""Error spikes, from hand-made windows to readings."""

from __future__ import annotations

import pytest

from console.checks.rates import ERRORS, judge_errors
from console.model import Reading, Severity, Slice, Verdict
from tests.unit.checks.frames import NOON, answer, bound, judged


def one(*rows: dict[str, object], minutes: int = 60) -> Reading:
    (reading,) = judged("error_spikes", *rows, minutes=minutes)
    return reading


def test_a_spike_breaches_and_says_so() -> None:
    reading = one({"errors": 35})
    assert reading.verdict is Verdict.BREACH
    assert (reading.value, reading.baseline) == (0.35, 0.01)
    assert reading.limit == pytest.approx(0.03)
    assert (reading.rows, reading.baseline_rows, reading.unit) == (100, 1000, "share")
    assert (reading.check, reading.model, reading.subject) == ("error_spikes", "fraud", "")
    assert reading.summary == "35 % errors against 1.0 %"
    assert reading.slice == Slice()


def test_what_it_was_before_is_quiet() -> None:
    assert one({"errors": 1}).verdict is Verdict.QUIET


def test_few_requests_are_a_state_of_their_own() -> None:
    assert one({"rows": 19, "errors": 1}).verdict is Verdict.TOO_FEW_ROWS
    assert one({"rows": 20, "errors": 1}).verdict is Verdict.QUIET


def test_few_requests_of_which_most_fail_are_an_alarm_all_the_same() -> None:
    assert one({"rows": 10, "errors": 9}).verdict is Verdict.BREACH


def test_without_a_baseline_that_is_said() -> None:
    reading = one({"errors": 1, "baseline_rows": 99, "baseline_errors": 30})
    assert reading.verdict is Verdict.NO_BASELINE
    assert reading.baseline is None
    assert reading.limit == ERRORS.without_baseline
    assert reading.summary == "1.0 % errors against no baseline"


def test_without_a_baseline_a_fifth_is_too_much() -> None:
    alone = {"baseline_rows": 0, "baseline_errors": 0}
    assert one({"rows": 100, "errors": 20, **alone}).verdict is Verdict.BREACH
    assert one({"rows": 100, "errors": 19, **alone}).verdict is Verdict.NO_BASELINE
    assert one({"rows": 19, "errors": 10, **alone}).verdict is Verdict.TOO_FEW_ROWS


def test_it_takes_five_errors() -> None:
    never = {"baseline_errors": 0, "baseline_rows": 100_000}
    assert one({"errors": 4, **never}).verdict is Verdict.QUIET
    assert one({"errors": 5, **never}).verdict is Verdict.BREACH


def test_the_limit_is_where_it_breaches() -> None:
    # 1 % before: two points more are 3 %, which 300 of 10,000 just reach.
    assert one(
        {"rows": 10_000, "errors": 300, "baseline_rows": 100_000, "baseline_errors": 1000}
    ).verdict is (Verdict.BREACH)
    below = one({"rows": 10_000, "errors": 299, "baseline_rows": 100_000, "baseline_errors": 1000})
    assert below.verdict is Verdict.QUIET and below.value is not None and below.value < below.limit


def test_where_errors_are_ordinary_they_must_double() -> None:
    base = {"baseline_rows": 100_000, "baseline_errors": 10_000}
    assert one({"rows": 10_000, "errors": 1999, **base}).verdict is Verdict.QUIET
    assert one({"rows": 10_000, "errors": 2000, **base}).verdict is Verdict.BREACH


def test_a_share_that_chance_may_bring_is_no_alarm() -> None:
    assert one({"rows": 100, "errors": 5}).verdict is Verdict.QUIET


def test_a_shorter_window_tolerates_less_chance() -> None:
    spike: dict[str, object] = {"rows": 60, "errors": 6}
    assert one(spike, minutes=600).verdict is Verdict.BREACH
    assert one(spike, minutes=1).verdict is Verdict.QUIET


def test_the_slice_that_holds_the_errors_is_named() -> None:
    reading = one(
        {"rows": 1000, "errors": 52},
        {"dimension": "region", "slice_value": "EU", "rows": 100, "errors": 50},
        {"dimension": "client", "slice_value": "web", "rows": 500, "errors": 51},
        {"dimension": "region", "slice_value": "US", "rows": 900, "errors": 2},
    )
    assert reading.slice == Slice("region", "EU")
    assert (reading.value, reading.rows) == (0.5, 100)
    assert reading.summary == "region=EU: 50 % errors against 1.0 %"
    assert reading.offenders is not None
    assert bound(reading.offenders)["dimension"] == "region"
    assert bound(reading.offenders)["slice_value"] == "EU"


def test_errors_everywhere_are_not_pinned_on_a_slice() -> None:
    slices: list[dict[str, object]] = [
        {"dimension": "region", "slice_value": value, "rows": 500, "errors": 250} for value in ("EU", "US")
    ]
    assert one(*slices, {"rows": 1000, "errors": 500}).slice == Slice()


def test_a_new_slice_is_compared_with_its_model() -> None:
    new = {"dimension": "model_version", "slice_value": "v4", "rows": 50, "errors": 20}
    reading = one({"rows": 1000, "errors": 25}, {**new, "baseline_rows": 99, "baseline_errors": 99})
    assert reading.slice == Slice("model_version", "v4")
    assert (reading.baseline, reading.baseline_rows) == (0.01, 1000)
    reading = one({"rows": 1000, "errors": 25}, {**new, "baseline_rows": 100, "baseline_errors": 2})
    assert (reading.baseline, reading.baseline_rows) == (0.02, 100)


def test_a_slice_that_always_failed_is_compared_with_itself() -> None:
    broken = {"dimension": "endpoint", "slice_value": "/beta", "baseline_rows": 200, "baseline_errors": 100}
    assert one({"rows": 1000, "errors": 25}, {**broken, "rows": 50, "errors": 25}).verdict is Verdict.QUIET


@pytest.mark.parametrize(
    ("whole", "worst", "severity"),
    [
        ((1000, 100), (100, 90), Severity.CRITICAL),
        ((1000, 60), (100, 25), Severity.CRITICAL),
        ((1000, 60), (100, 24), Severity.WARNING),
        ((10_000, 60), (60, 50), Severity.WARNING),
    ],
)
def test_reach_makes_it_critical(whole: tuple[int, int], worst: tuple[int, int], severity: Severity) -> None:
    reading = one(
        {"rows": whole[0], "errors": whole[1], "baseline_rows": 100_000, "baseline_errors": 100},
        {"dimension": "region", "slice_value": "EU", "rows": worst[0], "errors": worst[1]},
    )
    assert reading.verdict is Verdict.BREACH
    assert reading.severity is severity


def test_models_and_windows_are_judged_apart() -> None:
    early = NOON.replace(hour=11)
    readings = judged(
        "error_spikes",
        {"errors": 50},
        {"model": "churn", "errors": 1},
        {"window_start": early.replace(hour=10), "window_end": early, "errors": 1},
    )
    assert [(r.model, r.window.until, r.verdict) for r in readings] == [
        ("fraud", early, Verdict.QUIET),
        ("churn", NOON, Verdict.QUIET),
        ("fraud", NOON, Verdict.BREACH),
    ]


def test_the_evidence_asks_for_the_same_window() -> None:
    reading = one({"errors": 35}, minutes=5)
    assert reading.evidence is not None and reading.offenders is not None
    asked = bound(reading.evidence)
    assert asked["window_minutes"] == 5
    for values in (asked, bound(reading.offenders)):
        assert (values["model"], values["start"], values["until"]) == (
            "fraud",
            reading.window.start,
            reading.window.until,
        )


def test_slices_without_their_whole_and_no_rows_at_all_say_nothing() -> None:
    assert judge_errors(answer("error_spikes", {"dimension": "region", "slice_value": "EU"})) == []
    assert judge_errors(answer("error_spikes", {}).clear()) == []
