"""Short histories of requests, and what a check says of them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from datetime import timedelta

from console.alerts import fold
from console.checks import Check, Pinned
from console.engine.counting import Counting
from console.model import Alert, LimitRule, Reading, Verdict
from console.store import Store
from tests.support import NOON, Line, at, batch, stored

LATER = NOON + timedelta(days=30)
"""What a store's clock says: after all of any history."""


def each_minute(
    minutes: Iterable[float], features: Mapping[str, object] | None = None, **fields: object
) -> list[Line]:
    """One request at each of these minutes after noon, of model `m`."""
    return [
        {"ts": at(minute), "model": "m", "features": features or {}, "tags": {}, **fields}
        for minute in minutes
    ]


def every(start: float, until: float, rows: int) -> list[float]:
    """Minutes of so many rows, evenly over a time."""
    return [start + (until - start) * n / rows for n in range(rows)]


def readings_of(
    check: Check,
    records: Iterable[Line],
    *,
    rules: Sequence[LimitRule] = (),
    pinned: Mapping[str, Pinned] | None = None,
) -> list[Reading]:
    """What the check says of the whole history, counted at once."""
    store = stored(sorted(records, key=_ts), now=LATER)
    try:
        counting = counted(store, check)
        return check.judge(counting.judging(check, (), since=None, rules=rules, pinned=pinned or {}))
    finally:
        store.close()


def counted(store: Store, *checks: Check) -> Counting:
    """All that is stored, counted for the checks."""
    counting = Counting(store, checks, horizon=None)
    counts = store.counts()
    assert counts.first_ts is not None and counts.newest_ts is not None
    counting.all_of_it(counts.first_ts, counts.newest_ts, store.stored_up_to())
    return counting


def alerts_of(
    check: Check,
    records: Iterable[Line],
    *,
    rules: Sequence[LimitRule] = (),
    pinned: Mapping[str, Pinned] | None = None,
) -> tuple[Alert, ...]:
    """The alerts of the whole history."""
    readings = readings_of(check, records, rules=rules, pinned=pinned)
    newest = max(reading.window.until for reading in readings) if readings else None
    return fold((), readings, as_of=newest) if newest else ()


def breaches(readings: Iterable[Reading]) -> list[Reading]:
    """Those that breach, in order of their windows' ends, of these the shortest first."""
    found = [reading for reading in readings if reading.verdict is Verdict.BREACH]
    return sorted(found, key=lambda r: (r.window.until, r.window.until - r.window.start))


def live_breaches(check: Check, records: Sequence[Line], *, first: int, block: int) -> list[Reading]:
    """What breaches if the first records are the history, and the others come a block at a time."""
    store = stored(records[:first], now=LATER)
    try:
        counting = counted(store, check)
        found = check.judge(counting.judging(check, (), since=None, rules=(), pinned={}))
        for start in range(first, len(records), block):
            offset = store.marks()[0].next_offset
            store.append([batch(records[start : start + block], start_offset=offset)])
            newest = store.counts().newest_ts
            assert newest is not None
            fine, longer, _ = counting.catch_up(newest, store.stored_up_to())
            since = longer if check.cells[0].coarse else fine
            if since is not None:
                found += check.judge(counting.judging(check, (), since=since, rules=(), pinned={}))
        return breaches(found)
    finally:
        store.close()


def _ts(record: Line) -> str:
    return str(record["ts"]) if isinstance(record, Mapping) else ""
