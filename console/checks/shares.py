"""Shares that rose: how many of a subject's rows are hit, in windows of several lengths, slice by slice."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.bursts import clumps, densest
from console.checks.grid import (
    Baseline,
    Board,
    Counts,
    Flags,
    Steps,
    Values,
    automatic_baseline,
    of_recent,
    same_hour_highest,
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
    borrows: Flags | None = None
    """Slices that are compared with the whole while their own baseline is too small, shape (1 + n_slices,);
    None for all."""


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


LINGERING_CHANCE = 1e-3
"""Chance above which a raised share is no more than noise, and carries no alert on."""
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
        base_rows, base_hits = _higher(base, limits.min_baseline_rows)
        seasonal = base.seasonal
    else:
        base_rows = np.broadcast_to(pinned[0][:, None], rows.shape).astype(np.int64)
        base_hits = np.broadcast_to(pinned[1][:, None], rows.shape).astype(np.int64)
        seasonal = np.zeros(ends.shape, dtype=np.bool_)
    clumping = clumps(series.rows[0], series.hits[0], grid.hour, masked)
    sums = Sums(rows, hits, base_rows, base_hits, seasonal, clumping=clumping, borrows=series.borrows)

    def of_steps(place: int, end: int) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]]:
        at = slice(max(0, end + 1 - window), end + 1)
        return series.rows[place, at], series.hits[place, at]

    return judge_sums(sums, of_steps, board, window, limits, masked=masked)


@dataclass(frozen=True, slots=True)
class Sums:
    """Windows of one length and their baselines; row 0 is the whole, the others are its slices."""

    rows: Counts
    """Shape (1 + n_slices, n_ends), as of the next three."""
    hits: Counts
    base_rows: Counts
    base_hits: Counts
    seasonal: Flags
    """Shape (n_ends,)."""
    usual: Values | None = None
    """The highest share of the day before; None if it follows from the sums, which it does not where hits
    at one end are others than at the next."""
    clumping: float = 1.0
    """How many hits come together, on average: so many count as one where chance is judged."""
    borrows: Flags | None = None
    """As of a series."""


OfSteps = Callable[[int, int], tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]]]
"""Row of the sums, last step of a window -> rows and hits of each of its steps."""


def judge_sums(
    sums: Sums, of_steps: OfSteps, board: Board, window: int, limits: ShareLimits, *, masked: Flags
) -> list[Found]:
    """The same as `judge_series`, of windows of one length that are summed already.

    Args:
        window: length in steps.
        masked: steps that are no baseline, shape (n_steps,).
    """
    ends, grid = board.ends, board.grid
    rows, hits, base_rows, base_hits = sums.rows, sums.hits, sums.base_rows, sums.base_hits
    own = base_rows >= limits.min_baseline_rows
    if sums.borrows is not None:
        own |= ~sums.borrows[:, None]
    base_rows, base_hits = np.where(own, base_rows, base_rows[:1]), np.where(own, base_hits, base_hits[:1])
    has_base = base_rows >= limits.min_baseline_rows
    with np.errstate(divide="ignore", invalid="ignore"):
        share = np.where(rows > 0, hits / rows, 0.0)
        usually = np.where(has_base, base_hits / base_rows, 0.0)
    usual = sums.usual
    if usual is None:
        touched = window_sums(masked.astype(np.int64), ends, window) > 0
        calm = ~touched & (rows >= limits.min_rows)
        usual = np.maximum(
            usual_highest(share, ends, grid, window=window, usable=calm),
            same_hour_highest(np.where(rows >= limits.min_rows, share, 0.0), ends, grid, masked=masked),
        )
    limit = np.where(
        has_base,
        np.maximum(usually + limits.min_gain, usually * limits.min_ratio),
        limits.without_baseline,
    )
    enough = (hits >= limits.min_hits) & np.where(has_base, True, rows >= limits.min_rows)
    effect = enough & (share >= limit) & (share >= usual * limits.above_usual)
    lingers = has_base & (hits >= limits.min_hits) & (share >= usually + limits.clear * (limit - usually))
    chance = _chances((effect | lingers) & has_base, sums.clumping, rows, hits, base_rows, base_hits)
    lingers &= chance < LINGERING_CHANCE
    tests = max(1, rows.shape[0])
    tolerated = limits.chance_a_day * window / grid.day / tests
    fired = effect & (np.where(has_base, chance, 0.0) < tolerated)
    fired = _spread(fired, of_steps, ends, window, limit)
    sure = fired & (chance < BEYOND_DOUBT) & (share >= 2 * limit) & (hits >= 3 * limits.min_hits)
    breached = of_recent(ends, fired, needed=limits.needed, among=limits.among) | sure
    judged = _Judged(rows, hits, base_rows, base_hits, limit, usual, breached, lingers, sums.seasonal)
    return _told(of_steps, judged, board, window, limits)


@dataclass(frozen=True, slots=True)
class _Judged:
    """Windows of one length, of the whole and its slices: shape (1 + n_slices, n_ends) each, but the last."""

    rows: Counts
    hits: Counts
    base_rows: Counts
    base_hits: Counts
    limit: Values
    usual: Values
    breached: Flags
    lingers: Flags
    seasonal: Flags
    """Shape (n_ends,)."""


def _spread(fired: Flags, of_steps: OfSteps, ends: Steps, window: int, limit: Values) -> Flags:
    """Those of the windows in which the share is high without their worst step, too.

    A burst of a few hits is over before anybody looks. Of a window of one step it cannot be told.
    """
    spread = fired.copy()
    if window == 1:
        return spread
    for place, at in zip(*np.nonzero(fired), strict=True):
        rows, hits = of_steps(int(place), int(ends[at]))
        worst = int(np.argmax(hits))
        rest, others = int(hits.sum() - hits[worst]), int(rows.sum() - rows[worst])
        spread[place, at] = rest >= 2 and rest >= limit[place, at] / 2 * others
    return spread


def _higher(base: Baseline, least: int) -> tuple[Counts, Counts]:
    """Rows and hits of the baseline, or of the same hours of the days before if that share is higher.

    One day or two do not make a season, but they show that a high share may be nothing new.
    """
    rows, hits = base.sums
    hour_rows, hour_hits = base.same_hours
    higher = (hour_rows >= least) & (hour_hits * rows > hits * hour_rows)
    return np.where(higher, hour_rows, rows), np.where(higher, hour_hits, hits)


def _chances(
    asked: Flags, clumping: float, rows: Counts, hits: Counts, base_rows: Counts, base_hits: Counts
) -> Values:
    """Probability of so many hits by chance, for the windows asked for; 1 elsewhere."""
    chance = np.ones(rows.shape)
    for place in zip(*np.nonzero(asked), strict=True):
        counts = (hits[place], rows[place], base_hits[place], base_rows[place])
        hit, row, base_hit, base_row = (int(count / clumping) for count in counts)
        chance[place] = rise_p_value(min(hit, row), row, min(base_hit, base_row), base_row)
    return chance


def _told(of_steps: OfSteps, judged: _Judged, board: Board, window: int, limits: ShareLimits) -> list[Found]:
    ends: Steps = board.ends
    rows, hits = judged.rows, judged.hits
    concentrated = 2 * hits / np.maximum(rows + hits[:1], 1)
    shown = np.where(judged.breached, 2.0 + concentrated, np.where(judged.lingers, concentrated, -1.0))
    best = np.argmax(shown, axis=0)
    found = []
    for at in range(len(ends)):
        value, newest = shown[best[at], at], at == len(ends) - 1
        if ends[at] < board.tell_from or (value < 0 and not newest):
            continue
        place = int(best[at]) if value >= 0 else 0
        compared = judged.base_rows[place, at] >= limits.min_baseline_rows
        base_rows = int(judged.base_rows[place, at]) if compared else 0
        base_hits = int(judged.base_hits[place, at]) if compared else 0
        if value >= 0:
            verdict = Verdict.BREACH if value >= 2 else Verdict.LINGERING
        elif rows[0, at] < limits.min_rows:
            verdict = Verdict.TOO_FEW_ROWS
        else:
            verdict = Verdict.QUIET if compared else Verdict.NO_BASELINE
        usually = base_hits / base_rows if base_rows else 0.0
        found.append(
            Found(
                end=int(ends[at]),
                window=window,
                verdict=verdict,
                place=place,
                rows=int(rows[place, at]),
                hits=int(hits[place, at]),
                baseline_rows=base_rows,
                baseline_hits=base_hits,
                limit=float(judged.limit[place, at]),
                usual=float(judged.usual[place, at]),
                seasonal=bool(judged.seasonal[at]),
                whole_rows=int(rows[0, at]),
                whole_hits=int(hits[0, at]),
                trouble=_trouble(of_steps, place, int(ends[at]), window, usually) if value >= 0 else None,
            )
        )
    return found


def _trouble(of_steps: OfSteps, place: int, end: int, window: int, usual: float) -> tuple[int, int]:
    first = max(0, end + 1 - window)
    rows, hits = of_steps(place, end)
    low, high = densest(rows, hits, usual)
    return first + low, first + high
