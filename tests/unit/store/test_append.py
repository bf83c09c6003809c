"""Appends: all of a batch or nothing of it, and a ledger that adds up."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import duckdb
import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.errors import StoreError
from console.model import REJECT_BYTES, Batch, QueryCall, Reject, RowId
from console.store import Store
from console.store import append as append_module
from tests.support import LOG, NOON, NOW, Line, at, batch, catalog, stored

GOOD = {"ts": at(0), "model": "fraud", "request_id": "f-1", "features": {"amount": 1.5}}
BAD = b"not json"
SPAN = {"start": at(-60), "until": at(60)}


def ledger(store: Store) -> list[tuple[object, ...]]:
    """(source, next offset, lines, rows, rejects, blanks) of each source."""
    return [(m.source_id, m.next_offset, m.lines, m.rows, m.rejects, m.blanks) for m in store.marks()]


def contents(store: Store) -> tuple[object, ...]:
    """All that a person can see of what is stored."""
    counts = store.counts()
    return (
        counts.rows,
        counts.rejects,
        ledger(store),
        store.table(QueryCall("predictions_recent", {"until": NOW})).rows,
        store.table(QueryCall("rejects_recent")).rows,
        store.table(QueryCall("sources_ledger")).rows,
        store.table(QueryCall("drift", {"start": at(-60), "until": at(60)})).rows,
    )


def test_rows_rejects_and_offset_are_stored_together() -> None:
    block = batch([GOOD, BAD, b"", b"   ", GOOD])
    store = stored()
    store.append([block])
    assert store.counts().rows == 2
    assert store.counts().rejects == 1
    assert ledger(store) == [(0, block.next_offset, 5, 2, 1, 2)]


def test_rows_of_many_sources_are_stored_at_once_each_with_its_own_place() -> None:
    orders = ({"amount": 1.0, "country": "DE"}, {"country": "FR", "amount": 2.0}, {"amount": 3.0})
    batches = [
        batch([{**GOOD, "features": features}] * 2, number, path=f"/{number}")
        for number, features in enumerate([*orders, *orders])
    ]
    store = stored()
    store.append(batches)
    for number, features in enumerate([*orders, *orders]):
        second = store.request(RowId(number, batches[number].next_offset // 2))
        assert second.features == features
    assert [mark.rows for mark in store.marks()] == [2] * 6


def test_a_store_without_rows_says_so() -> None:
    store = stored()
    counts = store.counts()
    assert (counts.rows, counts.rejects, counts.first_ts, counts.newest_ts) == (0, 0, None, None)
    assert store.marks() == ()
    assert store.newest() == NOW


def test_an_append_of_nothing_changes_nothing() -> None:
    store = stored([GOOD])
    before = contents(store)
    store.append([])
    assert contents(store) == before


def test_batches_of_several_sources_and_models_go_in_at_once() -> None:
    first = batch([GOOD, {"model": "churn", "ts": at(1), "features": {"plan": "pro"}}], 1, path="/a")
    second = batch([{"model": "churn", "ts": at(2), "features": {"plan": 7}}, BAD], 2, path="/b")
    store = stored()
    store.append([first, second])
    assert ledger(store) == [(1, first.next_offset, 2, 2, 0, 0), (2, second.next_offset, 2, 1, 1, 0)]
    assert store.request(RowId(2, 0)).features == {"plan": 7.0}


class Refusal(Exception):
    """A bug, or a library's surprise, in the middle of a transaction."""


STEPS = ("_frame", "_insert_rejects", "_ledger_row", "column_views")


