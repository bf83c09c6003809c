"""Every way of writing a time that is understood, and that all others are refused."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone
from zoneinfo import ZoneInfo

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.ingest.decode import NumberText
from console.ingest.formats import Unusable
from console.ingest.times import to_microseconds

MOMENT = 1_793_588_645_678_000  # 2026-11-02T03:04:05.678 UTC, worked out with `date -d`


@pytest.mark.parametrize(
    "logged",
    [
        "2026-11-02T03:04:05.678Z",
        "2026-11-02T03:04:05.678z",
        "2026-11-02t03:04:05.678Z",
        "2026-11-02 03:04:05.678",
        "2026-11-02T03:04:05,678",
        "2026-11-02T03:04:05.678000999Z",
        "2026-11-02T05:04:05.678+02:00",
        "2026-11-01T21:34:05.678-0530",
        "2026-11-02T05:04:05.678+02",
        "2026-11-02 05:04:05.678 +02:00",
        "2026-11-02 03:04:05.678 UTC",
        "2026-11-02 05:04:05.678 +0200 UTC",
        " 2026-11-02T03:04:05.678Z ",
        "20261102T030405.678Z",
        1_793_588_645_678,
        1_793_588_645.678,
        1_793_588_645_678.0,
        1_793_588_645_678_000,
        1_793_588_645_678_000_999,
        "1793588645.678",
        "1793588645.6780009",
        "1793588645678",
        "1793588645678000",
        "1793588645678000999",
        " 1793588645678 ",
    ],
)
def test_the_same_moment_is_read_from_every_way_of_writing_it(logged: object) -> None:
    assert to_microseconds(logged) == MOMENT


@pytest.mark.parametrize(
    "logged",
    [
        "",
        "soon",
        "12:00",
        "2026-13-01T00:00:00Z",
        "2026-11-02x03:04:05Z",
        "1969-12-31T23:59:59Z",
        "2263-01-01T00:00:00Z",
        "0001-01-01T00:00:00+14:00",
        "٢٠٢٦",
        -1,
        9_246_182_400,
        10**40,
        1e300,
        "9" * 30,
        True,
        False,
        [],
        {},
        NumberText("NaN"),
        NumberText("1e400"),
    ],
)
def test_what_is_no_time_of_the_years_1970_to_2262_is_refused(logged: object) -> None:
    with pytest.raises(Unusable, match=r"^ts is not a time: "):
        to_microseconds(logged)


def test_a_refused_time_is_quoted_and_cut() -> None:
    with pytest.raises(Unusable) as refused:
        to_microseconds("x" * 1000)
    assert len(str(refused.value)) < 100


def test_eight_digits_are_a_date_and_a_date_is_its_midnight() -> None:
    assert (
        to_microseconds("20261102") == to_microseconds("2026-11-02") == to_microseconds("2026-11-02T00:00Z")
    )


def test_the_first_and_last_moments_are_taken() -> None:
    assert to_microseconds(0) == to_microseconds("1970-01-01T00:00:00Z") == 0
    assert to_microseconds("2262-12-31T23:59:59.999999Z") == 9_246_182_399_999_999


@given(expected=st.integers(10**11, 9 * 10**15), minutes=st.integers(-14 * 60, 14 * 60))
def test_any_offset_gives_the_moment_to_the_microsecond(expected: int, minutes: int) -> None:
    aware = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(microseconds=expected)
    assert to_microseconds(aware.astimezone(timezone(timedelta(minutes=minutes))).isoformat()) == expected


@given(microseconds=st.integers(10**15, 4 * 10**15))
def test_epochs_of_every_unit_agree_to_the_microsecond(microseconds: int) -> None:
    whole, rest = divmod(microseconds, 10**6)
    assert to_microseconds(microseconds) == microseconds
    assert to_microseconds(microseconds * 1000 + 999) == microseconds
    assert to_microseconds(f"{whole}.{rest:06d}") == microseconds
    assert to_microseconds(whole) == whole * 10**6
    assert to_microseconds(microseconds // 1000) == microseconds // 1000 * 1000
    assert to_microseconds(microseconds / 1e6) == microseconds


@pytest.mark.parametrize(
    ("logged", "utc"),
    [
        ("2026-07-01T12:00:00", "2026-07-01T10:00:00Z"),
        ("2026-12-01 12:00:00,5", "2026-12-01T11:00:00.5Z"),
        ("2026-07-01T12:00:00Z", "2026-07-01T12:00:00Z"),
        ("2026-07-01T12:00:00-03:00", "2026-07-01T15:00:00Z"),
        ("2026-07-01", "2026-06-30T22:00:00Z"),
        # The clocks go back from 03:00 to 02:00 on 25 October 2026: the first 02:30 is meant.
        ("2026-10-25T02:30:00", "2026-10-25T00:30:00Z"),
        ("2026-10-25T03:00:00", "2026-10-25T02:00:00Z"),
        # They go from 02:00 to 03:00 on 29 March 2026: 02:30 is read by the winter's offset.
        ("2026-03-29T02:30:00", "2026-03-29T01:30:00Z"),
        (1793588645, 1793588645),
    ],
)
def test_a_time_without_an_offset_is_one_of_the_zone(logged: object, utc: object) -> None:
    assert to_microseconds(logged, ZoneInfo("Europe/Berlin")) == to_microseconds(utc)
