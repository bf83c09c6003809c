"""Evaluations as plain records, for programs."""

from __future__ import annotations

from collections.abc import Iterable

from console.model.evaluation import (
    SCORE_DIMENSION,
    Evaluation,
    Figure,
    VersionComparison,
    is_beyond_chance,
)
from console.model.filter_text import filter_text

Record = dict[str, object]


def evaluation_record(told: Evaluation) -> Record:
    """All that an evaluation tells, each figure with its interval and rows."""
    return {
        "model": told.model,
        "basis": told.basis.value,
        "start": told.window.start,
        "until": told.window.until,
        "filter": filter_text(told.filter),
        "requests": told.requests,
        "rows": told.rows,
        "share": told.share,
        "left_out": dict(told.left_out),
        "notes": list(told.notes),
        "predicts": "numbers" if told.is_number else "classes",
        "positive": told.positive or None,
        "score_of": told.score_of or None,
        "figures": _figures(told.figures),
        "confusion": [
            {"truth": truth, "prediction": prediction, "rows": rows}
            for (truth, prediction), rows in told.confusion.items()
        ],
        "reliability": [
            {
                "lower": one.lower,
                "upper": one.upper,
                "rows": one.rows,
                "promised": one.promised,
                "came": one.came,
                "low": one.low,
                "high": one.high,
            }
            for one in told.reliability
        ],
        "step_seconds": told.step_seconds,
        "steps": [
            {
                "start": one.start,
                "requests": one.requests,
                "rows": one.rows,
                "figures": _figures(one.figures.values()),
            }
            for one in told.steps
        ],
        "slices": [
            {
                "dimension": "score" if one.where.dimension == SCORE_DIMENSION else one.where.dimension,
                "value": one.where.value,
                "requests": one.requests,
                "rows": one.rows,
                "figures": _figures(one.figures.values()),
                "behind": dict(one.behind),
                "chance": dict(one.chance),
                "beyond_chance": [name for name in one.figures if is_beyond_chance(one, name)],
            }
            for one in told.slices
        ],
    }


def comparison_record(told: VersionComparison) -> Record:
    """All that a comparison of versions tells."""
    return {
        "model": told.model,
        "basis": told.basis.value,
        "start": told.window.start,
        "until": told.window.until,
        "versions": list(told.versions),
        "requests": list(told.requests),
        "paired_by": told.paired_by or None,
        "pairs": told.pairs,
        "notes": list(told.notes),
        "positive": told.positive or None,
        "differences": [
            {
                "measure": one.measure,
                "first": _figure(one.first),
                "second": _figure(one.second),
                "value": one.value,
                "low": one.low,
                "high": one.high,
                "chance": one.chance,
                "test": one.test or None,
            }
            for one in told.differences
        ],
    }


def _figures(figures: Iterable[Figure]) -> list[Record]:
    return [_figure(one) for one in figures]


def _figure(one: Figure) -> Record:
    return {
        "measure": one.measure,
        "value": one.value,
        "low": one.low,
        "high": one.high,
        "rows": one.rows,
        "why": one.why or None,
    }
