"""Rows drawn for comparison: all columns, four groups, and how many there are."""

from __future__ import annotations

from collections.abc import Iterable
from datetime import timedelta

import polars as pl
import pytest

from console.model import QueryCall
from console.store import Sample, Store, sampling
from tests.support import NOON, Line, at, stored

DAY = timedelta(days=1)


def record(minute: float, *, failed: bool = False, model: str = "m", **more: object) -> Line:
    return {"ts": at(minute), "model": model, "status": 500 if failed else 200} | more


def drawn(store: Store, *, minutes: float = 60, model: str = "m") -> Sample:
    """Of the minutes from noon on and of the day before, rows with errors beside others."""
    until = NOON + timedelta(minutes=minutes)
    call = QueryCall("predictions_with_errors", {"model": model, "start": NOON - DAY, "until": until})
    return store.sample(call, model=model, start=NOON - DAY, since=NOON, until=until)


def values_of(sample: Sample, kind: str, name: str) -> pl.Series:
    column = next(one.column for one in sample.columns if (one.kind, one.name) == (kind, name))
    return sample.frame.sort("ts")[column]


def test_rows_are_told_apart_by_time_and_by_whether_they_offend() -> None:
    records = [record(n, failed=n % 4 == 0) for n in range(-20, 20)]
    others = [record(5, failed=True, model="other"), record(60, failed=True), record(-1441, failed=True)]
    sample = drawn(stored([*records, *others]))
    assert sample.totals == {(True, True): 5, (True, False): 15, (False, True): 5, (False, False): 15}
    assert sample.frame.height == 40
    assert sorted(sample.frame.group_by("now", "offends").len()["len"]) == [5, 5, 15, 15]
    assert sample.frame.filter(pl.col("offends"))["ts"].n_unique() == 10


def test_every_column_of_the_model_is_there_under_its_name() -> None:
    hostile = "x'; \"\n--"
    sample = drawn(
        stored(
            [
                record(
                    1,
                    model_version="v1",
                    latency_ms=1.5,
                    score=0.5,
                    features={"amount": 2, hostile: "a", "score": 7, "latency_ms": 8, "prediction": "p"},
                    tags={"region": "EU", "endpoint": "e", "model_version": "t"},
                ),
                record(2, model="other", features={"not ours": 1}),
            ]
        )
    )
    expected = {
        ("field", "model_version"): "v1",
        ("field", "status"): "200",
        ("number", "latency_ms"): 1.5,
        ("number", "score"): 0.5,
        ("number", "features.score"): 7.0,
        ("number", "features.latency_ms"): 8.0,
        ("text", "features.prediction"): "p",
        ("number", "amount"): 2.0,
        ("text", hostile): "a",
        ("tag", "region"): "EU",
        ("tag", "tags.endpoint"): "e",
        ("tag", "tags.model_version"): "t",
    }
    for (kind, name), value in expected.items():
        assert values_of(sample, kind, name).to_list() == [value], name
    assert "not ours" not in {one.name for one in sample.columns}


def test_of_many_rows_some_are_drawn_from_each_group_and_all_are_counted(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(sampling, "MOST_ROWS", 100)
    store = stored([record(n / 100, failed=n % 3 == 0, features={"n": n}) for n in range(-3000, 3000)])
    sample = drawn(store)
    assert sample.totals == {
        (True, True): 1000,
        (True, False): 2000,
        (False, True): 1000,
        (False, False): 2000,
    }
    heights = sample.frame.group_by("now", "offends").len()
    assert heights.filter("offends")["len"].to_list() == [100, 100]
    assert heights.filter(~pl.col("offends"))["len"].is_between(60, 140).all()
    assert sample.frame["c0"].len() == sample.frame.unique("ts").height
    now = sample.frame.filter("now", "offends").sort("ts")
    numbers = now[next(one.column for one in sample.columns if one.name == "n")]
    assert numbers.is_between(0, 1500).sum() == pytest.approx(50, abs=2)
    assert sorted(drawn(store).frame["ts"]) == sorted(sample.frame["ts"])


def test_long_texts_are_no_categories() -> None:
    prompts: Iterable[Line] = [record(n, features={"prompt": "word " * 41, "kind": "k"}) for n in range(3)]
    sample = drawn(stored(prompts))
    assert values_of(sample, "text", "prompt").to_list() == [None] * 3
    assert values_of(sample, "text", "kind").to_list() == ["k"] * 3


def test_of_a_model_that_was_never_seen_there_is_nothing() -> None:
    sample = drawn(stored([record(1)]), model="no such")
    assert (sample.frame.height, sample.columns, dict(sample.totals)) == (0, (), {})
    assert drawn(stored([])).columns == ()


def test_a_row_limit_of_the_question_does_not_cut_the_offending_rows() -> None:
    store = stored([record(n / 100, failed=True) for n in range(500)])
    assert drawn(store).totals[True, True] == 500
