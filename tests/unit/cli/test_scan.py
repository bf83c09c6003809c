"""`icon scan`, `icon tune` and `icon baseline`."""

from __future__ import annotations

import json
from datetime import datetime, timedelta
from pathlib import Path

import pytest

from tests.unit.cli.conftest import Icon
from tests.unit.engine.logs import START, lines, write


@pytest.fixture
def over(tmp_path: Path) -> Path:
    """A log in which v3 in EU failed from minute 150 to 170, and which goes on to minute 300."""
    return write(tmp_path / "over.jsonl", lines(300, spike=(150, 170)))


@pytest.mark.usefixtures("all_checks")
def test_a_scan_tells_when_an_episode_began_and_ended(icon: Icon, over: Path) -> None:
    ended = icon("scan", over)
    assert ended.code == 0
    (episode,) = map(json.loads, ended.out.splitlines())
    assert (episode["check"], episode["model"], episode["subject"], episode["feature"]) == (
        "error_spikes",
        "fraud",
        "",
        None,
    )
    assert episode["slice"] == {"model_version": "v3", "region": "EU"}
    began, end = (datetime.fromisoformat(episode[key]) for key in ("start", "end"))
    assert (began, end) == (START + timedelta(minutes=150), START + timedelta(minutes=170))
    assert began < datetime.fromisoformat(episode["detected_at"]) <= began + timedelta(minutes=15)
    assert episode["value"] > episode["limit"] > episode["baseline"]
    assert "1 episodes" in ended.err


def test_an_episode_that_goes_on_has_no_end(icon: Icon, spiked: Path) -> None:
    (episode,) = map(json.loads, icon("scan", "-q", spiked).out.splitlines())
    assert episode["end"] is None


def test_the_ids_of_the_offending_requests_are_given_on_request(icon: Icon, over: Path) -> None:
    (episode,) = map(json.loads, icon("scan", over, "--request-ids", 1000).out.splitlines())
    failed = {
        json.loads(text)["request_id"]
        for number, text in enumerate(lines(300, spike=(150, 170)))
        if 150 * 20 <= number < 170 * 20 and number % 2 == 1 and number % 3 == 0
    }
    assert set(episode["request_ids"]) == failed
    (few,) = map(json.loads, icon("scan", over, "--request-ids", 3).out.splitlines())
    assert len(few["request_ids"]) == 3


@pytest.mark.usefixtures("all_checks")
def test_a_calm_log_has_no_episode_and_nothing_is_recorded(icon: Icon, calm: Path, home: Path) -> None:
    ended = icon("scan", calm)
    assert (ended.code, ended.out) == (0, "")
    assert not (home / "casebook.sqlite").exists()


def test_for_a_person_it_is_a_table(icon: Icon, over: Path) -> None:
    header, row = icon("scan", over, "--format", "table").out.splitlines()
    assert header.split() == ["severity", "check", "model", "summary", "start", "end", "detected", "rows"]
    assert "model_version=v3 and region=EU" in row


@pytest.mark.parametrize("every", ["1m", "15m"])
def test_it_judges_as_often_as_it_is_told(icon: Icon, over: Path, every: str) -> None:
    (episode,) = map(json.loads, icon("scan", over, "--every", every).out.splitlines())
    minutes = int(every[:-1])
    detected = datetime.fromisoformat(episode["detected_at"])
    assert (detected - START) % timedelta(minutes=minutes) == timedelta(0)


def test_a_step_that_does_not_divide_the_hour_is_wrong_usage(icon: Icon, over: Path) -> None:
    ended = icon("scan", over, "--every", "7m")
    assert ended.code == 2
    assert "1m, 5m, 10m, 15m, 30m, 60m" in ended.err


def test_a_baseline_may_be_a_time_range_a_file_or_a_version(icon: Icon, over: Path, tmp_path: Path) -> None:
    bad = f"{(START + timedelta(minutes=150)).isoformat()}..{(START + timedelta(minutes=170)).isoformat()}"
    assert icon("scan", "-q", over, "--baseline", bad).out == ""
    trained = write(tmp_path / "trained.jsonl", lines(60))
    assert len(icon("scan", "-q", over, "--baseline", trained).out.splitlines()) == 1
    assert icon("scan", "-q", over, "--baseline", "version=v2").code == 0


