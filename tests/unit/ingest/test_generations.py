"""Generations of a log that are alike, and what is made of them side by side: each line once."""

from __future__ import annotations

import gzip
import os
import shutil
from pathlib import Path

from tests.unit.ingest.test_intake import Reader, append, line
from tests.unit.ingest.test_rotation import pack, read_on

BOM = "\ufeff".encode()


def test_a_generation_of_one_line_is_read_though_an_older_one_began_with_nearly_the_same(
    tmp_path: Path,
) -> None:
    log = tmp_path / "a.log"
    append(log, 10, 11, 12)
    reader = Reader(tmp_path / "a.log*")
    assert reader.drain() == ["10", "11", "12"]
    reader.intake.close()
    log.unlink()
    append(tmp_path / "a.log.1", 13)
    append(log, 24)
    reader.start()
    assert sorted(read_on(reader)) == ["13", "24"]


def test_a_file_and_the_archive_that_is_made_of_it_are_read_once_whichever_is_older(tmp_path: Path) -> None:
    log, copy, archive = tmp_path / "a.log", tmp_path / "a.log.1", tmp_path / "a.log.1.gz"
    append(log, 1)
    reader = Reader(tmp_path)
    assert reader.drain() == ["1"]
    reader.intake.close()
    log.write_bytes(line(2) + line(3))
    shutil.copyfile(log, copy)
    log.write_bytes(line(4))
    archive.write_bytes(gzip.compress(copy.read_bytes()))
    os.utime(archive, ns=(0, copy.stat().st_mtime_ns - 1))
    reader.start()
    assert sorted(read_on(reader)) == ["2", "3", "4"]
    copy.unlink()
    assert read_on(reader, seconds=20) == []


def test_a_generation_of_nothing_but_a_byte_order_mark_has_no_copies(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, raw=BOM)
    reader = Reader(tmp_path)
    assert reader.drain() == []
    log.write_bytes(b"")
    assert read_on(reader) == []
    log.rename(tmp_path / "a.log.2")
    append(log, raw=BOM + line(1)[:9])
    assert reader.drain() == []
    append(log, raw=line(1)[9:])
    pack(log.rename(tmp_path / "a.log.1"))
    assert read_on(reader) == ["1"]


def test_half_a_line_behind_a_hole_is_known_again_in_the_copy(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, raw=bytes(5000) + line(1)[:9])
    reader = Reader(tmp_path)
    assert reader.drain() == []
    append(log, raw=line(1)[9:])
    shutil.copyfile(log, tmp_path / "a.log.1")
    os.truncate(log, 0)
    append(log, 2)
    assert sorted(read_on(reader)) == ["1", "2"]
    assert reader.rejects == []


def test_an_archive_that_is_kept_beside_its_file_stays_a_copy_after_a_restart(tmp_path: Path) -> None:
    log, rotated = tmp_path / "a.log", tmp_path / "a.log.1"
    append(log, 0)
    reader = Reader(tmp_path / "*.log")
    assert reader.drain() == ["0"]
    append(rotated, 1, 2)
    assert read_on(reader) == ["1", "2"]
    archive = tmp_path / "a.log.1.gz"
    archive.write_bytes(gzip.compress(rotated.read_bytes()))
    assert read_on(reader, seconds=60) == []
    for old in (rotated, archive):
        old.rename(str(old).replace(".1", ".2"))
    for _ in range(2):
        reader.restart()
        assert read_on(reader) == []


def test_an_archive_that_was_read_is_a_copy_once_it_is_unpacked(tmp_path: Path) -> None:
    rotated = tmp_path / "a-2026-11-22.log"
    append(rotated, 1, 2)
    content = rotated.read_bytes()
    archive = pack(rotated)
    reader = Reader(tmp_path)
    assert reader.drain() == ["1", "2"]
    reader.restart()
    rotated.write_bytes(content)
    archive.unlink()
    assert read_on(reader) == []


