"""Distributions of which the upper end rose: of times, tokens, cost. Counted by bins, so that all adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace

import numpy as np
import numpy.typing as npt

from console.checks.grid import (
    Baseline,
    Board,
    Counts,
    Flags,
    Values,
    automatic_baseline,
    between,
    prefix,
    same_hour_highest,
    usual_highest,
    window_sums,
)
from console.checks.histograms import BINS_A_DECADE, Bins, Histogram, lower_edge, quantile
from console.checks.shares import Found, OfSteps, ShareLimits, Sums, judge_sums
from console.model import Verdict

HIGH = 0.95
"""The quantile that is compared."""
CLUMPING = 2.0
"""So many slow requests count as one where chance is judged: what delays one delays its neighbours."""
FEW = 0.03
"""Share of rows by which those that are far over the usual p95 must exceed their usual share."""
PURE = 0.95
"""Share of the offending rows, told by how large they are, that would not be so large anyway."""
MOST_BUSIER = 1.5
"""However much busier it is than a day ago, the p95 may be higher by this factor at most."""
LEAST_AN_HOUR = 10
"""Rows of an hour, from which its p95 says what is usual."""


@dataclass(frozen=True, slots=True)
class TailLimits:
    """When the upper end has risen: by enough, in enough rows, not by chance nor by its own rhythm."""

    min_rows: int = 20
    """Rows in the window, below which there are too few to say that all is quiet."""
    min_baseline_rows: int = 100
    """Rows in the baseline, below which there is none."""
    min_baseline_minutes: int = 180
    """How long it must have been seen before there is a baseline."""
    min_slow_rows: int = 5
    min_share: float = 0.15
    """Share of rows over the usual p95, which is 0.05 when nothing is wrong; or, of a few that are far
    over it, a share that is higher by 0.03 over the p95 from which it breaches."""
    min_share_ratio: float = 3.0
    min_ratio: float = 1.5
    """p95 against the usual one."""
    min_ratio_first_day: float = 2.0
    """The same while less than a day has been seen, when it is not known how it goes with the hour."""
    min_gain: float = 20.0
    """By how much the p95 must exceed the usual one, in the unit of what is measured."""
    above_usual: float = 1.3
    """Times by which the share must exceed the highest that it reached in the day before."""
    clear: float = 0.5
    """Part of the share over the limit that makes a p95, 0.05, below which it is over."""
    chance_a_day: float = 0.02
    """False alarms a day that chance may cause, over all windows and slices of a subject together."""
    needed: int = 2
    """So many of the last `among` windows must breach, unless it is beyond doubt."""
    among: int = 3


@dataclass(frozen=True, slots=True)
class Risen:
    """One window of a subject, judged."""

    found: Found
    """By the share of rows over the usual p95, or over the limit."""
    high: float | None
    """The p95 of the place that tells it best; None without rows."""
    usual: float | None
    """The p95 of the whole before; None without a baseline."""
    limit: float
    """p95 from which it breaches."""
    offending_from: float
    """Rows over this are so large because something is wrong, but for one in twenty."""
    share: float
    """Share of the place's rows over the usual p95."""
    whole_share: float


def judge_tail(
    of: Histogram,
    board: Board,
    windows: Sequence[int],
    limits: TailLimits,
    *,
    masked: Flags,
    pinned: Counts | None = None,
) -> list[Risen]:
    """What is found of one subject: each window that breached or lingers, and the newest of each length.

    Both are looked for: many rows over the usual p95, and a few that are far over it. Either counts only
    if the p95 itself reached the limit.

    Args:
        windows: lengths in steps.
        masked: steps that are no baseline, shape (n_steps,).
        pinned: rows by bin of a chosen baseline, shape (1 + n_slices, n_bins).
    """
    found: list[Risen] = []
    for window in windows:
        found += _Length(of, board, window, limits, masked, pinned).judged()
    return found


