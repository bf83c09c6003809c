"""Slices as filters: conditions that a person can go on with."""

from __future__ import annotations

from collections.abc import Sequence

from console.model.filtering import Comparison, Filter, Term
from console.model.judging import Condition
from console.model.records import FIELDS

_GROUPS = {"tag": "tags", "text": "features", "number": "features"}
_MEASURED = frozenset(("latency_ms", "score", "prediction_value", "tokens_in", "tokens_out", "cost"))
"""Fields that a condition calls a number."""


def filter_of(conditions: Sequence[Condition], *, model: str = "") -> Filter:
    """What a person would filter by to see only rows that meet the conditions.

    Args:
        conditions: as they tell a slice.
        model: only this one's rows; empty for those of all.
    """
    terms = [Term("model", Comparison.IS, model)] if model else []
    for condition in conditions:
        name = _name(condition)
        if condition.kind != "number":
            terms.append(Term(name, Comparison.IS, condition.value))
        if condition.lower is not None:
            terms.append(Term(name, Comparison.AT_LEAST, repr(condition.lower)))
        if condition.upper is not None:
            terms.append(Term(name, Comparison.BELOW, repr(condition.upper)))
    return Filter(tuple(terms))


def _name(condition: Condition) -> str:
    """The name that tells a tag or feature from a field that is called like it."""
    is_field = condition.kind == "field" or (condition.kind == "number" and condition.name in _MEASURED)
    if is_field or condition.name not in FIELDS:
        return condition.name
    return f"{_GROUPS[condition.kind]}.{condition.name}"
