"""Draws what the overview shows from the store: traffic over time, newest rows, the baseline in words."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from time import monotonic

from console.checks.grid import MAX_DAYS, MIN_DAYS
from console.engine.drawing import Drawing
from console.engine.paced import Paced
from console.engine.totals import Totals
from console.errors import UsageError
from console.model import NOTHING, QueryCall, Table, Ticket, TrafficPoint, View
from console.store import Counts, Store

RECENT_ROWS = 200
_ENOUGH_FOR_BASELINE = 200
_UNITS = ((3600, "h"), (60, "min"), (1, "s"))


@dataclass(frozen=True, slots=True)
class Picture:
    """What the store says at one moment."""

    counts: Counts
    step_seconds: int
    traffic: tuple[TrafficPoint, ...]
    recent: Table
    recent_call: QueryCall
    view: View
    matching: int | None = None
    """Rows that meet the view's filter over its time; None without a filter."""
    is_behind: bool = False
    """Whether it may lack what came since, as asking for it takes long; the next one may have it."""
    problem: str = ""
    """Why there is nothing of what the view asks for; empty if there is."""


class Pictures:
    """Takes pictures of one store, one after another. Use it from one thread."""

    def __init__(self, store: Store, *, clock: Callable[[], float] = monotonic) -> None:
        """None was taken yet; the clock gives seconds from any moment on."""
        self._store = store
        self._drawing = Drawing(store, clock)
        self._recent: Paced[tuple[Table, QueryCall]] = Paced(clock)
        self._last: tuple[Picture, int, Totals | None] | None = None
        """The picture that was kept up last, and of which version and totals it is."""

    def keep_up(self, version: int, view: View, totals: Totals | None, ticket: Ticket) -> Picture:
        """The last picture, if it is of this version of the store, view and totals; else a new one.

        Raises:
            Interrupted: it was taken back.
            StoreError: DuckDB refused.
        """
        if self._last is not None:
            picture, *of = self._last
            if not picture.is_behind and picture.view == view and of[0] == version and of[1] is totals:
                return picture
        picture = self.take(view, totals, ticket)
        self._last = picture, version, totals
        return picture

    def take(self, view: View, totals: Totals | None = None, ticket: Ticket | None = None) -> Picture:
        """Ask the store for all that the overview shows, for this view.

        Args:
            view: which rows, and over which time.
            totals: what the judging has counted, from which long charts are drawn.
            ticket: for taking the question back.

        Raises:
            Interrupted: it was taken back.
            StoreError: DuckDB refused.
        """
        ticket = ticket or Ticket()
        counts = self._store.counts()
        newest = counts.newest_ts or self._store.newest()
        start, until = view.window(counts.first_ts or newest, newest)
        shown = {"start": start, "until": until, "row_limit": RECENT_ROWS}
        call = QueryCall("predictions_recent", shown, view.filter)
        if counts.newest_ts is None:
            return Picture(counts, 60, (), NOTHING, call, view)
        try:
            drawn = self._drawing.draw(view, counts, totals, ticket)
            if view.filter:
                recent, call = self._recent.ask(view, lambda: (self._store.table(call, ticket=ticket), call))
            else:
                recent = self._store.table(call, ticket=ticket)
        except UsageError as error:
            return Picture(counts, 60, (), NOTHING, call, view, problem=str(error))
        matching = sum(point.rows for point in drawn.points) if view.filter else None
        behind = (bool(view.filter) and self._recent.is_old) or self._drawing.is_behind
        return Picture(
            counts, drawn.step_seconds, drawn.points, recent, call, view, matching, is_behind=behind
        )


def has_baseline(counts: Counts) -> bool:
    """Whether there is enough to compare a window with, so that quiet means something."""
    return counts.rows >= _ENOUGH_FOR_BASELINE


def baseline_in_words(counts: Counts, pinned: Sequence[str] = ()) -> str:
    """What windows are compared with, or why there is nothing to compare with yet.

    Args:
        counts: what is stored.
        pinned: models that a baseline is pinned for; the empty name is for all.
    """
    if pinned:
        return "pinned" if "" in pinned else f"pinned for {', '.join(sorted(pinned))}"
    if counts.first_ts is None or counts.newest_ts is None:
        return "none yet: nothing is stored"
    if not has_baseline(counts):
        return f"none yet: {counts.rows:,} rows, {_ENOUGH_FOR_BASELINE} needed"
    if days := _days(counts):
        return f"the same hours of the {days} days before"
    return f"the {_span(counts)} before each window"


def baseline_in_brief(counts: Counts, pinned: Sequence[str] = ()) -> str:
    """The same in two or three words; empty while nothing is stored."""
    if counts.newest_ts is None:
        return ""
    if pinned:
        return "pinned"
    if not has_baseline(counts):
        return "none yet"
    days = _days(counts)
    return f"same hours, {days} d" if days else f"{_span(counts)} before"


def _days(counts: Counts) -> int:
    """Earlier days whose same hours are compared with; 0 where there are too few."""
    days = min(MAX_DAYS, int(_seconds(counts) // 86_400))
    return days if days >= MIN_DAYS else 0


def _span(counts: Counts) -> str:
    seconds = min(86_400.0, _seconds(counts))
    size, unit = next((found for found in _UNITS if seconds >= found[0]), _UNITS[-1])
    return f"{seconds / size:.0f} {unit}"


def _seconds(counts: Counts) -> float:
    if counts.first_ts is None or counts.newest_ts is None:
        return 0.0
    return (counts.newest_ts - counts.first_ts).total_seconds()
