"""Random draws with the rhythm of real traffic: by day, by week, with memory and heavy tails."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
import numpy.typing as npt

Numbers = npt.NDArray[np.float64]
Values = npt.NDArray[np.object_]
Mask = npt.NDArray[np.bool_]

DAY = 86_400.0
"""Seconds."""
_STEP = 900.0


def wave(at: Numbers, peak_hour: float) -> Numbers:
    """From -1 to 1 over each day, highest at that hour (UTC), shape of `at` (seconds from a midnight)."""
    return np.cos(2 * np.pi * (at / 3600 - peak_hour) / 24)


def memory(random: np.random.Generator, at: Numbers, days: float, *, spread: float, keep: float) -> Numbers:
    """A first-order autoregressive walk over quarters of an hour, with that standard deviation."""
    steps = int(np.ceil(days * DAY / _STEP)) + 2
    shocks = random.normal(0, spread * np.sqrt(1 - keep**2), steps)
    walk = np.empty(steps)
    walk[0] = random.normal(0, spread)
    for step in range(1, steps):
        walk[step] = keep * walk[step - 1] + shocks[step]
    return np.interp(at, np.arange(steps) * _STEP, walk)


class Volume:
    """How many requests a model gets at any time: by day, by week, with memory.

    Args:
        random: what it is drawn from.
        days: length of the period.
        a_day: requests of a weekday, about.
        weekday: of the first day, Monday 0.
        weekend: share of a weekday's requests that a weekend's day has.
    """

    def __init__(
        self, random: np.random.Generator, *, days: float, a_day: float, weekday: int, weekend: float
    ) -> None:
        minutes: Numbers = np.arange(int(days * 1440), dtype=np.float64) * 60
        peak, depth = random.uniform(11, 17), random.uniform(0.35, 0.65)
        shape = 1 + depth * wave(minutes, peak) + 0.15 * wave(2 * minutes, peak + random.uniform(-6, 6))
        weekdays = (weekday + minutes // DAY) % 7
        shape = np.where(weekdays >= 5, weekend, 1.0) * np.maximum(shape, 0.12)
        self._rate = shape * np.exp(memory(random, minutes, days, spread=0.1, keep=0.9)) * a_day / 1440
        self._random = random

    def arrivals(self) -> tuple[Numbers, Numbers]:
        """Seconds from the start, sorted, and the load at each: 1 is the period's mean."""
        counts = self._random.poisson(self._rate)
        minute = np.repeat(np.arange(len(counts)), counts)
        at = np.sort(minute * 60.0 + self._random.uniform(0, 60, len(minute)))
        load = self._rate[np.minimum((at // 60).astype(np.int64), len(self._rate) - 1)] / self._rate.mean()
        return at, load


def choose(
    random: np.random.Generator,
    at: Numbers,
    weights: Mapping[str, float],
    peaks: Mapping[str, float] | None = None,
) -> Values:
    """Categories, each more frequent around its hour of the day if it has one, shape of `at`."""
    names = np.array(list(weights), dtype=np.object_)
    table = np.empty((len(at), len(names)))
    for place, (name, weight) in enumerate(weights.items()):
        peak = (peaks or {}).get(name)
        table[:, place] = weight if peak is None else weight * (1 + 0.5 * wave(at, peak))
    edges = np.cumsum(table, axis=1)
    drawn = random.uniform(0, 1, len(at)) * edges[:, -1]
    picked: Values = names[(drawn[:, None] > edges[:, :-1]).sum(axis=1)]
    return picked


def long_tail(
    random: np.random.Generator, at: Numbers, *, known: int, new_a_day: float, prefix: str
) -> Values:
    """Names by Zipf's law, of which ever more exist, so that some come for the first time at any hour."""
    existing = known + new_a_day * at / DAY
    ranks = np.floor(existing ** random.uniform(0, 1, len(at))).astype(np.int64)
    return np.array([f"{prefix}{rank}" for rank in ranks.tolist()], dtype=np.object_)


def identifiers(random: np.random.Generator, count: int, prefix: str) -> Values:
    """Names that are nearly all distinct."""
    drawn = random.integers(0, 2**40, count).tolist()
    return np.array([f"{prefix}{number:010x}" for number in drawn], dtype=np.object_)
