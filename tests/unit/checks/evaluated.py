"""Requests that formulas make, so that other libraries could be asked about the same ones."""

from __future__ import annotations

import numpy as np
import numpy.typing as npt

from console.checks.evaluation import Tally

ROWS = 200
I = np.arange(ROWS)  # noqa: E741
SCORE = ((I * 37) % 101) / 100
TRUE = ((I * 53) % 97) < (SCORE * 80)
SAID = SCORE >= 0.5
OTHER = np.clip(SCORE + ((I * 29) % 83) / 200 - 0.2, 0, 1)
"""Scores of another version."""
TRUTH = np.sin(I) * 10
NUMBER = TRUTH + np.cos(I * 3) * 2 + 0.5
THREE = (I * 7 + I // 3) % 3
SAID_OF_THREE = np.where((I * 11) % 4 == 0, (THREE + 1) % 3, THREE)


def tally(
    true: npt.NDArray[np.bool_] = TRUE,
    said: npt.NDArray[np.bool_] = SAID,
    score: npt.NDArray[np.float64] = SCORE,
    bins: int = 101,
) -> Tally:
    """The tally of two classes, with a bin for each hundredth of the score."""
    brier = (score - true) ** 2
    places = np.rint(score * 100).astype(np.int64)
    return Tally(
        requests=len(true),
        rows=len(true),
        right=int((true == said).sum()),
        true_positives=int((true & said).sum()),
        false_positives=int((~true & said).sum()),
        false_negatives=int((true & ~said).sum()),
        scored=len(true),
        brier=float(brier.sum()),
        brier_squares=float((brier**2).sum()),
        positives=np.bincount(places[true], minlength=bins),
        negatives=np.bincount(places[~true], minlength=bins),
    )


def numbers(error: npt.NDArray[np.float64]) -> Tally:
    """The tally of predicted numbers."""
    return Tally(
        requests=len(error),
        rows=len(error),
        signed=float(error.sum()),
        absolute=float(np.abs(error).sum()),
        squares=float((error**2).sum()),
        fourths=float((error**4).sum()),
    )
