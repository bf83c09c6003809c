"""How good the predictions are where the truth is known: worse than before, or too good to be true."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from statistics import NormalDist

import numpy as np
import numpy.typing as npt

from console.checks.check import CellQuery, Check, Judging
from console.checks.grid import (
    Counts,
    Flags,
    Pinned,
    Values,
    automatic_baseline,
    of_recent,
    usual_highest,
    window_sums,
)
from console.checks.limits import limits_for
from console.checks.quality import auc, auc_variance, error_moments, gap_in_deviations, ratio
from console.checks.say import number, percent, within
from console.model import QueryCall, Reading, Severity, Slice, Verdict, Window

PERFORMANCE = CellQuery(
    "performance_cells",
    ("model", "kind", "dimension", "slice_value", "prediction", "truth", "bin"),
    ("rows",),
    coarse=True,
)
WINDOWS = (60, 240, 1440)
SCORE_BINS = 20
APART = 0.1
"""Difference of the mean scores of two predicted classes, from which the score tells them apart."""


@dataclass(frozen=True, slots=True)
class PerformanceLimits:
    """When a measure has become worse, or suspiciously better."""

    min_rows: int = 50
    """Requests with a truth in the window."""
    min_baseline_rows: int = 200
    min_fall: float = 0.05
    """By how much a share or an area must fall, 0..1."""
    min_ratio: float = 1.3
    """Times by which an error must grow."""
    above_usual: float = 1.1
    """Times by which it must be worse than the worst of the day before."""
    min_history_hours: int = 24
    """With less behind it a fall must be twice as deep: a daily rhythm is not known yet."""
    leak: float = 0.34
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
BEYOND_DOUBT = 8.0
"""Standard deviations from which one window is enough."""


@dataclass(frozen=True, slots=True)
class _Measured:
    """One measure in windows and baselines, each array of shape (n_ends,)."""

    rows: Counts
    value: Values
    variance: Values


@dataclass(frozen=True, slots=True)
class _Subject:
    """What a slice is measured by: cells, and what they are of."""

    where: Slice
    cells: npt.NDArray[np.integer]
    """Shape (n_cells, n_steps)."""
    predictions: npt.NDArray[np.str_]
    truths: npt.NDArray[np.str_]
    bins: npt.NDArray[np.int64]
    pinned: Counts | None
    """Rows of each cell in a chosen baseline."""


def judge_performance(judging: Judging) -> list[Reading]:
    """One reading a model, measure and window that breached or lingers, and the newest, from
    `queries/performance_cells.sql`; each names the slice that tells it best.
    """
    cells = judging.cells[PERFORMANCE.name]
    readings = []
    for (model,), keys in cells.groups("model").items():
        kinds = cells.keys["kind"].to_numpy()[keys]
        whole = cells.keys["dimension"].to_numpy()[keys] == ""
        rows = cells.counts("rows")
        held = {k: int(rows[keys[whole & (kinds == k)]].sum()) for k in ("class", "number")}
        kind = "class" if held["class"] >= 0.98 * held["number"] else "number"
        subjects = list(_subjects(judging, model, keys[kinds == kind]))
        if not subjects or subjects[0].where != Slice():
            continue
        if kind == "number":
            measures = ("MAE", "RMSE")
            positive, told_apart = "", False
        else:
            positive, told_apart = positive_class(subjects[0])
            measures = ("accuracy", *(("precision", "recall", "F1") if positive else ("macro F1",)))
            measures += ("AUC",) if told_apart else ()
        for measure in measures:
            judged = _Measure(judging, model, measure, positive, len(measures) * len(subjects))
            readings += judged.readings(subjects)
    return readings


def _subjects(judging: Judging, model: str, keys: npt.NDArray[np.int64]) -> Iterator[_Subject]:
    """The whole first, then the slices that have enough rows to be judged at all."""
    cells = judging.cells[PERFORMANCE.name]
    names = cells.keys[keys.tolist()]
    pinned = _pinned(judging.pinned_for(model), judging, keys)
    groups = names.with_row_index("place_").group_by("dimension", "slice_value", maintain_order=True).agg("place_")
    for dimension, value, places in sorted(groups.iter_rows(), key=lambda g: (g[0] != "", g[0], g[1])):
        rows = cells.counts("rows")[keys[places]]
        if dimension and rows.sum() < LIMITS.min_rows:
            continue
        mine = names[places]
        yield _Subject(
            Slice(dimension, value),
            rows,
            mine["prediction"].to_numpy().astype(np.str_),
            mine["truth"].to_numpy().astype(np.str_),
            mine["bin"].to_numpy().astype(np.int64),
            None if pinned is None else pinned[places],
        )


def _pinned(pinned: Pinned | None, judging: Judging, keys: npt.NDArray[np.int64]) -> Counts | None:
    if pinned is None or PERFORMANCE.name not in pinned.totals:
        return None
    names = judging.cells[PERFORMANCE.name].keys[keys.tolist()]
    told = names.join(pinned.totals[PERFORMANCE.name], on=PERFORMANCE.keys, how="left", maintain_order="left")
    rows: Counts = told["rows"].fill_null(0).to_numpy().astype(np.int64)
    return rows if rows.sum() else None


def positive_class(whole: _Subject) -> tuple[str, bool]:
    """The positive one of two classes, empty if there are not two; and whether the score is of it.

    If requests that are predicted one way have clearly higher scores, that class is it. Else the score is
    of whatever was predicted, or of nothing, and the class that is more rarely true is it.
    """
    totals = whole.cells.sum(axis=1)
    classes = sorted(set(whole.truths.tolist()) | set(whole.predictions.tolist()))
    if len(classes) != 2:
        return "", False
    scored = whole.bins >= 0
    means = []
    for name in classes:
        mine = scored & (whole.predictions == name)
        if not totals[mine].sum():
            break
        means.append(float((totals[mine] * (whole.bins[mine] + 0.5)).sum() / totals[mine].sum() / SCORE_BINS))
    if len(means) == 2 and abs(means[0] - means[1]) >= APART:
        return classes[int(means[1] > means[0])], True
    return min(classes, key=lambda name: (int(totals[whole.truths == name].sum()), name)), False


class _Measure:
    """One measure of one model."""

    def __init__(self, judging: Judging, model: str, name: str, positive: str, tests: int) -> None:
        self._judging, self._model, self._name, self._positive, self._tests = judging, model, name, positive, tests
        self._limits = limits_for(LIMITS, "performance", model, name, judging.rules)
        self._grows = name in ("MAE", "RMSE")

    def readings(self, subjects: list[_Subject]) -> list[Reading]:
        """Of each length of window those that breach or linger, and the newest."""
        grid = self._judging.board.grid
        found = []
        for window in sorted({grid.length(minutes) for minutes in WINDOWS}):
            judged = [one for one in (self._judge(s, window) for s in subjects) if one is not None]
            found += self._told(judged, window)
        return found
