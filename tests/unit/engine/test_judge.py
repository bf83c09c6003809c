"""The judge, on a store in memory that a test fills minute by minute."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from console.canned import load_catalog
from console.engine.collector import Collector
from console.engine.judge import Judge, without_verdict
from console.errors import StoreError
from console.model import AlertState, QueryCall, Reading, Severity, Verdict, Window
from console.store import Counts, Store
from tests.unit.engine.logs import START, clock, line, lines, write


class Log:
    """A log that grows, and the store that it is carried into."""

    def __init__(self, path: Path) -> None:
        self.path = path
        self.path.touch()
        self.store = Store(":memory:", load_catalog(), clock=clock)
        self.collector = Collector(self.store, [str(path)], clock=clock)

    def grow(self, content: list[bytes]) -> None:
        write(self.path, content)
        self.collector.drain()


@pytest.fixture
def log(tmp_path: Path) -> Iterator[Log]:
    made = Log(tmp_path / "a.jsonl")
    yield made
    made.collector.close()
    made.store.close()


@pytest.mark.usefixtures("all_checks")
def test_an_empty_store_is_neither_quiet_nor_alarming(log: Log) -> None:
    judge = Judge(log.store)
    assert judge.history() == judge.refresh() == ()
    assert judge.quiet_since(None) is None


def test_watching_and_looking_back_agree_on_when_an_alert_opens(log: Log) -> None:
    whole = list(lines(110, spike=(100, 110)))
    watching = Judge(log.store)
    log.grow(whole[: 99 * 20])
    assert watching.history() == ()
    for minute in range(100, 109):
        log.grow(whole[(minute - 1) * 20 : minute * 20])
        watching.refresh()
    (watched,) = watching.alerts
    (looked_back,) = Judge(log.store).history()
    assert watched.check == looked_back.check == "error_spikes"
    # The shortest window in which 20 requests a minute hold errors enough.
    window = timedelta(minutes=5)
    assert abs(watched.detected - looked_back.detected) <= window
    assert abs(watched.last_seen - looked_back.last_seen) <= window
    assert watched.state is looked_back.state is AlertState.OPEN
    assert watched.worst.summary.partition(":")[0] == looked_back.worst.summary.partition(":")[0]


def test_watching_names_the_slice_once_however_long_it_goes_on(log: Log) -> None:
    whole = list(lines(110, spike=(100, 110)))
    log.grow(whole[: 106 * 20])
    watching = Judge(log.store)
    watching.history()
    ids = {alert.alert_id for alert in watching.alerts}
    for minute in range(107, 110):
        log.grow(whole[(minute - 1) * 20 : minute * 20])
        for alert in watching.refresh():
            for reading in (alert.worst, alert.latest):
                assert reading.summary.count("region=EU") == 1
    assert {alert.alert_id for alert in watching.alerts} == ids


@pytest.mark.usefixtures("all_checks")
def test_watching_adds_the_slice_once_to_what_a_check_says(log: Log) -> None:
    whole = list(lines(100))
    for number in range(2000, 2200):
        more: dict[str, object] = {"features": {"amount": 1.0}} if number % 3 == 0 else {}
        whole.append(line(number, START + timedelta(seconds=3 * number), failed=False, **more))
    log.grow(whole[: 104 * 20])
    watching = Judge(log.store)
    watching.history()
    for minute in range(105, 110):
        log.grow(whole[(minute - 1) * 20 : minute * 20])
        watching.refresh()
    (missing,) = [alert for alert in watching.alerts if alert.check == "missing_values"]
    for reading in (missing.worst, missing.latest):
        assert "country missing in " in reading.summary
        assert reading.summary.count(" of it in ") == 1


def test_looking_back_again_keeps_the_ids_that_were_given(log: Log) -> None:
    whole = list(lines(240, spike=(200, 240)))
    log.grow(whole[: 221 * 20])
    judge = Judge(log.store)
    (before,) = judge.history()
    log.grow(whole[221 * 20 : 221 * 20 + 13])
    (after,) = judge.history()
    assert after.alert_id == before.alert_id


def test_an_alert_that_was_recorded_keeps_its_id(log: Log) -> None:
    log.grow(list(lines(240, spike=(200, 240))))
    (found,) = Judge(log.store).history()
    known = [("seen", (found.check, found.model, found.subject), found.began, found.last_seen)]
    (adopted,) = Judge(log.store).history(known=known)
    assert adopted.alert_id == "seen"


def test_what_ended_before_is_left_out_on_request(log: Log) -> None:
    log.grow(list(lines(240, spike=(100, 110))))
    assert len(Judge(log.store).history()) == 1
    assert Judge(log.store).history(since=START + timedelta(minutes=180)) == ()


def test_a_judgement_that_was_cut_short_is_made_up_for(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    whole = list(lines(110, spike=(100, 110)))
    log.grow(whole[: 99 * 20])
    judge = Judge(log.store)
    judge.history()
    log.grow(whole[99 * 20 :])
    frame = log.store.frame

    def refuse(call: QueryCall) -> pl.DataFrame:
        if call.query == "request_cells":
            raise StoreError("cache.duckdb: out of memory")
        return frame(call)

    with monkeypatch.context() as patched:
        patched.setattr(log.store, "frame", refuse)
        with pytest.raises(StoreError):
            judge.refresh()
    assert [alert.check for alert in judge.refresh()] == ["error_spikes"]


def test_refreshing_without_anything_new_asks_nothing(log: Log, monkeypatch: pytest.MonkeyPatch) -> None:
    log.grow(list(lines(240, spike=(220, 240))))
    judge = Judge(log.store)
    before = judge.history()
    monkeypatch.setattr(log.store, "frame", None)
    assert judge.refresh() is before


def test_an_episode_that_ends_is_resolved_and_quiet_begins(log: Log) -> None:
    whole = list(lines(240, spike=(100, 110)))
    log.grow(whole[: 110 * 20])
    judge = Judge(log.store)
    judge.history()
    assert judge.quiet_since(START) is None
    log.grow(whole[110 * 20 :])
    (alert,) = judge.refresh()
    assert alert.state is AlertState.RESOLVED
    assert judge.quiet_since(START) == alert.last_seen


@pytest.mark.usefixtures("all_checks")
def test_quiet_from_the_beginning_is_quiet_since_the_first_line(log: Log) -> None:
    log.grow(list(lines(240)))
    judge = Judge(log.store)
    assert judge.history() == ()
    assert judge.quiet_since(START) == START


def test_windows_are_judged_up_to_the_step_of_the_newest_line(log: Log) -> None:
    log.grow(list(lines(122)))
    judge = Judge(log.store)
    judge.history()
    ends = {reading.window.until for reading in judge.readings if reading.check == "error_spikes"}
    assert max(ends) == START + timedelta(minutes=125)


def test_late_lines_are_judged_where_they_belong(log: Log) -> None:
    whole = list(lines(240, spike=(150, 170)))
    late = [text for number, text in enumerate(whole) if 150 * 20 <= number < 170 * 20]
    log.grow([text for text in whole if text not in set(late)])
    judge = Judge(log.store)
    assert judge.history() == ()
    log.grow(late)
    (alert,) = judge.refresh()
    assert (alert.began, alert.last_seen) == (START + timedelta(minutes=150), START + timedelta(minutes=170))
    assert alert.state is AlertState.RESOLVED


@pytest.mark.usefixtures("all_checks")
def test_a_trouble_that_goes_on_does_not_become_its_own_baseline(log: Log) -> None:
    first = START - timedelta(hours=40)
    log.grow(list(lines(40 * 60, a_minute=4, start=first, spike=(10 * 60, 40 * 60))))
    (alert,) = Judge(log.store).history()
    assert alert.state is AlertState.OPEN
    assert alert.began == first + timedelta(hours=10)
    assert alert.latest.baseline is not None and alert.latest.baseline < 0.03


@pytest.mark.usefixtures("all_checks")
def test_what_is_missing_from_half_a_backlog_is_no_silence(log: Log) -> None:
    ended = [line(n, START + timedelta(seconds=6 * n), model="eta") for n in range(240 * 10)]
    log.grow([*ended, *lines(330)])
    judge = Judge(log.store)
    assert [a for a in judge.history(settled=False) if a.check == "silence"] == []
    assert [a.model for a in judge.history() if a.check == "silence"] == ["eta"]


def test_a_check_that_is_disabled_is_not_asked(log: Log) -> None:
    log.grow(list(lines(240, spike=(220, 240))))
    assert Judge(log.store, disabled=("error_spikes",)).history() == ()


def test_a_subject_is_without_verdict_if_none_of_its_newest_windows_has_one() -> None:
    def of(subject: str, minute: int, verdict: Verdict) -> Reading:
        window = Window(START, START + timedelta(minutes=minute))
        told = ("drift", "fraud", subject, window, verdict, None, None, 0.2, "PSI", 3, 0)
        return Reading(*told, Severity.INFO, "")

    few, none = Verdict.TOO_FEW_ROWS, Verdict.NO_BASELINE
    readings = [
        of("a", 10, Verdict.BREACH), of("a", 20, few),
        of("b", 20, few), of("b", 20, none),
        of("c", 20, few), of("c", 20, Verdict.QUIET),
        of("d", 20, few),
        of("e", 20, Verdict.QUIET), of("e", 10, none),
    ]  # fmt: skip
    assert without_verdict(readings) == {few: 2, none: 1}


def test_rows_that_are_stored_while_the_history_is_counted_are_news_afterwards(
    log: Log, monkeypatch: pytest.MonkeyPatch
) -> None:
    log.grow(list(lines(60)))
    judge, counts = Judge(log.store), log.store.counts

    def counts_before_more_came() -> Counts:
        found = counts()
        monkeypatch.setattr(log.store, "counts", counts)
        log.grow(list(lines(10, start=START + timedelta(hours=1), spike=(0, 10))))
        return found

    monkeypatch.setattr(log.store, "counts", counts_before_more_came)
    assert judge.history() == ()
    assert "error_spikes" in [alert.check for alert in judge.refresh()]
