"""Drift, from cells made by hand or at random to readings."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.canned import bind, load_catalog
from console.checks.distances import stability_index
from console.checks.drift import CHECK, DRIFT, judge_drift
from console.checks.inputs import INPUTS, inputs_of
from console.checks.psi import passing, psi_of
from console.checks.shapes import compare
from console.model import Severity, Slice, Verdict
from tests.unit.checks.inputs import DAY, START, breaches, cells_of, hour_of, judging, of_values

CATALOG = load_catalog()
Steps = list[npt.NDArray[np.float64]]


def normal(
    seed: int,
    *,
    days: float = 2,
    rows: int = 80,
    shift: npt.NDArray[np.float64] | None = None,
    scale: float = 20.0,
) -> Steps:
    """Values around 50 by step, their mean moved by so many."""
    random = np.random.default_rng(seed)
    steps = round(days * DAY)
    moved = np.zeros(steps) if shift is None else shift
    return [random.normal(50 + moved[n], scale, rows) for n in range(steps)]


def ramp(days: float, begin: float, end: float, height: float) -> npt.NDArray[np.float64]:
    """Zero until `begin`, in hours, then rising to `height` at `end`."""
    hours = np.arange(round(days * DAY)) / 4
    return height * np.clip((hours - begin) / max(end - begin, 1e-9), 0, 1)


@given(
    st.integers(2, 25).flatmap(
        lambda bins: st.tuples(*[st.lists(st.integers(5, 400), min_size=bins, max_size=bins)] * 2)
    )
)
def test_psi_is_the_stability_index(counts: tuple[list[int], list[int]]) -> None:
    """Where every bin is expected often enough, so that none is pooled."""
    baseline = [10 * count for count in counts[1]]
    rows = sum(counts[0])
    current = [*counts[0][:-1], counts[0][-1] + max(0, sum(baseline) - rows)]
    found, used = psi_of(np.array(current)[:, None], np.array(baseline)[:, None])
    assert found[0] == pytest.approx(
        float(stability_index(np.array(current), np.array(baseline))), rel=1e-9, abs=1e-12
    )
    assert used[0] == len(current)


def test_bins_that_are_hardly_expected_are_one() -> None:
    baseline = np.array([[1000], [1], [2], [0]])
    one_hit, used = psi_of(np.array([[99], [0], [0], [1]]), baseline)
    assert used[0] == 2
    assert one_hit[0] < 0.05


def test_without_rows_there_is_no_psi() -> None:
    found, _ = psi_of(np.array([[0], [0]]), np.array([[5], [5]]))
    assert np.isnan(found[0])


def test_benjamini_and_hochberg_as_in_their_paper() -> None:
    # The fifteen p-values of their example: at 0.05 the four smallest are rejected.
    p = [0.0001, 0.0004, 0.0019, 0.0095, 0.0201, 0.0278, 0.0298, 0.0344]
    p += [0.0459, 0.3240, 0.4262, 0.5719, 0.6528, 0.7590, 1.0]
    level = passing(np.array(p)[::-1, None], 0.05)
    assert [value for value in p if value <= level[0]] == p[:4]
    assert passing(np.full((3, 1), 0.9), 0.05)[0] == 0


def test_calm_features_with_rhythm_and_memory_give_no_breach_but_rarely_on_the_first_day() -> None:
    """On the first day nobody can know yet what is a rhythm and what is a drift."""
    days, early = 4, []
    for seed in range(6):
        random = np.random.default_rng(seed)
        hours = np.arange(days * DAY) / 4
        walk = np.zeros(days * DAY)
        for step in range(1, len(walk)):
            walk[step] = 0.98 * walk[step - 1] + random.normal(0, 1.0)
        shift = 12 * np.cos(2 * np.pi * hours / 24 + seed) + walk
        whole = normal(seed, days=days, shift=shift)
        cells = cells_of(of_values({("", ""): whole, ("region", "EU"): [v[:30] for v in whole]}))
        found = [hour_of(reading) for reading in breaches(judge_drift(judging(cells)))]
        assert all(hour <= 24 for hour in found)
        early += found[:1]
    assert len(early) <= 1


def test_a_jump_is_found_within_the_hour() -> None:
    found = breaches(
        judge_drift(judging(cells_of(of_values({("", ""): normal(1, shift=ramp(2, 36, 36, 30))}))))
    )
    assert 36 < hour_of(found[0]) <= 37
    first = found[0]
    assert (first.check, first.model, first.subject, first.unit) == ("drift", "fraud", "amount", "PSI")
    assert first.slice == Slice() and first.value is not None and first.limit is not None
    assert first.value >= first.limit >= 0.2
    assert first.summary.startswith("amount ") and "PSI" in first.summary and "JS distance" in first.summary
    assert first.trouble is not None and (first.trouble.start - START).total_seconds() / 3600 == 36.25


def test_a_climb_over_many_hours_is_found_within_eight() -> None:
    steps = normal(2, days=3, shift=ramp(3, 50, 62, 30))
    found = breaches(judge_drift(judging(cells_of(of_values({("", ""): steps})))))
    assert 50 < hour_of(found[0]) <= 58


def test_what_moved_in_one_slice_is_told_of_the_slice() -> None:
    calm, eu = normal(3), normal(4, rows=20, shift=ramp(2, 36, 40, 0))
    moved = [values + (60 if 144 <= n < 160 else 0) for n, values in enumerate(eu)]
    whole = [np.concatenate(pair) for pair in zip(calm, moved, strict=True)]
    cells = cells_of(of_values({("", ""): whole, ("region", "EU"): moved, ("region", "US"): calm}))
    found = breaches(judge_drift(judging(cells)))
    assert {reading.slice for reading in found} == {Slice("region", "EU")}
    assert found[0].summary.startswith("region=EU: amount ")
    assert hour_of(found[0]) <= 37


def test_another_mix_of_slices_that_are_as_they_were_is_no_drift() -> None:
    """A campaign brings more of one client; what each client sends has not changed."""
    random = np.random.default_rng(5)
    web, app = [], []
    for step in range(2 * DAY):
        many = step >= 150
        web.append(random.normal(30, 10, 60))
        app.append(random.normal(70, 10, 240 if many else 20))
    whole = [np.concatenate(pair) for pair in zip(web, app, strict=True)]
    slices = {("", ""): whole, ("client", "web"): web, ("client", "app"): app}
    assert breaches(judge_drift(judging(cells_of(of_values(slices))))) == []
    assert breaches(judge_drift(judging(cells_of(of_values({("", ""): whole}))))) != []


def test_a_nightly_batch_that_comes_every_night_is_no_drift() -> None:
    random = np.random.default_rng(6)
    steps = []
    for step in range(4 * DAY):
        night = 8 <= (step + random.integers(-2, 3)) % DAY < 16
        steps.append(np.concatenate([random.normal(50, 15, 50), random.normal(90, 5, 150 if night else 0)]))
    found = breaches(judge_drift(judging(cells_of(of_values({("", ""): steps})))))
    assert [hour_of(reading) for reading in found if hour_of(reading) > 30] == []


def test_a_window_is_compared_with_the_hours_that_it_is_likest() -> None:
    """A batch that came in the night before as well is near to that night, far as it is from the day."""
    random = np.random.default_rng(6)
    steps = []
    for step in range(2 * DAY):
        batch = 150 if 20 <= step % DAY < 24 else 0
        steps.append(np.concatenate([random.normal(50, 15, 50), random.normal(90, 5, batch)]))
    told = judging(cells_of(of_values({("", ""): steps})))
    (one,) = [one for _, _, features in inputs_of(told.cells[INPUTS.name]) for one in features]
    never = np.zeros(2 * DAY, dtype=np.bool_)
    found = compare(one.counts, [""], told.board, 4, DRIFT, masked=never)
    end = DAY + 23
    day_before = one.counts[0, :, end - 3 - DAY : end - 3].sum(axis=1)[:, None]
    assert psi_of(found.current[0, :, end : end + 1], day_before)[0][0] > 1
    assert found.psi[0, end] < 0.1


def test_the_first_half_day_has_no_baseline_and_says_so() -> None:
    readings = judge_drift(judging(cells_of(of_values({("", ""): normal(7, days=0.4)}))))
    assert readings and {reading.verdict for reading in readings} == {Verdict.NO_BASELINE}
    assert all(reading.value is None for reading in readings)


def test_few_rows_are_a_state_of_their_own() -> None:
    readings = judge_drift(judging(cells_of(of_values({("", ""): normal(8, rows=3)}))))
    assert Verdict.TOO_FEW_ROWS in {reading.verdict for reading in readings}
    assert breaches(readings) == []


def test_what_is_far_off_and_wide_is_critical() -> None:
    found = breaches(
        judge_drift(judging(cells_of(of_values({("", ""): normal(9, shift=ramp(2, 36, 36, 90))}))))
    )
    assert found[-1].severity is Severity.CRITICAL


def test_its_calls_can_be_asked() -> None:
    for reading in judge_drift(
        judging(cells_of(of_values({("", ""): normal(1, shift=ramp(2, 36, 36, 30))})))
    ):
        for call in (reading.evidence, reading.offenders):
            assert call is not None
            bind(CATALOG[call.query], call.params, newest=lambda: START)


def test_it_asks_for_what_the_canned_query_gives() -> None:
    (query,) = CHECK.cells
    columns = CATALOG[query.name].columns
    assert {*query.keys, *query.counts, *query.extremes, "step_start"} == set(columns)
