"""What the store says of itself: how much it holds, of when, and how far each source was read."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta

import polars as pl

from console.canned import Catalog
from console.model import (
    FileIdentity,
    RejectRow,
    SourceAudit,
    SourceMark,
    TruthFacts,
)
from console.store import rejects, truths
from console.store.arrow import registered
from console.store.audit import audit
from console.store.connections import Connections
from console.store.requests import moment
from console.store.schema import LEDGER_NEWEST

STORED_UP_TO = "select source_id, max(next_offset) from ledger group by source_id"
_INSTANT = timedelta(microseconds=1)
_MARKS = f"""
select
    source_id, {LEDGER_NEWEST}, max(next_offset), sum(lines)::bigint, sum(rows)::bigint,
    sum(rejects)::bigint, sum(blanks)::bigint, epoch_us(max(committed_at) filter (lines > 0)),
    sum(truths)::bigint
from ledger group by source_id order by source_id
"""
_USUAL_SPAN = """
select
    greatest(epoch_us(min(ts)), epoch_us(quantile_disc(ts, 0.001)) - 86400000000),
    least(epoch_us(max(ts)), epoch_us(quantile_disc(ts, 0.999)) + 86400000000)
from predictions
where ts <= $limit
"""
_EARLIEST_AFTER = """
select epoch_us(min(p.ts)) from predictions as p
left join known_offsets as k on k.known_id = p.source_id
where k.known_id is null or p.source_offset >= k.known_offset
"""
_COUNTS = """
select
    ((select coalesce(sum(rows), 0) from ledger) - (select coalesce(sum(rows), 0) from expired)
        - (select count(*) from late_truths))::bigint,
    ((select coalesce(sum(rejects), 0) from ledger)
        - (select coalesce(sum(rejects), 0) from expired))::bigint,
    (select epoch_us(min(ts)) from predictions),
    (select epoch_us(max(ts)) from predictions where ts <= $limit)
