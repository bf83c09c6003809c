"""Missing, flipped, stuck and out of range: from cells made by hand to readings."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest

from console.canned import bind, load_catalog
from console.checks import Board, Grid, Judging
from console.checks.flips import judge_flips
from console.checks.inputs import EMPTY, NAN, OTHER_TYPE, REQUESTS
from console.checks.missing import judge_missing
from console.checks.ranges import judge_ranges
from console.checks.stuck import judge_stuck
from console.checks.texts import MEASURES, TEXTS, judge_texts
from console.model import Reading, Severity, Slice
from tests.unit.checks.inputs import DAY, START, STEP, Key, breaches, cells_of, hour_of, judging

CATALOG = load_catalog()
BEGIN, STEPS = 150, 2 * DAY
HOUR = BEGIN / 4
EU = ("region", "EU")


def level(rows: int, then: int | None = None) -> npt.NDArray[np.int64]:
    """So many rows a step, and so many from `BEGIN` to an hour and a half later."""
    steps = np.full(STEPS, rows, dtype=np.int64)
    if then is not None:
        steps[BEGIN : BEGIN + 6] = then
    return steps


def in_eu(number: int, hits: int) -> dict[Key, npt.NDArray[np.int64]]:
    """100 requests a step, 10 of them in EU; from `BEGIN` on `hits` of these lie in another bin."""
    return {
        ("", "", "", REQUESTS): level(100),
        ("", *EU, REQUESTS): level(10),
        ("amount", "", "", 3): level(100, 100 - hits),
        ("amount", *EU, 3): level(10, 10 - hits),
        ("amount", "", "", number): level(0, hits),
        ("amount", *EU, number): level(0, hits),
    }


CASES: list[tuple[Callable[[Judging], list[Reading]], int, str]] = [
    (judge_missing, EMPTY, "region=EU: amount missing or empty in 90 % of requests against 0 %"),
    (judge_missing, NAN, "region=EU: amount missing or empty in 90 % of requests against 0 %"),
    (judge_ranges, 10, "region=EU: amount above 150 in 90 % of requests against 0 %"),
    (judge_ranges, -1, "region=EU: amount below -50 in 90 % of requests against 0 %"),
    (judge_flips, OTHER_TYPE, "region=EU: amount text, not a number, in 90 % of requests against 0 %"),
]


@pytest.mark.parametrize(("judge", "number", "said"), CASES)
def test_what_is_wrong_in_a_tenth_of_the_requests_is_found_within_the_hour(
    judge: Callable[[Judging], list[Reading]], number: int, said: str
) -> None:
    found = breaches(judge(judging(cells_of(in_eu(number, 9)))))
    assert HOUR < hour_of(found[0]) <= HOUR + 0.75
    assert found[0].slice == Slice(*EU)
    assert said in {reading.summary for reading in found}
    assert found[0].severity is Severity.WARNING
    assert all(hour_of(reading) <= HOUR + 1.5 + 2 for reading in found)
    for reading in found:
        for call in (reading.evidence, reading.offenders):
            assert call is not None
            bind(CATALOG[call.query], call.params, newest=lambda: START)


@pytest.mark.parametrize(("judge", "number", "said"), CASES)
def test_what_was_always_so_is_quiet(
    judge: Callable[[Judging], list[Reading]], number: int, said: str
) -> None:
    counts = in_eu(number, 9)
    always: dict[Key, npt.NDArray[np.int64]] = {
        key: np.full_like(rows, rows[BEGIN]) for key, rows in counts.items()
    }
    assert breaches(judge(judging(cells_of(always)))) == []


def test_a_feature_that_requests_lack_is_missing() -> None:
    counts: dict[Key, npt.NDArray[np.int64]] = {
        ("", "", "", REQUESTS): level(100),
        ("amount", "", "", 3): level(100, 30),
    }
    found = breaches(judge_missing(judging(cells_of(counts))))
    assert found[0].summary == "amount missing in 70 % of requests against 0 %"
    assert found[-1].severity is Severity.CRITICAL


def test_a_feature_that_one_slice_never_had_is_not_missed_there() -> None:
    counts: dict[Key, npt.NDArray[np.int64]] = {
        ("", "", "", REQUESTS): level(100),
        ("", *EU, REQUESTS): level(50),
        ("amount", "", "", 3): level(50),
        ("amount", "region", "US", 3): level(50),
        ("", "region", "US", REQUESTS): level(50),
    }
    assert breaches(judge_missing(judging(cells_of(counts)))) == []


def numbers(seed: int) -> tuple[npt.NDArray[np.float64], npt.NDArray[np.float64]]:
    random = np.random.default_rng(seed)
    return 30 - random.random(STEPS), 39 + random.random(STEPS)


def test_a_number_that_came_to_a_standstill_is_found() -> None:
    low, high = numbers(1)
    low[BEGIN : BEGIN + 6] = high[BEGIN : BEGIN + 6] = 33.0
    counts: dict[Key, npt.NDArray[np.int64]] = {
        ("", "", "", REQUESTS): level(40),
        ("amount", "", "", 3): level(40),
    }
    found = breaches(judge_stuck(judging(cells_of(counts, {("amount", "", "", 3): (low, high)}))))
    assert [hour_of(reading) for reading in found] == [HOUR + 0.5 + n / 4 for n in range(5)]
    assert found[0].summary.startswith("amount is 33 in all of 80 requests; it used to vary by ")
    assert found[0].severity is Severity.CRITICAL


def test_a_number_that_never_varied_is_not_stuck() -> None:
    still = np.full(STEPS, 33.0)
    counts: dict[Key, npt.NDArray[np.int64]] = {
        ("", "", "", REQUESTS): level(40),
        ("amount", "", "", 3): level(40),
    }
    assert breaches(judge_stuck(judging(cells_of(counts, {("amount", "", "", 3): (still, still)})))) == []


def test_a_number_that_often_stands_still_by_itself_is_not_stuck() -> None:
    low, high = numbers(1)
    still = np.arange(STEPS) % 16 < 4
    low[still] = high[still] = 33.0
    counts: dict[Key, npt.NDArray[np.int64]] = {
        ("", "", "", REQUESTS): level(40),
        ("amount", "", "", 3): level(40),
    }
    assert breaches(judge_stuck(judging(cells_of(counts, {("amount", "", "", 3): (low, high)})))) == []


def test_a_few_rows_that_are_alike_are_no_standstill() -> None:
    low, high = numbers(1)
    low[BEGIN:] = high[BEGIN:] = 33.0
    counts: dict[Key, npt.NDArray[np.int64]] = {
        ("", "", "", REQUESTS): level(14),
        ("amount", "", "", 3): level(14),
    }
    assert breaches(judge_stuck(judging(cells_of(counts, {("amount", "", "", 3): (low, high)})))) == []


def test_texts_in_another_language_are_found_in_their_slice() -> None:
    grid = Grid(START, STEP, STEPS)
    columns = {name: 0 for name in MEASURES}
    rows = [
        {"step_start": START + step * STEP, "model": "spam", "feature": "text", "dimension": dimension}
        | {"slice_value": value, "rows": many, **columns, "unseen": 9 if step >= BEGIN else 0}
        for step in range(STEPS)
        for dimension, value, many in (("", "", 100), ("region", "EU", 10))
    ]
    cells = TEXTS.empty()
    cells.put(pl.DataFrame(rows), grid)
    found = breaches(judge_texts(Judging(Board(grid, np.arange(STEPS), STEPS - 1), {TEXTS.name: cells})))
    assert HOUR < hour_of(found[0]) <= HOUR + 0.75
    assert (found[0].check, found[0].subject, found[0].slice) == ("text_quality", "text", Slice(*EU))
    assert found[-1].summary.startswith(
        "region=EU: text mostly of words never seen before in 90 % of requests against "
    )
