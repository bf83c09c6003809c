"""`missing_values`, `unseen_categories` and `drift`, against answers worked out by hand."""

from __future__ import annotations

from datetime import timedelta

import pytest

from tests.support import NOON, Line, at, picked, rows_of, stored

WINDOWS = {"window_minutes": 10, "baseline_minutes": 20}


def record(minute: float, **features: object) -> Line:
    return {"ts": at(minute), "model": "m", "features": features}


def other(minute: float, **features: object) -> Line:
    return {"ts": at(minute), "model": "other", "features": features}


# --- missing values


# Windows of ten minutes up to 12:40, baselines of twenty.
#            [12:00, 12:10)  [12:10, 12:20)  [12:20, 12:30)  [12:30, 12:40)
#   rows      2               1               none            3
#   age       1, null         "?"                             absent, absent, null
#   plan                                                      "pro", 7, absent
MISSING = [
    record(0, age=1),
    record(9.999, age=None),
    record(10, age="?"),
    record(30, plan="pro"),
    record(35, plan=7),
    record(40 - 1e-6, age=None),
    record(40, age=5, plan="x"),
    other(35),
    other(35, size=1),
]


def test_shares_of_missing_values_stand_against_those_of_the_windows_before() -> None:
    found = rows_of(stored(MISSING), "missing_values", start=at(10), until=at(40), **WINDOWS)
    names = "model feature rows missing missing_share baseline_rows baseline_missing baseline_missing_share"
    assert picked(found, names) == [
        # Excess: age 3 - 3 * 0/1, plan 1 - 3 * 1/1, size 1 of 2 without a baseline. Model `other` has
        # no age and no plan at all, so it lacks none.
        ("m", "age", 3, 3, 1.0, 1, 0, 0.0),
        ("other", "size", 2, 1, 0.5, 0, 0, None),
        ("m", "plan", 3, 1, pytest.approx(1 / 3), 1, 1, 1.0),
        # Excess: plan 1 - 1 * 2/2, age 0 - 1 * 1/2. The window without traffic has no row.
        ("m", "plan", 1, 1, 1.0, 2, 2, 1.0),
        ("m", "age", 1, 0, 0.0, 2, 1, 0.5),
    ]
    assert [row["window_end"] for row in found] == [NOON + timedelta(minutes=m) for m in (40, 40, 40, 20, 20)]


def test_one_model_and_feature_may_be_chosen() -> None:
    store = stored(MISSING)
    found = rows_of(store, "missing_values", start=at(30), until=at(40), model="m", feature="plan", **WINDOWS)
    assert picked(found, "feature rows missing baseline_rows") == [("plan", 3, 1, 1)]
    assert rows_of(store, "missing_values", start=at(30), until=at(40), feature="null", **WINDOWS) == []


def test_a_prediction_or_a_score_may_be_missing_as_well() -> None:
    said: list[Line] = [
        {"ts": at(11), "model": "m", "prediction": "x", "score": 0.5},
        {"ts": at(31), "model": "m", "prediction": None, "score": 0.5},
        {"ts": at(32), "model": "m", "prediction": "x"},
        {"ts": at(33), "model": "m"},
    ]
    found = rows_of(stored(said), "missing_values", start=at(30), until=at(40), **WINDOWS)
    assert picked(found, "feature rows missing baseline_rows baseline_missing") == [
        ("prediction", 3, 2, 1, 0),
        ("score", 3, 2, 1, 0),
    ]


# --- unseen categories


# Windows of ten minutes up to 12:40.
#            [12:00, 12:10)   [12:10, 12:20)   [12:20, 12:30)        [12:30, 12:40)
#   country   DE, DE, FR       DE               XX, XX, XX, DE        XX, XX, XX, XX, YY
UNSEEN = [
    *(record(minute, country=value) for minute, value in enumerate(["DE", "DE", "FR"])),
    record(10, country="DE"),
    *(record(21 + n, country=value) for n, value in enumerate(["XX", "XX", "XX", "DE"])),
    *(record(31 + n, country=value) for n, value in enumerate(["XX", "XX", "XX", "XX", "YY"])),
    record(35, country=7, plan="new"),
]
NOVELTY = "value rows feature_rows share first_seen baseline_rows baseline_values baseline_single_values"