@pytest.mark.parametrize(
    ("step", "failure", "path"),
    [
        *((step, duckdb.IOException("disk full"), ":memory:") for step in STEPS),
        *((step, KeyboardInterrupt(), "file") for step in STEPS),
        *(("_ledger_row", failure, "file") for failure in (pl.exceptions.ComputeError("no"), Refusal())),
    ],
)
def test_of_an_append_that_fails_nothing_is_there_and_the_next_one_works(
    step: str, failure: BaseException, path: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whichever part of it fails, after the parts before it have been done."""
    store = stored([GOOD], path=path if path == ":memory:" else tmp_path / "cache.duckdb")
    before = contents(store)
    start = store.marks()[0].next_offset
    first = batch(
        [GOOD, BAD, {"model": "new", "ts": at(1), "features": {"a": 1, "b": "x"}}], start_offset=start
    )
    second = batch([{"model": "fraud", "ts": at(2), "features": {"amount": "text"}}, BAD], 1)
    real = getattr(append_module, step)
    calls = []

    def fail(*arguments: object) -> object:
        calls.append(step)
        # The second batch fails, so that the first is in the transaction already.
        if len(calls) == (4 if step == "_frame" else 1 if step == "column_views" else 2):
            raise failure
        return real(*arguments)

    with monkeypatch.context() as patched:
        patched.setattr(append_module, step, fail)
        if step == "_frame":
            second = replace(second, models=[*second.models, *second.models])
        expected = (
            StoreError if isinstance(failure, duckdb.Error | pl.exceptions.PolarsError) else type(failure)
        )
        with pytest.raises(expected) as caught:
            store.append([first, second])
    if isinstance(caught.value, StoreError):
        assert str(caught.value).startswith(f"{LOG}: not stored: ")
    assert contents(store) == before

    second = batch([{"model": "fraud", "ts": at(2), "features": {"amount": "text"}}, BAD], 1)
    store.append([first, second])
    assert ledger(store) == [
        (0, first.next_offset, 4, 3, 1, 0),
        (1, second.next_offset, 2, 1, 1, 0),
    ]
    assert store.request(RowId(1, 0)).features == {"amount": "text"}
    new = store.table(
        QueryCall("predictions_with_category", {"model": "new", "feature": "b", "value": "x"} | SPAN)
    )
    assert len(new.rows) == 1
    store.close()


def test_the_next_append_gives_columns_anew_after_one_that_failed(monkeypatch: pytest.MonkeyPatch) -> None:
    """Columns that were made in a transaction that was taken back are not believed in."""
    store = stored([GOOD])

    def fail(*_: object) -> None:
        raise duckdb.IOException("disk full")

    with monkeypatch.context() as patched:
        patched.setattr(append_module, "_ledger_row", fail)
        for name in ("one", "two", "three"):
            with pytest.raises(StoreError):
                store.append(
                    [batch([{"ts": at(1), "model": name, "features": {name: 1}, "tags": {name: "t"}}], 1)]
                )
    store.append([batch([{"ts": at(1), "model": "three", "features": {"two": 2}, "tags": {"one": "1"}}], 1)])
    request = store.request(RowId(1, 0))
    assert (request.features, request.tags) == ({"two": 2.0}, {"one": "1"})


def test_a_batch_that_cannot_be_a_frame_is_refused_whole() -> None:
    """Half of a surrogate pair cannot come from the parser; should it, nothing hangs half-done."""
    store = stored([GOOD])
    before = contents(store)
    block = batch([GOOD], 1)
    broken = replace(block, models=[replace(block.models[0], model="\ud800")])
    with pytest.raises((StoreError, UnicodeEncodeError)):
        store.append([broken])
    assert contents(store) == before
    store.append([block])
    assert store.counts().rows == 2


def test_marks_are_those_of_the_last_append_after_reopening(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    store = stored(path=path)
    first = batch([GOOD, BAD, b""], 3, path="/logs/a")
    second = batch([GOOD], 3, path="/logs/a.1", start_offset=first.next_offset)
    identity = replace(second.identity, head_hash="beef", head_length=12, device=2**64 - 1, inode=2**63)
    second = replace(second, identity=identity)
    other = batch([BAD], 7, path="/logs/b")
    for block in (first, second, other):
        store.append([block])
    marks = store.marks()
    assert [(m.source_id, m.path, m.next_offset) for m in marks] == [
        (3, "/logs/a.1", second.next_offset),
        (7, "/logs/b", other.next_offset),
    ]
    assert marks[0].identity == identity
    assert (marks[0].lines, marks[0].rows, marks[0].rejects, marks[0].blanks) == (4, 2, 1, 1)
    before = contents(store)
    store.close()
    for _ in range(3):
        store = stored(path=path)
        assert store.marks() == marks
        assert contents(store) == before
        store.close()


def test_each_time_it_is_opened_the_ledger_is_one_row_a_source(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    store = stored(path=path)
    start = 0
    for _ in range(20):
        block = batch([GOOD], start_offset=start)
        start = block.next_offset
        store.append([block])
    store.close()
    stored(path=path).close()
    with duckdb.connect(str(path)) as connection:
        assert connection.execute("select count(*), sum(rows) from ledger").fetchall() == [(1, 20)]


LINES = st.lists(
    st.sampled_from([GOOD, {"model": "churn", "ts": 0}, BAD, b"", b" \t", b"[]", b"{}", b'{"ts": "x"}']),
    max_size=6,
)


@settings(max_examples=15, deadline=None)
@given(st.lists(st.lists(st.tuples(st.integers(0, 2), LINES), max_size=3), max_size=5))
def test_lines_are_rows_and_rejects_and_blanks(appends: list[list[tuple[int, list[Line]]]]) -> None:
    """However lines are cut into batches and batches into appends, for each source, always."""
    store = stored()
    offsets = {0: 0, 1: 0, 2: 0}
    expected = {source: [0, 0, 0, 0] for source in offsets}
    for blocks in appends:
        batches: list[Batch] = []
        for source, lines in blocks:
            block = batch(lines, source, start_offset=offsets[source])
            offsets[source] = block.next_offset
            batches.append(block)
            kinds = [_kind(line) for line in lines]
            for place, kind in enumerate(("row", "reject", "blank"), start=1):
                expected[source][place] += kinds.count(kind)
            expected[source][0] += len(lines)
        store.append(batches)
        for mark in store.marks():
            assert mark.lines == mark.rows + mark.rejects + mark.blanks
            assert [mark.lines, mark.rows, mark.rejects, mark.blanks] == expected[mark.source_id]
            assert mark.next_offset == offsets[mark.source_id]
    assert store.counts().rows == sum(rows for _, rows, _, _ in expected.values())
    assert store.counts().rejects == sum(rejects for _, _, rejects, _ in expected.values())
    seen = store.frame(QueryCall("predictions_recent", {"until": NOW}))
    assert seen.height == store.counts().rows
    store.close()


def _kind(line: Line) -> str:
    if not isinstance(line, bytes):
        return "row"
    return "reject" if line.strip() else "blank"


def test_rejects_keep_their_bytes_whatever_these_are() -> None:
    lines: Sequence[bytes] = [b"\xff\x00\xfe", b"x" * (REJECT_BYTES + 10), b"\x1b[2J[red]", "é".encode()]
    store = stored(lines)
    found = store.table(QueryCall("rejects_recent")).rows
    assert [(row[2], row[4]) for row in found] == [
        (REJECT_BYTES + 25, 2),
        (REJECT_BYTES + 15, 9),
        (4, REJECT_BYTES + 10),
        (0, 3),
    ]
    assert [row[5] for row in found] == ["é", "\x1b[2J[red]", "x" * REJECT_BYTES, "\\xFF\\x00\\xFE"]


def test_a_reason_may_be_any_text() -> None:
    block = replace(batch([]), rejects=[Reject(0, "'; drop\0\n", b"", 0)], lines=1)
    store = stored()
    store.append([block])
    assert store.table(QueryCall("rejects_recent")).rows[0][3] == "'; drop\0\n"


def test_after_close_an_append_is_refused(tmp_path: Path) -> None:
    store = stored(path=tmp_path / "cache.duckdb")
    store.close()
    with pytest.raises(StoreError, match="the store is closed"):
        store.append([batch([GOOD])])
    with pytest.raises(StoreError):
        store.checkpoint()
    store.close()


def test_times_are_exact_to_the_microsecond_over_all_years() -> None:
    records = [
        {"ts": ts, "model": "m"} for ts in ("1970-01-01T00:00:00.000001Z", "2262-12-31T23:59:59.999999Z")
    ]
    store = Store(":memory:", catalog(), clock=lambda: NOON.replace(year=2300))
    store.append([batch(records)])
    counts = store.counts()
    assert counts.first_ts is not None and counts.first_ts.isoformat() == "1970-01-01T00:00:00.000001+00:00"
    assert counts.newest_ts is not None and counts.newest_ts.isoformat() == "2262-12-31T23:59:59.999999+00:00"
    assert (
        store.request(RowId(0, len(b'{"ts":"1970-01-01T00:00:00.000001Z","model":"m"}') + 1)).ts
        == counts.newest_ts
    )


def test_rows_of_the_future_are_stored_but_are_not_the_newest() -> None:
    store = stored([GOOD, {"ts": "2090-01-01", "model": "fraud"}])
    assert store.counts().rows == 2
    assert store.counts().newest_ts == NOON


def test_the_newest_row_lies_before_newest() -> None:
    """So that a window which ends there, as windows do by default, has it."""
    store = stored([GOOD])
    assert store.newest() > NOON
    assert [row[1] for row in store.table(QueryCall("traffic_by_step")).rows] == [1]
