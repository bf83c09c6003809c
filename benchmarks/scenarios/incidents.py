"""The kinds of incidents there are: who makes each, how often, and how long they last."""

from __future__ import annotations

from collections.abc import Callable, Mapping

from benchmarks.scenarios import inputs, outputs, service
from benchmarks.scenarios.scene import Scene
from benchmarks.scenarios.truth import Incident

MAKERS: Mapping[str, Callable[[Scene], Incident]] = {
    maker.__name__: maker
    for maker in (
        service.error_spike,
        service.new_error_type,
        service.slow_by_payload,
        service.slow_version,
        service.slow_stage,
        inputs.unseen_category,
        inputs.unit_change,
        inputs.nulls_sudden,
        inputs.nulls_creeping,
        inputs.nan,
        inputs.empty_text,
        inputs.type_flip,
        inputs.stuck_feature,
        outputs.stuck_score,
        inputs.slow_drift,
        inputs.sudden_drift,
        service.silence,
        service.surge,
        inputs.text_garbage,
        service.stage_version,
        service.token_explosion,
        outputs.concept_drift,
        outputs.leakage,
        outputs.confidence_drop,
    )
}
OFTEN: Mapping[str, float] = {
    "error_spike": 3,
    "slow_by_payload": 2,
    "unseen_category": 2,
    "unit_change": 2,
    "nulls_sudden": 1.5,
}
"""How often a kind is drawn; 1 unless given."""
HOURS: Mapping[str, tuple[float, float]] = {
    "slow_drift": (9, 13),
    "nulls_creeping": (3, 10),
    "concept_drift": (4, 10),
    "leakage": (4, 10),
    "unit_change": (1, 8),
    "surge": (0.75, 3),
    "silence": (0.75, 6),
}
"""Shortest and longest duration; 0.5 to 8 hours unless given."""
