"""The app: help, commands, themes, leaving, and terminals of all kinds."""

from __future__ import annotations

from dataclasses import replace

import pytest
from textual.binding import Binding
from textual.command import CommandPalette
from textual.content import Content
from textual.geometry import Region

from console.tui.alert.screen import AlertScreen
from console.tui.help.screen import HelpScreen, groups_of
from console.tui.overview.screen import OverviewScreen
from console.tui.rejects.screen import RejectsScreen
from console.tui.request.screen import RequestScreen
from console.tui.sources.screen import SourcesScreen
from console.tui.theme import DAY, NIGHT
from console.tui.widgets.grid import Grid
from console.tui.widgets.keybar import Key, fitting
from console.tui.widgets.note import Note
from console.tui.widgets.reader import Reader
from tests.tui.driving import NARROW, WIDE, console_on, driving, painted, press, send, settle, text_of
from tests.tui.fakes import ERRORS, FakeDesk, calm, incident


@pytest.mark.parametrize("key", ["question_mark", "f1"])
async def test_help_lists_the_keys_of_the_screen_it_was_asked_on(key: str) -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "enter", key)
        shown = text_of(pilot)
        assert "Keys · Alert" in shown
        assert "show the query and its parameters" in shown
        assert "mark the row, or take its mark away" in shown
        await press(pilot, "escape", "escape", key)
        assert "Keys · Overview" in text_of(pilot)
        assert "show the query" not in text_of(pilot)
        await press(pilot, key)
        assert not isinstance(pilot.app.screen, HelpScreen)


@pytest.mark.parametrize("keys", [(), ("tab",), ("enter",), ("enter", "enter")])
async def test_every_key_of_ours_is_explained(keys: tuple[str, ...]) -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, *keys)
        told = {
            sign for group in groups_of(pilot.app.screen) for signs, _ in group.keys for sign in signs.split()
        }
        for expected in ("?", "F1", "q", "esc", "l", "u", "ctrl-p", "j", "k", "g", "G", "ctrl-d", "ctrl-u"):
            assert expected in told, expected


@pytest.mark.parametrize(
    "kind", [OverviewScreen, AlertScreen, RequestScreen, SourcesScreen, RejectsScreen, Grid, Reader]
)
def test_every_binding_says_what_it_does(kind: type) -> None:
    for binding in kind.BINDINGS:  # type: ignore[attr-defined]
        assert isinstance(binding, Binding) and binding.tooltip and binding.description


async def test_the_command_palette_lists_the_console_s_commands_and_runs_them() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "ctrl+p")
        assert isinstance(pilot.app.screen, CommandPalette)
        titles = [command.title for command in pilot.app.get_system_commands(pilot.app.screen_stack[0])]
        for expected in ("Label  (l)", "Export  (x)", "Help  (?)", "Undo  (u)", "Theme"):
            assert expected in titles
        await press(pilot, *"help")
        await pilot.pause(0.3)
        await press(pilot, "enter")
        await settle(pilot)
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_t_changes_between_dark_and_light() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        assert pilot.app.theme == NIGHT.name
        await press(pilot, "t")
        assert pilot.app.theme == DAY.name
        await press(pilot, "t")
        assert pilot.app.theme == NIGHT.name


@pytest.mark.parametrize("theme", ["textual-light", "textual-ansi"])
async def test_a_theme_of_textual_s_own_works_too(theme: str) -> None:
    async with driving(FakeDesk(incident())) as pilot:
        if theme in pilot.app.available_themes:
            pilot.app.theme = theme
        await settle(pilot)
        await press(pilot, "enter", "enter")
        assert "FeatureMismatch" in text_of(pilot)


async def test_q_leaves_from_the_overview() -> None:
    async with driving(FakeDesk(calm())) as pilot:
        await press(pilot, "q")
        assert not pilot.app.is_running
    assert pilot.app.return_code == 0


async def test_leave_ends_the_app_with_the_code_from_any_screen() -> None:
    app = console_on(FakeDesk(incident()))
    async with app.run_test() as pilot:
        await settle(pilot)
        await press(pilot, "enter", "l")
        app.leave(143)
        await pilot.pause()
    assert app.return_code == 143


@pytest.mark.parametrize("size", [(59, 24), (80, 15), (30, 5), (1, 1)])
async def test_a_terminal_that_is_too_small_shows_the_truth_and_the_alerts_that_fit(
    size: tuple[int, int],
) -> None:
    async with driving(FakeDesk(incident()), WIDE) as pilot:
        await pilot.resize_terminal(*size)
        await settle(pilot)
        shown = text_of(pilot)
        if size[1] >= 5:
            assert "● live" in shown
            assert "▲ critical v3 in EU" in shown
            assert "Too small" in shown
        await pilot.resize_terminal(*NARROW)
        await settle(pilot)
        assert "Latest requests" in text_of(pilot)
        assert pilot.app.focused is not None


