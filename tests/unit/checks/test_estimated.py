"""Performance where no truth is known, from requests to readings."""

from __future__ import annotations

import random
from datetime import timedelta

import pytest

from console.checks.estimated import CHECK
from console.model import Severity, Verdict
from tests.support import NOON, Line
from tests.unit.checks.frames import bound
from tests.unit.checks.histories import alerts_of, breaches, every, readings_of

DAY = 1440


def scored(
    start: float, until: float, rows: int, *, sure: float = 2.0, truth_for: float = 0.4, seed: int = 1
) -> list[Line]:
    """Requests with calibrated scores; the higher `sure`, the more of them lie near 0 and 1."""
    draw = random.Random(seed)
    lines: list[Line] = []
    for minute in every(start, until, rows):
        score = draw.betavariate(1 / sure, 1 / sure)
        line: dict[str, object] = {
            "ts": (NOON + timedelta(minutes=minute)).isoformat(),
            "model": "m",
            "prediction": "yes" if score > 0.5 else "no",
            "score": score,
        }
        truth = "yes" if draw.random() < score else "no"
        if draw.random() < truth_for:
            line["truth"] = truth
        lines.append(line)
    return lines


def test_scores_that_lose_their_certainty_are_told_without_any_truth() -> None:
    records = [
        *scored(0, DAY + 300, 5000, sure=8),
        *scored(DAY + 300, DAY + 420, 500, sure=0.5, truth_for=0, seed=2),
    ]
    alerts = {alert.subject: alert for alert in alerts_of(CHECK, records)}
    accuracy = alerts["estimated accuracy"]
    assert accuracy.severity is Severity.WARNING
    assert accuracy.detected <= NOON + timedelta(minutes=DAY + 375)
    assert accuracy.worst.summary.startswith("estimated accuracy 0.")
    assert accuracy.worst.evidence is not None and accuracy.worst.offenders is not None
    bound(accuracy.worst.evidence)
    bound(accuracy.worst.offenders)


def test_the_estimate_is_near_what_turns_out_to_be_true() -> None:
    for sure in (1.0, 4.0):
        records = scored(0, 2 * DAY, 8000, sure=sure)
        (newest,) = [
            r
            for r in readings_of(CHECK, records)
            if r.subject == "estimated accuracy" and r.window.until - r.window.start == timedelta(days=1)
        ][-1:]
        known = [
            line["truth"] == line["prediction"]
            for line in records
            if isinstance(line, dict) and "truth" in line
        ]
        assert newest.value == pytest.approx(sum(known) / len(known), abs=0.03)


def test_scores_that_stay_as_they_are_raise_no_alarm() -> None:
    for seed in range(3):
        assert breaches(readings_of(CHECK, scored(0, 2 * DAY, 4000, seed=seed))) == []


def test_without_enough_truths_nothing_is_estimated_and_that_is_said() -> None:
    (reading,) = readings_of(CHECK, scored(0, 600, 1000, truth_for=0.2))
    assert (reading.verdict, reading.value) == (Verdict.NO_BASELINE, None)
    assert reading.summary.startswith("scores are not calibrated: not estimated")


def test_where_nearly_all_truths_are_known_there_is_nothing_to_estimate() -> None:
    assert readings_of(CHECK, scored(0, 600, 1000, truth_for=1.0)) == []


def test_scores_of_anything_are_borne() -> None:
    strange: list[object] = [None, -1, 2, "x", True, 0, 1, 1e308]
    records: list[Line] = [
        {
            "ts": (NOON + timedelta(minutes=n)).isoformat(),
            "model": "m",
            "prediction": strange[n * 3 % 8],
            "score": strange[n % 8],
            "truth": strange[n * 5 % 8],
        }
        for n in range(200)
    ]
    assert isinstance(readings_of(CHECK, records), list)
