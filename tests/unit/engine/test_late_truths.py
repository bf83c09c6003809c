"""Truths that come after the predictions they are of: judged for the time of the prediction."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import timedelta
from pathlib import Path

import pytest

from console.checks.errors import CHECK as ERRORS
from console.checks.estimated import CHECK as ESTIMATED
from console.checks.performance import CHECK
from console.engine.collector import Collector
from console.engine.counting import Counting
from console.engine.judge import Judge
from console.ingest import choosing
from console.model import Alert, AlertState, Configuration, Table
from console.store import Store
from tests.support import NOON, Line, at, batch, stored
from tests.unit.checks.test_performance import judged

LATER = NOON + timedelta(days=30)


def known() -> list[Mapping[str, object]]:
    """Ten hours in which predictions are right and two in which they are not, each with an id."""
    return named("r", [*judged(0, 600, 1500, 0.92), *judged(600, 720, 500, 0.6, seed=2)])


def named(prefix: str, lines: Sequence[Line]) -> list[Mapping[str, object]]:
    """The lines, each with a request id."""
    return [
        {**line, "request_id": f"{prefix}{n}"} for n, line in enumerate(lines) if isinstance(line, Mapping)
    ]


def without_truth(lines: Sequence[Mapping[str, object]]) -> list[Line]:
    return [{name: value for name, value in line.items() if name != "truth"} for line in lines]


def truths_of(lines: Sequence[Mapping[str, object]]) -> list[Line]:
    """Each truth in a line of its own, three days later."""
    return [
        {"request_id": line["request_id"], "truth": line["truth"], "ts": at(4320 + n / 60)}
        for n, line in enumerate(lines)
    ]


def spans(alerts: Sequence[Alert]) -> set[tuple[str, str, str]]:
    return {(alert.subject, f"{alert.began}", f"{alert.last_seen}") for alert in alerts}


def test_late_truths_raise_the_alerts_that_they_would_have_raised_at_once() -> None:
    lines = known()
    store = stored(without_truth(lines), now=LATER)
    judge = Judge(store, [CHECK])
    assert judge.history() == ()
    store.append([batch(truths_of(lines), 7, path="/logs/truths.jsonl")])
    assert judge.refresh() == (), "they are not joined yet"
    store.join_truths()
    late = judge.refresh()
    at_once = Judge(stored(lines, now=LATER), [CHECK]).history()
    assert {alert.check for alert in late} == {"performance"}
    assert spans(late) == spans(at_once)
    assert spans(late) == spans(Judge(store, [CHECK]).history())
    assert late[0].worst.truth_share == 1.0
    assert "(truth for 100 % of requests)" in late[0].worst.summary
    store.close()


def test_only_what_counts_by_truths_is_counted_again_for_them(monkeypatch: pytest.MonkeyPatch) -> None:
    lines = known()
    store = stored(without_truth(lines), now=LATER)
    judge = Judge(store, [CHECK, ESTIMATED, ERRORS])
    judge.history()
    store.append([batch(truths_of(lines[-20:]), 7, path="/logs/truths.jsonl")])
    store.join_truths()
    counted: list[tuple[list[str], int]] = []
    plain = Counting._count

    def noted(self: Counting, since: int, newest: object, queries: Sequence[object]) -> None:
        counted.append((sorted(query.name for query in queries), since))  # type: ignore[attr-defined]
        plain(self, since, newest, queries)  # type: ignore[arg-type]

    monkeypatch.setattr(Counting, "_count", noted)
    judge.refresh()
    ((_, newest), (names, since)) = counted
    assert names == ["performance_cells", "score_cells"]
    assert 0 < since < newest
    counted.clear()
    judge.refresh()
    assert counted == [], "nothing has come since"
    store.close()


def test_an_alert_is_open_as_long_as_no_later_truth_says_that_it_is_over() -> None:
    lines = known()
    calm = named("s", judged(720, 1500, 900, 0.92, seed=3))
    store = stored(without_truth([*lines, *calm]), now=LATER)
    judge = Judge(store, [CHECK])
    judge.history()
    store.append([batch(truths_of(lines), 7, path="/logs/truths.jsonl")])
    store.join_truths()
    assert {alert.state for alert in judge.refresh()} == {AlertState.OPEN}
    assert {alert.state for alert in judge.history()} == {AlertState.OPEN}
    assert judge.alerts[0].last_seen <= NOON + timedelta(minutes=735)
    store.append([batch(truths_of(calm), 8, path="/logs/more.jsonl")])
    store.join_truths()
    assert {alert.state for alert in judge.refresh()} == {AlertState.RESOLVED}
    store.close()


def test_truths_beside_a_log_are_read_joined_and_shown_as_what_they_are(tmp_path: Path) -> None:
    log, truths, rest = tmp_path / "app.jsonl", tmp_path / "labels.csv", tmp_path / "ground.jsonl"
    log.write_text("".join(json.dumps(line) + "\n" for line in without_truth(known())))
    truths.write_text("request_id,label\nr1,yes\nnobody,no\n")
    rest.write_text('{"groundTruthData":{"data":"no","encoding":"CSV"},"eventMetadata":{"eventId":"r2"}}\n')
    store = Store(":memory:", stored().catalog, clock=lambda: LATER)
    lines_mean = choosing(Configuration().meaning_of)
    collector = Collector(store, [str(tmp_path)], clock=lambda: LATER, lines_mean=lines_mean)
    collector.drain()
    seen = {Path(s.path).name: (s.rows, s.truths, s.matched) for s in collector.statuses}
    assert seen == {"app.jsonl": (2000, 0, 0), "labels.csv": (2, 2, 1), "ground.jsonl": (1, 1, 1)}
    with truths.open("a") as file:
        file.write("r3,yes\n")
    version = collector.version
    collector.drain()
    assert collector.version > version
    answer: Table = store.sql(
        "select request_id, truth from predictions where truth_origin = 'late' order by 1", limit=9
    )
    assert answer.rows == (("r1", "yes"), ("r2", "no"), ("r3", "yes"))
    assert all(audit.holds for audit in store.audit())
    collector.close()
    store.close()
