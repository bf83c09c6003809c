"""`common_slices`: what offending rows share, against planted causes."""

from __future__ import annotations

import random

import pytest

from console.model import QueryCall
from console.store import Store
from tests.support import Line, at, picked, rows_of, stored

SPAN = {"model": "m", "start": at(0), "until": at(60)}
CONDITIONS = "dimension slice_value other_dimension other_value"


def record(minute: float, error: bool, version: str = "v1", **fields: object) -> Line:
    return {
        "ts": at(minute),
        "model": "m",
        "model_version": version,
        "status": 500 if error else 200,
    } | fields


def common(store: Store, **params: object) -> list[dict[str, object]]:
    """What the rows with errors have in common."""
    errors = store.table(QueryCall("predictions_with_errors", {**SPAN, "row_limit": 100_000})).rows
    ids = {"source_ids": [row[-2] for row in errors], "source_offsets": [row[-1] for row in errors]}
    return rows_of(store, "common_slices", **SPAN | ids | params)


def test_a_single_condition_is_found_with_its_counts() -> None:
    # v2: 3 of 4 fail; v1: 1 of 16.
    records = [record(n, n < 3, "v2") for n in range(4)] + [record(10 + n, n == 0) for n in range(16)]
    found = common(stored(records))
    assert picked(found, f"{CONDITIONS} rows offending rate rate_elsewhere share_of_offending") == [
        ("model_version", "v2", "", "", 4, 3, 0.75, 1 / 16, 0.75)
    ]


def test_a_planted_pair_of_conditions_comes_first() -> None:
    """Version v3 fails in the EU only: of v3 half the rows fail, of the EU a third, of both all."""
    random.seed(3)
    records = []
    for minute in range(240):
        version, region = f"v{minute % 4}", ("EU", "US", "AP")[minute % 3]
        noise = {"host": f"h{random.randrange(8)}", "client": random.choice("abc")}
        error = (version == "v3" and region == "EU") or random.random() < 0.01
        features = {"country": random.choice(["DE", "FR", "IT"]), "amount": random.random()}
        records.append(record(minute / 4, error, version, tags={"region": region} | noise, features=features))
    found = common(stored(records))
    assert picked(found, CONDITIONS)[0] == ("model_version", "v3", "region", "EU")
    first = found[0]
    assert (first["rows"], first["offending"], first["rate"]) == (20, 20, 1.0)
    assert isinstance(first["rate_elsewhere"], float) and first["rate_elsewhere"] < 0.03
    singles = [row for row in picked(found, CONDITIONS) if not row[2]]
    assert set(singles[:2]) == {("model_version", "v3", "", ""), ("region", "EU", "", "")}


def test_a_pair_that_says_no_more_than_one_of_its_conditions_is_left_out() -> None:
    """Region and host always go together."""
    records = [
        record(n, n < 10, tags={"region": "EU" if n < 12 else "US", "host": "ml-1" if n < 12 else "ml-2"})
        for n in range(48)
    ]
    assert picked(common(stored(records)), CONDITIONS) == [
        ("host", "ml-1", "", ""),
        ("region", "EU", "", ""),
    ]


def test_a_text_feature_is_a_condition_too() -> None:
    records = [record(n, n < 5, features={"country": "XX" if n < 5 else "DE"}) for n in range(30)]
    found = common(stored(records))
    assert picked(found, f"{CONDITIONS} rows offending") == [("country", "XX", "", "", 5, 5)]


def test_a_tag_and_a_feature_of_one_name_are_not_counted_together() -> None:
    records = [
        record(
            n, n < 5, tags={"region": "EU" if n < 5 else "US"}, features={"region": "EU" if n < 10 else "US"}
        )
        for n in range(30)
    ]
    found = common(stored(records))
    assert sorted(picked(found, f"{CONDITIONS} rows offending")) == [
        ("region", "EU", "", "", 5, 5),
        ("region", "EU", "", "", 10, 5),
    ]


@pytest.mark.parametrize("zone", ["area", "zone"])
def test_a_tag_and_a_feature_of_one_name_are_two_conditions_in_a_pair(zone: str) -> None:
    """The tag's EU and zone 3 fail together; the feature is EU in twice as many rows."""
    records = [
        record(
            n / 10,
            n % 4 == 0 and n % 3 == 0,
            tags={"region": "EU" if n % 4 == 0 else "US", zone: f"z{n % 3}"},
            features={"region": "EU" if n % 2 == 0 else "US"},
        )
        for n in range(240)
    ]
    first, second = sorted([("region", "EU"), (zone, "z0")])
    assert picked(common(stored(records)), f"{CONDITIONS} rows offending")[0] == (*first, *second, 20, 20)


def test_what_holds_for_all_rows_or_is_as_frequent_elsewhere_says_nothing() -> None:
    records = [record(n, n % 4 == 0, tags={"host": f"h{n // 4 % 2}"}, endpoint="/score") for n in range(40)]
    assert common(stored(records)) == []


def test_rows_of_other_models_and_times_do_not_count() -> None:
    records = [record(n, n < 3, "v2") for n in range(4)] + [record(10 + n, False) for n in range(16)]
    noise: list[Line] = [{"ts": at(5), "model": "other", "model_version": "v2", "status": 500}] * 50
    noise += [record(60, True, "v1")] * 50 + [record(-1, True, "v1")] * 50
    assert common(stored([*records, *noise])) == common(stored(records))
    assert len(common(stored(records))) == 1


def test_a_row_that_is_named_twice_counts_once() -> None:
    records = [record(n, n < 3, "v2") for n in range(4)] + [record(10 + n, n == 0) for n in range(16)]
    store = stored(records)
    errors = store.table(QueryCall("predictions_with_errors", SPAN)).rows * 3
    found = common(store, source_ids=[row[-2] for row in errors], source_offsets=[row[-1] for row in errors])
    assert found == common(store)


@pytest.mark.parametrize("ids", [[], [99]])
def test_without_offending_rows_there_is_nothing_in_common(ids: list[int]) -> None:
    store = stored([record(n, False) for n in range(4)])
    assert common(store, source_ids=ids, source_offsets=ids) == []


def test_all_rows_offending_have_nothing_that_others_lack() -> None:
    assert common(stored([record(n, True, f"v{n % 2}") for n in range(10)])) == []


def test_hostile_values_are_conditions_like_any() -> None:
    value = "'; drop table ledger; --\0\n"
    records = [record(n, n < 5, tags={"region": value if n < 5 else ""}) for n in range(30)]
    assert picked(common(stored(records)), CONDITIONS) == [("region", value, "", "")]
