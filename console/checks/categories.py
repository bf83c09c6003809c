"""Values of a text feature that had never been seen before."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass

import numpy as np
import numpy.typing as npt

from console.checks.check import CellQuery, Check, Judging
from console.checks.grid import Board, Counts, Flags, Grid, Steps, Values, between, window_sums
from console.checks.limits import limits_for
from console.checks.say import percent, short
from console.checks.vocabulary import FRESH, Known, Newcomers, Vocabulary
from console.model import QueryCall, Reading, Severity, Slice, Verdict, Window

VALUES = CellQuery("value_cells", ("model", "feature", "value"), ("rows",), values=True)
WINDOWS = (5, 15, 60)
"""Lengths in minutes: a frequent value shows in the first, a rare one in the last."""
MAX_NEWCOMERS = 2_000
"""Values of a feature that are judged, the most frequent ones."""


@dataclass(frozen=True, slots=True)
class CategoryLimits:
    """When a new value matters: often enough, in a feature in which new values are not ordinary."""

    min_rows: int = 5
    """Requests with the value in the window."""
    min_share: float = 0.005
    """Of the window's requests that have the feature."""
    min_baseline_rows: int = 200
    """Requests with the feature before the value was first seen."""
    min_hours: float = 1.0
    """Hours of history before the value was first seen: at its very beginning everything is new."""
    max_novelty: float = 0.01
    """Share of these whose value occurred once: what a next row is likely to bring new."""
    max_distinct: float = 0.2
    """Distinct values a row of these, above which the feature is an identifier."""
    ordinary_arrivals: int = 3
    """Steps or days in which other newcomers had come up, from which on they are ordinary if they came at
    least every other hour, or every day."""
    growing: int = 10
    """Values that were new on the day before, over three hours or more, from which on the feature grows."""
    growing_times: float = 4.0
    """Times `min_rows` and `min_share` that a new value needs in a feature that grows."""
    chance_a_day: float = 0.02
    """False alarms a day that chance may cause, over all windows and features of a model together."""
    clear: float = 0.5
    """Part of `min_share` below which it is over."""


CATEGORIES = CategoryLimits()


def judge_categories(judging: Judging) -> list[Reading]:
    """Readings a model and feature, from `queries/value_cells.sql`; each names its most frequent new value.

    Whether new values are ordinary in a feature is told by the share of rows whose value had occurred
    only once, which estimates the probability that the next row is new; and by the newcomers there were.

    Source: Good 1953, The population frequencies of species. The count of newcomers is ours.
    """
    cells = judging.cells[VALUES.name]
    assert isinstance(cells, Vocabulary)
    readings = []
    features = [(str(model), str(feature)) for model, feature in cells.keys.rows()]
    tests = Counter(model for model, _ in features)
    for place, (model, feature) in enumerate(features):
        known = cells.known(place)
        if known is None or not len(known.firsts):
            continue
        limits = limits_for(CATEGORIES, "unseen_categories", model, feature, judging.rules)
        new = _unusual(cells, place, known, limits, judging.board.grid, _chosen(judging, model, feature))
        rows = cells.rows_of(place, new.values)
        told = _Told(judging.board, model, feature, known, new, rows, limits, tests[model])
        for window in sorted({judging.board.grid.length(minutes) for minutes in WINDOWS}):
            readings += told.readings(window)
    return readings


@dataclass(frozen=True, slots=True)
class _New:
    """Newcomers that count if there are enough of them, each array of shape (n_values,)."""

    values: list[str]
    firsts: Steps
    times: Values
    """By how much more than usual each of them must hold."""
    rows_before: Counts


