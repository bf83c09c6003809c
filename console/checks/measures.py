"""The ways to say how good predictions are: accuracy and its kin, the area under the curve, mean errors."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.grid import Counts, Values
from console.checks.quality import auc, auc_variance, error_moments, middles, ratio
from console.checks.say import number
from console.model import Slice

SCORE_BINS = 20
APART = 0.1
"""Difference of the mean scores of two predicted classes, from which the score tells them apart."""


@dataclass(frozen=True, slots=True)
class Subject:
    """What a slice is measured by: cells, and what they are of."""

    where: Slice
    cells: npt.NDArray[np.integer]
    """Shape (n_cells, n_steps)."""
    predictions: npt.NDArray[np.str_]
    truths: npt.NDArray[np.str_]
    bins: npt.NDArray[np.int64]
    pinned: Counts | None
    """Rows of each cell in a chosen baseline."""


def positive_class(whole: Subject) -> tuple[str, bool]:
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


@dataclass(frozen=True, slots=True)
class Measured:
    """A measure in windows, as how bad it is: each array of shape (n_ends,)."""

    rows: Counts
    """What it is measured on; of precision the requests that are predicted positive, say."""
    bad: Values
    """Share of what is wrong, 0..1; of MAE and RMSE the error. NaN where there are no rows."""
    variance: Values


@dataclass(frozen=True, slots=True)
class Measure:
    """One way to say how good predictions are."""

    name: str
    positive: str = ""
    """The positive one of two classes."""

    @property
    def is_error(self) -> bool:
        """Whether it is in the units of what is predicted, and grows as predictions get worse."""
        return self.name in ("MAE", "RMSE")

    def value(self, bad: float) -> float:
        """The measure itself, of how bad it is."""
        return bad if self.is_error else 1.0 - bad

    def said(self, bad: float) -> str:
        """Its value in words, two digits for shares."""
        return number(bad) if self.is_error else f"{1.0 - bad:.2f}"

    def of(self, subject: Subject, counts: Counts) -> Measured:
        """What it is in windows.

        Args:
            subject: what the counts are of.
            counts: rows of its cells in the windows, shape (n_cells, n_ends).
        """
        if self.is_error:
            return self._error(subject, counts)
        if self.name == "AUC":
            return self._area(subject, counts)
        if self.name == "macro F1":
            classes = sorted(set(subject.truths.tolist()))
            each = [self._parts(subject, counts, name) for name in classes]
            f1 = np.mean([np.nan_to_num(ratio(2 * r, 2 * r + w + m)) for r, w, m in each], axis=0)
            rows = counts.sum(axis=0)
            return _share(f1 * rows, rows)
        right, wrong, missed = self._parts(subject, counts, self.positive)
        if self.name == "precision":
            return _share(right, right + wrong)
        if self.name == "recall":
            return _share(right, right + missed)
        if self.name == "F1":
            # Each hit counts for prediction and truth: half as many rows as terms.
            return _share(right, right + (wrong + missed) / 2)
        return _share(counts[subject.predictions == subject.truths].sum(axis=0), counts.sum(axis=0))

    def wrong(self, subject: Subject, usual: float, *, better: bool) -> npt.NDArray[np.bool_]:
        """Which cells are of wrong predictions, shape (n_cells,); of right ones, if it is better.

        Of numbers, with errors that are clearly above, or below, the usual one.
        """
        if self.is_error:
            middle = middles(subject.bins)
            return middle < usual / 2 if better else middle > 2 * usual
        right: npt.NDArray[np.bool_] = subject.predictions == subject.truths
        return right if better else ~right

    def _parts(self, subject: Subject, counts: Counts, positive: str) -> tuple[Counts, Counts, Counts]:
        """True positives, false positives and false negatives."""
        predicted, true = subject.predictions == positive, subject.truths == positive
        sums = (counts[mask].sum(axis=0) for mask in (predicted & true, predicted & ~true, ~predicted & true))
        right, wrong, missed = sums
        return right, wrong, missed

    def _area(self, subject: Subject, counts: Counts) -> Measured:
        sides = []
        for positive in (True, False):
            mine = (subject.truths == self.positive) == positive
            by_bin = np.zeros((SCORE_BINS, counts.shape[1]), dtype=np.int64)
            scored = mine & (subject.bins >= 0)
            np.add.at(by_bin, subject.bins[scored], counts[scored])
            sides.append(by_bin)
        area = auc(sides[0], sides[1])
        positives, negatives = sides[0].sum(axis=0), sides[1].sum(axis=0)
        variance = auc_variance(np.clip(area, 0.5, 1 - 1e-4), positives, negatives)
        # A side of a handful says nothing, whatever its variance is put at.
        return Measured(2 * np.minimum(positives, negatives), 1 - area, variance)

    def _error(self, subject: Subject, counts: Counts) -> Measured:
        rows, mean, squares, fourth = error_moments(subject.bins, counts)
        held = np.maximum(rows, 1)
        if self.name == "MAE":
            return Measured(rows, mean, np.maximum(squares - mean**2, 0) / held)
        with np.errstate(divide="ignore", invalid="ignore"):
            variance = np.where(squares > 0, np.maximum(fourth - squares**2, 0) / held / (4 * squares), 0.0)
        return Measured(rows, np.sqrt(squares), variance)


def _share(right: Counts | Values, rows: Counts | Values) -> Measured:
    # Agresti and Coull's two more hits and misses: without them none wrong would be certain never to be.
    smoothed = (right + 2) / (rows + 4)
    return Measured(
        np.floor(rows).astype(np.int64), 1 - ratio(right, rows), smoothed * (1 - smoothed) / (rows + 4)
    )
