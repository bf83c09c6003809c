"""Silence and surge: arrays of requests in, readings out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import pytest
import scipy  # which imports its parts when they are used: that takes a second
from hypothesis import given
from hypothesis import strategies as st

from console.checks.errors import REQUESTS
from console.checks.rhythm import fall_p_value
from console.checks.silence import CHECK as SILENCE
from console.checks.surge import CHECK as SURGE
from console.model import LimitRule, Reading, Severity, Slice, Verdict
from tests.unit.checks.celled import Series, breaching, grid_of, judging_of

DAY = 288
Rates = npt.NDArray[np.float64]


def rhythm(days: float, *, mean: float = 30.0, depth: float = 0.65, weekend: float = 0.5) -> Rates:
    """Requests to be expected in each step from a Monday's midnight on: by day, and less on weekends."""
    steps = np.arange(round(days * DAY))
    hour = steps / 12
    shape = 1 + depth * np.cos(2 * np.pi * (hour - 14) / 24) + 0.15 * np.cos(4 * np.pi * (hour - 9) / 24)
    return mean * np.maximum(shape, 0.1) * np.where(steps // DAY % 7 >= 5, weekend, 1.0)


def drawn(seed: int, rates: Rates) -> Series:
    """Requests at these rates, which also waver by a tenth with a memory of hours."""
    random = np.random.default_rng(seed)
    walk = np.zeros(len(rates))
    shocks = random.normal(0, 0.1 * np.sqrt(1 - 0.97**2), len(rates))
    for step in range(1, len(rates)):
        walk[step] = 0.97 * walk[step - 1] + shocks[step]
    return random.poisson(rates * np.exp(walk))


def of_slices(**slices: Series) -> dict[tuple[str, ...], Series]:
    """The model `m` by its clients; the whole is their sum."""
    whole = np.sum(list(slices.values()), axis=0)
    parts: dict[tuple[str, ...], Series] = {("m", "client", name): rows for name, rows in slices.items()}
    return {("m", "", ""): whole, **parts}


def silences(series: dict[tuple[str, ...], Series], **given: object) -> list[Reading]:
    steps = len(next(iter(series.values())))
    return breaching(SILENCE.judge(judging_of(REQUESTS, series, grid_of(steps), **given)))  # type: ignore[arg-type]


def surges(series: dict[tuple[str, ...], Series], **given: object) -> list[Reading]:
    steps = len(next(iter(series.values())))
    return breaching(SURGE.judge(judging_of(REQUESTS, series, grid_of(steps), **given)))  # type: ignore[arg-type]


@given(rows=st.integers(0, 60), expected=st.floats(0.1, 400), spread=st.sampled_from([0.1, 0.25, 0.5]))
def test_the_chance_of_so_few_is_the_negative_binomial_tail(
    rows: int, expected: float, spread: float
) -> None:
    shape = 1 / spread**2
    wanted = scipy.stats.nbinom.cdf(rows, shape, shape / (shape + expected))
    found = fall_p_value(np.array([[rows]]), np.array([[expected]]), spread)
    assert found[0, 0] == pytest.approx(min(wanted, 1.0), rel=1e-9)


@given(rows=st.integers(201, 20_000), ratio=st.floats(2, 20))
def test_of_many_rows_the_chance_is_overestimated_if_anything(rows: int, ratio: float) -> None:
    expected = rows * ratio
    wanted = scipy.stats.nbinom.cdf(rows, 16, 16 / (16 + expected))
    assert fall_p_value(np.array([[rows]]), np.array([[expected]]), 0.25)[0, 0] >= wanted * 0.999


@pytest.mark.parametrize("days", [4, 9])
def test_calm_traffic_with_a_rhythm_is_neither_silent_nor_surging(days: int) -> None:
    for seed in range(12):
        depth = 0.4 + 0.05 * (seed % 6)
        web = drawn(seed, rhythm(days, mean=25, depth=depth))
        api = drawn(100 + seed, np.roll(rhythm(days, mean=6, depth=depth), 60 * (seed % 4)))
        series = of_slices(web=web, api=api)
        assert silences(series) == []
        assert surges(series) == []


@pytest.mark.parametrize("start", [1.1, 1.6, 3.2, 3.55, 5.4])
def test_a_model_that_stops_is_found_within_half_an_hour(start: float) -> None:
    at = round(start * DAY)
    for seed in range(5):
        rows = drawn(seed, rhythm(start + 0.2, mean=60))
        rows[at:] = 0
        series = of_slices(all=rows) | {("other", "", ""): drawn(seed + 50, rhythm(start + 0.2))}
        first = silences(series)[0]
        assert grid_of(1).moment(at) < first.window.until <= grid_of(1).moment(at + 6)
        assert (first.check, first.model, first.subject, first.unit) == ("silence", "m", "", "requests")
        assert first.severity is Severity.CRITICAL
        assert first.limit is not None and first.value == first.rows <= first.limit
        assert first.offenders is None


def test_its_silence_goes_on_while_the_others_do() -> None:
    rows = drawn(1, rhythm(4, mean=60))
    rows[800:] = 0
    last = silences(of_slices(all=rows) | {("other", "", ""): drawn(2, rhythm(4))})[-1]
    assert last.window.until == grid_of(1).moment(4 * DAY)
    assert last.value == 0.0
    assert last.trouble is not None and last.trouble.until == last.window.until


def test_a_slice_that_stops_is_named() -> None:
    partner, web = drawn(1, rhythm(3, mean=20)), drawn(2, rhythm(3, mean=40))
    partner[700:730] = 0
    found = silences(of_slices(partner=partner, web=web))
    assert {reading.slice for reading in found} == {Slice("client", "partner")}
    assert found[0].window.until <= grid_of(1).moment(706)
    assert found[0].summary.startswith("client=partner: ")


def test_when_all_stops_it_is_the_whole_that_is_told() -> None:
    partner, web = drawn(1, rhythm(3, mean=20)), drawn(2, rhythm(3, mean=40))
    partner[700:730], web[700:730] = 0, 0
    found = silences(of_slices(partner=partner, web=web))
    assert {reading.slice for reading in found if reading.value == 0} == {Slice()}


def test_a_version_that_goes_is_a_roll_out() -> None:
    old, new = drawn(1, rhythm(3)), drawn(2, rhythm(3))
    old[600:], new[:600] = 0, 0
    series: dict[tuple[str, ...], Series] = {("m", "", ""): old + new}
    series |= {("m", "model_version", "v1"): old, ("m", "model_version", "v2"): new}
    assert silences(series) == []


def test_a_log_that_ends_is_not_silent() -> None:
    assert silences(of_slices(web=drawn(3, rhythm(2.4, mean=60)))) == []


def test_of_the_newest_step_more_may_come() -> None:
    rows = drawn(3, rhythm(2, mean=200))
    rows[-3:] = 0
    assert silences(of_slices(web=rows), complete=2 * DAY - 3) == []
    assert silences(of_slices(web=rows)) != []


def test_who_often_is_quiet_is_not_missed() -> None:
    """A batch for some hours of each night that fails to come; also one that comes at any time."""
    nightly = np.zeros(4 * DAY, dtype=np.int64)
    for day in range(3):
        nightly[day * DAY + 24 : day * DAY + 48] = 80
    assert silences(of_slices(batch=nightly, web=drawn(5, rhythm(4)))) == []
    for seed in range(3):
        on = np.random.default_rng(seed).random(8 * 24) < 0.65
        series = of_slices(bursts=np.where(on, 20, 0).repeat(12), web=drawn(5, rhythm(8, mean=200)))
        found = [r for r in silences(series) if r.window.start > grid_of(1).moment(2 * DAY)]
        assert len(found) <= 40, "a lull may be longer than any before, but few of 7,000 windows are"


def test_after_a_surge_all_is_as_before() -> None:
    for start in (200, 500, 800):
        rows = drawn(6, rhythm(4))
        rows[start : start + 30] *= 10
        assert silences(of_slices(web=rows)) == []


@pytest.mark.parametrize("start", [130, 350, 700, 1000])
def test_a_surge_is_found_within_three_quarters_of_an_hour(start: int) -> None:
    for seed in range(5):
        partner, web = drawn(seed, rhythm(4, mean=4)), drawn(seed + 9, rhythm(4, mean=20))
        partner[start : start + 24] = drawn(seed, 11 * rhythm(4, mean=4))[start : start + 24]
        found = surges(of_slices(partner=partner, web=web))
        assert grid_of(1).moment(start) < found[0].window.until <= grid_of(1).moment(start + 9)
        assert found[0].slice == Slice("client", "partner")
        assert found[0].severity is Severity.INFO
        assert found[0].offenders is not None and found[0].offenders.query == "predictions_in_slice"
        spans = [reading.trouble for reading in found[3:] if reading.trouble is not None]
        assert min(span.start for span in spans) >= grid_of(1).moment(start - 3)


def test_a_campaign_with_twice_the_traffic_is_no_surge() -> None:
    for seed in range(5):
        rows = drawn(seed, rhythm(4))
        rows[420:480] *= 2
        assert surges(of_slices(web=rows)) == []


def test_a_batch_of_every_night_is_rhythm() -> None:
    """On the first night nothing is known; on the second it may come half an hour later."""
    rows = drawn(7, rhythm(4, mean=10))
    for day, late in enumerate((0, 6, 2, 8)):
        rows[day * DAY + 24 + late : day * DAY + 34 + late] += 120
    assert surges(of_slices(web=rows)) == []


def test_a_batch_that_is_late_by_hours_is_no_surge() -> None:
    rows = drawn(7, rhythm(4, mean=10))
    for day, late in enumerate((0, 0, 0, 48)):
        rows[day * DAY + 24 + late : day * DAY + 34 + late] += 120
    assert surges(of_slices(web=rows)) == []


def test_monday_after_sunday_is_no_surge() -> None:
    """Also with a campaign that doubles the traffic in the afternoon."""
    rates = np.concatenate([rhythm(7, weekend=0.3)[6 * DAY :], rhythm(1)])
    rates[DAY + 170 : DAY + 200] *= 2
    for seed in range(5):
        assert surges(of_slices(web=drawn(seed, rates))) == []


def test_a_silence_under_an_alert_is_no_baseline() -> None:
    rows = drawn(8, rhythm(4, mean=60))
    rows[DAY + 100 : DAY + 172], rows[2 * DAY + 120 : 2 * DAY + 150] = 0, 0
    mask = np.zeros(4 * DAY, dtype=np.bool_)
    mask[DAY + 100 : DAY + 172] = True
    found = silences(of_slices(web=rows), masks={("silence", "m", ""): mask})
    assert [r for r in found if r.window.start >= grid_of(1).moment(2 * DAY)] != []


def test_readings_say_what_there_is_to_compare_with() -> None:
    young = judging_of(REQUESTS, of_slices(web=drawn(1, rhythm(0.08))), grid_of(23))
    for check in (SILENCE, SURGE):
        readings = check.judge(young)
        assert {reading.verdict for reading in readings} == {Verdict.NO_BASELINE}
        assert {reading.baseline for reading in readings} == {None}
    older = judging_of(REQUESTS, of_slices(web=drawn(1, rhythm(2))), grid_of(2 * DAY))
    for check in (SILENCE, SURGE):
        newest = [r for r in check.judge(older) if r.window.until == grid_of(1).moment(2 * DAY)]
        assert {reading.verdict for reading in newest} == {Verdict.QUIET}


def test_limits_that_somebody_set_hold() -> None:
    rows = drawn(3, rhythm(3, mean=60))
    rows[700:730] = 0
    rule = LimitRule("silence", {"min_expected": 1e9}, model="m")
    assert silences(of_slices(web=rows), rules=[rule]) == []
