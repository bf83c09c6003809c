"""Shares that rose: errors among requests, requests that lack a feature."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from console.checks.say import percent, share_of_day, short, window_of, within
from console.checks.statistics import rise_p_value
from console.model import QueryCall, Reading, Severity, Slice, Verdict


@dataclass(frozen=True, slots=True)
class RateLimits:
    """When a share has risen: by enough, on enough rows, and not by chance."""

    min_rows: int = 20
    """Requests in the window, below which there are too few to say that all is quiet."""
    min_baseline_rows: int = 100
    """Requests in the baseline, below which there is none."""
    min_hits: int = 5
    min_gain: float = 0.02
    """Share by which it must exceed the baseline, 0..1."""
    min_ratio: float = 2.0
    """Times by which it must exceed the baseline."""
    chance_a_day: float = 0.02
    """False alarms a day that chance may cause, over all windows and slices of a model together."""
    without_baseline: float = 0.2
    """Share from which it breaches where there is no baseline to compare with."""


ERRORS = RateLimits()
MISSING = RateLimits(min_hits=8, min_gain=0.05, without_baseline=2.0)


def judge_errors(frame: pl.DataFrame, limits: RateLimits = ERRORS) -> list[Reading]:
    """One reading a window and model, from `queries/error_spikes.sql`; names the worst slice.

    Args:
        frame: one row a window, model and slice, with the query's columns.
    """
    readings = []
    for _, group in groupby(
        _sorted(frame, "window_end", "model"), key=lambda r: (r["window_end"], r["model"])
    ):
        rows = list(group)
        whole = next((r for r in rows if r["dimension"] == ""), None)
        if whole is not None:
            readings.append(_judge_error_window(whole, rows, limits))
    return readings


def _judge_error_window(
    whole: Mapping[str, Any], slices: Sequence[Mapping[str, Any]], limits: RateLimits
) -> Reading:
    window = window_of(whole)
    worst, most = whole, 0.0
    for row in slices:
        breached = _breach(
            row["errors"],
            row["rows"],
            *_baseline_of(row, whole, limits),
            limits=limits,
            tests=len(slices),
            share_of_day=share_of_day(window),
        )
        concentration = concentrated(row["errors"], row["rows"], whole["errors"])
        if breached and concentration > most:
            worst, most = row, concentration
    hits, rows = _baseline_of(worst, whole, limits)
    baseline = hits / rows if rows and rows >= limits.min_baseline_rows else None
    verdict = _verdict(whole["rows"], whole["baseline_rows"], breached=most > 0, limits=limits)
    where = Slice(worst["dimension"], worst["slice_value"])
    value = worst["error_rate"]
    place = {"model": whole["model"], "start": window.start, "until": window.until}
    return Reading(
        check="error_spikes",
        model=whole["model"],
        subject="",
        window=window,
        verdict=verdict,
        value=value,
        baseline=baseline,
        limit=_limit(baseline, limits),
        unit="share",
        rows=worst["rows"],
        baseline_rows=rows,
        severity=_error_severity(whole, worst),
        summary=within(where, f"{percent(value)} errors against {percent(baseline)}"),
        slice=where,
        evidence=QueryCall("error_spikes", evidence_window(place, whole)),
        offenders=QueryCall(
            "predictions_with_errors",
            {**place, "dimension": where.dimension, "slice_value": where.value},
        ),
    )


def concentrated(hits: int, rows: int, all_hits: int) -> float:
    """How well a slice tells the trouble, 0..1: harmonic mean of the share of the slice that is hit and the
    share of all hits that lie in it. Trouble everywhere gives the whole the highest, else the slice.
    """
    return 2 * hits / (rows + all_hits) if hits else 0.0


def _error_severity(whole: Mapping[str, Any], worst: Mapping[str, Any]) -> Severity:
    """Critical if a tenth of the model's requests fail, or a quarter of a slice that is not tiny."""
    reach = worst["rows"] / whole["rows"]
    if whole["error_rate"] >= 0.1 or (worst["error_rate"] >= 0.25 and reach >= 0.05):
        return Severity.CRITICAL
    return Severity.WARNING


