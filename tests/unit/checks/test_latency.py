"""Slow stages, from hand-made cells to readings; `test_tails` has the slow endpoints."""

from __future__ import annotations

import numpy as np
import pytest

from console.checks.latency import SLOW_STAGES, STAGES
from console.model import Reading, Slice
from tests.unit.checks.celled import Series, breaching, grid_of, judging_of

STEPS = 3 * 96
FAST, SLOW = "22", "40"
"""Bins from 12.6 and from 100 ms on."""


def judged(slow_from: int, *, slow: int = 6, region: str = "EU") -> list[Reading]:
    """The stage `embed` of two endpoints: some of one region's requests to one of them become slow."""
    steps = np.arange(STEPS)
    slow_rows = np.where((steps >= slow_from) & (steps < slow_from + 8), slow, 0)
    fast = np.full(STEPS, 20)
    series: dict[tuple[str, ...], Series] = {}
    for endpoint, hit in (("/a", slow_rows), ("/b", 0 * slow_rows)):
        for dimension, value, rows in (("", "", 2 * fast), ("region", "EU", fast), ("region", "US", fast)):
            own = hit if value in ("", region) else 0 * hit
            series[("m", "embed", endpoint, dimension, value, FAST)] = rows - own
            series[("m", "embed", endpoint, dimension, value, SLOW)] = own
    return SLOW_STAGES.judge(judging_of(STAGES, series, grid_of(STEPS, 15)))


def test_the_stage_that_is_slow_is_the_subject_and_its_slice_is_named() -> None:
    found = breaching(judged(200))
    assert {(r.check, r.model, r.subject, r.slice) for r in found} == {
        ("slow_stages", "m", "embed", Slice("region", "EU"))
    }
    assert found[0].window.until <= grid_of(STEPS, 15).moment(202)
    assert found[0].summary.startswith("region=EU: embed of /a: p95 ")
    assert found[0].offenders is not None
    asked = found[0].offenders.params
    assert (asked["stage"], asked["endpoint"], asked["slice_value"]) == ("embed", "/a", "EU")
    assert asked["threshold_ms"] == pytest.approx(100)


def test_a_stage_that_is_as_fast_as_ever_is_quiet() -> None:
    assert breaching(judged(200, slow=0)) == []


def test_every_stage_and_endpoint_has_a_newest_reading() -> None:
    newest = grid_of(STEPS, 15).moment(STEPS)
    found = [r for r in judged(0, slow=0) if r.window.until == newest]
    assert len(found) == 2 * 3
    assert {r.unit for r in found} == {"ms"}
