"""Distributions that moved: how unlike its baselines a histogram is, window by window and slice by slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.distances import chi_square_p_value
from console.checks.grid import (
    Board,
    Counts,
    Flags,
    Grid,
    Steps,
    Values,
    automatic_baseline,
    between,
    prefix,
    usual_highest,
)

MIN_EXPECTED = 5
"""Rows that a bin's share of the baseline must lead one to expect in the window (Cochran 1954)."""
NEAR_HOURS = 3
"""While there is no earlier day, a window is also compared with so many hours before it."""
EARLY_HOURS = 6
"""Hours of history below which twice the limit must be passed: its rhythm is not known."""
SETTLED_HOURS = 6
"""What is usual is taken from windows that lie so far back, so that a slow climb is no part of it."""
MIX_COVER = 0.9
"""Share of the rows that must lie in the slices of a dimension, for its mix to explain anything."""


@dataclass(frozen=True, slots=True)
class ShapeLimits:
    """When a distribution has moved: by enough, and by more than chance or its own rhythm moves it."""

    psi: float = 0.2
    """Population stability index."""
    critical_psi: float = 1.0
    min_rows: int = 50
    """Rows in the window, below which there are too few."""
    min_baseline_rows: int = 200
    above_usual: float = 1.5
    """Times by which it must exceed the highest that it reached in the day before."""
    clear: float = 0.5
    """Part of the limit below which it is over."""
    chance_a_day: float = 0.02
    """False alarms a day that chance may cause, over all windows and features of a model together."""
    needed: int = 2
    """So many of the last `among` windows must breach."""
    among: int = 3


def psi_of(current: npt.NDArray[np.number], baseline: npt.NDArray[np.number]) -> tuple[Values, Counts]:
    """Population stability index of histograms, and the number of bins that it was made of.

    Bins in which fewer than `MIN_EXPECTED` rows are to be expected are pooled; those that are empty on
    both sides are left out.

    Args:
        current: rows by bin, shape (..., n_bins, n_ends).
        baseline: the same of the baseline; need not be whole numbers.

    Returns:
        Both of shape (..., n_ends); NaN where one side has no rows.

    Source: Siddiqi 2006, Credit Risk Scorecards; half a row added to each bin is ours.
    """
    rows, base_rows = current.sum(axis=-2, keepdims=True), baseline.sum(axis=-2, keepdims=True)
    with np.errstate(divide="ignore", invalid="ignore"):
        expected = baseline * (rows / base_rows)
    rare = ~(expected >= MIN_EXPECTED)
    current_pool = np.where(rare, current, 0).sum(axis=-2, keepdims=True)
    base_pool = np.where(rare, baseline, 0).sum(axis=-2, keepdims=True)
    pooled = (current_pool + base_pool) > 0
    used = (~rare).sum(axis=-2, keepdims=True) + pooled
    whole, base_whole = rows + 0.5 * used, base_rows + 0.5 * used
    with np.errstate(divide="ignore", invalid="ignore"):
        terms = np.where(rare, 0.0, _terms(current, baseline, whole, base_whole)).sum(axis=-2)
        pool = np.where(pooled, _terms(current_pool, base_pool, whole, base_whole), 0.0)[..., 0, :]
    there = (rows > 0) & (base_rows > 0)
    return np.where(there[..., 0, :], terms + pool, np.nan), used[..., 0, :].astype(np.int64)


def _terms(
    current: npt.NDArray[np.number],
    baseline: npt.NDArray[np.number],
    whole: npt.NDArray[np.number],
    base_whole: npt.NDArray[np.number],
) -> Values:
    c, b = (current + 0.5) / whole, (baseline + 0.5) / base_whole
    terms: Values = (c - b) * np.log(c / b)
    return terms


