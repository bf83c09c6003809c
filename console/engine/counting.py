"""Keeps the cells that checks judge by: counted once over the history, then step by step."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

import numpy as np

from console.checks import Board, CellQuery, Cells, Check, Grid, Judging, Pinned
from console.checks.grid import Flags, Steps, between, prefix
from console.checks.performance_cells import PERFORMANCE
from console.checks.profile import Profile, make_profile, profile_calls
from console.model import Alert, LimitRule

if TYPE_CHECKING:
    from console.store import Store

STEPS_MINUTES = (1, 5, 10, 15, 30, 60, 120, 240)
"""Lengths of a step: the shortest that is wanted with which the history has no more than `MAX_STEPS`."""
MAX_STEPS = 8_064
USUAL_MINUTES = 5
COARSE = 3
"""Steps in one of the longer ones."""
RECENT = 6
"""Newest windows that are judged while watching, beside one an hour for what is usual."""
USUAL_HOURS = 34
COARSE_EVERY = timedelta(minutes=1)
"""How often, by the log's clock, the longer steps are counted again while watching."""
FEW_TRUTHS = 5
"""Truths by which it is known how good predictions were up to a moment: one alone may be a stray one."""
PROFILE_AGAIN = timedelta(hours=1)
"""How often it is looked whether there are features that have no bins yet."""

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)

Subject = tuple[str, str, str]
"""Check, model, subject."""


