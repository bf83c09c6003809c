"""Values that try to break out, in every widget that shows data."""

from __future__ import annotations

import unicodedata

import pytest

from console.errors import CasebookError, ExportError, SourceError
from console.model import Alert, Evidence, Table
from tests.tui.driving import NARROW, WIDE, driving, press, settle, text_of, toasts
from tests.tui.fakes import HOSTILE, FakeDesk, calm, evidence, hostile, hostile_request

ESCAPES = HOSTILE[1]


def hostile_evidence(of: Alert) -> Evidence:
    """Evidence whose every value and name tries to be something else."""
    had = evidence(of)
    names = tuple(f"{number} {value[:40]}" for number, value in enumerate(HOSTILE))
    table = Table(names, (HOSTILE, HOSTILE[::-1]), {names[0]: ESCAPES})
    return Evidence(
        had.alert, had.call, ESCAPES + had.sql, table, had.offenders_call, hostile().recent, table, table
    )


def assert_harmless(text: str) -> None:
    """No character of the screen controls the terminal or reorders text."""
    bad = {character for character in text if unicodedata.category(character) in ("Cc", "Cf", "Cs", "Co")}
    assert bad <= {"\n"}


@pytest.mark.parametrize(
    "keys",
    [
        (),
        ("tab", "space", "G", "space"),
        ("j", "j", "enter"),
        ("enter", "tab"),
        ("enter", "s"),
        ("enter", "m"),
        ("enter", "enter"),
        ("enter", "enter", "G"),
        ("enter", "space", "l"),
        ("enter", "x"),
        ("enter", "l", "1"),
        ("enter", "enter", "l", "1"),
        ("s",),
        ("s", "enter"),
        ("question_mark",),
    ],
)
async def test_no_value_breaks_out_of_any_screen(keys: tuple[str, ...]) -> None:
    desk = FakeDesk(
        hostile(),
        make_evidence=hostile_evidence,
        make_request=hostile_request,
        known_classes=tuple(value[:60] or "empty" for value in HOSTILE[:9]),
    )
    async with driving(desk, NARROW) as pilot:
        await press(pilot, *keys)
        assert_harmless(text_of(pilot))
        await pilot.resize_terminal(*WIDE)
        await settle(pilot)
        assert_harmless(text_of(pilot))


@pytest.mark.parametrize("size", [(59, 20), (30, 8)])
async def test_no_value_breaks_out_where_there_is_no_room(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(hostile()), size) as pilot:
        assert_harmless(text_of(pilot))


async def test_markup_is_shown_as_it_was_logged() -> None:
    async with driving(FakeDesk(hostile()), WIDE) as pilot:
        assert "[bold red]red[/] [/x] [@click=app.bell]click[/]" in text_of(pilot)


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
async def test_no_failure_breaks_out_of_where_it_is_told(value: str) -> None:
    failing = {
        "labels": CasebookError(value),
        "label": CasebookError(value),
        "export": ExportError(value),
        "classes": CasebookError(value),
        "suggest_export_path": ExportError(value),
    }
    async with driving(FakeDesk(hostile(), failing=dict(failing)), NARROW) as pilot:
        await press(pilot, "tab", "l", "0", "a", "enter", "x", "a", "enter")
        assert_harmless(text_of(pilot))
        for toast in toasts(pilot):
            assert_harmless(toast)


async def test_a_start_that_fails_with_a_hostile_message_is_told_harmlessly() -> None:
    async with driving(FakeDesk(failing={"start": SourceError(HOSTILE[0] + ESCAPES)}), NARROW) as pilot:
        assert "[bold red]red[/]" in text_of(pilot)
        assert_harmless(text_of(pilot))


async def test_a_terminal_gets_no_escape_sequence_out_of_a_value() -> None:
    async with driving(FakeDesk(hostile()), WIDE) as pilot:
        await settle(pilot)
        assert "\x1b]52" not in pilot.app.export_screenshot()
        assert "␛]52;c;ZXZpbA==␇" in text_of(pilot)


async def test_a_title_is_only_text() -> None:
    from console.tui.app import IncidentConsole
    from tests.tui.fakes import NOW

    app = IncidentConsole(FakeDesk(calm()), title=f"{HOSTILE[0]}{ESCAPES}", utc=lambda: NOW)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert_harmless(text_of(pilot))
