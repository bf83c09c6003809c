"""Bars that lie: thin, and half a cell fine."""

from __future__ import annotations


def bar(share: float, cells: int) -> str:
    """A bar of so many cells at most; something small is still half a cell."""
    halves = max(0, min(cells * 2, round(share * cells * 2)))
    if share > 0:
        halves = max(1, halves)
    return "━" * (halves // 2) + "╸" * (halves % 2)
