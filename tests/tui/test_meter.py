"""What the link carries, and how long a key takes."""

from __future__ import annotations

import pytest

from console.tui.meter import Meter, Reading, words_of


class Clock:
    """A clock that is moved by hand."""

    def __init__(self) -> None:
        self.now = 100.0

    def __call__(self) -> float:
        return self.now


@pytest.fixture
def clock() -> Clock:
    return Clock()


def test_bytes_and_frames_are_told_of_the_last_whole_second(clock: Clock) -> None:
    meter = Meter(clock)
    for _ in range(3):
        meter.painted(1_000)
    clock.now += 1
    meter.painted(7)
    reading = meter.reading()
    assert (reading.bytes_now, reading.frames_now) == (3_000, 3)


def test_the_minute_is_an_average_of_the_time_there_was(clock: Clock) -> None:
    meter = Meter(clock)
    meter.painted(6_000)
    clock.now += 6
    assert meter.reading().bytes_minute == 1_000
    clock.now += 54
    assert meter.reading().bytes_minute == 100
    clock.now += 1
    assert meter.reading().bytes_minute == 0


def test_a_key_takes_until_the_frame_after_it(clock: Clock) -> None:
    meter = Meter(clock)
    for milliseconds in range(1, 101):
        meter.pressed()
        clock.now += milliseconds / 1000
        meter.painted(10)
    reading = meter.reading()
    assert reading.key_p50 == pytest.approx(0.051)
    assert reading.key_p95 == pytest.approx(0.096)


def test_a_frame_long_after_a_key_does_not_count_as_its_answer(clock: Clock) -> None:
    meter = Meter(clock)
    meter.pressed()
    clock.now += 0.9
    meter.painted(10)
    assert meter.reading().key_p50 is None


def test_what_is_kept_is_bounded(clock: Clock) -> None:
    meter = Meter(clock)
    for _ in range(1_000):
        meter.pressed()
        meter.painted(1)
        clock.now += 1
    assert len(meter._seconds) <= 121
    assert len(meter._keys) <= 200


def test_the_meter_speaks_in_one_line() -> None:
    assert words_of(Reading(97.0, 1_435.0, 2, 0.0054, 0.031)) == (
        "97 B/s · 1.4 kB/s over a minute · 2 frames/s · key to paint 5 ms, p95 31 ms"
    )
    assert words_of(Reading(0.0, 0.0, 0, None, None)) == "0 B/s · 0 B/s over a minute · 0 frames/s"