def test_a_value_that_was_never_seen_before_is_found_with_what_was_known_until_then() -> None:
    found = rows_of(stored(UNSEEN), "unseen_categories", start=at(0), until=at(40), window_minutes=10)
    first_seen = NOON + timedelta(minutes=21)
    # Before the window of its first appearance: DE, DE, FR, DE. FR occurs once in all.
    assert picked(found, f"window_end {NOVELTY}") == [
        (NOON + timedelta(minutes=40), "XX", 4, 5, 0.8, first_seen, 4, 2, 1),
        (NOON + timedelta(minutes=30), "XX", 3, 4, 0.75, first_seen, 4, 2, 1),
    ]


def test_novelty_wears_off() -> None:
    for minutes, windows in ((0, 1), (9, 1), (10, 2)):
        found = rows_of(
            stored(UNSEEN),
            "unseen_categories",
            start=at(0),
            until=at(40),
            window_minutes=10,
            novelty_minutes=minutes,
        )
        assert len(found) == windows


def test_rare_values_are_shown_when_asked_for() -> None:
    found = rows_of(
        stored(UNSEEN),
        "unseen_categories",
        start=at(30),
        until=at(40),
        window_minutes=10,
        min_rows=1,
        feature="country",
    )
    # Before YY: three, one, four rows of DE, FR, XX; FR still the only single one.
    assert picked(found, NOVELTY) == [
        ("XX", 4, 5, 0.8, NOON + timedelta(minutes=21), 4, 2, 1),
        ("YY", 1, 5, 0.2, NOON + timedelta(minutes=35), 8, 3, 1),
    ]


def test_the_values_of_a_feature_that_begins_are_not_unseen() -> None:
    """Nothing is known of it before: `plan` and the first window's countries are left out."""
    found = rows_of(
        stored(UNSEEN), "unseen_categories", start=at(0), until=at(40), window_minutes=10, min_rows=1
    )
    assert {row["value"] for row in found} == {"XX", "YY"}


def test_what_lies_before_the_baseline_is_forgotten() -> None:
    store = stored(
        [
            record(0, country="XX"),
            *(record(31, country="DE") for _ in range(3)),
            *(record(41, country="XX") for _ in range(3)),
        ]
    )
    for baseline, found in ((10, ["XX"]), (29, ["XX"]), (30, [])):
        rows = rows_of(
            store,
            "unseen_categories",
            start=at(40),
            until=at(50),
            window_minutes=10,
            baseline_minutes=baseline,
        )
        assert [row["value"] for row in rows] == found


def test_a_value_is_new_to_its_model() -> None:
    store = stored(
        [other(0, country="XX"), record(0, country="DE"), *(record(11, country="XX") for _ in range(3))]
    )
    found = rows_of(store, "unseen_categories", start=at(0), until=at(20), window_minutes=10)
    assert picked(found, "model value rows") == [("m", "XX", 3)]


# --- drift


def test_numbers_are_counted_in_tenths() -> None:
    """Of 0, 1, ... 10 the tenths are cut at 1, 2, ... 9: each whole number begins a bin, 10 is with 9."""
    store = stored(
        [*(record(minute, amount=minute) for minute in range(9)), record(10, amount=9), record(11, amount=10)]
    )
    found = rows_of(store, "drift", start=at(10), until=at(20), **WINDOWS)
    assert {(row["model"], row["feature"], row["kind"], row["label"]) for row in found} == {
        ("m", "amount", "number", None)
    }
    assert picked(found, "bin rows baseline_rows") == [*((n, 0, 1) for n in range(9)), (9, 2, 0)]
    assert [row["share"] for row in found] == [0.0] * 9 + [1.0]
    assert [row["baseline_share"] for row in found] == [*(pytest.approx(1 / 9) for _ in range(9)), 0.0]
    assert [row["lower"] for row in found] == [None, *(pytest.approx(n) for n in range(1, 10))]
    assert [row["upper"] for row in found] == [*(pytest.approx(n) for n in range(1, 10)), None]
    assert {row["window_start"] for row in found} == {NOON + timedelta(minutes=10)}


