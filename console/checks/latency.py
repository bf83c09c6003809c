"""Requests, and stages of them, that are slower than those of their endpoint or stage usually are."""

from __future__ import annotations

from dataclasses import dataclass

from console.checks.check import CellQuery, Check, Judging
from console.checks.say import number, percent, short
from console.checks.tail_readings import judge_subjects, tail_reading
from console.checks.tails import Risen, TailLimits
from console.model import QueryCall, Reading, Slice

LATENCIES = CellQuery("latency_cells", ("model", "endpoint", "dimension", "slice_value", "bin"), ("rows",))
STAGES = CellQuery(
    "stage_cells",
    ("model", "stage", "endpoint", "dimension", "slice_value", "bin"),
    ("rows",),
    coarse=True,
    sampled=True,
)
WINDOWS = (5, 30, 120)
"""Lengths in minutes."""
STAGE_WINDOWS = (15, 60, 240)


@dataclass(frozen=True, slots=True)
class LatencyLimits(TailLimits):
    """When an endpoint is slow: by enough, in enough requests, and not by chance. Times are in ms."""


@dataclass(frozen=True, slots=True)
class StageLimits(TailLimits):
    """The same of a stage, which is a part of a request."""

    min_ratio: float = 2.0
    min_gain: float = 10.0
    min_ratio_first_day: float = 3.0


LATENCY = LatencyLimits()
STAGE = StageLimits()


def judge_latency(judging: Judging) -> list[Reading]:
    """Readings an endpoint, from `queries/latency_cells.sql`; each names its worst slice."""
    return [
        tail_reading(
            judging,
            "slow_requests",
            model,
            endpoint,
            where,
            risen,
            unit="ms",
            summary=_said(short(endpoint) or "requests", risen),
            evidence=_evidence(judging, model, risen, endpoint),
            offenders=_offenders(judging, "predictions_slower_than", model, where, risen, endpoint=endpoint),
        )
        for (model, endpoint), where, risen in judge_subjects(
            judging, "slow_requests", LATENCIES, WINDOWS, LATENCY
        )
    ]


def judge_stages(judging: Judging) -> list[Reading]:
    """Readings a stage and endpoint, from `queries/stage_cells.sql`; each names its worst slice."""
    return [
        tail_reading(
            judging,
            "slow_stages",
            model,
            stage,
            where,
            risen,
            unit="ms",
            summary=_said(f"{short(stage)} of {short(endpoint) or 'requests'}", risen),
            evidence=_stage_evidence(judging, model, risen, stage, endpoint),
            offenders=_offenders(
                judging, "predictions_with_slow_stage", model, where, risen, stage=stage, endpoint=endpoint
            ),
        )
        for (model, stage, endpoint), where, risen in judge_subjects(
            judging, "slow_stages", STAGES, STAGE_WINDOWS, STAGE
        )
    ]


def _said(what: str, risen: Risen) -> str:
    return (
        f"{what}: p95 {number(risen.high)} ms against {number(risen.usual)} ms, {percent(risen.share)} slow"
    )


def _evidence(judging: Judging, model: str, risen: Risen, endpoint: str) -> QueryCall:
    start, until = judging.board.window(risen.found.end, risen.found.window)
    minutes = round((until - start).total_seconds() / 60)
    place = {"model": model, "start": start, "until": until, "endpoint": endpoint}
    return QueryCall("slow_requests", {**place, "window_minutes": minutes})


def _stage_evidence(judging: Judging, model: str, risen: Risen, stage: str, endpoint: str) -> QueryCall:
    start, until = judging.board.window(risen.found.end, risen.found.window)
    place = {"model": model, "start": start, "until": until, "endpoint": endpoint}
    return QueryCall("slow_stages", {**place, "stage": stage})


def _offenders(
    judging: Judging, query: str, model: str, where: Slice, risen: Risen, **subject: str
) -> QueryCall:
    start, until = judging.board.window(risen.found.end, risen.found.window)
    return QueryCall(
        query,
        {
            "model": model,
            "start": start,
            "until": until,
            **subject,
            "threshold_ms": risen.offending_from,
            "dimension": where.dimension,
            "slice_value": where.value,
        },
    )


CHECK = Check("slow_requests", (LATENCIES,), LATENCY, judge_latency)
SLOW_STAGES = Check("slow_stages", (STAGES,), STAGE, judge_stages)
