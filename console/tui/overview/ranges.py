"""The time that the overview shows: chosen by keys, moved and zoomed; pure functions of views."""

from __future__ import annotations

from dataclasses import replace
from datetime import date, datetime, timedelta

from console.model import Alert, AlertState, Snapshot, View
from console.tui import say

SPANS: tuple[tuple[str, str, timedelta | None], ...] = (
    ("1", "15 min", timedelta(minutes=15)),
    ("2", "1 h", timedelta(hours=1)),
    ("3", "6 h", timedelta(hours=6)),
    ("4", "24 h", timedelta(hours=24)),
    ("5", "all", None),
)
"""Key, name and length of the ranges up to now."""
AROUND_KEY = "6"
LEAST = timedelta(minutes=1)
"""The shortest range that one can zoom into."""
_LEAST_EPISODE = timedelta(minutes=5)
_INSTANT = timedelta(microseconds=1)


def ending_now(view: View, span: timedelta | None) -> View:
    """The last time of that length, which moves along with the newest row."""
    return replace(view, span=span, until=None)


def live(view: View) -> View:
    """A time as long that moves along with the newest row."""
    return replace(view, until=None)


def around(view: View, alert: Alert, as_of: datetime) -> View:
    """The time of an alert, and as much before and after, as far as there is any."""
    over = alert.state is not AlertState.OPEN
    until = max(alert.last_seen if over else as_of, alert.began + _LEAST_EPISODE)
    length = until - alert.began
    return replace(view, span=3 * length, until=until + length)


def zoomed(view: View, snapshot: Snapshot, *, closer: bool) -> View:
    """Half the time, or twice as much, about the same middle; up to now if it is so now."""
    known = _window(view, snapshot)
    if known is None:
        return view
    start, until, first, newest = known
    length = until - start
    span = max(LEAST, length / 2) if closer else 2 * length
    if view.until is None:
        return replace(view, span=None if span > newest - first else span)
    middle = start + length / 2
    return _within(view, max(first + span, middle + span / 2), span, newest)


def panned(view: View, snapshot: Snapshot, *, back: bool) -> View:
    """Half its length earlier, or later; up to now if there is nothing later."""
    known = _window(view, snapshot)
    if known is None:
        return view
    start, until, first, newest = known
    length = until - start
    if back:
        if start <= first:
            return view
        return _within(view, max(first + length, until - length / 2), length, newest)
    if view.until is None:
        return view
    return _within(view, until + length / 2, length, newest)


def _within(view: View, until: datetime, span: timedelta, newest: datetime) -> View:
    return replace(view, span=span, until=None if until > newest else until)


def _window(view: View, snapshot: Snapshot) -> tuple[datetime, datetime, datetime, datetime] | None:
    """Beginning and end of the view, and of all that is stored; None while nothing is."""
    if snapshot.first_ts is None or snapshot.as_of is None:
        return None
    first, newest = snapshot.first_ts, snapshot.as_of
    if view.span is None and snapshot.view == view and snapshot.traffic:
        # Stray rows from long ago are left out of the whole.
        first = max(first, snapshot.traffic[0].start)
    start, until = view.window(first, newest)
    return start, max(until, start + _INSTANT), first, newest


def range_words(view: View, snapshot: Snapshot, today: date) -> tuple[tuple[str, str], ...]:
    """Which time is shown, and whether it moves along."""
    if view.until is None:
        return ((span_words(view.span), "bold $foreground"), (" · to now", "$dim"))
    known = _window(view, snapshot)
    start, until = known[:2] if known else view.window(view.until, view.until)
    fine = until - start < timedelta(minutes=10)
    if not fine:
        start, until = (moment.replace(second=0, microsecond=0) for moment in (start, until))
    else:
        start, until = (moment.replace(microsecond=0) for moment in (start, until))
    return (
        (say.between(start, until, today), "bold $foreground"),
        (" · ", "$dim"),
        ("paused", "bold $warning"),
        (", ", "$dim"),
        ("0", "bold $accent"),
        (" live", "$dim"),
    )


def span_words(span: timedelta | None) -> str:
    """A range's length as its key names it, else in its two largest units."""
    named = next((name for _, name, known in SPANS if known == span), "")
    return named or say.span((span or timedelta()).total_seconds()).removesuffix(" 0 h")


def chosen_key(view: View) -> str:
    """The key of the range that is shown; empty for one that no key gives by itself."""
    if view.until is not None:
        return ""
    return next((key for key, _, span in SPANS if span == view.span), "")
