"""Burn rates: errors against an objective, over two windows together."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import pytest

from console.checks.burn import CHECK
from console.checks.errors import REQUESTS
from console.model import LimitRule, Reading, Severity, Verdict
from tests.unit.checks.celled import Series, breaching, grid_of, judging_of

SLO = LimitRule("error_spikes", {"slo": 0.999})
DAY = 288


def judged(errors: Series, *, rows: int = 200, rules: tuple[LimitRule, ...] = (SLO,)) -> list[Reading]:
    """What is said of the model `m`, with so many requests in each step of five minutes."""
    counts: Mapping[str, Series] = {"rows": np.full(len(errors), rows), "errors": errors}
    series: dict[tuple[str, ...], Mapping[str, Series]] = {("m", "", ""): counts}
    return CHECK.judge(judging_of(REQUESTS, series, grid_of(len(errors)), rules=rules))


def errors(each: int, start: int, steps: int, *, days: int = 4) -> Series:
    """So many errors in each of some steps."""
    found = np.zeros(days * DAY, dtype=np.int64)
    found[start : start + steps] = each
    return found


def test_without_an_objective_nothing_is_said() -> None:
    assert judged(errors(100, 300, 40), rules=()) == []
    for_another = LimitRule("error_spikes", {"slo": 0.999}, model="other")
    assert judged(errors(100, 300, 40), rules=(for_another,)) == []


def test_a_fast_burn_is_critical_and_found_within_minutes() -> None:
    """A tenth of the requests fail: 100 times as many as the objective allows."""
    first = breaching(judged(errors(20, 300, 12)))[0]
    assert (first.check, first.model, first.unit, first.severity) == (
        "burn_rate",
        "m",
        "times",
        Severity.CRITICAL,
    )
    assert first.limit == 14.4
    assert first.window.until == grid_of(1).moment(302)
    assert first.value == pytest.approx(40 / 2400 / 0.001)
    assert first.summary == "1.7 % errors burn a budget of 0.1 % 16.67 times too fast"


@pytest.mark.parametrize(("each", "burns"), [(3, [14.4, 6.0, 1.0]), (2, [6.0, 1.0]), (1, [1.0])])
def test_each_pair_of_windows_has_its_own_pace(each: int, burns: list[float]) -> None:
    found = breaching(judged(errors(each, 300, 4 * DAY)))
    assert sorted({reading.limit or 0 for reading in found}, reverse=True) == burns
    assert {r.severity for r in found if r.limit == 1.0} == {Severity.WARNING}


def test_it_is_over_when_the_shorter_window_is() -> None:
    found = breaching(judged(errors(20, 300, 6) + errors(2, 306, 20)))
    assert max(r.window.until for r in found if r.limit == 14.4) == grid_of(1).moment(306)


def test_a_few_errors_of_a_quiet_hour_wake_nobody() -> None:
    assert breaching(judged(errors(1, 300, 9), rows=1)) == []
    assert breaching(judged(errors(2, 300, 12), rows=4)) != []


def test_the_newest_window_is_told_though_nothing_burns() -> None:
    found = judged(errors(0, 0, 0))
    assert [reading.verdict for reading in found] == [Verdict.QUIET] * 3
    assert {reading.value for reading in found} == {0.0}
