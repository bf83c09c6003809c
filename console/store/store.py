"""The store's face: batches in, answers out. One writer at a time, any number of readers."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import polars as pl

from console.canned import CannedQuery, Catalog, bind
from console.errors import QueryFileError, StoreError, UsageError
from console.model import (
    Batch,
    FieldInfo,
    FileIdentity,
    Filter,
    Limits,
    QueryCall,
    RejectRow,
    Request,
    RowId,
    SourceAudit,
    SourceMark,
    Table,
    Ticket,
    TruthFacts,
)
from console.model.exporting import WHOLE, ExportOptions
from console.store import rejects, truths
from console.store.append import append, transaction
from console.store.arrow import registered
from console.store.audit import audit
from console.store.candidates import Candidates, of_call, of_keys, of_rows
from console.store.connections import Connections
from console.store.database import MEMORY, log_size, size_on_disk
from console.store.filtering import Fields, narrowed, values_of
from console.store.finding import find_row
from console.store.inputs import Statement, input_hashes, listed_rows
from console.store.rejects import Retried
from console.store.requests import moment, read_request
from console.store.retention import FOLD_EXPIRED, Retention
from console.store.sampling import Sample, draw
from console.store.saving import WRITERS
from console.store.schema import LEDGER_NEWEST, Columns, create_or_check
from console.store.slices import StoredSlice, slice_of_answer, slice_of_rows
from console.store.sql import answer, harmless, relations
from console.store.steps import count_by_step
from console.store.views import view_statements

_INSTANT = timedelta(microseconds=1)
LOG_BYTES = 256 * 2**20
"""Length of the write-ahead log at which it is folded into the file: often enough to be quick."""
_UNREADABLE = frozenset({"interval", "union"})

_MARKS = f"""
select
    source_id, {LEDGER_NEWEST}, max(next_offset), sum(lines)::bigint, sum(rows)::bigint,
    sum(rejects)::bigint, sum(blanks)::bigint, epoch_us(max(committed_at) filter (lines > 0)),
    sum(truths)::bigint
from ledger group by source_id order by source_id
"""
_COMPACT = f"""
create temp table compacted as
select
    source_id, {LEDGER_NEWEST}, max(next_offset) as next_offset,
    sum(lines) as lines, sum(rows) as rows, sum(rejects) as rejects, sum(blanks) as blanks,
    coalesce(max(committed_at) filter (lines > 0), max(committed_at)) as committed_at,
    sum(truths) as truths
from ledger group by source_id order by source_id;
delete from ledger;
insert into ledger by name select * from compacted;
drop table compacted;
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


@dataclass(frozen=True, slots=True)
class Counts:
    """What is stored."""

    rows: int
    """Predictions."""
    rejects: int
    first_ts: datetime | None
    newest_ts: datetime | None
    """Newest `ts` that does not lie in the future; None while nothing is stored."""


