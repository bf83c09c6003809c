"""`error_spikes`, against answers worked out by hand and by counting."""

from __future__ import annotations

from datetime import datetime, timedelta
from math import ceil

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from tests.support import NOON, Line, at, picked, rows_of, stored

WINDOWS = {"window_minutes": 10, "baseline_minutes": 20}
CELL = "dimension slice_value rows errors error_rate baseline_rows baseline_errors baseline_rate"


def record(minute: float, error: bool, region: str = "EU", **fields: object) -> Line:
    return {
        "ts": at(minute),
        "model": "m",
        "status": 500 if error else 200,
        "tags": {"region": region},
    } | fields


# Windows of ten minutes up to 12:40, baselines of twenty. `x` is an error.
#            [12:00, 12:10)   [12:10, 12:20)   [12:20, 12:30)   [12:30, 12:40)       12:40
#   EU        o 12:00 x 12:05  o 12:10          o 12:20          x 12:30 x 12:35      x: not in any
#   US                         x 12:19:59.999                    o 12:39:59.999
RECORDS = [
    record(0, False),
    record(5, True),
    record(10, False),
    record(20 - 1e-6, True, "US"),
    record(20, False),
    record(30, True),
    record(35, True),
    record(40 - 1e-6, False, "US"),
    record(40, True),
]


def test_rates_stand_against_those_of_the_windows_before() -> None:
    found = rows_of(stored(RECORDS), "error_spikes", start=at(10), until=at(40), **WINDOWS)
    third = pytest.approx(1 / 3)
    by_window = {
        minute: picked((r for r in found if r["window_start"] == NOON + timedelta(minutes=minute)), CELL)
        for minute in (0, 10, 20, 30)
    }
    assert by_window == {
        # The window that ends at `start` is not judged, but is part of the baselines.
        0: [],
        # US has no rows before: no baseline, and all its errors are excess. Then all rows: 1 of 2
        # errors against 1 of 2; then EU: 0 of 1 against 1 of 2.
        10: [
            ("region", "US", 1, 1, 1.0, 0, 0, None),
            ("", "", 2, 1, 0.5, 2, 1, 0.5),
            ("region", "EU", 1, 0, 0.0, 2, 1, 0.5),
        ],
        # Excess: EU 0 - 1/3, all 0 - 1/2.
        20: [
            ("region", "EU", 1, 0, 0.0, 3, 1, third),
            ("", "", 1, 0, 0.0, 4, 2, 0.5),
        ],
        # Excess: EU 2 - 0, all 2 - 3 * 1/3, US 0 - 1. The baseline of US is the window before the last,
        # since the last has no row of it.
        30: [
            ("region", "EU", 2, 2, 1.0, 2, 0, 0.0),
            ("", "", 3, 2, pytest.approx(2 / 3), 3, 1, third),
            ("region", "US", 1, 0, 0.0, 1, 1, 1.0),
        ],
    }
    starts = [str(row["window_start"]) for row in found]
    assert starts == sorted(starts, reverse=True)
    assert {row["window_end"] - row["window_start"] for row in found} == {timedelta(minutes=10)}  # type: ignore[operator]


def test_windows_are_counted_back_from_until() -> None:
    """A microsecond later, each row on a window's edge is in the window before."""
    until = NOON + timedelta(minutes=40, microseconds=1)
    found = rows_of(stored(RECORDS), "error_spikes", start=at(39), until=until, **WINDOWS)
    assert [row["window_start"] for row in found] == [until - timedelta(minutes=10)] * 3
    assert picked(found, "slice_value rows errors") == [("EU", 2, 2), ("", 3, 2), ("US", 1, 0)]


def test_a_gap_without_traffic_is_no_part_of_a_baseline() -> None:
    """The baseline is the twenty minutes before, not the two windows before that have rows."""
    found = rows_of(
        stored([record(0, True), record(30, True)]), "error_spikes", start=at(0), until=at(40), **WINDOWS
    )
    assert picked((r for r in found if r["dimension"] == ""), "rows errors baseline_rows baseline_rate") == [
        (1, 1, 0, None),
        (1, 1, 0, None),
    ]


