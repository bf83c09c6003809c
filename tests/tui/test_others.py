"""The alerts of one cause: from the one that is listed to each of the others, and back."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.model import Alert, Said, Snapshot
from console.tui.alert.others import Found, find_alert
from console.tui.alert.screen import AlertScreen
from console.tui.places import Surroundings
from console.tui.screen import Setting
from tests.tui.driving import NARROW, WIDE, driving, grid_of, press, send, text_of
from tests.tui.fakes import DRIFT, ERRORS, HOSTILE, NOW, SLOW, UNSEEN, FakeDesk, incident

FOLLOWER = replace(UNSEEN, model="fraud")


def together(*also: Alert) -> Snapshot:
    """One alert on the overview, which these have the same cause as."""
    return replace(incident(), alerts=(replace(ERRORS, also=also), SLOW))


def screen_of(pilot: object) -> AlertScreen:
    screen = pilot.app.screen  # type: ignore[attr-defined]
    assert isinstance(screen, AlertScreen)
    return screen


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_each_alert_of_the_same_cause_has_its_own_page_and_back_leads_to_the_list(
    size: tuple[int, int],
) -> None:
    async with driving(FakeDesk(together(DRIFT, FOLLOWER)), size) as pilot:
        await press(pilot, "enter")
        assert "Of the same cause  2" in text_of(pilot) and grid_of(pilot, "#rows").has_focus
        await press(pilot, "o")
        assert "2, not listed beside it · ⏎ opens one" in text_of(pilot)
        assert "unseen categories" in text_of(pilot)
        await press(pilot, "j", "enter")
        assert screen_of(pilot).alert == FOLLOWER
        shown = text_of(pilot)
        assert "● INFO  unseen categories · fraud · country" in shown
        assert "of the same cause as error spikes fraud" in shown
        assert screen_of(pilot).way_here()[1:] == (
            "alert error spikes fraud",
            "alert unseen categories country",
        )
        assert "Of the same cause" not in shown
        await press(pilot, "escape")
        assert screen_of(pilot).alert.alert_id == ERRORS.alert_id
        assert grid_of(pilot, "#others-grid").cursor_key == FOLLOWER.alert_id
        assert grid_of(pilot, "#others-grid").has_focus
        await press(pilot, "o")
        assert grid_of(pilot, "#rows").has_focus


async def test_the_cause_is_told_even_below_a_title_of_four_lines() -> None:
    long = replace(DRIFT, latest=replace(DRIFT.latest, summary="amount has moved from " + "word " * 24))
    async with driving(FakeDesk(together(long)), NARROW) as pilot:
        await press(pilot, "enter", "o", "enter")
        assert "of the same cause as error spikes fraud" in text_of(pilot)


async def test_what_is_asked_on_the_page_of_another_is_asked_of_that_one() -> None:
    asked: list[str] = []

    class Desk(FakeDesk):
        def evidence(self, alert: Alert, ticket: object) -> object:  # type: ignore[override]
            asked.append(alert.alert_id)
            return super().evidence(alert, ticket)  # type: ignore[arg-type]

    async with driving(Desk(together(DRIFT))) as pilot:
        await press(pilot, "enter", "o", "enter")
        assert asked == [ERRORS.alert_id, DRIFT.alert_id]


async def test_what_people_say_on_the_page_of_another_they_say_of_the_one_that_is_listed() -> None:
    class Desk(FakeDesk):
        def said_of(self, alert_id: str) -> list[Said]:
            return [Said("note", "ada@host", NOW, "rolled back")] if alert_id == ERRORS.alert_id else []

    desk = Desk(together(DRIFT))
    async with driving(desk, WIDE) as pilot:
        await press(pilot, "enter", "o", "enter")
        assert "rolled back" in text_of(pilot)
        await press(pilot, "a", "enter")
        assert [one[:2] for one in desk.said] == [("ack", ERRORS.alert_id)]
        await press(pilot, "e")
        assert "rolled back" in text_of(pilot)


async def test_the_page_of_another_follows_the_snapshots_and_stays_when_its_cause_changes() -> None:
    desk = FakeDesk(together(DRIFT))
    async with driving(desk) as pilot:
        await press(pilot, "enter", "o", "enter")
        worse = replace(DRIFT, latest=replace(DRIFT.latest, summary="amount has moved on"))
        await send(pilot, desk, together(worse))
        assert "amount has moved on" in text_of(pilot)
        await send(pilot, desk, replace(incident(), alerts=(worse,)))
        assert "of the same cause" not in text_of(pilot)
        await send(pilot, desk, replace(incident(), alerts=()))
        assert screen_of(pilot).alert == worse


async def test_one_that_is_not_known_any_more_is_not_opened() -> None:
    desk = FakeDesk(together(DRIFT))
    async with driving(desk) as pilot:
        await press(pilot, "enter", "o")
        await send(pilot, desk, replace(incident(), alerts=()))
        await press(pilot, "enter")
        assert screen_of(pilot).alert.alert_id == ERRORS.alert_id


async def test_an_alert_alone_has_no_such_pane_and_no_key_for_it() -> None:
    async with driving(FakeDesk(incident()), WIDE) as pilot:
        await press(pilot, "enter", "o")
        assert "Of the same cause" not in text_of(pilot) and "oothers" not in text_of(pilot)
        assert grid_of(pilot, "#rows").has_focus


async def test_what_the_others_are_told_by_is_never_obeyed() -> None:
    hostile = tuple(
        replace(
            DRIFT,
            alert_id=str(n),
            latest=replace(DRIFT.latest, summary=text),
            worst=replace(DRIFT.worst, summary=text),
        )
        for n, text in enumerate(HOSTILE)
    )
    async with driving(FakeDesk(together(*hostile)), NARROW) as pilot:
        await press(pilot, "enter")
        assert "Of the same cause  14: [bold red]" in text_of(pilot)
        await press(pilot, "o", "G")
        assert "\x1b" not in text_of(pilot)


def test_an_alert_is_found_by_its_id_wherever_it_stands() -> None:
    snapshot = together(DRIFT)
    listed = snapshot.alerts[0]
    assert find_alert(snapshot, ERRORS.alert_id) == Found(listed, listed)
    assert find_alert(snapshot, DRIFT.alert_id) == Found(DRIFT, listed)
    assert find_alert(snapshot, None) is None and find_alert(snapshot, "gone") is None


def test_the_page_of_another_is_a_place_that_one_comes_back_to() -> None:
    around = Surroundings(FakeDesk(), Setting("x", lambda: NOW), together(DRIFT))
    screen = AlertScreen.again(around, {"alert": DRIFT.alert_id})
    assert isinstance(screen, AlertScreen)
    assert (screen.alert, screen.listed.alert_id) == (DRIFT, ERRORS.alert_id)
    assert screen.opened_with()["alert"] == DRIFT.alert_id


def test_one_that_became_listed_itself_is_told_by_what_was_said_of_it() -> None:
    later = replace(DRIFT, last_seen=NOW + timedelta(minutes=1))
    assert find_alert(replace(incident(), alerts=(later,)), DRIFT.alert_id) == Found(later, later)