def judge_missing(frame: pl.DataFrame, limits: RateLimits = MISSING) -> list[Reading]:
    """One reading a window, model and feature, from `queries/missing_values.sql`."""
    features = {
        (row["window_end"], row["model"]): row["features"]
        for row in frame.group_by("window_end", "model").agg(features=pl.len()).iter_rows(named=True)
    }
    readings = []
    for row in frame.iter_rows(named=True):
        window = window_of(row)
        breached = _breach(
            row["missing"],
            row["rows"],
            row["baseline_missing"],
            row["baseline_rows"],
            limits=limits,
            tests=features[row["window_end"], row["model"]],
            share_of_day=share_of_day(window),
        )
        value, before = row["missing_share"], row["baseline_rows"]
        baseline = row["baseline_missing_share"] if before >= limits.min_baseline_rows else None
        place = {"model": row["model"], "start": window.start, "until": window.until}
        readings.append(
            Reading(
                check="missing_values",
                model=row["model"],
                subject=row["feature"],
                window=window,
                verdict=_verdict(row["rows"], before, breached=breached, limits=limits),
                value=value,
                baseline=baseline,
                limit=_limit(baseline, limits),
                unit="share",
                rows=row["rows"],
                baseline_rows=before,
                severity=Severity.CRITICAL if value >= 0.5 else Severity.WARNING,
                summary=f"{short(row['feature'])} missing in {percent(value)} against {percent(baseline)}",
                evidence=QueryCall(
                    "missing_values", {**evidence_window(place, row), "feature": row["feature"]}
                ),
                offenders=QueryCall("predictions_without_feature", {**place, "feature": row["feature"]}),
            )
        )
    return readings


def evidence_window(place: Mapping[str, object], row: Mapping[str, Any]) -> dict[str, object]:
    """Parameters that make a windowed query give this one window again."""
    minutes = round((row["window_end"] - row["window_start"]).total_seconds() / 60)
    return {**place, "window_minutes": minutes}


def _sorted(frame: pl.DataFrame, *keys: str) -> Iterable[Mapping[str, Any]]:
    return frame.sort(*keys, maintain_order=True).iter_rows(named=True)


def _baseline_of(row: Mapping[str, Any], whole: Mapping[str, Any], limits: RateLimits) -> tuple[int, int]:
    """Hits and rows to compare a slice with: its own baseline, or its model's while that is too small."""
    source = row if row["baseline_rows"] >= limits.min_baseline_rows else whole
    return source["baseline_errors"], source["baseline_rows"]


def _breach(
    hits: int,
    rows: int,
    baseline_hits: int,
    baseline_rows: int,
    *,
    limits: RateLimits,
    tests: int,
    share_of_day: float,
) -> bool:
    """Whether the share has risen: by enough, and not by chance."""
    if hits < limits.min_hits or not rows:
        return False
    share = hits / rows
    if baseline_rows < limits.min_baseline_rows:
        return share >= limits.without_baseline and rows >= limits.min_rows
    baseline = baseline_hits / baseline_rows
    if share < max(baseline + limits.min_gain, baseline * limits.min_ratio):
        return False
    p_value = rise_p_value(hits, rows, baseline_hits, baseline_rows)
    return p_value * tests < limits.chance_a_day * share_of_day


def _verdict(rows: int, baseline_rows: int, *, breached: bool, limits: RateLimits) -> Verdict:
    if breached:
        return Verdict.BREACH
    if rows < limits.min_rows:
        return Verdict.TOO_FEW_ROWS
    return Verdict.NO_BASELINE if baseline_rows < limits.min_baseline_rows else Verdict.QUIET


def _limit(baseline: float | None, limits: RateLimits) -> float:
    if baseline is None:
        return limits.without_baseline
    return max(baseline + limits.min_gain, baseline * limits.min_ratio)
