"""Truths that come late: joined whichever comes first, counted like any line, kept whatever happens."""

from __future__ import annotations

import os
from collections.abc import Iterable, Mapping, Sequence
from datetime import datetime, timedelta
from pathlib import Path

import duckdb
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.ingest.again import parse_again
from console.ingest.formats import NATIVE
from console.model import Limits
from console.store import Retried, Store, truths
from tests.forked import forked
from tests.support import NOON, NOW, Line, at, batch, catalog, stored

Truth = tuple[str, str, float | None]
"""Request id, truth, minutes after noon when it was known."""


def prediction(request_id: str, minutes: float = 0, **more: object) -> Line:
    return {"ts": at(minutes), "request_id": request_id, "model": "m", "prediction": "a", **more}


def truth(request_id: str, value: object, minutes: float | None = None) -> Line:
    told: dict[str, object] = {"request_id": request_id, "truth": value}
    return told if minutes is None else {**told, "ts": at(minutes)}


class Feed:
    """Appends lines to sources, each behind what it has already."""

    def __init__(self, store: Store) -> None:
        self.store = store
        self._ends: dict[int, int] = {}

    def put(self, source_id: int, *lines: Line, arrival: datetime = NOON) -> None:
        made = batch(
            lines,
            source_id,
            path=f"/logs/{source_id}",
            start_offset=self._ends.get(source_id, 0),
            arrival=arrival,
        )
        self._ends[source_id] = made.next_offset
        self.store.append([made])


def join(store: Store) -> int:
    """All that has come is joined; in how many further steps."""
    steps = 0
    while (joined := store.join_truths()) is not None and joined.has_more:
        steps += 1
        assert steps < 100, "it never ends"
    return steps


def told(store: Store) -> dict[str, tuple[str | None, str | None]]:
    """Request id -> truth and where it is from; of several rows that must be the same."""
    rows = store.sql("select request_id, truth, truth_origin from predictions", limit=10_000).rows
    found: dict[str, tuple[str | None, str | None]] = {}
    for request_id, value, origin in rows:
        pair = (value, origin)
        assert found.setdefault(str(request_id), pair) == pair  # type: ignore[arg-type]
    return found


def holds(store: Store) -> None:
    assert all(found.holds for found in store.audit())


@pytest.mark.parametrize("truth_first", [True, False])
def test_a_truth_is_joined_whether_it_comes_before_or_after_its_prediction(truth_first: bool) -> None:
    store = stored()
    feed = Feed(store)
    acts = [(1, prediction("r1")), (2, truth("r1", "b", 5))]
    for source_id, line in acts[::-1] if truth_first else acts:
        feed.put(source_id, line)
        join(store)
    assert told(store) == {"r1": ("b", "late")}
    (row,) = store.sql("select truth_at, ts from predictions", limit=9).rows
    assert row == (NOON + timedelta(minutes=5), NOON)
    holds(store)
    store.close()


def test_truths_that_never_find_a_prediction_are_kept_and_counted() -> None:
    store = stored()
    feed = Feed(store)
    feed.put(2, truth("gone", "x"), truth("gone", "y"), b"bad", b"")
    feed.put(1, prediction("r1"))
    join(store)
    assert told(store) == {"r1": (None, None)}
    [_, found] = store.audit()
    assert (found.lines, found.rows, found.rejects, found.blanks) == (4, 2, 1, 1)
    assert (found.truths, found.matched, found.stored_rows) == (2, 0, 2)
    assert store.counts().rows == 1, "a truth is no prediction"
    holds(store)
    store.close()


