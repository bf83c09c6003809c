"""Which share of their model's requests alerts are of."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import numpy as np
import pytest

from console.checks.grid import Grid
from console.engine.judge import Judge
from console.engine.reach import Reach
from console.model import Reading, Severity, Slice, Verdict, Window
from tests.support import stored
from tests.unit.engine.logs import START, lines

STEP = timedelta(minutes=5)
READING = Reading(
    check="drift",
    model="m",
    subject="amount",
    window=Window(START, START + 2 * STEP),
    verdict=Verdict.BREACH,
    value=1.0,
    baseline=0.0,
    limit=0.5,
    unit="PSI",
    rows=30,
    baseline_rows=0,
    severity=Severity.WARNING,
    summary="",
)


@pytest.fixture
def reach() -> Reach:
    totals = {"m": np.array([0, 100, 300, 300]), "none": np.zeros(4, np.int64)}
    return Reach(Grid(START, STEP, 3), totals, {"drift": 0.5})


def test_rows_are_held_against_the_requests_of_the_steps_that_the_window_touches(reach: Reach) -> None:
    errors = replace(READING, check="error_spikes")
    assert reach.share(errors) == pytest.approx(0.1)
    odd = Window(START + STEP + timedelta(seconds=1), START + STEP + timedelta(seconds=2))
    assert reach.share(replace(errors, window=odd)) == pytest.approx(0.15)


def test_rows_of_a_sample_are_held_against_the_sampled_requests(reach: Reach) -> None:
    assert reach.share(READING) == pytest.approx(0.2)


def test_nothing_reaches_further_than_everything(reach: Reach) -> None:
    assert reach.share(replace(READING, rows=10_000)) == 1.0


@pytest.mark.parametrize(
    "reading",
    [
        replace(READING, rows=0),
        replace(READING, model="unknown"),
        replace(READING, model="none"),
        replace(READING, window=Window(START + 9 * STEP, START + 10 * STEP)),
        replace(READING, window=Window(START - 9 * STEP, START - 8 * STEP)),
    ],
)
def test_where_there_is_nothing_to_hold_it_against_there_is_no_share(reach: Reach, reading: Reading) -> None:
    assert reach.share(reading) is None


def test_an_alert_of_a_slice_tells_the_share_of_the_slice() -> None:
    (alert,) = Judge(stored(lines(110, spike=(100, 110)))).history()
    assert alert.worst.slice != Slice()
    for reading in (alert.worst, alert.latest):
        assert reading.share is not None and 1 / 6 - 0.05 < reading.share < 0.55