def _unusual(
    cells: Vocabulary,
    place: int,
    known: Known,
    limits: CategoryLimits,
    grid: Grid,
    chosen: tuple[frozenset[str], int] | None,
) -> _New:
    """A feature's newcomers, as far as newcomers are not ordinary in it."""
    after = int(known.firsts[0]) if chosen is None else -1
    found = cells.newcomers(place, after=after, least=limits.min_rows, hour=grid.hour)
    rows_before, values_before, singles_before = known.before(found.firsts)
    if chosen is None:
        times = np.where(_growing(known, found.firsts, limits, grid), limits.growing_times, 1.0)
        counts = (
            (singles_before <= limits.max_novelty * rows_before)
            & (values_before <= limits.max_distinct * rows_before)
            & ~_ordinary(known, found, limits, grid)
        )
    else:
        times, rows_before = np.ones(found.firsts.shape), np.full(found.firsts.shape, chosen[1])
        counts = np.array([value not in chosen[0] for value in found.values], dtype=np.bool_)
    if chosen is None:
        counts &= found.firsts - known.firsts[0] >= limits.min_hours * grid.hour
    counts &= (rows_before >= limits.min_baseline_rows) & (found.all_rows >= limits.min_rows * times)
    kept = np.flatnonzero(counts)
    kept = kept[np.argsort(-found.all_rows[kept], kind="stable")][:MAX_NEWCOMERS]
    values = [found.values[at] for at in kept.tolist()]
    return _New(values, found.firsts[kept], times[kept], rows_before[kept])


