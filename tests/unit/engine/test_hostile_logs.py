"""Logs that no check was thought of for: each is judged, at once and while it grows, and none is too much."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import closing
from datetime import timedelta
from pathlib import Path

import polars as pl
import pytest

from console.canned import load_catalog
from console.checks import CHECKS
from console.engine.baselines import profile_of_file
from console.engine.collector import Collector
from console.engine.judge import Judge
from console.model import Alert, Configuration
from console.store import Store
from tests.unit.engine.logs import START, clock, line, write

ROWS = 600
HUGE = (1e308, -1e308, -0.0, 5e-324, 2**70, 10**30, 3)
NAMES = ("'", '"; drop', "x\0y", "\x1b[31m", "", " ", "[/b]", "$1", "é🙂", "a" * 300, "model", "rows")


def every(minutes: float, **more: object) -> Iterator[bytes]:
    for number in range(ROWS):
        yield line(number, START + timedelta(minutes=minutes * number), failed=False, **more)


def hostile(number: int) -> bytes:
    name, other = NAMES[number % len(NAMES)], NAMES[(number // 3) % len(NAMES)]
    named = dict.fromkeys(NAMES, other) | {other: number}
    return line(
        number,
        START + timedelta(minutes=number / 2),
        model=("m", name)[number % 2],
        model_version=other,
        endpoint=name,
        error_type=name if number % 9 == 0 else None,
        prediction=other,
        features=named,
        tags=dict.fromkeys(NAMES[:6], name),
        stages={name: {"ms": number % 30, "version": other}},
    )


def huge(number: int) -> bytes:
    first, second = HUGE[number % len(HUGE)], HUGE[number * 3 % len(HUGE)]
    features = {"x": second, "y": first}
    measures = {
        "latency_ms": abs(second),
        "score": first,
        "prediction": second,
        "truth": first,
        "cost": abs(first),
    }
    return line(
        number,
        START + timedelta(minutes=number / 2),
        features=features,
        tokens_in=2**62,
        failed=False,
        **measures,
    )


LOGS = {
    "one row": [line(0, START)],
    "all at one moment": list(every(0)),
    "two rows a day": list(every(720)),
    "nothing but nulls": list(
        every(0.5, model=None, status=None, latency_ms=None, features={"x": None}, tags={})
    ),
    "constants": list(every(0.5, latency_ms=0, score=1, prediction="a", features={"x": 1.0, "c": "k"})),
    "names": [hostile(number) for number in range(ROWS // 3, ROWS)],
    "numbers": [huge(number) for number in range(ROWS)],
    "a version and an endpoint for each request": [
        line(n, START + timedelta(minutes=n / 2), model_version=f"v{n}", endpoint=f"/users/{n}")
        for n in range(ROWS)
    ],
}


@pytest.mark.parametrize("name", LOGS)
@pytest.mark.usefixtures("all_checks")
def test_a_hostile_log_is_judged_at_once_as_while_it_grows(name: str, tmp_path: Path) -> None:
    path = write(tmp_path / "a.jsonl", LOGS[name][: ROWS // 2])
    with closing(Store(":memory:", load_catalog(), clock=clock)) as store:
        collector = Collector(store, [str(path)], clock=clock)
        collector.drain()
        watching = Judge(store)
        watching.history()
        for start in range(ROWS // 2, ROWS, ROWS // 4):
            write(path, LOGS[name][start : start + ROWS // 4])
            collector.drain()
            watching.refresh()
        at_once = Judge(store).history()
        collector.close()
    assert {_who(alert) for alert in watching.alerts} == {_who(alert) for alert in at_once}


def _who(alert: Alert) -> tuple[str, str, str]:
    return alert.check, alert.model, alert.subject


def test_every_column_of_training_data_without_a_field_of_a_record_is_a_feature(tmp_path: Path) -> None:
    path = tmp_path / "training.parquet"
    pl.DataFrame({"amount": [float(n) for n in range(200)], "plan": ["a", "b"] * 100}).write_parquet(path)
    pinned = profile_of_file(str(path), load_catalog(), CHECKS, Configuration())
    assert list(pinned) == [""]
    features = {one["feature"] for one in json.loads(pinned[""].profile)["features"]}
    assert features == {"amount", "plan"}