def test_what_is_no_baseline_is_wrong_usage(icon: Icon, over: Path) -> None:
    for wrong in ("nowhere.jsonl", "yesterday..today", "version=v9"):
        ended = icon("scan", over, "--baseline", wrong)
        assert ended.code == 2
        assert "baseline" in ended.err or "is no time" in ended.err


def test_a_pinned_baseline_holds_until_it_is_removed(icon: Icon, over: Path, tmp_path: Path) -> None:
    bad = write(tmp_path / "bad.jsonl", lines(60, spike=(0, 60)))
    ended = icon("baseline", "pin", "bad", bad, over)
    assert ended.code == 0
    assert "pinned for 'fraud'" in ended.err
    assert "bad" in icon("baseline", "list").out
    assert icon("check", over).code == 0
    assert icon("baseline", "pin", "bad", bad, over).code == 2
    assert icon("baseline", "remove", "bad").code == 0
    assert icon("check", over).code == 1
    assert icon("baseline", "remove", "bad").code == 2


def test_tuning_shows_what_another_limit_would_have_done(icon: Icon, over: Path) -> None:
    ended = icon("tune", "error_spikes", over, "--set", "min_gain=0.9", "--set", "min_ratio=1.5")
    assert ended.code == 0
    header, now, higher, same, *_ = ended.out.splitlines()
    assert header.split()[:2] == ["limits", "episodes"]
    assert now.split()[:4] == ["as", "it", "is", "1"]
    assert higher.split()[:2] == ["min_gain=0.9", "0"]
    assert same.split()[:2] == ["min_ratio=1.5", "1"]
    assert "- 11-02 08:30 fraud" in ended.out


@pytest.mark.parametrize(
    ("arguments", "said"),
    [
        (("drifts", "--set", "psi=1"), "no check is called 'drifts'"),
        (("error_spikes", "--set", "psi=1"), "error_spikes has no limit 'psi'"),
        (("error_spikes", "--set", "min_gain=much"), "takes a number, not 'much'"),
    ],
)
def test_tuning_what_is_not_there_is_wrong_usage(
    icon: Icon, over: Path, arguments: tuple[str, ...], said: str
) -> None:
    ended = icon("tune", arguments[0], over, *arguments[1:])
    assert ended.code == 2
    assert said in ended.err


OWN = """\
-- title:    Errors by region
-- answers:  Where do requests fail?
-- grain:    one row per model and region
-- severity: warning
-- param:    start timestamptz = newest - 10m
-- param:    until timestamptz = newest
-- param:    row_limit integer = 20
-- column:   model
-- column:   slice
-- column:   value; requests
-- column:   filter
select model, 'region=' || slice_value as slice, {value} as value, 'status>=500' as filter
from prediction_slices
where ts >= $start and ts < $until and dimension = 'region' and is_error
group by 1, 2
having count(*) > 5
limit $row_limit
"""


def _folder(tmp_path: Path, value: str) -> Path:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "failing.sql").write_text(OWN.format(value=value))
    return folder


def test_a_query_of_ones_own_has_episodes_with_their_requests(icon: Icon, over: Path, tmp_path: Path) -> None:
    own = _folder(tmp_path, "count(*)")
    ended = icon("scan", over, "--queries", own, "--request-ids", 100)
    found = [one for one in map(json.loads, ended.out.splitlines()) if one["check"] == "failing"]
    assert [(one["severity"], one["model"], one["subject"]) for one in found] == [
        ("warning", "fraud", "region=EU")
    ]
    assert found[0]["end"] is not None and found[0]["limit"] is None and 0 < found[0]["share"] < 1
    assert len(found[0]["request_ids"]) == 67
    assert "failing  " in icon("query", "--list", "--queries", own).out


def test_a_query_of_ones_own_that_fails_is_told_once_and_the_checks_go_on(
    icon: Icon, over: Path, tmp_path: Path
) -> None:
    own = _folder(tmp_path, "cast(model as integer)")
    own_text = (own / "failing.sql").read_text().replace("group by 1, 2", "group by 1, 2, 3")
    (own / "failing.sql").write_text(own_text)
    for command in ("scan", "check"):
        ended = icon(command, over, "--queries", own)
        assert ended.err.count("failing: raises no alerts:") == 1
        assert "error_spikes" in ended.out
