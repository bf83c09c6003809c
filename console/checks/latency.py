"""Requests that are slower than their endpoint's requests usually are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from console.checks.rates import concentrated, evidence_window
from console.checks.say import number, percent, share_of_day, short, window_of, within
from console.checks.statistics import rise_p_value
from console.model import QueryCall, Reading, Severity, Slice, Verdict


@dataclass(frozen=True, slots=True)
class LatencyLimits:
    """When an endpoint is slow: by enough, in enough requests, and not by chance."""

    min_rows: int = 20
    min_baseline_rows: int = 100
    min_slow_rows: int = 5
    min_share: float = 0.15
    """Share of requests over the threshold, which is 0.05 when nothing is wrong."""
    min_share_ratio: float = 3.0
    min_ratio: float = 1.5
    """p95 against the threshold."""
    min_gain_ms: float = 20.0
    chance_a_day: float = 0.02
    """False alarms a day that chance may cause, over all windows and slices of an endpoint together."""


LATENCY = LatencyLimits()


def judge_latency(frame: pl.DataFrame, limits: LatencyLimits = LATENCY) -> list[Reading]:
    """One reading a window, model and endpoint, from `queries/slow_requests.sql`; names the worst slice.

    `value` and `baseline` are p95 in ms: the window's, and the endpoint's usual one. The decision is
    made on the share of requests over the usual p95, which is a count and can be tested like one.
    """
    readings = []
    keys = ("window_end", "model", "endpoint")
    rows = frame.sort(*keys, maintain_order=True).iter_rows(named=True)
    for _, group in groupby(rows, key=lambda r: tuple(r[key] for key in keys)):
        slices = list(group)
        whole = next((r for r in slices if r["dimension"] == ""), None)
        if whole is not None:
            readings.append(_judge_window(whole, slices, limits))
    return readings


def _judge_window(
    whole: Mapping[str, Any], slices: Sequence[Mapping[str, Any]], limits: LatencyLimits
) -> Reading:
    window = window_of(whole)
    worst, most = whole, 0.0
    for row in slices:
        breached = _breach(row, whole, limits, tests=len(slices))
        concentration = concentrated(row["slow_rows"], row["rows"], whole["slow_rows"])
        if breached and concentration > most:
            worst, most = row, concentration
    threshold, p95 = whole["threshold_ms"], worst["p95_ms"]
    if most > 0:
        verdict = Verdict.BREACH
    elif whole["rows"] < limits.min_rows:
        verdict = Verdict.TOO_FEW_ROWS
    elif whole["baseline_rows"] < limits.min_baseline_rows:
        verdict = Verdict.NO_BASELINE
    else:
        verdict = Verdict.QUIET
    where = Slice(worst["dimension"], worst["slice_value"])
    endpoint = short(whole["endpoint"]) or "requests"
    slow = percent(worst["slow_share"])
    said = f"{endpoint}: p95 {number(p95)} ms against {number(threshold)} ms, {slow} slow"
    place = {
        "model": whole["model"],
        "start": window.start,
        "until": window.until,
        "endpoint": whole["endpoint"],
    }
    return Reading(
        check="slow_requests",
        model=whole["model"],
        subject=whole["endpoint"],
        window=window,
        verdict=verdict,
        value=p95,
        baseline=None if verdict is Verdict.NO_BASELINE else threshold,
        limit=max(threshold * limits.min_ratio, threshold + limits.min_gain_ms),
        unit="ms",
        rows=worst["rows"],
        baseline_rows=whole["baseline_rows"],
        severity=_severity(whole),
        summary=within(where, said),
        slice=where,
        evidence=QueryCall("slow_requests", evidence_window(place, whole)),
        offenders=QueryCall(
            "predictions_slower_than",
            {
                **place,
                "threshold_ms": threshold,
                "dimension": where.dimension,
                "slice_value": where.value,
            },
        ),
    )


def _breach(row: Mapping[str, Any], whole: Mapping[str, Any], limits: LatencyLimits, *, tests: int) -> bool:
    """Whether the slice is slow: by enough, and not by chance."""
    base = row if row["baseline_rows"] >= limits.min_baseline_rows else whole
    if base["baseline_rows"] < limits.min_baseline_rows or row["slow_rows"] < limits.min_slow_rows:
        return False
    threshold = row["threshold_ms"]
    usual = base["baseline_slow_rows"] / base["baseline_rows"]
    if row["slow_share"] < max(limits.min_share, usual * limits.min_share_ratio):
        return False
    if row["p95_ms"] < max(threshold * limits.min_ratio, threshold + limits.min_gain_ms):
        return False
    p_value = rise_p_value(row["slow_rows"], row["rows"], base["baseline_slow_rows"], base["baseline_rows"])
    tolerated = limits.chance_a_day * share_of_day(window_of(row))
    return p_value * tests < tolerated


def _severity(whole: Mapping[str, Any]) -> Severity:
    """Critical if half of the endpoint's requests are slow, and that by a factor of two."""
    twice = whole["p95_ms"] >= 2 * whole["threshold_ms"]
    return Severity.CRITICAL if whole["slow_share"] >= 0.5 and twice else Severity.WARNING
