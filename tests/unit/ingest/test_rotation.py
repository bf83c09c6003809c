"""Copies, archives and generations: each line once, whichever file it is in."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import shutil
from collections.abc import Callable
from dataclasses import replace
from pathlib import Path

import pytest

from console.ingest import finding, plain, sources, tails
from console.ingest.names import is_generation, is_log, may_hold, may_repeat
from console.model import PASSED_OVER, SourceState
from tests.unit.ingest.test_intake import Reader, append, line

TAI64N = "@400000006b04f0b437e4960c"
"""What multilog and svlogd call a file that was `current`: its time."""


def pack(path: Path, compress: Callable[[bytes], bytes] = gzip.compress, suffix: str = ".gz") -> Path:
    packed = path.with_name(path.name + suffix)
    packed.write_bytes(compress(path.read_bytes()))
    path.unlink()
    return packed


def read_on(reader: Reader, seconds: int = 5) -> list[str]:
    """All that comes within some seconds."""
    return [name for _ in range(seconds) for name in reader.drain()]


@pytest.mark.parametrize(
    ("compress", "suffix"), [(gzip.compress, ".gz"), (bz2.compress, ".bz2"), (lzma.compress, ".xz")]
)
@pytest.mark.parametrize("pattern", ["a.log*", "a.log", "."])
def test_an_archive_goes_on_where_its_file_was_left_while_nobody_read(
    tmp_path: Path, pattern: str, compress: Callable[[bytes], bytes], suffix: str
) -> None:
    log = tmp_path / "a.log"
    append(log, 1, 2)
    reader = Reader(tmp_path / pattern)
    reader.read()
    append(log, 3, raw=b'{"request_id":"last","ts":0}')
    pack(log.rename(tmp_path / "a.log.1"), compress, suffix)
    append(log, 4)
    reader.restart()
    assert sorted(read_on(reader)) == ["3", "4", "last"]
    assert {source for source, _, name in reader.rows if name in ("1", "2", "3", "last")} == {1}
    reader.restart()
    assert read_on(reader) == []


@pytest.mark.parametrize("pattern", ["current", "*"])
def test_a_processor_of_multilog_packs_what_was_current_and_no_line_is_doubled(
    tmp_path: Path, pattern: str
) -> None:
    current, previous, processed = (tmp_path / name for name in ("current", "previous", "processed"))
    append(current, 1)
    reader = Reader(tmp_path / pattern)
    assert reader.drain() == ["1"]
    for follows in (True, False):
        if not follows:
            reader.intake.close()
        append(current, 2 + 2 * follows)
        current.rename(previous)
        append(current, 3 + 2 * follows)
        if follows:
            assert sorted(read_on(reader)) == ["4", "5"]
        processed.write_bytes(gzip.compress(previous.read_bytes()))
        if follows:
            assert read_on(reader) == []
        processed.rename(tmp_path / f"{TAI64N[:-1]}{follows:d}.s")
        previous.unlink()
    reader.start()
    assert sorted(read_on(reader)) == ["2", "3"]


def test_an_archive_is_listed_as_finished_and_not_unpacked_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    append(tmp_path / "a.log", *range(100))
    pack(tmp_path / "a.log")
    reader = Reader(tmp_path)
    assert len(reader.drain()) == 100
    reader.clock.seconds += 10_000
    for _ in range(2):
        assert reader.drain() == []
        (status,) = reader.intake.statuses()
        assert (status.state, status.kind, status.lines) == (SourceState.FINISHED, "gzip", 100)
        reader.restart()


def test_a_broken_archive_gives_its_sound_lines_and_the_rest_once_it_is_mended(tmp_path: Path) -> None:
    archive = tmp_path / "a.log.gz"
    first, second = (b"".join(line(n) for n in range(at, at + 100)) for at in (0, 100))
    archive.write_bytes(gzip.compress(first) + b"this is no gzip member")
    reader = Reader(archive)
    read = reader.drain()
    assert read == [str(n) for n in range(100)]
    (status,) = reader.intake.statuses()
    assert status.state is SourceState.FAILED
    assert "broken" in str(status.problem)
    assert read_on(reader) == []
    archive.write_bytes(gzip.compress(first) + gzip.compress(second))
    read += read_on(reader)
    assert read == [str(n) for n in range(200)]


def test_a_copy_made_before_the_file_was_cut_gives_only_what_was_not_read(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, 2)
    reader = Reader(tmp_path / "a.log*")
    reader.read()
    append(log, 3)
    shutil.copyfile(log, tmp_path / "a.log.1")
    os.truncate(log, 0)
    append(log, 4)
    assert sorted(read_on(reader)) == ["3", "4"]
    offsets = {name: (source, offset) for source, offset, name in reader.rows}
    assert offsets["3"] == (1, 2 * len(line(1)))


def test_a_copy_that_is_seen_before_the_file_is_cut_is_not_read_twice(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, 2)
    reader = Reader(tmp_path)
    reader.read()
    shutil.copyfile(log, tmp_path / "a.log.1")
    append(log, 3)
    assert read_on(reader) == ["3"]
    os.truncate(log, 0)
    append(log, 4)
    assert read_on(reader) == ["4"]


def test_a_link_that_came_after_its_target_has_been_asked_for_before(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    reader = Reader(log)
    assert reader.drain() == []
    for number in range(3):
        target = tmp_path / f"a.log.179548756{number}"
        append(target, number)
        if number == 0:
            assert reader.drain() == ["0"]
            reader.intake.close()
        log.unlink(missing_ok=True)
        log.hardlink_to(target)
    reader.start()
    assert sorted(read_on(reader)) == ["1", "2"]


def test_the_archive_of_a_copy_on_another_device_is_a_copy_as_well(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, far = tmp_path / "logs" / "a.log", tmp_path / "far"
    found_at, hold = sources.found_at, plain.HeldFile.__init__

    def found(name: str, status: os.stat_result) -> sources.Found:
        return replace(found_at(name, status), device=int(Path(name).parent == far))

    def held(self: plain.HeldFile, descriptor: int) -> None:
        hold(self, descriptor)
        self.device = int(self.folder == str(far))

    monkeypatch.setattr(sources, "found_at", found)
    monkeypatch.setattr(plain.HeldFile, "__init__", held)
    for folder in (log.parent, far):
        folder.mkdir()
    append(log, 1, 2)
    reader = Reader(log.parent, far)
    assert reader.drain() == ["1", "2"]
    append(log, 3)
    shutil.copyfile(log, far / "a.log.1")
    os.truncate(log, 0)
    assert read_on(reader) == ["3"]
    append(log, 4)
    pack(far / "a.log.1")
    assert read_on(reader) == ["4"]


def test_a_line_that_was_cut_in_half_is_read_whole_from_the_copy(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, raw=line(2)[:9])
    reader = Reader(log)
    reader.read()
    append(log, raw=line(2)[9:])
    shutil.copyfile(log, tmp_path / "a.log-20261123")
    os.truncate(log, 0)
    assert read_on(reader) == ["2"]
    assert reader.rejects == []


def test_a_short_generation_that_begins_with_the_line_of_all_others_is_read(tmp_path: Path) -> None:
    log, greeting = tmp_path / "a.log", b'{"msg":"service started"}\n'
    log.write_bytes(greeting)
    append(log, *range(40))
    reader = Reader(log)
    assert len(reader.drain()) == 40
    shutil.copyfile(log, f"{log}-01")
    os.truncate(log, 0)
    append(log, 40)
    reader.restart()
    assert read_on(reader) == ["40"]
    reader.restart()
    (tmp_path / "a.log-02").write_bytes(greeting + line(41))
    assert read_on(reader) == ["41"]


def test_a_copy_that_has_more_than_its_file_is_read_though_both_begin_alike(tmp_path: Path) -> None:
    log, copy = tmp_path / "a.log", tmp_path / "a.log-01"
    append(log, "greeting")
    reader = Reader(log)
    assert reader.drain() == ["greeting"]
    append(log, 1)
    shutil.copyfile(log, copy)
    log.write_bytes(line("greeting"))
    os.utime(log, (1, 1))
    assert read_on(reader) == ["greeting", "1"]
    append(log, 2)
    assert read_on(reader) == ["2"]
    reader.restart()
    assert read_on(reader) == []


@pytest.mark.parametrize(
    "begun", [b"\xef\xbb\xbf", b"{", bytes(2000) + b"{"], ids=["a BOM", "half a line", "a hole"]
)
def test_a_generation_is_read_though_the_log_begins_alike_and_has_no_whole_line(
    tmp_path: Path, begun: bytes
) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(begun)
    reader = Reader(tmp_path)
    assert reader.drain() == []
    (tmp_path / "a.log.1").write_bytes(begun.removesuffix(b"{") + line("came meanwhile"))
    assert read_on(reader) == ["came meanwhile"]
    assert reader.intake.caught_up()


@pytest.mark.parametrize("rest", [bytes(5000), "\ufeff{}\n".encode("utf-16-le")], ids=["a hole", "UTF-16"])
def test_a_generation_that_was_read_to_its_end_is_let_go_of_for_good(tmp_path: Path, rest: bytes) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    reader.drain()
    (tmp_path / "a.log.1").write_bytes(rest)
    read_on(reader)
    reader.clock.seconds += 3600
    read_on(reader)
    known = set(reader.marks)
    for _ in range(5):
        reader.clock.seconds += 3600
        read_on(reader, seconds=2)
        open_still = [s.path for s in reader.intake.statuses() if s.state is not SourceState.FINISHED]
        assert open_still == [str(log)]
    assert set(reader.marks) == known


def test_what_was_a_copy_while_it_was_short_is_read_once_it_has_other_lines(tmp_path: Path) -> None:
    log, rotated = tmp_path / "a.log", tmp_path / "a.log.1"
    log.write_bytes(b"\xef\xbb\xbf" + line(1) + line(2) + line(3))
    reader = Reader(tmp_path)
    assert reader.drain() == ["1", "2", "3"]
    rotated.write_bytes(b"\xef\xbb\xbf")
    assert read_on(reader) == []
    append(rotated, "late")
    assert read_on(reader) == ["late"]


def test_independent_files_with_the_same_content_are_both_read(tmp_path: Path) -> None:
    for name in ("a.log", "b.log", "deep/a.log"):
        (tmp_path / name).parent.mkdir(exist_ok=True)
        append(tmp_path / name, 1, 2)
    reader = Reader(tmp_path)
    assert reader.drain() == ["1", "2"] * 3


def test_a_new_file_under_the_base_name_is_read_though_it_begins_as_the_old_one(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, 2)
    reader = Reader(log)
    reader.read()
    log.unlink()
    append(log, 1, 2, 3)
    assert reader.drain() == ["1", "2", "3"]


def test_generations_from_before_the_first_start_are_passed_over_and_later_ones_are_read(
    tmp_path: Path,
) -> None:
    log = tmp_path / "a.log"
    append(tmp_path / "a.log.1", "old")
    append(log, 1)
    reader = Reader(log)
    assert read_on(reader) == ["1"]
    reader.intake.close()
    (tmp_path / "a.log.1").rename(tmp_path / "a.log.3")
    append(log, 2)
    log.rename(tmp_path / "a.log.2")
    append(log, 3)
    log.rename(tmp_path / "a.log.1")
    append(log, 4)
    reader.start()
    assert sorted(read_on(reader)) == ["2", "3", "4"]
    assert [mark.kind for mark in reader.marks.values()].count(PASSED_OVER) == 1
    assert not any(mark.lines for mark in reader.marks.values() if mark.kind == PASSED_OVER)


def test_a_generation_that_came_and_went_between_two_looks_is_read(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    reader.read()
    for number in (2, 3):
        log.rename(tmp_path / f"a.log.{number}")
        append(log, number)
    assert sorted(read_on(reader)) == ["2", "3"]


@pytest.mark.parametrize("folder", ["pods", "later"])
def test_the_old_target_of_a_link_is_drained_after_a_restart(tmp_path: Path, folder: str) -> None:
    old, new = tmp_path / "pods" / "0.log", tmp_path / folder / "1.log"
    old.parent.mkdir()
    new.parent.mkdir(exist_ok=True)
    append(old, 1)
    link = tmp_path / "app.log"
    link.symlink_to(old)
    reader = Reader(link)
    reader.read()
    append(old, 2)
    append(new, 3)
    link.unlink()
    link.symlink_to(new)
    reader.restart()
    assert sorted(read_on(reader)) == ["2", "3"]


def test_an_archive_beside_what_a_link_leads_to_is_known_by_the_link(tmp_path: Path) -> None:
    pods, links = tmp_path / "pods", tmp_path / "links"
    pods.mkdir()
    links.mkdir()
    log = pods / "0.log"
    append(log, *range(40))
    (links / "a.log").symlink_to(log)
    reader = Reader(links / "*.log")
    assert len(reader.drain()) == 40
    append(log, 40)
    archive = log.rename(pods / "0.log.20261123-051104")
    append(log, 41)
    assert sorted(read_on(reader)) == ["40", "41"]
    pack(archive)
    assert read_on(reader) == []
    reader.restart()
    assert read_on(reader) == []


@pytest.mark.parametrize("source", ["", "*.jsonl"], ids=["directory", "pattern"])
def test_what_a_link_leads_to_may_be_rotated_and_packed_while_nobody_reads(
    tmp_path: Path, source: str
) -> None:
    pods, links = tmp_path / "pods", tmp_path / "links"
    pods.mkdir()
    links.mkdir()
    log = pods / "0.log"
    append(log, *range(40))
    (links / "a.jsonl").symlink_to(log)
    reader = Reader(links / source)
    assert len(reader.drain()) == 40
    append(log, 40)
    pack(log.rename(pods / "0.log.20261123-051104"))
    append(log, 41)
    reader.restart()
    assert sorted(read_on(reader)) == ["40", "41"]


def test_a_late_line_in_a_renamed_file_that_was_let_go_of_is_read(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    reader.read()
    old = log.rename(tmp_path / "a.log.1")
    append(log, 2)
    read_on(reader)
    reader.clock.seconds += tails.RENAMED_SECONDS
    read_on(reader)
    append(old, 3)
    assert read_on(reader) == ["3"]


def test_a_change_is_looked_at_before_the_next_regular_scan(tmp_path: Path) -> None:
    reader = Reader(tmp_path)
    reader.read()
    append(tmp_path / "a.log", 1)
    reader.clock.seconds += finding.LEAST_RESCAN_SECONDS
    assert reader.commit(reader.intake.poll(changed=True)) == ["1"]


def test_an_opened_file_is_marked_before_it_has_a_line(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.touch()
    reader = Reader(log)
    (batch,) = reader.intake.poll()
    assert (batch.lines, batch.next_offset) == (0, 0)
    reader.commit([batch])
    assert reader.intake.poll() == []
    assert reader.intake.caught_up()


@pytest.mark.parametrize(
    ("name", "expected"),
    [
        ("app.jsonl", True),
        ("app.log.2.gz", True),
        ("app-20261123.jsonl.zst", True),
        ("app.log-20261123-1764.xz", True),
        ("table.parquet", True),
        ("app.txt", False),
        ("backup.tar.gz", False),
        ("app.log.swp", False),
    ],
)
def test_a_directory_gives_logs_and_what_rotation_makes_of_their_names(name: str, expected: bool) -> None:
    assert is_log(name) is expected


@pytest.mark.parametrize(
    ("name", "base", "copy", "generation"),
    [
        ("app.log.1", "app.log", True, True),
        ("app.log.2.gz", "app.log.1", True, False),
        ("app.log-20261123.gz", "app.log", True, True),
        ("app-2026-11-23T00-00-00.000.log.gz", "app.log", True, True),
        ("app.2.log", "app.log", True, True),
        ("app-2.log", "app.log", True, False),
        ("app.log", "app.log.1", False, False),
        ("app.log", "app.log", False, False),
        ("other.log.1", "app.log", False, False),
        ("app-20261123.log", "app-20261122.log", False, False),
        (f"{TAI64N}.s", "current", True, True),
        (f"{TAI64N}.u", "current", True, True),
        ("previous", "current", True, False),
        ("processed", "previous", True, False),
        (f"{TAI64N}.s", "previous", True, False),
        (f"{TAI64N}.t", f"{TAI64N}.u", True, False),
        (f"{TAI64N}.s", "app.log", False, False),
    ],
)
def test_names_tell_what_a_file_may_have_been(name: str, base: str, copy: bool, generation: bool) -> None:
    assert may_hold(name, base) is copy
    assert is_generation(name, base) is generation


@pytest.mark.parametrize(
    ("name", "other", "expected"),
    [
        ("app.log.1", "app.log.2.gz", True),
        ("app.log-20261122.gz", "app.log-20261122", True),
        ("app.log.bak", "app.log.1", True),
        ("app-20261122.log", "app-20261122.log.gz", True),
        ("app-20261122.log.gz", "app-20261123.log.gz", False),
        ("app.log", "app.log.1", False),
        ("app.log.1", "app.log", False),
        ("app-1.log", "app-2.log", False),
        ("app.log.1", "other.log.1", False),
        ("app.log.gz", "app.log.xz", False),
        ("app.log.1.bz2", "app.log.1.gz", False),
    ],
)
def test_names_tell_which_generations_may_be_the_same(name: str, other: str, expected: bool) -> None:
    assert may_repeat(name, other) is expected


def test_a_block_of_two_generations_that_begin_with_a_hole_is_not_believed(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "a.log"
    hole = b"\0" * 5000
    append(log, raw=hole + line(1))
    reader = Reader(tmp_path / "a.log*")
    read = os.pread

    def cut_meanwhile(descriptor: int, length: int, offset: int) -> bytes:
        block = read(descriptor, length, offset)
        if len(block) <= len(hole):
            return block
        monkeypatch.undo()
        append(log, 2)
        shutil.copyfile(log, tmp_path / "a.log.1")
        size = log.stat().st_size
        os.truncate(log, 0)
        append(log, raw=b"\0" * size + line(3))
        # As a read gives it that was interrupted between two pages.
        return block + read(descriptor, length, offset + len(block))

    monkeypatch.setattr(os, "pread", cut_meanwhile)
    assert sorted(read_on(reader)) == ["1", "2", "3"]


def test_half_a_line_of_a_file_that_was_cut_waits_until_a_copy_has_been_looked_for(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, raw=line(2)[:9])
    reader = Reader(log)
    reader.read()
    append(log, raw=line(2)[9:])
    shutil.copyfile(log, tmp_path / "a.log.1")
    os.truncate(log, 0)
    assert reader.commit(reader.intake.poll()) == []  # within a second of the last scan
    assert reader.commit(reader.intake.poll()) == []
    assert read_on(reader) == ["2"]
    assert reader.rejects == []


def test_half_a_line_of_a_renamed_file_is_kept_back_when_no_more_is_awaited(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, raw=line(2)[:9])
    reader = Reader(log)
    assert reader.drain() == ["1"]
    old = log.rename(tmp_path / "moved")
    append(log, 3)
    assert [name for _ in range(3) for name in reader.drain(last=True)] == ["3"]
    append(old, raw=line(2)[9:])
    assert read_on(reader) == ["2"]
    assert reader.rejects == []
