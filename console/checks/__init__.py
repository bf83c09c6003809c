"""Checks: pure functions from a canned query's answer to readings."""

from console.checks.check import BASELINE_MINUTES, CHECKS, Check
from console.checks.say import percent, short

__all__ = ["BASELINE_MINUTES", "CHECKS", "Check", "percent", "short"]
