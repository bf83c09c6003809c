"""The whole road in a real terminal: a growing log, the alert, the row, the label, the slice."""

from __future__ import annotations

import os
import random
import re
import signal
from collections.abc import Iterator, Mapping
from datetime import UTC, datetime, timedelta
from pathlib import Path

import duckdb
import orjson
import polars as pl
import pytest

from console.casebook import Casebook
from console.export import verify
from tests.end_to_end.terminal import Terminal, as_a_person_starts_it, icon

pytestmark = pytest.mark.slow

HOSTILE = "[/red]\x1b]52;c;aGk=\x07[@click=app.quit]x[/]"

CURSOR = re.compile(r"▌ (\d\d-\d\d )?\d\d:\d\d:\d\d")
"""On a row of a list; of a day that is over the date is told."""


@pytest.fixture
def environment(tmp_path: Path) -> Mapping[str, str]:
    """A person's surroundings of their own, so that nothing of the real one's is touched."""
    return {
        "PATH": os.environ["PATH"],
        "HOME": str(tmp_path / "home"),
        "XDG_STATE_HOME": str(tmp_path / "state"),
        "XDG_DATA_HOME": str(tmp_path / "data"),
        "TERM": "xterm-256color",
        "LANG": "C.UTF-8",
        "PYTHONPATH": str(Path(__file__).parents[2]),
    }


def lines(start: datetime, until: datetime, *, count: int, broken_in: str = "") -> Iterator[bytes]:
    """Requests of one model, spread over a span; half of those in one region fail if told so."""
    chance = random.Random(count)
    for number in range(count):
        region = ("EU", "US", "APAC")[number % 3]
        fails = region == broken_in and number % 2 == 0
        record = {
            "ts": (start + (until - start) * number / count).isoformat(),
            "request_id": f"r{start.timestamp():.0f}-{number}",
            "model": "fraud",
            "model_version": "v3",
            "endpoint": "/score",
            "status": 503 if fails else 200,
            "error_type": "UpstreamTimeout" if fails else None,
            "latency_ms": chance.uniform(10, 30),
            "prediction": ("legit", "fraud")[chance.random() < 0.1],
            "score": chance.random(),
            "features": {"amount": chance.uniform(1, 100), "note": HOSTILE},
            "tags": {"region": region},
        }
        yield orjson.dumps(record) + b"\n"


def within_one_bin(now: datetime, span: timedelta) -> datetime:
    """The latest time up to now before which all of a span lies in one bin of five minutes."""
    begun = timedelta(minutes=now.minute % 5, seconds=now.second, microseconds=now.microsecond)
    return now if begun >= span else now - begun - timedelta(seconds=1)


def rows_in(database: Path) -> int:
    """What any DuckDB client finds in the file."""
    with duckdb.connect(str(database), read_only=True) as connection:
        (rows,) = connection.execute("select count(*) from predictions").fetchall()[0]
    return int(rows)


def test_from_a_growing_log_to_a_labelled_exported_slice(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    log = tmp_path / "predictions.jsonl"
    now = within_one_bin(datetime.now(UTC), timedelta(seconds=50))
    calm_until = now - timedelta(seconds=50)
    log.write_bytes(b"".join(lines(calm_until - timedelta(minutes=20), calm_until, count=2000)))
    slice_path = tmp_path / "slice.parquet"

    with Terminal(as_a_person_starts_it(log), environment=environment) as terminal:
        terminal.wait_for("2,000 rows", "live")
        with log.open("ab") as growing:
            growing.write(b"this line is no JSON\n")
            growing.writelines(lines(calm_until, now, count=300, broken_in="EU"))
        terminal.wait_for("2,300 rows", "1 reject")
        terminal.wait_for("error spikes", "region=EU")

        terminal.press("\r")
        terminal.wait_for("Offending requests  50", "UpstreamTimeout")
        terminal.wait_until(lambda text: CURSOR.search(text) is not None, "a cursor")

        terminal.press("\r")
        terminal.wait_for("Request", "amount", "[/red]")

        terminal.press("l1")
        terminal.wait_for("✎")
        terminal.press("q")
        terminal.wait_for("Offending requests")

        terminal.press("x")
        terminal.wait_for(".parquet")
        terminal.press("\x15")
        terminal.wait_until(lambda text: ".parquet" not in text, "an empty field")
        terminal.press(str(slice_path))
        terminal.wait_for("slice.parquet")
        terminal.press("\r")
        terminal.wait_until(lambda _: slice_path.exists(), "the slice")
        terminal.wait_for("50 rows")
        terminal.press("q")
        terminal.wait_for("Latest requests")
        terminal.press("q")
        assert terminal.exit_code() == 0
        assert b"\x1b]52;c;aGk=" not in terminal.received, "a logged escape sequence reached the terminal"

    found = pl.read_parquet(slice_path)
    assert found.height == 50
    assert set(found["region"]) == {"EU"}
    assert found["amount"].dtype == pl.Float64
    assert set(found["note"]) == {HOSTILE}
    assert found["label"].drop_nulls().to_list() == ["fraud"]
    assert verify(slice_path).ok

    book = tmp_path / "data" / "incident-console" / "casebook.sqlite"
    with Casebook.open(book, author="reader", clock=lambda: datetime.now(UTC)) as casebook:
        (label,) = casebook.current_all()
    labelled = found.filter(pl.col("label").is_not_null())
    assert label.draft.request_key == labelled["request_id"].item()
    assert label.draft.model == "fraud"
    assert label.draft.input_hash


def test_a_dropped_link_ends_the_console_and_everything_is_committed(
    tmp_path: Path, environment: Mapping[str, str]
) -> None:
    """Not by SIGHUP alone: a dead terminal must not leave a console that waits for it for ever."""
    log = tmp_path / "predictions.jsonl"
    now = datetime.now(UTC)
    log.write_bytes(b"".join(lines(now - timedelta(minutes=20), now, count=500)))
    database = tmp_path / "cache.duckdb"

    with Terminal(icon(log, "--db", database), environment=environment) as terminal:
        terminal.wait_for("500 rows", "live")
        terminal.hang_up()
        assert terminal.exit_code() == 128 + signal.SIGHUP

    assert rows_in(database) == 500


def test_a_source_that_is_not_there_yet_is_waited_for(tmp_path: Path, environment: Mapping[str, str]) -> None:
    log = tmp_path / "later.jsonl"
    with Terminal(icon(log), environment=environment) as terminal:
        terminal.wait_for("waiting", "later.jsonl")
        now = datetime.now(UTC)
        log.write_bytes(b"".join(lines(now - timedelta(minutes=1), now, count=10)))
        terminal.wait_for("10 rows", "live")
        terminal.press("q")
        assert terminal.exit_code() == 0


def test_a_second_console_is_told_who_holds_the_cache(tmp_path: Path, environment: Mapping[str, str]) -> None:
    log = tmp_path / "predictions.jsonl"
    now = datetime.now(UTC)
    log.write_bytes(b"".join(lines(now - timedelta(minutes=1), now, count=10)))
    with Terminal(icon(log), environment=environment) as first:
        first.wait_for("10 rows", "live")
        with Terminal(icon(log), environment=environment) as second:
            second.wait_for("10 rows", f"(process {first.pid}) holds the cache")
