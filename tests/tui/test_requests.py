"""The list of requests that meet a view, driven by keys."""

from __future__ import annotations

import pytest

from console.errors import StoreError
from console.model import QueryCall, Table, Ticket, View
from console.model.filter_text import parse_filter
from console.tui.filter import bar
from console.tui.filter.bar import FilterInput
from console.tui.labels.acts import LabelContext
from console.tui.overview.screen import OverviewScreen
from console.tui.places import Surroundings
from console.tui.request.screen import RequestScreen
from console.tui.requests import screen as requests
from console.tui.requests.screen import PAGE_ROWS, RequestsScreen
from console.tui.screen import Setting
from tests.tui.driving import NARROW, WIDE, driving, grid_of, press, settle, text_of
from tests.tui.fakes import NOW, FakeDesk, incident

FRAUD = parse_filter("model=fraud").filter


class Paged(FakeDesk):
    """A desk that writes down the pages that it was asked for."""

    def __init__(self, stored: int = 1_203) -> None:
        super().__init__(incident())
        self.stored = stored
        self.pages: list[tuple[int, int]] = []

    def requests(self, call: QueryCall, offset: int, limit: int, ticket: Ticket) -> Table:
        self.pages.append((offset, limit))
        return super().requests(call, offset, limit, ticket)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_first_page_is_listed_and_says_of_how_many_it_is(size: tuple[int, int]) -> None:
    desk = Paged()
    async with driving(desk, size) as pilot:
        await press(pilot, "F")
        shown = text_of(pilot)
        assert isinstance(pilot.app.screen, RequestsScreen)
        assert "1–500 of 1,203" in shown
        assert "f-001203" in shown or size == NARROW
        assert desk.pages == [(0, PAGE_ROWS)]


async def test_more_are_read_at_the_end_until_there_are_no_more() -> None:
    desk = Paged()
    async with driving(desk) as pilot:
        await press(pilot, "F", "G")
        assert "1–1,000 of 1,203" in text_of(pilot)
        await press(pilot, "G")
        assert "1–1,203 of 1,203" in text_of(pilot)
        await press(pilot, "G", "G")
        assert [offset for offset, _ in desk.pages] == [0, 500, 1_000]
        assert len(grid_of(pilot, "#rows").rows) == 1_203


async def test_no_more_are_listed_than_a_person_looks_at_and_the_export_has_them_all(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(requests, "MOST_ROWS", 1_000)
    desk = Paged(5_000)
    async with driving(desk) as pilot:
        await press(pilot, "F", "G", "G", "G")
        assert "1–1,000 of 5,000, x exports all" in text_of(pilot)
        await press(pilot, "x")
        assert "5,000 rows" in text_of(pilot)
        await press(pilot, "enter")
        ((call, _, _),) = desk.exports
        assert call.params["row_limit"] == 10**9
        assert "row_offset" not in call.params


async def test_a_list_of_its_own_view_leaves_the_shared_one_alone(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar, "PAUSE_SECONDS", 0.0)
    desk = Paged()
    asked: list[View] = []

    def call(view: View) -> QueryCall:
        asked.append(view)
        return FakeDesk.requests_call(desk, view)

    desk.requests_call = call  # type: ignore[method-assign]
    async with driving(desk) as pilot:
        overview = pilot.app.screen
        assert isinstance(overview, OverviewScreen)
        own = View(FRAUD)
        pilot.app.push_screen(RequestsScreen(desk, overview.setting, own, LabelContext("alert-1")))
        await settle(pilot)
        assert "model=fraud" in text_of(pilot) and "1,203 rows · c clears" in text_of(pilot)
        await press(pilot, "slash")
        line = pilot.app.screen.query_one(FilterInput)
        assert line.value == "model=fraud"
        await press(pilot, *" -1h", "enter")
        await press(pilot, "c", "escape")
        assert [len(view.filter.terms) for view in asked] == [1, 1, 0]
        assert desk.looked == []
        assert "c clears" not in text_of(pilot)


async def test_a_row_is_opened_and_labels_know_the_slice() -> None:
    desk = Paged()
    async with driving(desk) as pilot:
        await press(pilot, "F", "space", "l", "1")
        ((draft,),) = desk.drafts
        assert draft.request_key == "f-001203"
        assert "predictions_in_time" in draft.query
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, RequestScreen)


async def test_nothing_that_meets_it_is_said() -> None:
    async with driving(Paged(0)) as pilot:
        await press(pilot, "F")
        assert "Requests  none" in text_of(pilot)


async def test_a_failure_is_told_and_the_list_is_read_again_on_request() -> None:
    desk = Paged()
    desk.failing["requests"] = StoreError("disk full: /x cannot be read")
    async with driving(desk) as pilot:
        await press(pilot, "F")
        assert "disk full" in text_of(pilot) and "r tries again" in text_of(pilot)
        desk.failing.clear()
        await press(pilot, "r")
        assert "1–500 of 1,203" in text_of(pilot) and "disk full" not in text_of(pilot)


async def test_esc_takes_back_what_is_being_read_and_only_then_leaves() -> None:
    tickets: list[Ticket] = []

    class Waiting(Paged):
        def requests(self, call: QueryCall, offset: int, limit: int, ticket: Ticket) -> Table:
            tickets.append(ticket)
            return super().requests(call, offset, limit, ticket)

    async with driving(Waiting()) as pilot:
        await press(pilot, "F")
        screen = pilot.app.screen
        assert isinstance(screen, RequestsScreen)
        screen.action_load()
        screen.action_leave()  # before the answer is there
        await settle(pilot)
        assert tickets[-1].cancelled or len(tickets) == 1
        assert pilot.app.screen is screen
        assert "not read · r reads them" in text_of(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, OverviewScreen)


def test_a_list_can_be_made_again_from_what_it_was_opened_with() -> None:
    desk = Paged()
    setting = Setting("x", lambda: NOW)
    listed = RequestsScreen(desk, setting, View(FRAUD), LabelContext("alert-1"))
    again = RequestsScreen.again(Surroundings(desk, setting, incident()), listed.opened_with())
    assert again is not None and again.opened_with() == listed.opened_with()
    shared = RequestsScreen(desk, setting)
    assert "view" not in shared.opened_with()
