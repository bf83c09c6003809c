"""Incidents of a few seeded scenarios are found, and little else is reported.

`python -m benchmarks.detection` prints the score of many seeds; this holds a floor under it.
"""

from __future__ import annotations

from dataclasses import dataclass

import pytest

from benchmarks.detection import score_of, summary_of


@dataclass(frozen=True, slots=True)
class Floor:
    """What detection must not fall below."""

    recall: float
    precision: float
    false_alarms_a_day: float
    """On traffic in which nothing is wrong; at most."""


FLOOR = Floor(recall=0.9, precision=0.8, false_alarms_a_day=1.0)
DAYS = 2.0
ROWS = 60_000
SEEDS = (1, 4)


@pytest.mark.slow
def test_incidents_are_found_and_most_alerts_are_right() -> None:
    summary = summary_of([score_of(seed, days=DAYS, rows=ROWS) for seed in SEEDS])
    assert summary.incidents >= 3 * len(SEEDS)
    assert summary.recall >= FLOOR.recall, summary
    assert summary.precision >= FLOOR.precision, summary


@pytest.mark.slow
def test_traffic_with_rhythm_and_decoys_raises_few_false_alarms() -> None:
    score = score_of(3, days=DAYS, calm=True, rows=ROWS)
    assert len(score.false) <= FLOOR.false_alarms_a_day * DAYS, score.false
