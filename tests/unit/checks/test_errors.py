"""Error rates, from cells made by hand to readings."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import numpy as np
import polars as pl
import pytest

from console.canned import bind, load_catalog
from console.checks import Board, Grid, Judging, Pinned
from console.checks.errors import CHECK, REQUESTS, judge_errors
from console.model import LimitRule, QueryCall, Reading, Severity, Slice, Verdict

START = datetime(2026, 11, 2, tzinfo=UTC)
STEP = timedelta(minutes=5)
STEPS = 300
CATALOG = load_catalog()

Cell = tuple[str, str, int, int]
"""Dimension, value, rows and errors of a step."""
CALM: tuple[Cell, ...] = (
    ("", "", 100, 1),
    ("region", "EU", 40, 0),
    ("region", "US", 60, 1),
    ("error_type", "Timeout", 1, 1),
)


def judging(
    last: Sequence[Cell], *, model: str = "fraud", calm: Sequence[Cell] = CALM, many: int = 3
) -> Judging:
    """A day of calm steps, and behind it so many steps that are like `last`."""
    rows = [
        (START + step * STEP, model, *cell)
        for step in range(STEPS)
        for cell in (last if step >= STEPS - many else calm)
    ]
    frame = pl.DataFrame(
        rows, schema=["step_start", "model", "dimension", "slice_value", "rows", "errors"], orient="row"
    )
    cells = REQUESTS.empty()
    grid = Grid(START, STEP, STEPS)
    cells.put(frame, grid)
    return Judging(Board(grid, np.arange(STEPS), STEPS - 1), {REQUESTS.name: cells})


def newest(readings: Sequence[Reading], minutes: int = 5) -> Reading:
    """The last window of that length."""
    end = START + STEPS * STEP
    (found,) = [r for r in readings if r.window.until == end and r.window.start == end - minutes * STEP / 5]
    return found


SPIKE: tuple[Cell, ...] = (
    ("", "", 100, 20),
    ("region", "EU", 40, 19),
    ("region", "US", 60, 1),
    ("error_type", "Timeout", 20, 20),
)


def test_a_spike_breaches_and_names_its_slice() -> None:
    reading = newest(judge_errors(judging(SPIKE)))
    assert reading.verdict is Verdict.BREACH
    assert (reading.check, reading.model, reading.subject) == ("error_spikes", "fraud", "")
    assert reading.slice == Slice("region", "EU")
    assert reading.value == 0.475 and reading.unit == "share"
    assert reading.baseline == pytest.approx(0.0, abs=0.004)
    assert reading.limit == pytest.approx(0.02, abs=0.004)
    assert reading.summary == "region=EU: 48 % errors against 0.3 %"
    assert reading.severity is Severity.CRITICAL


def test_the_trouble_is_told_to_the_step() -> None:
    reading = newest(judge_errors(judging(SPIKE)), minutes=120)
    assert reading.trouble is not None
    assert reading.trouble.start == START + (STEPS - 3) * STEP
    assert reading.trouble.until == START + STEPS * STEP


def test_calm_is_quiet_and_said_once_a_length() -> None:
    readings = judge_errors(judging(CALM))
    assert [r.verdict for r in readings] == [Verdict.QUIET] * 3
    assert readings[0].summary == "1.0 % errors against 1.0 %"


def test_a_new_type_of_error_is_told_by_its_name_and_its_share_of_all_requests() -> None:
    calm = (("", "", 200, 10), ("error_type", "Timeout", 10, 10))
    last = (("", "", 200, 18), ("error_type", "Timeout", 10, 10), ("error_type", "OOM", 8, 8))
    readings = judge_errors(judging(last, calm=calm, many=12))
    typed = [r for r in readings if r.verdict is Verdict.BREACH]
    assert typed
    assert {r.slice for r in typed} == {Slice("error_type", "OOM")}
    assert typed[-1].value == pytest.approx(0.04)
    assert typed[-1].offenders is not None
    assert typed[-1].offenders.params["error_type"] == "OOM"
    assert "dimension" not in typed[-1].offenders.params


def test_errors_everywhere_are_not_pinned_on_a_slice() -> None:
    last = (("", "", 100, 40), ("region", "EU", 40, 16), ("region", "US", 60, 24))
    assert newest(judge_errors(judging(last))).slice == Slice()


def test_a_slice_that_always_failed_is_compared_with_itself() -> None:
    calm = (("", "", 100, 10), ("region", "EU", 20, 10), ("region", "US", 80, 0))
    assert newest(judge_errors(judging(calm, calm=calm))).verdict is Verdict.QUIET


@pytest.mark.parametrize(
    ("last", "severity"),
    [
        ((("", "", 1000, 200), ("region", "EU", 100, 90)), Severity.CRITICAL),
        ((("", "", 1000, 60), ("region", "EU", 100, 55)), Severity.CRITICAL),
        ((("", "", 1000, 60), ("region", "EU", 400, 59)), Severity.WARNING),
        ((("", "", 10_000, 60), ("region", "EU", 60, 50)), Severity.WARNING),
    ],
)
def test_reach_makes_it_critical(last: Sequence[Cell], severity: Severity) -> None:
    calm = (("", "", 1000, 1), ("region", "EU", 100, 0))
    reading = newest(judge_errors(judging(last, calm=calm)))
    assert reading.verdict is Verdict.BREACH
    assert reading.severity is severity


def test_a_limit_of_somebody_s_holds_for_that_model_alone() -> None:
    asked = judging(SPIKE)
    for model, breached in (("fraud", False), ("churn", True)):
        rules = (LimitRule("error_spikes", {"min_gain": 0.9}, model=model),)
        reading = newest(judge_errors(replace(asked, rules=rules)))
        assert (reading.verdict is Verdict.BREACH) is breached


def test_a_pinned_baseline_is_what_it_is_compared_with() -> None:
    totals = pl.DataFrame(
        [
            ("", "", "", 10_000, 2_000),
            ("", "region", "EU", 4_000, 1_900),
            ("", "error_type", "Timeout", 2_000, 2_000),
        ],
        schema=["model", "dimension", "slice_value", "rows", "errors"],
        orient="row",
    )
    pinned = {"": Pinned({REQUESTS.name: totals}, "")}
    reading = newest(judge_errors(replace(judging(SPIKE), pinned=pinned)))
    assert reading.verdict is not Verdict.BREACH
    assert reading.baseline in (0.2, 0.475)


def test_evidence_and_offenders_are_of_the_same_window() -> None:
    reading = newest(judge_errors(judging(SPIKE)))
    for call in (reading.evidence, reading.offenders):
        assert call is not None
        values = bound(call)
        assert (values["model"], values["start"], values["until"]) == (
            "fraud",
            reading.window.start,
            reading.window.until,
        )
    assert reading.evidence is not None and bound(reading.evidence)["window_minutes"] == 5


def bound(call: QueryCall) -> dict[str, object]:
    return dict(bind(CATALOG[call.query], call.params, newest=lambda: START))


def test_no_rows_at_all_say_nothing() -> None:
    grid = Grid(START, STEP, STEPS)
    cells = REQUESTS.empty()
    assert judge_errors(Judging(Board(grid, np.arange(STEPS), STEPS), {REQUESTS.name: cells})) == []
    assert CHECK.cells == (REQUESTS,)
