"""When a frame may be painted."""

from __future__ import annotations

import asyncio
from time import time

import pytest
from textual._compositor import LayoutUpdate
from textual.screen import Screen

from console.tui.linked import LinkedApp, Notice
from console.tui.overview.screen import OverviewScreen
from console.tui.pace import FRAMES_AT_ONCE, Pace
from console.tui.sources.screen import SourcesScreen
from tests.tui.driving import NARROW, WIDE, driving, press, settle, text_of
from tests.tui.fakes import FakeDesk, incident


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


async def test_a_screen_that_opens_or_is_come_back_to_is_styled_and_painted_whole_only_once(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    painted: list[type[object]] = []
    styled: list[object] = []

    def display(app: LinkedApp, screen: Screen[object], update: object) -> None:
        if isinstance(update, LayoutUpdate):
            painted.append(type(screen))

    async with driving(FakeDesk(incident())) as pilot:
        monkeypatch.setattr(LinkedApp, "_display", display)
        monkeypatch.setattr(Screen, "update_node_styles", lambda screen, animate=True: styled.append(screen))
        await press(pilot, "s")
        assert (painted, styled) == ([SourcesScreen], [])
        await press(pilot, "q")
        assert (painted, styled) == ([SourcesScreen, OverviewScreen], [])
        await press(pilot, "tab")
        assert len(painted) == 2, "another pane has the keys, and the rest is as it was"


async def test_a_covered_screen_is_laid_out_for_another_size_once_one_comes_back_to_it(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    laid_out: list[type[object]] = []
    lay_out = Screen._refresh_layout

    def remember(screen: Screen[object], *arguments: object, **more: object) -> None:
        laid_out.append(type(screen))
        lay_out(screen, *arguments, **more)  # type: ignore[arg-type]

    async with driving(FakeDesk(incident()), WIDE) as pilot:
        await press(pilot, "s")
        await pilot.resize_terminal(150, 46)
        await settle(pilot)
        assert pilot.app.screen._compositor.size == (150, 46)
        monkeypatch.setattr(Screen, "_refresh_layout", remember)
        await pilot.resize_terminal(*NARROW)
        await settle(pilot)
        assert set(laid_out) == {SourcesScreen}
        await press(pilot, "q")
        assert OverviewScreen in laid_out
        screen = pilot.app.screen
        assert (screen.has_class("-narrow"), screen.has_class("-wide")) == (True, False)
        after = text_of(pilot)
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        assert after.splitlines()[3:-1] == text_of(pilot).splitlines()[3:-1]


async def test_a_notice_never_has_less_than_no_time_left_with_which_textual_would_stand_still() -> None:
    over = Notice("over", timeout=5, raised_at=time() - 5.003)
    assert over.has_expired and over.time_left > 0
    async with driving(FakeDesk(incident()), size=NARROW) as pilot:
        pilot.app.notify("just this")
        await settle(pilot)
        assert [type(one) for one in pilot.app._notifications] == [Notice]
        assert "just this" in text_of(pilot)
