"""Holes of NUL bytes where generations are told apart: a writer leaves them that goes on at its old place."""

from __future__ import annotations

import os
import shutil
import zlib
from pathlib import Path

from tests.unit.ingest.test_intake import Reader, append, line
from tests.unit.ingest.test_rotation import read_on

HOLE = bytes(5000)


def test_a_generation_that_begins_with_a_hole_where_the_last_one_ended_with_one_is_another(
    tmp_path: Path,
) -> None:
    log = tmp_path / "a.log"
    append(log, raw=HOLE + line(1))
    reader = Reader(tmp_path / "a.log*")
    assert reader.drain() == ["1"]
    append(log, raw=HOLE)
    assert reader.drain() == []
    shutil.copyfile(log, tmp_path / "a.log.1")
    size = log.stat().st_size
    os.truncate(log, 0)
    append(log, raw=bytes(size) + line(2))
    assert read_on(reader) == ["2"]
    reader.restart()
    assert read_on(reader) == []


def test_a_copy_in_the_making_is_known_though_a_hole_came_to_its_file(tmp_path: Path) -> None:
    log, copy = tmp_path / "a.log", tmp_path / "a.log.1"
    append(log, *range(20))
    reader = Reader(tmp_path)
    assert len(reader.drain()) == 20
    append(log, raw=HOLE)
    assert reader.drain() == []
    whole = log.read_bytes()
    copy.write_bytes(whole[: len(whole) // 20])
    assert read_on(reader) == []
    copy.write_bytes(whole)
    os.truncate(log, 0)
    append(log, 20)
    assert read_on(reader) == ["20"]


def test_a_copy_in_the_making_is_known_though_its_file_ended_with_a_hole_and_is_gone(tmp_path: Path) -> None:
    log, copy = tmp_path / "a.log", tmp_path / "a.log.1"
    append(log, *range(20))
    reader = Reader(tmp_path)
    assert len(reader.drain()) == 20
    append(log, raw=HOLE)
    assert reader.drain() == []
    whole = log.read_bytes()
    log.unlink()
    assert read_on(reader, seconds=20) == []
    copy.write_bytes(whole[: len(line(0))])
    assert read_on(reader) == []
    copy.write_bytes(whole)
    assert read_on(reader) == []


def test_a_blank_line_behind_a_hole_is_counted_after_a_restart(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, raw=HOLE)
    reader = Reader(log)
    assert reader.drain() == ["1"]
    reader.restart()
    append(log, raw=b"\n" + line(2))
    assert reader.drain() == ["2"]
    (mark,) = reader.marks.values()
    assert (mark.lines, mark.rows, mark.blanks) == (3, 2, 1)


def test_a_byte_order_mark_and_a_hole_do_not_make_a_file_a_copy(tmp_path: Path) -> None:
    log, begun = tmp_path / "a.log", b"\xef\xbb\xbf" + HOLE
    append(log, raw=begun + b"".join(line(n) for n in range(20)))
    reader = Reader(tmp_path)
    assert len(reader.drain()) == 20
    log.unlink()
    assert read_on(reader, seconds=20) == []
    reader.restart()
    (tmp_path / "a.log.1").write_bytes(begun + line("other"))
    assert read_on(reader) == ["other"]


def test_a_generation_with_a_hole_at_its_beginning_and_where_reading_ended_is_another_after_a_restart(
    tmp_path: Path,
) -> None:
    log = tmp_path / "a.log"
    append(log, raw=HOLE + line(1) + HOLE)
    reader = Reader(tmp_path / "a.log*")
    assert reader.drain() == ["1"]
    reader.intake.close()
    size = log.stat().st_size
    shutil.copyfile(log, tmp_path / "a.log.1")
    os.truncate(log, 0)
    append(log, raw=bytes(size) + line(2))
    reader.start()
    assert read_on(reader) == ["2"]
    reader.restart()
    assert read_on(reader) == []


def test_an_archive_that_comes_slowly_is_not_new_while_only_a_hole_of_it_is_there(tmp_path: Path) -> None:
    log, archive = tmp_path / "a.log", tmp_path / "a.log.1.gz"
    append(log, raw=HOLE + line(1))
    reader = Reader(tmp_path)
    assert reader.drain() == ["1"]
    reader.restart()
    press = zlib.compressobj(wbits=31)
    begun = press.compress(HOLE) + press.flush(zlib.Z_SYNC_FLUSH)
    archive.write_bytes(begun)
    assert read_on(reader) == []
    archive.write_bytes(begun + press.compress(line(1)) + press.flush())
    assert read_on(reader) == []
    log.unlink()
    assert read_on(reader, seconds=20) == []
