"""Which values text features have had, since when, and how often the new ones came."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import timedelta

import numpy as np
import numpy.typing as npt
import polars as pl

from console.checks.grid import Cells, Counts, Grid, Steps, prefix

NEVER = 2**31 - 1
"""The step of what has not happened."""
FRESH = timedelta(days=1)
"""How long a value counts as new: afterwards people know it."""
KEPT = timedelta(days=8)
"""For how long it is kept when the newcomers of a feature came."""
MAX_VALUES = 100_000
"""Values of a feature that are told apart; one with more of them is no category."""

_KEY = pl.struct("model", "feature", "value").hash().alias("value_")


@dataclass(frozen=True, slots=True)
class Known:
    """What was known of a feature, at any step."""

    firsts: Steps
    """Steps in which its values were first seen, ascending."""
    seconds: Steps
    """Steps in which they were seen for the second time, ascending; `NEVER` if they were not."""
    rows: Counts
    """Its rows before each step, shape (n_steps + 1,)."""

    def before(self, step: Steps) -> tuple[Counts, Counts, Counts]:
        """Rows, distinct values, and values among them that came only once, before these steps."""
        values = np.searchsorted(self.firsts, step, side="left")
        repeated = np.searchsorted(self.seconds, step, side="left")
        return self.rows[step], values, values - repeated


@dataclass(frozen=True, slots=True)
class Newcomers:
    """Values of a feature that were new in the history, each array of shape (n_values,)."""

    values: list[str]
    firsts: Steps
    """Step in which each was first seen."""
    all_rows: Counts
    """Rows while it was new."""
    early_rows: Counts
    """Rows within an hour of its first step."""


class Vocabulary(Cells):
    """The values of each text feature; of each the first and the second step, of the new ones all rows.

    `keys` and `counts` are those of the features as wholes. Of a value that has been known for a day
    twenty bytes are kept, and of a feature with more than `MAX_VALUES` nothing.
    """

    def __init__(self) -> None:
        super().__init__(("model", "feature"), ("rows",))
        self._known = pl.DataFrame(
            schema={"value_": pl.UInt64, "feature_": pl.UInt32, "first": pl.Int32, "second": pl.Int32}
        )
        self._fresh = pl.DataFrame(
            schema={
                "feature_": pl.UInt32,
                "value": pl.String,
                "step_": pl.Int32,
                "first": pl.Int32,
                "rows": pl.Int32,
            }
        )
        self._rich: set[int] = set()

    def put(self, frame: pl.DataFrame, grid: Grid, *, since: int = 0) -> None:
        """What the answer of `queries/value_cells.sql` says of the steps from `since` on replaces what was
        known of them.

        Args:
            frame: of each value at least its first two steps from `since` on; a null value is all of a
                feature's.
            grid: the steps; the same start and length at each call.
            since: a value that was first seen here or later is forgotten, unless the frame has it.
        """
        super().put(frame.filter(pl.col("value").is_null()), grid, since=since)
        features = self.keys.with_row_index("feature_")
        values = (
            frame.filter(pl.col("value").is_not_null())
            .join(features, on=("model", "feature"), how="inner", maintain_order="left")
            .filter(~pl.col("feature_").is_in(sorted(self._rich)))
            .with_columns(_KEY, step_=_step_of(grid), rows=pl.col("rows").cast(pl.Int32, strict=False))
            .filter((pl.col("step_") >= since) & (pl.col("step_") < grid.steps))
            .sort("step_")
        )
        self._learn(values, since)
        known = self._known.select("value_", "first")
        day = FRESH // grid.step
        fresh = values.join(known, on="value_", how="inner").filter(pl.col("step_") - pl.col("first") < day)
        oldest = grid.steps - KEPT // grid.step if since else 0
        kept = self._fresh.filter((pl.col("step_") < since) & (pl.col("step_") >= oldest))
        self._fresh = pl.concat([kept, fresh.select(self._fresh.columns)])
        self._drop_rich()

    def _learn(self, values: pl.DataFrame, since: int) -> None:
        seen = values.group_by("value_").agg(
            pl.col("feature_").first(),
            pl.col("step_").first().alias("first_"),
            pl.when(pl.col("rows").first() > 1)
            .then(pl.col("step_").first())
            .otherwise(pl.col("step_").get(1, null_on_oob=True))
            .fill_null(NEVER)
            .cast(pl.Int32)
            .alias("second_"),
        )
        before = self._known.filter(pl.col("first") < since).with_columns(
            second=pl.when(pl.col("second") >= since).then(NEVER).otherwise(pl.col("second")).cast(pl.Int32)
        )
        again = before.join(seen, on="value_", how="left", maintain_order="left").with_columns(
            second=pl.min_horizontal("second", pl.col("first_").fill_null(NEVER))
        )
        new = seen.join(before, on="value_", how="anti").select(
            "value_", "feature_", pl.col("first_").alias("first"), pl.col("second_").alias("second")
        )
        self._known = pl.concat([again.select(before.columns), new])

    def _drop_rich(self) -> None:
        sizes = self._known.group_by("feature_").len().filter(pl.col("len") > MAX_VALUES)
        if sizes.height:
            self._rich.update(sizes["feature_"].to_list())
            rich = pl.col("feature_").is_in(sorted(self._rich))
            self._known, self._fresh = self._known.filter(~rich), self._fresh.filter(~rich)

    def known(self, feature: int) -> Known | None:
        """What was known of a feature, by its row of `keys`; None if it is no category."""
        if feature in self._rich:
            return None
        mine = self._known.filter(pl.col("feature_") == feature)
        return Known(
            np.sort(mine["first"].to_numpy()).astype(np.int64),
            np.sort(mine["second"].to_numpy()).astype(np.int64),
            prefix(self.counts("rows")[feature]),
        )

    def newcomers(self, feature: int, *, after: int, least: int, hour: int) -> Newcomers:
        """Values of a feature that were first seen after a step.

        Args:
            feature: its row of `keys`.
            after: the step.
            least: rows that a value has had while it was new.
            hour: steps in one.
        """
        mine = self._fresh.filter((pl.col("feature_") == feature) & (pl.col("first") > after))
        early = pl.col("rows").filter(pl.col("step_") < pl.col("first") + hour).sum()
        found = (
            mine.group_by("value")
            .agg(
                pl.col("first").first().cast(pl.Int64),
                pl.col("rows").sum().cast(pl.Int64).alias("all_rows"),
                early.cast(pl.Int64).alias("early_rows"),
            )
            .filter(pl.col("all_rows") >= least)
            .sort("value")
        )
        return Newcomers(
            found["value"].to_list(),
            found["first"].to_numpy(),
            found["all_rows"].to_numpy(),
            found["early_rows"].to_numpy(),
        )

    def rows_of(self, feature: int, values: Sequence[str]) -> npt.NDArray[np.int32]:
        """Rows of each of these newcomers while it was new, step by step: shape (n_values, n_steps)."""
        places = pl.DataFrame({"value": values}, schema={"value": pl.String}).with_row_index("place_")
        placed = self._fresh.filter(pl.col("feature_") == feature).join(places, on="value", how="inner")
        rows = np.zeros((len(values), self.steps), dtype=np.int32)
        np.add.at(rows, (placed["place_"].to_numpy(), placed["step_"].to_numpy()), placed["rows"].to_numpy())
        return rows


def _step_of(grid: Grid) -> pl.Expr:
    first, length = round(grid.start.timestamp() * 1_000_000), grid.step // timedelta(microseconds=1)
    return ((pl.col("step_start").dt.timestamp("us") - first) // length).cast(pl.Int32)
