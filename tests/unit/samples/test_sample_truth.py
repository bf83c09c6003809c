"""Each incident that `truth.json` tells of is in the logs: where and when it says, and nowhere else."""

from __future__ import annotations

import json
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path
from statistics import fmean, median

import pytest

from console.errors import UnavailableError
from console.samples import Incident, Truth, read_truth, write_sample_logs

START = datetime(2026, 11, 2, tzinfo=UTC)
Record = dict[str, object]


class Logs:
    """Sample logs, read back from their files."""

    def __init__(self, folder: Path) -> None:
        truth = read_truth(folder)
        assert truth is not None
        self.truth: Truth = truth
        self.incidents = {incident.id: incident for incident in truth.incidents}
        self.records: dict[str, list[Record]] = {
            path.stem: [json.loads(line) for line in path.read_text().splitlines()]
            for path in sorted(folder.glob("*.jsonl"))
        }

    def split(self, incident: Incident) -> tuple[list[Record], list[Record]]:
        """The incident's model's records inside its slice and time, and all others."""
        inside: list[Record] = []
        outside: list[Record] = []
        for record in self.records[incident.model]:
            at = datetime.fromisoformat(str(record["ts"]))
            hit = incident.start <= at < incident.end and all(
                field(record, name) == value for name, value in incident.slice.items()
            )
            (inside if hit else outside).append(record)
        return inside, outside


def field(record: Record, name: str) -> object:
    tags = record["tags"]
    assert isinstance(tags, dict)
    return record.get(name, tags.get(name))


def feature(record: Record, name: str) -> object:
    features = record["features"]
    assert isinstance(features, dict)
    return features.get(name)


def number(record: Record, name: str) -> float:
    value = feature(record, name)
    assert isinstance(value, int | float)
    return float(value)


def share(records: Iterable[Record], holds: Callable[[Record], bool]) -> float:
    return fmean(map(holds, records))


def failed(record: Record) -> bool:
    return record.get("error_type") is not None


@pytest.fixture(scope="module")
def logs(tmp_path_factory: pytest.TempPathFactory) -> Logs:
    folder = tmp_path_factory.mktemp("logs")
    write_sample_logs(folder, seed=11, lines=40_000, start=START)
    return Logs(folder)


def test_the_six_incidents_are_told_of_in_the_order_of_time(logs: Logs) -> None:
    assert [(one.kind, one.model, one.feature) for one in logs.truth.incidents] == [
        ("error_spikes", "fraud", None),
        ("slow_requests", "eta", "payload_kb"),
        ("unseen_categories", "churn", "plan"),
        ("drift", "eta", "distance_km"),
        ("drift", "fraud", "amount"),
        ("missing_values", "churn", "tenure_days"),
    ]
    assert logs.truth.calm_end <= min(one.start for one in logs.truth.incidents)


def test_requests_fail_in_the_spike_and_hardly_anywhere_else(logs: Logs) -> None:
    inside, outside = logs.split(logs.incidents["fraud-v3-eu-errors"])
    assert 0.55 < share(inside, failed) < 0.65
    assert 0.003 < share(outside, failed) < 0.006
    for model in ("eta", "churn"):
        assert 0.002 < share(logs.records[model], failed) < 0.006
    in_spike = [record for record in inside if failed(record)]
    assert share(in_spike, lambda r: (r["status"], r["error_type"]) == (503, "UpstreamTimeout")) > 0.97


def test_failed_requests_have_no_answer_and_others_have_one(logs: Logs) -> None:
    for records in logs.records.values():
        assert all(failed(record) == (record.get("prediction") is None) for record in records)
        assert all(failed(record) == (record["status"] != 200) for record in records)


def test_only_large_payloads_of_the_slow_endpoint_take_six_to_ten_times_as_long(logs: Logs) -> None:
    inside, outside = logs.split(logs.incidents["eta-batch-slow"])

    def latencies(records: list[Record], *, large: bool) -> list[float]:
        return [
            float(str(record["latency_ms"]))
            for record in records
            if record["endpoint"] == "/eta/batch" and (number(record, "payload_kb") > 64) == large
        ]

    usual = median(latencies(outside, large=True))
    assert 6 < median(latencies(inside, large=True)) / usual < 10
    assert 0.9 < median(latencies(inside, large=False)) / usual < 1.1
    assert min(latencies(inside, large=True)) > 3 * usual


