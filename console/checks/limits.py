"""The limits that hold for one subject: a check's own, and what somebody set over them."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import fields, replace
from typing import Any, TypeVar

from console.model import LimitRule

_Limits = TypeVar("_Limits")


def limits_for(default: _Limits, check: str, model: str, subject: str, rules: Sequence[LimitRule]) -> _Limits:
    """The check's limits with the rules that hold for this model and subject; more specific ones win.

    Args:
        default: the check's frozen dataclass of numbers.
        rules: of any check; of two that say as much, the later wins.
    """
    matching = [
        rule
        for rule in rules
        if rule.check == check and rule.model in (None, model) and rule.subject in (None, subject)
    ]
    chosen: dict[str, Any] = {}
    for rule in sorted(matching, key=lambda r: (r.subject is not None, r.model is not None)):
        chosen.update(rule.values)
    for field in fields(default):  # type: ignore[arg-type]
        if field.name in chosen and isinstance(getattr(default, field.name), int):
            chosen[field.name] = round(chosen[field.name])
    return replace(default, **chosen) if chosen else default  # type: ignore[type-var]
