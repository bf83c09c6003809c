"""Screens that are mounted before anybody asks for them."""

from __future__ import annotations

from textual.pilot import Pilot
from textual.screen import Screen
from textual.widgets import Input, TextArea

from console.tui.ahead import MadeAhead
from console.tui.app import IncidentConsole
from console.tui.likely import likely_screens
from console.tui.linked import LinkedApp
from console.tui.screen import ConsoleScreen
from console.tui.sql.screen import SqlScreen
from console.tui.widgets.keybar import KeyBar
from tests.tui.driving import WIDE, driving, press, settle, text_of
from tests.tui.fakes import FakeDesk, incident
from tests.tui.ways import come_to


async def prepare_all(pilot: Pilot[None]) -> None:
    """One screen of each kind is ready."""
    app = pilot.app
    assert isinstance(app, LinkedApp)
    while not frozenset(kinds_of(app)) <= app.ahead.kinds:
        app.run_worker(app.ahead.prepare())
        await settle(pilot)


def kinds_of(app: object) -> list[type[MadeAhead]]:
    """The kinds that are made ahead."""
    assert isinstance(app, IncidentConsole)
    return list(likely_screens(app.desk, app.setting, lambda: None))


def screens_ready(app: object) -> list[MadeAhead]:
    """The screens that are ready."""
    assert isinstance(app, LinkedApp)
    return list(app.ahead._ready.values())


async def looks(pilot: Pilot[None], *, ahead: bool) -> dict[str, tuple[str, str, object]]:
    """What each kind of screen shows when it is opened, its keys, and what has the focus."""
    found: dict[str, tuple[str, str, object]] = {}
    ready: list[MadeAhead] = []
    for kind in kinds_of(pilot.app):
        if ahead:
            await prepare_all(pilot)
        ready += screens_ready(pilot.app)
        screen = await come_to(pilot, kind.__name__)
        assert isinstance(screen, MadeAhead) and (screen in ready) is ahead
        bars = screen.query(KeyBar)
        keys = bars.first().render().plain if bars else ""
        found[kind.__name__] = (text_of(pilot), keys, screen.focused and screen.focused.id)
    return found


async def test_a_screen_made_ahead_shows_what_a_new_one_does() -> None:
    async with driving(FakeDesk(incident()), WIDE) as pilot:
        new = await looks(pilot, ahead=False)
    async with driving(FakeDesk(incident()), WIDE) as pilot:
        ready = await looks(pilot, ahead=True)
    assert ready == new


async def test_where_there_is_no_room_a_screen_made_ahead_says_what_goes_on_as_a_new_one_does() -> None:
    async with driving(FakeDesk(incident()), (50, 12)) as pilot:
        await prepare_all(pilot)
        await press(pilot, "s")
        assert "● live" in text_of(pilot) and "starting" not in text_of(pilot)


async def test_a_screen_made_ahead_stands_in_once_and_draws_nothing_before() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        before = text_of(pilot)
        await prepare_all(pilot)
        assert text_of(pilot) == before
        app = pilot.app
        assert isinstance(app, LinkedApp)
        ready = dict(app.ahead._ready)
        await press(pilot, "s")
        first = app.screen
        assert isinstance(first, ConsoleScreen) and first is ready[type(first)]
        await press(pilot, "q", "s")
        assert type(app.screen) is type(first) and app.screen is not first


async def test_what_is_made_ahead_asks_nothing_before_it_is_opened() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        asked = list(desk.asked)
        await prepare_all(pilot)
        assert list(desk.asked) == asked


async def test_a_terminal_of_another_size_or_other_colours_has_screens_made_anew() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        app = pilot.app
        assert isinstance(app, LinkedApp)
        await prepare_all(pilot)
        await pilot.resize_terminal(100, 34)
        await settle(pilot)
        assert not app.ahead.kinds
        await prepare_all(pilot)
        await press(pilot, "t")
        assert not app.ahead.kinds


async def test_a_screen_that_opens_as_the_console_ends_is_no_error() -> None:
    async with driving(FakeDesk(incident()), WIDE) as pilot:
        app = pilot.app
        assert isinstance(app, IncidentConsole)
        app.exit(return_code=0)
        app.open(SqlScreen(app.desk, app.setting))
        await app.ahead.prepare()
    assert app.return_code == 0


async def test_no_cursor_blinks_on_a_screen_that_nobody_sees() -> None:
    async with driving(FakeDesk(incident()), WIDE) as pilot:
        await prepare_all(pilot)
        lines = [line for screen in screens_of(pilot.app) for line in screen.query(Input)]
        areas = [area for screen in screens_of(pilot.app) for area in screen.query(TextArea)]
    assert lines and areas
    assert not any(line.cursor_blink for line in lines)
    assert not any(area.cursor_blink for area in areas)


def screens_of(app: object) -> list[Screen[object]]:
    """Those that are ready, as screens."""
    return [one for one in screens_ready(app) if isinstance(one, Screen)]
