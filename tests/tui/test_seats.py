"""Who else is here, in words."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.model import Seat
from console.tui.safe import visible
from console.tui.seats import changes, name_of
from tests.tui.driving import NARROW, driving, grid_of, press, send, text_of, toasts
from tests.tui.fakes import HOSTILE, NOW, FakeDesk, calm, incident

OWN = Seat("ada@oncall-1", 7, NOW, True, "overview", "oncall-1")
ANA = Seat("ana@prod-1", 41, NOW - timedelta(hours=1), False, "alert drift amount", "prod-1")
BOB = Seat("bob", 42, NOW, False, "", "prod-2")


def test_who_comes_and_goes_is_told() -> None:
    assert changes((), (OWN, ANA)) == ["ana@prod-1 is here too: alert drift amount"]
    assert changes((OWN, ANA), (OWN, ANA, BOB)) == ["bob on prod-2 is here too"]
    assert changes((OWN, ANA, BOB), (OWN, BOB)) == ["ana@prod-1 has left"]


def test_who_goes_on_to_something_else_has_not_come_anew() -> None:
    assert changes((OWN, ANA), (replace(OWN, doing="request"), replace(ANA, doing="overview"))) == []


def test_one_person_with_two_consoles_is_there_twice() -> None:
    assert changes((OWN, ANA), (OWN, ANA, replace(ANA, pid=43))) == [
        "ana@prod-1 is here too: alert drift amount"
    ]


def test_a_crowd_is_counted() -> None:
    crowd = tuple(replace(BOB, pid=number) for number in range(9))
    assert changes((OWN,), (OWN, *crowd))[-1] == "6 more are here too"


async def test_everybody_is_listed_oneself_first() -> None:
    desk = FakeDesk(replace(incident(), seats=(BOB, ANA, OWN)))
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "W")
        rows = [[cell.text for cell in row.cells[:2]] for row in grid_of(pilot, "#seats-grid").rows]
        assert rows == [
            ["ada@oncall-1 (you)", "overview"],
            ["ana@prod-1", "alert drift amount"],
            ["bob on prod-2", "—"],
        ]
        assert "ana@prod-1" in text_of(pilot) and "alert drift amount" in text_of(pilot)
        await press(pilot, "escape")
        assert len(pilot.app.screen_stack) == 1


async def test_a_list_of_hostile_names_shows_them_as_they_are() -> None:
    seats = tuple(Seat(value, 10**9, NOW, False, value, value) for value in HOSTILE)
    async with driving(FakeDesk(replace(calm(), seats=seats)), NARROW) as pilot:
        await press(pilot, "W")
        assert "\x1b" not in text_of(pilot)
        assert "[bold red]red" in text_of(pilot)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_hostile_name_stays_short_and_plain(value: str) -> None:
    seat = Seat(value, 1, NOW, False, value, value)
    for words in (*changes((), (seat,)), name_of(seat)):
        assert words == visible(words) and len(words) < 200


async def test_a_notice_says_who_comes_and_others_are_told_what_one_looks_at() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await send(pilot, desk, replace(incident(), seats=(OWN, ANA)))
        assert toasts(pilot) == ["ana@prod-1 is here too: alert drift amount"]
        assert desk.doing[-1] == "overview"
        await press(pilot, "enter")
        await send(pilot, desk, replace(incident(), seats=(OWN, ANA)))
        assert desk.doing[-1] == "alert error spikes fraud"
        assert len(toasts(pilot)) == 1


async def test_labels_that_another_seat_gives_are_looked_up() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await send(pilot, desk, replace(incident(), labels_version=1))
        before = desk.asked.count("labels")
        await send(pilot, desk, replace(incident(), labels_version=1))
        assert desk.asked.count("labels") == before
        await send(pilot, desk, replace(incident(), labels_version=2))
        assert desk.asked.count("labels") == before + 1
