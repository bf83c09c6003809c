"""Numbers and times in words."""

from __future__ import annotations

from datetime import UTC, date, datetime, timedelta, timezone

import pytest

from console.tui import say


@pytest.mark.parametrize(
    ("value", "unit", "said"),
    [
        (0.351, "share", "35.1 %"),
        (0.0004, "share", "0.04 %"),
        (35.1, "%", "35.1 %"),
        (412.0, "ms", "412.0 ms"),
        (0.31, "psi", "0.31 psi"),
        (41.0, "rows", "41 rows"),
        (1_234_567.0, "rows", "1,234,567 rows"),
        (92.65, "requests", "93 requests"),
        (1.0, "features", "1 feature"),
        (0.0, "share", "0 %"),
        (None, "share", "—"),
        (float("nan"), "ms", "—"),
        (2.5, "", "2.5"),
    ],
)
def test_a_measure_comes_with_its_unit(value: float | None, unit: str, said: str) -> None:
    assert say.measure(value, unit) == said


@pytest.mark.parametrize(
    ("number", "said"),
    [
        (0, "0"),
        (412, "412"),
        (9_999, "9,999"),
        (12_345, "12.3k"),
        (1_204_331, "1.2M"),
        (3e9, "3.0G"),
        (0.4, "0.4"),
    ],
)
def test_short_numbers_are_short(number: float, said: str) -> None:
    assert say.short(number) == said


@pytest.mark.parametrize(
    ("seconds", "said"),
    [
        (-5, "0 s"),
        (3.4, "3 s"),
        (60, "1 min"),
        (3_599, "59 min"),
        (3_600, "1 h"),
        (12_000, "3 h 20 min"),
        (190_000, "2 d 4 h"),
    ],
)
def test_spans_are_told_in_their_largest_units(seconds: float, said: str) -> None:
    assert say.span(seconds) == said


def test_the_date_is_told_only_if_it_is_not_todays() -> None:
    moment = datetime(2026, 11, 2, 2, 14, 7, tzinfo=UTC)
    assert say.at(moment, date(2026, 11, 2)) == "02:14:07"
    assert say.at(moment, date(2026, 11, 3)) == "11-02 02:14:07"
    assert say.at(moment, date(2027, 1, 1)) == "2026-11-02 02:14:07"


def test_times_are_told_in_utc_whatever_zone_they_came_in() -> None:
    moment = datetime(2026, 11, 2, 3, 14, tzinfo=timezone(timedelta(hours=1)))
    assert say.at(moment, date(2026, 11, 2)) == "02:14:00"


def test_sizes_have_units() -> None:
    assert [say.size(amount) for amount in (0, 999, 1_500, 2e9)] == ["0 B", "999 B", "1.5 kB", "2.0 GB"]


def test_a_step_names_the_unit_of_a_rate() -> None:
    assert [say.step(seconds) for seconds in (1, 60, 300, 3_600, 86_400)] == ["s", "min", "5 min", "h", "d"]


@pytest.mark.parametrize(
    ("description", "unit"),
    [
        ("share, 0..1, null without a baseline", "share"),
        ("share of the slice that offends, 0..1", "share"),
        ("probability, 0..1", "share"),
        ("UTC", "UTC"),
        ("ms, of requests that ended", "ms"),
        ("requests in the window", ""),
        ("", ""),
    ],
)
def test_a_description_of_a_column_may_begin_with_its_unit(description: str, unit: str) -> None:
    assert say.unit_of(description) == unit


@pytest.mark.parametrize(
    ("start", "minutes", "said"),
    [
        ("2026-11-02T02:03:00", 10, "02:03–02:13"),
        ("2026-11-02T23:50:00", 20, "23:50–00:10"),
        ("2026-10-31T02:03:00", 10, "10-31 02:03–02:13"),
        ("2026-10-31T02:03:00", 1440, "10-31 02:03–11-01 02:03"),
        ("2026-11-01T02:03:00", 1440, "11-01 02:03–11-02 02:03"),
        ("2025-12-31T02:03:00", 1440, "2025-12-31 02:03–2026-01-01 02:03"),
        ("2026-11-02T02:03:07", 10, "02:03:07–02:13:07"),
    ],
)
def test_a_window_is_told_without_what_goes_without_saying(start: str, minutes: int, said: str) -> None:
    began = datetime.fromisoformat(start).replace(tzinfo=UTC)
    assert say.between(began, began + timedelta(minutes=minutes), date(2026, 11, 2)) == said


@pytest.mark.parametrize(
    ("seconds", "words"),
    [
        (0, "0 s"),
        (119, "119 s"),
        (120, "2 min"),
        (7_199, "119 min"),
        (7_200, "2 h"),
        (172_800, "2 d"),
        (-5, "0 s"),
    ],
)
def test_a_length_of_time_in_one_unit_is_told_in_two_or_more_of_it(seconds: float, words: str) -> None:
    assert say.largest_unit(seconds) == words


@pytest.mark.parametrize(
    ("seconds", "words"),
    [(0, "0 s ago"), (3, "3 s ago"), (9, "9 s ago"), (10.4, "10 s ago"), (59, "50 s ago"), (61, "1 min ago")],
)
def test_how_long_ago_is_told_in_tens_of_seconds_from_ten_on(seconds: float, words: str) -> None:
    now = datetime(2026, 11, 2, tzinfo=UTC)
    assert say.ago(now - timedelta(seconds=seconds), now) == words
