"""The points of the charts, from the rows themselves or from what the judging has counted of them."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta

from console.engine.paced import Paced
from console.engine.totals import Totals, points_of
from console.engine.usual import with_usual
from console.model import QueryCall, Ticket, TrafficPoint, View
from console.store import Counts, Store

MAX_POINTS = 120
"""Bars of a chart at the most."""
SHORT = timedelta(hours=2)
"""A chart of no more than this is drawn from the rows: its bars may be shorter than the judging's steps."""
_DAY = 86_400
_STEPS = (
    *(1, 2, 5, 10, 15, 30, 60, 120, 300, 600, 900, 1800, 3600, 7200, 10_800, 14_400, 21_600, 43_200),
    *(_DAY, 2 * _DAY, 7 * _DAY, 28 * _DAY, 364 * _DAY),
)
_Points = tuple[TrafficPoint, ...]


@dataclass(frozen=True, slots=True)
class Drawn:
    """The charts of a view."""

    points: _Points
    step_seconds: int


class Drawing:
    """Draws the charts of one store, one view after another. Use it from one thread."""

    def __init__(self, store: Store, clock: Callable[[], float]) -> None:
        """Nothing is drawn yet; the clock gives seconds from any moment on."""
        self._store = store
        self._span: Paced[tuple[datetime, datetime] | None] = Paced(clock)
        self._older: Paced[_Points] = Paced(clock)
        self._rows: Paced[_Points] = Paced(clock)

    @property
    def is_behind(self) -> bool:
        """Whether what was drawn last may lack what came since, as it takes long to ask again."""
        return self._rows.is_old

    def draw(self, view: View, counts: Counts, totals: Totals | None, ticket: Ticket) -> Drawn:
        """The charts of what the view covers; steps begin at whole multiples of their length.

        Raises:
            as `Store.frame` does.
        """
        self._rows.is_old = False
        if counts.newest_ts is None or counts.first_ts is None:
            return Drawn((), 60)
        first = counts.first_ts
        if view.span is None and (usual := self._span.ask((), self._store.usual_span)):
            first = usual[0]
        start, until = view.window(first, counts.newest_ts)
        step = step_for(until - start)
        begin = floor(start, step)
        if view.filter:
            # Nothing but the rows of the view itself, since it is told how many these are.
            begin = start
        if until - start <= SHORT and not view.filter:
            points = self._from_rows(view, begin, until, step, ticket)
        elif view.filter or totals is None or step % totals.grid.step:
            points = self._rows.ask((view, step), lambda: self._from_rows(view, begin, until, step, ticket))
        else:
            points = self._from_totals(totals, first, begin, until, step, ticket)
        if not view.filter:
            points = with_usual(points, step, totals)
        return Drawn(points, step // timedelta(seconds=1))

    def _from_totals(
        self,
        totals: Totals,
        first: datetime,
        begin: datetime,
        until: datetime,
        step: timedelta,
        ticket: Ticket,
    ) -> _Points:
        """What was counted, between what is older than that and what is newer, from the rows."""
        counted_from = begin
        if first < totals.grid.start:
            counted_from += max(0, -((begin - totals.grid.start) // step)) * step
        counted_from = min(counted_from, floor(until, step))
        older = self._older.ask(
            (begin, counted_from, step),
            lambda: self._from_rows(View(), begin, counted_from, step, ticket),
        )
        counted = points_of(totals, counted_from, until, step)
        rest = counted_from + len(counted) * step
        return (*older, *counted, *self._from_rows(View(), rest, until, step, ticket))

    def _from_rows(
        self, view: View, start: datetime, until: datetime, step: timedelta, ticket: Ticket
    ) -> _Points:
        """One point a step, oldest first, without gaps."""
        if start >= until:
            return ()
        params = {"start": start, "until": until, "step_seconds": step // timedelta(seconds=1)}
        call = QueryCall("traffic_by_step", params, view.filter)
        found = {row[0]: row for row in self._store.frame(call, ticket=ticket).iter_rows()}
        points = []
        moment = floor(start, step)
        while moment < until:
            _, rows, errors, p50, p95, p99 = found.get(moment, (moment, 0, 0, None, None, None))
            points.append(TrafficPoint(moment, rows, errors, p95, p50, p99))
            moment += step
        return tuple(points)


def floor(moment: datetime, step: timedelta) -> datetime:
    """The last whole multiple of the step since 1970 that is not after the moment."""
    seconds = step // timedelta(seconds=1)
    return datetime.fromtimestamp(moment.timestamp() // seconds * seconds, UTC)


def step_for(span: timedelta) -> timedelta:
    """The shortest step with which a chart of that length has no more than `MAX_POINTS`."""
    wanted = span.total_seconds() / MAX_POINTS
    return timedelta(seconds=next((step for step in _STEPS if step >= wanted), _STEPS[-1]))
