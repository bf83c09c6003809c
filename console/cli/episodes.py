"""How alerts are told to programs, the same by every command."""

from __future__ import annotations

from collections.abc import Mapping

from console.model import Alert, Condition


def slice_of(alert: Alert) -> Mapping[str, str]:
    """The conditions that hold most of the trouble, name to value or range; empty if it is everywhere."""
    return {condition.name: _said(condition) for condition in alert.where}


def _said(condition: Condition) -> str:
    """The condition without its name."""
    lower, upper = condition.lower, condition.upper
    if condition.kind != "number":
        return condition.value
    if lower is None:
        return f"< {upper:g}"
    return f">= {lower:g}" if upper is None else f">= {lower:g} and < {upper:g}"