@pytest.mark.parametrize("minutes", [20, 25, 29])
def test_a_baseline_has_whole_windows_only(minutes: int) -> None:
    """Of twenty-five minutes of baseline, two windows of ten fit, wherever in the last one `start` lies."""
    store = stored([record(minute, False) for minute in (5, 15, 25, 35)])
    found = rows_of(
        store, "error_spikes", start=at(39), until=at(40), window_minutes=10, baseline_minutes=minutes
    )
    assert picked((r for r in found if r["dimension"] == ""), "rows baseline_rows") == [(1, 2)]


def test_models_are_apart_and_may_be_chosen() -> None:
    store = stored([*RECORDS, record(31, True, model="null"), record(11, False, model="null")])
    chosen = rows_of(store, "error_spikes", start=at(30), until=at(40), model="null", **WINDOWS)
    assert picked(chosen, "model slice_value rows errors baseline_rows") == [
        ("null", "", 1, 1, 1),
        ("null", "EU", 1, 1, 1),
    ]
    everything = rows_of(store, "error_spikes", start=at(30), until=at(40), **WINDOWS)
    assert {row["model"] for row in everything} == {"m", "null"}
    assert len(everything) == 3 + 2


def test_version_and_endpoint_are_slices_too() -> None:
    store = stored([record(35, True, model_version="v3", endpoint="/score")])
    found = rows_of(store, "error_spikes", start=at(30), until=at(40), **WINDOWS)
    assert picked(found, "dimension slice_value") == [
        ("", ""),
        ("endpoint", "/score"),
        ("model_version", "v3"),
        ("region", "EU"),
    ]


def test_by_default_the_newest_row_is_in_the_last_window() -> None:
    found = rows_of(stored(RECORDS), "error_spikes")
    assert picked(found[:2], "slice_value rows errors") == [("EU", 3, 3), ("", 4, 3)]
    assert found[0]["window_end"] == NOON + timedelta(minutes=40, microseconds=1)


MINUTES = st.one_of(
    st.integers(0, 60).map(float),
    st.integers(0, 60).map(lambda minute: minute - 1e-6),
    st.integers(0, 60 * 60 * 10**6).map(lambda us: us / 6e7),
)


@settings(max_examples=15, deadline=None)
@given(
    rows=st.lists(st.tuples(MINUTES, st.booleans(), st.sampled_from(["EU", "US"])), min_size=1, max_size=25),
    width=st.integers(1, 25),
    baseline=st.integers(0, 50),
    until=MINUTES,
    span=st.integers(0, 60),
)
@example(rows=[(0.0, True, "EU"), (10.0, True, "EU")], width=10, baseline=10, until=20.0, span=10)
def test_any_windows_hold_what_counting_finds(
    rows: list[tuple[float, bool, str]], width: int, baseline: int, until: float, span: int
) -> None:
    end = datetime.fromisoformat(at(until))
    start = end - timedelta(minutes=span)
    store = stored([record(*row) for row in rows])
    found = rows_of(
        store, "error_spikes", start=start, until=end, window_minutes=width, baseline_minutes=baseline
    )
    answer = {
        (row["window_end"], row["slice_value"]): picked([row], "rows errors baseline_rows baseline_errors")[0]
        for row in found
        if row["dimension"] in ("", "region")
    }
    assert answer == counted(rows, start, end, timedelta(minutes=width), baseline // width)
    store.close()


def counted(
    rows: list[tuple[float, bool, str]], start: datetime, end: datetime, width: timedelta, steps: int
) -> dict[tuple[object, object], tuple[int, int, int, int]]:
    """Window by window and row by row, as the header describes it."""
    answer: dict[tuple[object, object], tuple[int, int, int, int]] = {}
    for back in range(ceil((end - start) / width) + 1):
        until = end - back * width
        if until <= start:
            break
        for region in ("", "EU", "US"):
            of_slice = [(datetime.fromisoformat(at(m)), error) for m, error, r in rows if region in ("", r)]
            inside = [error for ts, error in of_slice if until - width <= ts < until]
            before = [error for ts, error in of_slice if until - width * (steps + 1) <= ts < until - width]
            if inside:
                answer[until, region] = (len(inside), sum(inside), len(before), sum(before))
    return answer