"""

_NEWEST = "select epoch_us(max(ts)) from predictions where ts <= $limit"
_EXTENT = """
select count(*), epoch_us(min(ts)), epoch_us(max(ts)), count(*) filter (where ts > $limit)
from predictions
"""


@dataclass(frozen=True, slots=True)
class Extent:
    """Of when the stored predictions are."""

    rows: int
    first: datetime | None
    last: datetime | None
    """Newest `ts`, in the future too."""
    ahead: int
    """Rows dated after the clock."""


@dataclass(frozen=True, slots=True)
class Counts:
    """What is stored."""

    rows: int
    """Predictions."""
    rejects: int
    first_ts: datetime | None
    newest_ts: datetime | None
    """Newest `ts` that does not lie in the future; None while nothing is stored."""


class Stored:
    """What is stored, asked from any thread; whoever inherits it puts it there."""

    def __init__(
        self, path: str, catalog: Catalog, connections: Connections, *, clock: Callable[[], datetime]
    ) -> None:
        self.path = path
        self.catalog = catalog
        self._connections = connections
        self._reader = connections.reading
        self._clock = clock

    def truth_facts(self) -> TruthFacts:
        """How far truths are known, and how late they came. Reads three columns of every row."""
        with self._connections.reading() as cursor:
            return truths.facts(cursor)

    def rejects(
        self, source_id: int | None = None, *, reason: str | None = None, offset: int = 0, limit: int = 200
    ) -> tuple[RejectRow, ...]:
        """Lines that could not be used, newest first.

        Args:
            source_id: only of this source.
            reason: only those with this reason, or whose reason begins with it and a colon.
            offset: how many of the newest to pass over.
            limit: most to give.
        """
        with self._connections.reading() as cursor:
            return rejects.page(cursor, source_id=source_id, reason=reason, offset=offset, limit=limit)

    def rejects_after(self, place: tuple[int, int], *, limit: int) -> tuple[RejectRow, ...]:
        """The next rejects behind (source, offset), by these: a way through all of them."""
        with self._connections.reading() as cursor:
            return rejects.after(cursor, place, limit=limit)

    def reject_reasons(self, source_id: int | None = None) -> tuple[tuple[str, int], ...]:
        """Each kind of reason, up to its colon, and how many rejects have it, the commonest first."""
        with self._connections.reading() as cursor:
            return rejects.reasons(cursor, source_id=source_id)

    def audit(self) -> tuple[SourceAudit, ...]:
        """Every source of the ledger, with the rows and rejects that are counted in the tables."""
        with self._reader() as cursor:
            return audit(cursor)

    @property
    def masks(self) -> str:
        """The fingerprint of the masks that everything in it went through; empty if there were none."""
        with self._connections.reading() as cursor:
            found = cursor.execute("select value from meta where key = 'masks'").fetchone()
        return str(found[0]) if found else ""

    def stored_up_to(self) -> dict[int, int]:
        """Source id -> byte offset up to which it is stored now."""
        with self._connections.reading() as cursor:
            return dict(cursor.execute(STORED_UP_TO).fetchall())

    def marks(self) -> tuple[SourceMark, ...]:
        """How far each source was read and committed, for the ingest to go on from."""
        with self._connections.reading() as cursor:
            rows = cursor.execute(_MARKS).fetchall()
        found = []
        for source_id, path, *identity, kind, next_offset, lines, read, refused, blanks, last, late in rows:
            found.append(
                SourceMark(
                    source_id,
                    path,
                    FileIdentity(*identity),
                    *(next_offset, lines, read, refused, blanks),
                    kind=kind,
                    last_line_at=None if last is None else moment(last),
                    truths=late,
                )
            )
        return tuple(found)

    def earliest_after(self, offsets: Mapping[int, int]) -> datetime | None:
        """The earliest `ts` of the rows that came since; None if none did.

        Args:
            offsets: source id -> byte offset up to which its rows are known; of other sources none are.
        """
        known = pl.DataFrame(
            {"known_id": list(offsets), "known_offset": list(offsets.values())},
            schema={"known_id": pl.Int32, "known_offset": pl.Int64},
        )
        with self._connections.reading() as cursor, registered(cursor, "known_offsets", known):
            ((found,),) = cursor.execute(_EARLIEST_AFTER).fetchall()
        return None if found is None else moment(found)

    def usual_span(self) -> tuple[datetime, datetime] | None:
        """From when to when all but a few of the rows are, since a stray one may be a year off.

        A thousandth on either side, and a day beyond it, is left out. None while nothing is stored.
        """
        with self._connections.reading() as cursor:
            found = cursor.execute(_USUAL_SPAN, {"limit": self._clock()}).fetchone()
        if found is None or found[0] is None:
            return None
        return moment(found[0]), moment(found[1])

    def counts(self) -> Counts:
        """How many rows and rejects are stored, and over which time."""
        with self._connections.reading() as cursor:
            found = cursor.execute(_COUNTS, {"limit": self._clock()}).fetchone()
        assert found is not None
        rows, rejects, first, newest = found
        return Counts(
            rows,
            rejects,
            None if first is None else moment(first),
            None if newest is None else moment(newest),
        )

    def extent(self) -> Extent:
        """Of when all stored predictions are, with those dated after the clock. Reads their times."""
        with self._connections.reading() as cursor:
            found = cursor.execute(_EXTENT, {"limit": self._clock()}).fetchone()
        assert found is not None
        rows, first, last, ahead = found
        return Extent(
            rows, None if first is None else moment(first), None if last is None else moment(last), ahead
        )

    def newest(self) -> datetime:
        """The moment that relative times count from: just after the newest `ts`, or now if nothing is stored.

        A window ends before its `until`; one that ends at `newest` has the newest row in it.
        """
        now = self._clock()
        with self._connections.reading() as cursor:
            ((newest,),) = cursor.execute(_NEWEST, {"limit": now}).fetchall()
        return now if newest is None else moment(newest) + _INSTANT
