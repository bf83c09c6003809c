"""Shares that rose: how many of a subject's rows are hit, in windows of several lengths, slice by slice."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.check import CellQuery
from console.checks.grid import (
    Board,
    Cells,
    Counts,
    Flags,
    Pinned,
    Steps,
    Values,
    automatic_baseline,
    of_recent,
    prefix,
    usual_highest,
    window_sums,
)
from console.checks.statistics import rise_p_value
from console.model import Verdict


@dataclass(frozen=True, slots=True)
class ShareLimits:
    """When a share has risen: by enough, on enough rows, and neither by chance nor by its own rhythm."""

    min_rows: int = 20
    """Rows in the window, below which there are too few to say that all is quiet."""
    min_baseline_rows: int = 100
    """Rows in the baseline, below which there is none."""
    min_hits: int = 5
    min_gain: float = 0.02
    """Share by which it must exceed the baseline, 0..1."""
    min_ratio: float = 2.0
    """Times by which it must exceed the baseline."""
    above_usual: float = 1.3
    """Times by which it must exceed the highest that it reached in the day before."""
    clear: float = 0.5
    """Part of the way from the baseline to the limit, below which it is over."""
    chance_a_day: float = 0.02
    """False alarms a day that chance may cause, over all windows and slices of a subject together."""
    without_baseline: float = 0.2
    """Share from which it breaches where there is no baseline; above 1 it never does."""
    needed: int = 2
    """So many of the last `among` windows must breach, unless it is beyond doubt."""
    among: int = 3


@dataclass(frozen=True, slots=True)
class Series:
    """A subject's rows and hits, step by step; row 0 is the whole, the others are its slices."""

    rows: npt.NDArray[np.integer]
    """Shape (1 + n_slices, n_steps)."""
    hits: npt.NDArray[np.integer]


@dataclass(frozen=True, slots=True)
class Found:
    """One window of a subject, judged."""

    end: int
    """Its last step."""
    window: int
    """Its length in steps."""
    verdict: Verdict
    place: int
    """Row of the series that tells it best: 0 is the whole."""
    rows: int
    hits: int
    baseline_rows: int
    baseline_hits: int
    limit: float
    """Share from which it breaches."""
    usual: float
    """The highest share in the day before."""
    seasonal: bool
    whole_rows: int
    whole_hits: int
    trouble: tuple[int, int] | None
    """First step and the step behind the last in which the share is high; None where nothing is."""

    @property
    def share(self) -> float:
        """Share of the rows that are hit, 0..1."""
        return self.hits / self.rows if self.rows else 0.0

    @property
    def baseline_share(self) -> float | None:
        """The same before; None without a baseline."""
        return self.baseline_hits / self.baseline_rows if self.baseline_rows else None


BEYOND_DOUBT = 1e-9
"""Chance below which a window need not be confirmed by another, if it is also far over its limit."""


def judge_series(
    series: Series,
    board: Board,
    windows: Sequence[int],
    limits: ShareLimits,
    *,
    masked: Flags,
    pinned: tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]] | None = None,
) -> list[Found]:
    """What is found of one subject: each window that breached or lingers, and the newest of each length.

    A slice is compared with its own baseline, or the whole's while its own is too small. Of several
    slices that breach in a window, the one in which the hits are concentrated best is told.

    Args:
        windows: lengths in steps.
        masked: steps that are no baseline, shape (n_steps,).
        pinned: rows and hits of a chosen baseline, each of shape (1 + n_slices,).
    """
    found: list[Found] = []
    for window in windows:
        found += _judge_length(series, board, window, limits, masked=masked, pinned=pinned)
    return found


def _judge_length(
    series: Series,
    board: Board,
    window: int,
    limits: ShareLimits,
    *,
    masked: Flags,
    pinned: tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]] | None,
) -> list[Found]:
    ends, grid = board.ends, board.grid
    rows, hits = window_sums(series.rows, ends, window), window_sums(series.hits, ends, window)
    seen = np.flatnonzero(series.rows[0] > 0)
    first = int(seen[0]) if seen.size else 0
    if pinned is None:
        both = np.stack([series.rows, series.hits])
        base = automatic_baseline(both, ends, window, grid, masked=masked, first=first)
        base_rows, base_hits, seasonal = base.sums[0], base.sums[1], base.seasonal
    else:
        base_rows = np.broadcast_to(pinned[0][:, None], rows.shape).astype(np.int64)
        base_hits = np.broadcast_to(pinned[1][:, None], rows.shape).astype(np.int64)
        seasonal = np.zeros(ends.shape, dtype=np.bool_)
    own = base_rows >= limits.min_baseline_rows
    base_rows, base_hits = np.where(own, base_rows, base_rows[:1]), np.where(own, base_hits, base_hits[:1])
    has_base = base_rows >= limits.min_baseline_rows
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(rows > 0, hits / rows, 0.0)
        usually = np.where(has_base, base_hits / base_rows, 0.0)
    touched = window_sums(masked.astype(np.int64), ends, window) > 0
    calm = ~touched & (rows >= limits.min_rows)
    usual = usual_highest(share, ends, grid, window=window, usable=calm)
    limit = np.where(
        has_base,
        np.maximum(usually + limits.min_gain, usually * limits.min_ratio),
        limits.without_baseline,
    )
    enough = (hits >= limits.min_hits) & np.where(has_base, True, rows >= limits.min_rows)
    effect = enough & (share >= limit) & (share >= usual * limits.above_usual)
    chance = _chances(effect & has_base, rows, hits, base_rows, base_hits)
    tests = max(1, series.rows.shape[0])
    tolerated = limits.chance_a_day * window / grid.day / tests
    fired = effect & (np.where(has_base, chance, 0.0) < tolerated)
    sure = fired & (chance < BEYOND_DOUBT) & (share >= 2 * limit) & (hits >= 4 * limits.min_hits)
    breached = of_recent(ends, fired, needed=limits.needed, among=limits.among) | sure
    lingers = has_base & (share >= usually + limits.clear * (limit - usually)) & (hits >= limits.min_hits)
    return _told(
        series,
        board,
        window,
        limits,
        rows,
        hits,
        base_rows,
        base_hits,
        limit,
        usual,
        breached,
        lingers,
        seasonal,
    )


