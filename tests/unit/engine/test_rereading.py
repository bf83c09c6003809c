"""Rejects are tried again with the mapping that is in force, and the ledger adds up at every moment."""

from __future__ import annotations

import json
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import settings as tried
from hypothesis import strategies as st

from console.canned import load_catalog
from console.engine import Settings
from console.engine.headless import Headless
from console.engine.rereading import retry_rejects
from console.errors import StoreError
from console.ingest import ALL_NATIVE, always, choosing
from console.ingest.mapped import MappedFormat
from console.model import REJECT_BYTES, Configuration, Meaning, QueryCall, SourceRule
from console.store import Retried, Store
from tests.support import NOW, batch
from tests.unit.engine.logs import clock, write

FOREIGN = b'{"when":"2026-11-02T06:00:00","inner":{"verdict":"x"},"amount":%d}\n'
PLAIN = Configuration()
MENDED = Configuration(
    sources=(
        SourceRule(
            ("*.jsonl",),
            Meaning(
                fields={"ts": (("when",),), "prediction": (("inner", "verdict"),)},
                features=(("amount",), ("padding",)),
                zone="Europe/Berlin",
            ),
        ),
    )
)
LINES = st.lists(
    st.sampled_from(
        [
            b'{"ts":1793620800,"score":1}',
            b'{"timestamp":1793620800,"pred":1}',
            b'{"timestamp":"x","pred":1}',
            b"bad",
            b"",
            b"[1]",
        ]
    ),
    max_size=12,
)


def run(log: Path, configuration: Configuration = PLAIN, *, retry: bool = False) -> tuple[int, int]:
    given = Settings((str(log),), database=str(log.parent / "cache.duckdb"), configuration=configuration)
    with Headless(given, clock=clock) as parts:
        parts.collector.drain()
        moved = parts.retry_rejects() if retry else (0, 0)
        assert all(audit.holds for audit in parts.store.audit())
        # The intake goes on counting from what was moved.
        write(log, [FOREIGN % 99])
        parts.collector.drain()
        assert all(audit.holds for audit in parts.store.audit())
        (status,) = parts.collector.statuses
        (mark,) = parts.store.marks()
        assert (status.rows, status.rejects) == (mark.rows, mark.rejects)
        return moved


def test_after_the_mapping_is_mended_rejects_become_rows(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [FOREIGN % 1, b"bad\n", FOREIGN % 2])
    run(log)
    assert run(log, MENDED, retry=True) == (4, 3)
    assert run(log, MENDED, retry=True) == (1, 0)
    store = Store(str(tmp_path / "cache.duckdb"), load_catalog(), clock=clock)
    frame = store.frame(QueryCall("predictions_recent", {"row_limit": 100}))
    assert frame["prediction"].to_list() == ["x"] * 5
    assert {ts.hour for ts in frame["ts"].to_list()} == {5}
    assert [row.line for row in store.rejects()] == [b"bad"]
    store.close()


@pytest.mark.parametrize("renamed", [False, True])
def test_a_line_of_which_only_the_beginning_was_kept_is_read_again_from_its_file(
    tmp_path: Path, renamed: bool
) -> None:
    long = json.dumps({"when": 1793620800, "inner": {"verdict": "x"}, "padding": "p" * 2 * REJECT_BYTES})
    log = write(tmp_path / "a.jsonl", [FOREIGN % 1, long.encode() + b"\n"])
    with Headless(Settings((str(log),), database=str(tmp_path / "c.duckdb")), clock=clock) as parts:
        parts.collector.drain()
        if renamed:
            log.rename(tmp_path / "b.old")
        assert retry_rejects(parts.store, choosing(MENDED.meaning_of)) == (2, {1: 2})
        texts = parts.store.frame(QueryCall("predictions_recent", {}))
        assert texts.height == 2
        assert all(audit.holds for audit in parts.store.audit())


