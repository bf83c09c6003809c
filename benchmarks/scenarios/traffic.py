"""The requests of one model in columns, while they are being made and harmed."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

import numpy as np

from benchmarks.scenarios.rhythm import Mask, Numbers, Values
from console.model import Condition

ABSENT = object()
"""A value whose key is not logged at all; None is logged as null."""
NAN = "\x01NaN"
"""A value that is logged as a bare NaN."""


@dataclass(slots=True)
class Traffic:
    """Requests of one model.

    A column's name is its path in the record: `endpoint`, `tags.region`, `features.amount`,
    `stages.predict.ms`, `stages.predict.version`.
    """

    model: str
    at: Numbers
    """Seconds from the period's start, shape (n_rows,)."""
    columns: dict[str, Values]
    """Path -> values, each of shape (n_rows,)."""

    @property
    def rows(self) -> int:
        return len(self.at)

    def during(self, start: float, end: float) -> Mask:
        """Rows of a half-open stretch, in seconds from the period's start."""
        inside: Mask = (self.at >= start) & (self.at < end)
        return inside

    def meets(self, conditions: Iterable[Condition]) -> Mask:
        """Rows that meet all the conditions; one about a column that is not there, none does."""
        met = np.ones(self.rows, dtype=np.bool_)
        for condition in conditions:
            path = self.path(condition.name)
            if path is None:
                return np.zeros(self.rows, dtype=np.bool_)
            if condition.lower is None and condition.upper is None:
                met &= self._equals(path, condition.value)
                continue
            values = self.numbers(path)
            if condition.lower is not None:
                met &= values >= condition.lower
            if condition.upper is not None:
                met &= values < condition.upper
        return met

    def _equals(self, path: str, value: str) -> Mask:
        column = self.columns[path]
        if all(isinstance(v, str) for v in column[:50]):
            return np.asarray(column == value, dtype=np.bool_)
        return np.fromiter((_text(v) == value for v in column), np.bool_, len(column))

    def path(self, name: str) -> str | None:
        """The column that a condition's name stands for."""
        found = (path for path in (name, f"tags.{name}", f"features.{name}") if path in self.columns)
        return next(found, None)

    def numbers(self, path: str) -> Numbers:
        """A column as numbers; NaN where it holds none, shape (n_rows,)."""
        column = self.columns[path]
        return np.fromiter(
            (float(v) if isinstance(v, int | float) else np.nan for v in column), np.float64, len(column)
        )

    def put(self, path: str, mask: Mask, values: Iterable[object]) -> None:
        """Those rows have these values."""
        column = self.columns[path].copy()
        given = np.empty(int(mask.sum()), dtype=np.object_)
        given[:] = list(values)
        column[mask] = given
        self.columns[path] = column

    def scale(self, path: str, mask: Mask, factor: Numbers | float, *, digits: int = 3) -> None:
        """The numbers of those rows are that many times what they were."""
        scaled = np.round(self.numbers(path)[mask] * factor, digits)
        kept = self.columns[path][mask]
        self.put(
            path, mask, [old if new != new else new for old, new in zip(kept, scaled.tolist(), strict=True)]
        )

    def fill(self, path: str, mask: Mask, value: object) -> None:
        """Those rows have this value."""
        self.put(path, mask, [value] * int(mask.sum()))

    def taken(self, mask: Mask) -> Traffic:
        """Only those rows."""
        return Traffic(self.model, self.at[mask], {path: c[mask] for path, c in self.columns.items()})

    def joined(self, other: Traffic) -> Traffic:
        """These rows and the other's, by time."""
        at = np.concatenate([self.at, other.at])
        order = np.argsort(at, kind="stable")
        columns = {
            path: np.concatenate([column, other.columns[path]])[order]
            for path, column in self.columns.items()
        }
        return Traffic(self.model, at[order], columns)


def _text(value: object) -> str:
    return str(value).lower() if isinstance(value, bool) else str(value)


def values(some: Iterable[object]) -> Values:
    """Any values as a column."""
    given = list(some)
    column = np.empty(len(given), dtype=np.object_)
    column[:] = given
    return column


def rounded(some: Numbers, digits: int = 3) -> Values:
    """Numbers as a column."""
    return values(np.round(some, digits).tolist())
