"""The generator keeps its promises about bytes, counts and time, whatever it is asked for."""

from __future__ import annotations

import hashlib
import json
from collections import Counter
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from pathlib import Path
from random import Random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import UnavailableError, UsageError
from console.samples import SampleReceipt, write_sample_logs
from console.samples.arrivals import arrivals

START = datetime(2026, 11, 2, tzinfo=UTC)
NAMES = ("churn.jsonl", "eta.jsonl", "fraud.jsonl", "truth.json")
CHECKED_IN = Path(__file__).parents[3] / "sample_logs"
KNOWN = {
    *("ts", "request_id", "model", "model_version", "endpoint", "status", "error_type", "error_message"),
    *("latency_ms", "prediction", "score", "features", "tags", "stages", "tokens_in", "tokens_out"),
    *("cost", "truth"),
}


def digests(folder: Path) -> dict[str, str]:
    return {name: hashlib.sha256((folder / name).read_bytes()).hexdigest() for name in NAMES}


def make(out: Path, *, seed: int = 1, lines: int = 600, hours: float = 24.0) -> SampleReceipt:
    return write_sample_logs(out, seed=seed, lines=lines, start=START, hours=hours)


def test_the_same_arguments_give_the_same_bytes(tmp_path: Path) -> None:
    make(tmp_path / "one")
    make(tmp_path / "two")
    assert digests(tmp_path / "one") == digests(tmp_path / "two")


def test_another_seed_gives_other_requests(tmp_path: Path) -> None:
    make(tmp_path / "one", seed=1)
    make(tmp_path / "two", seed=2)
    one, two = digests(tmp_path / "one"), digests(tmp_path / "two")
    assert all(one[name] != two[name] for name in NAMES)


def test_the_checked_in_logs_are_what_the_generator_makes(tmp_path: Path) -> None:
    receipt = write_sample_logs(tmp_path, seed=20, lines=9000, start=START)
    assert digests(tmp_path) == digests(CHECKED_IN)
    assert all(file.size < 2**20 for file in receipt.files)
    assert receipt.size < 3_200_000


@pytest.mark.parametrize("lines", [1, 2, 999, 3001])
def test_exactly_as_many_lines_are_written_as_were_asked_for(tmp_path: Path, lines: int) -> None:
    receipt = make(tmp_path, lines=lines)
    written = {file.path.name: file.path.read_bytes() for file in receipt.files}
    assert sum(data.count(b"\n") for data in written.values()) == lines == receipt.lines
    assert sum(map(len, written.values())) == receipt.size
    truth = json.loads(receipt.truth_path.read_bytes())
    assert truth["lines"] == lines
    assert {name: entry["lines"] for name, entry in truth["files"].items()} == {
        name: data.count(b"\n") for name, data in written.items()
    }


def test_every_line_is_a_record_of_its_model_in_the_order_of_time(tmp_path: Path) -> None:
    receipt = make(tmp_path, lines=3000)
    seen = set()
    for file in receipt.files:
        records = [json.loads(line) for line in file.path.read_text().splitlines()]
        times = [datetime.fromisoformat(record["ts"]) for record in records]
        assert all(earlier <= later for earlier, later in pairwise(times))
        assert times[0] >= START
        assert times[-1] < START + timedelta(hours=24)
        assert {record["model"] for record in records} == {file.model}
        assert all(record.keys() <= KNOWN for record in records)
        assert len({record["model_version"] for record in records}) == 2
        seen |= {record["request_id"] for record in records}
    assert len(seen) == 3000


def test_lines_have_the_weight_that_was_meant(tmp_path: Path) -> None:
    receipt = make(tmp_path, lines=3000)
    assert 320 <= receipt.size / receipt.lines <= 360