def test_a_cut_line_whose_file_is_gone_or_another_stays_a_reject(tmp_path: Path) -> None:
    long = json.dumps({"when": 1793620800, "inner": {"verdict": "x"}, "padding": "p" * 2 * REJECT_BYTES})
    log = write(tmp_path / "a.jsonl", [long.encode() + b"\n", FOREIGN % 1])
    with Headless(Settings((str(log),), database=str(tmp_path / "c.duckdb")), clock=clock) as parts:
        parts.collector.drain()
        log.unlink()
        write(log, [FOREIGN % 7] * 3000)
        assert retry_rejects(parts.store, choosing(MENDED.meaning_of)) == (1, {1: 1})
        (left,) = parts.store.rejects()
        assert (left.offset, left.length) == (0, len(long))
        assert all(audit.holds for audit in parts.store.audit())


def test_a_cut_line_that_was_overwritten_in_place_is_not_taken_for_the_other(tmp_path: Path) -> None:
    long = json.dumps({"when": 1793620800, "inner": {"verdict": "x"}, "padding": "p" * 2 * REJECT_BYTES})
    log = write(tmp_path / "a.jsonl", [b'{"ts":1,"score":1}\n' * 100, long.encode() + b"\n"])
    with Headless(Settings((str(log),), database=":memory:"), clock=clock) as parts:
        parts.collector.drain()
        with log.open("r+b") as file:
            file.seek(1900)
            file.write(long.replace('"x"', '"y"').encode())
        assert retry_rejects(parts.store, choosing(MENDED.meaning_of)) == (0, {})
        assert parts.store.counts().rejects == 1


@given(blocks=st.lists(LINES, max_size=3))
@tried(deadline=None, max_examples=25)
def test_whatever_is_retried_the_equation_holds_and_a_second_time_changes_nothing(
    blocks: list[list[bytes]],
) -> None:
    store = Store(":memory:", load_catalog(), clock=lambda: NOW)
    offset = 0
    for lines in blocks:
        store.append([batch(lines, 1, start_offset=offset)])
        offset += sum(len(line) + 1 for line in lines)
    before = store.counts()
    mendable = sum(line.startswith(b'{"timestamp":1') for lines in blocks for line in lines)
    tried_rows, moved = retry_rejects(store, always(MappedFormat()))
    assert (tried_rows, sum(moved.values())) == (before.rejects, mendable)
    after = store.counts()
    assert (after.rows, after.rejects) == (before.rows + mendable, before.rejects - mendable)
    assert all(audit.holds for audit in store.audit())
    marks = store.marks()
    assert retry_rejects(store, always(MappedFormat())) == (before.rejects - mendable, {})
    assert store.marks() == marks
    store.close()


def test_ended_half_way_it_goes_on_where_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("console.engine.rereading._AT_ONCE", 2)
    log = write(tmp_path / "a.jsonl", [FOREIGN % n for n in range(7)])
    path = str(tmp_path / "cache.duckdb")
    with Headless(Settings((str(log),), database=path), clock=clock) as parts:
        parts.collector.drain()
        whole, calls = parts.store.store_retried, []

        def fails_the_third_time(retried: Retried) -> int:
            calls.append(retried)
            if len(calls) == 3:
                raise StoreError("the disk is full")
            return whole(retried)

        monkeypatch.setattr(parts.store, "store_retried", fails_the_third_time)
        with pytest.raises(StoreError, match="full"):
            retry_rejects(parts.store, choosing(MENDED.meaning_of))
        assert all(audit.holds for audit in parts.store.audit())
    with Headless(Settings((str(log),), database=path), clock=clock) as parts:
        assert parts.store.counts().rows == 4
        assert retry_rejects(parts.store, choosing(MENDED.meaning_of)) == (3, {1: 3})
        assert parts.store.counts().rows == 7
        assert all(audit.holds for audit in parts.store.audit())


def test_with_the_same_mapping_nothing_moves(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", [FOREIGN % 1])
    with Headless(Settings((str(log),), database=":memory:"), clock=clock) as parts:
        parts.collector.drain()
        assert retry_rejects(parts.store, ALL_NATIVE) == (1, {})
