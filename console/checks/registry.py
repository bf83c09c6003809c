"""The checks there are."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from console.checks import errors
from console.checks.check import Check

CHECKS: tuple[Check, ...] = (errors.CHECK,)
LIMITS: Mapping[str, Any] = {check.name: check.limits for check in CHECKS}
"""Name of a check -> the frozen dataclass of its limits, as they are by default."""