class Store:
    """The cache of the logs, in one DuckDB file that this process holds."""

    def __init__(
        self, path: str, catalog: Catalog, *, clock: Callable[[], datetime], limits: Limits | None = None
    ) -> None:
        """Open the file, made if it does not exist; `:memory:` leaves nothing behind.

        Raises:
            StoreLockedError: another process holds it.
            StoreError: it cannot be opened, or is not one of this console's.
        """
        self.path = path
        self.catalog = catalog
        self._clock = clock
        limits = limits or Limits()
        self._connections = Connections(path, limits)
        self._reader = self._connections.reading
        self._retention = Retention(path, limits)
        self._longest_log = min(LOG_BYTES, (limits.max_database_bytes or 8 * LOG_BYTES) // 8)
        self._fold_at = self._longest_log
        self._reopened: dict[int, int] = {}
        """After the file was opened anew: how far each source is stored, until its next batch is."""
        self._changes = truths.Changes()
        self._may_join = True
        """Whether there may be truths or predictions that were not joined."""
        try:
            with self._connections.writing() as cursor:
                create_or_check(cursor, path)
                self._columns = Columns(cursor)
                self._tidy(cursor)
        except StoreError as error:
            self._connections.close()
            if isinstance(error.__cause__, duckdb.Error):
                raise StoreError(f"{path}: cannot be used: {str(error.__cause__).splitlines()[0]}") from error
            raise
        self._connections.on_reopened = self._take_up

    def _tidy(self, cursor: duckdb.DuckDBPyConnection) -> None:
        """One row a source in the ledger, and views that know every column."""
        cursor.begin()
        for statement in cursor.extract_statements(_COMPACT + FOLD_EXPIRED):
            cursor.execute(statement)
        for text in view_statements(self._columns):
            cursor.execute(text)
        cursor.commit()

    def _take_up(self, cursor: duckdb.DuckDBPyConnection) -> None:
        self._columns = Columns(cursor)
        found = cursor.execute("select source_id, max(next_offset) from ledger group by source_id").fetchall()
        self._reopened = dict(found)

    def append(self, batches: Sequence[Batch]) -> None:
        """Store batches and how far their sources were read: all of it, or nothing.

        Safe from any thread; writers take turns.

        Raises:
            StoreError: DuckDB refused, or the store is closed. Nothing was stored.
        """
        with self._connections.writing() as cursor:
            batches = self._not_yet_stored(batches)
            append(cursor, self._columns, batches, clock=self._clock)
            for batch in batches:
                self._reopened.pop(batch.source_id, None)
            self._may_join = True
            self._fold_long_log()

    def join_truths(self) -> truths.Joined | None:
        """Truths that have come are given to the predictions of their requests, some at a time.

        Takes as long as it takes to look through the request ids of all predictions.

        Returns:
            What changed, and whether there are more; None if nothing has come since the last time.

        Raises:
            StoreError: DuckDB refused, or the store is closed. Nothing was joined.
        """
        if not self._may_join:
            return None
        with self._connections.writing() as cursor:
            with transaction(cursor, self._columns, where=self.path):
                joined = truths.join(cursor, self._columns)
            self._may_join = joined.has_more
            if joined.earliest is not None:
                self._changes.add(joined.earliest)
            self._fold_long_log()
        return joined

    def truths_changed_since(self, serial: int) -> tuple[int, datetime | None]:
        """Number of the newest change of truths, and the first `ts` of those after `serial` (0: of all)."""
        return self._changes.since(serial)

    def truth_facts(self) -> TruthFacts:
        """How far truths are known, and how late they came. Reads three columns of every row."""
        with self._connections.reading() as cursor:
            return truths.facts(cursor)

    def _not_yet_stored(self, batches: Sequence[Batch]) -> Sequence[Batch]:
        """What DuckDB refused before it shut the file may have been stored all the same."""
        missing = []
        for batch in batches:
            stored = self._reopened.get(batch.source_id, batch.start_offset)
            if stored <= batch.start_offset:
                missing.append(batch)
            elif stored < batch.next_offset:
                raise StoreError(f"{self.path}: somebody else wrote to it; start the console again")
        return missing

    def _fold_long_log(self) -> None:
        if log_size(self.path) < self._fold_at:
            return
        self._fold_at = self._longest_log
        try:
            self._connections.checkpoint()
        except StoreError:
            # All is committed, in the log. It is tried again when that has grown as much once more.
            self._fold_at += log_size(self.path)

    def expire(self) -> bool:
        """A little of what the limits do not allow any more has left; call it again while that is True.

        Raises:
            StoreError: DuckDB refused, or the store is closed. Nothing left.
        """
        with self._connections.writing() as cursor:
            if self._retention.wants_checkpoint:
                self._retention.wants_checkpoint = not self._connections.checkpoint(alone=True)
            gone = self._retention.step(cursor, self._columns, now=self._clock())
        return bool(gone) or self._retention.wants_checkpoint

    def size(self) -> int:
        """Bytes that the file and its log have on the disk; of a database in memory, what it holds there."""
        if self.path != MEMORY:
            return size_on_disk(self.path)
        with self._connections.reading() as cursor:
            found = cursor.execute("select sum(memory_usage_bytes)::bigint from duckdb_memory()").fetchone()
        return int(found[0]) if found else 0

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

    def store_retried(self, retried: Retried) -> int:
        """Rejects that can be used now are rows instead, and the ledger says so: all of it, or nothing.

        Returns:
            How many lines became rows.

        Raises:
            StoreError: DuckDB refused, the store is closed, or they have changed meanwhile.
        """
        with self._connections.writing() as cursor:
            self._may_join = True
            return rejects.store_retried(cursor, self._columns, retried)

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

    def mask(self, fingerprint: str) -> None:
        """All that comes from now on goes through the masks of that fingerprint; nothing is stored yet.

        Raises:
            StoreError: DuckDB refused, or the store is closed.
        """
        with self._connections.writing() as cursor:
            cursor.execute("insert or replace into meta values ('masks', $v)", {"v": fingerprint})

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

    def newest(self) -> datetime:
        """The moment that relative times count from: just after the newest `ts`, or now if nothing is stored.

        A window ends before its `until`; one that ends at `newest` has the newest row in it.
        """
        newest = self.counts().newest_ts
        return self._clock() if newest is None else newest + _INSTANT

    def frame(self, call: QueryCall, *, ticket: Ticket | None = None) -> pl.DataFrame:
        """The answer of a canned query as a frame.

        Raises:
            UsageError: there is no such query, or a parameter or the answer's type is wrong.
            Interrupted: `interrupt` was called, or the ticket was cancelled.
            StoreError: DuckDB refused.
        """
        query = self.catalog[call.query]
        return self._answer(query, bind(query, call.params, newest=self.newest), call.filter, ticket)

    def table(self, call: QueryCall, *, ticket: Ticket | None = None) -> Table:
        """The answer of a canned query as a small table for a person; raises as `frame` does."""
        query = self.catalog[call.query]
        values = bind(query, call.params, newest=self.newest)
        limit = values.get("row_limit")
        most = limit if isinstance(limit, int) and limit >= 0 else None
        if most is not None:
            values["row_limit"] = most + 1  # one more shows whether there are more
        frame = self._answer(query, values, call.filter, ticket)
        shown = frame if most is None else frame.head(most)
        try:
            rows = tuple(tuple(map(_plain, row)) for row in shown.iter_rows())
        except pl.exceptions.PanicException as error:
            raise StoreError(f"{query.path}: a time in the answer is beyond the year 9999") from error
        return Table(tuple(frame.columns), rows, query.columns, truncated=frame.height > len(rows))

    def request(self, row_id: RowId) -> Request:
        """The prediction that came from there, whole.

        Raises:
            StoreError: there is none, or DuckDB refused.
        """
        with self._connections.reading() as cursor:
            return read_request(cursor, row_id)

    def sample(
        self,
        call: QueryCall,
        *,
        model: str,
        start: datetime,
        since: datetime,
        until: datetime,
        ticket: Ticket | None = None,
    ) -> Sample:
        """Rows of a model, offending ones beside others, before `since` and from then on.

        Args:
            call: one of `queries/predictions_*.sql`, over the same time: which rows offend.

        Raises:
            as `frame` does.
        """
        query = self.catalog[call.query]
        values = bind(query, call.params, newest=self.newest)
        with self._connections.reading(ticket) as cursor:
            query, values = narrowed(cursor, query, values, call.filter)
            return draw(cursor, query, values, model=model, window=(start, until), since=since)

    def candidates(
        self, asked: QueryCall | Sequence[str | RowId], *, most: int, ticket: Ticket | None = None
    ) -> Candidates:
        """Requests to be labelled: the newest rows of a canned query, or those with these keys or places.

        Raises:
            as `frame` does; UsageError as well where the query's rows are no requests.
        """
        if not isinstance(asked, QueryCall):
            rows = [one for one in asked if isinstance(one, RowId)]
            with self._connections.reading(ticket) as cursor:
                return of_rows(cursor, rows) if rows else of_keys(cursor, [str(one) for one in asked])
        query = self.catalog[asked.query]
        values = bind(query, asked.params, newest=self.newest)
        with self._connections.reading(ticket) as cursor:
            query, values = narrowed(cursor, query, values, asked.filter)
            return of_call(cursor, query, values, most=most)

    def count_by_step(
        self, call: QueryCall, step_seconds: int, *, ticket: Ticket | None = None
    ) -> Mapping[int, int]:
        """Number of the step since 1970 -> rows that the query lists in it, without its row limit.

        Args:
            call: one of `queries/predictions_*.sql`.
            step_seconds: length of a step.
            ticket: by which it can be taken back.

        Raises:
            as `frame` does.
        """
        query = self.catalog[call.query]
        values = bind(query, call.params, newest=self.newest)
        with self._connections.reading(ticket) as cursor:
            query, values = narrowed(cursor, query, values, call.filter)
            return count_by_step(cursor, query, values, step_seconds)

    @contextmanager
    def slice(
        self,
        asked: QueryCall | str,
        *,
        labels: pl.DataFrame | None = None,
        options: ExportOptions = WHOLE,
        comparable: QueryCall | None = None,
        as_it_is: bool = False,
        ticket: Ticket | None = None,
    ) -> Iterator[StoredSlice]:
        """The predictions behind a canned query or a person's statement, whole, to be written inside.

        Where the rows are no predictions, or `as_it_is` is set, they are given as they are.

        Args:
            asked: what lists them: `source_id` and `source_offset` say which predictions are meant.
            labels: one row a `request_key`, to lie beside; None for none.
            options: which rows are wanted, and how they are parted.
            comparable: lists further ones, which do not offend.
            as_it_is: whether the answer's own columns are wanted, whatever its rows are.
            ticket: by which it can be taken back.

        Raises:
            as `frame` and `sql` do; UsageError too where options cannot be had.
        """
        ticket = ticket or Ticket()
        with self._connections.reading(ticket) as cursor:
            statement = self._statement(cursor, asked)
            if as_it_is or not statement.lists_rows:
                yield slice_of_answer(cursor, statement, ticket)
                return
            beside = None if comparable is None else self._statement(cursor, comparable)
            yield slice_of_rows(cursor, listed_rows(cursor, statement, beside), labels, options, ticket)

    def _statement(self, cursor: duckdb.DuckDBPyConnection, asked: QueryCall | str) -> Statement:
        """What is asked as one SELECT that is known to be harmless.

        Raises:
            UsageError: there is no such query, a parameter is wrong, or the statement is no such SELECT.
        """
        if isinstance(asked, str):
            text = harmless(cursor, asked).text
            return Statement(text, {}, tuple(cursor.sql(text).columns))
        query = self.catalog[asked.query]
        values = bind(query, asked.params, newest=self.newest)
        query, values = narrowed(cursor, query, values, asked.filter)
        return Statement(query.sql, values, tuple(query.columns))

    def input_hashes(self, call: QueryCall, *, ticket: Ticket | None = None) -> pl.DataFrame:
        """The hash of the input of each prediction that a canned query answers with.

        Returns:
            Columns `source_id`, `source_offset`, `input_hash` (null where a row has no feature).

        Raises:
            as `frame` does; UsageError too if the query's rows are no predictions.
        """
        with self._connections.reading(ticket) as cursor:
            statement = self._statement(cursor, call)
            if not statement.lists_rows:
                raise UsageError(f"{call.query}: its rows are no predictions (no source_id, source_offset)")
            return input_hashes(cursor, listed_rows(cursor, statement))

    def fields(self) -> tuple[FieldInfo, ...]:
        """What one may filter by: the fixed fields, then tags, then features."""
        with self._connections.reading() as cursor:
            return Fields.of(cursor).infos()

    def roles(self) -> tuple[tuple[str, str, str], ...]:
        """Column of `predictions` -> kind (`number`, `text` or `tag`) and name as logged, if it is dynamic."""
        with self._connections.reading() as cursor:
            found = Columns(cursor).columns.values()
        return tuple((one.view_name, one.kind, one.name) for one in found)

    def values(self, field: str, beginning: str, *, ticket: Ticket | None = None) -> tuple[str, ...]:
        """Values of the field that begin so, of the newest rows, the most frequent first; a few.

        Raises:
            UsageError: there is no such field.
            Interrupted: the ticket was cancelled.
        """
        with self._connections.reading(ticket) as cursor:
            return values_of(cursor, field, beginning)

    def sql(self, text: str, *, limit: int, ticket: Ticket | None = None) -> Table:
        """The answer of a statement that a person wrote: one SELECT, `limit` rows of it at most.

        Raises:
            UsageError: it is no single SELECT, reaches for something else than the relations, or is wrong.
            Interrupted: the ticket was cancelled.
            StoreError: DuckDB refused.
        """
        ticket = ticket or Ticket()
        with self._connections.reading(ticket) as cursor:
            return answer(cursor, harmless(cursor, text), limit=limit, ticket=ticket)

    def save(self, asked: QueryCall | str, path: Path, *, suffix: str, ticket: Ticket | None = None) -> int:
        """All rows of a canned query or of a person's statement are at `path`.

        Args:
            path: where nothing is yet.
            suffix: `.csv` or `.jsonl`.

        Returns:
            Rows written.

        Raises:
            as `frame` and `sql` do; a cut file may be left at `path`.
        """
        with self._connections.reading(ticket) as cursor:
            statement = self._statement(cursor, asked)
            cursor.execute(statement.text, dict(statement.values))
            return WRITERS[suffix](cursor, path)

    def relations(self) -> Mapping[str, tuple[str, ...]]:
        """What a statement can select from -> its columns."""
        with self._connections.reading() as cursor:
            return relations(cursor)

    def find(self, *, key: str, origin: str) -> RowId | None:
        """The prediction from `origin`, else the newest with this request id; None if none is stored."""
        with self._connections.reading() as cursor:
            return find_row(cursor, key=key, origin=origin)

    def checkpoint(self) -> None:
        """The write-ahead log is folded into the file, so that a copy of the file is whole.

        Raises:
            StoreError: DuckDB refused, or the store is closed.
        """
        self._connections.checkpoint()

    def interrupt(self) -> None:
        """Every read that is under way ends with `Interrupted`, within milliseconds."""
        self._connections.interrupt()

    def close(self) -> None:
        """Nothing is under way any more and the file is free for others."""
        self._connections.close()

    def _answer(
        self, query: CannedQuery, values: Mapping[str, object], filter: Filter, ticket: Ticket | None
    ) -> pl.DataFrame:
        with self._connections.reading(ticket) as cursor:
            query, values = narrowed(cursor, query, values, filter)
            relation = cursor.sql(query.sql, params=dict(values))
            for column, kind in zip(relation.columns, relation.types, strict=True):
                if kind.id in _UNREADABLE:
                    raise QueryFileError(
                        f"{query.path}: column {column!r} is of type {kind.id}; cast it to text or a number"
                    )
            return pl.DataFrame(relation)


def _plain(value: object) -> object:
    if not isinstance(value, datetime):
        return value
    return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
