"""What is wrong in a scenario: the truth that alerts are measured against."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

from console.model import Condition

INPUT = frozenset({"drift", "score_drift", "prediction_drift"})
OUTPUT = frozenset({"drift", "score_drift", "prediction_drift", "estimated_performance", "performance"})
SLOW = frozenset({"slow_requests", "slow_stages"})


@dataclass(frozen=True, slots=True)
class Kind:
    """A kind of incident: which checks may find it, and by when one should have."""

    checks: frozenset[str]
    minutes: float
    """From its start until it is detected, by the time of the events."""


KINDS: Mapping[str, Kind] = {
    "error_spike": Kind(frozenset({"error_spikes", "burn_rate"}), 30),
    "new_error_type": Kind(frozenset({"error_spikes", "burn_rate"}), 30),
    "slow_by_payload": Kind(SLOW, 30),
    "slow_version": Kind(SLOW, 30),
    "slow_stage": Kind(SLOW, 30),
    "unseen_category": Kind(frozenset({"unseen_categories"}), 15),
    "unit_change": Kind(INPUT | {"out_of_range"}, 60),
    "nulls_sudden": Kind(frozenset({"missing_values"}), 60),
    "nulls_creeping": Kind(frozenset({"missing_values"}), 60),
    "nan": Kind(frozenset({"missing_values", "type_flips"}), 60),
    "empty_text": Kind(frozenset({"missing_values", "unseen_categories", "drift", "text_quality"}), 60),
    "type_flip": Kind(frozenset({"type_flips", "missing_values", "unseen_categories"}), 60),
    "stuck_feature": Kind(INPUT | {"stuck_values"}, 60),
    "stuck_score": Kind(OUTPUT | {"stuck_values"}, 60),
    "slow_drift": Kind(INPUT | {"out_of_range"}, 480),
    "sudden_drift": Kind(INPUT | {"out_of_range"}, 60),
    "silence": Kind(frozenset({"silence"}), 60),
    "surge": Kind(frozenset({"surge"}), 60),
    "text_garbage": Kind(INPUT | {"text_quality", "unseen_categories"}, 60),
    "stage_version": Kind(frozenset({"versions"}), 60),
    "token_explosion": Kind(INPUT | {"cost"}, 60),
    "concept_drift": Kind(frozenset({"performance"}), 60),
    "leakage": Kind(frozenset({"performance"}), 60),
    "confidence_drop": Kind(OUTPUT, 60),
}


@dataclass(frozen=True, slots=True)
class Incident:
    """One thing that is wrong with one model, and the requests that it befalls."""

    id: str
    kind: str
    model: str
    conditions: tuple[Condition, ...]
    """What the affected requests share; none if all of the model's are affected."""
    feature: str | None
    """Feature, or field, that shows it; None if none does."""
    moves: frozenset[str]
    """Features and fields whose values change with it, and of which an alert is therefore right."""
    start: float
    """Seconds from the scenario's start."""
    end: float
    strength: str
    """In words: how much."""
    affected: frozenset[str] = field(repr=False)
    """Ids of the requests that it befell; none for silence."""

    def record(self) -> dict[str, object]:
        """The incident as JSON knows it, without the affected requests."""
        return {
            "id": self.id,
            "kind": self.kind,
            "checks": sorted(KINDS[self.kind].checks),
            "model": self.model,
            "slice": {c.name: worded(c) for c in self.conditions},
            "feature": self.feature,
            "moves": sorted(self.moves),
            "start_s": round(self.start),
            "end_s": round(self.end),
            "strength": self.strength,
            "affected": len(self.affected),
        }


def worded(condition: Condition) -> str:
    """A condition's value, or its range as `> 64`, `< 3` or `3 to 9`."""
    if condition.lower is None and condition.upper is None:
        return condition.value
    if condition.upper is None:
        return f"> {condition.lower:g}"
    return (
        f"< {condition.upper:g}" if condition.lower is None else f"{condition.lower:g} to {condition.upper:g}"
    )