@dataclass(frozen=True, slots=True)
class Compared:
    """Windows of one length of a feature and its slices against what they are compared with.

    Arrays have the shape (n_slices, n_ends) unless said otherwise; slice 0 is the whole.
    """

    window: int
    current: Counts
    """Shape (n_slices, n_bins, n_ends)."""
    baseline: npt.NDArray[np.number]
    """That which tells it best, in the shape of `current`."""
    psi: Values
    """The least over all that it is compared with; NaN where rows or baseline are too few."""
    fixed: Flags
    """Compared with the first day, not with what preceded."""
    rows: Counts
    base_rows: Counts
    limit: Values
    """PSI from which it breaches."""
    passed: Flags
    """Whether the limit is passed."""
    chance: Values
    """Probability of such a PSI by chance, where the limit is passed; 1 elsewhere."""
    lingers: Flags


def compare(
    counts: npt.NDArray[np.integer],
    groups: Sequence[tuple[str, str]],
    board: Board,
    window: int,
    limits: ShapeLimits,
    *,
    masked: Flags,
    pinned: Counts | None = None,
) -> Compared:
    """Each window and slice against each of its baselines.

    A window has moved only if it is unlike all of these: what preceded it (or the same hours of three or
    more earlier days); the same hours of the last day that is clear, or, while there is none, the three
    hours before; and what the mix of its slices leads one to expect, each distributed as it was before. Or
    it is unlike the first day, for windows of four hours and more: a slow climb moves along with any
    baseline that follows it.

    Args:
        counts: rows, shape (n_slices, n_bins, n_steps).
        groups: dimension and value of each slice; empty for the whole, which is the first.
        window: steps in a window.
        masked: steps that are no baseline, shape (n_steps,).
        pinned: a chosen baseline instead of all others, shape (n_slices, n_bins).
    """
    ends, grid = board.ends, board.grid
    total = prefix(counts)
    current = between(total, ends + 1 - window, ends + 1)
    rows = current.sum(axis=1)
    seen = np.flatnonzero(counts[0].sum(axis=0) > 0)
    first = int(seen[0]) if seen.size else 0
    age = ends + 1 - window - first
    choices: list[npt.NDArray[np.number]] = []
    settled = age >= grid.day
    if pinned is not None:
        choices.append(np.broadcast_to(pinned[..., None], current.shape))
        moved, best = _least(current, choices, limits, ends.shape)
        settled = np.ones_like(settled)
    else:
        preceding = automatic_baseline(counts, ends, window, grid, masked=masked, first=first).sums
        same, known = _same_hours(counts, ends, window, grid, masked=masked, first=first)
        begin = ends + 1 - window
        near = between(total, np.maximum(begin - NEAR_HOURS * grid.hour, first), begin)
        choices += [preceding, np.where(known, same, near)]
        choices += _by_mix(current, preceding, groups, limits.min_baseline_rows)
        moved, best = _least(current, choices, limits, ends.shape)
        short_enough = window <= grid.hour
        possible = known | (short_enough & (age >= NEAR_HOURS * grid.hour))
        moved = np.where(possible, moved, np.nan)
    fixed_psi, fixed_base = np.full(moved.shape, np.nan), current
    if pinned is None and window >= 4 * grid.hour:
        fixed_base = _first_day(counts, ends, window, grid, masked=masked, first=first)
        choices.append(fixed_base)
        mixed = _by_mix(current, fixed_base, groups, limits.min_baseline_rows)
        fixed_psi, _ = _least(current, [fixed_base, *mixed], limits, ends.shape)
    if window >= grid.day and pinned is None:
        moved = np.full(moved.shape, np.nan)
    by_first = np.nan_to_num(fixed_psi, nan=-1.0) > np.nan_to_num(moved, nan=-1.0)
    psi = np.where(by_first, fixed_psi, moved)
    index = np.where(by_first, len(choices) - 1, best)
    baseline = np.take_along_axis(np.stack(choices), index[None, :, None, :], axis=0)[0]
    base_rows = baseline.sum(axis=1)
    touched = (between(prefix(masked.astype(np.int64)), ends + 1 - window, ends + 1) > 0)[None, :]
    usual = _usual(psi, ends, grid, window, usable=~touched & (rows >= limits.min_rows), settled=settled)
    least = np.where((age < EARLY_HOURS * grid.hour) & ~settled, 2 * limits.psi, limits.psi)
    limit = np.maximum(least, usual * limits.above_usual)
    with np.errstate(invalid="ignore"):
        passed = (psi >= limit) & (rows >= limits.min_rows)
        lingers = (psi >= limits.clear * limit) & (psi >= limits.psi / 2) & (rows >= limits.min_rows)
    passed &= ~_only_by_mix(passed, current, choices, groups, pinned, limits)
    chance = _chances(passed, current, baseline, rows, base_rows)
    return Compared(
        window=window,
        current=current,
        baseline=baseline,
        psi=psi,
        fixed=by_first,
        rows=rows,
        base_rows=np.asarray(base_rows).astype(np.int64),
        limit=limit,
        passed=passed,
        chance=chance,
        lingers=lingers,
    )


