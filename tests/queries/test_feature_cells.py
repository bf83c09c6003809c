"""`feature_cells` and `text_cells`, against answers worked out by hand."""

from __future__ import annotations

from datetime import timedelta
from math import inf

import pytest

from console.checks.inputs import INPUTS
from console.checks.profile import Bins, Profile
from console.checks.texts import TEXTS
from console.model import QueryCall
from tests.support import NOON, Line, at, picked, rows_of, stored

PROFILE = Profile(
    {
        ("m", "amount"): Bins("m", "amount", "number", cuts=(10.0, 20.0), lowest=0.0, highest=100.0),
        ("m", "country"): Bins("m", "country", "text", values=("DE", "FR")),
        ("m", "note"): Bins(
            "m", "note", "text", lowest=5, highest=40, values=("thank", "you", "very", "much"), prose=True
        ),
        ("m", ""): Bins("m", "", "number"),
    },
    {("m", "region"): True, ("m", "session"): False},
)


def record(minute: float, region: str | None = None, **features: object) -> Line:
    tags = {} if region is None else {"region": region, "session": f"s{minute}"}
    return {"ts": at(minute), "model": "m", "features": features, "tags": tags}


def cells(records: list[Line], profile: Profile | str = PROFILE) -> list[dict[str, object]]:
    told = profile if isinstance(profile, str) else profile.as_json()
    call = INPUTS.call(NOON, NOON + timedelta(hours=1), 15, told)
    return rows_of(stored(records), call.query, **call.params)


def test_each_value_falls_into_its_bin() -> None:
    values = [-0.1, 0, 9.99, 10, 20, 100, 100.1, "7", inf]
    found = cells([record(n / 10, amount=value) for n, value in enumerate(values)])
    amounts = [row for row in found if row["feature"] == "amount"]
    assert picked(amounts, "bin rows lowest highest") == [
        (-1, 1, -0.1, -0.1),
        (0, 2, 0.0, 9.99),
        (1, 1, 10.0, 10.0),
        (2, 2, 20.0, 100.0),
        (10, 1, 100.1, 100.1),
        (22, 1, None, None),
        (23, 1, None, None),
    ]


def test_each_text_falls_into_its_bin() -> None:
    values: list[object] = ["DE", "DE", "FR", "XX", " ", "", "NaN", 7, None]
    found = cells([record(n / 10, country=value) for n, value in enumerate(values)])
    assert picked([row for row in found if row["feature"] == "country"], "bin rows") == [
        (0, 2),
        (1, 1),
        (20, 1),
        (21, 2),
        (22, 1),
        (23, 1),
    ]


def test_slices_are_cut_by_the_dimensions_that_were_chosen() -> None:
    found = cells([record(1, "EU", amount=5), record(2, "US", amount=5), record(16, "EU"), record(3)])
    minute = [row | {"minute": (row["step_start"] - NOON) / timedelta(minutes=1)} for row in found]  # type: ignore[operator]
    assert picked(minute, "minute feature dimension slice_value bin rows") == [
        (0, "", "", "", 30, 3),
        (15, "", "", "", 30, 1),
        (0, "amount", "", "", 0, 2),
        (0, "", "region", "EU", 30, 1),
        (15, "", "region", "EU", 30, 1),
        (0, "", "region", "US", 30, 1),
        (0, "amount", "region", "EU", 0, 1),
        (0, "amount", "region", "US", 0, 1),
    ]


def test_a_feature_with_an_empty_name_is_not_taken_for_the_requests() -> None:
    found = cells([{"ts": at(1), "model": "m", "features": {"": 3}}])
    assert picked(found, "feature bin rows") == [("", 0, 1), ("", 30, 1)]


def test_score_and_prediction_count_as_features() -> None:
    profile = Profile(
        {
            ("m", "score"): Bins("m", "score", "number", cuts=(0.5,)),
            ("m", "prediction"): Bins("m", "prediction", "text", values=("yes",)),
        }
    )
    line = {"ts": at(1), "model": "m", "score": 0.7, "prediction": "yes"}
    assert picked(cells([line], profile), "feature bin rows") == [
        ("", 30, 1),
        ("prediction", 0, 1),
        ("score", 1, 1),
    ]


def test_a_sample_is_the_same_requests_in_every_part() -> None:
    records = [record(n / 100, "EU", amount=5, country="DE") for n in range(2000)]
    half = Profile(PROFILE.features, PROFILE.dimensions, 0.5)
    rows = {key: 0 for key in ("", "amount", "country")}
    for row in cells(records, half):
        if row["dimension"] == "region":
            rows[str(row["feature"])] += int(str(row["rows"]))
    assert rows[""] == rows["amount"] == rows["country"]
    assert 900 < rows[""] < 1100


@pytest.mark.parametrize("profile", ["", "null", "[]", "7", '{"features": 3}', '{"share": "x"}'])
def test_a_profile_that_is_none_counts_nothing(profile: str) -> None:
    assert cells([record(1, amount=5)], profile=profile) == []


def test_texts_are_measured() -> None:
    texts = [
        "thank you very much",
        "hi",
        "thank you very much " * 3,
        "спасибо большое вам",
        "thank you \N{GRINNING FACE}",
        "thank\x00you much",
        "la transaction est refusee",
    ]
    store = stored([record(n / 10, "EU", note=text) for n, text in enumerate(texts)])
    call: QueryCall = TEXTS.call(NOON, NOON + timedelta(hours=1), 15, PROFILE.as_json())
    found = rows_of(store, call.query, **call.params)
    measured = (7, 1, 1, 1, 1, 1, 2)
    assert picked(found, "dimension rows shorter longer non_ascii emoji control unseen") == [
        ("", *measured),
        ("region", *measured),
    ]
