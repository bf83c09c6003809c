"""Queries of a person's own that raise alerts, on a store in memory that a test fills minute by minute."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import replace
from datetime import timedelta
from pathlib import Path

import pytest

from console.canned import Raising, load_catalog
from console.checks import LIMITS
from console.engine.collector import Collector
from console.engine.comparable import comparable
from console.engine.evidence import gather_evidence
from console.engine.judge import Judge
from console.engine.own_alerts import OwnAlerts, aligned, rounds_of
from console.errors import Interrupted, QueryFileError
from console.model import Alert, AlertState, Comparison, QueryCall, Severity, Table, Term, Ticket
from console.store import Store
from tests.unit.engine.logs import START, clock, line, lines, write

HEADER = """\
-- title:    Errors by region
-- answers:  Where do requests fail?
-- grain:    one row per model and region
-- severity: critical
-- every:    5m
-- param:    start timestamptz = newest - 10m
-- param:    until timestamptz = newest
-- param:    row_limit integer = 20
-- column:   model
-- column:   slice
-- column:   value; requests
-- column:   limit; requests
"""
BY_REGION = """\
select
    model,
    'region=' || slice_value as slice,
    count(*) as value,
    5 as "limit"
from prediction_slices
where ts >= $start and ts < $until and dimension = 'region' and is_error
group by 1, 2
having count(*) > 5
order by 1, 2
limit $row_limit
"""
LISTED = """\
select model, source_id, source_offset
from predictions
where ts >= $start and ts < $until and is_error and model_version = 'v3'
qualify count(*) over () > 5
order by ts desc, source_id, source_offset
limit $row_limit
"""
OF_REQUESTS = HEADER + "-- column:   source_id\n-- column:   source_offset\n"


OFTEN = Raising(Severity.WARNING, timedelta(minutes=5), timedelta(minutes=10), timedelta())


class Log:
    """A log that grows, and the store that it is carried into, with a folder of queries."""

    def __init__(self, folder: Path, **queries: str) -> None:
        self.path = folder / "a.jsonl"
        self.path.touch()
        own = folder / "queries"
        own.mkdir()
        for name, text in queries.items():
            (own / f"{name}.sql").write_text(text)
        self.store = Store(":memory:", load_catalog([own]), clock=clock)
        self.collector = Collector(self.store, [str(self.path)], clock=clock)

    def grow(self, content: list[bytes]) -> None:
        write(self.path, content)
        self.collector.drain()

    def found(self, own: OwnAlerts) -> tuple[Alert, ...]:
        """What looking back over all of it finds."""
        counts = self.store.counts()
        assert counts.first_ts is not None and counts.newest_ts is not None
        return own.history(counts.first_ts, counts.newest_ts)


def calls_of(store: Store, monkeypatch: pytest.MonkeyPatch) -> list[QueryCall]:
    """What the store is asked from now on, as it comes."""
    asked: list[QueryCall] = []
    table = store.table

    def counted(call: QueryCall, *, ticket: Ticket | None = None) -> Table:
        asked.append(call)
        return table(call, ticket=ticket)

    monkeypatch.setattr(store, "table", counted)
    return asked


@pytest.fixture
def made(tmp_path: Path) -> Iterator[Callable[..., Log]]:
    logs: list[Log] = []

    def make(**queries: str) -> Log:
        logs.append(Log(tmp_path, **queries))
        return logs[-1]

    yield make
    for log in logs:
        log.collector.close()
        log.store.close()


def test_the_history_has_an_alert_from_when_its_row_came_until_it_was_gone(made: Callable[..., Log]) -> None:
    log = made(mine=HEADER + BY_REGION)
    log.grow(list(lines(120, spike=(60, 80))))
    (alert,) = log.found(OwnAlerts(log.store))
    assert (alert.check, alert.model, alert.subject) == ("mine", "fraud", "region=EU")
    assert (alert.severity, alert.state) == (Severity.CRITICAL, AlertState.RESOLVED)
    assert START + timedelta(minutes=60) <= alert.detected <= START + timedelta(minutes=70)
    assert START + timedelta(minutes=80) <= alert.last_seen <= START + timedelta(minutes=90)
    assert alert.worst.value is not None and alert.worst.value > 20


def test_an_open_one_stays_one_alert_over_rounds_and_ends_with_its_row(made: Callable[..., Log]) -> None:
    log = made(mine=HEADER + BY_REGION)
    whole = list(lines(120, spike=(60, 80)))
    log.grow(whole[: 62 * 20])
    own = OwnAlerts(log.store, clock=lambda: 0.0)
    log.found(own)
    seen: dict[int, tuple[str, AlertState]] = {}
    for minute in range(63, 112):
        log.grow(whole[(minute - 1) * 20 : minute * 20])
        newest = log.store.counts().newest_ts
        assert newest is not None
        for alert in own.refresh(newest):
            seen[minute] = (alert.alert_id, alert.state)
    assert len({alert_id for alert_id, _ in seen.values()}) == 1
    assert all(seen[minute][1] is AlertState.OPEN for minute in range(66, 85))
    assert all(seen[minute][1] is AlertState.RESOLVED for minute in range(96, 112))


def test_a_query_is_asked_no_more_often_than_it_says(
    made: Callable[..., Log], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = made(mine=HEADER + BY_REGION)
    log.grow(list(lines(20)))
    own = OwnAlerts(log.store, clock=lambda: 0.0)
    log.found(own)
    asked = calls_of(log.store, monkeypatch)
    for minute in range(20, 31):
        own.refresh(START + timedelta(minutes=minute))
    assert [call.params["until"] for call in asked] == [START + timedelta(minutes=m) for m in (20, 25, 30)]


def test_one_that_takes_long_rests_twenty_times_as_long(
    made: Callable[..., Log], monkeypatch: pytest.MonkeyPatch
) -> None:
    log = made(mine=HEADER + BY_REGION)
    log.grow(list(lines(20)))
    times = iter(range(0, 10_000, 1))
    own = OwnAlerts(log.store, clock=lambda: float(next(times)))
    own.refresh(START + timedelta(minutes=20))
    asked = calls_of(log.store, monkeypatch)
    own.refresh(START + timedelta(minutes=26))
    assert not asked
    for _ in range(60):
        next(times)
    own.refresh(START + timedelta(minutes=27))
    assert len(asked) == 1


def test_one_that_fails_says_so_in_the_same_words_and_what_it_found_stays(made: Callable[..., Log]) -> None:
    text = HEADER + BY_REGION.replace("count(*) as value", "count(cast(request_id as integer)) as value")
    text = text.replace("from prediction_slices", "from (select *, 'x' as request_id from prediction_slices)")
    log = made(mine=text, other=HEADER + BY_REGION)
    log.grow(list(lines(70, spike=(60, 70))))
    judge = Judge(log.store)
    alerts = judge.history()
    assert {alert.check for alert in alerts} >= {"other", "error_spikes"}
    (before,) = judge.problems
    assert before.startswith("mine: raises no alerts:")
    log.grow(list(lines(6, start=START + timedelta(minutes=70))))
    judge.refresh()
    assert judge.problems == (before,)


def test_one_that_does_not_end_is_ended_and_told(made: Callable[..., Log]) -> None:
    endless = (
        'select count(*) as value, $start as model, $until as slice, 1 as "limit" from range(1000000) a, '
    )
    log = made(mine=HEADER + endless + "range(1000000) b limit $row_limit")
    log.grow(list(lines(5)))
    own = OwnAlerts(log.store, timeout=0.05)
    assert log.found(own) == ()
    (problem,) = own.problems
    assert "takes longer than 0.05 s" in problem


def test_stopping_the_store_is_not_taken_for_a_query_that_takes_too_long(made: Callable[..., Log]) -> None:
    log = made(mine=HEADER + BY_REGION)
    log.grow(list(lines(5)))
    own = OwnAlerts(log.store)
    log.store.close()
    with pytest.raises(Interrupted):
        own.refresh(START + timedelta(minutes=5))


def test_a_filter_of_what_is_not_logged_is_told_and_the_alert_is_raised(made: Callable[..., Log]) -> None:
    text = HEADER + "-- column: filter\n" + BY_REGION.replace("5 as", "'nothing=1' as filter, 5 as")
    log = made(mine=text)
    log.grow(list(lines(70, spike=(60, 70))))
    own = OwnAlerts(log.store)
    (alert,) = log.found(own)
    assert alert.worst.offenders is None
    assert "no field, tag or feature is called 'nothing'" in own.problems[0]


def test_evidence_is_the_query_itself_and_the_requests_that_its_rows_name(made: Callable[..., Log]) -> None:
    log = made(mine=OF_REQUESTS + LISTED)
    log.grow(list(lines(70, spike=(60, 70))))
    judge = Judge(log.store)
    (alert,) = [one for one in judge.history() if one.check == "mine"]
    evidence = gather_evidence(log.store, alert)
    assert evidence.call.query == "mine" and evidence.table.rows
    keys = {row[evidence.offenders.columns.index("model_version")] for row in evidence.offenders.rows}
    assert keys == {"v3"} and 5 < len(evidence.offenders.rows) <= alert.worst.rows
    assert {condition.name for condition in alert.where} == {"model_version", "region"}
    good = comparable(log.store, alert, Ticket())
    assert good.table.rows and good.call.query == "predictions_comparable"


def test_a_filter_leads_to_its_requests_and_to_what_they_share(made: Callable[..., Log]) -> None:
    filtered = BY_REGION.replace("5 as", "'status>=500' as filter, 5 as")
    log = made(mine=HEADER + "-- column: filter\n" + filtered)
    log.grow(list(lines(70, spike=(60, 70))))
    judge = Judge(log.store)
    (alert,) = [one for one in judge.history() if one.check == "mine"]
    assert alert.worst.offenders is not None
    assert alert.worst.offenders.filter.terms == (
        Term("region", Comparison.IS, "EU"),
        Term("status", Comparison.AT_LEAST, "500"),
    )
    evidence = gather_evidence(log.store, alert)
    assert {row[evidence.offenders.columns.index("status")] for row in evidence.offenders.rows} == {500}
    assert {condition.name for condition in alert.where} == {"model_version", "region"}


def test_an_id_that_was_recorded_is_kept(made: Callable[..., Log]) -> None:
    log = made(mine=HEADER + BY_REGION)
    log.grow(list(lines(70, spike=(60, 70))))
    (alert,) = log.found(OwnAlerts(log.store))
    known = [("seen", (alert.check, alert.model, alert.subject), alert.began, alert.last_seen)]
    (adopted,) = OwnAlerts(log.store).history(START, START + timedelta(minutes=70), known=known)
    assert adopted.alert_id == "seen"


def test_while_a_backlog_is_read_only_how_things_are_now_is_asked(made: Callable[..., Log]) -> None:
    log = made(mine=HEADER + BY_REGION)
    log.grow(list(lines(120, spike=(60, 80))))
    assert OwnAlerts(log.store).history(START, START + timedelta(minutes=120), settled=False) == ()


def test_looking_back_in_pieces_finds_what_looking_back_at_once_finds(made: Callable[..., Log]) -> None:
    log = made(mine=HEADER + BY_REGION)
    log.grow(list(lines(120, spike=(60, 80))))
    (at_once,) = log.found(OwnAlerts(log.store))
    moments = iter(range(100_000))
    own = OwnAlerts(log.store, seconds=0.5, clock=lambda: float(next(moments)))
    assert log.found(own) == () and own.owes
    newest = log.store.counts().newest_ts
    assert newest is not None
    for _ in range(1_000):
        own.refresh(newest)
    assert not own.owes
    (found,) = own.alerts
    assert replace(found, alert_id=at_once.alert_id) == at_once


def test_the_judge_looks_back_further_without_news(made: Callable[..., Log]) -> None:
    log = made(mine=HEADER + BY_REGION)
    log.grow(list(lines(120, spike=(60, 80))))
    judge = Judge(log.store, disabled=[*LIMITS], own_seconds=0.0)
    assert judge.history() == () and judge.owes
    while judge.owes:
        judge.refresh()
    (alert,) = judge.alerts
    assert alert.check == "mine"


def test_a_query_that_is_disabled_raises_no_alerts(made: Callable[..., Log]) -> None:
    log = made(mine=HEADER + BY_REGION)
    log.grow(list(lines(120, spike=(60, 80))))
    judge = Judge(log.store, disabled=[*LIMITS, "mine"])
    assert judge.history() == () and not judge.owes


def test_a_query_that_is_called_like_a_check_is_refused(made: Callable[..., Log]) -> None:
    log = made(silence=HEADER + BY_REGION)
    with pytest.raises(QueryFileError, match="a check is called 'silence' already"):
        Judge(log.store)


def test_hostile_values_are_the_key_of_one_alert_that_stays_open(made: Callable[..., Log]) -> None:
    hostile = "[/b]\x1b]52;c;eA==\x07\n'; drop table ledger; --" + "é" * 500
    by_key = BY_REGION.replace(
        "'region=' || slice_value as slice", "slice_value as slice, slice_value as key"
    )
    log = made(mine=HEADER + "-- column: key\n" + by_key)
    for first, start in ((0, START), (200, START + timedelta(minutes=5))):
        at = (start + timedelta(seconds=number) for number in range(200))
        log.grow([line(first + n, ts, failed=True, tags={"region": hostile}) for n, ts in enumerate(at)])
    (alert,) = log.found(OwnAlerts(log.store))
    assert alert.state is AlertState.OPEN and len(alert.subject) == 120
    assert "\n" not in alert.worst.summary and "\x1b" not in alert.worst.summary


def test_rounds_are_at_whole_multiples_and_at_last_now() -> None:
    until = START + timedelta(minutes=13, seconds=1)
    assert rounds_of(OFTEN, START, until) == [
        START + timedelta(minutes=5),
        START + timedelta(minutes=10),
        until,
    ]
    assert aligned(timedelta(minutes=5), START, START) == []


def test_looking_back_each_moment_is_asked_about_four_times() -> None:
    hourly = replace(OFTEN, span=timedelta(hours=1))
    found = rounds_of(hourly, START, START + timedelta(hours=1))
    assert found == [START + timedelta(minutes=minutes) for minutes in (15, 30, 45, 60)]


def test_rounds_of_a_long_history_are_farther_apart() -> None:
    until = START + timedelta(days=400)
    found = rounds_of(OFTEN, START, until)
    assert 4_000 < len(found) <= 8_065 and found[-1] == until


def test_the_example_in_the_manual_raises_its_alert(made: Callable[..., Log]) -> None:
    page = (Path(__file__).parents[3] / "docs" / "queries.md").read_text()
    log = made(large=page.partition("```sql\n")[2].partition("```")[0])
    odd = {"features": {"amount": 2000.0}, "prediction": "legit", "tags": {"client": "mobile-sdk"}}
    usual = {"tags": {"client": "web"}}
    log.grow(
        [
            line(n, START + timedelta(seconds=10 * n), **(odd if n % 4 == 0 and n > 200 else usual))
            for n in range(400)
        ]
    )
    (alert,) = log.found(OwnAlerts(log.store))
    assert (alert.subject, alert.worst.value, alert.worst.unit) == ("client=mobile-sdk", 1.0, "share")
    assert alert.began == START + timedelta(seconds=2040)
    assert alert.latest.offenders is not None
    assert len(log.store.table(alert.latest.offenders).rows) == alert.latest.rows == 49