def _least(
    current: Counts, choices: Sequence[npt.NDArray[np.number]], limits: ShapeLimits, shape: tuple[int, ...]
) -> tuple[Values, npt.NDArray[np.int64]]:
    """The least PSI over the baselines that have rows enough, NaN without any; and which it is."""
    found = np.full((len(choices), current.shape[0], *shape), np.inf)
    for place, baseline in enumerate(choices):
        enough = baseline.sum(axis=1) >= limits.min_baseline_rows
        found[place] = np.where(enough, np.nan_to_num(psi_of(current, baseline)[0], nan=np.inf), np.inf)
    best = np.argmin(found, axis=0)
    least = np.take_along_axis(found, best[None], axis=0)[0]
    return np.where(np.isfinite(least), least, np.nan), best


def _same_hours(
    counts: npt.NDArray[np.integer], ends: Steps, window: int, grid: Grid, *, masked: Flags, first: int
) -> tuple[Counts, Flags]:
    """Sums over the window's hours, one more on either side, on the last day of the week before on which
    no more than half of them is masked; and whether there is one.
    """
    total = prefix(np.where(masked, 0, counts))
    usable = prefix((~masked).astype(np.int64))
    begin = ends + 1 - window
    sums = np.zeros((*counts.shape[:-1], len(ends)), dtype=np.int64)
    known = np.zeros(len(ends), dtype=np.bool_)
    for back in range(1, 8):
        start = begin - back * grid.day - grid.hour
        until = np.minimum(ends + 1 - back * grid.day + grid.hour, begin)
        take = ~known & (start >= first) & (2 * between(usable, start, until) >= until - start)
        sums = np.where(take, between(total, start, until), sums)
        known |= take
        if known.all() or not (start >= first).any():
            break
    return sums, known


def _first_day(
    counts: npt.NDArray[np.integer], ends: Steps, window: int, grid: Grid, *, masked: Flags, first: int
) -> Counts:
    """Sums over the window's hours, one more on either side, of the first day; none within two days of it.

    For a window of a day, the whole first day, once it is over.
    """
    total = prefix(np.where(masked, 0, counts))
    begin = ends + 1 - window
    if window >= grid.day:
        return np.where(
            begin >= first + grid.day, between(total, begin * 0 + first, begin * 0 + first + grid.day), 0
        )
    back = (begin - grid.hour - first) // grid.day
    start = begin - grid.hour - back * grid.day
    until = ends + 1 + grid.hour - back * grid.day
    return np.where(back >= 2, between(total, start, until), 0)


