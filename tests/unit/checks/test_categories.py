"""Unseen categories, from requests to readings."""

from __future__ import annotations

import random
from datetime import timedelta

import polars as pl
import pytest

from console.checks import Pinned
from console.checks.categories import CHECK, VALUES
from console.model import LimitRule, Severity, Slice, Verdict
from tests.support import NOON, Line, catalog
from tests.unit.checks.frames import bound
from tests.unit.checks.histories import alerts_of, breaches, each_minute, every, live_breaches, readings_of

COUNTRIES = ("DE", "FR", "IT", "ES")


def ordinary(start: float, until: float, *, a_minute: int = 2) -> list[Line]:
    """Requests with one of four countries."""
    minutes = every(start, until, int((until - start) * a_minute))
    return [
        line
        for number, minute in enumerate(minutes)
        for line in each_minute([minute], {"country": COUNTRIES[number % 4]})
    ]


def with_value(value: object, start: float, until: float, rows: int) -> list[Line]:
    return each_minute(every(start, until, rows), {"country": value})


def test_a_new_value_breaches_and_says_what_since_when_and_how_often() -> None:
    records = [*ordinary(0, 300), *with_value("XX", 240, 255, 30)]
    found = breaches(readings_of(CHECK, records))
    assert found and {reading.subject for reading in found} == {"country"}
    first = found[0]
    assert first.window.until == NOON + timedelta(minutes=245)
    assert (first.value, first.rows, first.baseline, first.unit) == (0.5, 20, 0.0, "share")
    assert first.slice == Slice("country", "XX")
    assert first.summary == ("country=XX: never seen before 2026-11-02 16:00Z, 50 % of requests (10 of 20)")
    assert first.severity is Severity.CRITICAL
    assert first.evidence is not None and first.offenders is not None
    assert bound(first.evidence)["feature"] == "country"
    assert bound(first.offenders)["value"] == "XX"


def test_it_is_found_within_fifteen_minutes_if_it_is_rare() -> None:
    records = [*ordinary(0, 600, a_minute=20), *with_value("XX", 500, 560, 30)]
    (alert,) = alerts_of(CHECK, records)
    assert alert.began <= NOON + timedelta(minutes=500) < alert.detected <= NOON + timedelta(minutes=515)
    assert NOON + timedelta(minutes=560) <= alert.last_seen <= NOON + timedelta(minutes=620)


def test_a_value_that_was_there_before_is_no_news_however_often_it_comes() -> None:
    records = [*ordinary(0, 300), *with_value("DE", 240, 255, 300)]
    assert breaches(readings_of(CHECK, records)) == []


def test_a_value_that_had_been_seen_once_is_no_news_either() -> None:
    records = [*ordinary(0, 300), *with_value("XX", 20, 21, 1), *with_value("XX", 240, 255, 30)]
    assert breaches(readings_of(CHECK, records)) == []


@pytest.mark.parametrize(("rows", "found"), [(4, 0), (5, 1)])
def test_it_takes_five_rows(rows: int, found: int) -> None:
    records = [*ordinary(0, 300), *with_value("XX", 250, 254, rows)]
    assert len(alerts_of(CHECK, records)) == found


def test_a_value_in_less_than_half_a_percent_of_rows_is_passed_over() -> None:
    frequent = ordinary(0, 300, a_minute=20)
    assert alerts_of(CHECK, [*frequent, *with_value("XX", 240, 300, 5)]) == ()
    assert len(alerts_of(CHECK, [*frequent, *with_value("XX", 240, 300, 12)])) == 1


def test_without_enough_history_there_is_no_baseline() -> None:
    records = [*ordinary(0, 60), *with_value("XX", 50, 60, 30)]
    readings = readings_of(CHECK, records)
    assert breaches(readings) == []
    assert {reading.verdict for reading in readings} == {Verdict.NO_BASELINE}
    assert all(reading.baseline is None for reading in readings)


def test_new_values_are_ordinary_in_a_feature_that_always_has_some() -> None:
    draw = random.Random(3)
    tail = [
        line
        for minute in every(0, 600, 3000)
        for line in each_minute([minute], {"merchant": f"m{int(draw.paretovariate(0.7))}"})
    ]
    assert breaches(readings_of(CHECK, [*tail, *each_minute(every(500, 560, 60), {"merchant": "new"})])) == []


def test_identifiers_are_no_categories() -> None:
    records = each_minute([])
    for number, minute in enumerate(every(0, 600, 2000)):
        records += each_minute([minute], {"session": f"s{number // 6}"})
    assert breaches(readings_of(CHECK, records)) == []


def test_values_that_each_last_an_hour_are_ordinary_after_a_few() -> None:
    records = [
        line
        for minute in every(0, 1200, 3000)
        for line in each_minute([minute], {"batch": f"b{int(minute // 60)}"})
    ]
    late = [r for r in breaches(readings_of(CHECK, records)) if r.window.start > NOON + timedelta(hours=8)]
    assert late == []


