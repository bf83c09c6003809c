"""The parts without a screen, on real files."""

from __future__ import annotations

import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import pytest

from console.engine import Settings
from console.engine.headless import Headless
from console.errors import CasebookError, SourceError, StoreError, StoreLockedError, UsageError
from console.model import Alert, AlertState, Severity, Slice, SourceState
from tests.support import ended
from tests.unit.engine.logs import NOW, START, clock, lines, write

HOLD = """
import sys, duckdb
held = duckdb.connect(sys.argv[1])
print("held", flush=True)
sys.stdin.read()
"""


def settings(log: Path, **more: object) -> Settings:
    return replace(
        Settings((str(log),), database=str(log.parent / "cache.duckdb")),
        **more,  # type: ignore[arg-type]
    )


def alerts_of(given: Settings) -> tuple[Alert, ...]:
    with Headless(given, clock=clock) as parts:
        parts.collector.drain()
        return parts.alerts()


@pytest.mark.usefixtures("all_checks")
def test_a_calm_log_has_no_alerts(tmp_path: Path) -> None:
    assert alerts_of(settings(write(tmp_path / "a.jsonl", lines(240)))) == ()


@pytest.mark.usefixtures("all_checks")
def test_a_spike_is_one_alert_of_the_right_model_and_slice(tmp_path: Path) -> None:
    (alert,) = alerts_of(settings(write(tmp_path / "a.jsonl", lines(240, spike=(220, 240)))))
    assert (alert.check, alert.model, alert.severity) == ("error_spikes", "fraud", Severity.CRITICAL)
    assert alert.state is AlertState.OPEN
    assert alert.worst.slice in (Slice("model_version", "v3"), Slice("region", "EU"))
    assert "model_version=v3 and region=EU: 100 % errors" in alert.worst.summary
    began = (alert.began - START).total_seconds() / 60
    assert 190 <= began <= 221
    # At 20 requests a minute a window of 5 minutes is the first that has errors enough.
    assert (alert.detected - START).total_seconds() / 60 <= 225


def test_a_spike_that_is_over_is_resolved(tmp_path: Path) -> None:
    (alert,) = alerts_of(settings(write(tmp_path / "a.jsonl", lines(240, spike=(120, 140)))))
    assert alert.state is AlertState.RESOLVED


def test_started_again_it_reads_only_what_is_new_and_says_the_same(tmp_path: Path) -> None:
    given = settings(write(tmp_path / "a.jsonl", lines(240, spike=(220, 240))))
    first = alerts_of(given)
    with Headless(given, clock=clock) as parts:
        parts.collector.drain()
        assert parts.collector.version == 0
        assert parts.alerts() == first


def test_an_alert_keeps_its_id_while_the_log_grows(tmp_path: Path) -> None:
    whole = list(lines(240, spike=(200, 240)))
    log = write(tmp_path / "a.jsonl", whole[:4420])
    (before,) = alerts_of(settings(log))
    write(log, whole[4420:4600])
    (after,) = alerts_of(settings(log))
    assert after.last_seen > before.last_seen
    assert after.alert_id == before.alert_id


def test_without_a_casebook_the_alerts_are_there_and_it_is_said(tmp_path: Path) -> None:
    given = settings(write(tmp_path / "a.jsonl", lines(240, spike=(220, 240))), casebook=tmp_path)
    with Headless(given, clock=clock) as parts:
        parts.collector.drain()
        assert len(parts.alerts()) == 1
        assert isinstance(parts.casebook_problem, CasebookError)
        with pytest.raises(CasebookError):
            _ = parts.casebook


def test_who_follows_waits_for_a_source_that_is_not_there_yet(tmp_path: Path) -> None:
    with Headless(settings(tmp_path / "a.jsonl"), clock=clock, waits=True) as parts:
        parts.collector.step()
        assert [status.state for status in parts.collector.statuses] == [SourceState.WAITING]


