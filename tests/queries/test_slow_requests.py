"""`slow_requests`, against answers worked out by hand."""

from __future__ import annotations

import pytest

from tests.support import Line, at, picked, rows_of, stored

WINDOWS = {"window_minutes": 10, "baseline_minutes": 20}
CELL = "dimension slice_value rows threshold_ms slow_rows slow_share p95_ms baseline_rows baseline_slow_rows"


def record(minute: float, latency_ms: float | None, endpoint: str | None = "/score", **tags: str) -> Line:
    return {"ts": at(minute), "model": "m", "endpoint": endpoint, "latency_ms": latency_ms, "tags": tags}


# Windows of ten minutes up to 12:30, baselines of twenty; ms.
#           [12:00, 12:10)   [12:10, 12:20)   [12:20, 12:30)          12:30
#   web      10, 10           10               10, 110                 900
#   app                       30, null         110
#   p95      10               29               110
# The p95 of [10, 30] is 10 + 0.95 * 20 = 29, that of [10, 110, 110] is 110: between the second and the
# third, which are equal. The threshold is the median of the three windows' p95: 29.
RECORDS = [
    record(0, 10, client="web"),
    record(9, 10, client="web"),
    record(10, 10, client="web"),
    record(15, 30, client="app"),
    record(16, None, client="app"),
    record(20, 10, client="web"),
    record(25, 110, client="web"),
    record(29, 110, client="app"),
    record(30, 900, client="web"),
]


def test_shares_over_the_usual_p95_stand_against_those_of_the_windows_before() -> None:
    found = rows_of(stored(RECORDS), "slow_requests", start=at(10), until=at(30), **WINDOWS)
    assert {row["endpoint"] for row in found} == {"/score"}
    third = pytest.approx(2 / 3)
    assert picked(found, CELL) == [
        # Excess: all 2 - 3 * 1/4, web 1 - 2 * 0/3, app 1 - 1 * 1/1.
        ("", "", 3, 29.0, 2, third, 110.0, 4, 1),
        ("client", "web", 2, 29.0, 1, 0.5, pytest.approx(105.0), 3, 0),
        ("client", "app", 1, 29.0, 1, 1.0, 110.0, 1, 1),
        # Excess: all and app 1 - 0, web 0 - 0. The row without a latency is not counted.
        ("", "", 2, 29.0, 1, 0.5, pytest.approx(29.0), 2, 0),
        ("client", "app", 1, 29.0, 1, 1.0, 30.0, 0, 0),
        ("client", "web", 1, 29.0, 0, 0.0, 10.0, 2, 0),
    ]
    assert [row["baseline_slow_share"] for row in found] == [0.25, 0.0, 1.0, 0.0, None, 0.0]
    assert [str(row["window_start"])[11:16] for row in found] == ["12:20"] * 3 + ["12:10"] * 3


def test_each_endpoint_has_a_threshold_of_its_own() -> None:
    records = [record(5, 10), record(5, 1000, "/batch"), record(5, 5, None), record(6, 7, None)]
    found = rows_of(stored(records), "slow_requests", start=at(0), until=at(10), **WINDOWS)
    assert picked(found, "endpoint rows threshold_ms slow_rows") == [
        ("", 2, pytest.approx(6.9), 1),
        ("/batch", 1, 1000.0, 0),
        ("/score", 1, 10.0, 0),
    ]


def test_one_endpoint_may_be_chosen_also_that_of_rows_without_one() -> None:
    store = stored([record(5, 10), record(5, 1000, "/batch"), record(5, 5, None), record(6, 5, "null")])
    for endpoint in ("/batch", "", "null"):
        found = rows_of(store, "slow_requests", start=at(0), until=at(10), endpoint=endpoint, **WINDOWS)
        assert picked(found, "endpoint rows") == [(endpoint, 1)]


def test_the_endpoint_is_no_slice_of_itself() -> None:
    found = rows_of(
        stored([record(5, 10, region="EU")]), "slow_requests", start=at(0), until=at(10), **WINDOWS
    )
    assert [row["dimension"] for row in found] == ["", "region"]


def test_a_latency_of_nothing_is_a_latency() -> None:
    found = rows_of(
        stored([record(5, 0), record(6, 0)]), "slow_requests", start=at(0), until=at(10), **WINDOWS
    )
    assert picked(found, CELL) == [("", "", 2, 0.0, 0, 0.0, 0.0, 0, 0)]
