"""Rejects: listed, counted by reason, and moved to the rows in one transaction with the ledger."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.errors import StoreError
from console.ingest.again import parse_again
from console.ingest.formats import NATIVE, Format
from console.ingest.mapped import MappedFormat
from console.model import RejectRow, RowId
from console.store import Retried, Store
from tests.support import NOW, Line, at, batch, rows_of, stored

LINES: list[Line] = [
    {"ts": at(0)},
    b'{"timestamp":1793620800,"a":1,"pred":"x"}',
    b"bad",
    b"[",
    b'{"ts":"x"}',
    b'{"ts":"y"}',
]


def again(store: Store, format: Format, tried: tuple[RejectRow, ...] | None = None) -> Retried:
    """What retrying gives for all rejects of the first source."""
    (mark,) = store.marks()
    rows = tried or tuple(sorted(store.rejects(), key=lambda row: row.offset))
    return Retried(rows, parse_again([(row, row.line) for row in rows], mark, format))


def test_rejects_are_listed_the_newest_first_and_by_pages() -> None:
    store = stored()
    store.append([batch([b"a", b"b"], 1, path="/logs/a")])
    store._clock = lambda: NOW + timedelta(minutes=1)
    store.append([batch([b"c"], 2, path="/logs/c")])
    listed = store.rejects()
    assert [(row.path, row.line, row.offset) for row in listed] == [
        ("/logs/c", b"c", 0),
        ("/logs/a", b"b", 2),
        ("/logs/a", b"a", 0),
    ]
    assert [row.at for row in listed] == [NOW + timedelta(minutes=1), NOW, NOW]
    assert store.rejects(offset=1, limit=1) == listed[1:2]
    assert store.rejects(1) == listed[1:]
    assert store.rejects_after((1, 0), limit=5) == (listed[1], listed[0])
    store.close()


def test_reasons_are_counted_without_what_differs_in_each() -> None:
    store = stored(LINES)
    assert dict(store.reject_reasons()) == {
        "not JSON": 2,
        "ts is not a time": 2,
        "no field of a prediction record; name its keys in incident-console.toml": 1,
    }
    assert len(store.rejects(reason="ts is not a time")) == 2
    assert len(store.rejects(reason='ts is not a time: "x"')) == 1
    assert store.rejects(reason="ts") == ()
    assert store.reject_reasons(7) == ()
    store.close()


def test_a_retried_reject_is_a_row_at_its_own_place_and_the_ledger_adds_up() -> None:
    store = stored(LINES)
    before = store.marks()[0]
    line = store.rejects(reason="no field of a prediction record; name its keys in incident-console.toml")[0]
    assert store.store_retried(again(store, MappedFormat())) == 1
    (mark,) = store.marks()
    assert (mark.lines, mark.rows, mark.rejects, mark.blanks) == (6, 2, 4, 0)
    assert (mark.next_offset, mark.identity) == (before.next_offset, before.identity)
    assert store.counts().rejects == len(store.rejects()) == 4
    (found,) = [row for row in rows_of(store, "predictions_recent") if row["prediction"] == "x"]
    assert (found["source_id"], found["source_offset"]) == (line.source_id, line.offset)
    assert all(audit.holds for audit in store.audit())
    assert store.store_retried(again(store, MappedFormat())) == 0
    assert store.marks() == (mark,)
    store.close()


def test_a_ledger_that_does_not_add_up_is_seen() -> None:
    store = stored(LINES)
    (audit,) = store.audit()
    assert audit.holds and (audit.stored_rows, audit.stored_rejects) == (1, 5)
    assert not replace(audit, stored_rows=0).holds
    assert not replace(audit, stored_rejects=6).holds
    assert not replace(audit, lines=7).holds
    assert replace(audit, stored_rows=0, expired_rows=1).holds
    store.close()


def test_what_is_refused_for_another_reason_now_says_so() -> None:
    store = stored([b'{"timestamp":"x","pred":1}'])
    (row,) = store.rejects()
    assert row.reason.startswith("no field")
    assert store.store_retried(again(store, MappedFormat())) == 0
    (row,) = store.rejects()
    assert row.reason == 'ts is not a time: "x"'
    assert all(audit.holds for audit in store.audit())
    store.close()


def test_a_reject_that_is_gone_by_now_is_not_doubled() -> None:
    store = stored(LINES)
    retried = again(store, MappedFormat())
    assert store.store_retried(retried) == 1
    marks = store.marks()
    with pytest.raises(StoreError, match="have changed meanwhile"):
        store.store_retried(retried)
    assert store.marks() == marks
    assert store.counts().rows == 2
    assert all(audit.holds for audit in store.audit())
    store.close()


def test_a_new_feature_of_a_retried_row_is_in_the_views() -> None:
    store = stored([b'{"timestamp":1793620800,"brand_new":1,"pred":"x"}'])
    retried = again(store, MappedFormat())
    store.store_retried(retried)
    place = RowId(retried.batch.source_id, retried.tried[0].offset)
    assert store.request(place).features == {"brand_new": 1.0}
    store.close()


def test_nothing_to_move_writes_nothing() -> None:
    store = stored([b"bad"])
    marks = store.marks()
    assert store.store_retried(again(store, NATIVE)) == 0
    assert store.marks() == marks
    store.close()
