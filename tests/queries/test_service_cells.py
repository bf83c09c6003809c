"""Cells of latency, stages, tokens and cost, and the evidence of traffic: answers worked out by hand."""

from __future__ import annotations

from tests.support import Line, at, picked, rows_of, stored

HOUR = {"start": "2026-11-02T12:00:00Z", "until": "2026-11-02T13:00:00Z"}


def record(minute: float, **fields: object) -> Line:
    return {"ts": at(minute), "model": "m", "endpoint": "/score", "tags": {}, **fields}


def test_latencies_are_counted_by_bins_of_a_twentieth_of_a_decade() -> None:
    """20 log10 of 10 ms is 20, of 11.2 ms 20.98, of 11.3 ms 21.06, of 1000 ms 60."""
    values = (10, 11.2, 11.3, 1000, 0, None)
    found = rows_of(stored([record(n, latency_ms=v) for n, v in enumerate(values)]), "latency_cells", **HOUR)
    assert picked(found, "endpoint dimension bin rows") == [
        ("/score", "", -60, 1),
        ("/score", "", 20, 2),
        ("/score", "", 21, 1),
        ("/score", "", 60, 1),
    ]
    assert {str(row["step_start"])[11:16] for row in found} == {"12:00"}


def test_only_the_most_frequent_values_of_a_dimension_are_kept() -> None:
    records = [record(0, latency_ms=5, tags={"session": f"s{n}", "region": "EU"}) for n in range(50)]
    records += [record(1, latency_ms=5, tags={"session": "s49"})]
    found = rows_of(stored(records), "latency_cells", **HOUR)
    sessions = [row["slice_value"] for row in found if row["dimension"] == "session"]
    assert len(sessions) == 40
    assert "s49" in sessions
    assert picked([row for row in found if row["dimension"] == "region"], "slice_value rows") == [("EU", 50)]


def test_stages_are_counted_however_they_were_logged() -> None:
    logged: tuple[object, ...] = (
        {"embed": {"ms": 10, "version": "p7"}, 'odd "name"': 100},
        {"embed": 10, "other": {"version": "p7"}, "broken": "slow", "null": None, "list": [1]},
        {"embed": -1, "huge": 1e308},
        None,
    )
    records = [record(0, stages=stages, tags={"host": "h"}) for stages in logged]
    found = rows_of(stored(records), "stage_cells", step_minutes=15, **HOUR)
    whole = [row for row in found if row["dimension"] == ""]
    assert picked(whole, "stage endpoint bin rows") == [
        ("embed", "/score", 20, 2),
        ("huge", "/score", 300, 1),
        ('odd "name"', "/score", 40, 1),
    ]
    assert picked([row for row in found if row["dimension"] == "host"], "stage rows") == picked(
        whole, "stage rows"
    )


def test_tokens_and_cost_are_counted_where_they_were_logged() -> None:
    records = [record(0, tokens_in=100, cost=0.001), record(1, tokens_in=0), record(2)]
    found = rows_of(stored(records), "cost_cells", **HOUR)
    whole = [row for row in found if row["dimension"] == ""]
    assert picked(whole, "measure bin rows") == [
        ("cost", -60, 1),
        ("tokens_in", -240, 1),
        ("tokens_in", 40, 1),
    ]


def test_the_offenders_of_stages_and_cost_are_those_over_the_threshold() -> None:
    store = stored(
        [
            record(1, request_id="slow", stages={"embed": {"ms": 101}}, tokens_out=50),
            record(2, request_id="fast", stages={"embed": {"ms": 100}}, tokens_out=51),
            record(3, request_id="other", stages={"rank": 500}, endpoint="/other"),
        ]
    )
    asked = {"model": "m", **HOUR}
    slow = rows_of(
        store, "predictions_with_slow_stage", stage="embed", endpoint="/score", threshold_ms=100, **asked
    )
    assert picked(slow, "request_key") == [("slow",)]
    dear = rows_of(store, "predictions_dearer_than", measure="tokens_out", threshold=50, **asked)
    assert picked(dear, "request_key") == [("fast",)]


def test_a_stages_evidence_sets_each_slice_against_what_was_before() -> None:
    records = [record(n, stages={"embed": 10}, tags={"host": "h"}) for n in (-20, -10)]
    records += [record(5, stages={"embed": 40}, tags={"host": "h"})]
    found = rows_of(stored(records), "slow_stages", model="m", stage="embed", endpoint="/score", **HOUR)
    wanted = "dimension slice_value rows p95_ms rows_before p95_before_ms"
    assert sorted(picked(found, wanted)) == [
        ("", "", 1, 40.0, 2, 10.0),
        ("endpoint", "/score", 1, 40.0, 2, 10.0),
        ("host", "h", 1, 40.0, 2, 10.0),
    ]


def test_traffic_has_the_steps_without_requests_too() -> None:
    records = [record(n, tags={"client": "a"}) for n in (1, 2, 31)]
    records += [record(1 - 1440, tags={"client": "a"}), record(16, tags={"client": "b"})]
    found = rows_of(
        stored(records),
        "traffic_by_slice",
        model="m",
        dimension="client",
        slice_value="a",
        context_minutes=15,
        **HOUR,
    )
    assert [str(row["step_start"])[11:16] for row in found] == ["12:45", "12:30", "12:15", "12:00", "11:45"]
    assert [row["rows"] for row in found] == [0, 1, 0, 2, 0]
    assert [row["rows_a_day_ago"] for row in found] == [0, 0, 0, 1, None]
    assert {row["rows_a_week_ago"] for row in found} == {None}


def test_what_requests_cost_is_told_step_by_step() -> None:
    records = [record(1, cost=0.25), record(2, cost=0.75), record(20, cost=1.0), record(21)]
    found = rows_of(stored(records), "cost_by_step", model="m", **HOUR)
    assert picked(found, "rows mean total") == [(2, 0.5, 1.0), (1, 1.0, 1.0)]
