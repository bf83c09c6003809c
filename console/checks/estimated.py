"""How good the predictions probably are where no truth is known, by what their scores have meant so far."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from console.checks.bursts import densest
from console.checks.calibration import chance_of_right
from console.checks.check import CellQuery, Check, Judging
from console.checks.grid import Counts, Values, automatic_baseline, of_recent, usual_highest, window_sums
from console.checks.limits import limits_for
from console.checks.quality import gap_in_deviations, ratio
from console.checks.say import percent
from console.model import QueryCall, Reading, Severity, Slice, Verdict, Window

SCORES = CellQuery(
    "score_cells", ("model", "prediction", "truth", "bin"), ("rows",), coarse=True, truths=True
)
WINDOWS = (60, 240, 1440)
BINS = 100


@dataclass(frozen=True, slots=True)
class EstimateLimits:
    """When the estimate has fallen."""

    min_rows: int = 100
    """Requests with a score in the window."""
    min_baseline_rows: int = 500
    min_truths: int = 500
    """Requests with a truth, by which it is learnt what a score means; with fewer nothing is estimated."""
    max_known: float = 0.8
    """Share of requests with a truth, above which there is nothing to estimate."""
    min_fall: float = 0.05
    above_usual: float = 1.15
    """Times by which the estimated share of errors must exceed the highest of the day before."""
    clear: float = 0.5
    """Part of the way from the baseline to the limit, below which it is over."""
    chance_a_day: float = 0.02
    """False alarms a day that chance may cause, over all windows and measures of a model together."""
    needed: int = 2
    """So many of the last `among` windows must breach."""
    among: int = 3


LIMITS = EstimateLimits()


@dataclass(frozen=True, slots=True)
class _Scored:
    """A model's scores: rows by predicted class, score and step, shape (n_classes, BINS, n_steps)."""

    classes: list[str]
    rows: npt.NDArray[np.int64]
    """Of all requests."""
    right: npt.NDArray[np.int64]
    wrong: npt.NDArray[np.int64]


@dataclass(frozen=True, slots=True)
class _Estimate:
    """A measure in windows, as the share of what is wrong; each array of shape (n_ends,)."""

    rows: Counts
    bad: Values
    variance: Values


def judge_estimated(judging: Judging) -> list[Reading]:
    """One reading a model, measure and window that breached or lingers, and the newest, from
    `queries/score_cells.sql`.

    Source: NannyML, confidence-based performance estimation (CBPE), on scores that are calibrated first.
    """
    cells = judging.cells[SCORES.name]
    readings = []
    for (model,), keys in cells.groups("model").items():
        limits = limits_for(LIMITS, "estimated_performance", model, "", judging.rules)
        names = cells.keys[keys.tolist()]
        scored = _scored(
            names["prediction"].to_list(),
            names["truth"].to_list(),
            names["bin"].to_list(),
            cells.counts("rows")[keys],
        )
        known = (scored.right + scored.wrong).sum(axis=(0, 1))
        every = scored.rows.sum(axis=(0, 1))
        if len(scored.classes) < 2 or known.sum() > limits.max_known * every.sum():
            continue
        learnt = _learnt_until(known, limits.min_truths, judging.board.grid.day)
        if learnt is None:
            readings.append(_unknown(judging, model, int(known.sum()), limits))
            continue
        chances = np.stack(
            [
                chance_of_right(right, wrong)
                for right, wrong in zip(
                    scored.right[:, :, :learnt].sum(axis=2),
                    scored.wrong[:, :, :learnt].sum(axis=2),
                    strict=True,
                )
            ]
        )
        if np.isnan(chances).any():
            readings.append(_unknown(judging, model, int(known.sum()), limits))
            continue
        for window in sorted({judging.board.grid.length(minutes) for minutes in WINDOWS}):
            for name in ("accuracy", *(("F1",) if len(scored.classes) == 2 else ())):
                readings += _Window(judging, model, name, window, limits).readings(scored, chances, learnt)
    return readings