def test_the_newest_truth_counts_by_when_it_was_known_and_then_by_where_it_stands() -> None:
    store = stored()
    feed = Feed(store)
    feed.put(1, prediction("r1"), prediction("r2"), prediction("r3"))
    feed.put(2, truth("r1", "new", 9), truth("r2", "one", 3), truth("r2", "two", 3), truth("r3", "said", -5))
    join(store)
    feed.put(2, truth("r1", "old", 2), truth("r3", "arrived"))
    join(store)
    assert told(store) == {"r1": ("new", "late"), "r2": ("two", "late"), "r3": ("arrived", "late")}
    facts = store.truth_facts()
    assert (facts.truths, facts.matched, facts.contradicted) == (6, 6, 3)
    assert (facts.predictions, facts.late, facts.logged, facts.share) == (3, 3, 0, 1.0)
    assert facts.median_delay_seconds == 180.0
    store.close()


def test_a_late_truth_corrects_one_that_stood_in_the_line() -> None:
    store = stored()
    feed = Feed(store)
    feed.put(1, prediction("r1", truth="a"), prediction("r2", truth="a"))
    feed.put(2, truth("r1", "b"))
    join(store)
    assert told(store) == {"r1": ("b", "late"), "r2": ("a", "logged")}
    facts = store.truth_facts()
    assert (facts.logged, facts.late) == (1, 1)
    store.close()


def test_every_prediction_with_the_id_has_the_truth_of_whatever_model_and_whenever_it_comes() -> None:
    store = stored()
    feed = Feed(store)
    feed.put(1, prediction("r1"), prediction("r1", 1, model="other"))
    feed.put(2, truth("r1", "b"))
    join(store)
    feed.put(3, prediction("r1", 2, model="third"))
    join(store)
    assert store.sql("select count(*) from predictions where truth = 'b'", limit=1).rows == ((3,),)
    store.close()


def test_few_truths_at_once_come_to_the_same(monkeypatch: pytest.MonkeyPatch) -> None:
    store = stored()
    feed = Feed(store)
    feed.put(1, *(prediction(f"r{n}", n) for n in range(20)))
    feed.put(2, *(truth(f"r{n % 20}", f"t{n}", n) for n in range(60)))
    plain = truths.join
    monkeypatch.setattr(truths, "join", lambda cursor, columns: plain(cursor, columns, most=7))
    assert join(store) > 1
    assert told(store) == {f"r{n}": (f"t{40 + n}", "late") for n in range(20)}
    feed.put(1, *(prediction(f"r{n}", n, model="later") for n in range(20)))
    assert join(store) > 1
    assert told(store) == {f"r{n}": (f"t{40 + n}", "late") for n in range(20)}
    assert store.truth_facts().late == 40
    store.close()


IDS = st.sampled_from(["a", "b", "c", "'", "é"])


