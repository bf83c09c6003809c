"""How a request stands among those before it: worked out by hand on small days."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from datetime import timedelta
from functools import cache

import pytest

import console.engine.request_context as module
from console.engine.request_context import request_context
from console.model import (
    Alert,
    AlertState,
    Oddity,
    QueryCall,
    Reading,
    RequestContext,
    RowId,
    Severity,
    StageUsual,
    Standing,
    Ticket,
    Verdict,
    Window,
)
from console.store import Store
from tests.support import NOON, Line, at, stored

ROWS = 2_000
USUAL: Mapping[str, object] = {"amount": 500, "country": "DE", "user": "u-x", "constant": 1, "always": 3}


def day(*last: Mapping[str, object], rows: int = ROWS, model: str = "fraud") -> list[Line]:
    """Rows of a model, one a half minute, `amount` 0 to 999 twice; after them one of these features each."""
    lines: list[Line] = [
        {
            "ts": at(number / 2 - 1_000),
            "model": model,
            "features": {
                "amount": number % 1_000,
                "country": "FR" if number == 701 else "AT" if number % 4 == 0 else "DE",
                "user": f"u-{number}",
                "constant": 1,
                "always": 3,
            }
            | ({"half": 1} if number % 2 else {})
            | ({"seldom": "x"} if number % 100 == 0 else {}),
            "stages": {"prepare": number % 101, "predict": {"ms": 7.5}},
        }
        for number in range(rows)
    ]
    lines += [
        {"ts": at(1), "request_id": f"last-{number}", "model": model, "features": features}
        for number, features in enumerate(last)
    ]
    return lines


def alert_of(began: float, last_seen: float, state: AlertState, model: str = "fraud") -> Alert:
    """An alert from one minute to another."""
    first, last = NOON + timedelta(minutes=began), NOON + timedelta(minutes=last_seen)
    reading = Reading(
        "drift",
        model,
        "x",
        Window(first, last),
        Verdict.BREACH,
        value=1.0,
        baseline=0.0,
        limit=0.2,
        unit="psi",
        rows=9,
        baseline_rows=9,
        severity=Severity.WARNING,
        summary="x",
    )
    return Alert("a", "drift", model, "x", Severity.WARNING, state, first, first, last, reading, reading)


def context_of_last(store: Store, model: str = "fraud", alerts: Sequence[Alert] = ()) -> RequestContext:
    table = store.table(QueryCall("predictions_recent", {"model": model, "row_limit": 1}))
    row = dict(zip(table.columns, table.rows[0], strict=True))
    row_id = RowId(int(str(row["source_id"])), int(str(row["source_offset"])))
    return request_context(store, row_id, Ticket(), alerts)


CASES: list[tuple[str, object, Standing | None]] = [
    ("amount", 249, Standing("p25", rank=0.25)),
    ("amount", 0, Standing("p0.1", rank=0.001)),
    ("amount", 999, Standing("p100", rank=1.0)),
    ("amount", 998.5, Standing("p99.9", rank=0.999)),
    ("amount", 1_000, Standing("above 999", rank=1.0, odd=Oddity.OUT_OF_RANGE)),
    ("amount", -0.5, Standing("below 0", rank=0.0, odd=Oddity.OUT_OF_RANGE)),
    ("amount", "12", Standing("usually a number", odd=Oddity.TYPE_CHANGED)),
    ("amount", "", Standing("usually a number", odd=Oddity.TYPE_CHANGED)),
    ("constant", 1, Standing("always so", rank=1.0)),
    ("country", "AT", Standing("25 % of rows", share=0.25)),
    ("country", "FR", Standing("0.05 % of rows", share=0.0005, odd=Oddity.RARE)),
    ("country", "XX", Standing("0 % of rows", share=0.0, odd=Oddity.UNSEEN)),
    ("country", "[/x]\x1b[31m", Standing("0 % of rows", share=0.0, odd=Oddity.UNSEEN)),
    ("country", 7, Standing("usually a text", odd=Oddity.TYPE_CHANGED)),
    ("country", "é" * 101, Standing("long text")),
    ("user", "u-new", Standing("many values", share=0.0)),
    ("seldom", "x", Standing("present in 1.0 %")),
    ("brand_new", 1, Standing("0 % of rows", odd=Oddity.UNSEEN)),
    ("always", None, Standing("present in 100 %", odd=Oddity.NULL)),
    ("half", None, Standing("present in 50 %")),
    ("seldom", None, None),
]
"""A feature, its value in a request that is usual else (None: it lacks it), and how it stands."""


@cache
def store_of_cases() -> Store:
    """The day, and after it a request for each case, all at one moment: none is in another's baseline."""
    return stored(day(*(with_value(name, value) for name, value, _ in CASES)))