def _chances(asked: Flags, rows: Counts, hits: Counts, base_rows: Counts, base_hits: Counts) -> Values:
    """Probability of so many hits by chance, for the windows asked for; 1 elsewhere."""
    chance = np.ones(rows.shape)
    for place in zip(*np.nonzero(asked), strict=True):
        chance[place] = rise_p_value(
            int(hits[place]), int(rows[place]), int(base_hits[place]), int(base_rows[place])
        )
    return chance


def _told(
    series: Series,
    board: Board,
    window: int,
    limits: ShareLimits,
    rows: Counts,
    hits: Counts,
    base_rows: Counts,
    base_hits: Counts,
    limit: Values,
    usual: Values,
    breached: Flags,
    lingers: Flags,
    seasonal: Flags,
) -> list[Found]:
    ends: Steps = board.ends
    concentrated = 2 * hits / np.maximum(rows + hits[:1], 1)
    shown = np.where(breached, 2.0 + concentrated, np.where(lingers, concentrated, -1.0))
    best = np.argmax(shown, axis=0)
    found = []
    for at in range(len(ends)):
        place, newest = int(best[at]), at == len(ends) - 1
        value = shown[place, at]
        if ends[at] < board.tell_from or (value < 0 and not newest):
            continue
        if value < 0:
            place = 0
        if value >= 2:
            verdict = Verdict.BREACH
        elif value >= 0:
            verdict = Verdict.LINGERING
        elif rows[0, at] < limits.min_rows:
            verdict = Verdict.TOO_FEW_ROWS
        elif base_rows[0, at] < limits.min_baseline_rows:
            verdict = Verdict.NO_BASELINE
        else:
            verdict = Verdict.QUIET
        compared = base_rows[place, at] >= limits.min_baseline_rows
        found.append(
            Found(
                end=int(ends[at]),
                window=window,
                verdict=verdict,
                place=place,
                rows=int(rows[place, at]),
                hits=int(hits[place, at]),
                baseline_rows=int(base_rows[place, at]) if compared else 0,
                baseline_hits=int(base_hits[place, at]) if compared else 0,
                limit=float(limit[place, at]),
                usual=float(usual[place, at]),
                seasonal=bool(seasonal[at]),
                whole_rows=int(rows[0, at]),
                whole_hits=int(hits[0, at]),
                trouble=_trouble(series, place, int(ends[at]), window, base_rows, base_hits, at)
                if value >= 0
                else None,
            )
        )
    return found


def _trouble(
    series: Series, place: int, end: int, window: int, base_rows: Counts, base_hits: Counts, at: int
) -> tuple[int, int]:
    first = max(0, end + 1 - window)
    rows, hits = series.rows[place, first : end + 1], series.hits[place, first : end + 1]
    usual = base_hits[place, at] / base_rows[place, at] if base_rows[place, at] else 0.0
    low, high = densest(rows, hits, float(usual))
    return first + low, first + high


def densest(rows: npt.NDArray[np.integer], hits: npt.NDArray[np.integer], usual: float) -> tuple[int, int]:
    """The stretch of steps that stands out most from the usual share: its first, and the one behind its last.

    The one with the highest likelihood ratio of a share of its own against the usual one, among those in
    which it is higher. All of it if none is.

    Source: Kulldorff 1997, A spatial scan statistic, for one dimension and a known rate outside.

    Args:
        rows: shape (n_steps,).
        hits: shape (n_steps,).
        usual: share, 0..1.
    """
    steps = len(rows)
    all_rows, all_hits = prefix(rows), prefix(hits)
    low, high = np.triu_indices(steps + 1, 1)
    n = (all_rows[high] - all_rows[low]).astype(np.float64)
    h = (all_hits[high] - all_hits[low]).astype(np.float64)
    usual = min(max(usual, 1e-6), 1 - 1e-6)
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(n > 0, h / n, 0.0)
        ratio = np.where(h > 0, h * np.log(share / usual), 0.0)
        ratio += np.where(n > h, (n - h) * np.log((1 - share) / (1 - usual)), 0.0)
    ratio = np.where(share > usual, ratio, -1.0)
    best = int(np.argmax(ratio))
    return (int(low[best]), int(high[best])) if ratio[best] > 0 else (0, steps)


def pinned_totals(
    pinned: Pinned | None, query: CellQuery, cells: Cells, keys: npt.NDArray[np.int64], hits: str
) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]] | None:
    """Rows and hits of each key in a chosen baseline; None if none was chosen, or it knows none of them."""
    if pinned is None or query.name not in pinned.totals:
        return None
    names = cells.keys[keys.tolist()]
    told = names.join(pinned.totals[query.name], on=query.keys, how="left", maintain_order="left")
    rows, hit = (told[name].fill_null(0).to_numpy() for name in ("rows", hits))
    return (rows, hit) if rows.sum() else None
