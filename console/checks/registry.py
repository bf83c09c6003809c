"""The checks there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.checks import (
    burn,
    categories,
    cost,
    drift,
    errors,
    estimated,
    flips,
    latency,
    missing,
    performance,
    ranges,
    silence,
    stuck,
    surge,
    texts,
    versions,
)
from console.checks.check import Check

CHECKS: tuple[Check, ...] = (
    errors.CHECK,
    burn.CHECK,
    latency.CHECK,
    latency.SLOW_STAGES,
    silence.CHECK,
    surge.CHECK,
    cost.CHECK,
    categories.CHECK,
    missing.CHECK,
    flips.CHECK,
    ranges.CHECK,
    stuck.CHECK,
    texts.CHECK,
    drift.CHECK,
    versions.CHECK,
    performance.CHECK,
    estimated.CHECK,
)
LIMITS: Mapping[str, Any] = {check.name: check.limits for check in CHECKS}
"""Name of a check -> the frozen dataclass of its limits, as they are by default."""