def test_the_new_plan_is_in_some_rows_of_its_time_and_in_no_other(logs: Logs) -> None:
    inside, outside = logs.split(logs.incidents["churn-plan-family-plus"])
    assert 0.06 < share(inside, lambda r: feature(r, "plan") == "family_plus") < 0.1
    assert all(feature(record, "plan") != "family_plus" for record in outside)


def test_one_client_sends_amounts_a_hundred_times_too_large(logs: Logs) -> None:
    inside, outside = logs.split(logs.incidents["fraud-mobile-sdk-cents"])
    same_client = [record for record in outside if field(record, "client") == "mobile-sdk"]
    usual = median(number(record, "amount") for record in same_client)
    assert 85 < median(number(record, "amount") for record in inside) / usual < 117
    others = [record for record in outside if field(record, "client") != "mobile-sdk"]
    assert 0.9 < median(number(record, "amount") for record in others) / usual < 1.1
    # Other clients at the same time are as ever.
    incident = logs.incidents["fraud-mobile-sdk-cents"]
    meanwhile = [
        number(record, "amount")
        for record in others
        if incident.start <= datetime.fromisoformat(str(record["ts"])) < incident.end
    ]
    assert 0.85 < median(meanwhile) / usual < 1.15


def test_distances_climb_steadily_and_predictions_follow(logs: Logs) -> None:
    incident = logs.incidents["eta-distance-drift"]
    inside, outside = logs.split(incident)
    usual = fmean(number(record, "distance_km") for record in outside)
    quarter = (incident.end - incident.start) / 4
    climb, minutes = [], []
    for part in range(4):
        from_, until = incident.start + part * quarter, incident.start + (part + 1) * quarter
        records = [r for r in inside if from_ <= datetime.fromisoformat(str(r["ts"])) < until]
        climb.append(fmean(number(record, "distance_km") for record in records) / usual)
        minutes.append(
            fmean(float(str(r["prediction"])) for r in records if isinstance(r.get("prediction"), float))
        )
    assert climb == pytest.approx([1.1, 1.3, 1.5, 1.7], abs=0.08)
    assert minutes == sorted(minutes)
    assert minutes[-1] > 1.3 * fmean(
        float(str(r["prediction"])) for r in outside if isinstance(r.get("prediction"), float)
    )


def test_tenure_goes_missing_little_by_little_and_stays_so(logs: Logs) -> None:
    incident = logs.incidents["churn-tenure-missing"]
    inside, outside = logs.split(incident)

    def missing(records: list[Record]) -> float:
        return share(records, lambda record: feature(record, "tenure_days") is None)

    assert missing(outside) == 0.0
    hours = [
        [r for r in inside if datetime.fromisoformat(str(r["ts"])).hour == hour] for hour in range(19, 24)
    ]
    assert [missing(records) for records in hours] == pytest.approx([0.05, 0.15, 0.25, 0.35, 0.4], abs=0.06)
    assert incident.end == logs.truth.end


def test_features_do_not_depend_on_the_hour_in_the_calm(logs: Logs) -> None:
    calm = [
        (datetime.fromisoformat(str(record["ts"])).hour, number(record, "distance_km"))
        for record in logs.records["eta"]
        if datetime.fromisoformat(str(record["ts"])) < logs.truth.calm_end
    ]
    night = fmean(value for hour, value in calm if hour < 5)
    morning = fmean(value for hour, value in calm if hour >= 5)
    assert 0.93 < night / morning < 1.07


def test_scores_say_how_often_a_payment_turns_out_to_be_fraud(logs: Logs) -> None:
    known = [record for record in logs.records["fraud"] if "truth" in record]
    assert 0.09 < len(known) / len(logs.records["fraud"]) < 0.15
    expected = sum(float(str(record["score"])) for record in known)
    found = sum(record["truth"] == "fraud" for record in known)
    assert 0.65 < found / expected < 1.35


def test_truth_that_was_written_is_read_back(tmp_path: Path) -> None:
    receipt = write_sample_logs(tmp_path, seed=10**30, lines=20, start=START, hours=7.3)
    truth = read_truth(tmp_path)
    assert truth is not None
    assert truth.incidents == receipt.incidents
    assert truth.files == {file.path.name: file.lines for file in receipt.files}
    assert truth.seed == 10**30


def test_a_folder_without_truth_has_none(tmp_path: Path) -> None:
    assert read_truth(tmp_path) is None


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"start": 3}', "\x00", "null"])
def test_a_truth_file_that_is_none_is_named(tmp_path: Path, text: str) -> None:
    (tmp_path / "truth.json").write_text(text)
    with pytest.raises(UnavailableError, match=r"truth\.json: not a truth file"):
        read_truth(tmp_path)
