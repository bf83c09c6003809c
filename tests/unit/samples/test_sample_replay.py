"""A replay shows each line at its time, whole, for as long as anyone watches."""

from __future__ import annotations

import json
import threading
from datetime import UTC, datetime, timedelta
from importlib import resources
from itertools import pairwise
from pathlib import Path

import pytest

from console.errors import UnavailableError, UsageError
from console.samples import Replay, locate_sample_logs, read_truth, write_sample_logs
from console.samples import replay as replay_module

START = datetime(2026, 11, 2, tzinfo=UTC)
NOW = datetime(2027, 3, 4, 5, 6, 7, 890_123, tzinfo=UTC)
CHECKED_IN = Path(__file__).parents[3] / "sample_logs"


class World:
    """A clock, and a stop that lets the clock run while it is waited on, until an hour has come."""

    def __init__(self, seconds: float, *, out: Path | None = None) -> None:
        self.time = NOW
        self.until = NOW + timedelta(seconds=seconds)
        self.out = out
        self.waits: list[float] = []
        self.ends: list[bytes] = []

    def clock(self) -> datetime:
        return self.time

    def is_set(self) -> bool:
        return self.time >= self.until

    def wait(self, timeout: float | None = None) -> bool:
        assert timeout is not None
        assert timeout > 0
        self.waits.append(timeout)
        if self.out is not None:
            for path in self.out.glob("*.jsonl"):
                data = path.read_bytes()
                self.ends.append(data[-1:])
                assert all(at(line) <= self.time for line in data.splitlines())
        self.time += timedelta(seconds=timeout)
        return self.is_set()


def at(line: bytes) -> datetime:
    return datetime.fromisoformat(json.loads(line)["ts"])


def lines_of(folder: Path) -> dict[str, list[bytes]]:
    return {path.name: path.read_bytes().splitlines() for path in sorted(folder.glob("*.jsonl"))}


def without(line: bytes, *names: str) -> dict[str, object]:
    return {key: value for key, value in json.loads(line).items() if key not in names}


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Path:
    folder = tmp_path_factory.mktemp("logs")
    write_sample_logs(folder, seed=5, lines=1200, start=START)
    return folder


def write(folder: Path, name: str, *lines: str | bytes) -> None:
    folder.mkdir(exist_ok=True)
    data = b"\n".join(line.encode() if isinstance(line, str) else line for line in lines)
    (folder / name).write_bytes(data)


def test_backlog_and_live_lines_are_together_the_logs_in_another_time(logs: Path, tmp_path: Path) -> None:
    replay = Replay(logs, now=NOW)
    before = replay.write_backlog(tmp_path)
    world = World((START + timedelta(hours=24) - replay.origin) / timedelta(seconds=40) - 0.001)
    after = replay.run(world, world.clock, tmp_path)
    assert before + after == 1200
    played, logged = lines_of(tmp_path), lines_of(logs)
    assert played.keys() == logged.keys()
    for name in logged:
        assert len(played[name]) == len(logged[name])
        for new, old in zip(played[name], logged[name], strict=True):
            assert without(new, "ts") == without(old, "ts")
            expected = NOW + (at(old) - replay.origin) / 40
            assert abs(at(new) - expected) <= timedelta(microseconds=1)


def test_the_first_error_spike_begins_eight_seconds_after_the_start(logs: Path) -> None:
    replay = Replay(logs, now=NOW)
    spike = next(one for one in replay.incidents if one.kind == "error_spikes")
    assert spike.start == NOW + timedelta(seconds=8)
    assert spike.end - spike.start == timedelta(hours=1.5) / 40
    assert Replay(logs, now=NOW, speed=10).incidents[0].start == NOW + timedelta(seconds=8)


def test_the_backlog_is_all_past_and_in_order(logs: Path, tmp_path: Path) -> None:
    Replay(logs, now=NOW).write_backlog(tmp_path)
    for lines in lines_of(tmp_path).values():
        assert lines
        assert all(at(line) < NOW for line in lines)
        assert all(at(earlier) <= at(later) for earlier, later in pairwise(lines))


