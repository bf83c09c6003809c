"""Distributions that moved: how unlike its baselines a histogram is, window by window and slice by slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.distances import Numbers
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
)
from console.checks.psi import chances_of, noise_of, psi_of

EARLY_HOURS = 3
"""Hours of history, from which it is kept in mind how unlike what was before each window is."""
LEAST_HOURS = 12
"""Hours of history, from which a window can have moved: before, nobody can tell it from a rhythm."""
FIRST_DAY = 1.5
"""Times the limit that must be passed on the first day, of whose rhythm only a part is known."""
FIRST_DAY_HOURS = 3
"""On the first day what is usual is taken from windows that lie so far back."""
SETTLED_HOURS = 6
"""What is usual is taken from windows that lie so far back, so that a slow climb is no part of it."""
LEAST_NEAR = 50
"""Rows that the nearer hours must have, to be compared with."""
FIXED_DAYS = 3
"""Days of history, from which windows are compared with the first one."""
MIX_COVER = 0.9
"""Share of the rows that must lie in the slices of a dimension, for its mix to explain anything."""


@dataclass(frozen=True, slots=True)
class ShapeLimits:
    """When a distribution has moved: by enough, and by more than chance or its own rhythm moves it."""

    psi: float = 0.2
    """Population stability index of a model's feature."""
    slice_psi: float = 0.3
    """The same of a slice: there are many, and each has a life of its own."""
    critical_psi: float = 1.0
    min_rows: int = 50
    """Rows in the window, below which there are too few."""
    min_baseline_rows: int = 200
    above_usual: float = 2.0
    """Times by which it must exceed the highest that it reached before, alerts aside."""
    clear: float = 0.5
    """Part of the limit below which it is over."""
    chance_a_day: float = 0.02
    """False alarms a day that chance may cause, over all windows and features of a model together."""
    needed: int = 2
    """So many of the last `among` windows must breach."""
    among: int = 3


@dataclass(frozen=True, slots=True)
class Compared:
    """Windows of one length of a feature and its slices, each against the baseline that it is likest.

    Arrays have the shape (n_slices, n_ends) unless said otherwise; slice 0 is the whole.
    """

    window: int
    current: Counts
    """Shape (n_slices, n_bins, n_ends)."""
    baseline: Numbers
    """Shape (n_slices, n_bins, n_ends)."""
    psi: Values
    """NaN where rows or baseline are too few."""
    fixed: bool
    """Whether the baseline is the first day, not what preceded."""
    rows: Counts
    base_rows: Values
    limit: Values
    """PSI from which it breaches."""
    passed: Flags
    """Whether the limit is passed."""
    chance: Values
    """Probability of such a PSI by chance, where the limit is passed; 1 elsewhere."""
    lingers: Flags


