"""Explain: what the offending rows have in common, and which values moved."""

from console.explain.common import (
    common_slices,
    common_table,
    explained,
    leading,
    said,
    said_with_slice,
    sample_for,
    where,
)
from console.explain.moved import moved_table
from console.explain.offending import conditions_text, offending_call, widen

__all__ = [
    "common_slices",
    "common_table",
    "conditions_text",
    "explained",
    "leading",
    "moved_table",
    "offending_call",
    "said",
    "said_with_slice",
    "sample_for",
    "where",
    "widen",
]
