"""Requests that lack a feature: null or absent, empty text, or not a number."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from console.checks.check import Check, Judging
from console.checks.grid import Counts
from console.checks.input_shares import Trouble, in_slices, judge_trouble
from console.checks.inputs import EMPTY, INPUTS, NAN, Input, inputs_of
from console.checks.shares import ShareLimits
from console.model import QueryCall, Reading, Slice

NAME = "missing_values"
WINDOWS = (30, 120)
"""Lengths in minutes."""


@dataclass(frozen=True, slots=True)
class MissingLimits(ShareLimits):
    """When too many requests lack a feature."""

    min_gain: float = 0.03
    without_baseline: float = 2.0


MISSING = MissingLimits()


def judge_missing(judging: Judging) -> list[Reading]:
    """Readings a model and feature, from `queries/feature_cells.sql`; each names its worst slice.

    Null and absent are one, since the store does not tell them apart; empty text and `NaN` count as well. A
    slice in which the feature was never there is no slice that lacks it.
    """
    readings: list[Reading] = []
    cells = judging.cells[INPUTS.name]
    for model, requests, features in inputs_of(cells):
        pinned = judging.pinned_for(model)
        asked = requests.pinned(pinned, cells)
        for one in features:
            lacking = one.rows(EMPTY, NAN)
            rows = in_slices(requests, one.slices)
            hits = np.clip(rows - one.rows() + lacking, 0, rows)
            totals = one.pinned(pinned, cells)
            chosen = None
            if totals is not None and asked is not None:
                whole = _totals_in(requests, asked.sum(axis=1), one)
                there = totals.sum(axis=1) - _of(one, totals, EMPTY, NAN)
                chosen = whole, np.clip(whole - there, 0, whole)
            said = "missing or empty" if lacking.any() else "missing"
            trouble = Trouble(rows, hits, said, pinned=chosen)
            readings += judge_trouble(
                NAME, one, trouble, judging, MISSING, WINDOWS, _Offenders(one), "missing_values", ()
            )
    return readings


def _of(one: Input, totals: Counts, *bins: int) -> Counts:
    wanted = [place for place, number in enumerate(one.bins) if number in bins]
    found: Counts = totals[:, wanted].sum(axis=1)
    return found


def _totals_in(requests: Input, totals: Counts, one: Input) -> Counts:
    places = {where: place for place, where in enumerate(requests.slices)}
    return np.array([totals[places[where]] if where in places else 0 for where in one.slices])


@dataclass(frozen=True, slots=True)
class _Offenders:
    one: Input

    def __call__(self, where: Slice, place: dict[str, object]) -> QueryCall:
        return QueryCall("predictions_without_feature", {**place, "feature": self.one.feature})


CHECK = Check(NAME, (INPUTS,), MISSING, judge_missing)
