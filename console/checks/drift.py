"""Features, scores and predictions that are distributed otherwise than before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from console.checks.rates import evidence_window
from console.checks.say import number, percent, share_of_day, short, window_of
from console.checks.statistics import psi, psi_noise_floor
from console.model import QueryCall, Reading, Severity, Slice, Verdict


@dataclass(frozen=True, slots=True)
class DriftLimits:
    """When a distribution has moved: by enough, and by more than chance moves it."""

    psi: float = 0.2
    critical_psi: float = 1.0
    min_rows: int = 50
    min_baseline_rows: int = 200
    chance_a_day: float = 0.02
    """False alarms a day that chance may cause, over all windows and features of a model together."""


DRIFT = DriftLimits()
MIN_EXPECTED = 5
"""Rows that a text value's share of the baseline must lead one to expect in the window (Cochran 1954)."""


def judge_drift(frame: pl.DataFrame, limits: DriftLimits = DRIFT) -> list[Reading]:
    """One reading a window, model and feature, from `queries/drift.sql`; names the bin that grew most."""
    readings = []
    keys = ("window_end", "model", "feature", "kind")
    rows = frame.sort(*keys, maintain_order=True).iter_rows(named=True)
    tested = {
        key: count
        for *key_parts, count in frame.group_by("window_end", "model")
        .agg(pl.struct("feature", "kind").n_unique())
        .iter_rows()
        for key in [tuple(key_parts)]
    }
    for (end, model, _, _), group in groupby(rows, key=lambda r: tuple(r[key] for key in keys)):
        readings.append(_judge_window(list(group), limits, tests=tested[end, model]))
    return readings


def _judge_window(bins: Sequence[Mapping[str, Any]], limits: DriftLimits, *, tests: int) -> Reading:
    first = bins[0]
    window = window_of(first)
    current, baseline = pooled(bins)
    rows, baseline_rows = sum(current), sum(baseline)
    value: float | None = None
    if baseline_rows < limits.min_baseline_rows:
        verdict = Verdict.NO_BASELINE
    elif rows < limits.min_rows:
        verdict = Verdict.TOO_FEW_ROWS
    else:
        value = psi(current, baseline)
        used = sum(1 for c, b in zip(current, baseline, strict=True) if c or b)
        alpha = limits.chance_a_day * share_of_day(window) / tests
        floor = psi_noise_floor(rows, baseline_rows, used, alpha=alpha)
        verdict = Verdict.BREACH if value >= limits.psi and value > floor else Verdict.QUIET
    grown = max(bins, key=lambda b: b["rows"] / max(rows, 1) - b["baseline_rows"] / max(baseline_rows, 1))
    share = grown["rows"] / rows if rows else None
    before = grown["baseline_rows"] / baseline_rows if baseline_rows else None
    place = {"model": first["model"], "start": window.start, "until": window.until}
    return Reading(
        check="drift",
        model=first["model"],
        subject=first["feature"],
        window=window,
        verdict=verdict,
        value=value,
        baseline=None if verdict is Verdict.NO_BASELINE else 0.0,
        limit=limits.psi,
        unit="PSI",
        rows=rows,
        baseline_rows=baseline_rows,
        severity=(
            Severity.CRITICAL if value is not None and value >= limits.critical_psi else Severity.WARNING
        ),
        summary=f"{_named(grown)} in {percent(share)} of requests against {percent(before)}",
        slice=Slice(first["feature"], _bin_name(grown) if grown["label"] is None else grown["label"]),
        evidence=QueryCall("drift", {**evidence_window(place, first), "feature": first["feature"]}),
        offenders=_offenders(grown, place),
    )


def pooled(bins: Sequence[Mapping[str, Any]]) -> tuple[list[int], list[int]]:
    """Rows of each bin, in the window and in the baseline; values of a text that are rare in it pooled.

    Where fewer than `MIN_EXPECTED` rows are to be expected the approximation behind the noise floor does
    not hold, and one hit looks like a landslide: they make one bin together. So one value more or less of an
    identifier weighs next to nothing. A value that the baseline lacks is left out: it is the unseen
    categories' to find.
    """
    rows, baseline_rows = sum(b["rows"] for b in bins), sum(b["baseline_rows"] for b in bins)
    kept: list[tuple[int, int]] = []
    rare_rows = rare_baseline = 0
    for b in bins:
        if b["kind"] == "text" and b["label"] is not None and not b["baseline_rows"]:
            continue
        expected = b["baseline_rows"] * rows / baseline_rows if baseline_rows else 0.0
        if b["kind"] == "text" and b["label"] is not None and expected < MIN_EXPECTED:
            rare_rows += b["rows"]
            rare_baseline += b["baseline_rows"]
        else:
            kept.append((b["rows"], b["baseline_rows"]))
    if rare_rows or rare_baseline:
        kept.append((rare_rows, rare_baseline))
    return [current for current, _ in kept], [baseline for _, baseline in kept]


def _offenders(grown: Mapping[str, Any], place: Mapping[str, object]) -> QueryCall:
    feature = {"feature": grown["feature"]}
    if grown["kind"] == "text" and grown["label"] is not None:
        return QueryCall("predictions_with_category", {**place, **feature, "value": grown["label"]})
    if grown["kind"] == "text":
        return QueryCall("predictions_in_slice", place)
    return QueryCall(
        "predictions_with_number_in_range",
        {**place, **feature, "lower": grown["lower"], "upper": grown["upper"]},
    )


def _named(grown: Mapping[str, Any]) -> str:
    return f"{short(grown['feature'])} {_bin_name(grown)}"


def _bin_name(grown: Mapping[str, Any]) -> str:
    if grown["kind"] == "text":
        return f"= {short(grown['label'])}" if grown["label"] is not None else "a rarer value"
    lower, upper = grown["lower"], grown["upper"]
    if lower is None:
        return f"below {number(upper)}"
    return f"from {number(lower)}" if upper is None else f"{number(lower)} to {number(upper)}"