def compare(
    counts: npt.NDArray[np.integer],
    groups: Sequence[str],
    board: Board,
    window: int,
    limits: ShapeLimits,
    *,
    masked: Flags,
    pinned: Counts | None = None,
) -> Compared:
    """Each window and slice against its baselines.

    A window has moved only if it is unlike all of these: what preceded it (or the same hours of three or
    more earlier days); the same hours of the last day that is clear; any stretch of its length that began
    between six and thirty hours before, whatever the hour, which is what the subject does by itself; and, of
    the whole, what its mix leads one to expect if each slice were as before. A version that is younger than
    a day is to be like the whole; of other slices so young nothing is said. On the first day thrice the limit
    must be passed. Windows of a day are compared with the first day, and only as a whole: a slow climb moves
    along with any baseline that follows it.

    Args:
        counts: rows, shape (n_slices, n_bins, n_steps).
        groups: dimension of each slice; empty for the whole, which is the first.
        window: steps in a window.
        masked: steps that are no baseline, shape (n_steps,).
        pinned: a chosen baseline instead of all others, shape (n_slices, n_bins).
    """
    ends, grid = board.ends, board.grid
    fixed = pinned is None and window >= grid.day
    young: Flags = np.zeros((len(counts), len(ends)), dtype=np.bool_)
    origin: Steps = np.zeros((len(counts), len(ends)), dtype=np.int64)
    current = between(prefix(counts), ends + 1 - window, ends + 1)
    seen = np.flatnonzero(counts[0].sum(axis=0) > 0)
    first = int(seen[0]) if seen.size else 0
    age = ends + 1 - window - first
    baseline: Numbers
    if pinned is not None:
        baseline = np.broadcast_to(pinned[..., None], current.shape).astype(np.float64)
    elif fixed:
        baseline = np.where(age >= grid.day, _day_from(counts, first, grid)[..., None], 0.0)
    else:
        baseline = automatic_baseline(counts, ends, window, grid, masked=masked, first=first).sums
        young, origin = _young(counts, groups, ends, window, grid, first)
        baseline = np.where(origin[:, None, :] == 0, baseline[:1], baseline)
    mixed = [] if pinned is not None else _by_mix(current, baseline, groups, limits.min_baseline_rows)
    if fixed:
        current, baseline, counts, young = current[:1], baseline[:1], counts[:1], young[:1]
    rows, base_rows = current.sum(axis=1), baseline.sum(axis=1).astype(np.float64)
    raw, used = psi_of(current, baseline)
    enough = (rows >= limits.min_rows) & (base_rows >= limits.min_baseline_rows) & ~young
    psi = np.where(enough, raw, np.nan)
    doubtful = np.zeros_like(psi, dtype=np.bool_)
    baseline = baseline.astype(np.float64)
    noise = noise_of(rows, base_rows, used)
    suspect = np.nan_to_num(psi, nan=0.0) > np.maximum(noise, limits.clear * limits.psi)
    for dimension, expected in mixed:
        likely = psi_of(current[0], expected)[0]
        explained = suspect[0] & (likely < raw[0] / 2)
        doubtful |= _others(groups, dimension)[: len(psi), None] & explained
        better = suspect[0] & (likely < psi[0])
        psi[0], baseline[0] = np.where(better, likely, psi[0]), np.where(better, expected, baseline[0])
    limit = np.full(psi.shape, limits.slice_psi)
    limit[0] = limits.psi
    told = age >= FIXED_DAYS * grid.day if fixed else np.ones_like(age, dtype=np.bool_)
    if pinned is None and not fixed:
        suspect &= age >= EARLY_HOURS * grid.hour
        told = age >= LEAST_HOURS * grid.hour
        limit[:, age < grid.day] *= FIRST_DAY
        _nearest(psi, baseline, suspect, counts, current, origin, board, window, masked, first)
    touched = between(prefix(masked.astype(np.int64)), ends + 1 - window, ends + 1) > 0
    usual = _usual(np.where(touched, np.nan, psi), ends, grid, window, settled=age >= grid.day)
    usual = np.maximum(usual, usual[:1]) * np.where(age < grid.day, FIRST_DAY, 1.0)
    psi = np.where(told, psi, np.nan)
    limit = limit if pinned is not None else np.maximum(limit, limits.above_usual * usual)
    far = np.nan_to_num(psi, nan=-1.0)
    passed = suspect & ~doubtful & (far >= limit)
    return Compared(
        window=window,
        current=current,
        baseline=baseline,
        psi=psi,
        fixed=fixed,
        rows=rows,
        base_rows=baseline.sum(axis=1),
        limit=limit,
        passed=passed,
        chance=chances_of(passed, current, baseline),
        lingers=suspect & ~doubtful & (far >= limits.clear * limit),
    )


def _day_from(counts: npt.NDArray[np.integer], first: int, grid: Grid) -> Counts:
    day: Counts = counts[..., first : first + grid.day].sum(axis=-1, dtype=np.int64)
    return day


def _nearest(
    psi: Values,
    baseline: Numbers,
    suspect: Flags,
    counts: npt.NDArray[np.integer],
    current: Counts,
    origin: Steps,
    board: Board,
    window: int,
    masked: Flags,
    first: int,
) -> None:
    """PSI and baseline of what is suspect are those of the stretch of earlier hours that it is likest."""
    grid = board.grid
    place, at = np.nonzero(suspect)
    begin = board.ends[at] + 1 - window
    total = prefix(np.where(masked, 0, counts))
    start, until, known = _same_hours(board.ends, window, grid, masked=masked, first=first)
    stretches = [(start[at], until[at], known[at])]
    for back in range(SETTLED_HOURS, SETTLED_HOURS + 25):
        start = begin - back * grid.hour
        stretches.append((start, start + window, start >= first))
    for start, until, there in stretches:
        p, a = place[there], at[there]
        stretch = _stretches(total, origin[p, a], start[there], until[there])
        likely = psi_of(current[p, :, a].T, stretch.T)[0]
        better = (stretch.sum(axis=1) >= LEAST_NEAR) & (likely < psi[p, a])
        psi[p[better], a[better]] = likely[better]
        baseline[p[better], :, a[better]] = stretch[better]


