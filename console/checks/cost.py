"""Requests that take more tokens, or cost more, than requests usually do."""

from __future__ import annotations

from dataclasses import dataclass

from console.checks.check import CellQuery, Check, Judging
from console.checks.say import number, percent
from console.checks.tail_readings import judge_subjects, tail_reading
from console.checks.tails import TailLimits
from console.model import QueryCall, Reading

COSTS = CellQuery(
    "cost_cells",
    ("model", "measure", "dimension", "slice_value", "bin"),
    ("rows",),
    coarse=True,
    sampled=True,
)
WINDOWS = (15, 60, 240)
"""Lengths in minutes."""
UNITS = {"tokens_in": "tokens", "tokens_out": "tokens", "cost": "cost"}


@dataclass(frozen=True, slots=True)
class CostLimits(TailLimits):
    """When requests take more: by enough, in enough of them, and not by chance."""

    min_gain: float = 0.0


COST = CostLimits()


def judge_cost(judging: Judging) -> list[Reading]:
    """Readings a measure, from `queries/cost_cells.sql`; each names its worst slice."""
    readings = []
    for (model, measure), where, risen in judge_subjects(judging, "cost", COSTS, WINDOWS, COST):
        start, until = judging.board.window(risen.found.end, risen.found.window)
        place = {
            "model": model,
            "start": start,
            "until": until,
            "measure": measure,
            "dimension": where.dimension,
            "slice_value": where.value,
        }
        said = f"{measure}: p95 {number(risen.high)} against {number(risen.usual)}"
        readings.append(
            tail_reading(
                judging,
                "cost",
                model,
                measure,
                where,
                risen,
                unit=UNITS.get(measure, measure),
                summary=f"{said}, {percent(risen.share)} over it",
                evidence=QueryCall("cost_by_step", place),
                offenders=QueryCall("predictions_dearer_than", {**place, "threshold": risen.offending_from}),
            )
        )
    return readings


CHECK = Check("cost", (COSTS,), COST, judge_cost)
