"""Tokens and cost a request, from hand-made cells to readings."""

from __future__ import annotations

import numpy as np
import pytest

from console.checks.cost import CHECK, COSTS
from console.model import Reading, Slice
from tests.unit.checks.celled import Series, breaching, grid_of, judging_of

STEPS = 3 * 96


def judged(measure: str, usual: int, dear: int) -> list[Reading]:
    """In two hours the requests of one client are in another bin than usual."""
    steps = np.arange(STEPS)
    during = (steps >= 200) & (steps < 208)
    series: dict[tuple[str, ...], Series] = {}
    for dimension, value, rows, moved in (("", "", 40, 10), ("client", "a", 10, 10), ("client", "b", 30, 0)):
        hit = np.where(during, moved, 0)
        series[("m", measure, dimension, value, str(usual))] = rows - hit
        series[("m", measure, dimension, value, str(dear))] = hit
    return CHECK.judge(judging_of(COSTS, series, grid_of(STEPS, 15)))


@pytest.mark.parametrize(
    ("measure", "usual", "unit"),
    [("tokens_out", 26, "tokens"), ("cost", -77, "cost"), ("tokens_in", 60, "tokens")],
)
def test_requests_that_take_four_times_as_much_are_found(measure: str, usual: int, unit: str) -> None:
    found = breaching(judged(measure, usual, usual + 12))
    assert {(r.check, r.model, r.subject, r.unit) for r in found} == {("cost", "m", measure, unit)}
    assert found[0].slice == Slice("client", "a")
    assert found[0].window.until <= grid_of(STEPS, 15).moment(202)
    assert found[0].baseline == pytest.approx(10 ** ((usual + 0.95) / 20), rel=0.01)
    assert found[0].offenders is not None and found[0].offenders.params["measure"] == measure


def test_a_quarter_more_is_not_worth_waking_for() -> None:
    assert breaching(judged("cost", -77, -75)) == []
