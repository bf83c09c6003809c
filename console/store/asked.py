"""What the store is asked: canned queries, a person's statements, and whole requests."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import duckdb
import polars as pl

from console.canned import CannedQuery, bind
from console.errors import QueryFileError, StoreError, UsageError
from console.model import (
    FieldInfo,
    Filter,
    QueryCall,
    Request,
    RowId,
    Table,
    Ticket,
)
from console.model.exporting import WHOLE, ExportOptions
from console.store.candidates import Candidates, of_call, of_keys, of_rows
from console.store.filtering import Fields, narrowed, values_of
from console.store.finding import find_row
from console.store.inputs import Statement, input_hashes, listed_rows
from console.store.requests import read_request
from console.store.sampling import Sample, draw
from console.store.saving import WRITERS
from console.store.schema import Columns
from console.store.slices import StoredSlice, slice_of_answer, slice_of_rows
from console.store.sql import answer, harmless, relations
from console.store.steps import count_by_step
from console.store.stored import Stored

_UNREADABLE = frozenset({"interval", "union"})


class Asked(Stored):
    """Answers about the predictions that are stored, from any thread."""

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
        """Column of `predictions` -> kind (`number`, `text`, `tag`) and name as logged, if it is dynamic."""
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
