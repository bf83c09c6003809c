"""How far alerts reach: which share of their model's requests they are of."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta
from typing import TYPE_CHECKING

import numpy as np

from console.checks import CellQuery, Check
from console.checks.errors import REQUESTS
from console.checks.grid import Counts, Grid
from console.model import Alert, Reading

if TYPE_CHECKING:
    from console.engine.counting import Counting

_INSTANT = timedelta(microseconds=1)


class Reach:
    """Requests of each model up to each step; made anew when more was counted."""

    def __init__(self, grid: Grid, totals: Mapping[str, Counts], sampled: Mapping[str, float]) -> None:
        """What readings are held against.

        Args:
            grid: the steps.
            totals: model -> requests before each step, and in all, shape (n_steps + 1,).
            sampled: check -> share of the requests that its rows are counted of, 0..1.
        """
        self._grid = grid
        self._totals = totals
        self._sampled = sampled

    @classmethod
    def of(cls, counting: Counting, checks: Sequence[Check]) -> Reach:
        """What was counted for the checks; of no use where none of them asks for the requests."""
        sampled = {check.name: counted_share(counting, check.cells[0]) for check in checks}
        cells = counting.cells(REQUESTS.name)
        if cells is None:
            return cls(counting.grid, {}, sampled)
        rows = cells.counts("rows")
        totals = {
            model: np.concatenate([np.zeros(1, np.int64), np.cumsum(rows[keys].sum(axis=0, dtype=np.int64))])
            for (model, dimension), keys in cells.groups("model", "dimension").items()
            if dimension == ""
        }
        return cls(counting.grid, totals, sampled)

    def on(self, alerts: Sequence[Alert]) -> tuple[Alert, ...]:
        """The same alerts, whose readings tell how far they reach."""
        return tuple(
            replace(alert, worst=self._told(alert.worst), latest=self._told(alert.latest)) for alert in alerts
        )

    def _told(self, reading: Reading) -> Reading:
        share = self.share(reading)
        return reading if share == reading.share else replace(reading, share=share)

    def share(self, reading: Reading) -> float | None:
        """Of the model's requests in the window, those that the reading is of; None if that says nothing."""
        totals = self._totals.get(reading.model)
        if totals is None or not reading.rows:
            return None
        last = len(totals) - 1
        first = min(max(0, self._grid.index(reading.window.start)), last)
        end = min(max(0, self._grid.index(reading.window.until - _INSTANT) + 1), last)
        requests = int(totals[end] - totals[first]) * self._sampled.get(reading.check, 1.0)
        return min(1.0, reading.rows / requests) if requests > 0 else None


def counted_share(counting: Counting, query: CellQuery) -> float:
    """Of the requests those that the query counts, 0..1: a sample where there are many."""
    profile = counting.profile
    if query.prose:
        return min(profile.share, profile.text_share)
    return profile.share if query.profiled or query.sampled else 1.0
