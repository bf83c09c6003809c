"""Checks: cells in, readings out. Pure functions over the answers of canned queries."""

from console.checks.check import CellQuery, Check, Judging
from console.checks.grid import Board, Cells, Grid, Pinned
from console.checks.registry import CHECKS, LIMITS
from console.checks.say import number, percent, short

__all__ = [
    "CHECKS",
    "LIMITS",
    "Board",
    "CellQuery",
    "Cells",
    "Check",
    "Grid",
    "Judging",
    "Pinned",
    "number",
    "percent",
    "short",
]
