"""The checks there are: which canned query each asks, over which windows, and who judges."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import datetime

import polars as pl

from console.checks.categories import judge_categories
from console.checks.drift import judge_drift
from console.checks.latency import judge_latency
from console.checks.rates import judge_errors, judge_missing
from console.model import QueryCall, Reading

BASELINE_MINUTES = 24 * 60
"""How far back before a window its baseline reaches, in minutes."""
MAX_ROWS = 1_000_000
"""Rows of an answer that are judged; of more, the oldest windows go unjudged."""


@dataclass(frozen=True, slots=True)
class Check:
    """A canned query, the windows that it is asked over, and the function that judges its answer."""

    name: str
    """Stem of the canned query."""
    window_minutes: tuple[int, ...]
    """Several lengths: a jump shows in a short window, a slow climb or a rare event in a long one."""
    judge: Callable[[pl.DataFrame], list[Reading]]

    def call(self, start: datetime, until: datetime, window_minutes: int) -> QueryCall:
        """What to ask so that every window which ends in `(start, until]` is answered for."""
        return QueryCall(
            self.name,
            {
                "start": start,
                "until": until,
                "window_minutes": window_minutes,
                "baseline_minutes": BASELINE_MINUTES,
                "row_limit": MAX_ROWS,
            },
        )

    def readings(self, frame: pl.DataFrame) -> list[Reading]:
        """What the answer says of each of its windows, but of one that the row limit cut."""
        if frame.height >= MAX_ROWS:
            frame = frame.filter(pl.col("window_end") > pl.col("window_end").min())
        return self.judge(frame)


CHECKS: tuple[Check, ...] = (
    Check("error_spikes", (1, 5, 30), judge_errors),
    Check("slow_requests", (5, 60), judge_latency),
    Check("unseen_categories", (15, 60), judge_categories),
    Check("missing_values", (15, 60), judge_missing),
    Check("drift", (5, 60, 240), judge_drift),
)