def test_a_source_that_is_not_there_opens_nothing(tmp_path: Path) -> None:
    given = settings(tmp_path / "missing.jsonl")
    with pytest.raises(SourceError, match=r"missing\.jsonl"):
        Headless(given, clock=clock)
    assert not (tmp_path / "cache.duckdb").exists()


def test_a_wrong_folder_of_queries_is_named(tmp_path: Path) -> None:
    given = settings(write(tmp_path / "a.jsonl", lines(1)), queries=(tmp_path / "none",))
    with pytest.raises(UsageError, match="none"):
        Headless(given, clock=clock)


@pytest.fixture
def held(tmp_path: Path) -> object:
    """Process id of another process, which holds the database."""
    path = tmp_path / "cache.duckdb"
    with ended(
        subprocess.Popen(
            [sys.executable, "-c", HOLD, str(path)], stdin=subprocess.PIPE, stdout=subprocess.PIPE
        )
    ) as process:
        assert process.stdout is not None and process.stdin is not None
        assert process.stdout.readline() == b"held\n"
        yield process.pid
        process.stdin.close()


def test_a_held_database_is_replaced_by_a_private_one_and_its_holder_named(
    tmp_path: Path, home: Path, held: int
) -> None:
    given = settings(write(tmp_path / "a.jsonl", lines(1)))
    with Headless(given, clock=clock) as parts:
        (notice,) = parts.notices
        assert str(held) in notice and "private" in notice
        private = Path(parts.store.path)
        assert private.is_relative_to(home) and private.exists()
        parts.collector.drain()
        assert parts.store.counts().rows == 20
    assert not private.parent.exists()


def test_a_held_database_is_refused_where_it_is_what_was_asked_for(tmp_path: Path, held: int) -> None:
    given = settings(write(tmp_path / "a.jsonl", lines(1)))
    with pytest.raises(StoreLockedError) as refused:
        Headless(given, clock=clock, private_if_locked=False)
    assert refused.value.holder == held


def test_a_database_that_is_none_is_refused_if_it_was_named(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", lines(1))
    (tmp_path / "cache.duckdb").write_bytes(b"this is no database at all" * 999)
    with pytest.raises(StoreError, match=r"cache\.duckdb"):
        Headless(settings(log), clock=clock)


def test_a_broken_cache_that_nobody_named_is_gone_around(tmp_path: Path, home: Path) -> None:
    given = Settings((str(write(tmp_path / "a.jsonl", lines(1))),))
    with Headless(given, clock=clock) as parts:
        usual = Path(parts.store.path)
    assert usual.is_relative_to(home / "state")
    usual.write_bytes(b"this is no database at all" * 999)
    with Headless(given, clock=clock) as parts:
        assert str(usual) in parts.notices[0]
        parts.collector.drain()
        assert parts.store.counts().rows == 20


def test_without_room_for_a_private_cache_it_is_said(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, held: int
) -> None:
    monkeypatch.setattr("tempfile.tempdir", str(tmp_path / "nowhere"))
    with pytest.raises(StoreError, match=str(held)):
        Headless(settings(write(tmp_path / "a.jsonl", lines(1))), clock=clock)


def test_a_collector_that_cannot_start_leaves_the_file_free(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(*_: object, **__: object) -> None:
        raise StoreError("no")

    given = settings(write(tmp_path / "a.jsonl", lines(1)))
    with monkeypatch.context() as patched:
        patched.setattr("console.engine.headless.Collector", refuse)
        with pytest.raises(StoreError) as refused:
            Headless(given, clock=clock)
    # As long as the failure is looked at, nothing goes away by itself.
    assert refused.tb is not None
    done = subprocess.run(
        [sys.executable, "-c", HOLD, given.database or ""], input=b"", capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()


def test_lines_from_the_future_are_kept_but_judge_nothing(tmp_path: Path) -> None:
    log = write(tmp_path / "a.jsonl", lines(1, start=NOW.replace(year=2027)))
    with Headless(settings(log), clock=clock) as parts:
        parts.collector.drain()
        assert parts.store.counts().rows == 20
        assert parts.alerts() == ()
