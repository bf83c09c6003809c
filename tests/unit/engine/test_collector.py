"""The collector between real files and a store that is fake, or real in memory."""

from __future__ import annotations

import gzip
import os
import random
import threading
from collections.abc import Iterator, Sequence
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest

from console.canned import load_catalog
from console.engine import collector as module
from console.engine.collector import Collector
from console.errors import MemoryFullError, StoreError
from console.ingest import STANDARD_INPUT, Intake, Waker, arrivals, piped
from console.model import Batch, SourceMark, SourceState
from console.store import Store
from tests.support import row_offsets
from tests.unit.engine.logs import START, clock, line, lines, write

PATIENCE = 30.0
"""Seconds after which a test has failed."""


class FakeStore:
    """Keeps batches; refuses while it is told to."""

    def __init__(self) -> None:
        self.batches: list[Batch] = []
        self.refusals = 0
        self.most_lines = 10**9
        self.leaving = 0
        self.offered: list[Sequence[Batch]] = []
        self.changed = threading.Condition()
        self.before: list[bytes] = []
        """Appended to `path` while a batch is being stored, one at a time."""
        self.path = Path()

    def marks(self) -> tuple[SourceMark, ...]:
        return ()

    def checkpoint(self) -> None:
        """Nothing to fold."""

    def join_truths(self) -> None:
        """Nothing to join."""

    def expire(self) -> bool:
        """Tells whether more must leave; every time that it is asked, one thing less must."""
        self.leaving -= self.leaving > 0
        return self.leaving > 0

    def append(self, batches: Sequence[Batch]) -> None:
        with self.changed:
            self.offered.append(batches)
            self.changed.notify_all()
            if self.before:
                write(self.path, [self.before.pop(0)])
            if self.refusals:
                self.refusals -= 1
                raise StoreError("cache.duckdb: disk full")
            if sum(batch.lines for batch in batches) > self.most_lines:
                raise MemoryFullError("memory full")
            self.batches += batches

    def offsets(self) -> list[int]:
        """Of every row stored, in the order of storing."""
        return [offset for batch in self.batches for offset in row_offsets(batch)]


def collecting(store: FakeStore, *sources: Path) -> Collector:
    return Collector(store, [str(source) for source in sources], clock=clock)  # type: ignore[arg-type]


def offsets_of(path: Path) -> list[int]:
    content = path.read_bytes()
    return [0, *(at + 1 for at, byte in enumerate(content[:-1]) if byte == ord("\n"))]


def test_drain_stores_everything_that_is_there(tmp_path: Path) -> None:
    logs = [write(tmp_path / f"{name}.jsonl", lines(30)) for name in "abc"]
    store = FakeStore()
    collector = collecting(store, tmp_path)
    collector.drain()
    assert sorted(store.offsets()) == sorted(offset for log in logs for offset in offsets_of(log))
    assert [status.state for status in collector.statuses] == [SourceState.FINISHED] * 3
    assert collector.backlog == (0, sum(log.stat().st_size for log in logs))


