"""The engine as the desk behind the screens, on logs that grow while it runs."""

from __future__ import annotations

import threading
from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from console.canned import load_catalog
from console.casebook import Casebook
from console.engine import Engine, Settings
from console.engine.evidence import OFFENDER_ROWS
from console.engine.judge import Judge
from console.engine.picture import RECENT_ROWS
from console.errors import CasebookError, ExportError, StoreError, UsageError
from console.model import (
    Alert,
    Batch,
    LabelDraft,
    Limits,
    Phase,
    QueryCall,
    RowId,
    Snapshot,
    SourceState,
    Ticket,
    View,
)
from console.model.exporting import WHOLE
from console.store import Store
from tests.unit.engine.logs import START, clock, line, lines, write
from tests.unit.engine.watching import PATIENCE, Watched, be_brisk


@pytest.fixture(autouse=True)
def brisk(monkeypatch: pytest.MonkeyPatch) -> None:
    """Snapshots and judgements as fast as they can be made."""
    be_brisk(monkeypatch)


def settings(log: Path, **more: object) -> Settings:
    given = Settings(
        (str(log),),
        database=str(log.parent / "cache.duckdb"),
        casebook=log.parent / "casebook.sqlite",
        author="ann@one",
    )
    return replace(given, **more)  # type: ignore[arg-type]


def spiked(folder: Path) -> Path:
    return write(folder / "app.jsonl", lines(60, spike=(40, 60)))


def is_judged(snapshot: Snapshot) -> bool:
    return snapshot.phase is Phase.LIVE and snapshot.judged_at is not None


def has_alert(snapshot: Snapshot) -> bool:
    return is_judged(snapshot) and bool(snapshot.alerts)


# --- phases ----------------------------------------------------------------------------------


def test_it_starts_waits_for_a_source_and_goes_live_with_its_first_line(tmp_path: Path) -> None:
    log = tmp_path / "app.jsonl"
    with Watched(settings(log)) as watched:
        waiting = watched.until(lambda s: s.phase is Phase.WAITING)
        assert waiting.sources[0].state is SourceState.WAITING
        assert (waiting.rows, waiting.as_of, waiting.alerts) == (0, None, ())
        write(log, lines(1))
        live = watched.until(lambda s: s.phase is Phase.LIVE and s.rows)
        assert live.rows == 20
        phases = [snapshot.phase for snapshot in watched.snapshots]
    assert phases == sorted(phases, key=list(Phase).index)


def test_a_log_that_is_there_is_never_said_to_be_waited_for(tmp_path: Path) -> None:
    with Watched(settings(write(tmp_path / "app.jsonl", lines(30)))) as watched:
        watched.until(is_judged)
        assert Phase.WAITING not in {snapshot.phase for snapshot in watched.snapshots}


