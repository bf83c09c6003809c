"""What a check is: the cells it asks for, its limits, and the function that judges them."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

import numpy as np
import numpy.typing as npt
import polars as pl

from console.checks.grid import Board, Cells, Pinned
from console.checks.profile import Profile
from console.checks.vocabulary import Vocabulary
from console.model import LimitRule, QueryCall, Reading

MAX_ROWS = 10_000_000
"""Cells that are asked for at once."""


@dataclass(frozen=True, slots=True)
class CellQuery:
    """A canned query that counts by step and key."""

    name: str
    """Its stem."""
    keys: tuple[str, ...]
    """Columns that tell one series from another."""
    counts: tuple[str, ...]
    """Columns that add up over steps."""
    extremes: tuple[str, ...] = ()
    """The column of a lowest and that of a highest number, if it has them."""
    coarse: bool = False
    """Asked by the longer step, which is three of the others: for what has many keys."""
    profiled: bool = False
    """Takes the parameter `profile`: the edges and values that the numbers and texts are sorted by."""
    sampled: bool = False
    """Counts a sample of the requests where there are many, as those that are profiled do by themselves."""
    prose: bool = False
    """Counts long texts, and is asked only where there are some."""
    truths: bool = False
    """Counts by truths, which may come late: asked again from the first step in which one has changed."""
    values: bool = False
    """Gives values of texts, of which it is kept since when they are known."""

    def empty(self) -> Cells:
        """What holds its counts, with nothing counted yet."""
        return Vocabulary() if self.values else Cells(self.keys, self.counts, self.extremes)

    def nothing(self) -> pl.DataFrame:
        """The answer where there is nothing to count."""
        schema: dict[str, pl.DataType] = {"step_start": pl.Datetime("us", "UTC")}
        schema |= dict.fromkeys(self.keys, pl.String())
        schema |= dict.fromkeys(self.counts, pl.Int64())
        return pl.DataFrame(schema=schema | dict.fromkeys(self.extremes, pl.Float64()))

    def call(
        self, start: datetime, until: datetime, step_minutes: int, profile: str, share: float = 1.0
    ) -> QueryCall:
        """What to ask for the steps from `start` to `until`.

        Args:
            start: of the first step.
            until: end of the last.
            step_minutes: length of a step.
            profile: how inputs are sorted, if the query is `profiled`.
            share: of the requests that are counted, 0..1, if it is `sampled`.
        """
        params: dict[str, object] = {"start": start, "until": until, "step_minutes": step_minutes}
        if self.profiled:
            params["profile"] = profile
        if self.sampled:
            params["sample_share"] = share
        return QueryCall(self.name, {**params, "row_limit": MAX_ROWS})


@dataclass(frozen=True, slots=True)
class Judging:
    """All that a check judges by, beside its limits."""

    board: Board
    """By the step of the check's cells."""
    cells: Mapping[str, Cells]
    """Name of a cell query -> what it has counted; of those that the check needs."""
    rules: Sequence[LimitRule] = ()
    """Limits that somebody set, of any check."""
    pinned: Mapping[str, Pinned] = field(default_factory=dict)
    """Model -> the baseline that was chosen for it; the empty name holds for all others."""
    profile: Profile = field(default_factory=Profile)
    """The bins by which the profiled cells were counted."""

    def pinned_for(self, model: str) -> Pinned | None:
        """The baseline that was chosen for the model, if one was.

        One that names no model, as training data may, is every model's.
        """
        found = self.pinned.get(model)
        if found is None and "" in self.pinned:
            nameless = self.pinned[""]
            totals = {n: f.with_columns(model=pl.lit(model)) for n, f in nameless.totals.items()}
            return Pinned(totals, nameless.profile)
        return found


@dataclass(frozen=True, slots=True)
class Check:
    """A kind of trouble that is looked for."""

    name: str
    cells: tuple[CellQuery, ...]
    """What it counts by; all of one step."""
    limits: Any
    """A frozen dataclass of numbers: what somebody may set for it."""
    judge: Callable[[Judging], list[Reading]]
    of_absence: bool = False
    """Whether it looks for what is not there: of a backlog that is read in part, it can say nothing."""

    @property
    def by_truths(self) -> bool:
        """Whether it judges what may be told late."""
        return any(query.truths for query in self.cells)


def pinned_totals(
    pinned: Pinned | None, query: CellQuery, cells: Cells, keys: npt.NDArray[np.int64], *counts: str
) -> tuple[npt.NDArray[np.integer], ...] | None:
    """These counts of each key in a chosen baseline; None if none was chosen, or the first one is nothing."""
    if pinned is None or query.name not in pinned.totals:
        return None
    names = cells.keys[keys.tolist()]
    told = names.join(pinned.totals[query.name], on=query.keys, how="left", maintain_order="left")
    totals = tuple(told[name].fill_null(0).to_numpy() for name in counts)
    return totals if totals[0].sum() else None
