"""Numbers outside the range that a feature had at first."""

from __future__ import annotations

from dataclasses import dataclass

from console.checks.check import Check, Judging
from console.checks.input_shares import Trouble, judge_trouble, pinned_rows
from console.checks.inputs import ABOVE, BELOW, INPUTS, Input, inputs_of
from console.checks.profile import Bins
from console.checks.say import number
from console.checks.shares import ShareLimits
from console.model import QueryCall, Reading, Slice

NAME = "out_of_range"
WINDOWS = (30, 120)
"""Lengths in minutes."""


@dataclass(frozen=True, slots=True)
class RangeLimits(ShareLimits):
    """When too many numbers are out of range."""

    min_gain: float = 0.15
    min_ratio: float = 3.0
    without_baseline: float = 2.0


RANGES = RangeLimits()


def judge_ranges(judging: Judging) -> list[Reading]:
    """Readings a model and feature, for either side of the range, from `queries/feature_cells.sql`."""
    readings: list[Reading] = []
    cells = judging.cells[INPUTS.name]
    for model, _, features in inputs_of(cells):
        for one in features:
            bins = judging.profile.features.get((model, one.feature))
            if bins is None or bins.kind != "number":
                continue
            totals = one.pinned(judging.pinned_for(model), cells)
            for side, edge, word in ((BELOW, bins.lowest, "below"), (ABOVE, bins.highest, "above")):
                if side in one.bins:
                    trouble = Trouble(
                        rows=one.rows(),
                        hits=one.rows(side),
                        said=f"{word} {number(edge)}",
                        pinned=pinned_rows(one, totals, side),
                    )
                    readings += judge_trouble(
                        NAME, one, trouble, judging, RANGES, WINDOWS, _Offenders(one, bins, side)
                    )
    return readings


@dataclass(frozen=True, slots=True)
class _Offenders:
    one: Input
    bins: Bins
    side: int

    def __call__(self, where: Slice, place: dict[str, object]) -> QueryCall:
        lower, upper = self.bins.edges(self.side)
        return QueryCall(
            "predictions_with_number_in_range",
            {**place, "feature": self.one.feature, "lower": lower, "upper": upper},
        )


CHECK = Check(NAME, (INPUTS,), RANGES, judge_ranges)
