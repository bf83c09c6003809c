"""Explain: what the offending rows have in common."""

from console.explain.common import common_call, common_table, offending_call, said_with_slice, widen

__all__ = ["common_call", "common_table", "offending_call", "said_with_slice", "widen"]
