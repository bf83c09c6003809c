"""What is read of a backlog while a batch before it is being stored."""

from __future__ import annotations

import gzip
import os
from collections.abc import Iterator
from datetime import UTC, datetime
from itertools import accumulate
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.ingest import Intake
from console.ingest.intake import POLL_BYTES
from console.model import Batch

LINES = 3_000
GROUP = 250
STEP = 8 * 2**10
NOW = datetime(2026, 11, 2, tzinfo=UTC)


def line(number: int) -> bytes:
    if number % 97 == 0:
        return b"no JSON\n"
    return b'{"ts":"2026-11-02T00:00:00Z","request_id":"%d","model":"m","score":0.5}\n' % number


BEGINNINGS = list(accumulate((len(line(number)) for number in range(LINES - 1)), initial=0))
"""Of every line of the log, its offset."""


@pytest.fixture(scope="module")
def log(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("logs") / "a.log"
    path.write_bytes(b"".join(map(line, range(LINES))))
    return path


@pytest.fixture(scope="module", autouse=True)
def small_steps() -> Iterator[None]:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr("console.ingest.parse.LEAST_BYTES", 1)
        patch.setattr("console.ingest.content._LAST_BYTES", STEP // 8)
        patch.setattr("console.ingest.intake.FIRST_READ", STEP)
        patch.setattr("console.ingest.intake.BATCH_LINES", 2 * GROUP)
        patch.setattr("console.ingest.intake.FIRST_POLL", 2 * STEP)
        patch.setattr("console.ingest.intake._LEAST_BLOCK", 1)
        patch.setattr("console.ingest.batching.SMALL_READ", STEP)
        patch.setattr("console.ingest.batching._STEP_BYTES", STEP)
        patch.setattr("console.ingest.batching._SHORT_STEP_BYTES", STEP)
        patch.setattr("console.ingest.batching.GROUP_LINES", GROUP)
        patch.setattr("console.ingest.batching.BATCH_LINES", 2 * GROUP)
        patch.setattr("console.ingest.batching.BEGUN_BYTES", 2 * STEP)
        yield


def opened(log: Path, block_bytes: int = POLL_BYTES) -> Intake:
    return Intake([str(log)], [], clock=lambda: NOW, monotonic=lambda: 1000.0, block_bytes=block_bytes)


def offsets(batch: Batch) -> list[int]:
    """Of every line of the batch."""
    parts = [rows.lines for rows in batch.clean]
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
    assert read == BEGINNINGS
    intake.close()


COUNTS = {"a": 1_150, "b": 3, "c": 260, "d": 500, "e": 77, "f": 1, "g": 640}


@pytest.fixture(scope="module")
def many(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Files of some lines, each younger than the one before it; the last line of one has no newline yet."""
    folder = tmp_path_factory.mktemp("many")
    for age, (name, count) in enumerate(COUNTS.items()):
        path = folder / f"{name}.log"
        path.write_bytes(b"".join(map(line, range(count))) + b'{"half' * (name == "e"))
        os.utime(path, (1000 + age, 1000 + age))
    return folder


@settings(max_examples=25, deadline=None)
@given(
    calls=st.lists(st.integers(0, 9), min_size=1, max_size=6),
    fails=st.lists(st.sampled_from(["no", "refused", "for want of memory"]), max_size=8),
)
def test_every_line_of_many_files_comes_once_however_much_is_read_ahead(
    many: Path, calls: list[int], fails: list[str]
) -> None:
    intake, read, turn = opened(many), dict[str, list[int]](), 0
    while not intake.caught_up():
        batches = intake.poll()
        for _ in range(calls[turn % len(calls)]):
            intake.read_ahead()
        turn += 1
        if turn <= len(fails) and fails[turn - 1] != "no":
            if fails[turn - 1] != "refused":
                intake.read_less()
            continue
        for batch in batches:
            assert batch.lines == len(offsets(batch))
            read.setdefault(Path(batch.path).stem, []).extend(offsets(batch))
        intake.committed(batches)
    assert read == {name: BEGINNINGS[:count] for name, count in COUNTS.items()}
    intake.close()


def test_files_fill_whole_groups_together_once_there_is_a_row_of_the_newest(
    many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.ingest.batching.SMALL_READ", 32 * 2**10)
    intake, sizes, names = opened(many), list[int](), list[list[str]]()
    while not intake.caught_up():
        batches = intake.poll()
        while intake.read_ahead():
            pass
        sizes.append(sum(batch.lines for batch in batches))
        names.append(sorted((Path(batch.path).stem for batch in batches if batch.lines), reverse=True))
        intake.committed(batches)
    assert "g" in names[0]
    assert sizes[0] < GROUP
    assert sizes[1:3] == [2 * GROUP] * 2
    assert list(dict.fromkeys(name for some in names for name in some)) == list("gfedcba")
    intake.close()


def test_no_more_is_read_ahead_than_one_poll_of_what_the_store_refuses(many: Path) -> None:
    intake = opened(many)
    intake.committed(intake.poll())
    for _ in range(10):
        batches = intake.poll()
        while intake.read_ahead():
            pass
    assert 2 * GROUP < sum(batch.lines for batch in batches) <= 4 * GROUP
    intake.close()


def test_a_followed_file_has_room_beside_what_was_read_ahead(
    tmp_path: Path, many: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.ingest.intake.POLL_BYTES", 3 * STEP)
    now = [1000.0]
    followed = tmp_path / "followed.log"
    followed.write_bytes(line(1))
    intake = Intake(
        [str(followed), str(tmp_path / "late" / "*.log")], [], clock=lambda: NOW, monotonic=lambda: now[0]
    )
    while not intake.caught_up():
        intake.committed(intake.poll())
    (tmp_path / "late").symlink_to(many)
    now[0] += 10
    for _ in range(4):
        intake.committed(intake.poll())
        while intake.read_ahead():
            pass
    with followed.open("ab") as file:
        file.write(line(2))
    batches = {Path(batch.path).stem: batch for batch in intake.poll()}
    assert batches["followed"].lines == 1
    assert len(batches) > 1
    intake.close()


def test_batches_are_of_whole_groups_and_the_odd_one_comes_first(log: Path) -> None:
    intake, sizes, further = opened(log), list[int](), list[int]()
    while not intake.caught_up():
        batches = intake.poll()
        calls = 1
        while intake.read_ahead():
            calls += 1
        further.append(calls - 1)
        sizes += [batch.lines for batch in batches]
        intake.committed(batches)
    assert sizes[1:-1] == [GROUP, *[2 * GROUP] * 5]  # 11 whole groups; of the last one thread writes a part
    assert max(further) == 3  # the next batch, and two steps of what is behind it
    intake.close()


def wide_line(number: int) -> bytes:
    """So many features of its own that only some such lines go into one batch."""
    features = ",".join(f'"f{number}_{place}":1' for place in range(500))
    return b'{"request_id":"%d","model":"m","features":{%s}}\n' % (number, features.encode())


@pytest.mark.parametrize(
    ("lines", "block_bytes"),
    [
        (b"".join(map(line, range(LINES))), STEP),
        (b"".join(map(line, range(LINES))), 2**22),
        (b"".join(map(wide_line, range(120))), 2**22),
    ],
    ids=["as it is read", "at once", "in two batches"],
)
def test_an_archive_is_told_to_be_whole_with_its_last_line_and_no_sooner(
    tmp_path: Path, lines: bytes, block_bytes: int
) -> None:
    lines += b"\n" * (-len(lines) % STEP)  # so that the end is seen by a read that gives nothing
    archive = tmp_path / "a.log.gz"
    archive.write_bytes(gzip.compress(lines))
    intake, told = opened(archive, block_bytes), list[tuple[int, int]]()
    while not intake.caught_up():
        batches = intake.poll()
        intake.read_ahead()
        intake.committed(batches)
        told += [(batch.next_offset, batch.identity.end_size) for batch in batches]
    assert all(size == -1 for at, size in told if at < len(lines))
    assert told[-1] == (len(lines), archive.stat().st_size)
    intake.close()