class Counting:
    """The cells of some checks over the stored history. Use it from one thread."""

    def __init__(
        self,
        store: Store,
        checks: Sequence[Check],
        *,
        horizon: timedelta | None,
        every: int = 5,
        known: Profile | None = None,
    ) -> None:
        """Nothing is counted yet.

        Args:
            store: what is counted.
            checks: whose cells are wanted.
            horizon: how far back from the newest row; None for all of it.
            every: minutes from one window to the next; steps are as long, but at most five minutes if the
                history allows it.
            known: bins of a baseline that somebody chose, which stay as they are.
        """
        self._store = store
        self._every = every
        self._queries = {query.name: query for check in checks for query in check.cells}
        self._horizon = horizon
        self._cells: dict[str, Cells] = {}
        self._grid: Grid | None = None
        self._newest: datetime | None = None
        self._offsets: dict[int, int] = {}
        self._known = known
        self._profile = known or Profile()
        self._profiled_until = self._coarse_newest = datetime.min.replace(tzinfo=UTC)
        self._behind = 0
        self._truths = 0
        """Number of the newest change of truths that is known."""
        self._truths_behind: int | None = None
        """The first shorter step of those whose truths have not been counted again since they changed."""

    @property
    def grid(self) -> Grid:
        """The shorter steps."""
        assert self._grid is not None
        return self._grid

    @property
    def profile(self) -> Profile:
        """The bins of the inputs, and of how many requests they are counted."""
        return self._profile

    @property
    def complete(self) -> int:
        """Steps before this one are over; of the one at it, more may come."""
        return self.grid.index(self._newest or self.grid.start)

    def cells(self, name: str) -> Cells | None:
        """What this cell query has counted; None if no check asks for it."""
        return self._cells.get(name)

    def truths_until(self) -> dict[tuple[str, str], datetime]:
        """(Check, model) -> the end of the last step by which truths are known, since they may be late."""
        cells = self._cells.get(PERFORMANCE.name)
        if cells is None:
            return {}
        grid, rows = self._steps_of(PERFORMANCE), cells.counts("rows")
        found: dict[tuple[str, str], datetime] = {}
        for (model, kind, dimension), keys in cells.groups("model", "kind", "dimension").items():
            if kind == "all" or dimension:
                continue
            from_here = np.cumsum(rows[keys].sum(axis=0)[::-1])[::-1]
            if (enough := np.flatnonzero(from_here >= FEW_TRUTHS)).size:
                until = grid.moment(int(enough[-1]) + 1)
                known = ("performance", model)
                found[known] = max(found.get(known, until), until)
        return found

    @property
    def outgrown(self) -> bool:
        """Whether so much came that all is to be counted anew, by other steps."""
        if self._grid is None:
            return True
        longest = (
            MAX_STEPS if self._horizon is None else (self._horizon + timedelta(days=1)) // self._grid.step
        )
        return self._grid.steps > longest

    def all_of_it(self, first: datetime, newest: datetime, stored: Mapping[int, int]) -> None:
        """Everything within the horizon is counted, and nothing else.

        Args:
            first: the first `ts` stored.
            newest: the newest.
            stored: `stored_up_to` from before these were asked for, so that what came since is news.
        """
        self._truths, _ = self._store.truths_changed_since(0)
        start = first if self._horizon is None else max(first, newest - self._horizon)
        minutes = next(
            (
                minutes
                for minutes in STEPS_MINUTES
                if minutes >= min(self._every, USUAL_MINUTES)
                and newest - start <= MAX_STEPS * timedelta(minutes=minutes)
            ),
            STEPS_MINUTES[-1],
        )
        coarse = Grid.over(start, newest, timedelta(minutes=minutes * COARSE))
        self._grid = Grid.over(coarse.start, newest, timedelta(minutes=minutes))
        self._cells = {query.name: query.empty() for query in self._queries.values()}
        self._profile = self._known or Profile()
        self._describe(self._grid.start, newest)
        self._count(0, newest, self._queries_of(coarse=False))
        self._count(0, newest, self._queries_of(coarse=True))
        self._coarse_newest, self._behind, self._truths_behind = newest, self.grid.steps, None
        self._newest, self._offsets = newest, dict(stored)

    @property
    def has_news(self) -> bool:
        """Whether rows were stored, or have another truth, since it was counted last."""
        _, changed = self._store.truths_changed_since(self._truths)
        return changed is not None or self._offsets != self._store.stored_up_to()

    def catch_up(self, newest: datetime, stored: Mapping[int, int]) -> tuple[int, int | None, int | None]:
        """The steps that rows have come for since are counted again, late rows in the step they belong to.

        The longer steps are counted again once a minute of the log, which is often enough for them. So are
        those in which truths have changed, which may be long ago; and at once if the log stands still.

        Args:
            newest: the newest `ts` stored.
            stored: `stored_up_to` from before that was asked for.

        Returns:
            The first step that was counted again; the first of those by which longer steps were, None if
            they were not; and the first of those that were for their truths.
        """
        grid, before = self.grid, self._newest or self.grid.start
        late = self._store.earliest_after(self._offsets)
        since = grid.index(before if late is None else min(before, max(late, grid.start)))
        self._behind = min(self._behind, since - since % COARSE)
        self._grid = Grid(grid.start, grid.step, max(grid.steps, grid.index(newest) + 1))
        self._count(since, newest, self._queries_of(coarse=False))
        self._truths, changed = self._store.truths_changed_since(self._truths)
        if changed is not None:
            told = grid.index(max(changed, grid.start))
            told -= told % COARSE
            self._truths_behind = told if self._truths_behind is None else min(self._truths_behind, told)
        longer = truths = None
        if newest - self._coarse_newest >= COARSE_EVERY:
            if newest - self._profiled_until >= PROFILE_AGAIN:
                known = self._profile
                self._describe(max(grid.start, newest - timedelta(days=1)), newest)
                if self._profile != known:
                    day_ago = max(0, grid.index(newest - timedelta(days=1)))
                    self._behind = min(self._behind, day_ago - day_ago % COARSE)
            longer = self._behind
            self._count(longer, newest, self._queries_of(coarse=True))
        if longer is not None or newest == before:
            truths, self._truths_behind = self._truths_behind, None
            if truths is not None and (longer is None or truths < longer):
                self._count(truths, newest, [query for query in self._queries.values() if query.truths])
        if longer is not None:
            self._coarse_newest, self._behind = newest, self.grid.steps
        self._newest, self._offsets = newest, dict(stored)
        return since, longer, truths

    def _describe(self, start: datetime, newest: datetime) -> None:
        """What is not known yet of the inputs has its bins, if there is enough of it."""
        if any(query.profiled for query in self._queries.values()):
            until = newest + timedelta(microseconds=1)
            known = self._profile
            self._profile = profile_of(self._store, start, until, known)
            if known.dimensions:
                # What was counted by one share cannot be added to what is counted by another.
                self._profile = replace(self._profile, share=known.share, text_share=known.text_share)
        self._profiled_until = newest

    def _queries_of(self, *, coarse: bool) -> list[CellQuery]:
        return [query for query in self._queries.values() if query.coarse is coarse]

    def _count(self, since: int, newest: datetime, queries: Iterable[CellQuery]) -> None:
        grid = self.grid
        start, until = grid.moment(since), newest + timedelta(microseconds=1)
        profile = self._profile.as_json()
        for query in queries:
            own = self._steps_of(query)
            minutes = round(own.step.total_seconds() / 60)
            if query.prose and not self._profile.has_prose:
                frame = query.nothing()
            else:
                frame = self._store.frame(query.call(start, until, minutes, profile, self._profile.share))
            self._cells[query.name].put(frame, own, since=since // COARSE if query.coarse else since)

    def _steps_of(self, query: CellQuery) -> Grid:
        grid = self.grid
        if not query.coarse:
            return grid
        return Grid(grid.start, grid.step * COARSE, -(-grid.steps // COARSE))

    def judging(
        self,
        check: Check,
        alerts: Iterable[Alert],
        *,
        since: int | None,
        rules: Sequence[LimitRule],
        pinned: Mapping[str, Pinned],
    ) -> Judging:
        """What the check judges by: all windows, or those that end at the step `since` or later.

        Args:
            check: one of those whose cells are counted.
            alerts: whose time is no baseline.
            since: the shorter step from which readings are wanted; None for all.
            rules: limits that somebody set.
            pinned: baselines that somebody chose.
        """
        grid = self._steps_of(check.cells[0])
        coarse = grid.step > self.grid.step
        told = 0 if since is None else since // COARSE if coarse else since
        board = Board(
            grid=grid,
            ends=_all_ends(grid, self._every) if since is None else _recent_ends(grid, told),
            complete=grid.index(self._newest or grid.start),
            masks=masks_of(grid, (a for a in alerts if a.check == check.name)),
            tell_from=told,
        )
        cells = {query.name: self._cells[query.name] for query in check.cells}
        return Judging(board, cells, rules, pinned, self._profile)


def _all_ends(grid: Grid, every: int) -> Steps:
    """The last steps of all windows, so many minutes from one to the next, and the newest."""
    ends = np.arange(grid.steps)
    apart = max(1, timedelta(minutes=every) // grid.step)
    first = (grid.start - _EPOCH) // grid.step
    wanted: Steps = ends[((first + ends + 1) % apart == 0) | (ends == grid.steps - 1)]
    return wanted


def _recent_ends(grid: Grid, told: int) -> Steps:
    """The windows that are judged while watching: from `told` on, and so many before as it takes to judge
    them.
    """
    newest = grid.steps - 1
    hours = np.arange(USUAL_HOURS + 1) * grid.hour
    first = min(told, newest) - RECENT
    usual = [newest - hours] if newest - told < grid.hour else [newest - hours, first - hours]
    ends = np.unique(np.concatenate([*usual, np.arange(first, newest + 1)]))
    return ends[ends >= 0]


def masks_of(grid: Grid, alerts: Iterable[Alert]) -> dict[Subject, Flags]:
    """Steps that are no baseline: those under an alert, unless it comes back every day.

    What was there at the same time on two days before is the subject's rhythm, and is learnt.
    """
    masks: dict[Subject, Flags] = {}
    for alert in alerts:
        mask = masks.setdefault(
            (alert.check, alert.model, alert.subject), np.zeros(grid.steps, dtype=np.bool_)
        )
        first = max(0, grid.index(alert.began))
        mask[first : max(first, grid.index(alert.last_seen - timedelta(microseconds=1)) + 1)] = True
    for mask in masks.values():
        if mask.size > 2 * grid.day:
            _let_rhythm_be(mask, grid)
    return masks


def _let_rhythm_be(mask: Flags, grid: Grid) -> None:
    """Steps are not masked in which there was an alert on both days before, and a pause in between."""
    day = grid.day
    places = np.arange(2 * day, mask.size)
    paused = between(prefix((~mask).astype(np.int64)), places - day, places) > 0
    daily = mask[2 * day :] & mask[day:-day] & mask[: -2 * day] & paused
    for start in (0, day, 2 * day):
        mask[start : start + daily.size] &= ~daily


def profile_of(store: Store, start: datetime, until: datetime, known: Profile | None = None) -> Profile:
    """The bins by which the inputs of this time are counted; those that are known stay as they are."""
    rows = store.counts().rows
    calls = profile_calls(start, until, rows)
    frames = {name: store.frame(call) for name, call in calls.items()}
    models = [str(model) for model in frames["slice_profile"]["model"].unique().drop_nulls()]
    return make_profile(frames, _for_each(known or Profile(), models)).of_rows(rows)


def _for_each(known: Profile, models: Iterable[str]) -> Profile:
    """The profile in which what names no model, as training data may not, is every model's."""
    features, dimensions = dict(known.features), dict(known.dimensions)
    for model in models:
        for (nameless, feature), bins in known.features.items():
            if nameless == "" and model != "":
                features.setdefault((model, feature), replace(bins, model=model))
    return Profile(features, dimensions, known.share)


def known_bins(pinned: Mapping[str, Pinned]) -> Profile:
    """The bins by which the baselines that somebody chose were counted."""
    features = {}
    for model, one in pinned.items():
        held = Profile.from_json(one.profile).features
        features.update({key: bins for key, bins in held.items() if key[0] == model})
    return Profile(features)
