"""Looking after alerts: acknowledge, snooze, and how the others see it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest

from console.errors import CasebookError
from console.model import Alert, Handling, Snapshot
from console.tui.handling.dialog import AcknowledgeDialog, SnoozeDialog
from console.tui.handling.words import handled_words
from console.tui.safe import cut
from console.tui.severity import in_order
from tests.tui.driving import NARROW, WIDE, driving, grid_of, press, send, text_of, toasts
from tests.tui.fakes import DRIFT, ERRORS, HOSTILE, NOW, OVER, SLOW, UNSEEN, FakeDesk, calm, incident

ACK = Handling(True, None, "rolling back v3", "anna@oncall-2", NOW)
SNOOZED = Handling(False, NOW + timedelta(hours=2), "fixed at noon", "bob@oncall-1", NOW)


def handled(one: Alert, handling: Handling = ACK) -> Snapshot:
    """The incident, in which somebody has handled one of the alerts."""
    before = incident()
    alerts = tuple(replace(a, handling=handling) if a == one else a for a in before.alerts)
    return replace(before, alerts=alerts)


async def test_an_alert_is_acknowledged_on_the_overview() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "a")
        assert isinstance(pilot.app.screen, AcknowledgeDialog)
        assert "Acknowledge error spikes · fraud  v3 in EU: 35 % errors" in text_of(pilot)
        await press(pilot, *"mine", "enter")
        assert toasts(pilot) == ["Acknowledged: error spikes"]
        assert not isinstance(pilot.app.screen, AcknowledgeDialog)
    assert desk.said == [("ack", ERRORS.alert_id, None, "mine")]


async def test_a_reason_may_be_left_out_and_escape_says_nothing() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "a", "escape", "z", "escape")
        assert desk.said == []
        await press(pilot, "j", "a", "enter")
    assert desk.said == [("ack", DRIFT.alert_id, None, "")]


async def test_an_alert_is_snoozed_for_a_while() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "z", "enter", "enter")
        await press(pilot, "z", *["backspace"] * 2, *"30m", "enter", *"at noon", "enter")
        assert toasts(pilot)[-1] == "Snoozed: error spikes"
    assert desk.said == [
        ("snooze", ERRORS.alert_id, timedelta(hours=1), ""),
        ("snooze", ERRORS.alert_id, timedelta(minutes=30), "at noon"),
    ]


@pytest.mark.parametrize("span", ["soon", "0m", ""])
async def test_a_span_that_is_none_stays_in_the_dialog(span: str) -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "z", *["backspace"] * 2, *span, "enter")
        assert isinstance(pilot.app.screen, SnoozeDialog)
        assert f"'{span}' is" in text_of(pilot)
        await press(pilot, *["backspace"] * 4, *"2h", "enter", "enter")
    assert desk.said == [("snooze", ERRORS.alert_id, timedelta(hours=2), "")]


async def test_an_empty_span_ends_a_snooze() -> None:
    desk = FakeDesk(handled(ERRORS, SNOOZED))
    async with driving(desk) as pilot:
        await press(pilot, "G", "k", "z")
        assert "empty: no longer" in text_of(pilot)
        await press(pilot, "enter")
        assert toasts(pilot) == ["Snoozed no longer: error spikes"]
    assert desk.said == [("unsnooze", ERRORS.alert_id, None, "")]


async def test_on_the_alert_screen_it_is_that_alert() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "j", "enter", "a", *"mine", "enter")
        assert desk.said == [("ack", DRIFT.alert_id, None, "mine")]
        await send(pilot, desk, handled(DRIFT))
        assert "ack anna: rolling back v3" in text_of(pilot)
        await send(pilot, desk, handled(DRIFT, SNOOZED))
        assert "snoozed to 04:14 by bob: fixed at noon" in text_of(pilot)


async def test_what_cannot_be_kept_is_told() -> None:
    desk = FakeDesk(incident(), failing={"acknowledge": CasebookError("the disk is full")})
    async with driving(desk) as pilot:
        await press(pilot, "a", "enter")
        assert toasts(pilot) == ["Not kept: the disk is full"]


async def test_what_another_seat_says_is_in_the_list_and_goes_behind_what_nobody_handles() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, WIDE) as pilot:
        assert "handled" not in text_of(pilot)
        await send(pilot, desk, handled(ERRORS))
        grid = grid_of(pilot, "#alert-grid")
        keys = [row.key for row in grid.rows]
        assert keys == [a.alert_id for a in (DRIFT, SLOW, UNSEEN, ERRORS, OVER)]
        assert grid.cursor_key == ERRORS.alert_id, "the cursor stays with its alert"
        shown = text_of(pilot)
        assert "ack anna" in shown
        assert "2 warning · 1 info · 1 handled · 1 resolved" in shown
        await send(pilot, desk, handled(ERRORS, SNOOZED))
        assert "snoozed to 04:14" in text_of(pilot)


async def test_it_is_seen_on_a_narrow_screen_too() -> None:
    async with driving(FakeDesk(handled(ERRORS)), NARROW) as pilot:
        await press(pilot, "G")
        assert "ack anna" in text_of(pilot)


def test_what_is_over_is_in_its_own_order_whoever_handled_it() -> None:
    over = replace(OVER, handling=ACK)
    later = replace(OVER, alert_id="later", began=OVER.began + timedelta(hours=1))
    assert in_order((over, later, UNSEEN)) == (UNSEEN, later, over)


async def test_without_an_alert_there_is_nothing_to_acknowledge() -> None:
    desk = FakeDesk(calm())
    async with driving(desk) as pilot:
        await press(pilot, "a", "z")
        assert not isinstance(pilot.app.screen, AcknowledgeDialog | SnoozeDialog)
        assert " ack" not in text_of(pilot)


async def test_among_the_requests_the_keys_of_alerts_do_nothing() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "tab", "a")
        assert not isinstance(pilot.app.screen, AcknowledgeDialog)


async def test_names_and_reasons_are_shown_and_never_obeyed() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "enter")
        for hostile in HOSTILE:
            said = replace(ACK, author=hostile, reason=hostile)
            await send(pilot, desk, handled(ERRORS, said))
            assert f"ack {cut(hostile, 20)[:3]}" in text_of(pilot)
            assert "\x1b" not in text_of(pilot) + handled_words(said, NOW.date())


async def test_others_of_the_same_cause_are_told_beside_the_alert() -> None:
    also = tuple(
        replace(DRIFT, alert_id=str(number), worst=replace(DRIFT.worst, summary=f"summary {number}"))
        for number in range(5)
    )
    before = incident()
    alerts = tuple(replace(a, also=also) if a == ERRORS else a for a in before.alerts)
    async with driving(FakeDesk(replace(before, alerts=alerts))) as pilot:
        assert "35 % errors against 0.4 % · and 5 more of it" in text_of(pilot)
        await pilot.resize_terminal(*NARROW)
        await press(pilot, "enter")
        assert "Of the same cause  5: summary 0 · summary 1 · summary 2 · 2 more" in text_of(pilot)
