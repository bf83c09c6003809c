"""A sample's columns as parts of its rows: values of a category, sides of a cut through a number."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from functools import cached_property

import numpy as np
import polars as pl
from numpy.typing import NDArray

from console.explain.offending import OUTCOMES
from console.explain.trouble import Counts, Trouble
from console.model import Condition
from console.store import Sample

Rows = NDArray[np.bool_]
"""Of each row of the sample, whether it is meant; shape (n_rows,)."""

MOST_VALUES = 40
"""Values of a category that are looked at: those that most offending rows have."""
CUTS = 24
"""Cuts through a number, at quantiles of all rows now, and as many at those of the offending ones."""
SAME_ORDER = 0.95
"""Rank correlation with time from which a number only tells when a row came."""
SAME_TIMES = 0.9
"""Share of the variance of time that a category tells, from which it only tells when."""
KIN = 0.3
"""Rank correlation with the number that defines a trouble, from which another number follows from it."""
_ROWS_TO_CORRELATE = 4_000
_LEAST_TO_CORRELATE = 30


@dataclass(frozen=True, slots=True)
class Part:
    """Rows with a value of a category (`code`), or on one side of a cut (from bin `code` on, or below it)."""

    column: int
    """Place in `Grouped.columns`."""
    code: int
    side: str = "="
    """`=`, `>=` or `<`."""


class Grouped:
    """The rows of a sample in the order of their groups, which `Trouble` names."""

    def __init__(self, sample: Sample) -> None:
        """Order the rows; columns are coded when they are first asked for."""
        group = (1 - pl.col("offends").cast(pl.Int8)) + 2 * (1 - pl.col("now").cast(pl.Int8))
        self.frame = sample.frame.with_columns(group=group).sort("group", "ts")
        self.group: NDArray[np.int64] = self.frame["group"].to_numpy().astype(np.int64)
        self.columns = sample.columns
        drawn = np.bincount(self.group, minlength=4)
        stored = [sample.totals.get(key, 0) for key in ((True, True), (True, False), (False, True))]
        stored.append(sample.totals.get((False, False), 0))
        self.trouble = Trouble(
            (float(drawn[0]), float(drawn[1]), float(drawn[2]), float(drawn[3])),
            (float(stored[0]), float(stored[1]), float(stored[2]), float(stored[3])),
        )
        self.ends = np.concatenate(([0], np.cumsum(drawn)))
        """Where each group begins, and the last one ends."""
        self._codes: dict[int, tuple[NDArray[np.int64], list[str], NDArray[np.float64]]] = {}

    @cached_property
    def rows_now(self) -> int:
        return int(self.ends[2])

    def numbers(self, column: int) -> NDArray[np.float64]:
        """The values of a number, NaN where there is none; shape (n_rows,)."""
        return self.frame[self.columns[column].column].cast(pl.Float64).to_numpy().astype(np.float64)

    def coded(self, column: int) -> tuple[NDArray[np.int64], list[str], NDArray[np.float64]]:
        """Of each row the code, and what the codes are.

        Returns:
            codes; the values that codes from 1 on stand for; the cuts before bins from 2 on. Code 0 is
            another value or none; of a number, none.
        """
        if column not in self._codes:
            number = self.columns[column].kind == "number"
            self._codes[column] = self._bins(column) if number else self._values(column)
        return self._codes[column]

    def counts(self, column: int) -> Counts:
        """Rows of each group with each code; shape (4, n_codes)."""
        codes, values, cuts = self.coded(column)
        width = (len(values) if values else len(cuts) + 1) + 1
        counted = np.bincount(self.group * width + codes, minlength=4 * width)
        return counted.reshape(4, width).astype(np.float64)

    def parts(self, column: int) -> tuple[list[Part], Counts]:
        """Every part that a column makes, and its rows of each group; shape (4, n_parts)."""
        counts = self.counts(column)
        width = counts.shape[1]
        if self.columns[column].kind != "number":
            return [Part(column, code) for code in range(1, width)], counts[:, 1:]
        above = np.cumsum(counts[:, :1:-1], axis=1)[:, ::-1]
        below = np.cumsum(counts[:, 1:-1], axis=1)
        codes = range(2, width)
        parts = [Part(column, code, ">=") for code in codes] + [Part(column, code, "<") for code in codes]
        return parts, np.concatenate((above, below), axis=1)

    def rows(self, part: Part) -> Rows:
        """Which rows are in the part."""
        codes = self.coded(part.column)[0]
        inside: Rows = codes == part.code
        if part.side != "=":
            inside = codes >= part.code if part.side == ">=" else (codes > 0) & (codes < part.code)
        return inside

    def meeting(self, condition: Condition) -> Rows:
        """Which rows meet a condition; all if it is about nothing that was drawn."""
        for column, drawn in enumerate(self.columns):
            if (drawn.kind, drawn.name) != (condition.kind, condition.name):
                continue
            if drawn.kind != "number":
                texts = self.frame[drawn.column]
                same: Rows = (texts == condition.value).fill_null(False).to_numpy()
                return same
            values = self.numbers(column)
            met = ~np.isnan(values)
            met &= values >= condition.lower if condition.lower is not None else True
            return met & (values < condition.upper if condition.upper is not None else True)
        return np.ones(self.group.size, dtype=np.bool_)

    def counts_of(self, rows: Rows) -> Counts:
        """How many of these rows each group has; shape (4, 1)."""
        return np.bincount(self.group[rows], minlength=4).astype(np.float64)[:, None]

    def named(self, names: frozenset[str]) -> list[int]:
        """Places of the columns of these names; a tag is never meant."""
        return [n for n, drawn in enumerate(self.columns) if drawn.name in names and drawn.kind != "tag"]

    def only_follows(self, column: int, told: Sequence[int]) -> bool:
        """Whether a column explains nothing: it tells when a row came, or goes with what defines the trouble.

        Args:
            told: places of the columns that define it. A number that went with one of these before, too,
                is another word for it, unless that is an outcome: large payloads that always took longer
                may be what takes too long now.
        """
        if self.columns[column].kind != "number":
            return self._tells_time(column)
        if abs(self._order_in_time(column)) >= SAME_ORDER:
            return True
        return any(
            abs(_correlation(self._before(column), self._before(other))) >= KIN
            for other in told
            if self.columns[other].kind == "number" and self.columns[other].name not in OUTCOMES
        )

    def _values(self, column: int) -> tuple[NDArray[np.int64], list[str], NDArray[np.float64]]:
        texts = self.frame[self.columns[column].column]
        name = texts.name
        common = (
            texts.head(int(self.ends[1]))
            .drop_nulls()
            .value_counts(name="rows_with_it")
            .sort(pl.col("rows_with_it"), pl.col(name), descending=[True, False])
        )
        values: list[str] = common[name].head(MOST_VALUES).to_list()
        if not values:
            return np.zeros(texts.len(), dtype=np.int64), [], np.empty(0)
        numbers = list(range(1, len(values) + 1))
        codes = texts.replace_strict(values, numbers, default=0, return_dtype=pl.Int64).fill_null(0)
        return codes.to_numpy(), values, np.empty(0)

    def _bins(self, column: int) -> tuple[NDArray[np.int64], list[str], NDArray[np.float64]]:
        values = self.numbers(column)
        quantiles = np.linspace(0.0, 1.0, CUTS + 2)[1:-1]
        now, offending = (some[~np.isnan(some)] for some in (values[: self.rows_now], values[: self.ends[1]]))
        cuts = np.concatenate(
            [np.quantile(some, quantiles, method="higher") for some in (now, offending) if some.size]
            or [np.empty(0)]
        )
        cuts = np.unique(cuts)
        if cuts.size:
            cuts = cuts[cuts > now.min()]
        return np.where(np.isnan(values), 0, np.searchsorted(cuts, values, side="right") + 1), [], cuts

    def _order_in_time(self, column: int) -> float:
        """Rank correlation of a number with the time, over rows now."""
        every = max(1, self.rows_now // _ROWS_TO_CORRELATE)
        values = self.numbers(column)[: self.rows_now : every]
        times = self.frame["ts"].to_numpy()[: self.rows_now : every].astype(np.float64)
        return _correlation(values, times)

    def _before(self, column: int) -> NDArray[np.float64]:
        """The values of some rows before; where there are none, of those now that do not offend."""
        start, end = (self.ends[2], self.ends[4]) if self.ends[4] > self.ends[2] else self.ends[1:3]
        every = max(1, (int(end) - int(start)) // _ROWS_TO_CORRELATE)
        return self.numbers(column)[start:end:every]

    def _tells_time(self, column: int) -> bool:
        """Whether the values of a category follow each other in time, as dates do."""
        every = max(1, self.rows_now // _ROWS_TO_CORRELATE)
        some = self.frame[self.columns[column].column].head(self.rows_now).gather_every(every)
        there = some.is_not_null().to_numpy()
        values, codes = np.unique(some.drop_nulls().to_numpy().astype(str), return_inverse=True)
        if values.size < 2 or values.size * 2 > codes.size:
            return False
        times = _ranks(self.frame["ts"].to_numpy()[: self.rows_now : every][there].astype(np.float64))
        rows = np.bincount(codes)
        means = np.bincount(codes, times) / rows
        whole = float(np.var(times))
        between = float(np.average((means - times.mean()) ** 2, weights=rows))
        return whole > 0 and between / whole >= SAME_TIMES


def _correlation(a: NDArray[np.float64], b: NDArray[np.float64]) -> float:
    """Spearman's rank correlation of two numbers where both are; 0 if that says nothing."""
    both = ~(np.isnan(a) | np.isnan(b))
    if both.sum() < _LEAST_TO_CORRELATE:
        return 0.0
    ranks = [_ranks(some[both]) for some in (a, b)]
    if any(np.ptp(some) == 0 for some in ranks):
        return 0.0
    return float(np.corrcoef(ranks[0], ranks[1])[0, 1])


def _ranks(values: NDArray[np.float64]) -> NDArray[np.float64]:
    """The rank of each value, the mean rank where several are equal."""
    _, places, counts = np.unique(values, return_inverse=True, return_counts=True)
    ends = np.cumsum(counts)
    ranks: NDArray[np.float64] = (ends - (counts - 1) / 2)[places]
    return ranks
