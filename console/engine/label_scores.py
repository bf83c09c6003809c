"""How sure a model was, from its score: the distance from where its decision turns. Pure."""

from __future__ import annotations

import math
from collections import Counter
from collections.abc import Iterable
from dataclasses import dataclass
from itertools import groupby, pairwise
from operator import itemgetter

LEAST_ROWS = 30
"""Scored predictions below which nothing is said of a model's decisions."""
PARTED = 0.95
"""Balanced accuracy from which on a threshold is taken for the one that the model decides by; and the share
of scores that must be possible for a reading of them."""

Scored = tuple[str, float]
"""A prediction and its score."""


@dataclass(frozen=True, slots=True)
class Decision:
    """How a model's scores lead to its predictions, as far as they tell."""

    threshold: float | None = None
    """The score at which its prediction turns; None where there is no such score."""
    is_confidence: bool = False
    """Whether the score is the probability of the class that was predicted, whichever that is."""

    def distance(self, score: float | None) -> float:
        """How sure it was, least where it is nearest to the turn; infinite where nothing is known."""
        if score is None or not math.isfinite(score):
            return math.inf
        if self.threshold is not None:
            return abs(score - self.threshold)
        return score if self.is_confidence else math.inf

    def why(self, score: float | None) -> str:
        """The same in words; empty where nothing is known."""
        if self.distance(score) == math.inf or score is None:
            return ""
        if self.threshold is not None:
            return f"{abs(score - self.threshold):.2g} from the threshold {self.threshold:.3g}"
        return f"{score:.2g} sure of it"


UNKNOWN = Decision()
"""Of a model whose scores tell nothing."""


def decision_of(rows: Iterable[Scored]) -> Decision:
    """How a model decides, found from its own predictions.

    With two classes the threshold is the score that parts them best, by balanced accuracy (the mean of the
    shares of both that lie on their side), if that is at least `PARTED`: a score that is the probability of
    one class. Else, where they can be how sure it was of what it predicted (0..1, and of k classes hardly
    ever below 1/k), the lowest come first, least confidence in Lewis and Gale 1994. Else nothing is known.

    Args:
        rows: predictions that are classes, with their scores.
    """
    scored = [(name, score) for name, score in rows if math.isfinite(score)]
    classes = Counter(name for name, _ in scored)
    if len(scored) < LEAST_ROWS or len(classes) < 2:
        return UNKNOWN
    if len(classes) == 2:
        parted, threshold = _best_threshold(scored, min(classes))
        if parted >= PARTED:
            return Decision(threshold=threshold)
    if not all(0.0 <= score <= 1.0 for _, score in scored):
        return UNKNOWN
    likely = sum(score >= 1 / len(classes) for _, score in scored)
    return Decision(is_confidence=True) if likely >= PARTED * len(scored) else UNKNOWN


def _best_threshold(scored: list[Scored], one: str) -> tuple[float, float]:
    """The balanced accuracy of the best threshold, and it: the middle of where it may lie."""
    of_one = sum(name == one for name, _ in scored)
    of_other = len(scored) - of_one
    ranked = [
        (score, [name == one for name, _ in rows])
        for score, rows in groupby(sorted(scored, key=itemgetter(1)), key=itemgetter(1))
    ]
    best, threshold = 0.0, math.nan
    below_one = below_other = 0
    for (score, here), (above, _) in pairwise(ranked):
        below_one += sum(here)
        below_other += len(here) - sum(here)
        # The share of one class below and of the other above; or the other way round.
        parted = 0.5 * (below_one / of_one + (of_other - below_other) / of_other)
        parted = max(parted, 1.0 - parted)
        if parted > best:
            best, threshold = parted, score + (above - score) / 2
    return best, threshold
