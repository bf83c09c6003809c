"""How good the predictions are where the truth is known: worse than before, or too good to be true."""

from __future__ import annotations

from dataclasses import dataclass, replace
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from console.checks.bursts import densest
from console.checks.check import Check, Judging
from console.checks.grid import (
    Counts,
    Flags,
    Values,
    automatic_baseline,
    of_recent,
    usual_highest,
    window_sums,
)
from console.checks.limits import limits_for
from console.checks.measures import Measure, Measured, Subject, positive_class
from console.checks.performance_cells import PERFORMANCE, subjects_of
from console.checks.quality import gap_in_deviations
from console.checks.say import percent, within
from console.model import QueryCall, Reading, Severity, Slice, Verdict, Window

WINDOWS = (60, 120, 240, 1440)
SLICED = frozenset({"accuracy", "MAE"})
"""Measures that are judged slice by slice as well; the others need more rows than slices have."""
SHARES = frozenset({"accuracy", "precision", "recall"})
"""Measures that are shares of requests."""
LEAKING = frozenset({"accuracy", "AUC", "MAE"})
"""Measures by which leakage is told: of all requests, since a slice may well be easy for a while; by the area
in four hours or more, since a few positives may well be."""


@dataclass(frozen=True, slots=True)
class PerformanceLimits:
    """When a measure has become worse, or suspiciously better."""

    min_rows: int = 50
    """Requests with a truth in the window."""
    min_baseline_rows: int = 200
    min_fall: float = 0.08
    """By how much accuracy, AUC or macro F1 must fall, 0..1."""
    min_fall_of_few: float = 0.12
    """By how much precision, recall or F1 must: they rest on few rows, and on who asks at the time."""
    min_ratio: float = 1.5
    """Times by which an error must grow."""
    above_usual: float = 1.15
    """Times by which it must be worse than the worst of the day before."""
    min_history_hours: int = 24
    """With less behind it a fall must be twice as deep, and no whole day is judged: a daily rhythm is not
    known yet."""
    leak: float = 0.2
    """Part of the baseline's error that is left at most where truth has leaked into the input."""
    leak_least: float = 0.05
    """Share of wrong predictions in the baseline from which that can be told."""
    clear: float = 0.5
    """Part of the way from the baseline to the limit, below which it is over."""
    critical_fall: float = 0.2
    chance_a_day: float = 0.02
    """False alarms a day that chance may cause, over all windows, slices and measures of a model together."""
    needed: int = 2
    """So many of the last `among` windows must breach, unless it is beyond doubt."""
    among: int = 3


LIMITS = PerformanceLimits()
STEADY = ("accuracy", "AUC", "macro F1")
BEYOND_DOUBT = 8.0
"""Standard deviations from which one window is enough."""


def judge_performance(judging: Judging) -> list[Reading]:
    """One reading a model, measure and window that breached or lingers, and the newest, from
    `queries/performance_cells.sql`; each names the slice that tells it best.
    """
    cells = judging.cells[PERFORMANCE.name]
    grid = judging.board.grid
    readings = []
    for (model,), keys in cells.groups("model").items():
        kinds = cells.keys["kind"].to_numpy()[keys]
        whole = cells.keys["dimension"].to_numpy()[keys] == ""
        rows = cells.counts("rows")
        held = {k: int(rows[keys[whole & (kinds == k)]].sum()) for k in ("class", "number")}
        kind = "class" if held["class"] >= 0.98 * held["number"] else "number"
        subjects = list(subjects_of(judging, model, keys[kinds == kind], min_rows=LIMITS.min_rows))
        if not subjects or subjects[0].where != Slice():
            continue
        measures = _measures(subjects[0]) if kind == "class" else (Measure("MAE"), Measure("RMSE"))
        requests = rows[keys[kinds == "all"]].sum(axis=0)
        for window in sorted({grid.length(minutes) for minutes in WINDOWS}):
            told = _Window(judging, model, window, requests, subjects[0], len(measures) + len(subjects))
            sums = [told.sums(subject) for subject in subjects]
            for measure in measures:
                last = len(subjects) if measure.name in SLICED else 1
                readings += told.readings(measure, subjects[:last], sums)
    return readings


def _measures(whole: Subject) -> tuple[Measure, ...]:
    positive, scored = positive_class(whole)
    if not positive:
        return Measure("accuracy"), Measure("macro F1")
    names = ("accuracy", "precision", "recall", "F1", *(("AUC",) if scored else ()))
    return tuple(Measure(name, positive) for name in names)


@dataclass(frozen=True, slots=True)
class _Sums:
    """A slice's cells in windows and their baselines, shape (n_cells, n_ends)."""

    now: Counts
    late: Counts
    """In the last quarter of each window, at least an hour."""
    before: Counts