def _scored(
    predictions: list[str], truths: list[str], bins: list[str], rows: npt.NDArray[np.integer]
) -> _Scored:
    classes = sorted(set(predictions))
    held = np.zeros((3, len(classes), BINS, rows.shape[1]), dtype=np.int64)
    for at, (prediction, truth, score) in enumerate(zip(predictions, truths, bins, strict=True)):
        place = classes.index(prediction), int(score)
        held[(0, *place)] += rows[at]
        if truth:
            held[(1 if truth == "right" else 2, *place)] += rows[at]
    return _Scored(classes, held[0], held[1], held[2])


def _learnt_until(known: Counts, least: int, day: int) -> int | None:
    """The step before which it is learnt what scores mean: the first day's, or later for want of truths."""
    enough = int(np.searchsorted(np.cumsum(known), least, side="left")) + 1
    if enough > len(known):
        return None
    first = int(np.flatnonzero(known)[0])
    return min(len(known), max(enough, first + day))


def _unknown(judging: Judging, model: str, truths: int, limits: EstimateLimits) -> Reading:
    board = judging.board
    start, until = board.window(int(board.ends[-1]), board.grid.length(WINDOWS[0]))
    return Reading(
        check="estimated_performance",
        model=model,
        subject="estimated accuracy",
        window=Window(start, until),
        verdict=Verdict.NO_BASELINE,
        value=None,
        baseline=None,
        limit=0.0,
        unit="share",
        rows=0,
        baseline_rows=truths,
        severity=Severity.WARNING,
        summary=f"scores are not calibrated: not estimated ({truths:,} requests with a truth of "
        f"{limits.min_truths:,} needed)",
    )