def with_value(name: str, value: object) -> dict[str, object]:
    features = {key: held for key, held in USUAL.items() if key != name}
    return features if value is None else {**features, name: value}


@pytest.mark.parametrize("case", range(len(CASES)), ids=str)
def test_a_feature_stands_where_one_counts_it_to(case: int) -> None:
    name, _, expected = CASES[case]
    store = store_of_cases()
    row_id = store.find(key=f"last-{case}", origin="")
    assert row_id is not None
    assert request_context(store, row_id, Ticket()).standings.get(name) == expected


def test_stages_have_what_they_usually_take() -> None:
    context = context_of_last(stored(day(USUAL)))
    assert context.stages["predict"] == StageUsual(7.5, 7.5)
    assert context.stages["prepare"].p50_ms == pytest.approx(50, abs=1)
    assert context.stages["prepare"].p95_ms == pytest.approx(95, abs=1)


def test_it_says_what_it_is_compared_with() -> None:
    assert context_of_last(stored(day(USUAL))).baseline == "the 24 h before, 2,000 rows of fraud"


@pytest.mark.parametrize(
    ("rows", "words"),
    [
        (0, "nothing: the 24 h before has 0 rows of fraud, too few"),
        (1, "nothing: the 24 h before has 1 row of fraud, too few"),
        (99, "nothing: the 24 h before has 99 rows of fraud, too few"),
    ],
)
def test_of_too_few_rows_nothing_is_said(rows: int, words: str) -> None:
    assert context_of_last(stored(day(USUAL, rows=rows))) == RequestContext(baseline=words)


@pytest.mark.parametrize(
    ("alert", "moment"),
    [
        (alert_of(0, 1, AlertState.OPEN), " its alert (11-02 12:00Z)"),
        (alert_of(0, 1, AlertState.RESOLVED), " its alert (11-02 12:00Z)"),
        (alert_of(-20, -10, AlertState.RESOLVED), ""),
        (alert_of(0, 1, AlertState.OPEN, model="other"), ""),
        (alert_of(-990, 1, AlertState.OPEN), ""),
    ],
    ids=["open", "resolved", "over before", "of another model", "too few rows before it"],
)
def test_what_came_with_the_trouble_does_not_become_usual(alert: Alert, moment: str) -> None:
    came = {**USUAL, "country": "XX"}
    trouble: list[Line] = [{"ts": at(0.5), "model": "fraud", "features": came}] * 200
    context = context_of_last(stored([*day(came), *trouble]), alerts=[alert])
    assert context.baseline.startswith(f"the 24 h before{moment}, ")
    assert (context.standings["country"].odd is Oddity.UNSEEN) is bool(moment)


def test_neither_other_models_nor_other_days_nor_later_rows_count() -> None:
    lines = day(USUAL, rows=150)
    late: list[Line] = [{"ts": at(2), "model": "other", "features": {"amount": 5_000}} for _ in range(200)]
    early: list[Line] = [{"ts": at(-1_500), "model": "fraud", "features": {"amount": 5_000}}] * 200
    context = context_of_last(stored([*lines, *late, *early]))
    assert context.baseline == "the 24 h before, 150 rows of fraud"
    assert context.standings["amount"].odd is Oddity.OUT_OF_RANGE


def test_what_the_drawn_rows_lack_is_looked_for_in_all_rows(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of 2,000 rows some 100 are drawn: a text of one row, and the greatest number, are hardly among them."""
    monkeypatch.setattr("console.store.sampling.MOST_ROWS", 150)
    features = {**USUAL, "country": "FR", "amount": 999}
    store = stored(day(features))
    context = context_of_last(store)
    assert "of 2,000 rows of fraud" in context.baseline
    assert context.standings["country"] == Standing("0.05 % of rows", share=0.0005, odd=Oddity.RARE)
    assert context.standings["amount"].odd is None
    monkeypatch.setattr(module, "MOST_COUNTS", 0)
    assert context_of_last(store).standings["country"].odd is Oddity.UNSEEN


def test_features_that_are_called_like_fields_are_told_from_them() -> None:
    names = ("score", "prediction", "latency_ms", "model")
    lines: list[Line] = [
        {
            "ts": at(-number),
            "model": "fraud",
            "score": 0.5,
            "latency_ms": 3,
            "prediction": "no",
            "features": dict.fromkeys(names, number),
        }
        for number in range(200)
    ]
    context = context_of_last(
        stored([*lines, {"ts": at(1), "features": dict.fromkeys(names, 99), "model": "fraud"}])
    )
    assert {name: one.words for name, one in context.standings.items()} == dict.fromkeys(names, "p50")


def test_the_same_request_stands_the_same_each_time() -> None:
    store = stored(day(USUAL, rows=500))
    assert context_of_last(store) == context_of_last(store)
