"""Logs of other forms, from their file to the store and to what the screens ask."""

from __future__ import annotations

import json
from datetime import UTC, datetime
from pathlib import Path

import pytest

from console.config import load_configuration
from console.engine import Settings
from console.engine.headless import Headless
from console.errors import UsageError
from console.ingest import STANDARD_INPUT, piped
from console.model import Configuration, Meaning, Phase, SourceRule, SourceState
from tests.unit.engine.logs import clock, write
from tests.unit.engine.watching import Watched

TOKYO = Configuration(zone="Asia/Tokyo", sources=(SourceRule(("*.log",), Meaning(zone="Asia/Tokyo")),))


def flat(n: int, **more: object) -> bytes:
    record = {"timestamp": f"2026-11-02T06:00:{n % 60:02d}", "requestId": f"r{n}", "pred": "x", "amount": n}
    return json.dumps(record | more).encode() + b"\n"


def read(log: Path, configuration: Configuration = TOKYO) -> list[dict[str, object]]:
    """The rows of the cache once all of the log is in it, by offset, whole."""
    given = Settings((str(log),), database=str(log.parent / "cache.duckdb"), configuration=configuration)
    with Headless(given, clock=clock) as parts:
        parts.collector.drain()
        with parts.store._reader() as cursor:
            answer = cursor.execute(
                "select * exclude (ts), epoch(ts) as ts from predictions order by source_offset"
            )
            names = [column[0] for column in answer.description or ()]
            return [dict(zip(names, row, strict=True)) for row in answer.fetchall()]


def test_a_flat_log_in_local_time_is_read_without_configuration_of_its_keys(tmp_path: Path) -> None:
    (row,) = read(write(tmp_path / "a.log", [flat(7, host="h", level="INFO", country="JP")]))
    assert datetime.fromtimestamp(row["ts"], UTC).isoformat() == "2026-11-01T21:00:07+00:00"  # type: ignore[arg-type]
    assert (row["request_id"], row["prediction"], row["ts_origin"]) == ("r7", "x", "logged")
    assert (row["amount"], row["country"], row["host"]) == (7.0, "JP", "h")
    assert json.loads(str(row["extra"])) == {"level": "INFO"}


def test_after_a_restart_the_file_means_what_its_first_lines_say(tmp_path: Path) -> None:
    log = write(tmp_path / "a.log", [flat(n, duration=0.02) for n in range(20)])
    read(log)
    write(log, [flat(21, duration=30)])
    rows = read(log)
    assert (rows[0]["latency_ms"], rows[-1]["latency_ms"]) == (20.0, 30_000.0)


def test_lines_in_front_of_the_first_prediction_decide_nothing(tmp_path: Path) -> None:
    log = write(tmp_path / "a.log", [b'{"time":"2026-11-02","level":"INFO","msg":"up"}\n'])
    with Headless(Settings((str(log),), ":memory:"), clock=clock) as parts:
        parts.collector.drain()
        write(log, [b'{"ts":"2026-11-02T06:00:00Z","time":3,"features":{"a":1}}\n'])
        parts.collector.drain()
        assert (parts.store.counts().rows, parts.store.counts().rejects) == (1, 1)
        assert parts.store.counts().newest_ts == datetime(2026, 11, 2, 6, tzinfo=UTC)


@pytest.mark.parametrize(
    "before",
    [
        [b'{"time":"2026-11-02","level":"INFO","msg":"up"}\n'] * 300,
        [b"INFO loading\n"] * 30_000,
        [b" " * 1023 + b"\n"] * 300,
    ],
    ids=["objects", "text", "blanks"],
)
def test_however_much_is_in_front_of_the_first_prediction_it_is_read(
    tmp_path: Path, before: list[bytes]
) -> None:
    log = write(tmp_path / "a.log", [*before, b'{"request_id":"r","features":{"amount":1}}\n'])
    (row,) = read(log)
    assert (row["request_id"], row["amount"]) == ("r", 1.0)


def test_the_screens_are_given_rejects_and_can_have_them_read_again(tmp_path: Path) -> None:
    log = write(tmp_path / "a.log", [b'{"verdict":"x"}\n', b"bad\n", b'{"verdict":"y"}\n'])
    rules = (SourceRule(("a.log",), Meaning(fields={"prediction": (("verdict",),)})),)
    path = str(tmp_path / "cache.duckdb")
    with Watched(Settings((str(log),), database=path, casebook=tmp_path / "c.sqlite")) as watched:
        watched.until(lambda s: s.phase is Phase.LIVE and s.rejects == 3)
    mended = Settings(
        (str(log),), database=path, casebook=tmp_path / "c.sqlite", configuration=Configuration(sources=rules)
    )
    with Watched(mended) as watched:
        watched.until(lambda s: s.phase is Phase.LIVE)
        engine = watched.engine
        assert dict(engine.reject_reasons(None))["not JSON"] == 1
        assert [reject.offset for reject in engine.rejects(None, 0, 2)] == [20, 16]
        assert engine.rejects(99, 0, 5) == ()
        assert engine.retry_rejects() == (3, 2)
        live = watched.until(lambda s: s.rows == 2 and s.sources[0].rows == 2)
        assert (live.rejects, live.sources[0].rejects, live.sources[0].lines) == (1, 1, 3)
        assert [reject.line for reject in engine.rejects(None, 0, 5)] == [b"bad"]


def test_a_mapping_that_is_mended_meanwhile_holds_for_rejects_and_for_what_comes(tmp_path: Path) -> None:
    log = write(tmp_path / "a.log", [b'{"verdict":"x"}\n', b'{"verdict":"y"}\n'])
    file = tmp_path / "mapping.toml"
    file.write_text("")
    given = Settings(
        (str(log),), ":memory:", tmp_path / "c.sqlite", configuration=load_configuration(file, {})
    )
    with Watched(given) as watched:
        watched.until(lambda s: s.phase is Phase.LIVE and s.rejects == 2)
        file.write_text("[[source]]\nmatch = 'a.log'\n[source.fields]\nprediction = ")
        with pytest.raises(UsageError, match=r"mapping\.toml:4"):
            watched.engine.retry_rejects()
        file.write_text("[[source]]\nmatch = 'a.log'\n[source.fields]\nprediction = 'verdict'\n")
        assert watched.engine.retry_rejects() == (2, 2)
        write(log, [b'{"verdict":"z"}\n'])
        watched.until(lambda s: (s.rows, s.rejects) == (3, 0))


def test_when_a_pipe_has_ended_its_ledger_still_follows_what_is_done(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "mapping.toml"
    file.write_text("")
    given = Settings(
        (STANDARD_INPUT,), ":memory:", tmp_path / "c.sqlite", configuration=load_configuration(file, {})
    )
    with write(tmp_path / "given", [b'{"verdict":"x"}\n', b'{"verdict":"y"}\n']).open("rb") as standard_input:
        monkeypatch.setattr(piped, "_where", standard_input.fileno())
        with Watched(given) as watched:
            watched.until(lambda s: s.rejects == 2 and s.sources[0].state is SourceState.FINISHED)
            file.write_text("[[source]]\nmatch = '-'\n[source.fields]\nprediction = 'verdict'\n")
            assert watched.engine.retry_rejects() == (2, 2)
            told = watched.until(lambda s: (s.sources[0].rows, s.sources[0].rejects) == (2, 0))
            assert told.notices == ()
