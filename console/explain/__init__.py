"""Explain: what the offending rows have in common."""

from console.explain.common import common_call, common_table, widen

__all__ = ["common_call", "common_table", "widen"]
