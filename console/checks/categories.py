"""Values of a text feature that had never been seen before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from itertools import groupby
from typing import Any

import polars as pl

from console.checks.rates import evidence_window
from console.checks.say import percent, short, window_of
from console.model import QueryCall, Reading, Severity, Slice, Verdict


@dataclass(frozen=True, slots=True)
class CategoryLimits:
    """When a new value matters: often enough, in a feature in which new values are not ordinary."""

    min_rows: int = 5
    """Requests with the value in the window."""
    min_share: float = 0.005
    min_baseline_rows: int = 200
    max_novelty: float = 0.01
    """Share of the baseline's rows whose value occurred once: what a next row is likely to bring new."""
    max_distinct: float = 0.2
    """Distinct values a row of the baseline, above which the feature is an identifier."""


CATEGORIES = CategoryLimits()


def judge_categories(frame: pl.DataFrame, limits: CategoryLimits = CATEGORIES) -> list[Reading]:
    """One reading a window, model and feature that has new values, from `queries/unseen_categories.sql`.

    Whether new values are ordinary in a feature is told by the share of baseline rows whose value
    occurred only once, which estimates the probability that the next row is new.

    Source: Good 1953, The population frequencies of species.
    """
    readings = []
    keys = ("window_end", "model", "feature")
    rows = frame.sort(*keys, maintain_order=True).iter_rows(named=True)
    for _, group in groupby(rows, key=lambda r: tuple(r[key] for key in keys)):
        values = list(group)
        readings.append(_judge_window(values, limits))
    return readings


def _judge_window(values: Sequence[Mapping[str, Any]], limits: CategoryLimits) -> Reading:
    counted = [value for value in values if _matters(value, limits)]
    worst = max(counted or values, key=lambda v: (v["rows"], v["value"]))
    window = window_of(worst)
    if counted:
        verdict = Verdict.BREACH
    elif worst["baseline_rows"] < limits.min_baseline_rows:
        verdict = Verdict.NO_BASELINE
    else:
        verdict = Verdict.QUIET
    others = ""
    if len(counted) > 1:
        others = f" and {len(counted) - 1} other new value{'s' if len(counted) > 2 else ''}"
    place = {"model": worst["model"], "start": window.start, "until": window.until}
    feature = {"feature": worst["feature"]}
    return Reading(
        check="unseen_categories",
        model=worst["model"],
        subject=worst["feature"],
        window=window,
        verdict=verdict,
        value=worst["share"],
        baseline=None if verdict is Verdict.NO_BASELINE else 0.0,
        limit=limits.min_share,
        unit="share",
        rows=worst["feature_rows"],
        baseline_rows=worst["baseline_rows"],
        severity=Severity.CRITICAL if worst["share"] >= 0.25 else Severity.WARNING,
        summary=f"{short(worst['feature'])}={short(worst['value'])}{others}: never seen before, "
        f"{percent(worst['share'])} of requests",
        slice=Slice(worst["feature"], worst["value"]),
        evidence=QueryCall("unseen_categories", {**evidence_window(place, worst), **feature}),
        offenders=QueryCall("predictions_with_category", {**place, **feature, "value": worst["value"]}),
    )


def _matters(value: Mapping[str, Any], limits: CategoryLimits) -> bool:
    before = value["baseline_rows"]
    return bool(
        value["rows"] >= limits.min_rows
        and value["share"] >= limits.min_share
        and before >= limits.min_baseline_rows
        and value["baseline_single_values"] <= limits.max_novelty * before
        and value["baseline_values"] <= limits.max_distinct * before
    )
