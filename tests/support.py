"""Batches and stores made from records by the real parser, for tests of what lies behind it."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta
from functools import cache
from itertools import chain
from pathlib import Path
from typing import AnyStr

import polars as pl

from console.canned import Catalog, load_catalog
from console.ingest import parse_block
from console.ingest.lines import Block
from console.model import Batch, FileIdentity, QueryCall
from console.store import Store

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)
"""The moment that most tests are about."""

NOW = NOON + timedelta(days=1)
"""What a store's clock says unless a test says otherwise."""

LOG = "/logs/app.jsonl"

Line = Mapping[str, object] | bytes
"""A record, or a line's bytes where it is not to be one."""


@cache
def catalog() -> Catalog:
    """The console's own canned queries, read once for all tests."""
    return load_catalog()


@contextmanager
def ended(process: subprocess.Popen[AnyStr]) -> Iterator[subprocess.Popen[AnyStr]]:
    """The process within a block; it is gone after it, killed if a test that failed left it running."""
    with process:
        try:
            yield process
        except BaseException:
            process.kill()
            raise


def at(minutes: float) -> str:
    """`ts` of a record so many minutes after noon."""
    return (NOON + timedelta(minutes=minutes)).isoformat()


def line_of(record: Mapping[str, object]) -> bytes:
    """The record as a line of a log, without its newline."""
    return json.dumps(record, ensure_ascii=False, separators=(",", ":")).encode()


def batch(
    records: Iterable[Line],
    source_id: int = 0,
    *,
    path: str = LOG,
    start_offset: int = 0,
    arrival: datetime = NOON,
) -> Batch:
    """The records as one block of a source's lines, parsed; each line ends with one newline."""
    data = b"".join((r if isinstance(r, bytes) else line_of(r)) + b"\n" for r in records)
    return parse_block(
        [Block(start_offset, data)],
        source_id=source_id,
        path=path,
        identity=FileIdentity(device=1, inode=source_id + 1, head_hash="00", head_length=0),
        start_offset=start_offset,
        next_offset=start_offset + len(data),
        arrival=arrival,
    )


def row_offsets(batch: Batch) -> list[int]:
    """Where each row's line begins, whichever way it was read."""
    decoded = [offset for rows in batch.models for offset in rows.fields["source_offset"]]
    parts = [rows.lines for rows in batch.clean]
    recognised = [pl.DataFrame(part)["source_offset"].to_list() for part in parts]
    return [int(str(offset)) for offset in (*decoded, *chain.from_iterable(recognised))]


def stored(
    records: Iterable[Line] = (), *, path: str | Path = ":memory:", now: datetime = NOW, source_id: int = 0
) -> Store:
    """A store that holds the records, read from one source; an empty one if there are none."""
    store = Store(str(path), catalog(), clock=lambda: now)
    lines: Sequence[Line] = list(records)
    if lines:
        store.append([batch(lines, source_id)])
    return store


def rows_of(store: Store, query: str, **params: object) -> list[dict[str, object]]:
    """The answer of a canned query, a dictionary a row, times in UTC."""
    table = store.table(QueryCall(query, params))
    return [dict(zip(table.columns, row, strict=True)) for row in table.rows]


def picked(rows: Iterable[Mapping[str, object]], names: str) -> list[tuple[object, ...]]:
    """Of each row the values of the columns that `names` lists."""
    return [tuple(row[name] for name in names.split()) for row in rows]
