"""Numbers, sizes and times in the words that people read them in."""

from __future__ import annotations

import math
from datetime import UTC, date, datetime, timedelta

SHARES = frozenset({"share", "fraction", "probability", "rate"})
"""Units of 0..1 that people read in per cent."""

COUNTS = frozenset({"rows", "requests", "values", "features"})
"""Units of what is counted in a window: more in a longer one."""


_UNITS = frozenset(
    {"ms", "s", "min", "h", "UTC", "%", "B", "bytes", "kB", "MB", "GB", "PSI", "psi", "rows/s"}
)


def unit_of(description: str) -> str:
    """The unit that a column's description begins with: `share` in `share of the slice, 0..1`.

    Empty where the description names no unit, but tells what the column is.
    """
    head = description.partition(",")[0].strip()
    if head.partition(" ")[0] in SHARES:
        return "share"
    return head if head in _UNITS else ""


def count(number: int) -> str:
    """A number of things: `1,204,331`."""
    return f"{number:,}"


def short(number: float) -> str:
    """A number in at most five characters or so: `1.2M`, `412`, `0.4`."""
    for limit, unit in ((1e9, "G"), (1e6, "M"), (1e4, "k")):
        if abs(number) >= limit:
            scaled = number / (limit if unit != "k" else 1e3)
            return f"{scaled:.1f}{unit}" if scaled < 100 else f"{scaled:.0f}{unit}"
    return figure(number)


def figure(number: float) -> str:
    """A number with three or four digits that matter, separators where it is long."""
    if not math.isfinite(number):
        return str(number)
    size = abs(number)
    if number == int(number) and size < 1e15:
        return f"{int(number):,}"
    if size >= 1000:
        return f"{number:,.0f}"
    if size >= 100:
        return f"{number:.1f}"
    if size >= 0.01:
        return f"{number:.3g}" if size < 1 else f"{number:.2f}".rstrip("0").rstrip(".")
    return f"{number:.2g}"


def measure(value: float | None, unit: str) -> str:
    """A reading's value with its unit; shares are told in per cent, `—` where nothing was measured."""
    if value is None or not math.isfinite(value):
        return "—"
    if unit in SHARES:
        value, unit = value * 100, "%"
    if unit in COUNTS:
        return f"{round(value):,} {unit.removesuffix('s') if round(value) == 1 else unit}"
    number = f"{value:,.1f}" if unit in ("%", "ms") and 0.05 <= abs(value) < 10_000 else figure(value)
    return f"{number} {unit}".rstrip()


def share(part: float) -> str:
    """A share of 0..1 in whole per cent, with a digit more where it is small: `12 %`, `0.4 %`, `<0.1 %`."""
    if 0 < part < 0.001:
        return "<0.1 %"
    return f"{100 * part:.0f} %" if part >= 0.1 or part == 0 else f"{100 * part:.1f} %"


def size(amount: float) -> str:
    """A number of bytes: `18.2 MB`."""
    for limit, unit in ((1e12, "TB"), (1e9, "GB"), (1e6, "MB"), (1e3, "kB")):
        if amount >= limit:
            return f"{amount / limit:.1f} {unit}"
    return f"{amount:.0f} B"


def span(seconds: float) -> str:
    """A length of time in its two largest units: `11 min`, `3 h 20 min`."""
    whole = max(0, round(seconds))
    if whole < 60:
        return f"{whole} s"
    if whole < 3600:
        return f"{whole // 60} min"
    if whole < 86_400:
        return (
            f"{whole // 3600} h {whole % 3600 // 60:02d} min" if whole % 3600 >= 60 else f"{whole // 3600} h"
        )
    return f"{whole // 86_400} d {whole % 86_400 // 3600} h"


def largest_unit(seconds: float) -> str:
    """A length of time in the unit that says enough: `11 min`, `3 h`, `4 d`."""
    whole = max(0, round(seconds))
    for size, unit in ((86_400, "d"), (3_600, "h"), (60, "min")):
        if whole >= 2 * size:
            return f"{whole // size} {unit}"
    return f"{whole} s"


def step(seconds: int) -> str:
    """A chart's step as the unit of a rate: `min`, `5 min`, `h`."""
    named = {1: "s", 60: "min", 3600: "h", 86_400: "d"}
    return named.get(seconds) or span(seconds)


def at(moment: datetime, today: date, *, seconds: bool = True) -> str:
    """A time of day in UTC; its date comes first where it is not today's."""
    moment = moment.astimezone(UTC)
    time = f"{moment:%H:%M:%S}" if seconds else f"{moment:%H:%M}"
    if moment.date() == today:
        return time
    day = f"{moment:%m-%d}" if moment.year == today.year else f"{moment:%Y-%m-%d}"
    return f"{day} {time}"


def between(start: datetime, until: datetime, today: date) -> str:
    """A length of time from when to when in UTC: `11-02 02:03–02:13`; seconds only where there are any.

    The end has a date only if it is a day later or more.
    """
    seconds = any(moment.second or moment.microsecond for moment in (start, until))
    short = until - start < timedelta(days=1)
    ends = at(until, (until if short else start).astimezone(UTC).date(), seconds=seconds)
    return f"{at(start, today, seconds=seconds)}–{ends}"


def ago(then: datetime, now: datetime) -> str:
    """How long ago something was: `3 s ago`; from ten seconds on in tens, which need no paint each second."""
    seconds = (now - then) / timedelta(seconds=1)
    return f"{span(seconds if seconds < 10 else seconds // 10 * 10)} ago"


def plural(number: int, noun: str) -> str:
    """`1 row`, `1,204 rows`."""
    return f"{number:,} {noun}" if number == 1 else f"{number:,} {noun}s"
