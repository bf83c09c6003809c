"""Many files, their fates, and how far each is committed."""

from __future__ import annotations

import gzip
import json
import os
from collections.abc import Sequence
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from console.ingest import Intake, arrivals, opening, tails
from console.ingest import intake as intake_module
from console.ingest.content import Content
from console.model import Batch, SourceMark, SourceState, SourceStatus


class Clock:
    """A time that stands still unless it is moved."""

    def __init__(self) -> None:
        self.seconds = 1000.0

    def monotonic(self) -> float:
        return self.seconds

    def now(self) -> datetime:
        return datetime(2026, 11, 2, tzinfo=UTC) + timedelta(seconds=self.seconds)


class Reader:
    """An intake and what was committed of it, over restarts."""

    def __init__(self, *arguments: Path | str, block_bytes: int = 4 * 2**20) -> None:
        self.clock = Clock()
        self.arguments = [str(argument) for argument in arguments]
        self.block_bytes = block_bytes
        self.marks: dict[int, SourceMark] = {}
        self.rows: list[tuple[int, int, str]] = []
        self.rejects: list[bytes] = []
        self.start()

    def start(self) -> None:
        self.intake = Intake(
            self.arguments,
            list(self.marks.values()),
            clock=self.clock.now,
            monotonic=self.clock.monotonic,
            block_bytes=self.block_bytes,
        )

    def restart(self) -> None:
        self.intake.close()
        self.start()

    def commit(self, batches: Sequence[Batch]) -> list[str]:
        """Commit as a store would; gives the ids of the rows."""
        read: list[str] = []
        for batch in batches:
            old = self.marks.get(batch.source_id)
            assert batch.start_offset == (old.next_offset if old else 0)
            assert batch.lines == batch.rows + len(batch.rejects) + batch.blanks
            counts = (old.lines, old.rows, old.rejects, old.blanks) if old else (0, 0, 0, 0)
            more = (batch.lines, batch.rows, len(batch.rejects), batch.blanks)
            lines, rows_read, rejects, blanks = (a + b for a, b in zip(counts, more, strict=True))
            self.marks[batch.source_id] = SourceMark(
                batch.source_id,
                batch.path,
                batch.identity,
                batch.next_offset,
                lines,
                rows_read,
                rejects,
                blanks,
                kind=batch.kind,
            )
            for rows in batch.models:
                for name, offset in zip(rows.fields["request_id"], rows.fields["source_offset"], strict=True):
                    assert isinstance(offset, int)
                    self.rows.append((batch.source_id, offset, str(name)))
                    read.append(str(name))
            self.rejects += [reject.line for reject in batch.rejects]
        self.intake.committed(batches)
        return read

    def read(self, *, last: bool = False) -> list[str]:
        """Poll once, a second later, and commit: ids of the rows."""
        self.clock.seconds += 1
        return self.commit(self.intake.poll(last=last))

    def drain(self, *, last: bool = False) -> list[str]:
        read = self.read(last=last)
        while not self.intake.caught_up():
            read += self.read(last=last)
        return read

    def status(self, path: Path) -> SourceStatus:
        (status,) = [
            s for s in self.intake.statuses() if s.path == str(path) and s.state is not SourceState.FINISHED
        ]
        return status


def line(name: object) -> bytes:
    return b'{"request_id":"%s","ts":0}\n' % str(name).encode()


def append(path: Path, *names: object, raw: bytes = b"") -> None:
    with path.open("ab") as log:
        log.write(b"".join(map(line, names)) + raw)


def test_what_is_there_is_read_and_then_followed(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, 2)
    reader = Reader(log)
    assert reader.read() == ["1", "2"]
    assert reader.read() == []
    append(log, 3)
    assert reader.read() == ["3"]
    assert reader.intake.caught_up()
    status = reader.status(log)
    assert (status.state, status.source_id, status.lines, status.rows) == (SourceState.FOLLOWING, 1, 3, 3)
    assert status.size == status.next_offset == log.stat().st_size
    assert status.last_line_at == reader.clock.now()