def _young(
    counts: npt.NDArray[np.integer], groups: Sequence[str], ends: Steps, window: int, grid: Grid, first: int
) -> tuple[Flags, Steps]:
    """Slices that came up less than a day before the window and later than the model, of which nothing can
    be said; and which slice each is compared with: the whole for such a version, itself for all others.
    """
    since = np.array([int(np.argmax(row > 0)) for row in counts.sum(axis=1)])
    late = (since > first + grid.day // 4)[:, None]
    fresh = late & (ends + 1 - window - since[:, None] < grid.day)
    version = np.array([name == "model_version" for name in groups])[:, None]
    return fresh & ~version, np.where(fresh & version, 0, np.arange(len(counts))[:, None])


def _stretches(total: Counts, place: Steps, start: Steps, until: Steps) -> Counts:
    """Rows by bin of a slice each, in a stretch each: shape (n_stretches, n_bins)."""
    last = total.shape[-1] - 1
    low = np.clip(start, 0, last)
    sums: Counts = total[place, :, np.maximum(np.clip(until, 0, last), low)] - total[place, :, low]
    return sums


def _same_hours(
    ends: Steps, window: int, grid: Grid, *, masked: Flags, first: int
) -> tuple[Steps, Steps, Flags]:
    """Beginning and end of the window's hours, one more on either side, on the last day of the week before
    on which no more than half of them is masked; and whether there is one. Shape (n_ends,) each.
    """
    usable = prefix((~masked).astype(np.int64))
    begin = ends + 1 - window
    found_start, found_until = begin.copy(), begin.copy()
    known = np.zeros(len(ends), dtype=np.bool_)
    for back in range(1, 8):
        start = begin - back * grid.day - grid.hour
        until = np.minimum(ends + 1 - back * grid.day + grid.hour, begin)
        take = ~known & (start >= first) & (2 * between(usable, start, until) >= until - start)
        found_start, found_until = np.where(take, start, found_start), np.where(take, until, found_until)
        known |= take
    return found_start, found_until, known


def _by_mix(
    current: Counts, baseline: Numbers, groups: Sequence[str], least: int
) -> list[tuple[str, Numbers]]:
    """For each dimension: what the whole would be if each of its slices were as before, mixed as now.

    A slice that is new is taken as it is, but for a version, which is to be like those before. Of shape
    (n_bins, n_ends), and of as many rows as the whole's own baseline; none where the slices do not make up
    the whole.
    """
    found: list[tuple[str, Numbers]] = []
    for dimension in sorted({name for name in groups if name}):
        places = [place for place, name in enumerate(groups) if name == dimension]
        now, before = current[places], baseline[places]
        rows = now.sum(axis=1, keepdims=True)
        fresh = before.sum(axis=1, keepdims=True) < least
        shape = np.where(fresh, baseline[:1] if dimension == "model_version" else now, before)
        weight = shape.sum(axis=1, keepdims=True)
        with np.errstate(divide="ignore", invalid="ignore"):
            mixed = np.where(weight > 0, shape * (rows / weight), 0.0).sum(axis=0)
            scaled = mixed * (baseline[0].sum(axis=0) / mixed.sum(axis=0))
        covered = mixed.sum(axis=0) >= MIX_COVER * current[0].sum(axis=0)
        found.append((dimension, np.where(covered & np.isfinite(scaled), scaled, 0.0)))
    return found


def _others(groups: Sequence[str], dimension: str) -> Flags:
    """Slices of the other dimensions, in which the mix may have changed as it did in the whole."""
    return np.array([name not in ("", dimension) for name in groups])


def _usual(psi: Values, ends: Steps, grid: Grid, window: int, *, settled: Flags) -> Values:
    """The highest PSI that each series had until some hours before, since it is known."""
    if not len(ends):
        return np.zeros_like(psi)
    highest = np.maximum.accumulate(np.nan_to_num(psi, nan=0.0), axis=1)
    hours = np.where(settled, SETTLED_HOURS, FIRST_DAY_HOURS)
    last = np.searchsorted(ends, ends - np.maximum(window, hours * grid.hour), side="right") - 1
    return np.where(last >= 0, highest[:, np.maximum(last, 0)], 0.0)