def _by_mix(
    current: Counts, baseline: Counts, groups: Sequence[tuple[str, str]], least: int
) -> list[npt.NDArray[np.number]]:
    """For each dimension: what the whole would be if each of its slices were as before, mixed as now.

    A slice that is new is taken as it is, but for a version, which is to be like those before. Slices
    themselves are compared with nothing of this kind: for them it has no rows.
    """
    found: list[npt.NDArray[np.number]] = []
    for dimension in sorted({name for name, _ in groups if name}):
        places = [place for place, (name, _) in enumerate(groups) if name == dimension]
        now, before = current[places], baseline[places]
        rows, base_rows = now.sum(axis=1, keepdims=True), before.sum(axis=1, keepdims=True)
        fresh = base_rows < least
        if dimension == "model_version":
            shape = np.where(fresh, baseline[:1], before)
        else:
            shape = np.where(fresh, now, before)
        weight = shape.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            mixed = np.where(weight > 0, shape * (rows / weight), 0.0).sum(axis=0)
            covered = mixed.sum(axis=0) >= MIX_COVER * current[0].sum(axis=0)
            # So many rows stand behind it as behind the whole's own baseline.
            scaled = mixed * (baseline[0].sum(axis=0) / mixed.sum(axis=0))
        expected = np.zeros(current.shape)
        expected[0] = np.where(covered & np.isfinite(scaled), scaled, 0.0)
        found.append(expected)
    return found


def _only_by_mix(
    passed: Flags,
    current: Counts,
    choices: Sequence[npt.NDArray[np.number]],
    groups: Sequence[tuple[str, str]],
    pinned: Counts | None,
    limits: ShapeLimits,
) -> Flags:
    """Slices that may have moved only because the mix within them did, as it did in the whole."""
    doubtful = np.zeros_like(passed)
    dimensions = sorted({name for name, _ in groups if name})
    if pinned is not None or not passed[1:].any():
        return doubtful
    raw = np.nan_to_num(psi_of(current[0], choices[0][0])[0], nan=0.0)
    for dimension, expected in zip(dimensions, choices[2:], strict=False):
        mixed = psi_of(current[0], expected[0])[0]
        explained = (raw >= limits.psi / 2) & (np.nan_to_num(mixed, nan=np.inf) < raw / 2)
        others = np.array([name not in ("", dimension, "model_version") for name, _ in groups])
        doubtful |= others[:, None] & explained[None, :]
    return doubtful


def _usual(psi: Values, ends: Steps, grid: Grid, window: int, *, usable: Flags, settled: Flags) -> Values:
    """The highest of the day before; up to some hours ago, or, on the first day, to one window ago."""
    if not len(ends):
        return np.zeros_like(psi)
    calm = np.where(usable, np.nan_to_num(psi, nan=0.0), 0.0)
    all_of = np.ones(len(ends), dtype=np.bool_)
    far = usual_highest(calm, ends, grid, window=max(window, SETTLED_HOURS * grid.hour), usable=all_of)
    near = usual_highest(calm, ends, grid, window=window, usable=all_of)
    return np.where(settled, far, near)


def _chances(
    asked: Flags,
    current: Counts,
    baseline: npt.NDArray[np.number],
    rows: Counts,
    base_rows: npt.NDArray[np.number],
) -> Values:
    """Probability of such a PSI by chance, if nothing moved, where it is asked for; else 1.

    Without drift PSI is about (1/n + 1/m) times chi-square with bins - 1 degrees of freedom.
    Source: Yurdakul and Naranjo 2020, Statistical properties of the population stability index.
    """
    chance = np.ones(asked.shape)
    for place, at in zip(*np.nonzero(asked), strict=True):
        psi, bins = psi_of(current[place, :, at : at + 1], baseline[place, :, at : at + 1])
        noise = 1 / rows[place, at] + 1 / base_rows[place, at]
        chance[place, at] = chi_square_p_value(float(psi[0] / noise), max(1, int(bins[0]) - 1))
    return chance


def passing(chances: npt.NDArray[np.float64], tolerated: float) -> Values:
    """For each column the chance up to which hypotheses are rejected, so that of those that are no more
    than this share is wrong: shape (n_ends,).

    Args:
        chances: p-values, shape (n_hypotheses, n_ends).
        tolerated: false discovery rate.

    Source: Benjamini and Hochberg 1995.
    """
    ordered = np.sort(chances, axis=0)
    steps = tolerated * np.arange(1, len(ordered) + 1)[:, None] / len(ordered)
    level: Values = np.where(ordered <= steps, steps, 0.0).max(axis=0)
    return level