def test_lines_are_written_when_they_are_due_and_only_whole(logs: Path, tmp_path: Path) -> None:
    replay = Replay(logs, now=NOW)
    replay.write_backlog(tmp_path)
    world = World(60, out=tmp_path)
    written = replay.run(world, world.clock, tmp_path)
    assert written > 20
    assert set(world.ends) == {b"\n"}
    assert max(world.waits) <= 1.0
    newest = max(at(lines[-1]) for lines in lines_of(tmp_path).values())
    assert newest > world.until - timedelta(seconds=10)


def test_a_line_that_is_due_is_on_disk_before_the_replay_waits(tmp_path: Path) -> None:
    write(tmp_path / "in", "a.jsonl", '{"ts":0}', '{"ts":5}', '{"ts":60}')
    replay = Replay(tmp_path / "in", now=NOW, origin=datetime.fromtimestamp(0, UTC), speed=1)
    seen: list[tuple[float, int]] = []

    class Watched(World):
        def wait(self, timeout: float | None = None) -> bool:
            size = (tmp_path / "out" / "a.jsonl").read_bytes().count(b"\n")
            seen.append(((self.time - NOW) / timedelta(seconds=1), size))
            return super().wait(timeout)

    world = Watched(8)
    replay.run(world, world.clock, tmp_path / "out")
    assert [size for _, size in seen] == [1] * 5 + [2] * 3
    assert [second for second, _ in seen] == list(range(8))


def test_after_the_period_it_begins_again_with_the_calm_and_ids_stay_unique(
    logs: Path, tmp_path: Path
) -> None:
    replay = Replay(logs, now=NOW)
    replay.write_backlog(tmp_path)
    day = timedelta(hours=24) / 40
    seconds = ((replay.shown_at(START) - NOW) + 3 * day) / timedelta(seconds=1) - 0.001
    world = World(seconds)
    replay.run(world, world.clock, tmp_path)
    played, logged = lines_of(tmp_path), lines_of(logs)
    ids: list[str] = []
    for name, lines in played.items():
        count = len(logged[name])
        assert len(lines) == 3 * count
        assert all(at(earlier) <= at(later) for earlier, later in pairwise(lines))
        for turn, suffix in enumerate(["", "-2", "-3"]):
            for new, old in zip(lines[turn * count : (turn + 1) * count], logged[name], strict=True):
                assert without(new, "ts", "request_id") == without(old, "ts", "request_id")
                assert json.loads(new)["request_id"] == json.loads(old)["request_id"] + suffix
                expected = replay.shown_at(at(old)) + turn * day
                assert abs(at(new) - expected) <= timedelta(microseconds=1)
        ids += [json.loads(line)["request_id"] for line in lines]
    assert len(set(ids)) == len(ids)


def test_what_was_due_while_the_machine_slept_follows_at_once(logs: Path, tmp_path: Path) -> None:
    replay = Replay(logs, now=NOW)
    world = World(3600)
    world.time = NOW + timedelta(seconds=300)
    world.until = NOW + timedelta(seconds=300.001)
    assert replay.run(world, world.clock, tmp_path) > 100
    assert len(world.waits) == 1


