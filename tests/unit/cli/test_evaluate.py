"""`icon evaluate`."""

from __future__ import annotations

import json
from datetime import timedelta
from pathlib import Path
from typing import Any

import pytest

from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import START, line, write

ROWS = 300


@pytest.fixture
def judged(home: Path) -> Path:
    """A log of two versions with truths: v3 is wrong where the region is EU."""

    def truth(number: int) -> dict[str, Any]:
        right = "fraud" if number % 50 == 0 else "legit"
        wrong = number % 2 and number % 3 == 0
        other = "legit" if right == "fraud" else "fraud"
        score: dict[str, Any] = {"score": 0.8 if right == "fraud" else number % 7 / 10}
        return {**score, "truth": other if wrong else right} if number % 4 else score

    path = home / "judged.jsonl"
    write(path, (line(n, START + timedelta(minutes=n), **truth(n)) for n in range(ROWS)))
    return path


def test_figures_are_told_with_interval_rows_and_share(icon: Icon, judged: Path) -> None:
    ended = icon("evaluate", judged, "-q")
    assert ended.code == 0, ended.err
    assert "on truth: 225 of 300 requests (75.0%); positive is fraud" in ended.out
    accuracy = next(row.split() for row in ended.out.splitlines() if row.startswith("accuracy "))
    value, low, high, rows = map(float, accuracy[1:5])
    assert low < value < high
    assert rows == 225
    assert value == pytest.approx(175 / 225, abs=1e-3)
    assert "truth (lines) and prediction (columns)" in ended.out
    assert "accuracy by slice, the worst first" in ended.out
    worst = next(row for row in ended.out.splitlines() if row.endswith("worse"))
    assert worst.startswith(("region=EU", "version=v3"))


def test_for_programs_there_is_all_of_it_with_nothing_on_screen_besides(icon: Icon, judged: Path) -> None:
    [one] = json.loads(icon("evaluate", judged, "-q", "--format", "json").out)
    assert (one["basis"], one["rows"], one["requests"], one["positive"]) == ("truth", 225, 300, "fraud")
    assert {"accuracy", "F1", "AUC", "Brier", "calibration error"} <= {f["measure"] for f in one["figures"]}
    assert sum(cell["rows"] for cell in one["confusion"]) == 225
    assert {part["dimension"] for part in one["slices"]} == {"model_version", "region", "score"}
    lines = icon("evaluate", judged, "-q", "--format", "jsonl", "--basis", "all").out.splitlines()
    assert [json.loads(text)["basis"] for text in lines] == ["truth", "labels", "estimated"]


def test_bases_stand_beside_each_other_and_are_never_mixed(icon: Icon, judged: Path) -> None:
    ended = icon("evaluate", judged, "-q", "--basis", "all", "--format", "markdown")
    assert ended.code == 0, ended.err
    assert "| measure | truth | labels | estimated |" in ended.out
    assert "on labels: 0 of 300 requests" in ended.out
    assert "not estimated" in ended.out


def test_steps_slices_and_measure_are_those_that_are_asked_for(icon: Icon, judged: Path) -> None:
    ended = icon("evaluate", judged, "-q", "--over", "1h", "--by", "version", "--measure", "auc")
    assert ended.code == 0, ended.err
    assert "AUC over time" in ended.out
    assert ended.out.count("\n2026-11-02 ") == 5
    slices = ended.out.partition("AUC by slice")[2].splitlines()[2:]
    assert {row.split()[0] for row in slices if row} == {"version=v2", "version=v3"}
    assert "\nscore 0.0 to 0.1 " in icon("evaluate", judged, "-q", "--by", "score").out


def test_of_several_bases_each_has_its_own_steps_and_slices_where_they_are_asked_for(
    icon: Icon, judged: Path
) -> None:
    every = ("evaluate", judged, "-q", "--basis", "all")
    ended = icon(*every, "--over", "1h", "--by", "version")
    assert ended.code == 0, ended.err
    assert "accuracy over time, on truth" in ended.out
    assert "accuracy by slice, on truth, the worst first" in ended.out
    assert "over time" not in icon(*every).out
    assert icon(*every, "--by", "colour").code == 2


def test_two_versions_are_compared(icon: Icon, judged: Path) -> None:
    ended = icon("evaluate", judged, "-q", "--versions", "v2", "v3")
    assert ended.code == 0, ended.err
    assert "fraud: v2 and v3, on truth" in ended.out
    assert "measure" in ended.out and "difference" in ended.out
    [one] = json.loads(icon("evaluate", judged, "-q", "--versions", "v2", "v3", "--format", "json").out)
    assert one["versions"] == ["v2", "v3"]
    accuracy = one["differences"][0]
    assert accuracy["low"] < accuracy["value"] < accuracy["high"] < 0


def test_a_time_and_a_filter_narrow_it(icon: Icon, judged: Path) -> None:
    ended = icon("evaluate", judged, "-q", "--filter", "region=EU -1h", "--format", "json")
    [one] = json.loads(ended.out)
    assert one["requests"] == 20
    assert one["filter"] == "region=EU"


@pytest.mark.parametrize(
    ("args", "why"),
    [
        (["--by", "planet"], "no slices by 'planet'"),
        (["--measure", "beauty"], "no measure of slices and steps is called 'beauty'"),
        (["--positive", "frogs"], "no class is called 'frogs'"),
        (["--model", "none"], "no requests of model 'none'"),
        (["--versions", "v2", "v8"], "no requests of version 'v8'"),
        (["--start", "tomorrow"], "cannot be read"),
        (["--start", "-1h", "--filter", "-2h"], "give one of them"),
        (["--over", "0s"], "--over"),
        (["--basis", "estimated", "--versions", "v2", "v3"], "an estimate knows no single outcome"),
    ],
)
def test_what_cannot_be_told_is_refused_with_what_could_be(
    icon: Icon, judged: Path, args: list[str], why: str
) -> None:
    ended = icon("evaluate", judged, "-q", *args)
    assert ended.code == 2
    assert why in ended.err


def test_values_of_a_log_do_nothing_to_the_terminal(icon: Icon, home: Path) -> None:
    path = home / "hostile.jsonl"
    evil = "\x1b[2J[bold]"
    write(path, (line(n, START, truth=evil, tags={evil: evil + str(n % 2)}, model=evil) for n in range(4)))
    for fmt in ("table", "markdown", "json"):
        ended = icon("evaluate", path, "-q", "--format", fmt)
        assert ended.code == 0, ended.err
        assert "\x1b" not in ended.out + ended.err