def _growing(known: Known, firsts: Steps, limits: CategoryLimits, grid: Grid) -> Flags:
    """For each newcomer, whether others had come up all through the day before, rare as they may be."""
    since, until = firsts - grid.day - grid.hour, firsts - grid.hour
    hours = np.unique(known.firsts // grid.hour)
    spread = _between(hours, since // grid.hour, until // grid.hour) >= 3
    return (_between(known.firsts, since, until) >= limits.growing) & spread


def _ordinary(known: Known, found: Newcomers, limits: CategoryLimits, grid: Grid) -> Flags:
    """For each newcomer, whether others that counted had come before it as a matter of course."""
    arrivals = found.firsts[found.early_rows >= limits.min_rows]
    steps = np.searchsorted(np.unique(arrivals), found.firsts, side="left")
    days = np.searchsorted(np.unique(arrivals // grid.day), found.firsts // grid.day, side="left")
    often: Flags = 2 * grid.hour * steps >= found.firsts - known.firsts[0]
    enough = limits.ordinary_arrivals
    return ((steps >= enough) & often) | (days >= enough)


def _chosen(judging: Judging, model: str, feature: str) -> tuple[frozenset[str], int] | None:
    """The values and rows of a feature in a chosen baseline; None if none was chosen, or it lacks it."""
    pinned = judging.pinned_for(model)
    if pinned is None or VALUES.name not in pinned.totals:
        return None
    totals = pinned.totals[VALUES.name]
    mine = totals.filter((totals["model"] == model) & (totals["feature"] == feature))
    return (frozenset(mine["value"].to_list()), int(mine["rows"].max() or 0)) if mine.height else None  # type: ignore[arg-type]


@dataclass(frozen=True, slots=True)
class _Told:
    """One feature of one model, and all that is needed to judge it."""

    board: Board
    model: str
    feature: str
    known: Known
    new: _New
    new_rows: npt.NDArray[np.int32]
    """Of the newcomers, step by step: shape (n_values, n_steps)."""
    limits: CategoryLimits
    tests: int

    def readings(self, window: int) -> list[Reading]:
        """Of the windows of so many steps those that breach or linger, and the newest."""
        ends, limits, times = self.board.ends, self.limits, self.new.times[:, None]
        hits = window_sums(self.new_rows, ends, window)
        rows = between(self.known.rows, ends + 1 - window, ends + 1)
        share = hits / np.maximum(rows, 1)
        # That all hits among window and baseline fell into the window: at most this, if they were drawn.
        drawn = (rows / np.maximum(rows + self.new.rows_before[:, None], 1)) ** hits
        tolerated = limits.chance_a_day * window / self.board.grid.day / self.tests
        enough = (hits >= limits.min_rows * times) & (share >= limits.min_share * times)
        breached = enough & (drawn < tolerated)
        lingers = (hits > 1) & (share >= limits.clear * limits.min_share * times)
        weight = np.where(breached, 2.0 + share, np.where(lingers, share, -1.0))
        found = []
        for at, end in enumerate(ends.tolist()):
            newest = at == len(ends) - 1
            best = int(np.argmax(weight[:, at])) if len(weight) else -1
            value = float(weight[best, at]) if best >= 0 else -1.0
            if end < self.board.tell_from or (value < 0 and not newest):
                continue
            verdict = Verdict.BREACH if value >= 2 else Verdict.LINGERING if value >= 0 else self._calm(end)
            told = (best, int(breached[:, at].sum())) if value >= 0 else None
            counted = int(hits[best, at]) if told else 0
            before = int(self.new.rows_before[best]) if told else int(self.known.rows[end])
            found.append(self._reading(end, window, verdict, told, counted, before))
        return found

    def _trouble(self, place: int, end: int, window: int) -> Window | None:
        """From the first to the last step of the window that has the value."""
        first = max(0, end + 1 - window)
        seen = np.flatnonzero(self.new_rows[place, first : end + 1]) + first
        return self.board.stretch((int(seen[0]), int(seen[-1]) + 1)) if seen.size else None

    def _calm(self, end: int) -> Verdict:
        enough = self.known.rows[end] >= self.limits.min_baseline_rows
        return Verdict.QUIET if enough else Verdict.NO_BASELINE

    def _reading(
        self,
        end: int,
        window: int,
        verdict: Verdict,
        told: tuple[int, int] | None,
        hits: int,
        baseline_rows: int,
    ) -> Reading:
        value = self.new.values[told[0]] if told else ""
        first = int(self.new.firsts[told[0]]) if told else max(0, end + 1 - window)
        window = min(window, end + 1 - first)
        start, until = self.board.window(end, window)
        rows = int(self.known.rows[end + 1] - self.known.rows[end + 1 - window])
        share = hits / rows if rows else 0.0
        place = {"model": self.model, "start": start, "until": until, "feature": self.feature}
        since = self.board.grid.moment(first)
        others = ""
        if told and told[1] > 1:
            others = f" and {told[1] - 1} other new value{'s' if told[1] > 2 else ''}"
        summary = (
            f"{short(self.feature)}={short(value)}{others}: never seen before {since:%Y-%m-%d %H:%M}Z, "
            f"{percent(share)} of requests ({hits:,} of {rows:,})"
            if told
            else f"{short(self.feature)}: no value that was never seen before"
        )
        minutes = round((until - start).total_seconds() / 60)
        back = round(FRESH.total_seconds() / 60)
        return Reading(
            check="unseen_categories",
            model=self.model,
            subject=self.feature,
            window=Window(start, until),
            verdict=verdict,
            value=share,
            baseline=None if verdict is Verdict.NO_BASELINE else 0.0,
            limit=self.limits.min_share,
            unit="share",
            rows=rows,
            baseline_rows=baseline_rows,
            severity=Severity.CRITICAL if share >= 0.25 else Severity.WARNING,
            summary=summary,
            slice=Slice(self.feature, value) if told else Slice(),
            evidence=QueryCall(
                "unseen_categories",
                {**place, "window_minutes": minutes, "baseline_minutes": 2 * back, "novelty_minutes": back},
            ),
            offenders=QueryCall("predictions_with_category", {**place, "value": value}) if told else None,
            trouble=self._trouble(told[0], end, window) if told else None,
        )


def _between(ascending: Steps, since: Steps, until: Steps) -> Counts:
    """How many of them lie in each half-open range."""
    return np.searchsorted(ascending, until, side="left") - np.searchsorted(ascending, since, side="left")


CHECK = Check("unseen_categories", (VALUES,), CATEGORIES, judge_categories)