class _Window:
    """All windows of one length, of one model and measure."""

    def __init__(self, judging: Judging, model: str, name: str, window: int, limits: EstimateLimits) -> None:
        self._board, self._model, self._name = judging.board, model, name
        self._window, self._limits = window, limits

    def readings(self, scored: _Scored, chances: Values, learnt: int) -> list[Reading]:
        """Those that breach or linger, and the newest."""
        board, limits, window = self._board, self._limits, self._window
        ends, grid = board.ends, board.grid
        masked = board.masked("estimated_performance", self._model, f"estimated {self._name}")
        flat = scored.rows.reshape(-1, scored.rows.shape[2])
        weights = chances.reshape(-1)
        positive = np.repeat(_positive(scored), BINS)
        every = flat.sum(axis=0)
        first = int(np.flatnonzero(every)[0])
        late = self._estimate(window_sums(flat, ends, max(grid.hour, window // 4)), weights, positive)
        now = self._estimate(window_sums(flat, ends, window), weights, positive)
        base = automatic_baseline(flat, ends, window, grid, masked=masked, first=first)
        before = self._estimate(base.sums, weights, positive)
        enough = (now.rows >= limits.min_rows) & (before.rows >= limits.min_baseline_rows)
        enough &= ends + 1 - window >= learnt
        touched = window_sums(masked.astype(np.int64), ends, window) > 0
        calm = ~touched & (now.rows >= limits.min_rows)
        usual = usual_highest(now.bad[None, :], ends, grid, window=window, usable=calm[None, :])[0]
        apart = gap_in_deviations(now.bad, now.variance, before.bad, before.variance)
        tests = 2 * len(WINDOWS)
        doubt = -NormalDist().inv_cdf(min(0.5, limits.chance_a_day * window / grid.day / tests))
        with np.errstate(invalid="ignore"):
            goes_on = enough & (late.bad >= before.bad + limits.clear * limits.min_fall)
            fired = goes_on & (now.bad >= before.bad + limits.min_fall) & (apart > doubt)
            fired &= now.bad >= usual * limits.above_usual
            lingers = goes_on & (now.bad >= before.bad + limits.clear * limits.min_fall)
        breached = of_recent(ends, fired, needed=limits.needed, among=limits.among)
        found = []
        for at, end in enumerate(ends.tolist()):
            if end < board.tell_from or not (breached[at] or lingers[at] or at == len(ends) - 1):
                continue
            if breached[at]:
                verdict = Verdict.BREACH
            elif lingers[at]:
                verdict = Verdict.LINGERING
            elif now.rows[at] < limits.min_rows:
                verdict = Verdict.TOO_FEW_ROWS
            else:
                verdict = Verdict.QUIET if enough[at] else Verdict.NO_BASELINE
            known = (scored.right + scored.wrong)[:, :, max(0, end + 1 - window) : end + 1].sum()
            found.append(self._reading(end, verdict, now, before, at, int(known)))
            if breached[at] or lingers[at]:
                first = max(0, end + 1 - window)
                steps = flat[:, first : end + 1]
                wrong = np.rint((1 - weights) @ steps).astype(np.int64)
                usual_share = float((1 - weights) @ base.sums[:, at]) / max(int(before.rows[at]), 1)
                low, high = densest(steps.sum(axis=0), wrong, usual_share)
                found[-1] = replace(found[-1], trouble=board.stretch((first + low, first + high)))
        return found

    def _estimate(self, counts: Counts, chances: Values, positive: npt.NDArray[np.bool_]) -> _Estimate:
        """The estimate, from rows by class and score, shape (n_classes * BINS, n_ends)."""
        rows = counts.sum(axis=0)
        right = chances @ counts
        if self._name == "accuracy":
            good = ratio(right, rows)
            variance = ratio(chances**2 @ counts, rows) - good**2
        else:
            hits = (chances * positive) @ counts
            wrong = counts[positive].sum(axis=0) - hits
            missed = ((1 - chances) * ~positive) @ counts
            good = ratio(hits, hits + (wrong + missed) / 2)
            variance = good * (1 - good) * ratio(rows, hits + (wrong + missed) / 2)
        return _Estimate(rows, 1 - good, np.maximum(np.nan_to_num(variance), 1e-4) / np.maximum(rows, 1))

    def _reading(
        self, end: int, verdict: Verdict, now: _Estimate, before: _Estimate, at: int, known: int
    ) -> Reading:
        start, until = self._board.window(end, self._window)
        rows, baseline_rows = int(now.rows[at]), int(before.rows[at])
        value = 1 - float(now.bad[at]) if rows and verdict is not Verdict.NO_BASELINE else None
        usual = 1 - float(before.bad[at]) if baseline_rows else None
        place = {"model": self._model, "start": start, "until": until}
        said = [f"{v:.2f}" if v is not None and np.isfinite(v) else "unknown" for v in (value, usual)]
        share = f" (truth for {percent(known / rows)} of requests)" if rows else ""
        return Reading(
            check="estimated_performance",
            model=self._model,
            subject=f"estimated {self._name}",
            window=Window(start, until),
            verdict=verdict,
            value=value,
            baseline=usual,
            limit=(usual or 0.0) - self._limits.min_fall,
            unit="share",
            rows=rows,
            baseline_rows=baseline_rows,
            severity=Severity.WARNING,
            summary=f"estimated {self._name} {said[0]} against {said[1]}{share}",
            slice=Slice(),
            evidence=QueryCall("estimated_performance", place),
            offenders=QueryCall("predictions_in_slice", place),
        )


def _positive(scored: _Scored) -> npt.NDArray[np.bool_]:
    """Of each class whether it is the positive one: that which is predicted at the higher scores."""
    totals = scored.rows.sum(axis=2)
    means = (totals * np.arange(BINS)).sum(axis=1) / np.maximum(totals.sum(axis=1), 1)
    chosen: npt.NDArray[np.bool_] = np.arange(len(scored.classes)) == int(np.argmax(means))
    return chosen


CHECK = Check("estimated_performance", (SCORES,), LIMITS, judge_estimated)
