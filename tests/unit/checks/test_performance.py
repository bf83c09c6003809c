"""Performance by the truth, from requests to readings."""

from __future__ import annotations

import random
from datetime import timedelta

from console.checks.performance import CHECK
from console.model import LimitRule, Severity, Slice, Verdict
from tests.support import NOON, Line
from tests.unit.checks.frames import bound
from tests.unit.checks.histories import alerts_of, breaches, every, live_breaches, readings_of

DAY = 1440


def judged(
    start: float,
    until: float,
    rows: int,
    right: float,
    *,
    seed: int = 1,
    truth_for: float = 1.0,
    **tags: str,
) -> list[Line]:
    """Requests whose prediction, yes or no, is right with this probability; the score says which it is."""
    draw = random.Random(seed)
    lines: list[Line] = []
    for minute in every(start, until, rows):
        truth = draw.random() < 0.4
        said = truth if draw.random() < right else not truth
        score = 0.5 + draw.random() / 2 if said else draw.random() / 2
        line: dict[str, object] = {
            "ts": (NOON + timedelta(minutes=minute)).isoformat(),
            "model": "m",
            "prediction": "yes" if said else "no",
            "score": score,
            "tags": {"region": "EU" if draw.random() < 0.5 else "US", **tags},
        }
        if draw.random() < truth_for:
            line["truth"] = "yes" if truth else "no"
        lines.append(line)
    return lines


def numbers(start: float, until: float, rows: int, error: float, *, seed: int = 1) -> list[Line]:
    """Requests whose prediction is off by so much on average."""
    draw = random.Random(seed)
    return [
        {
            "ts": (NOON + timedelta(minutes=minute)).isoformat(),
            "model": "m",
            "prediction": round(true + draw.expovariate(1 / error) * draw.choice((-1, 1)), 3)
            if error
            else true,
            "truth": true,
        }
        for minute in every(start, until, rows)
        for true in [round(draw.uniform(10, 90), 1)]
    ]


def test_predictions_that_get_worse_are_found_and_said() -> None:
    records = [*judged(0, 600, 2000, 0.92, truth_for=0.5), *judged(600, 700, 600, 0.6, seed=2)]
    alerts = {alert.subject: alert for alert in alerts_of(CHECK, records)}
    accuracy = alerts["accuracy"]
    assert accuracy.severity is Severity.CRITICAL
    assert accuracy.detected <= NOON + timedelta(minutes=660)
    assert NOON + timedelta(minutes=570) <= accuracy.began <= NOON + timedelta(minutes=630)
    assert accuracy.worst.summary.startswith("accuracy 0.")
    assert "against 0.9" in accuracy.worst.summary and "(truth for " in accuracy.worst.summary
    assert {"F1", "AUC", "recall", "precision"} <= alerts.keys()
    assert accuracy.worst.offenders is not None and accuracy.worst.evidence is not None
    assert bound(accuracy.worst.offenders)["right"] is False
    bound(accuracy.worst.evidence)


def test_predictions_that_stay_as_they_are_raise_no_alarm() -> None:
    for seed in range(3):
        records = [*judged(0, 900, 3000, 0.85, seed=seed), *numbers(0, 900, 1000, 2.0, seed=seed)]
        assert alerts_of(CHECK, records) == ()


def test_only_rows_with_a_truth_count() -> None:
    records = [*judged(0, 600, 1500, 0.9), *judged(600, 700, 600, 0.1, truth_for=0, seed=2)]
    assert breaches(readings_of(CHECK, records)) == []


def test_a_slice_that_gets_worse_is_named() -> None:
    records = [
        *judged(0, 600, 2000, 0.92, client="web"),
        *judged(0, 600, 500, 0.92, client="app", seed=3),
        *judged(600, 720, 500, 0.92, client="web", seed=4),
        *judged(600, 720, 150, 0.3, client="app", seed=5),
    ]
    (accuracy,) = [alert for alert in alerts_of(CHECK, records) if alert.subject == "accuracy"]
    assert accuracy.worst.slice == Slice("client", "app")
    assert accuracy.worst.summary.startswith("client=app: accuracy 0.")