class _Length:
    """The windows of one length."""

    def __init__(
        self,
        of: Histogram,
        board: Board,
        window: int,
        limits: TailLimits,
        masked: Flags,
        pinned: Counts | None,
    ) -> None:
        self._of, self._board, self._window, self._limits = of, board, window, limits
        self._masked, self._pinned = masked, pinned
        seen = np.flatnonzero(of.counts[0].any(axis=0))
        self._first = int(seen[0]) if seen.size else 0
        long_enough = board.grid.length(limits.min_baseline_minutes)
        self._young = board.ends + 1 - window - self._first < long_enough
        base = self._baseline(of.counts[0], None if pinned is None else pinned[0])
        self._before = base.sums
        self._usual = quantile(base.sums.T, of.bins, HIGH)
        if pinned is None:
            # A nightly batch may hold most rows of a day, so what is usual hour by hour counts as well; and
            # one day or two do not make a season, but show that it may be slow at this hour.
            hour = base.same_hours.T
            known = hour.sum(axis=1) >= limits.min_baseline_rows
            at_hour = np.where(known, quantile(hour, of.bins, HIGH), np.nan)
            for other in (at_hour, self._median_hour()):
                self._usual = np.where(self._young, np.nan, np.fmax(self._usual, other))
        known = np.nan_to_num(self._usual, nan=1.0)
        new = (board.ends + 1 - window - self._first < board.grid.day) & (pinned is None)
        ratio = np.where(new, max(limits.min_ratio, limits.min_ratio_first_day), limits.min_ratio)
        limit = np.maximum(known * ratio * self._busier(), known + limits.min_gain)
        self._limit_bins = np.rint(BINS_A_DECADE * np.log10(limit)).astype(np.int64)
        self._high_bins = np.ceil(BINS_A_DECADE * np.log10(known) - 1e-9).astype(np.int64)
        whole_over = np.cumsum(of.counts[:, ::-1], axis=1)[:, ::-1]
        none = np.zeros_like(whole_over[:, :1])
        self._over = np.concatenate([whole_over, none], axis=1)

    def _baseline(self, counts: npt.NDArray[np.integer], pinned: Counts | None) -> Baseline:
        ends = self._board.ends
        if pinned is not None:
            sums = np.broadcast_to(pinned[..., None], (*pinned.shape, len(ends))).astype(np.int64)
            return Baseline(sums, np.zeros(len(ends), dtype=np.bool_), sums)
        base = automatic_baseline(
            counts, ends, self._window, self._board.grid, masked=self._masked, first=self._first
        )
        return replace(base, sums=np.where(self._young, 0, base.sums))

    def _busier(self) -> Values:
        """How the last hour's rows compare with the same hour of the day before, from 1 to `MOST_BUSIER`."""
        ends, day = self._board.ends, self._board.grid.day
        total = prefix(self._of.counts[0].sum(axis=0))
        start = ends + 1 - self._board.grid.hour
        now, before = between(total, start, ends + 1), between(total, start - day, ends + 1 - day)
        there = (start - day >= self._first) & (before > 0) & (self._pinned is None)
        return np.clip(np.where(there, now / np.maximum(before, 1), 1.0), 1.0, MOST_BUSIER)

    def _median_hour(self) -> Values:
        """The median of the p95 of the 24 hours before each window; NaN where none had rows enough."""
        grid, of = self._board.grid, self._of
        hours = -(-grid.steps // grid.hour)
        calm = np.where(self._masked, 0, of.counts[0])
        padded = np.pad(calm, ((0, 0), (0, hours * grid.hour - grid.steps)))
        hourly = padded.reshape(len(of.bins), hours, grid.hour).sum(axis=2).T
        high = np.where(hourly.sum(axis=1) >= LEAST_AN_HOUR, quantile(hourly, of.bins, HIGH), np.nan)
        before = np.lib.stride_tricks.sliding_window_view(np.pad(high, (24, 0), constant_values=np.nan), 24)
        known = np.isfinite(before).sum(axis=1)
        median = np.sort(before, axis=1)[np.arange(hours + 1), np.maximum(known - 1, 0) // 2]
        begins = np.maximum(self._board.ends + 1 - self._window, 0)
        found: Values = median[np.minimum(begins // grid.hour, hours)]
        return found

    def _sums(self, from_bins: Bins) -> tuple[Sums, OfSteps]:
        """Rows at or above a bin as hits, another bin at each end."""
        of, ends, window = self._of, self._board.ends, self._window
        places, kind = np.unique(np.searchsorted(of.bins, from_bins), return_inverse=True)
        counts = np.moveaxis(self._over[:, [0, *places.tolist()]], 1, 0)
        pinned = None
        if self._pinned is not None:
            over = np.cumsum(self._pinned[:, ::-1], axis=1)[:, ::-1]
            over = np.concatenate([over, np.zeros_like(over[:, :1])], axis=1)
            pinned = over[:, [0, *places.tolist()]].T
        now, base = window_sums(counts, ends, window), self._baseline(counts, pinned)
        before = base.sums
        pick = (kind + 1)[None, None, :]
        hits = np.take_along_axis(now, pick, axis=0)[0]
        base_hits = np.take_along_axis(before, pick, axis=0)[0]
        usual = np.take_along_axis(self._highest(now), pick - 1, axis=0)[0]
        # What the whole does each night, any of its slices may; and one that is new does it tonight.
        usual = np.maximum(usual, usual[:1])
        version = np.array([where.dimension == "model_version" for where in of.slices])[:, None]
        higher = version & (base_hits[:1] * before[0] > base_hits * before[0][:1])
        base_hits = np.where(higher, base_hits[:1], base_hits)
        base_rows = np.where(higher, before[0][:1], before[0])

        def of_steps(place: int, end: int) -> tuple[npt.NDArray[np.integer], npt.NDArray[np.integer]]:
            at = slice(max(0, end + 1 - window), end + 1)
            which = int(kind[np.searchsorted(ends, end)]) + 1
            return counts[0, place, at], counts[which, place, at]

        return Sums(
            now[0], hits, base_rows, base_hits, base.seasonal, usual=usual, clumping=CLUMPING
        ), of_steps

    def _highest(self, now: Counts) -> Values:
        """The highest share of the day before over each bin: shape (n_picked, 1 + n_slices, n_ends)."""
        ends, rows = self._board.ends, now[0]
        touched = window_sums(self._masked.astype(np.int64), ends, self._window) > 0
        enough = rows >= 2 * self._limits.min_slow_rows
        shares = np.where(enough, now[1:] / np.maximum(rows, 1), 0.0)
        flat, grid = shares.reshape(-1, len(ends)), self._board.grid
        usual = usual_highest(flat, ends, grid, window=self._window, usable=~touched)
        again = same_hour_highest(flat, ends, grid, masked=self._masked)
        return np.maximum(usual, again).reshape(shares.shape)

    def judged(self) -> list[Risen]:
        """Windows that breached or linger, and the newest."""
        limits = self._limits
        many, few = self._sums(self._high_bins), self._sums(self._limit_bins)
        judged = self._comparable(few[0]) & (few[0].hits >= limits.clear * (1 - HIGH) * few[0].rows)
        common = ShareLimits(
            min_rows=limits.min_rows,
            min_baseline_rows=limits.min_baseline_rows,
            min_hits=limits.min_slow_rows,
            min_gain=limits.min_share - (1 - HIGH),
            min_ratio=limits.min_share_ratio,
            above_usual=limits.above_usual,
            chance_a_day=limits.chance_a_day / 2,
            without_baseline=2.0,
            needed=limits.needed,
            among=limits.among,
        )
        of_few = replace(common, min_gain=FEW)
        # Of a few, a third more than usual is one or two: they must be more by as much as over the baseline.
        assert few[0].usual is not None
        few = (replace(few[0], usual=few[0].usual + FEW / limits.above_usual), few[1])
        best: dict[int, Found] = {}
        for (sums, of_steps), share_limits in ((many, common), (few, of_few)):
            asked = replace(sums, hits=np.where(judged, sums.hits, 0))
            for found in judge_sums(
                asked, of_steps, self._board, self._window, share_limits, masked=self._masked
            ):
                other = best.get(found.end)
                if other is None or _urgency(found) > _urgency(other):
                    best[found.end] = found
        return [self._risen(found, many[0], few[0]) for found in best.values()]

    def _comparable(self, few: Sums) -> Flags:
        """Which slices can be told to be slow, at which ends: shape (1 + n_slices, n_ends).

        Not one that usually is slower than the limit for all, nor one without a baseline of its own: a
        client may always have been slower than the others. A new version should not be.
        """
        alike = np.array([where.dimension in ("", "model_version") for where in self._of.slices])
        own = few.base_rows >= self._limits.min_baseline_rows
        fast = few.base_hits < (1 - HIGH) * few.base_rows
        return np.where(own, fast, alike[:, None])

    def _risen(self, found: Found, many: Sums, few: Sums) -> Risen:
        """The window with its p95."""
        at = int(np.searchsorted(self._board.ends, found.end))
        steps = slice(max(0, found.end + 1 - self._window), found.end + 1)
        rows = self._of.counts[found.place, :, steps].sum(axis=1)
        high, usual = float(quantile(rows, self._of.bins, HIGH)), float(self._usual[at])
        limit = lower_edge(int(self._limit_bins[at]))
        over = few.hits[found.place, at] >= (1 - HIGH) * few.rows[found.place, at]
        if found.verdict is Verdict.BREACH and not over:
            found = replace(found, verdict=Verdict.LINGERING)
        return Risen(
            found=found,
            high=None if np.isnan(high) else high,
            usual=None if np.isnan(usual) else usual,
            limit=limit,
            offending_from=self._offending_from(rows, at, limit),
            share=_share(many.hits[found.place, at], many.rows[found.place, at]),
            whole_share=_share(many.hits[0, at], many.rows[0, at]),
        )

    def _offending_from(self, rows: npt.NDArray[np.integer], at: int, limit: float) -> float:
        over, before = np.cumsum(rows[::-1])[::-1], np.cumsum(self._before[::-1, at])[::-1]
        if not before[0]:
            return limit
        anyway = before / before[0] * over[0]
        pure = (self._of.bins >= self._high_bins[at]) & (over > 0) & (anyway <= (1 - PURE) * over)
        return lower_edge(int(self._of.bins[np.argmax(pure)])) if pure.any() else limit


def _urgency(found: Found) -> int:
    return {Verdict.BREACH: 2, Verdict.LINGERING: 1}.get(found.verdict, 0)


def _share(hits: np.int64, rows: np.int64) -> float:
    return float(hits) / float(rows) if rows else 0.0
