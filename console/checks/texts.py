"""Long texts that are not what they were: length, signs and words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

import numpy as np

from console.checks.check import CellQuery, Check, Judging
from console.checks.grid import Cells, Counts
from console.checks.input_shares import Trouble, by_slice, judge_trouble
from console.checks.inputs import MIN_SLICE_ROWS, Input
from console.checks.shares import ShareLimits
from console.model import QueryCall, Reading, Slice

NAME = "text_quality"
WINDOWS = (30, 120)
"""Lengths in minutes."""
MEASURES: Mapping[str, str] = {
    "shorter": "shorter than usual",
    "longer": "longer than usual",
    "non_ascii": "with many signs that are not ASCII",
    "emoji": "with emoji",
    "control": "with control characters or garbled signs",
    "unseen": "mostly of words never seen before",
}
"""Column of `queries/text_cells.sql` -> what is said of the texts that it counts."""
TEXTS = CellQuery(
    "text_cells",
    ("model", "feature", "dimension", "slice_value"),
    ("rows", *MEASURES),
    coarse=True,
    profiled=True,
    prose=True,
)


@dataclass(frozen=True, slots=True)
class TextLimits(ShareLimits):
    """When too many texts are unusual."""

    min_gain: float = 0.1
    without_baseline: float = 2.0


LIMITS = TextLimits()


def judge_texts(judging: Judging) -> list[Reading]:
    """Readings a model, feature and measure, from `queries/text_cells.sql`."""
    readings: list[Reading] = []
    cells = judging.cells[TEXTS.name]
    for (model, feature), keys in cells.groups("model", "feature").items():
        one = _input(model, feature, keys, cells)
        if one is None:
            continue
        for name, said in MEASURES.items():
            hits = np.maximum(cells.counts(name)[one.keys[:, 0]], 0).astype(np.int64)
            pinned = judging.pinned_for(model)
            chosen = None
            if pinned is not None and TEXTS.name in pinned.totals:
                told = cells.keys[one.keys[:, 0].tolist()].join(
                    pinned.totals[TEXTS.name], on=list(TEXTS.keys), how="left", maintain_order="left"
                )
                before: list[Counts] = [told[n].fill_null(0).to_numpy() for n in ("rows", name)]
                chosen = (before[0], before[1]) if before[0].any() else None
            trouble = Trouble(one.rows(), hits, said, pinned=chosen)
            found = judge_trouble(NAME, one, trouble, judging, LIMITS, WINDOWS, by_slice)
            readings += [replace(reading, evidence=_evidence(reading, name)) for reading in found]
    return readings


def _evidence(reading: Reading, measure: str) -> QueryCall:
    """What shows the texts of the window beside those before it, by what is judged of them."""
    window, where = reading.window, reading.slice
    place = {"model": reading.model, "start": window.start, "until": window.until}
    cut = {"dimension": where.dimension, "slice_value": where.value}
    return QueryCall("text_distribution", {**place, "feature": reading.subject, "measure": measure, **cut})


def _input(model: str, feature: str, keys: Counts, cells: Cells) -> Input | None:
    names = cells.keys[keys.tolist()].select("dimension", "slice_value").rows()
    totals = cells.counts("rows")[keys].sum(axis=1)
    order = [place for place, name in enumerate(names) if name == ("", "")]
    if not order:
        return None
    order += [p for p, name in enumerate(names) if name[0] and totals[p] >= MIN_SLICE_ROWS]
    chosen = keys[order]
    counts = cells.counts("rows")[chosen][:, None, :]
    return Input(model, feature, tuple(Slice(*names[p]) for p in order), (0,), counts, chosen[:, None])


CHECK = Check(NAME, (TEXTS,), LIMITS, judge_texts)