def test_a_copy_that_another_one_is_put_in_the_place_of_is_compared_anew(tmp_path: Path) -> None:
    log, copy = tmp_path / "a.log", tmp_path / "a.log.bak"
    append(log, 1)
    shutil.copyfile(log, copy)
    reader = Reader(tmp_path)
    assert read_on(reader) == ["1"]
    log.rename(tmp_path / "a.log.1")
    append(log, 22)
    assert read_on(reader) == ["22"]
    shutil.copyfile(log, copy)
    assert read_on(reader) == []
    append(log, 23)
    assert read_on(reader) == ["23"]


def test_a_copy_that_another_one_with_the_same_beginning_is_put_in_the_place_of_is_compared_anew(
    tmp_path: Path,
) -> None:
    log, copy, greeting = tmp_path / "a.log", tmp_path / "a.log.bak", "x" * 2000
    append(log, greeting, 1)
    shutil.copyfile(log, copy)
    reader = Reader(tmp_path)
    assert read_on(reader) == [greeting, "1"]
    log.unlink()
    append(log, greeting, 2, 3)
    shutil.copyfile(log, copy)
    assert read_on(reader, seconds=60) == [greeting, "2", "3"]


def test_a_copy_that_became_a_source_may_be_a_copy_of_another_one_later(tmp_path: Path) -> None:
    log, copy = tmp_path / "a.log", tmp_path / "a.log.bak"
    append(log, 1)
    reader = Reader(tmp_path)
    assert reader.drain() == ["1"]
    shutil.copyfile(log, copy)
    log.unlink()
    append(log, 22)
    assert read_on(reader, seconds=30) == ["22"]
    shutil.copyfile(log, copy)
    assert read_on(reader) == []


def test_many_generations_are_decided_about_at_once(tmp_path: Path) -> None:
    append(tmp_path / "a.log", "newest")
    for number in range(1, 20):
        append(tmp_path / f"a.log.{number}", *(f"{n} of {number}" for n in range(number)))
    reader = Reader(tmp_path)
    assert len([name for _ in range(4) for name in reader.read()]) == 1 + sum(range(1, 20))


def test_an_older_copy_of_a_generation_is_known_though_none_of_them_was_read_before(tmp_path: Path) -> None:
    log, copy = tmp_path / "a.log", tmp_path / "a.log.bak"
    append(log, "before")
    reader = Reader(tmp_path)
    assert reader.drain() == ["before"]
    reader.intake.close()
    log.rename(tmp_path / "a.log.2")
    append(log, 1)
    shutil.copy2(log, copy)
    append(log, 2)
    log.rename(tmp_path / "a.log.1")
    append(log, 3)
    reader.start()
    assert sorted(read_on(reader)) == ["1", "2", "3"]


def test_an_archive_that_another_one_is_put_in_the_place_of_is_read(tmp_path: Path) -> None:
    log, archive = tmp_path / "a.log", tmp_path / "a.log.gz"
    append(log, *range(9))
    archive.write_bytes(gzip.compress(log.read_bytes()))
    reader = Reader(tmp_path)
    assert len(read_on(reader)) == 9
    append(log, 9)
    assert read_on(reader) == ["9"]
    append(log, 10)
    archive.write_bytes(gzip.compress(log.read_bytes()))
    os.truncate(log, 0)
    append(log, 11)
    assert sorted(read_on(reader)) == ["10", "11"]


def test_a_copy_of_a_log_that_was_not_found_yet_waits_for_it(tmp_path: Path) -> None:
    log, copy = tmp_path / "a.log", tmp_path / "a.log.bak"
    append(log, 1)
    shutil.copyfile(log, copy)
    reader = Reader(tmp_path)
    assert read_on(reader) == ["1"]
    log.rename(tmp_path / "a.log.1")
    append(log, 22)
    shutil.copyfile(log, copy)
    for _ in range(3):
        assert reader.commit(reader.intake.poll()) == []  # within a second of the last scan
    assert read_on(reader) == ["22"]