async def test_the_keys_at_the_bottom_are_those_that_do_something() -> None:
    async with driving(FakeDesk(incident()), WIDE) as pilot:
        assert "⏎ open" in text_of(pilot).splitlines()[-1]
        assert "mark" not in text_of(pilot).splitlines()[-1]
        await press(pilot, "tab")
        assert "␣ mark" in text_of(pilot).splitlines()[-1]
        await press(pilot, "shift+tab", "enter")
        assert "b compare" in text_of(pilot).splitlines()[-1]


async def test_a_click_on_a_key_presses_it() -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        x = text_of(pilot).splitlines()[-1].index("? help")
        await pilot.click(offset=(x, 23))
        await settle(pilot)
        assert isinstance(pilot.app.screen, HelpScreen)


def test_help_and_the_way_back_are_the_last_keys_to_go() -> None:
    keys = tuple(Key(str(n), str(n), f"does {n}", last=n > 7) for n in range(10))
    assert fitting(keys, 1_000) == keys
    assert [key.key for key in fitting(keys, 30)] == ["0", "8", "9"]
    assert [key.key for key in fitting(keys, 1)] == ["8", "9"]


async def test_no_colour_still_tells_severities_apart(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with driving(FakeDesk(incident())) as pilot:
        assert pilot.app.no_color
        shown = text_of(pilot)
        for word in ("▲ critical", "◆ warning", "● info", "✓ resolved"):
            assert word in shown


@pytest.mark.parametrize("theme", ["console-ansi", "console-night"])
async def test_without_colours_nothing_has_one_and_the_cursor_is_reversed(
    monkeypatch: pytest.MonkeyPatch, theme: str
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with driving(FakeDesk(incident())) as pilot:
        pilot.app.theme = theme
        await settle(pilot)
        strips = pilot.app.screen._compositor.render_strips()
        styles = {segment.style for strip in strips for segment in strip if segment.style}
        colours = {colour.name for style in styles for colour in (style.color, style.bgcolor) if colour}
        assert colours == {"default"}
        assert any(style.reverse for style in styles)


# --- screens that lie over each other ---------------------------------------------------------------------


async def test_a_covered_screen_paints_nothing_and_is_up_to_date_when_one_comes_back() -> None:
    desk = FakeDesk(incident(1_000))
    async with driving(desk) as pilot:
        overview = pilot.app.screen
        await press(pilot, "s")
        counts = [painted(widget) for widget in overview.query("*")]
        await send(pilot, desk, incident(1_050))
        assert sum(count() for count in counts) == 0
        await press(pilot, "escape")
        assert "f-001050" in text_of(pilot)


async def test_a_screen_under_a_dialog_goes_on_telling() -> None:
    desk = FakeDesk(incident(1_000))
    async with driving(desk) as pilot:
        await press(pilot, "question_mark")
        await send(pilot, desk, incident(1_050))
        await press(pilot, "escape")
        assert "f-001050" in text_of(pilot)
        assert "1,204,381" in text_of(pilot)


async def test_an_alert_that_changed_while_a_request_was_read_is_up_to_date_after_it() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "enter")
        worse = replace(ERRORS, latest=replace(ERRORS.latest, summary="it has become worse"))
        await send(pilot, desk, replace(incident(), alerts=(worse,)))
        await press(pilot, "escape")
        assert "it has become worse" in text_of(pilot)


async def test_text_of_the_same_height_does_not_have_the_screen_laid_out_anew() -> None:
    desk = FakeDesk(calm())
    async with driving(desk) as pilot:
        quiet = pilot.app.screen.query_one("#quiet", Note)
        laid_out = []
        original = quiet.refresh

        def watching(*regions: Region, layout: bool = False, **how: bool) -> Note:
            laid_out.append(layout)
            return original(*regions, layout=layout, **how)

        quiet.refresh = watching  # type: ignore[method-assign]
        quiet.tell(Content("judged 4 s ago\nbaseline"))
        quiet.tell(Content("judged 4 s ago\nbaseline"))
        quiet.tell(Content("judged 5 s ago\nbaseline"))
        assert laid_out == [False, False]
        quiet.tell(Content("judged 6 s ago"))
        assert laid_out[-1]
