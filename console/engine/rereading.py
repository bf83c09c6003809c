"""Tries every reject again with the mapping that is in force now."""

from __future__ import annotations

from collections.abc import Iterator
from itertools import groupby

from console.ingest import FormatFor, Original, first_objects, parse_again
from console.model import RejectRow, SourceMark
from console.store import Retried, Store

_AT_ONCE = 500
"""Rejects in memory at once; each may be 64 KiB, and a line that was cut up to 16 MiB."""
_BYTES_AT_ONCE = 32 * 2**20
_HEAD_BYTES = 256 * 2**10


def retry_rejects(store: Store, format_for: FormatFor) -> tuple[int, dict[int, int]]:
    """Every stored reject has been tried; those that can be used are rows now.

    Stopped at any moment, what was moved is moved and the rest is as it was; to be started again.

    Returns:
        How many lines were tried, and how many of each source became rows.

    Raises:
        StoreError: the store refused; what was moved before stays.
    """
    marks = {mark.source_id: mark for mark in store.marks()}
    tried, moved = 0, dict[int, int]()
    for source_id, rows in groupby(_all(store), key=lambda row: row.source_id):
        mark = marks.get(source_id)
        if mark is None:
            continue
        original = Original(mark)
        try:
            count, taken = _retry_source(store, format_for, mark, original, rows)
        finally:
            original.close()
        tried += count
        if taken:
            moved[source_id] = taken
    return tried, moved


def _all(store: Store) -> Iterator[RejectRow]:
    place = (-1, -1)
    while page := store.rejects_after(place, limit=_AT_ONCE):
        yield from page
        place = (page[-1].source_id, page[-1].offset)


def _retry_source(
    store: Store, format_for: FormatFor, mark: SourceMark, original: Original, rows: Iterator[RejectRow]
) -> tuple[int, int]:
    head = original.head(_HEAD_BYTES).split(b"\n")[:-1]
    format = format_for(mark.path, first_objects(head)).format if head else None
    tried = taken = 0
    for group in _groups(rows, original):
        chosen = format or format_for(mark.path, first_objects([line for _, line in group])).format
        tried += len(group)
        while group:
            batch = parse_again(group, mark, chosen)
            done = [row for row, _ in group if row.offset < batch.next_offset]
            taken += store.store_retried(Retried(done, batch))
            group = group[len(done) :]
    return tried, taken


def _groups(rows: Iterator[RejectRow], original: Original) -> Iterator[list[tuple[RejectRow, bytes]]]:
    """Rejects that were made in one commit, with their whole lines; those that cannot be had are left out."""
    for _, together in groupby(rows, key=lambda row: row.at):
        group: list[tuple[RejectRow, bytes]] = []
        size = 0
        for row in together:
            line = original.line(row)
            if line is None:
                continue
            group.append((row, line))
            size += len(line)
            if len(group) == _AT_ONCE or size > _BYTES_AT_ONCE:
                yield group
                group, size = [], 0
        if group:
            yield group
