"""Reads requests as somebody needs them who is to label them: few fields of many rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import duckdb
import polars as pl

from console.canned import CannedQuery
from console.errors import UsageError
from console.model import RowId
from console.model.labelling import Candidate
from console.store.arrow import registered
from console.store.inputs import input_hash_sql
from console.store.requests import moment
from console.store.schema import Columns

MOST_TAGS = 40
"""Tags of a model that are read, by name."""
LONGEST_TAG = 200
"""Characters of a tag's value that are read."""
_KEY = frozenset({"source_id", "source_offset"})
_COUNTED = "select count(*) from (\n{sql}\n)"
_NEWEST = "select source_id, source_offset from (\n{sql}\n) order by {newest} limit {most}"
_BY_ID = """
select source_id, source_offset from predictions
where request_id in (select request_key from wanted_keys)
union
select p.source_id, p.source_offset
from predictions as p
join sources as s on s.source_id = p.source_id
join wanted_keys as w on w.path = s.path and w.source_offset = p.source_offset
where p.request_id is null
"""


@dataclass(frozen=True, slots=True)
class Candidates:
    """Requests that can be labelled."""

    rows: tuple[Candidate, ...]
    found: int
    """How many there are; more than `rows`, where these are the newest ones only."""


def of_call(
    cursor: duckdb.DuckDBPyConnection, query: CannedQuery, values: Mapping[str, object], *, most: int
) -> Candidates:
    """The newest requests among the query's rows.

    Raises:
        UsageError: its rows are no requests.
    """
    if not set(query.columns) >= _KEY:
        raise UsageError(f"{query.name}: its rows are no requests (no source_id and source_offset)")
    given = dict(values)
    [(found,)] = cursor.execute(_COUNTED.format(sql=query.sql), given).fetchall()
    newest = "ts desc, source_id, source_offset desc" if "ts" in query.columns else "source_id, source_offset"
    rows = pl.DataFrame(cursor.sql(_NEWEST.format(sql=query.sql, newest=newest, most=most), params=given))
    return Candidates(tuple(_read(cursor, rows.unique())), found)


def of_keys(cursor: duckdb.DuckDBPyConnection, keys: Sequence[str]) -> Candidates:
    """The requests with these keys; of those that were logged several times, each."""
    places = [_place(key) for key in keys]
    wanted = pl.DataFrame(
        {"request_key": list(keys), "path": [p for p, _ in places], "source_offset": [o for _, o in places]},
        schema={"request_key": pl.String, "path": pl.String, "source_offset": pl.Int64},
    )
    with registered(cursor, "wanted_keys", wanted):
        rows = pl.DataFrame(cursor.sql(_BY_ID))
    found = tuple(_read(cursor, rows))
    return Candidates(found, len(found))


def of_rows(cursor: duckdb.DuckDBPyConnection, asked: Sequence[RowId]) -> Candidates:
    """The requests that came from there."""
    places = {"source_id": [one.source_id for one in asked], "source_offset": [one.offset for one in asked]}
    rows = pl.DataFrame(places, schema={"source_id": pl.Int32, "source_offset": pl.Int64})
    found = tuple(_read(cursor, rows.unique()))
    return Candidates(found, len(found))


def _place(key: str) -> tuple[str | None, int | None]:
    """Path and offset, where a key is one that stands for a request without an id."""
    path, _, offset = key.rpartition(":")
    is_place = bool(path) and offset.isascii() and offset.isdigit() and len(offset) < 19
    return (path, int(offset)) if is_place else (None, None)


def _read(cursor: duckdb.DuckDBPyConnection, rows: pl.DataFrame) -> Iterator[Candidate]:
    columns = Columns(cursor)
    paths = dict(cursor.execute("select source_id, path from sources").fetchall())
    with registered(cursor, "wanted_rows", rows):
        for table in sorted(columns.present) if rows.height else ():
            there = columns.present[table]
            held = (one for one in columns.columns.values() if one.kind == "tag" and one.column in there)
            tags = {one.column: one.name for one in sorted(held, key=lambda one: one.name)[:MOST_TAGS]}
            beside = "".join(f", left({column}, {LONGEST_TAG})" for column in tags)
            found = cursor.execute(
                "select source_id, source_offset, epoch_us(ts), model, model_version, prediction, score, "
                f"request_id, {input_hash_sql(columns, table)}{beside} "
                f"from {table} semi join wanted_rows using (source_id, source_offset)"
            )
            for (
                source_id,
                offset,
                ts,
                model,
                version,
                prediction,
                score,
                key,
                input_hash,
                *said,
            ) in found.fetchall():
                origin = f"{paths.get(source_id, '')}:{offset}"
                yield Candidate(
                    row_id=RowId(source_id, offset),
                    key=origin if key is None else key,
                    origin=origin,
                    ts=moment(ts),
                    model=model or "",
                    model_version=version or "",
                    prediction=prediction,
                    score=score,
                    input_hash=input_hash or "",
                    tags={
                        name: value
                        for name, value in zip(tags.values(), said, strict=True)
                        if value is not None
                    },
                )
