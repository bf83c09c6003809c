"""When requests arrive: a Poisson process whose rate has a daily rhythm."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import datetime
from math import pi, sin
from random import Random

DAY_MS = 86_400_000
PEAK_MS = 13 * 3_600_000
"""Busiest time of the day, after midnight UTC."""
SWING = 0.5
"""The rate swings by this share of its mean either way: the peak is three times the trough."""
STEP_MS = 60_000
"""The rate is taken as constant over such a stretch."""


def arrivals(rng: Random, *, start: datetime, period_ms: int, count: int) -> Iterator[int]:
    """Exactly `count` arrival times, never decreasing, in whole milliseconds from `start`.

    They are distributed as the arrivals of a Poisson process with a daily rhythm, given that there
    are `count` of them. Memory does not depend on `count`.

    Source: order statistics of uniforms drawn one after another (Bentley and Saxe 1980), mapped
    through the inverse of the cumulated rate.
    """
    midnight = start.replace(hour=0, minute=0, second=0, microsecond=0)
    offset_ms = (start - midnight).total_seconds() * 1000.0
    omega = 2.0 * pi / DAY_MS

    def cumulated(at_ms: float) -> float:
        return at_ms + SWING / omega * sin(omega * (at_ms + offset_ms - PEAK_MS))

    base = cumulated(0.0)
    total = cumulated(float(period_ms)) - base
    step = min(float(STEP_MS), period_ms / 60)
    left_at, left, right_at = 0.0, 0.0, min(step, float(period_ms))
    right = cumulated(right_at) - base
    random = rng.random
    remaining = 1.0
    last_ms = period_ms - 1
    for still in range(count, 0, -1):
        remaining *= (1.0 - random()) ** (1.0 / still)
        target = (1.0 - remaining) * total
        while target > right and right_at < period_ms:
            left_at, left = right_at, right
            right_at = min(left_at + step, float(period_ms))
            right = cumulated(right_at) - base
        at_ms = left_at + (target - left) / (right - left) * (right_at - left_at)
        yield min(int(at_ms), last_ms)