@pytest.mark.usefixtures("all_checks")
def test_a_live_snapshot_tells_all_that_the_screens_show(tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", [b"not json\n", *lines(60)])
    with Watched(settings(log)) as watched:
        snapshot = watched.until(is_judged)
    assert (snapshot.rows, snapshot.rejects, snapshot.bytes_left) == (1200, 1, 0)
    assert snapshot.bytes_total == log.stat().st_size
    assert snapshot.first_ts == START
    assert snapshot.as_of == START + timedelta(minutes=60) - timedelta(seconds=3)
    assert sum(point.rows for point in snapshot.traffic) == 1200
    assert len(snapshot.recent.rows) == RECENT_ROWS
    assert snapshot.database.endswith("cache.duckdb")
    assert snapshot.database_bytes > 10_000
    assert (snapshot.budget, snapshot.zone) == ("2 threads, 1 GiB, nice 10", "UTC")
    assert (snapshot.bytes_per_second, snapshot.seconds_left) == (0.0, None)
    assert snapshot.quiet_since == START
    assert snapshot.baseline == "the 60 min before each window"
    assert snapshot.notices == ()


def test_lines_that_are_written_meanwhile_arrive(tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", lines(10))
    with Watched(settings(log)) as watched:
        watched.until(is_judged)
        write(log, [line(1000 + n, START + timedelta(minutes=10)) for n in range(5)])
        snapshot = watched.until(lambda s: s.rows == 205)
    assert snapshot.recent.rows[0][snapshot.recent.columns.index("request_key")] == "f-001004"


@pytest.mark.usefixtures("all_checks")
def test_an_alert_arises_while_it_watches(tmp_path: Path) -> None:
    whole = list(lines(60, spike=(40, 60)))
    log = write(tmp_path / "app.jsonl", whole[: 40 * 20])
    with Watched(settings(log)) as watched:
        assert watched.until(is_judged).alerts == ()
        write(log, whole[40 * 20 :])
        snapshot = watched.until(has_alert)
    assert [alert.check for alert in snapshot.alerts] == ["error_spikes"]
    assert snapshot.quiet_since is None


def test_started_again_on_an_unchanged_log_the_alerts_are_there_under_their_ids(tmp_path: Path) -> None:
    log = spiked(tmp_path)
    seen: list[Sequence[Alert]] = []
    for _ in range(2):
        with Watched(settings(log)) as watched:
            seen.append(watched.until(has_alert).alerts)
    assert [alert.alert_id for alert in seen[0]] == [alert.alert_id for alert in seen[1]]


def test_a_source_that_is_deleted_is_waited_for_and_its_rows_stay(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.ingest.tails.DELETED_SECONDS", 0.01)
    monkeypatch.setattr("console.ingest.finding.RESCAN_SECONDS", 0.01)
    log = write(tmp_path / "app.jsonl", lines(30))
    with Watched(settings(log)) as watched:
        watched.until(is_judged)
        log.unlink()
        snapshot = watched.until(lambda s: any(x.state is SourceState.WAITING for x in s.sources))
        assert snapshot.rows == 600
        assert snapshot.phase is Phase.LIVE
        write(log, lines(1))
        assert watched.until(lambda s: s.rows == 620).phase is not Phase.WAITING


def test_rows_of_an_earlier_run_are_shown_though_the_source_is_gone(tmp_path: Path) -> None:
    log = spiked(tmp_path)
    with Watched(settings(log)) as watched:
        watched.until(has_alert)
    log.unlink()
    with Watched(settings(log)) as watched:
        snapshot = watched.until(has_alert)
    assert snapshot.rows == 1200


# --- answering -------------------------------------------------------------------------------


def test_an_alert_leads_to_its_rows_and_a_row_to_its_request(tmp_path: Path) -> None:
    with Watched(settings(spiked(tmp_path))) as watched:
        (alert,) = watched.until(has_alert).alerts
        evidence = watched.engine.evidence(alert, Ticket())
        assert evidence.call.query == "error_spikes"
        assert "select" in evidence.sql and evidence.table.rows
        assert evidence.offenders_call is not None
        assert evidence.offenders_call.query == "predictions_with_errors"
        assert evidence.common.rows[0][0] == "model_version=v3 and region=EU"
        names = evidence.offenders.columns
        newest = dict(zip(names, evidence.offenders.rows[0], strict=True))
        assert newest["error_type"] == "Timeout"
        assert isinstance(newest["source_id"], int) and isinstance(newest["source_offset"], int)
        request = watched.engine.request(RowId(newest["source_id"], newest["source_offset"]))
        assert request.key == newest["request_key"]
        assert request.tags["region"] == "EU"
        assert set(request.features) == {"amount", "country"}
        with pytest.raises(StoreError):
            watched.engine.request(RowId(99, 0))


def test_a_label_is_kept_and_taken_back(tmp_path: Path) -> None:
    with Watched(settings(write(tmp_path / "app.jsonl", lines(1)))) as watched:
        engine = watched.engine
        drafts = [LabelDraft("f-000001", "fraud", model="fraud"), LabelDraft("f-000002", "legit")]
        kept = engine.label(drafts)
        assert [label.author for label in kept] == ["ann@one"] * 2
        assert engine.labels(["f-000001", "f-000002", "f-000003"]) == {
            label.draft.request_key: label for label in kept
        }
        assert len(engine.undo_label()) == 2
        assert engine.labels(["f-000001", "f-000002"]) == {}
        assert engine.undo_label() == ()


def test_labels_are_there_for_the_next_run(tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", lines(1))
    with Watched(settings(log)) as watched:
        watched.engine.label([LabelDraft("f-000001", "fraud")])
    with Watched(settings(log)) as watched:
        assert watched.engine.labels(["f-000001"])["f-000001"].draft.value == "fraud"


def test_classes_are_what_the_model_predicts_and_stay_in_their_places(tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", lines(10))
    with Watched(settings(log)) as watched:
        watched.until(is_judged)
        assert watched.engine.classes("fraud") == ("fraud", "legit")
        write(log, [line(2000 + n, START + timedelta(minutes=10), prediction="a") for n in range(300)])
        watched.until(lambda s: s.rows == 500)
        assert watched.engine.classes("fraud") == ("fraud", "legit")


def test_of_many_classes_the_most_frequent_have_keys(tmp_path: Path) -> None:
    content = [line(n, START, prediction=f"c{9 - n % 10}") for n in range(100)]
    content += [line(200 + n, START, prediction=f"c{n % 7 + 3}") for n in range(70)]
    with Watched(settings(write(tmp_path / "app.jsonl", content))) as watched:
        watched.until(lambda s: s.rows == 170)
        assert watched.engine.classes("fraud") == ("c0", "c1", *(f"c{n}" for n in range(3, 10)))


def test_a_model_of_numbers_and_one_that_is_unknown_have_general_classes(tmp_path: Path) -> None:
    content = [line(n, START, model="eta", prediction=n / 3) for n in range(50)]
    with Watched(settings(write(tmp_path / "app.jsonl", content))) as watched:
        watched.until(lambda s: s.rows == 50)
        for model in ("eta", "none", "null"):
            assert watched.engine.classes(model) == ("correct", "wrong", "unsure")
        watched.engine.label([LabelDraft("f-000001", "late", model="other")])
        assert watched.engine.classes("other") == ("correct", "wrong", "unsure", "late")


def told_nobody(rows: int, of: int | None) -> None:
    """Nobody asked how far it is."""


def test_an_export_of_offenders_is_not_cut_to_the_screen(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.engine.evidence.OFFENDER_ROWS", 10)
    with Watched(settings(spiked(tmp_path))) as watched:
        (alert,) = watched.until(has_alert).alerts
        evidence = watched.engine.evidence(alert, Ticket())
        assert len(evidence.offenders.rows) == 10 < OFFENDER_ROWS
        key = evidence.offenders.rows[0][evidence.offenders.columns.index("request_key")]
        watched.engine.label([LabelDraft(str(key), "fraud")])
        path = tmp_path / "out" / "slice.parquet"
        assert evidence.offenders_call is not None
        wanted = (evidence.offenders_call, str(path), alert, WHOLE, Ticket(), told_nobody)
        receipt = watched.engine.export(*wanted)
        assert receipt.rows > 60
        frame = pl.read_parquet(path)
        assert frame.height == receipt.rows
        assert set(frame["error_type"]) == {"Timeout"}
        assert frame.filter(pl.col("request_id") == key)["label"].to_list() == ["fraud"]
        with pytest.raises(ExportError):
            watched.engine.export(*wanted)


def test_an_export_of_the_newest_requests_is_what_the_screen_shows(tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", lines(60))
    with Watched(settings(log)) as watched:
        snapshot = watched.until(is_judged)
        call = watched.engine.recent_call()
        write(log, lines(1, start=START + timedelta(hours=2)))
        watched.until(lambda s: s.rows == 1220)
        receipt = watched.engine.export(
            call, str(tmp_path / "recent.parquet"), None, WHOLE, Ticket(), told_nobody
        )
    keys = {row[snapshot.recent.columns.index("request_key")] for row in snapshot.recent.rows}
    assert set(pl.read_parquet(receipt.path)["request_id"]) == keys


def test_a_suggested_path_lies_here_and_is_free(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.chdir(tmp_path)
    engine = Engine(settings(tmp_path / "app.jsonl"), clock=clock)
    path = Path(engine.suggest_export_path("../../[x]"))
    assert path.parent == tmp_path and path.suffix == ".parquet"
    path.touch()
    assert engine.suggest_export_path("../../[x]") != str(path)


def test_an_unknown_query_is_refused(tmp_path: Path) -> None:
    with Watched(settings(write(tmp_path / "app.jsonl", lines(1)))) as watched:
        watched.until(lambda s: s.rows)
        with pytest.raises(UsageError):
            watched.engine.export(
                QueryCall("nonsense"), str(tmp_path / "x.parquet"), None, WHOLE, Ticket(), told_nobody
            )
    assert not (tmp_path / "x.parquet").exists()


# --- when something is not to be had ---------------------------------------------------------


def test_without_a_casebook_all_but_labels_works(tmp_path: Path) -> None:
    with Watched(settings(spiked(tmp_path), casebook=tmp_path)) as watched:
        snapshot = watched.until(has_alert)
        assert any("labels cannot be kept" in notice for notice in snapshot.notices)
        assert watched.engine.evidence(snapshot.alerts[0], Ticket()).offenders.rows
        for act in (
            lambda: watched.engine.label([LabelDraft("k", "v")]),
            lambda: watched.engine.labels(["k"]),
            watched.engine.undo_label,
        ):
            with pytest.raises(CasebookError):
                act()


def test_without_a_casebook_alerts_keep_their_ids_as_the_log_grows(tmp_path: Path) -> None:
    log = spiked(tmp_path)
    with Watched(settings(log, casebook=tmp_path)) as watched:
        before = watched.until(has_alert).alerts
        more = (START + timedelta(minutes=60, seconds=2 * n) for n in range(20))
        write(log, [line(5000 + n, ts, failed=True) for n, ts in enumerate(more)])
        after = watched.until(
            lambda s: s.rows == 1220 and s.alerts and s.alerts[0].last_seen > before[0].last_seen
        )
    assert [alert.alert_id for alert in after.alerts] == [alert.alert_id for alert in before]


def test_alerts_that_cannot_be_recorded_are_shown_all_the_same(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Casebook, *_: object) -> None:
        raise CasebookError("casebook.sqlite: disk full")

    monkeypatch.setattr(Casebook, "record_alerts", refuse)
    with Watched(settings(spiked(tmp_path))) as watched:
        snapshot = watched.until(has_alert)
        watched.until(lambda s: any("alerts are not kept" in notice for notice in s.notices))
        assert watched.engine.label([LabelDraft("k", "v")])
    assert len(snapshot.alerts) == 1


def test_alerts_on_record_that_cannot_be_read_do_not_hide_those_of_now(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def refuse(self: Casebook) -> None:
        raise CasebookError("casebook.sqlite: disk I/O error")

    monkeypatch.setattr(Casebook, "alert_history", refuse)
    with Watched(settings(spiked(tmp_path))) as watched:
        assert len(watched.until(has_alert).alerts) == 1


def test_what_half_a_backlog_seems_to_say_is_not_put_on_record(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    never = property(lambda _: False, lambda *_: None)
    monkeypatch.setattr("console.engine.collector.Collector.caught_up", never, raising=False)
    with Watched(settings(spiked(tmp_path))) as watched:
        snapshot = watched.until(lambda s: s.alerts)
        assert snapshot.phase is Phase.LOADING
        assert watched.engine._kept.alert_history() == ()


def test_once_all_is_read_the_judgement_of_a_part_does_not_stay_for_its_share_of_time(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.engine.judging.JUDGE_SECONDS", 3600.0)
    read = threading.Event()
    at_will = property(lambda _: read.is_set(), lambda *_: None)
    monkeypatch.setattr("console.engine.collector.Collector.caught_up", at_will, raising=False)
    with Watched(settings(spiked(tmp_path))) as watched:
        of_a_part = watched.until(lambda s: s.judged_at is not None)
        assert of_a_part.phase is Phase.LOADING
        assert of_a_part.judged_in_part
        read.set()
        recorded = watched.engine._kept.alert_history
        watched.until(lambda s: s.phase is Phase.LIVE and recorded() and not s.judged_in_part)


def test_a_store_that_refuses_for_a_while_is_said_and_loses_nothing(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.engine.collector.RETRY_SECONDS", 0.01)
    full, append = threading.Event(), Store.append

    def append_if_there_is_room(self: Store, batches: Sequence[Batch]) -> None:
        if not full.is_set():
            raise StoreError("cache.duckdb: disk full")
        append(self, batches)

    monkeypatch.setattr(Store, "append", append_if_there_is_room)
    with Watched(settings(write(tmp_path / "app.jsonl", lines(10)))) as watched:
        refused = watched.until(lambda s: any("disk full" in notice for notice in s.notices))
        assert refused.rows == 0
        assert refused.notices == (
            "reading pauses, nothing is lost: cache.duckdb: disk full; it is tried again each second",
        )
        full.set()
        assert watched.until(lambda s: s.rows and not s.notices).rows == 200


def test_a_database_in_memory_makes_a_casebook_only_for_a_label(
    tmp_path: Path, home: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    given = settings(spiked(tmp_path), database=":memory:", casebook=None)
    with Watched(given) as watched:
        engine = watched.engine
        snapshot = watched.until(lambda s: is_judged(s) and s.alerts)
        assert snapshot.database_bytes > 0
        assert engine.labels(["f-000001"]) == {}
        assert engine.undo_label() == ()
        assert engine.classes("fraud") == ("fraud", "legit")
        path = str(tmp_path / "x.parquet")
        engine.export(engine.recent_call(), path, None, WHOLE, Ticket(), told_nobody)
        assert list(home.iterdir()) == []
        engine.label([LabelDraft("f-000001", "fraud")])
        assert engine.labels(["f-000001"])["f-000001"].draft.value == "fraud"
    with Casebook.open(home / "casebook.sqlite", author="reader", clock=clock) as casebook:
        assert len(casebook.current_all()) == 1
        assert casebook.alert_history() == (), "of what is not kept there is no record"


def test_what_the_limits_do_not_allow_leaves_while_it_runs(tmp_path: Path) -> None:
    log = write(tmp_path / "app.jsonl", lines(180))
    first = START + timedelta(minutes=120) - timedelta(seconds=3)
    with Watched(settings(log, limits=Limits(keep=timedelta(hours=1)))) as watched:
        # It is read in two parts, and after either as many rows are left.
        snapshot = watched.until(lambda s: s.phase is Phase.LIVE and s.first_ts == first)
        assert snapshot.rows == 1201
        (source,) = snapshot.sources
        assert (source.lines, source.rows) == (3600, 3600), "what was read stays true"


def test_a_database_that_cannot_be_opened_is_said_and_every_question_ends(tmp_path: Path) -> None:
    (tmp_path / "cache.duckdb").write_bytes(b"this is no database at all" * 999)
    with Watched(settings(write(tmp_path / "app.jsonl", lines(1)))) as watched:
        snapshot = watched.until(lambda s: s.notices)
        assert "cache.duckdb" in snapshot.notices[0]
        with pytest.raises(StoreError):
            watched.engine.request(RowId(1, 0))
        with pytest.raises(StoreError):
            watched.engine.classes("fraud")


def test_a_wrong_query_of_the_persons_own_is_said(tmp_path: Path) -> None:
    folder = tmp_path / "queries"
    folder.mkdir()
    (folder / "mine.sql").write_text("select 1")
    given = settings(write(tmp_path / "app.jsonl", lines(1)), queries=(folder,))
    with Watched(given) as watched:
        assert "mine.sql" in watched.until(lambda s: s.notices).notices[0]


# --- ending ----------------------------------------------------------------------------------


def test_closing_while_it_loads_leaves_no_thread_and_whole_commits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("console.ingest.intake.POLL_BYTES", 64 * 2**10)
    closing, append, interrupt = threading.Event(), Store.append, Store.interrupt

    def append_the_second_while_it_closes(store: Store, batches: Sequence[Batch]) -> None:
        assert not store.counts().rows or closing.wait(PATIENCE)
        append(store, batches)

    def interrupt_and_tell(store: Store) -> None:
        closing.set()
        interrupt(store)

    monkeypatch.setattr(Store, "append", append_the_second_while_it_closes)
    monkeypatch.setattr(Store, "interrupt", interrupt_and_tell)
    log = write(tmp_path / "app.jsonl", lines(60))
    threads = set(threading.enumerate())
    with Watched(settings(log)) as watched:
        loading = watched.until(lambda s: s.rows)
        assert loading.phase is Phase.LOADING
    assert set(threading.enumerate()) <= threads
    store = Store(str(tmp_path / "cache.duckdb"), load_catalog(), clock=clock)
    (mark,) = store.marks()
    assert 0 < mark.rows < 1_200
    assert store.counts().rows == mark.rows == log.read_bytes()[: mark.next_offset].count(b"\n")
    store.close()
    with Watched(settings(log)) as watched:
        assert watched.until(lambda s: s.phase is Phase.LIVE).sources[0].rows == 1_200
        assert watched.until(lambda s: s.rows == 1_200).phase is Phase.LIVE


SLOW = """-- title: Slow
-- answers: How long can a question take?
-- grain: one row
-- column: n
select sum(a.range * b.range) as n from range(10000000) as a cross join range(10000000) as b
"""


def test_a_question_that_is_asked_after_closing_began_does_not_hold_it_up(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "queries").mkdir()
    (tmp_path / "queries" / "slow.sql").write_text(SLOW)
    judging, interrupted = threading.Event(), threading.Event()
    interrupt, close = Store.interrupt, Store.close
    alive_at_close: list[bool] = []

    def history(judge: Judge, **_: object) -> tuple[Alert, ...]:
        judging.set()
        assert interrupted.wait(30)
        judge._store.frame(QueryCall("slow"))
        return ()

    def interrupt_and_tell(store: Store) -> None:
        interrupt(store)
        interrupted.set()

    def close_and_look(store: Store) -> None:
        judging_apart = watched.engine._judging
        assert judging_apart is not None and judging_apart.thread is not None
        threads = (*watched.engine._threads, judging_apart.thread)
        alive_at_close.extend(thread.is_alive() for thread in threads)
        close(store)

    monkeypatch.setattr(Judge, "history", history)
    monkeypatch.setattr(Store, "interrupt", interrupt_and_tell)
    monkeypatch.setattr(Store, "close", close_and_look)
    with Watched(settings(spiked(tmp_path), queries=(tmp_path / "queries",))) as watched:
        assert judging.wait(30)
    assert alive_at_close and not any(alive_at_close)


def test_another_view_is_drawn_while_a_judgement_takes_long(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    judging, go_on = threading.Event(), threading.Event()

    def history(judge: Judge, **_: object) -> tuple[Alert, ...]:
        judging.set()
        assert go_on.wait(30)
        return ()

    monkeypatch.setattr(Judge, "history", history)
    view = View(span=timedelta(minutes=15))
    with Watched(settings(spiked(tmp_path))) as watched:
        assert judging.wait(30)
        watched.engine.look(view)
        seen = watched.until(lambda s: s.view == view and s.traffic)
        assert seen.judged_at is None
        assert sum(point.rows for point in seen.traffic) < seen.rows
        go_on.set()
        watched.until(is_judged)


@pytest.mark.usefixtures("all_checks")
def test_long_charts_have_what_is_usual_once_it_was_judged(tmp_path: Path) -> None:
    with Watched(settings(write(tmp_path / "app.jsonl", lines(300, a_minute=4)))) as watched:
        watched.engine.look(View(span=None))
        seen = watched.until(lambda s: is_judged(s) and any(point.usual_rows for point in s.traffic))
    assert sum(point.rows for point in seen.traffic) == seen.rows == 1_200
    assert seen.baseline_brief == "5 h before"


def test_closing_at_once_twice_or_before_the_start_is_no_mistake(tmp_path: Path) -> None:
    with Watched(settings(write(tmp_path / "app.jsonl", lines(30)))) as watched:
        pass
    watched.engine.close()
    Engine(settings(tmp_path / "app.jsonl"), clock=clock).close()


@pytest.mark.filterwarnings("ignore::pytest.PytestUnhandledThreadExceptionWarning")
def test_judging_that_ends_by_a_bug_is_said_and_does_not_pass_for_quiet(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def broken(judge: Judge, **_: object) -> tuple[Alert, ...]:
        raise IndexError("index 7 is out of bounds")

    monkeypatch.setattr(Judge, "history", broken)
    with Watched(settings(spiked(tmp_path))) as watched:
        last = watched.until(lambda s: any("which is a bug" in notice for notice in s.notices))
    assert "IndexError: index 7 is out of bounds" in last.notices[0]
    assert last.quiet_since is None
