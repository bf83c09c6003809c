"""Handing over from wherever one is."""

from __future__ import annotations

import threading
from dataclasses import replace
from datetime import timedelta

import pytest
from textual.widgets import Input

from console.errors import ExportError
from console.model import Phase, Snapshot, Ticket
from console.model.handover import HandoverPlan, HandoverReceipt
from console.tui.alert.screen import AlertScreen
from console.tui.handover.dialog import HandoverDialog
from console.tui.overview.screen import OverviewScreen
from tests.tui.driving import NARROW, driving, press, text_of, toasts
from tests.tui.fakes import ERRORS, FakeDesk, hostile, incident, waiting


async def test_the_last_hours_are_handed_over_as_markdown() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "H")
        assert "12h" in text_of(pilot) and "/home/oncall/handover.md" in text_of(pilot)
        await press(pilot, "enter")
        assert toasts(pilot) == ["2 alerts (41.0 kB) handed over in /home/oncall/handover.md"]
        assert not isinstance(pilot.app.screen, HandoverDialog)
    assert desk.handed_over == [(HandoverPlan(span=timedelta(hours=12)), "/home/oncall/handover.md")]


async def test_on_an_alert_it_is_that_alert_and_a_key_makes_it_a_bundle() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "enter", "H", "up")
        assert "a bundle: rows, labels and queries too" in text_of(pilot)
        await press(pilot, "down", "up", "enter")
        assert toasts(pilot) == [
            "2 alerts, 10,577 rows (41.0 kB) handed over in /home/oncall/handover.tar.zst"
        ]
    ((plan, path),) = desk.handed_over
    assert plan.alert_ids == (ERRORS.alert_id,)
    assert path == "/home/oncall/handover.tar.zst"


async def test_a_filter_in_force_is_told_and_handed_on() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "slash", *"region=EU", "enter", "H")
        assert "only region=EU" in text_of(pilot)
        await press(pilot, "enter")
    ((plan, _),) = desk.handed_over
    assert [term.field for term in plan.filter.terms] == ["region"]


@pytest.mark.parametrize("span", ["soon", "0h", ""])
async def test_a_span_that_is_none_is_said_and_asked_again(span: str) -> None:
    desk = FakeDesk(waiting())
    async with driving(desk) as pilot:
        await press(pilot, "H")
        field = pilot.app.screen.query_one("#handover-span", Input)
        field.value = span
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, HandoverDialog)
        assert field.has_focus
        field.value = "30m"
        await press(pilot, "enter")
    ((plan, _),) = desk.handed_over
    assert plan.span == timedelta(minutes=30)


async def test_a_refusal_stays_in_the_dialog() -> None:
    desk = FakeDesk(incident(), failing={"hand_over": ExportError("/home: \x1b[31mno [room]")})
    async with driving(desk) as pilot:
        await press(pilot, "H", "enter")
        assert "Not written: /home: ␛[31mno [room]" in text_of(pilot)
        desk.failing.clear()
        await press(pilot, "enter")
        assert len(toasts(pilot)) == 1


async def test_without_a_suggestion_a_path_can_be_written_and_an_empty_one_writes_nothing() -> None:
    desk = FakeDesk(incident(), failing={"suggest_handover_path": ExportError("no home")})
    async with driving(desk) as pilot:
        await press(pilot, "H", "enter")
        assert isinstance(pilot.app.screen, HandoverDialog)
        await press(pilot, *"a.md", "enter")
    assert [path for _, path in desk.handed_over] == ["a.md"]


async def test_escape_takes_back_what_is_being_written_and_then_closes() -> None:
    desk = SlowDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "H")
        await pilot.press("enter")
        while desk.ticket is None:
            await pilot.pause(0.005)
        assert "esc cancels" in text_of(pilot)
        await press(pilot, "escape")
        assert desk.ticket.cancelled
        assert "Stopped; nothing was written" in text_of(pilot)
        await press(pilot, "escape")
        assert not isinstance(pilot.app.screen, HandoverDialog)
    assert desk.handed_over == []


async def test_the_top_line_tells_that_a_bundle_is_looked_at() -> None:
    async with driving(
        FakeDesk(replace(incident(), phase=Phase.KEPT, notices=("a bundle by ann",)))
    ) as pilot:
        assert "■ read-only" in text_of(pilot)
        assert "! a bundle by ann" in text_of(pilot)


async def test_in_a_bundle_nothing_is_asked_for_that_would_be_refused() -> None:
    desk = FakeDesk(replace(incident(), phase=Phase.KEPT))
    async with driving(desk) as pilot:
        for key in ("a", "z", "w", "u", "enter", "n", "l"):
            await press(pilot, key)
            assert isinstance(pilot.app.screen, OverviewScreen | AlertScreen), key
        assert len(toasts(pilot)) == 6
        assert all(told.startswith("Read-only: this is a bundle") for told in toasts(pilot))
    assert not desk.queued


async def test_hostile_alerts_are_shown_and_not_obeyed() -> None:
    desk = FakeDesk(hostile())
    async with driving(desk) as pilot:
        await press(pilot, "enter", "H", "enter")
        assert len(desk.handed_over) == 1


class SlowDesk(FakeDesk):
    """Writes until it is taken back."""

    def __init__(self, snapshot: Snapshot) -> None:
        super().__init__(snapshot)
        self.ticket: Ticket | None = None

    def hand_over(
        self,
        plan: HandoverPlan,
        path: str,
        ticket: Ticket,
        progress: object,
    ) -> HandoverReceipt:
        self.ticket = ticket
        taken_back = threading.Event()
        with ticket.heard_by(taken_back.set):
            taken_back.wait(10)
        raise ExportError("taken back")