@pytest.fixture
def small_polls(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.ingest.intake.POLL_BYTES", 64 * 2**10)
    monkeypatch.setattr("console.ingest.intake._LEAST_BLOCK", 64)


def test_what_the_store_has_no_memory_for_is_read_again_in_smaller_parts(
    tmp_path: Path, small_polls: None
) -> None:
    log = write(tmp_path / "a.jsonl", lines(60))
    packed = tmp_path / "b.jsonl.gz"
    packed.write_bytes(gzip.compress(log.read_bytes()[:20_000].rpartition(b"\n")[0] + b"\n"))
    store = FakeStore()
    store.most_lines = 30
    collector = collecting(store, tmp_path)
    collector.step()
    renamed = log.rename(tmp_path / "elsewhere")
    collector.drain()
    stored = [(batch.path, offset) for batch in store.batches for offset in row_offsets(batch)]
    unpacked = write(tmp_path / "unpacked", gzip.decompress(packed.read_bytes()).splitlines(keepends=True))
    wanted = [(str(log), offset) for offset in offsets_of(renamed)]
    wanted += [(str(packed), offset) for offset in offsets_of(unpacked)]
    assert sorted(stored) == sorted(wanted)
    assert collector.problem is None


def test_more_is_read_at_once_again_when_the_store_has_memory(
    tmp_path: Path, small_polls: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.ingest.intake._PATIENCE", 5)
    log = write(tmp_path / "a.jsonl", lines(1))
    store = FakeStore()
    store.most_lines = 10
    collector = collecting(store, log)
    collector.drain()
    store.most_lines = 10**9
    for _ in range(60):
        write(log, lines(1))
        collector.step()
    write(log, lines(10))
    collector.step()
    assert store.batches[-1].lines > 100


def test_drain_takes_an_unfinished_last_line_if_it_is_whole(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [*lines(1), line(99, START).rstrip(b"\n")])
    store = FakeStore()
    collecting(store, log).drain()
    assert len(store.offsets()) == 21


def test_drain_leaves_half_a_line_and_says_so(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [*lines(1), b'{"ts": "2026-11-02T06'])
    store = FakeStore()
    collector = collecting(store, log)
    collector.drain()
    assert len(store.offsets()) == 20
    assert "unfinished" in str(collector.statuses[0].problem)


def test_drain_says_how_far_it_is(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", lines(1))
    told: list[tuple[int, int]] = []
    collecting(FakeStore(), log).drain(lambda left, total: told.append((left, total)))
    assert told[-1] == (0, log.stat().st_size)


def test_drain_ends_though_the_log_goes_on_growing(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", lines(1))
    there = offsets_of(log)
    store = FakeStore()
    store.path, store.before = log, [line(1000 + n, START) for n in range(200)]
    collecting(store, log).drain()
    assert store.before, "it ended only when the writer did"
    stored = store.offsets()
    assert set(there) <= set(stored)
    assert len(stored) == len(set(stored))


def test_drain_ends_where_nothing_can_be_read(tmp_path: Path) -> None:
    collector = collecting(FakeStore(), tmp_path / "missing.jsonl")
    collector.drain()
    assert [status.state for status in collector.statuses] == [SourceState.WAITING]


def test_lines_that_the_store_refused_are_offered_again_unchanged(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", lines(2))
    store = FakeStore()
    store.refusals = 2
    collector = collecting(store, log)
    for _ in range(2):
        with pytest.raises(StoreError):
            collector.step()
        assert collector.problem == "cache.duckdb: disk full"
        assert collector.version == 0
    write(log, lines(1))
    assert collector.step() == 40
    assert collector.problem is None
    collector.drain()
    assert store.offered[0] == store.offered[1] == store.offered[2]
    assert store.offsets() == offsets_of(log)


def test_following_a_store_that_refuses_loses_and_doubles_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.001)
    log = write(tmp_path / "a.jsonl", lines(2))
    store = FakeStore()
    store.refusals = 3
    with Following(collecting(store, log)):
        with store.changed:
            assert store.changed.wait_for(lambda: len(store.offsets()) == 40, PATIENCE)
        write(log, lines(1))
        with store.changed:
            assert store.changed.wait_for(lambda: len(store.offsets()) == 60, PATIENCE)
    assert store.offsets() == offsets_of(log)


class Following:
    """The collector follows while the block runs; its thread has ended afterwards."""

    def __init__(self, collector: Collector) -> None:
        self._collector = collector
        self._stop = threading.Event()
        self._thread = threading.Thread(target=collector.follow, args=(self._stop,))

    def __enter__(self) -> None:
        self._thread.start()

    def __exit__(self, *_: object) -> None:
        self._stop.set()
        self._thread.join(PATIENCE)
        assert not self._thread.is_alive()
        self._collector.close()


def test_a_file_that_comes_later_is_followed(tmp_path: Path) -> None:
    store = FakeStore()
    log = tmp_path / "later.jsonl"
    with Following(collecting(store, log)):
        write(log, lines(1))
        with store.changed:
            assert store.changed.wait_for(lambda: len(store.offsets()) == 20, PATIENCE)


def test_every_transaction_counts_even_one_of_rejects_alone(tmp_path: Path) -> None:
    collector = collecting(FakeStore(), write(tmp_path / "a.jsonl", [b"not json\n"]))
    collector.step()
    assert collector.version == 1
    assert collector.statuses[0].rejects == 1
    assert collector.rows_per_second() == 0.0


def test_rows_a_second_count_what_was_committed(tmp_path: Path) -> None:
    collector = collecting(FakeStore(), write(tmp_path / "a.jsonl", lines(5)))
    collector.step()
    assert collector.rows_per_second() == 100 / module.RATE_SECONDS


@pytest.fixture
def database(tmp_path: Path) -> Iterator[str]:
    yield str(tmp_path / "cache.duckdb")


def test_started_again_it_reads_only_what_is_new(tmp_path: Path, database: str) -> None:
    log = write(tmp_path / "a.jsonl", lines(2))
    for more, versions in ((0, 1), (1, 0), (0, 1)):
        store = Store(database, load_catalog(), clock=clock)
        collector = Collector(store, [str(log)], clock=clock)
        collector.drain()
        assert collector.version == versions
        assert store.counts().rows == len(offsets_of(log))
        collector.close()
        store.close()
        write(log, lines(more))


def test_what_must_leave_the_cache_has_left_when_everything_is_read(tmp_path: Path) -> None:
    store = FakeStore()
    store.leaving = 5
    collector = collecting(store, write(tmp_path / "a.jsonl", lines(1)))
    collector.drain()
    assert store.leaving == 0
    assert collector.version > 1, "the screens are drawn anew"


def has(store: FakeStore, rows: int) -> bool:
    return len(store.offsets()) == rows


def test_a_little_leaves_after_each_transaction_and_none_waits_for_all_of_it(tmp_path: Path) -> None:
    store = FakeStore()
    store.leaving = 10**9
    log = write(tmp_path / "a.jsonl", lines(1))
    with Following(collecting(store, log)):
        for _ in range(3):
            written = len(offsets_of(log))
            with store.changed:
                assert store.changed.wait_for(partial(has, store, written), PATIENCE)
            write(log, lines(1))
    assert 0 < store.leaving < 10**9


def test_what_an_archive_was_read_ahead_counts_in_the_rate(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    monkeypatch.setattr(module, "READ_AHEAD_BYTES", 1)
    monkeypatch.setattr("console.ingest.intake.FIRST_READ", 2**10)
    monkeypatch.setattr("console.ingest.batching.SMALL_READ", 2**10)
    monkeypatch.setattr("console.ingest.batching.LARGE_READ", 2**10)
    log = tmp_path / "a.jsonl.gz"
    scores = random.Random(1)
    texts = (f'{{"request_id":"{number}","score":{scores.random()}}}' for number in range(20_000))
    log.write_bytes(gzip.compress("\n".join(texts).encode()))
    collector = collecting(FakeStore(), log)
    lefts: list[int] = []
    while not lefts or lefts[-1] > log.stat().st_size // 3:
        collector.step()
        lefts.append(collector.backlog[0])
        now[0] += 0.01
    assert len(set(lefts)) > 2
    assert collector.bytes_per_second() == pytest.approx((lefts[0] - lefts[-1]) / (0.01 * len(lefts)))
    collector.drain()


def test_the_first_rows_do_not_wait_for_what_is_read_ahead(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "READ_AHEAD_BYTES", 1)
    monkeypatch.setattr("console.ingest.intake.FIRST_READ", 2**10)
    monkeypatch.setattr("console.ingest.batching.SMALL_READ", 2**10)
    collector = collecting(FakeStore(), write(tmp_path / "a.jsonl", lines(100)))
    whole, ahead = Intake.read_ahead, list[int]()

    def read_ahead(intake: Intake) -> None:
        ahead.append(collector.version)
        whole(intake)

    monkeypatch.setattr(Intake, "read_ahead", read_ahead)
    collector.drain()
    assert ahead[0] == 1


def test_a_backlog_has_a_rate_and_a_time_left_while_it_is_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    monkeypatch.setattr("console.ingest.intake.POLL_BYTES", 64 * 2**10)
    log = write(tmp_path / "a.jsonl", lines(100))
    collector = collecting(FakeStore(), log)
    assert (collector.bytes_per_second(), collector.seconds_left()) == (0.0, None)
    lefts = []
    for _ in range(5):
        collector.step()
        lefts.append(collector.backlog[0])
        now[0] += 2
    read = lefts[0] - lefts[-1]
    assert read > 0
    # Timed from the first commit until now.
    assert collector.bytes_per_second() == pytest.approx(read / 10)
    assert collector.seconds_left() == pytest.approx(lefts[-1] / (read / 10))
    collector.problem = "disk full"
    assert (collector.bytes_per_second(), collector.seconds_left()) == (0.0, None)
    collector.drain()
    assert (collector.bytes_per_second(), collector.seconds_left()) == (0.0, None)


def test_while_nothing_comes_it_is_seldom_told_how_far_the_sources_are(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "TOLD_SECONDS", 1000.0)
    log = write(tmp_path / "a.jsonl", lines(1))
    collector = collecting(FakeStore(), log)
    while collector.step():
        pass
    told = collector.statuses
    collector.step(rests=True)
    assert collector.statuses is told
    with log.open("ab") as file:
        file.write(line(99, START))
    collector.step(rests=True)
    assert collector.statuses[0].rows == told[0].rows + 1
    told = collector.statuses
    collector.retried({collector.statuses[0].source_id: 0})
    collector.step(rests=True)
    assert collector.statuses is not told, "it is told at once what was read again"


def test_who_follows_is_told_once_when_the_store_refuses_and_when_it_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RETRY_SECONDS", 0.001)
    store, stop, told = FakeStore(), threading.Event(), list[str]()
    store.refusals = 2
    collector = collecting(store, write(tmp_path / "a.jsonl", lines(1)))

    def tell(text: str) -> None:
        told.append(text)
        if text == "goes on":
            stop.set()

    collector.follow(stop, tell=tell)
    assert len(told) == 2
    assert "nothing is lost" in told[0]
    assert len(store.offsets()) == 20


def test_what_was_silent_for_long_is_looked_at_less_often_but_for_a_pipe(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    now, stop, waited = [100.0], threading.Event(), list[float]()
    monkeypatch.setattr(module, "monotonic", lambda: now[0])
    collector = collecting(FakeStore(), write(tmp_path / "a.jsonl", lines(1)))

    def wait(waker: Waker, timeout: float) -> bool:
        if timeout:
            waited.append(timeout)
            now[0] += module.CALM_SECONDS
        if len(waited) == 4:
            collector.statuses = (replace(collector.statuses[0], path=STANDARD_INPUT),)
        if len(waited) == 5:
            stop.set()
        return False

    monkeypatch.setattr(Waker, "wait", wait)
    monkeypatch.setattr(module, "TOLD_SECONDS", 1000.0)
    collector.follow(stop)
    calm, else_ = module.CALM_POLL_SECONDS, module.POLL_SECONDS
    assert waited == [else_, else_, calm, calm, else_]


def test_nobody_rests_while_there_is_more_to_compare_of_a_copy(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = write(tmp_path / "a.jsonl", lines(10))
    (tmp_path / "a.jsonl.1.gz").write_bytes(gzip.compress(log.read_bytes()))
    rounds = 8
    monkeypatch.setattr(arrivals, "COMPARED_BYTES", log.stat().st_size // rounds)
    collector, stop, waited = collecting(FakeStore(), tmp_path), threading.Event(), list[float]()

    def wait(waker: Waker, timeout: float) -> bool:
        if timeout:
            waited.append(timeout)
        if timeout == module.POLL_SECONDS or len(waited) > 2 * rounds:
            stop.set()
        return False

    monkeypatch.setattr(Waker, "wait", wait)
    collector.follow(stop)
    collector.close()
    assert collector.caught_up
    assert len(waited) >= rounds - 1
    assert waited == [module.PIPE_SECONDS] * (len(waited) - 1) + [module.POLL_SECONDS]


@pytest.mark.parametrize("beside", [False, True])
def test_to_follow_ends_with_standard_input_where_that_is_all_there_is(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, beside: bool
) -> None:
    reader, writer = os.pipe()
    monkeypatch.setattr(piped, "_where", reader)
    os.write(writer, b"".join(lines(1)).removesuffix(b"\n"))
    store, stop = FakeStore(), threading.Event()
    others = [write(tmp_path / "a.jsonl", lines(1))] if beside else []
    collector = collecting(store, Path(STANDARD_INPUT), *others)
    waits = 0

    def wait(waker: Waker, timeout: float) -> bool:
        nonlocal waits
        waits += 1
        if waits == 5:
            os.close(writer)
        if waits == 10:
            stop.set()
        return False

    monkeypatch.setattr(Waker, "wait", wait)
    collector.follow(stop, may_end=True)
    collector.close()
    os.close(reader)
    assert stop.is_set() is beside
    assert waits >= 5, "a pipe that rests has not ended"
    assert len(store.offsets()) == 20 * (1 + beside)
