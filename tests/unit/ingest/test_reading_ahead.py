"""What is read of a backlog while a batch before it is being stored."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.ingest import Intake
from console.model import Batch

LINES = 3_000
GROUP = 250
STEP = 8 * 2**10
NOW = datetime(2026, 11, 2, tzinfo=UTC)


def line(number: int) -> bytes:
    if number % 97 == 0:
        return b"no JSON\n"
    return b'{"ts":"2026-11-02T00:00:00Z","request_id":"%d","model":"m","score":0.5}\n' % number


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("logs") / "a.log"
    path.write_bytes(b"".join(map(line, range(LINES))))
    return path


@pytest.fixture(scope="module", autouse=True)
def small_steps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("console.ingest.parse.LEAST_BYTES", 0)
        patch.setattr("console.ingest.batching.SMALL_READ", STEP)
        patch.setattr("console.ingest.batching._STEP_BYTES", STEP)
        patch.setattr("console.ingest.batching.GROUP_LINES", GROUP)
        patch.setattr("console.ingest.batching.BEGUN_BYTES", 2 * STEP)
        yield


def opened(log: Path) -> Intake:
    return Intake([str(log)], [], clock=lambda: NOW, monotonic=lambda: 1000.0)


def offsets(batch: Batch) -> list[int]:
    """Of every line of the batch."""
    parts = [part for rows in batch.clean for part in rows.lines]
    recognised = [offset for part in parts for offset in part["source_offset"]]  # type: ignore[index]
    decoded = [offset for rows in batch.models for offset in rows.fields["source_offset"]]
    return sorted([*recognised, *decoded, *(reject.offset for reject in batch.rejects)])


@settings(max_examples=25, deadline=None)
@given(calls=st.lists(st.integers(0, 5), min_size=1, max_size=6))
def test_every_line_comes_once_however_much_is_read_ahead(log: Path, calls: list[int]) -> None:
    intake, read, turn = opened(log), list[int](), 0
    while not intake.caught_up():
        batches = intake.poll()
        for _ in range(calls[turn % len(calls)]):
            intake.read_ahead()
        for batch in batches:
            assert batch.lines == len(offsets(batch))
            read += offsets(batch)
        intake.committed(batches)
        turn += 1
    lengths = [len(line(number)) for number in range(LINES)]
    assert read == [sum(lengths[:number]) for number in range(LINES)]
    intake.close()


def test_a_batch_that_was_begun_is_as_large_as_any_other(log: Path) -> None:
    intake, sizes, further = opened(log), list[int](), list[int]()
    while not intake.caught_up():
        batches = intake.poll()
        calls = 1
        while intake.read_ahead():
            calls += 1
        further.append(calls - 1)
        sizes += [batch.lines for batch in batches]
        intake.committed(batches)
    assert set(sizes[2:-2]) == {2 * GROUP}
    assert max(further) == 2  # no more than it may
    intake.close()
