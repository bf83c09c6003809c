"""How much of a trouble lies in a part of the rows, beyond what was usual there before."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

Counts = NDArray[np.float64]
"""Rows by group: shape (4, n), of n parts of the rows. The groups, in order: offending now, other rows now,
offending before, other rows before."""

_PRIOR_ROWS = 50.0
"""Rows before at the overall rate that are added to every part's own, so that few rows say little."""


@dataclass(frozen=True, slots=True)
class Told:
    """What n parts of the rows hold; each array has the shape (n,)."""

    divergence: Counts
    """Nats an offending row: how much sooner a troubled row is in the part than any row; 0 if it is not."""
    evidence: Counts
    """Nats: minus the logarithm of a bound on the probability that chance did that."""
    share: Counts
    """Of the trouble beyond the usual, what lies in the part, 0..1."""
    weight: Counts
    """Offending rows in the sample that would tell as much if all of them were beyond the usual."""


@dataclass(frozen=True, slots=True)
class Trouble:
    """The whole, of which parts are looked at."""

    drawn: tuple[float, float, float, float]
    """Rows of each group in the sample."""
    stored: tuple[float, float, float, float]
    """Rows of each group that there are."""

    def told(self, counts: Counts) -> Told:
        """What parts hold, from their rows in the sample.

        A part's rate before is what is usual there, and only what exceeds it is counted: a client that
        always was slower explains nothing. With P the distribution of that excess and Q that of all rows,
        the divergence is the Kullback-Leibler divergence of P from Q over (in the part, elsewhere). If
        trouble was added at one rate in one part of the rows and nowhere else, no other part has more.

        The bound is Chernoff's on the binomial tail: `exp(-n KL(share seen, share expected))`. Of n offending
        rows of which h are beyond the usual, h is known to about sqrt(n), as from h * h / n rows alone.

        Source: Kullback and Leibler 1951; Kulldorff 1997, A spatial scan statistic, whose likelihood
        ratio this is, but for the excess, which is ours; Chernoff 1952.

        Args:
            counts: shape (4, n).
        """
        inside = self.stored_of(counts)
        whole = np.array(self.stored)[:, None]
        outside = np.maximum(whole - inside, 0.0)
        rows = whole[0] + whole[1]
        usual = _ratio(whole[2], whole[2] + whole[3])
        expected, expected_outside = _expected(inside, usual), _expected(outside, usual)
        excess = np.maximum(inside[0] - expected, 0.0)
        excess_outside = np.maximum(outside[0] - expected_outside, 0.0)
        all_excess = excess + excess_outside
        share, prevalence = _ratio(excess, all_excess), (inside[0] + inside[1]) / np.maximum(rows, 1.0)
        seen = _ratio(inside[0], whole[0])
        by_chance = _ratio(expected + all_excess * prevalence, expected + expected_outside + all_excess)
        return Told(
            divergence=np.where(share > prevalence, divergence(share, prevalence), 0.0),
            evidence=np.where(seen > by_chance, self.drawn[0] * divergence(seen, by_chance), 0.0),
            share=share,
            weight=self.drawn[0] * _ratio(all_excess, whole[0]) ** 2,
        )

    def narrowing(self, inner: Counts, outer: Counts) -> Counts:
        """Evidence, in nats as `Told.evidence`, that the trouble of outer parts is not spread evenly over
        them but lies in inner parts of theirs; each of shape (4, n), the answer (n,).
        """
        within, around = self.stored_of(inner), self.stored_of(np.maximum(outer - inner, 0.0))
        whole = np.array(self.stored)[:, None]
        usual = _ratio(whole[2], whole[2] + whole[3])
        expected, expected_around = _expected(within, usual), _expected(around, usual)
        excess = np.maximum(within[0] + around[0] - expected - expected_around, 0.0)
        prevalence = _ratio(within[0] + within[1], within[0] + within[1] + around[0] + around[1])
        seen = _ratio(within[0], within[0] + around[0])
        evenly = _ratio(expected + excess * prevalence, expected + expected_around + excess)
        evidence: Counts = np.where(seen > evenly, outer[0] * divergence(seen, evenly), 0.0)
        return evidence

    def stored_of(self, counts: Counts) -> Counts:
        """Rows there are, estimated from those in the sample; shape (4, n)."""
        scale = [s / d if d else 0.0 for s, d in zip(self.stored, self.drawn, strict=True)]
        scaled: Counts = counts * np.array(scale)[:, None]
        return scaled


def divergence(p: Counts, q: Counts) -> Counts:
    """Kullback-Leibler divergence in nats of a share p from a share q, both 0..1; large where q is 0."""
    q = np.clip(q, 1e-9, 1 - 1e-9)
    p = np.clip(p, 0.0, 1.0)
    inner = np.where(p > 0, p * np.log(np.where(p > 0, p, 1.0) / q), 0.0)
    outer = np.where(p < 1, (1 - p) * np.log(np.where(p < 1, 1 - p, 1.0) / (1 - q)), 0.0)
    nats: Counts = np.maximum(inner + outer, 0.0)
    return nats


def _expected(counts: Counts, usual: Counts) -> Counts:
    """Rows now that would offend at the rate of before."""
    before = counts[2] + counts[3]
    rate = (counts[2] + _PRIOR_ROWS * usual) / (before + _PRIOR_ROWS)
    rows: Counts = counts[0] + counts[1]
    expected: Counts = np.minimum(rows * rate, rows)
    return expected


def _ratio(part: Counts, whole: Counts) -> Counts:
    return np.divide(part, whole, out=np.zeros(np.broadcast(part, whole).shape), where=whole > 0)