def test_a_replay_that_is_stopped_before_it_begins_writes_nothing(logs: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    stop.set()
    assert Replay(logs, now=NOW).run(stop, lambda: NOW + timedelta(days=9), tmp_path) == 0


def test_a_real_event_ends_a_replay_that_waits(logs: Path, tmp_path: Path) -> None:
    stop = threading.Event()
    replay = Replay(logs, now=NOW)
    thread = threading.Thread(target=replay.run, args=(stop, lambda: NOW, tmp_path))
    thread.start()
    stop.set()
    thread.join(5)
    assert not thread.is_alive()


def test_every_form_of_time_is_moved_and_every_other_byte_is_kept(tmp_path: Path) -> None:
    second = 1_800_000_000
    moved = '"2027-03-04T05:06:08.890123Z"'
    lines = {
        f'{{"ts":{second}}}': f'{{"ts":{moved}}}',
        f'{{"ts": {second * 1000}, "score": 0.10}}': f'{{"ts": {moved}, "score": 0.10}}',
        f'{{"x":1e400,"ts":{second * 10**6},"y":[1 ,2]}}': f'{{"x":1e400,"ts":{moved},"y":[1 ,2]}}',
        f' {{"ts":{second * 10**9}.0}}\t': f' {{"ts":{moved}}}\t',
        '{"ts":"2027-01-15T08:00:00","n":"é\\u0000"}': f'{{"ts":{moved},"n":"é\\u0000"}}',
        '{"ts":"2027-01-15T13:30:00+05:30"}': f'{{"ts":{moved}}}',
        '{"features":{"ts":"3"},"ts":"2027-01-15T08:00:00Z"}': f'{{"features":{{"ts":"3"}},"ts":{moved}}}',
        '{"ts":"1999-01-01T00:00:00Z","ts":"2027-01-15T08:00:00Z"}': f'{{"ts":{moved},"ts":{moved}}}',
        '{"t\\u0073":"2027-01-15T08:00:00Z"}': f'{{"t\\u0073":{moved}}}',
    }
    write(tmp_path / "in", "a.jsonl", *lines)
    origin = datetime.fromtimestamp(second - 40, UTC)
    world = World(2)
    Replay(tmp_path / "in", now=NOW, origin=origin).run(world, world.clock, tmp_path / "out")
    played = (tmp_path / "out" / "a.jsonl").read_text().split("\n")
    assert played[: len(lines)] == list(lines.values())


def test_lines_without_a_usable_time_are_played_as_they_are_in_their_place(tmp_path: Path) -> None:
    odd = [
        b"",
        b"not json",
        b'{"ts":"yesterday","model":"m"}',
        b'{"ts":true}',
        b'{"ts":{"ts":1}}',
        b'{"model":"m"}',
        b'{"ts":NaN}',
        b'{"ts":1e999}',
        b"[" * 100_000,
        b'{"ts":' + b"9" * 5000 + b"}",
        b"\xff\xfe",
    ]
    write(tmp_path / "in", "a.jsonl", b"# heading", b'{"ts":100}', *odd, b'{"ts":200}')
    replay = Replay(tmp_path / "in", now=NOW, origin=datetime.fromtimestamp(150, UTC), speed=1)
    replay.write_backlog(tmp_path / "out")
    played = (tmp_path / "out" / "a.jsonl").read_bytes()
    assert played == b"\n".join([b"# heading", b'{"ts":"2027-03-04T05:05:17.890123Z"}', *odd, b""])


def test_an_id_of_any_kind_is_told_from_that_of_the_turn_before(tmp_path: Path) -> None:
    write(
        tmp_path / "in",
        "a.jsonl",
        '{"ts":1,"request_id":7}',
        '{"features":{"request_id":"inner"},"request_id":"q\\"","ts":1}',
        '{"ts":"1970-01-01T00:00:01Z","request_id":null}',
        '{"ts":"1970-01-01T00:00:01Z","features":{"request_id":"inner"}}',
        '{"ts":1}',
    )
    replay = Replay(tmp_path / "in", now=NOW, origin=datetime.fromtimestamp(1, UTC), speed=1)
    world = World(1.5)
    replay.run(world, world.clock, tmp_path / "out")
    turns = [without(line, "ts") for line in lines_of(tmp_path / "out")["a.jsonl"]]
    assert turns[5:] == [
        {"request_id": "7-2"},
        {"features": {"request_id": "inner"}, "request_id": 'q"-2'},
        {"request_id": None},
        {"features": {"request_id": "inner"}},
        {},
    ]


def test_files_are_merged_by_time_and_a_late_line_keeps_its_own(tmp_path: Path) -> None:
    write(tmp_path / "in", "a.jsonl", '{"ts":10}', '{"ts":30}', '{"ts":29}', '{"ts":50}', '{"ts":31}')
    write(tmp_path / "in", "b.jsonl", '{"ts":20}', '{"ts":40}')
    replay = Replay(tmp_path / "in", now=NOW, origin=datetime.fromtimestamp(35, UTC), speed=1)
    assert replay.write_backlog(tmp_path / "out") == 4
    played = lines_of(tmp_path / "out")
    assert [(at(line) - NOW).total_seconds() for line in played["a.jsonl"]] == [-25, -5, -6]
    assert [(at(line) - NOW).total_seconds() for line in played["b.jsonl"]] == [-15]
    world = World(15.000001)
    assert replay.run(world, world.clock, tmp_path / "out") == 3
    assert [(at(line) - NOW).total_seconds() for line in lines_of(tmp_path / "out")["a.jsonl"]] == [
        *(-25, -5, -6),
        *(15, -4),
    ]


def test_without_truth_two_fifths_are_backlog_and_the_loop_takes_the_logs_length(tmp_path: Path) -> None:
    write(tmp_path / "in", "a.jsonl", *(f'{{"ts":{second}}}' for second in range(100)))
    replay = Replay(tmp_path / "in", now=NOW, speed=1)
    assert replay.incidents == ()
    assert replay.write_backlog(tmp_path / "out") == 40
    world = World(200)
    assert replay.run(world, world.clock, tmp_path / "out") == pytest.approx(200, abs=3)


def test_logs_of_a_single_moment_do_not_loop_without_a_pause(tmp_path: Path) -> None:
    write(tmp_path / "in", "a.jsonl", '{"ts":5}')
    world = World(10.5)
    replay = Replay(tmp_path / "in", now=NOW, speed=40)
    assert replay.run(world, world.clock, tmp_path / "out") <= 11


@pytest.mark.parametrize("speed", [0.0, -1.0, float("nan"), float("inf")])
def test_a_speed_that_is_none_is_refused(logs: Path, speed: float) -> None:
    with pytest.raises(UsageError, match="speed"):
        Replay(logs, now=NOW, speed=speed)


def test_a_folder_without_logs_or_without_times_is_named(tmp_path: Path) -> None:
    with pytest.raises(UnavailableError, match=r"holds no \*\.jsonl"):
        Replay(tmp_path, now=NOW)
    with pytest.raises(UnavailableError, match=r"holds no \*\.jsonl"):
        Replay(tmp_path / "missing", now=NOW)
    write(tmp_path, "a.jsonl", '{"model":"m"}')
    with pytest.raises(UnavailableError, match="no line"):
        Replay(tmp_path, now=NOW)


def test_a_folder_that_cannot_be_written_is_named(logs: Path, tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    replay = Replay(logs, now=NOW)
    with pytest.raises(UnavailableError, match="file"):
        replay.write_backlog(tmp_path / "file")
    world = World(5)
    with pytest.raises(UnavailableError, match="file"):
        replay.run(world, world.clock, tmp_path / "file")


def test_the_checkouts_sample_logs_are_found_and_tell_of_a_spike() -> None:
    folder = locate_sample_logs()
    assert folder.samefile(CHECKED_IN)
    truth = read_truth(folder)
    assert truth is not None
    assert truth.incidents[0].kind == "error_spikes"


def test_the_packages_copy_wins_over_the_checkout(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    write(tmp_path / "_sample_logs", "a.jsonl", "{}")
    monkeypatch.setattr(resources, "files", lambda package: tmp_path)
    assert locate_sample_logs() == tmp_path / "_sample_logs"


def test_where_there_are_no_sample_logs_it_says_how_to_make_some(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(resources, "files", lambda package: tmp_path)
    monkeypatch.setattr(replay_module, "__file__", str(tmp_path / "console" / "samples" / "replay.py"))
    with pytest.raises(UnavailableError, match="icon sample-logs --out"):
        locate_sample_logs()