@settings(max_examples=15, deadline=None)
@given(
    predictions=st.lists(IDS, max_size=6),
    late=st.lists(st.tuples(IDS, st.sampled_from(["x", "y", "1"]), st.integers(0, 3)), max_size=6),
    data=st.data(),
)
def test_any_interleaving_over_files_gives_the_same(
    predictions: list[str], late: list[tuple[str, str, int]], data: st.DataObject
) -> None:
    """Each line goes to its own file, in its own order; when which is read, and joined, is drawn."""
    acts: list[tuple[int, Line]] = [(1 + n % 2, prediction(i, n)) for n, i in enumerate(predictions)]
    acts += [(3 + n % 2, truth(i, value, minutes)) for n, (i, value, minutes) in enumerate(late)]
    pending = {s: [line for source, line in acts if source == s] for s in range(1, 5)}
    store = stored()
    feed = Feed(store)
    while any(pending.values()):
        source_id = data.draw(st.sampled_from([s for s, lines in pending.items() if lines]))
        feed.put(source_id, pending[source_id].pop(0))
        if data.draw(st.booleans()):
            join(store)
    join(store)
    places = {(n, i): (minutes, 3 + n % 2, n // 2) for n, (i, _, minutes) in enumerate(late)}
    expected: dict[str, tuple[str | None, str | None]] = {}
    for wanted in set(predictions):
        mine = [(places[n, i], value) for n, (i, value, _) in enumerate(late) if i == wanted]
        expected[wanted] = (max(mine)[1], "late") if mine else (None, None)
    assert told(store) == expected
    matched = sum(i in predictions for i, _, _ in late)
    assert store.truth_facts().matched == matched
    holds(store)
    store.close()


def test_who_counts_by_time_is_told_from_when_on_truths_have_changed() -> None:
    store = stored()
    feed = Feed(store)
    feed.put(1, *(prediction(f"r{n}", n) for n in range(10)))
    join(store)
    assert store.truths_changed_since(0) == (0, None)
    for request_id in ("r7", "r3", "r5"):
        feed.put(2, truth(request_id, "x"))
        join(store)
    feed.put(2, truth("r5", "x", 0))
    join(store)
    newest, earliest = store.truths_changed_since(0)
    assert (newest, earliest) == (3, NOON + timedelta(minutes=3))
    assert store.truths_changed_since(1)[1] == NOON + timedelta(minutes=3)
    assert store.truths_changed_since(2)[1] == NOON + timedelta(minutes=5)
    assert store.truths_changed_since(3)[1] is None
    store.close()


def test_what_was_not_joined_is_when_the_file_is_opened_again(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    store = stored(path=path)
    feed = Feed(store)
    feed.put(2, truth("r1", "x"), truth("r2", "y"))
    feed.put(1, prediction("r1"))
    join(store)
    feed.put(1, prediction("r2"))
    feed.put(2, truth("r1", "z", 3))
    store.close()
    again = stored(path=path)
    join(again)
    assert told(again) == {"r1": ("z", "late"), "r2": ("y", "late")}
    assert [mark.truths for mark in again.marks()] == [0, 3]
    again.close()


class Dies:
    """Stands for the writer's cursor, and ends the process before it executes one more statement."""

    def __init__(self, cursor: duckdb.DuckDBPyConnection, left: int) -> None:
        self.cursor, self.left = cursor, left

    def execute(self, *given: object) -> object:
        if not self.left:
            os._exit(9)
        self.left -= 1
        return self.cursor.execute(*given)  # type: ignore[arg-type]

    def __getattr__(self, name: str) -> object:
        return getattr(self.cursor, name)


def join_and_die(path: Path, statement: int) -> None:
    store = stored(path=path)
    feed = Feed(store)
    feed.put(1, prediction("r1"), prediction("r2"))
    feed.put(2, truth("r1", "x"), truth("r2", "y"))
    store._connections.writer = Dies(store._connections.writer, statement)  # type: ignore[assignment]
    store.join_truths()


@pytest.mark.parametrize("statement", [2, 10])
def test_a_kill_while_truths_are_joined_loses_none(tmp_path: Path, statement: int) -> None:
    path = tmp_path / "cache.duckdb"
    with forked(join_and_die, path, statement) as process:
        assert process.rest() == []
        assert process.code == 9
    store = stored(path=path)
    assert told(store) == {"r1": (None, None), "r2": (None, None)}
    join(store)
    assert told(store) == {"r1": ("x", "late"), "r2": ("y", "late")}
    holds(store)
    store.close()


def test_old_truths_leave_with_old_predictions_and_are_counted() -> None:
    limits = Limits(keep=timedelta(days=1))
    store = Store(":memory:", catalog(), clock=lambda: NOW, limits=limits)
    feed = Feed(store)
    feed.put(1, prediction("r1", -3000), prediction("r2", 0))
    feed.put(2, truth("r1", "x", -2900), truth("r2", "y", 10), truth("r3", "z"))
    join(store)
    while store.expire():
        pass
    assert told(store) == {"r2": ("y", "late")}
    assert {found.source_id: found.expired_rows for found in store.audit()} == {1: 1, 2: 1}
    assert store.truth_facts().truths == 2
    assert store.counts().rows == 1
    holds(store)
    store.close()


def test_a_backlog_does_not_leave_because_its_truths_are_read_now() -> None:
    limits = Limits(keep=timedelta(days=7))
    store = Store(":memory:", catalog(), clock=lambda: NOW + timedelta(days=300), limits=limits)
    feed = Feed(store)
    feed.put(1, prediction("r1"))
    feed.put(2, truth("r1", "x"), arrival=NOW + timedelta(days=300))
    join(store)
    assert not store.expire()
    assert told(store) == {"r1": ("x", "late")}
    store.close()


def test_a_reject_that_becomes_a_row_has_the_truth_that_waits_for_it() -> None:
    store = stored()
    feed = Feed(store)
    feed.put(1, b'{"ts":"never","request_id":"r1","model":"m","prediction":"a"}', prediction("r2"))
    feed.put(2, truth("r1", "x"))
    join(store)
    (reject,) = store.rejects()
    mark = next(mark for mark in store.marks() if mark.source_id == 1)
    mended = reject.line.replace(b'"never"', b"1793620800")
    assert store.store_retried(Retried((reject,), parse_again([(reject, mended)], mark, NATIVE))) == 1
    join(store)
    assert told(store) == {"r1": ("x", "late"), "r2": (None, None)}
    holds(store)
    store.close()


def test_a_file_of_the_version_before_gets_what_it_lacks(tmp_path: Path) -> None:
    path = tmp_path / "cache.duckdb"
    store = stored([prediction("r1", features={"truth_at": 1.5})], path=path, source_id=1)
    store.close()
    with duckdb.connect(str(path)) as connection:
        _made_version_4(connection)
    again = stored(path=path)
    Feed(again).put(2, truth("r1", "x"))
    join(again)
    assert told(again) == {"r1": ("x", "late")}
    assert again.sql("select truth_at_number from predictions", limit=1).rows == ((1.5,),)
    holds(again)
    again.close()


def _made_version_4(connection: duckdb.DuckDBPyConnection) -> None:
    """As a file was before there were truths that come late."""
    views = "select view_name from duckdb_views() where not internal"
    for (name,) in connection.execute(views).fetchall():
        connection.execute(f"drop view {name}")
    for statement in (
        "drop table late_truths",
        "drop table joined",
        "alter table ledger drop column truths",
        "alter table p_0 drop column truth_at",
        "update feature_columns set view_name = 'truth_at' where name = 'truth_at'",
        "update meta set value = '4' where key = 'schema_version'",
    ):
        connection.execute(statement)


def test_values_from_a_log_are_never_more_than_values() -> None:
    hostile = "'); drop table late_truths; --"
    store = stored()
    feed = Feed(store)
    feed.put(1, prediction(hostile))
    feed.put(2, truth(hostile, "\x1b[2J[/x]" * 1000))
    join(store)
    assert told(store) == {hostile: ("\x1b[2J[/x]" * 1000, "late")}
    store.close()


def rows_with(store: Store, filter_sql: str) -> Sequence[Iterable[object]]:
    return store.sql(f"select request_id from predictions where {filter_sql}", limit=10).rows


def test_where_a_truth_is_from_can_be_asked_for() -> None:
    store = stored()
    feed = Feed(store)
    feed.put(1, prediction("r1", truth="a"), prediction("r2"), prediction("r3"))
    feed.put(2, truth("r2", "b"))
    join(store)
    assert rows_with(store, "truth_origin = 'late'") == (("r2",),)
    assert store.values("truth_origin", "") == ("late", "logged")
    assert {info.name for info in store.fields()} >= {"truth_origin", "truth_at"}
    found: Mapping[str, object] = store.request(_row(store, "r2")).fields
    assert (found["truth_origin"], found["truth_at"]) == ("late", NOON)
    store.close()


def _row(store: Store, key: str):  # type: ignore[no-untyped-def]
    found = store.find(key=key, origin="")
    assert found is not None
    return found