def test_errors_of_numbers_that_grow_are_found() -> None:
    records = [*numbers(0, 600, 1800, 2.0), *numbers(600, 700, 300, 7.0, seed=2)]
    alerts = {alert.subject: alert for alert in alerts_of(CHECK, records)}
    assert alerts.keys() == {"MAE", "RMSE"}
    assert alerts["MAE"].detected <= NOON + timedelta(minutes=660)
    assert alerts["MAE"].worst.baseline is not None
    assert abs(alerts["MAE"].worst.baseline - 2.0) < 0.3
    assert alerts["MAE"].worst.offenders is not None
    assert bound(alerts["MAE"].worst.offenders)["least_error"] is not None


def test_what_is_suddenly_too_good_to_be_true_is_leakage() -> None:
    records = [*judged(0, DAY + 300, 4000, 0.8), *judged(DAY + 300, DAY + 420, 500, 1.0, seed=2)]
    (accuracy,) = [alert for alert in alerts_of(CHECK, records) if alert.subject == "accuracy"]
    assert accuracy.worst.summary.endswith(": too good to be true")
    assert accuracy.worst.value is not None and accuracy.worst.baseline is not None
    assert accuracy.worst.limit is not None
    assert accuracy.worst.value >= accuracy.worst.limit > accuracy.worst.baseline
    assert accuracy.worst.offenders is not None
    assert bound(accuracy.worst.offenders)["right"] is True
    records = [*numbers(0, DAY + 300, 3000, 3.0), *numbers(DAY + 300, DAY + 400, 400, 0.0, seed=2)]
    (error,) = [alert for alert in alerts_of(CHECK, records) if alert.subject == "MAE"]
    assert "too good to be true" in error.worst.summary


def test_few_truths_and_no_baseline_are_states_of_their_own() -> None:
    few = [r for r in readings_of(CHECK, judged(0, 600, 200, 0.9)) if r.subject == "accuracy"]
    assert {r.verdict for r in few if r.window.until - r.window.start == timedelta(hours=1)} == {
        Verdict.TOO_FEW_ROWS
    }
    fresh = [r for r in readings_of(CHECK, judged(0, 50, 150, 0.9)) if r.subject == "accuracy"]
    assert Verdict.NO_BASELINE in {r.verdict for r in fresh}
    assert all(r.baseline is None for r in fresh if r.verdict is Verdict.NO_BASELINE)


def test_classes_that_are_small_integers_are_classes() -> None:
    records = [
        {**line, "prediction": int(line["prediction"] == "yes"), "truth": int(line["truth"] == "yes")}
        for line in [*judged(0, 600, 1500, 0.92), *judged(600, 700, 500, 0.5, seed=2)]
        if isinstance(line, dict)
    ]
    assert "accuracy" in {alert.subject for alert in alerts_of(CHECK, records)}


def test_more_than_two_classes_are_judged_together() -> None:
    draw = random.Random(5)
    records: list[Line] = []
    for start, until, rows, right in ((0, 600, 1800, 0.9), (600, 700, 500, 0.5)):
        for minute in every(start, until, rows):
            truth = draw.choice("abcd")
            said = truth if draw.random() < right else draw.choice("abcd")
            ts = (NOON + timedelta(minutes=minute)).isoformat()
            records.append({"ts": ts, "model": "m", "prediction": said, "truth": truth})
    assert {alert.subject for alert in alerts_of(CHECK, records)} == {"accuracy", "macro F1"}


def test_what_is_no_truth_of_that_kind_is_borne() -> None:
    strange: list[object] = [
        None,
        1e308,
        -1e308,
        "NaN",
        "",
        "yes",
        True,
        [1],
        {"a": 1},
        7,
        12345678901234567890,
    ]
    records: list[Line] = [
        {
            "ts": (NOON + timedelta(minutes=n)).isoformat(),
            "model": "m",
            "prediction": strange[n % len(strange)],
            "truth": strange[n * 7 % len(strange)],
            "score": strange[n * 3 % len(strange)],
        }
        for n in range(300)
    ]
    assert isinstance(readings_of(CHECK, records), list)


def test_limits_can_be_set_for_one_measure() -> None:
    records = [*judged(0, 600, 1500, 0.92), *judged(600, 700, 500, 0.6, seed=2)]
    off = LimitRule("performance", {"min_fall": 0.9}, None, "accuracy")
    assert "accuracy" not in {alert.subject for alert in alerts_of(CHECK, records, rules=[off])}


def test_it_is_found_while_rows_come_in() -> None:
    records = [*judged(0, 600, 1500, 0.92), *judged(600, 700, 500, 0.6, seed=2)]
    live = live_breaches(CHECK, records, first=1500, block=60)
    assert min(r.window.until for r in live) <= NOON + timedelta(minutes=660)