def test_empty_fields_are_mostly_left_out_and_sometimes_null(tmp_path: Path) -> None:
    receipt = make(tmp_path, lines=6000)
    records = [json.loads(line) for file in receipt.files for line in file.path.read_text().splitlines()]
    fine = [record for record in records if record["status"] == 200]
    named = sum("error_type" in record for record in fine)
    assert 0.02 < named / len(fine) < 0.1
    assert all(record["error_type"] is None for record in fine if "error_type" in record)
    without = Counter(
        name
        for record in records
        for name in ("card_days", "age", "weather")
        if record["features"].get(name, 0) is None
    )
    assert without.keys() == {"card_days", "age", "weather"}


def test_an_offset_or_none_of_the_start_makes_no_difference(tmp_path: Path) -> None:
    for name, start in {
        "plain": START.replace(tzinfo=None),
        "offset": datetime.fromisoformat("2026-11-02T05:30:00+05:30"),
        "utc": START,
    }.items():
        write_sample_logs(tmp_path / name, seed=1, lines=50, start=start)
    assert digests(tmp_path / "plain") == digests(tmp_path / "offset") == digests(tmp_path / "utc")


def test_a_shorter_period_holds_every_incident_in_proportion(tmp_path: Path) -> None:
    receipt = make(tmp_path, lines=100, hours=1.2)
    spike = next(one for one in receipt.incidents if one.kind == "error_spikes")
    assert spike.start == START + timedelta(hours=0.5)
    assert spike.end == START + timedelta(hours=0.575)
    last = max(one.end for one in receipt.incidents)
    assert last == START + timedelta(hours=1.2)


def test_progress_tells_lines_made_and_ends_with_all_of_them(tmp_path: Path) -> None:
    told: list[int] = []
    write_sample_logs(tmp_path, seed=1, lines=45_000, start=START, progress=told.append)
    assert told == [20_000, 40_000, 45_000]


@pytest.mark.parametrize(
    ("lines", "hours"), [(0, 24.0), (-1, 24.0), (5, 0.0), (5, -1.0), (5, float("nan")), (5, 1e12)]
)
def test_what_cannot_be_made_is_refused_before_anything_is_written(
    tmp_path: Path, lines: int, hours: float
) -> None:
    with pytest.raises(UsageError):
        make(tmp_path / "out", lines=lines, hours=hours)
    assert not (tmp_path / "out").exists()


def test_a_folder_that_cannot_be_made_is_named(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UnavailableError, match=r"file"):
        make(tmp_path / "file")


def test_a_run_that_is_ended_leaves_the_older_logs_whole(tmp_path: Path) -> None:
    make(tmp_path)
    before = digests(tmp_path)

    def end(made: int) -> None:
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        write_sample_logs(tmp_path, seed=2, lines=30_000, start=START, progress=end)
    assert digests(tmp_path) == before
    assert sorted(path.name for path in tmp_path.iterdir()) == list(NAMES)


@given(
    seed=st.integers(),
    count=st.integers(0, 60),
    period_ms=st.integers(1, 200_000_000),
    minute=st.integers(0, 1439),
)
def test_arrivals_are_as_many_as_asked_in_order_and_within_the_period(
    seed: int, count: int, period_ms: int, minute: int
) -> None:
    start = START + timedelta(minutes=minute)
    moments = list(arrivals(Random(seed), start=start, period_ms=period_ms, count=count))
    assert len(moments) == count
    assert moments == sorted(moments)
    assert all(0 <= moment < period_ms for moment in moments)


@pytest.mark.parametrize("start_hour", [0, 9])
def test_traffic_peaks_at_noon_at_three_times_its_trough_wherever_the_period_begins(start_hour: int) -> None:
    start = START + timedelta(hours=start_hour)
    moments = arrivals(Random(3), start=start, period_ms=86_400_000, count=100_000)
    hours = Counter((start + timedelta(milliseconds=moment)).hour for moment in moments)
    peak, trough = hours[12] + hours[13], hours[0] + hours[1]
    assert 2.7 < peak / trough < 3.3
    # A cosine about its mean: a quarter of a day from the peak the rate is the mean one.
    assert 0.9 < (hours[6] + hours[7] + hours[18] + hours[19]) / 4 / (100_000 / 24) < 1.1
