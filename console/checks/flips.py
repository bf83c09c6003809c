"""Numbers that came as text, and texts that came as numbers."""

from __future__ import annotations

from dataclasses import dataclass

from console.checks.check import Check, Judging
from console.checks.input_shares import Trouble, judge_trouble, pinned_rows
from console.checks.inputs import INPUTS, OTHER_TYPE, Input, inputs_of
from console.checks.shares import ShareLimits
from console.model import QueryCall, Reading, Slice

NAME = "type_flips"
WINDOWS = (30, 120)
"""Lengths in minutes."""


@dataclass(frozen=True, slots=True)
class FlipLimits(ShareLimits):
    """When too many values are of another type."""

    without_baseline: float = 2.0


FLIPS = FlipLimits()


def judge_flips(judging: Judging) -> list[Reading]:
    """Readings a model and feature that was ever of another type, from `queries/feature_cells.sql`."""
    readings: list[Reading] = []
    cells = judging.cells[INPUTS.name]
    for model, _, features in inputs_of(cells):
        for one in features:
            bins = judging.profile.features.get((model, one.feature))
            if bins is None or OTHER_TYPE not in one.bins:
                continue
            is_number = bins.kind == "number"
            trouble = Trouble(
                rows=one.rows(),
                hits=one.rows(OTHER_TYPE),
                said="text, not a number," if is_number else "a number, not text,",
                pinned=pinned_rows(one, one.pinned(judging.pinned_for(model), cells), OTHER_TYPE),
            )
            readings += judge_trouble(NAME, one, trouble, judging, FLIPS, WINDOWS, _Offenders(one, is_number))
    return readings


@dataclass(frozen=True, slots=True)
class _Offenders:
    one: Input
    is_number: bool

    def __call__(self, where: Slice, place: dict[str, object]) -> QueryCall:
        feature = {"feature": self.one.feature}
        if self.is_number:
            return QueryCall("predictions_with_text", {**place, **feature})
        return QueryCall("predictions_with_number_in_range", {**place, **feature})


CHECK = Check(NAME, (INPUTS,), FLIPS, judge_flips)