def test_a_number_on_a_cut_is_in_the_upper_bin() -> None:
    """Of a constant there is one cut, itself: nothing lies below."""
    found = rows_of(
        stored([record(5, amount=3), record(15, amount=3)]), "drift", start=at(10), until=at(20), **WINDOWS
    )
    assert picked(found, "bin lower upper rows baseline_rows") == [(1, 3.0, None, 1, 1)]


def test_texts_are_counted_by_their_rank() -> None:
    values = {5: ["DE", "DE", "FR"], 15: ["DE", "XX"]}
    store = stored([record(minute, country=value) for minute in values for value in values[minute]])
    found = rows_of(store, "drift", start=at(0), until=at(20), **WINDOWS)
    # DE is the most frequent; FR and XX occur once each, and FR is first by name.
    assert picked(found, "window_end kind bin label lower upper rows baseline_rows") == [
        *(
            (NOON + timedelta(minutes=20), "text", *cell)
            for cell in [
                (1, "DE", None, None, 1, 2),
                (2, "FR", None, None, 0, 1),
                (3, "XX", None, None, 1, 0),
            ]
        ),
        *(
            (NOON + timedelta(minutes=10), "text", *cell)
            for cell in [
                (1, "DE", None, None, 2, 0),
                (2, "FR", None, None, 1, 0),
                (3, "XX", None, None, 0, 0),
            ]
        ),
    ]


def test_beyond_twenty_texts_all_others_are_one_bin() -> None:
    common = [record(5, country=f"c{n:02}") for n in range(20) for _ in range(2)]
    store = stored(
        [*common, record(5, country="rare"), record(5, country="rarer"), record(15, country="new")]
    )
    found = rows_of(store, "drift", start=at(10), until=at(20), **WINDOWS)
    assert len(found) == 21
    assert picked(found[-1:], "bin label rows baseline_rows") == [(21, None, 1, 2)]
    assert picked(found[:2], "bin label rows baseline_rows") == [(1, "c00", 0, 2), (2, "c01", 0, 2)]


def test_a_window_without_the_feature_has_no_rows_of_it() -> None:
    found = rows_of(
        stored([record(5, amount=1), record(35, amount=2)]), "drift", start=at(0), until=at(40), **WINDOWS
    )
    ends = {str(row["window_end"])[11:16] for row in found}
    assert ends == {"12:10", "12:40"}
    # And it is no part of a baseline: twenty minutes before 12:30 there is nothing.
    assert {row["baseline_rows"] for row in found} == {0}


def test_score_and_prediction_drift_like_features() -> None:
    store = stored(
        [
            {"ts": at(5), "model": "m", "score": 0.5, "prediction": 3, "features": {"score": "high"}},
            {"ts": at(15), "model": "m", "score": 0.5, "prediction": "legit", "features": {"prediction": 4}},
        ]
    )
    found = rows_of(store, "drift", start=at(0), until=at(20), **WINDOWS)
    assert sorted(picked((r for r in found if r["rows"]), "feature kind label lower")) == [
        ("features.prediction", "number", None, 4.0),
        ("features.score", "text", "high", None),
        ("prediction", "number", None, 3.0),
        ("prediction", "text", "legit", None),
        ("score", "number", None, 0.5),
        ("score", "number", None, 0.5),
    ]
    for feature, rows in (("score", 2), ("prediction", 2), ("features.score", 1), ("amount", 0)):
        chosen = rows_of(store, "drift", start=at(0), until=at(20), feature=feature, **WINDOWS)
        assert {row["feature"] for row in chosen} == ({feature} if rows else set())
        assert sum(row["rows"] == 1 for row in chosen) == rows


def test_edges_of_windows_are_half_open() -> None:
    store = stored([record(minute, amount=1) for minute in (0, 10 - 1e-6, 10, 20 - 1e-6, 20)])
    found = rows_of(store, "drift", start=at(0), until=at(20), **WINDOWS)
    assert picked(found, "window_end rows baseline_rows") == [
        (NOON + timedelta(minutes=20), 2, 2),
        (NOON + timedelta(minutes=10), 2, 0),
    ]
