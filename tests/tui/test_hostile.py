"""Values that try to break out, in every widget that shows data."""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import timedelta

import pytest

from console.errors import CasebookError, ExportError, SourceError
from console.model import (
    Alert,
    AlertPicture,
    Answer,
    Beside,
    Distribution,
    Earlier,
    Evidence,
    FieldInfo,
    LabelDraft,
    Listing,
    Oddity,
    ParamInfo,
    PictureBin,
    QueryCall,
    QueryInfo,
    RawLine,
    RequestContext,
    RowId,
    Said,
    Seat,
    Severity,
    StageUsual,
    Standing,
    Table,
    Ticket,
)
from console.tui.filter import bar
from tests.tui.driving import NARROW, WIDE, driving, press, settle, text_of, toasts
from tests.tui.fakes import HOSTILE, NOW, TIMELINE, FakeDesk, calm, evidence, hostile, hostile_request

ESCAPES = HOSTILE[1]


def hostile_evidence(of: Alert) -> Evidence:
    """Evidence whose every value and name tries to be something else."""
    had = evidence(of)
    names = tuple(f"{number} {value[:40]}" for number, value in enumerate(HOSTILE))
    table = Table(names, (HOSTILE, HOSTILE[::-1]), {names[0]: ESCAPES})
    return Evidence(
        had.alert, had.call, ESCAPES + had.sql, table, had.offenders_call, hostile().recent, table, table
    )


def hostile_table(rows: int = 3) -> Table:
    """An answer whose columns and values try to be something else, with a time and a number to be drawn."""
    names = tuple(f"{number} {value[:40]}" for number, value in enumerate(HOSTILE))
    return Table(
        ("step_start", "rows", *names),
        tuple((NOW + timedelta(hours=row), row, *HOSTILE) for row in range(rows)),
        {names[0]: ESCAPES},
    )


class HostileDesk(FakeDesk):
    """A desk on which nothing that can be told is only text."""

    def requests(self, call: QueryCall, offset: int, limit: int, ticket: Ticket) -> Table:
        return hostile().recent

    def comparable(self, alert: Alert, ticket: Ticket) -> Listing:
        return Listing(QueryCall(ESCAPES), hostile().recent)

    def neighbours(self, row_id: RowId, beside: Beside, ticket: Ticket) -> Listing:
        return Listing(QueryCall(ESCAPES), hostile().recent)

    def queries(self) -> Sequence[QueryInfo]:
        return tuple(
            QueryInfo(
                value[:80] or "empty",
                *(value, value, value),
                (ParamInfo(value[:40] or "p", value[:40], value, value),),
                {value: value},
                *(value, value, True),
            )
            for value in HOSTILE
        )

    def relations(self) -> Mapping[str, Sequence[str]]:
        return {value: HOSTILE for value in HOSTILE}


def hostile_desk() -> FakeDesk:
    """All that a screen asks for is answered with values that try to be something else."""
    said = tuple(Said(value[:20], value, NOW, value, NOW) for value in HOSTILE)
    told = hostile()
    bins = tuple(PictureBin(value, 0.1, 0.2, 0.3) for value in HOSTILE)
    picture = AlertPicture(
        replace(TIMELINE, title=HOSTILE[0]), Distribution(ESCAPES, HOSTILE[0], bins, False, 5, 5)
    )
    desk = HostileDesk(
        replace(told, seats=tuple(Seat(value, 7, NOW, False, value, value) for value in HOSTILE)),
        make_evidence=hostile_evidence,
        make_request=hostile_request,
        make_picture=lambda _: picture,
        known_classes=tuple(value[:60] or "empty" for value in HOSTILE[:9]),
        acts=list(said),
        earlier_ones=tuple(
            Earlier(f"{number}", Severity.INFO, NOW, NOW, True, value, said, told.alerts[number])
            for number, value in enumerate(HOSTILE)
        ),
        drafts=[tuple(LabelDraft(f"f-{value}", *(value,) * 8) for value in HOSTILE)],
        known_fields=tuple(FieldInfo(name or "model", "tag", is_number=False) for name in HOSTILE),
        known_values={"model": HOSTILE},
        answers=[Answer(hostile_table(), ESCAPES, 0.1, 9)],
    )
    standings = {name: Standing(ESCAPES, odd=Oddity.UNSEEN) for name in hostile_request(RowId(1, 1)).features}
    desk.standing_of = RequestContext(standings, {HOSTILE[0]: StageUsual(math.nan, math.inf)}, ESCAPES)
    desk.line = RawLine(ESCAPES.encode() + b"\xff\x9b31m" * 9, HOSTILE[6])
    return desk


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
        ("enter", "n"),
        ("enter", "b"),
        ("enter", "e"),
        ("enter", "e", "j", "enter"),
        ("enter", "enter", "o"),
        ("enter", "enter", "b"),
        ("enter", "enter", "w"),
        ("F", "space", "G"),
        ("F", "enter"),
        ("Q",),
        ("Q", "s"),
        ("Q", "enter", "f", "enter"),
        ("Q", "enter", "f", "enter", "v"),
        ("semicolon", "f", "tab"),
        ("semicolon", "f", "f5", "v"),
        ("L",),
        ("W",),
        ("slash",),
        ("slash", "m", "o", "d", "e", "l", "equals_sign", "down", "tab", "enter"),
    ],
)
async def test_no_value_breaks_out_of_any_screen(
    keys: tuple[str, ...], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bar, "PAUSE_SECONDS", 0.0)
    async with driving(hostile_desk(), NARROW) as pilot:
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

    app = IncidentConsole(FakeDesk(calm()), title=f"{HOSTILE[0]}{ESCAPES}", utc=lambda: NOW)
    async with app.run_test(size=WIDE) as pilot:
        await settle(pilot)
        assert_harmless(text_of(pilot))