def test_several_new_values_are_counted_and_the_most_frequent_is_named() -> None:
    records = [
        *ordinary(0, 300),
        *with_value("AA", 240, 245, 6),
        *with_value("BB", 240, 245, 20),
        *with_value("CC", 240, 245, 7),
    ]
    found = breaches(readings_of(CHECK, records))[0]
    assert found.slice == Slice("country", "BB")
    assert found.summary.startswith("country=BB and 2 other new values: never seen before")


def test_an_empty_text_a_truth_value_and_a_prediction_are_values_too() -> None:
    for value, text in (("", ""), (True, "true"), ("null", "null")):
        (alert,) = alerts_of(CHECK, [*ordinary(0, 300), *with_value(value, 240, 255, 30)])
        assert alert.worst.slice.value == text
    usual = each_minute(every(0, 300, 600), prediction="legit")
    (alert,) = alerts_of(CHECK, [*usual, *each_minute(every(240, 250, 20), prediction="unsure")])
    assert (alert.subject, alert.worst.slice) == ("prediction", Slice("prediction", "unsure"))
    numbers = each_minute(every(0, 300, 600), prediction=1.5)
    assert alerts_of(CHECK, [*numbers, *each_minute(every(240, 250, 20), prediction=99)]) == ()


def test_a_value_that_stays_is_known_after_a_day() -> None:
    records = [*ordinary(0, 2600), *with_value("XX", 300, 2600, 1200)]
    (alert,) = alerts_of(CHECK, records)
    assert alert.last_seen <= NOON + timedelta(minutes=300 + 1440 + 60)


def test_a_value_lingers_below_the_limit_and_carries_the_alert_on() -> None:
    records = [
        *ordinary(0, 600, a_minute=20),
        *with_value("XX", 300, 305, 30),
        *with_value("XX", 320, 420, 8),
    ]
    verdicts = {
        r.verdict for r in readings_of(CHECK, records) if r.window.until > NOON + timedelta(hours=6.2)
    }
    assert Verdict.LINGERING in verdicts and Verdict.BREACH not in verdicts


def test_models_are_told_apart() -> None:
    other = [{**line, "model": "other"} for line in with_value("XX", 0, 30, 30) if isinstance(line, dict)]
    (alert,) = alerts_of(CHECK, [*ordinary(0, 300), *other, *with_value("XX", 240, 255, 30)])
    assert alert.model == "m"


def test_limits_can_be_set_for_one_feature() -> None:
    records = [*ordinary(0, 300), *with_value("XX", 250, 254, 9)]
    assert len(alerts_of(CHECK, records)) == 1
    strict = LimitRule("unseen_categories", {"min_rows": 10}, None, "country")
    assert alerts_of(CHECK, records, rules=[strict]) == ()
    elsewhere = LimitRule("unseen_categories", {"min_rows": 10}, None, "device")
    assert len(alerts_of(CHECK, records, rules=[elsewhere])) == 1


def test_against_a_chosen_baseline_what_it_lacks_is_new_from_the_first_row_on() -> None:
    totals = pl.DataFrame(
        {
            "model": ["m"] * 4,
            "feature": ["country"] * 4,
            "value": ["", "DE", "FR", "IT"],
            "rows": [10_000, 4_000, 4_000, 2_000],
        }
    )
    (alert,) = alerts_of(CHECK, ordinary(0, 300), pinned={"": Pinned({VALUES.name: totals}, "")})
    assert alert.worst.slice == Slice("country", "ES")
    assert alert.worst.baseline_rows == 10_000


def test_rows_that_come_later_are_judged_as_if_they_had_been_there() -> None:
    records = sorted(
        [*ordinary(0, 400), *with_value("YY", 100, 101, 1), *with_value("XX", 300, 340, 40)],
        key=lambda line: str(line["ts"]) if isinstance(line, dict) else "",
    )
    whole = {(r.window, r.slice) for r in breaches(readings_of(CHECK, records))}
    live = {(r.window, r.slice) for r in live_breaches(CHECK, records, first=500, block=37)}
    assert whole and whole <= live
    assert {where for _, where in live} == {Slice("country", "XX")}


def test_a_late_row_makes_its_value_known_from_its_own_time_on() -> None:
    records = [*ordinary(0, 300), *with_value("XX", 20, 21, 1), *with_value("XX", 301, 310, 30)]
    assert live_breaches(CHECK, records, first=600, block=1_000) == []


def test_the_values_of_a_window_are_given_with_the_first_steps_of_the_others() -> None:
    assert set(catalog()[VALUES.name].columns) == {"step_start", *VALUES.keys, *VALUES.counts}
