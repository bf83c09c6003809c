"""Quantiles of bins, and distributions whose upper end rises: arrays in, findings out."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt
import polars as pl
import pytest
from hypothesis import given
from hypothesis import strategies as st
from hypothesis.extra import numpy as arrays

from console.checks.check import Judging
from console.checks.grid import Pinned
from console.checks.histograms import BINS_A_DECADE, lower_edge, quantile
from console.checks.latency import CHECK, LATENCIES
from console.model import LimitRule, Reading, Severity, Slice, Verdict
from tests.unit.checks.celled import Series, breaching, grid_of, judging_of, step_of

WIDTH = 10 ** (1 / BINS_A_DECADE)
DAY = 288
Rows = npt.NDArray[np.float64]


def binned(values: Rows) -> tuple[npt.NDArray[np.int64], npt.NDArray[np.int64]]:
    """Rows by bin, and the bins that occur, as `queries/latency_cells.sql` has them."""
    bins, counts = np.unique(np.floor(BINS_A_DECADE * np.log10(values) + 1e-9), return_counts=True)
    return counts.astype(np.int64), bins.astype(np.int64)


@given(
    values=arrays.arrays(np.float64, st.integers(1, 300), elements=st.floats(0.01, 1e6)),
    q=st.sampled_from([0.05, 0.5, 0.9, 0.95, 0.99, 1.0]),
)
def test_a_quantile_of_bins_is_off_by_less_than_a_bin(values: Rows, q: float) -> None:
    counts, bins = binned(values)
    exact = float(np.quantile(values, q, method="inverted_cdf"))
    found = float(quantile(counts, bins, q))
    assert exact / WIDTH * (1 - 1e-6) <= found <= exact * WIDTH * (1 + 1e-6)


def test_of_many_rows_a_quantile_is_nearly_exact() -> None:
    values = np.random.default_rng(1).lognormal(3, 0.5, 100_000)
    counts, bins = binned(values)
    assert quantile(counts, bins, 0.95) == pytest.approx(np.quantile(values, 0.95), rel=0.01)


def test_no_rows_have_no_quantile() -> None:
    assert np.isnan(quantile(np.zeros((2, 3), dtype=np.int64), np.arange(3), 0.95)).all()


def latencies(
    random: np.random.Generator,
    steps: int,
    *,
    each: float = 40,
    median: float | Rows = 20.0,
    slow: slice | None = None,
    share: float = 1.0,
    factor: float = 4.0,
) -> npt.NDArray[np.int64]:
    """Rows by bin and step of log-normal latencies, shape (140, n_steps); slow ones in some steps."""
    counts = random.poisson(each, steps)
    at = np.repeat(np.arange(steps), counts)
    values = np.broadcast_to(median, steps)[at] * random.lognormal(0, 0.3, len(at))
    if slow is not None:
        hit = (at >= slow.start) & (at < slow.stop) & (random.random(len(at)) < share)
        values = np.where(hit, values * factor, values)
    found = np.zeros((140, steps), dtype=np.int64)
    np.add.at(found, (np.floor(BINS_A_DECADE * np.log10(values)).astype(int), at), 1)
    return found


def judging(
    slices: dict[tuple[str, str], npt.NDArray[np.int64]], *, endpoint: str = "/score", **given: object
) -> Judging:
    """One endpoint of the model `m`; the whole is the sum of the slices of the first dimension."""
    first = next(iter(slices))[0]
    whole = sum(rows for (dimension, _), rows in slices.items() if dimension == first)
    series: dict[tuple[str, ...], Series] = {}
    for (dimension, value), rows in {("", ""): np.asarray(whole), **slices}.items():
        for bin_ in np.flatnonzero(rows.any(axis=1)).tolist():
            series[("m", endpoint, dimension, value, str(bin_))] = rows[bin_]
    steps = next(iter(slices.values())).shape[1]
    return judging_of(LATENCIES, series, grid_of(steps), **given)  # type: ignore[arg-type]


def judged(slices: dict[tuple[str, str], npt.NDArray[np.int64]], **given: object) -> list[Reading]:
    return CHECK.judge(judging(slices, **given))  # type: ignore[arg-type]


def test_an_endpoint_that_is_slow_is_found_within_a_quarter_of_an_hour() -> None:
    random = np.random.default_rng(2)
    rows = latencies(random, 2 * DAY, slow=slice(400, 420), factor=3)
    found = breaching(judged({("client", "web"): rows}))
    assert found[0].window.until <= grid_of(1).moment(403)
    worst = max(found, key=lambda r: (r.value or 0) / (r.limit or 1))
    assert (worst.check, worst.model, worst.subject, worst.unit) == ("slow_requests", "m", "/score", "ms")
    assert worst.baseline == pytest.approx(20 * np.exp(0.3 * 1.645), rel=0.1)
    assert worst.value is not None and worst.baseline is not None
    assert worst.limit == pytest.approx(worst.baseline + 20, rel=0.07)
    assert worst.value == pytest.approx(3 * worst.baseline, rel=0.15)
    assert worst.severity is Severity.CRITICAL
    assert worst.offenders is not None and worst.offenders.query == "predictions_slower_than"


def test_the_slice_that_is_slow_is_named() -> None:
    random = np.random.default_rng(3)
    slow = latencies(random, 2 * DAY, each=8, slow=slice(400, 430))
    fine = latencies(random, 2 * DAY, each=40)
    found = breaching(judged({("client", "partner"): slow, ("client", "web"): fine}))
    assert {reading.slice for reading in found[2:]} == {Slice("client", "partner")}
    assert found[-1].summary.startswith("client=partner: /score: p95 ")


def test_a_few_requests_that_are_far_slower_are_found_too() -> None:
    rows = latencies(np.random.default_rng(4), 2 * DAY, slow=slice(400, 430), share=0.1, factor=8)
    assert breaching(judged({("client", "web"): rows}))[0].window.until <= grid_of(1).moment(406)


def test_a_new_version_is_compared_with_those_before_but_a_new_client_is_not() -> None:
    random = np.random.default_rng(5)
    old = latencies(random, 2 * DAY, each=60)
    new = latencies(random, 2 * DAY, each=3, slow=slice(400, 2 * DAY), factor=3)
    new[:, :400] = 0
    for dimension, named in (("model_version", True), ("client", False)):
        found = breaching(judged({(dimension, "old"): old, (dimension, "new"): new}))
        assert bool([r for r in found if r.slice == Slice(dimension, "new")]) is named


def test_a_client_that_always_is_slower_is_not_news_when_it_has_more_requests() -> None:
    random = np.random.default_rng(6)
    slow = latencies(random, 3 * DAY, each=2, median=80.0)
    slow[:, 500:520] += latencies(random, 20, each=4, median=80.0)
    fine = latencies(random, 3 * DAY, each=60)
    assert breaching(judged({("client", "batch"): slow, ("client", "web"): fine})) == []


def test_what_is_slow_at_each_noon_is_its_rhythm_from_the_second_day_on() -> None:
    """Also as it grows with the load, and while the baseline is of a whole day."""
    hour = np.arange(4 * DAY) / 12
    median = 20 * (1 + 0.5 * np.exp(-(((hour % 24) - 13) ** 2) / 8))
    for seed in range(6):
        rows = latencies(np.random.default_rng(seed), 4 * DAY, each=25, median=median)
        found = breaching(judged({("client", "web"): rows}))
        assert [r for r in found if r.window.until > grid_of(1).moment(DAY)] == []


def test_a_monday_that_is_busier_than_sunday_may_be_slower() -> None:
    for seed in range(3):
        random = np.random.default_rng([14, seed])
        calm, slower = (
            np.concatenate([latencies(random, DAY, each=e, median=m) for e, m in pairs], axis=1)
            for pairs in (((15, 22.0), (40, 38.0)), ((15, 22.0), (15, 38.0)))
        )
        monday = grid_of(1).moment(DAY + 12)
        assert [r for r in breaching(judged({("client", "web"): calm})) if r.window.start >= monday] == []
        assert breaching(judged({("client", "web"): slower})) != []


def test_on_the_first_day_nobody_knows_yet_that_the_morning_is_slower() -> None:
    median = 60 * (1 + 0.6 / (1 + np.exp(6 - np.arange(DAY) / 12)))
    rows = latencies(np.random.default_rng(13), DAY, each=30, median=median)
    assert breaching(judged({("client", "web"): rows})) == []


def test_a_nightly_batch_that_is_slower_alarms_on_the_first_night_at_most() -> None:
    random = np.random.default_rng(7)
    batch = np.zeros((140, 4 * DAY), dtype=np.int64)
    for day in range(4):
        start = day * DAY + 36
        batch[:, start : start + 9] = latencies(random, 9, each=60, median=70.0)
    web = latencies(random, 4 * DAY, each=12)
    found = breaching(judged({("client", "batch"): batch, ("client", "web"): web}))
    assert [r for r in found if r.window.start > grid_of(1).moment(DAY)] == []
    old, new = batch + web, np.zeros_like(web)
    new[:, 700:], old[:, 700:] = old[:, 700:], 0
    found = breaching(judged({("model_version", "v1"): old, ("model_version", "v2"): new}))
    assert [r for r in found if r.window.start > grid_of(1).moment(DAY)] == []


def test_calm_traffic_of_many_seeds_gives_no_alarm() -> None:
    for seed in range(10):
        random = np.random.default_rng([9, seed])
        parts = {("region", name): latencies(random, 4 * DAY, each=e) for name, e in (("EU", 9), ("US", 2))}
        assert breaching(judged(parts)) == []


def test_too_few_requests_and_no_baseline_are_states_of_their_own() -> None:
    random = np.random.default_rng(8)
    young = judged({("client", "web"): latencies(random, 24)})
    assert {reading.verdict for reading in young} == {Verdict.NO_BASELINE}
    assert {reading.baseline for reading in young} == {None}
    quiet = latencies(random, DAY)
    quiet[:, 200:] = 0
    newest = judged({("client", "web"): quiet})
    assert {reading.verdict for reading in newest} == {Verdict.TOO_FEW_ROWS}
    assert {reading.value for reading in newest} == {None}


def test_a_limit_that_somebody_set_holds_for_its_endpoint() -> None:
    rows = latencies(np.random.default_rng(2), 2 * DAY, slow=slice(400, 420), factor=3)
    rule = LimitRule("slow_requests", {"min_ratio": 5.0}, subject="/score")
    assert breaching(judged({("client", "web"): rows}, rules=[rule])) == []
    assert breaching(judged({("client", "web"): rows}, rules=[rule], endpoint="/other")) != []


def test_a_chosen_baseline_is_what_it_is_compared_with() -> None:
    random = np.random.default_rng(10)
    pinned = latencies(random, DAY, median=8.0).sum(axis=1)
    frame = pl.DataFrame(
        [("m", "/score", "", "", str(b), int(n)) for b, n in enumerate(pinned) if n],
        schema=[*LATENCIES.keys, "rows"],
        orient="row",
    )
    rows = {("client", "web"): latencies(random, DAY, median=30.0)}
    assert breaching(judged(rows)) == []
    chosen = {"m": Pinned({LATENCIES.name: frame}, "")}
    found = breaching(judged(rows, pinned=chosen))
    assert found[0].baseline == pytest.approx(8 * np.exp(0.3 * 1.645), rel=0.1)
    assert breaching(judged(rows, pinned={"other": chosen["m"]})) == []


def test_nearly_all_offending_rows_are_slow_because_something_is_wrong() -> None:
    random = np.random.default_rng(11)
    rows = latencies(random, 2 * DAY, slow=slice(400, 430), share=0.2, factor=5)
    worst = breaching(judged({("client", "web"): rows}))[-1]
    assert worst.offenders is not None
    edge = worst.offenders.params["threshold_ms"]
    assert isinstance(edge, float)
    over = np.arange(140) >= round(BINS_A_DECADE * np.log10(edge))
    usual = rows[over, :400].sum() / rows[:, :400].sum()
    window = slice(step_of(grid_of(1), worst.window.start), step_of(grid_of(1), worst.window.until))
    now = rows[over, window].sum()
    assert usual * rows[:, window].sum() <= 0.06 * now
    assert now >= 0.5 * 0.2 * rows[:, max(window.start, 400) : window.stop].sum()


def test_steps_under_an_alert_are_no_baseline() -> None:
    random = np.random.default_rng(12)
    rows = {("client", "web"): latencies(random, 3 * DAY, slow=slice(300, 3 * DAY), factor=3)}
    mask = np.zeros(3 * DAY, dtype=np.bool_)
    mask[300:] = True
    last = judged(rows, masks={("slow_requests", "m", "/score"): mask}, tell_from=3 * DAY - 1)
    assert {reading.verdict for reading in last} == {Verdict.BREACH}
    assert {reading.verdict for reading in judged(rows, tell_from=3 * DAY - 1)} == {Verdict.QUIET}


def test_edges_of_bins_are_powers_of_ten() -> None:
    assert [lower_edge(b) for b in (-60, 0, 20, 40)] == [0.001, 1.0, 10.0, 100.0]