def test_offsets_point_at_the_line_in_the_file(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.write_bytes(b"\xef\xbb\xbf" + line(1) + b"\n" + line(2).replace(b"\n", b"\r\n") + line("é") + line(3))
    reader = Reader(log, block_bytes=17)
    assert reader.drain() == ["1", "2", "é", "3"]
    with log.open("rb") as content:
        for _, offset, name in reader.rows:
            content.seek(offset)
            assert json.loads(content.readline())["request_id"] == name


def test_a_batch_that_is_not_committed_comes_again(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    (first,) = reader.intake.poll()
    append(log, 2)
    assert not reader.intake.caught_up()
    (second,) = reader.intake.poll()
    assert second is first
    assert reader.commit([second]) == ["1"]
    assert reader.read() == ["2"]
    with pytest.raises(ValueError, match="not outstanding"):
        reader.intake.committed([first])


def test_a_restart_goes_on_behind_the_last_commit(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    reader.read()
    append(log, 2)
    reader.intake.poll()
    reader.restart()
    append(log, 3)
    assert reader.read() == ["2", "3"]
    assert reader.status(log).lines == 3


def test_an_unfinished_line_is_kept_back_until_its_newline(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    whole = line(1)
    reader = Reader(log)
    for piece in (whole[:3], whole[3:9], whole[9:-1]):
        append(log, raw=piece)
        assert reader.read() == []
        assert reader.intake.caught_up()
    append(log, raw=whole[-1:])
    assert reader.read() == ["1"]


def test_at_the_end_a_complete_last_line_is_taken_and_its_newline_is_no_blank(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, raw=line(2)[:-1])
    reader = Reader(log)
    assert reader.drain(last=True) == ["1", "2"]
    assert reader.intake.statuses()[0].state is SourceState.FINISHED
    append(log, raw=b"\n")
    append(log, 3)
    reader.restart()
    assert reader.drain() == ["3"]
    status = reader.status(log)
    assert (status.lines, status.rows, status.blanks) == (3, 3, 0)


def test_at_the_end_an_incomplete_last_line_is_kept_back_and_named(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, raw=b'{"ts":')
    reader = Reader(log)
    assert reader.drain(last=True) == ["1"]
    assert reader.intake.caught_up()
    (status,) = reader.intake.statuses()
    assert status.problem == "last line unfinished: 6 bytes kept back"
    append(log, raw=b'0,"request_id":"2"}\n')
    assert reader.drain(last=True) == ["2"]
    assert reader.intake.statuses()[0].problem is None


def test_a_renamed_file_is_read_to_its_end_and_its_successor_is_a_new_source(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    reader.read()
    append(log, 2)
    old = log.rename(tmp_path / "a.log.1")
    append(log, 3)
    append(old, 4)
    assert sorted(reader.drain()) == ["2", "3", "4"]
    append(old, 5)
    append(log, 6)
    assert sorted(reader.drain()) == ["5", "6"]
    assert {source for source, _, name in reader.rows if name in "1245"} == {1}
    reader.clock.seconds += tails.RENAMED_SECONDS
    reader.read()
    states = {status.source_id: status.state for status in reader.intake.statuses()}
    assert states == {1: SourceState.FINISHED, 2: SourceState.FOLLOWING}


def test_a_renamed_file_without_a_successor_is_held(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    reader.read()
    old = log.rename(tmp_path / "a.log.1")
    reader.read()
    reader.clock.seconds += 10_000
    reader.read()
    append(old, 2)
    assert reader.read() == ["2"]


def test_a_file_renamed_within_a_pattern_keeps_its_source(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(tmp_path / "*.log*")
    reader.read()
    old = log.rename(tmp_path / "a.log.1")
    append(old, 2)
    append(log, 3)
    assert sorted(reader.drain()) == ["2", "3"]
    reader.restart()
    assert reader.drain() == []
    assert {name: source for source, _, name in reader.rows} == {"1": 1, "2": 1, "3": 2}


def test_lines_of_a_file_that_was_renamed_while_nobody_read_are_not_lost(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    other = tmp_path / "b.log"
    append(log, 1)
    append(other, "b")
    both = Reader(log, other)
    both.read()
    append(log, 2)
    append(other, "not asked for")
    log.rename(tmp_path / "a.log.1")
    append(log, 3)
    both.arguments = [str(log)]
    both.restart()
    assert sorted(both.drain()) == ["2", "3"]


def test_a_deleted_file_is_read_to_its_end_and_let_go(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    reader.read()
    append(log, 2, raw=b"cut off")
    log.unlink()
    assert reader.read() == ["2"]
    reader.clock.seconds += tails.DELETED_SECONDS
    assert reader.drain() == []
    assert reader.rejects == [b"cut off"]
    states = [(status.source_id, status.state) for status in reader.intake.statuses()]
    assert states == [(-1, SourceState.WAITING), (1, SourceState.FINISHED)]
    assert not list(tmp_path.iterdir())
    append(log, 3)
    assert reader.drain() == ["3"]
    reader.clock.seconds += 10_000
    assert len(reader.intake.statuses()) == 1


def test_a_truncated_file_is_a_new_source_from_its_start(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, 2, raw=b"half a li")
    reader = Reader(log)
    reader.read()
    os.truncate(log, 0)
    append(log, 3)
    assert reader.drain() == ["3"]
    assert reader.rejects == [b"half a li"]
    assert reader.rows[-1][:2] == (2, 0)
    assert [(s.source_id, s.problem) for s in reader.intake.statuses()] == [
        (2, None),
        (1, "cut off or overwritten"),
    ]


def test_a_file_that_was_truncated_and_has_grown_past_the_offset_is_a_new_source(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    reader.read()
    os.truncate(log, 0)
    append(log, *range(10, 30))
    assert reader.drain() == [str(n) for n in range(10, 30)]


def test_a_file_that_was_overwritten_to_the_same_length_is_a_new_source(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    reader.read()
    os.utime(log, (0, 0))
    reader.read()
    log.write_bytes(line(2))
    assert reader.drain() == ["2"]


def test_a_head_that_stays_while_the_bytes_before_the_offset_change_is_noticed(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, *range(100))
    reader = Reader(log)
    reader.read()
    kept = log.read_bytes()[:1100]
    os.truncate(log, 0)
    append(log, raw=kept[: kept.rfind(b"\n") + 1])
    append(log, *range(200, 300))
    read = reader.drain()
    assert read[-100:] == [str(n) for n in range(200, 300)]


def test_a_truncation_while_nobody_read_is_noticed(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, 2, 3)
    reader = Reader(log)
    reader.read()
    for content in (line(1), line(7) * 10):
        log.write_bytes(content)
        reader.restart()
        assert reader.drain() == [json.loads(c)["request_id"] for c in content.splitlines()]


def test_a_reused_inode_does_not_inherit_an_offset(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    reader.read()
    reader.intake.close()
    log.unlink()
    append(log, 2, 3)
    reader.start()
    assert reader.drain() == ["2", "3"]


def test_a_file_that_gets_the_name_of_a_new_one_before_that_is_opened_is_not_read_again(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, generation = tmp_path / "a.log", tmp_path / "a.log.1"
    append(log, 1, 2)
    reader = Reader(tmp_path)
    assert reader.drain() == ["1", "2"]
    append(generation, 3)
    opened = opening.open_content

    def shifted(name: str) -> Content:
        monkeypatch.setattr(arrivals, "open_content", opened)
        generation.rename(tmp_path / "a.log.2")
        log.rename(generation)
        return opened(name)

    monkeypatch.setattr(arrivals, "open_content", shifted)
    assert reader.drain() + reader.drain() == ["3"]
    append(log, 4)
    assert reader.drain() == ["4"]


def test_an_inode_that_was_an_empty_file_of_another_log_does_not_lend_its_name(tmp_path: Path) -> None:
    one, other = tmp_path / "one.log", tmp_path / "other.log"
    one.touch()
    reader = Reader(tmp_path)
    assert reader.drain() == []
    reader.intake.close()
    one.rename(other)
    append(other, 1, 2)
    reader.start()
    assert reader.drain() == ["1", "2"]
    reader.intake.close()
    (tmp_path / "other.log.1.gz").write_bytes(gzip.compress(other.read_bytes()))
    other.unlink()
    append(other, 3)
    reader.start()
    assert reader.drain() == ["3"]


@pytest.mark.parametrize(("name", "expected"), [("other.txt", ["3"]), ("a-2.log", ["1", "2", "3"])])
def test_an_inode_alone_makes_no_renamed_file_of_one_that_is_called_otherwise(
    tmp_path: Path, name: str, expected: list[str]
) -> None:
    log = tmp_path / "a.log"
    log.touch()
    reader = Reader(log)
    assert reader.drain() == []
    reader.intake.close()
    append(log.rename(tmp_path / name), 1, 2)
    append(log, 3)
    reader.start()
    assert sorted(reader.drain()) == expected


def test_the_identity_grows_with_the_head_of_a_short_file(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    reader = Reader(log)
    for name in range(100):
        append(log, name)
        reader.read()
        assert reader.marks[1].identity.head_length == min(1024, log.stat().st_size)


def test_a_linked_file_that_is_pointed_elsewhere_is_followed(tmp_path: Path) -> None:
    for name in ("one", "two"):
        append(tmp_path / name, name)
    link = tmp_path / "current.log"
    link.symlink_to("one")
    reader = Reader(link)
    assert reader.read() == ["one"]
    append(tmp_path / "one", "late")
    link.unlink()
    link.symlink_to("two")
    assert sorted(reader.drain()) == ["late", "two"]


def test_files_that_turn_up_later_are_read(tmp_path: Path) -> None:
    reader = Reader(tmp_path / "logs", tmp_path / "x*.txt")
    assert reader.read() == []
    assert [status.state for status in reader.intake.statuses()] == [SourceState.WAITING] * 2
    (tmp_path / "logs").mkdir()
    append(tmp_path / "logs" / "a.log", 1)
    append(tmp_path / "x1.txt", 2)
    assert sorted(reader.read()) == ["1", "2"]
    assert str(tmp_path / "logs") in reader.intake.directories()


def test_a_file_that_cannot_be_opened_is_tried_again(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)

    def refuse(name: str) -> int:
        raise PermissionError(13, "Permission denied", name)

    with monkeypatch.context() as patch:
        patch.setattr(opening, "open_log", refuse)
        assert reader.read() == []
        status = reader.status(log)
        assert (status.state, status.problem) == (
            SourceState.FAILED,
            "permission denied; let this user read it",
        )
    assert reader.read() == ["1"]


def test_content_that_is_broken_is_not_unpacked_again_until_the_file_changes(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log, broken = tmp_path / "a.parquet", b"PAR1 what follows is no footer PAR1"
    log.write_bytes(broken)
    reader = Reader(log)
    assert reader.read() == []
    problem = reader.status(log).problem
    assert "cannot be read" in str(problem)
    with monkeypatch.context() as patch:
        patch.setattr(arrivals, "open_content", None)
        assert reader.read() == []
        assert reader.status(log).problem == problem
    sound = tmp_path / "sound"
    pl.DataFrame({"request_id": ["1"], "score": [0.5]}).write_parquet(sound)
    sound.replace(log)
    assert reader.drain() == ["1"]


def test_a_file_that_becomes_unreadable_and_comes_back_goes_on(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    log = tmp_path / "a.log"
    append(log, 1, raw=b'{"request_id":')
    reader = Reader(log)
    reader.read()
    append(log, raw=b'"2"}\n')

    def fail(*_: int) -> bytes:
        raise OSError(5, "Input/output error")

    with monkeypatch.context() as patch:
        patch.setattr(os, "pread", fail)
        assert reader.read() == []
        status = reader.status(log)
        assert status.state is SourceState.FAILED
        assert "Input/output error" in str(status.problem)
        assert reader.read() == []
    append(log, 3)
    assert reader.drain() == ["2", "3"]
    assert reader.rejects == []


def test_a_small_file_does_not_wait_for_a_large_one(tmp_path: Path) -> None:
    append(tmp_path / "large.log", *range(20_000))
    for name in ("a.log", "z.log"):
        append(tmp_path / name, name)
    reader = Reader(tmp_path, block_bytes=1000)
    assert {"a.log", "z.log"} < set(reader.read())
    assert reader.status(tmp_path / "large.log").state is SourceState.READING
    append(tmp_path / "a.log", "more")
    assert "more" in reader.read()
    left, total = reader.intake.backlog()
    assert 0 < left < total


def test_one_poll_is_bounded_and_a_backlog_is_read_newest_file_first(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "POLL_BYTES", 4000)
    monkeypatch.setattr(intake_module, "_LEAST_BLOCK", 1000)
    for age, name in enumerate("cabd"):
        log = tmp_path / f"{name}.log"
        append(log, *(f"{name}{n}" for n in range(200)))
        os.utime(log, (1000 - age, 1000 - age))
    reader = Reader(tmp_path)
    order: list[str] = []
    while not reader.intake.caught_up():
        batches = reader.intake.poll()
        assert sum(b.next_offset - b.start_offset for b in batches) < 4000 + 4 * len(line("d199"))
        assert {id(b) for b in reader.intake.poll()} >= {id(b) for b in batches}
        order += [name[0] for name in reader.commit(batches)]
    assert list(dict.fromkeys(order)) == list("cabd")
    assert len(reader.rows) == 800


def test_a_followed_file_does_not_wait_behind_a_backlog(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(intake_module, "POLL_BYTES", 4000)
    monkeypatch.setattr(intake_module, "_LEAST_BLOCK", 1000)
    append(tmp_path / "a.log", 1)
    reader = Reader(tmp_path)
    reader.read()
    for name in "bcd":
        append(tmp_path / f"{name}.log", *range(1000))
    reader.read()
    append(tmp_path / "a.log", "now")
    assert "now" in reader.read()


def test_a_line_longer_than_may_be_held_is_one_reject(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    append(log, raw=b"x" * (20 * 2**20) + b"\n")
    append(log, 2)
    reader = Reader(log)
    assert reader.drain() == ["1", "2"]
    (status,) = reader.intake.statuses()
    assert (status.lines, status.rejects) == (3, 1)


def test_an_empty_file_is_waited_for(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    log.touch()
    reader = Reader(log)
    assert reader.read() == []
    status = reader.status(log)
    assert (status.state, status.source_id) == (SourceState.WAITING, -1)
    assert reader.intake.caught_up()
    append(log, 1)
    assert reader.read() == ["1"]


def test_a_file_too_short_to_tell_what_it_is_holds_nothing_up(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    for begun in (b"P", b"\xff\xfe", b"BZh"):
        log.write_bytes(begun)
        reader = Reader(log)
        for last in (False, True):
            reader.read(last=last)
            reader.read(last=last)
            assert reader.intake.caught_up()
        append(log, raw=b" is no archive\n")
        reader.drain()
        assert len(reader.rejects) == 1 or begun == b"\xff\xfe"
        reader.intake.close()


def test_an_archive_that_is_cut_off_says_so_until_the_rest_is_there(tmp_path: Path) -> None:
    log = tmp_path / "a.log.gz"
    packed = gzip.compress(b"".join(map(line, range(2000))))
    log.write_bytes(packed[:-9])
    reader = Reader(log)
    read = reader.drain()
    told = "the gzip file is cut off, or still being written: it is read on as it grows"
    assert (reader.status(log).lag_bytes, reader.status(log).problem) == (0, told)
    read += reader.drain(last=True)
    (status,) = reader.intake.statuses()
    assert status.problem == told
    with log.open("ab") as file:
        file.write(packed[-9:])
    read += reader.drain()
    assert read == [str(number) for number in range(2000)]
    (status,) = reader.intake.statuses()
    assert (status.state, status.problem) == (SourceState.FINISHED, None)


def test_an_archive_of_which_nothing_is_committed_lags_by_all_of_it(tmp_path: Path) -> None:
    log = tmp_path / "a.log.gz"
    log.write_bytes(gzip.compress(line(1) * 10))
    reader = Reader(log)
    batches = reader.intake.poll()
    size = log.stat().st_size
    assert reader.status(log).lag_bytes == size
    reader.commit(batches)
    reader.drain()
    assert [status.lag_bytes for status in reader.intake.statuses()] == [0]


def test_what_has_ended_shows_what_its_rejects_have_become(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1, raw=b"{}\n")
    reader = Reader(log)
    reader.drain()
    log.unlink()
    reader.clock.seconds += tails.DELETED_SECONDS
    reader.drain()
    reader.intake.retried({1: 1})
    (status,) = [s for s in reader.intake.statuses() if s.state is SourceState.FINISHED]
    assert (status.lines, status.rows, status.rejects) == (2, 2, 0)


def test_new_sources_get_ids_that_no_source_had(tmp_path: Path) -> None:
    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(log)
    reader.read()
    append(tmp_path / "b.log", 2)
    reader.arguments = [str(tmp_path / "b.log")]
    reader.restart()
    reader.read()
    assert set(reader.marks) == {1, 2}


def test_closing_lets_go_of_every_file(tmp_path: Path) -> None:
    def held() -> list[str]:
        descriptors = Path("/proc/self/fd").iterdir()
        return [name for name in map(os.path.realpath, descriptors) if name.startswith(str(tmp_path))]

    log = tmp_path / "a.log"
    append(log, 1)
    reader = Reader(tmp_path)
    reader.read()
    os.truncate(log, 0)
    append(log, 2)
    reader.drain()
    log.unlink()
    append(log, 3)
    reader.drain()
    assert held()
    reader.intake.close()
    assert held() == []