class _Window:
    """All windows of one length, of one model."""

    def __init__(
        self,
        judging: Judging,
        model: str,
        window: int,
        requests: npt.NDArray[np.integer],
        whole: Subject,
        tests: int,
    ) -> None:
        self._judging, self._board, self._model, self._window = judging, judging.board, model, window
        self._requests, self._truths, self._tests = requests, whole.cells.sum(axis=0), tests
        self._masked: Flags = np.zeros(self._board.grid.steps, dtype=np.bool_)
        for check, of, measure in self._board.masks:
            if (check, of) == ("performance", model):
                self._masked |= self._board.masked(check, of, measure)
        seen = np.flatnonzero(requests > 0)
        self._first = int(seen[0]) if seen.size else 0

    def sums(self, subject: Subject) -> _Sums:
        """Windows and baselines of a slice, without what was under an alert."""
        ends, grid = self._board.ends, self._board.grid
        now = window_sums(subject.cells, ends, self._window)
        late = window_sums(subject.cells, ends, min(self._window, max(grid.hour, self._window // 4)))
        if subject.pinned is not None:
            return _Sums(now, late, np.broadcast_to(subject.pinned[:, None], now.shape))
        base = automatic_baseline(
            subject.cells, ends, self._window, grid, masked=self._masked, first=self._first
        )
        return _Sums(now, late, base.sums)

    def readings(self, measure: Measure, subjects: list[Subject], sums: list[_Sums]) -> list[Reading]:
        """Those that breach or linger, and the newest."""
        limits = limits_for(LIMITS, "performance", self._model, measure.name, self._judging.rules)
        judged = [self._judged(measure, one, held, limits) for one, held in zip(subjects, sums, strict=False)]
        weight = np.stack(
            [np.where(j.breached, 1e6, np.where(j.lingers, 1.0, 0.0)) * (1 + j.apart) for j in judged]
        )
        best = np.argmax(weight, axis=0)
        ends = self._board.ends
        found = []
        for at in range(len(ends)):
            place = int(best[at])
            if ends[at] < self._board.tell_from or (weight[place, at] == 0 and at < len(ends) - 1):
                continue
            one = judged[place if weight[place, at] else 0]
            where = subjects[place].where if weight[place, at] else Slice()
            found.append(self._reading(measure, one, at, where, limits))
            if weight[place, at]:
                stretch = self._trouble(measure, subjects[place], sums[place], at, one)
                found[-1] = replace(found[-1], trouble=self._board.stretch(stretch))
        return found

    def _trouble(
        self, measure: Measure, subject: Subject, sums: _Sums, at: int, one: _Judged
    ) -> tuple[int, int]:
        """The steps of a window in which what is worse, or better, stands out most."""
        better = bool(one.now.bad[at] < one.before.bad[at])
        told = measure.wrong(subject, float(one.before.bad[at]), better=better)
        base = sums.before[:, at]
        end = int(self._board.ends[at])
        first = max(0, end + 1 - self._window)
        steps = subject.cells[:, first : end + 1]
        low, high = densest(steps.sum(axis=0), steps[told].sum(axis=0), base[told].sum() / max(base.sum(), 1))
        return first + low, first + high

    def _judged(self, measure: Measure, subject: Subject, sums: _Sums, limits: PerformanceLimits) -> _Judged:
        ends, grid = self._board.ends, self._board.grid
        now, before = measure.of(subject, sums.now), measure.of(subject, sums.before)
        enough = (now.rows >= limits.min_rows) & (before.rows >= limits.min_baseline_rows)
        touched = window_sums(self._masked.astype(np.int64), ends, self._window) > 0
        calm = ~touched & (now.rows >= limits.min_rows)
        usual = usual_highest(now.bad[None, :], ends, grid, window=self._window, usable=calm[None, :])[0]
        behind = ends + 1 - self._window - self._first
        known = behind >= limits.min_history_hours * grid.hour
        if self._window >= grid.day:
            enough &= known
        young = np.where(known, 1.0, 2.0)
        fall = limits.min_fall if measure.name in STEADY else limits.min_fall_of_few
        gain = (limits.min_ratio - 1) * before.bad if measure.is_error else fall
        limit = before.bad + gain * young
        apart = gap_in_deviations(now.bad, now.variance, before.bad, before.variance)
        tolerated = limits.chance_a_day * self._window / grid.day / self._tests
        doubt = -NormalDist().inv_cdf(min(0.5, tolerated))
        clear_doubt = doubt if subject.where.dimension else limits.clear * doubt
        late = measure.of(subject, sums.late)
        least = 0.0 if measure.is_error else limits.leak_least
        with np.errstate(invalid="ignore"):
            goes_on = late.bad >= before.bad + limits.clear * gain
            worse = enough & goes_on & (now.bad >= limit) & (now.bad >= usual * limits.above_usual)
            worse &= apart > doubt
            sure = worse & (apart > BEYOND_DOUBT) & (now.bad >= before.bad + 2 * gain * young)
            lingers = enough & goes_on & (apart > clear_doubt) & (now.bad >= before.bad + limits.clear * gain)
            leaked = np.zeros(worse.shape, dtype=np.bool_)
            hours = 3 if measure.name == "AUC" else 0
            if measure.name in LEAKING and not subject.where.dimension and self._window > hours * grid.hour:
                better = enough & (before.bad >= least) & (late.bad <= limits.clear * before.bad)
                leaked = better & known & (now.bad <= limits.leak * before.bad)
                leaked &= -apart > max(doubt, BEYOND_DOUBT / 2)
                sure |= leaked & (-apart > BEYOND_DOUBT)
                lingers |= better & (apart < -2) & (now.bad <= limits.clear * before.bad)
        breached = sure
        for fired in (worse, leaked):
            breached = breached | of_recent(ends, fired, needed=limits.needed, among=limits.among)
        return _Judged(now, before, limit, np.abs(apart), breached, lingers)

    def _reading(
        self, measure: Measure, one: _Judged, at: int, where: Slice, limits: PerformanceLimits
    ) -> Reading:
        start, until = self._board.window(int(self._board.ends[at]), self._window)
        rows, baseline_rows = int(one.now.rows[at]), int(one.before.rows[at])
        bad, before = float(one.now.bad[at]), float(one.before.bad[at])
        measured, compared = bool(np.isfinite(bad)), baseline_rows >= limits.min_baseline_rows
        if one.breached[at]:
            verdict = Verdict.BREACH
        elif one.lingers[at]:
            verdict = Verdict.LINGERING
        elif rows < limits.min_rows:
            verdict = Verdict.TOO_FEW_ROWS
        else:
            verdict = Verdict.QUIET if compared else Verdict.NO_BASELINE
        better = measured and compared and bad < before
        end = self._board.ends[at : at + 1]
        requests = int(window_sums(self._requests, end, self._window)[0])
        truths = int(window_sums(self._truths, end, self._window)[0])
        truth_share = min(1.0, truths / requests) if requests else None
        said = f"{measure.name} {measure.said(bad) if measured else 'unknown'} against "
        said += measure.said(before) if compared else "no baseline"
        if truth_share is not None:
            said += f" (truth for {percent(truth_share)} of requests)"
        if better and verdict is not Verdict.QUIET:
            said += ": too good to be true"
        too_good = better and verdict in (Verdict.BREACH, Verdict.LINGERING)
        limit = limits.leak * before if too_good else float(one.limit[at])
        place = {"model": self._model, "start": start, "until": until}
        cut = {"dimension": where.dimension, "slice_value": where.value}
        least = None
        if measure.is_error and not better and compared:
            least = 2 * before
        return Reading(
            check="performance",
            model=self._model,
            subject=measure.name,
            window=Window(start, until),
            verdict=verdict,
            value=measure.value(bad) if measured else None,
            baseline=measure.value(before) if compared else None,
            limit=measure.value(limit) if compared else 0.0,
            unit="share" if measure.name in SHARES else "",
            rows=rows,
            baseline_rows=baseline_rows,
            severity=_severity(measure, bad, before, bool(where.dimension), limits),
            summary=within(where, said),
            slice=where,
            evidence=QueryCall("performance", place),
            offenders=QueryCall(
                "predictions_off_truth", {**place, **cut, "right": better, "least_error": least}
            ),
            truth_share=truth_share,
        )


@dataclass(frozen=True, slots=True)
class _Judged:
    """One measure of one slice in all windows, each array of shape (n_ends,)."""

    now: Measured
    before: Measured
    limit: Values
    apart: Values
    """Standard deviations between the two, without sign."""
    breached: Flags
    lingers: Flags


def _severity(
    measure: Measure, bad: float, before: float, in_slice: bool, limits: PerformanceLimits
) -> Severity:
    """By how much worse it is, not by how unlikely that is."""
    if in_slice or not np.isfinite(bad - before):
        return Severity.WARNING
    deep = bad >= 2 * before if measure.is_error else bad - before >= limits.critical_fall
    return Severity.CRITICAL if deep else Severity.WARNING


CHECK = Check("performance", (PERFORMANCE,), LIMITS, judge_performance)
