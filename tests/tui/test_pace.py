"""When a frame may be painted."""

from __future__ import annotations

import asyncio

import pytest

from console.tui.pace import FRAMES_AT_ONCE, Pace


class Clock:
    """A clock that is moved by hand."""

    now = 0.0

    def __call__(self) -> float:
        return self.now


def test_after_a_quiet_moment_several_frames_follow_at_once() -> None:
    pace = Pace(lambda: None, frames=15, clock=Clock())
    for _ in range(int(FRAMES_AT_ONCE)):
        assert pace.seconds_to_wait() == 0
        pace.spend()
    assert pace.seconds_to_wait() == pytest.approx(1 / 15)


def test_for_long_there_are_no_more_frames_than_the_rate_says() -> None:
    clock = Clock()
    pace = Pace(lambda: None, frames=15, clock=clock)
    frames = 0
    while clock.now < 10:
        clock.now += max(0.001, pace.seconds_to_wait())
        pace.spend()
        frames += 1
    assert frames == pytest.approx(150 + FRAMES_AT_ONCE, abs=2)


async def test_what_changes_within_a_moment_is_one_frame() -> None:
    painted = asyncio.Event()
    times = 0

    def paint() -> None:
        nonlocal times
        times += 1
        painted.set()

    pace = Pace(paint, frames=15)
    for _ in range(5):
        pace.resume()
    await asyncio.wait_for(painted.wait(), 5)
    assert times == 1


async def test_what_was_painted_meanwhile_is_not_painted_again() -> None:
    times = 0

    def paint() -> None:
        nonlocal times
        times += 1

    pace = Pace(paint, frames=15)
    pace.resume()
    pace.pause()
    later = asyncio.Event()
    asyncio.get_running_loop().call_later(0.02, later.set)
    await later.wait()
    assert times == 0
