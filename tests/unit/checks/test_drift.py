"""Drift, from hand-made bins to readings."""

from __future__ import annotations

import pytest

from console.checks.drift import DriftLimits, judge_drift
from console.checks.statistics import psi
from console.model import Reading, Severity, Slice, Verdict
from tests.unit.checks.frames import answer, bound, judged

EDGES = [None, 1.0, 2.0, 3.0, None]


def numbers(rows: list[int], baseline: list[int], **more: object) -> list[dict[str, object]]:
    """Four bins of a number feature."""
    return [
        {"bin": n, "lower": EDGES[n], "upper": EDGES[n + 1], "rows": r, "baseline_rows": b, **more}
        for n, (r, b) in enumerate(zip(rows, baseline, strict=True))
    ]


def texts(rows: dict[str | None, int], baseline: dict[str | None, int]) -> list[dict[str, object]]:
    """Bins of a text feature; None are all others."""
    return [
        {
            "feature": "country",
            "kind": "text",
            "bin": n + 1 if label is not None else 21,
            "label": label,
            "rows": rows[label],
            "baseline_rows": baseline[label],
        }
        for n, label in enumerate(rows)
    ]


def one(rows: list[dict[str, object]], *, minutes: int = 60) -> Reading:
    (reading,) = judged("drift", *rows, minutes=minutes)
    return reading


def test_a_moved_distribution_breaches_and_says_where_it_grew() -> None:
    reading = one(numbers([10, 20, 70, 200], [250, 250, 250, 250]))
    assert reading.verdict is Verdict.BREACH
    assert reading.value == pytest.approx(psi([10, 20, 70, 200], [250, 250, 250, 250]))
    assert (reading.subject, reading.baseline, reading.limit, reading.unit) == ("amount", 0.0, 0.2, "PSI")
    assert (reading.rows, reading.baseline_rows) == (300, 1000)
    assert reading.slice == Slice("amount", "from 3")
    assert reading.summary == "amount from 3 in 67 % of requests against 25 %"
    assert reading.offenders is not None
    asked = bound(reading.offenders)
    assert (asked["feature"], asked["lower"], asked["upper"]) == ("amount", 3.0, None)


def test_the_same_distribution_is_quiet() -> None:
    assert one(numbers([25, 25, 25, 25], [250, 250, 250, 250])).verdict is Verdict.QUIET


def test_few_rows_and_no_baseline_are_states_without_a_value() -> None:
    few = one(numbers([49, 0, 0, 0], [250, 250, 250, 250]))
    assert (few.verdict, few.value) == (Verdict.TOO_FEW_ROWS, None)
    alone = one(numbers([500, 0, 0, 0], [50, 50, 50, 49]))
    assert (alone.verdict, alone.value, alone.baseline) == (Verdict.NO_BASELINE, None, None)
    nothing = one(numbers([0, 0, 0, 0], [0, 0, 0, 0]))
    assert nothing.verdict is Verdict.NO_BASELINE


def test_the_limit_is_where_it_breaches() -> None:
    bins = answer("drift", *numbers([1000, 1000, 1000, 2500], [2500, 2500, 2500, 2500]))
    value = psi([1000, 1000, 1000, 2500], [2500, 2500, 2500, 2500])
    (at,) = judge_drift(bins, DriftLimits(psi=value))
    (above,) = judge_drift(bins, DriftLimits(psi=value + 1e-9))
    assert (at.verdict, above.verdict) == (Verdict.BREACH, Verdict.QUIET)


def test_what_chance_may_bring_is_no_drift() -> None:
    rows = numbers([6, 10, 16, 18], [60, 50, 45, 45])
    reading = one(rows, minutes=5)
    assert reading.value is not None and reading.value >= reading.limit
    assert reading.verdict is Verdict.QUIET


def test_many_features_share_what_chance_may_do() -> None:
    telling = numbers([10, 22, 33, 55], [75, 75, 75, 75])
    assert one(telling).verdict is Verdict.BREACH
    crowd = [row for n in range(500) for row in numbers([10, 22, 33, 55], [75, 75, 75, 75], feature=f"f{n}")]
    assert {reading.verdict for reading in judged("drift", *crowd)} == {Verdict.QUIET}


def test_a_constant_feature_cannot_drift() -> None:
    (reading,) = judged("drift", {"bin": 1, "lower": 7.0, "rows": 500, "baseline_rows": 5000})
    assert (reading.verdict, reading.value) == (Verdict.QUIET, 0.0)


def test_a_far_drift_is_critical() -> None:
    assert one(numbers([300, 0, 0, 0], [0, 300, 300, 400])).severity is Severity.CRITICAL
    assert one(numbers([10, 20, 70, 100], [250, 250, 250, 250])).severity is Severity.WARNING


def test_the_text_that_grew_is_named_as_logged() -> None:
    reading = one(texts({"DE": 10, "FR": 190}, {"DE": 500, "FR": 500}))
    assert reading.slice == Slice("country", "FR")
    assert reading.summary == "country = FR in 95 % of requests against 50 %"
    assert reading.offenders is not None
    assert reading.offenders.query == "predictions_with_category"
    assert bound(reading.offenders)["value"] == "FR"


def test_rarer_texts_together_have_no_name_of_their_own() -> None:
    reading = one(texts({"DE": 10, None: 190}, {"DE": 900, None: 100}))
    assert reading.slice == Slice("country", "a rarer value")
    assert reading.offenders is not None
    assert reading.offenders.query == "predictions_in_slice"


@pytest.mark.parametrize(("grown", "name"), [(0, "below 1"), (1, "1 to 2"), (2, "2 to 3"), (3, "from 3")])
def test_a_range_is_said_with_its_edges(grown: int, name: str) -> None:
    rows = [10, 10, 10, 10]
    rows[grown] = 300
    assert one(numbers(rows, [250, 250, 250, 250])).slice == Slice("amount", name)


def test_a_feature_that_is_number_and_text_gives_two_readings() -> None:
    rows = [
        *numbers([25, 25, 25, 25], [250, 250, 250, 250]),
        {"kind": "text", "bin": 1, "label": "12,5", "rows": 90, "baseline_rows": 0},
    ]
    readings = judged("drift", *rows)
    assert [(r.subject, r.verdict) for r in readings] == [
        ("amount", Verdict.QUIET),
        ("amount", Verdict.NO_BASELINE),
    ]


def test_no_rows_say_nothing() -> None:
    assert judge_drift(answer("drift", {}).clear()) == []


def test_an_identifier_does_not_drift() -> None:
    """Of values that are each seen once, the most frequent ones are frequent by chance alone."""
    rows = [
        {"feature": "id", "kind": "text", "bin": place, "label": f"id-{place}"}
        | {"rows": int(place == 1), "baseline_rows": int(place > 1)}
        for place in range(1, 21)
    ]
    rows.append({"feature": "id", "kind": "text", "bin": 21, "rows": 60, "baseline_rows": 4000})
    (reading,) = judged("drift", *rows)
    assert reading.verdict is Verdict.QUIET
    assert reading.value is not None
    assert reading.value < 0.05


def test_a_rare_value_that_takes_over_is_drift() -> None:
    rare = {"feature": "country", "kind": "text", "bin": 2, "label": "XX", "rows": 90, "baseline_rows": 10}
    usual = {
        "feature": "country",
        "kind": "text",
        "bin": 1,
        "label": "DE",
        "rows": 110,
        "baseline_rows": 1990,
    }
    (reading,) = judged("drift", usual, rare)
    assert reading.verdict is Verdict.BREACH
    assert "XX" in reading.summary
