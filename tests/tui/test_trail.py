"""Where one was: the palette, breadcrumbs, and back and forward through the screens."""

from __future__ import annotations

import pytest

from console.model import Comparison, Filter, Term
from console.tui.alert.screen import AlertScreen
from console.tui.labels_list.screen import LabelsScreen
from console.tui.overview.screen import OverviewScreen
from console.tui.places import Place, Spot
from console.tui.queries.query import QueryScreen
from console.tui.queries.screen import QueriesScreen
from console.tui.request.screen import RequestScreen
from console.tui.sql.screen import SqlScreen
from console.tui.trail import MOST, Trail, Visit
from console.tui.widgets.crumbs import crumbs
from tests.tui.driving import driving, press, settle, text_of, toasts
from tests.tui.fakes import HOSTILE, FakeDesk, incident

MIDDLING = (100, 34)


def visit(*names: str) -> Visit:
    """A stack of screens that were opened with these."""
    return Visit(tuple(Place("screen", {"name": name}) for name in names))


# --- the trail --------------------------------------------------------------------------------------------


def test_one_goes_back_and_forward_and_a_new_way_forgets_what_lay_ahead() -> None:
    trail = Trail()
    first, alert, request, sql = visit("o"), visit("o", "a"), visit("o", "a", "r"), visit("o", "s")
    for one in (first, alert, request, first):
        trail.arrive(one)
    assert [trail.step(-1), trail.step(-1), trail.step(-1), trail.step(-1)] == [request, alert, first, None]
    assert trail.step(1) == alert
    trail.arrive(sql)
    assert trail.step(1) is None
    assert trail.step(-1) == alert


def test_arriving_where_one_is_already_is_no_visit() -> None:
    trail = Trail()
    trail.arrive(visit("o"))
    moved = Visit((Place("screen", {"name": "o"}, Spot({"grid": "7"})),))
    trail.arrive(moved)
    assert trail.step(-1) is None
    trail.arrive(visit("o", "a"))
    assert trail.step(-1) == moved


def test_only_so_many_visits_are_remembered() -> None:
    trail = Trail()
    for number in range(MOST + 20):
        trail.arrive(visit("o", str(number)))
    assert sum(trail.step(-1) is not None for _ in range(MOST + 20)) == MOST - 1


async def test_brackets_go_back_and_forward_through_the_screens_with_cursor_and_form() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, MIDDLING) as pilot:
        await press(pilot, "Q", "j", "enter", "f", "escape", "escape")
        assert isinstance(pilot.app.screen, OverviewScreen)
        await press(pilot, "L", "left_square_bracket")
        assert isinstance(pilot.app.screen, OverviewScreen)
        await press(pilot, "left_square_bracket")
        assert isinstance(pilot.app.screen, QueriesScreen)
        await press(pilot, "left_square_bracket")
        assert isinstance(pilot.app.screen, QueryScreen)
        assert "error_spikes" in text_of(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, QueriesScreen)


async def test_the_way_back_is_the_same_stack_of_screens() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, MIDDLING) as pilot:
        await press(pilot, "enter", "tab", "tab", "tab", "enter")
        if not isinstance(pilot.app.screen, RequestScreen):
            await press(pilot, "tab", "enter")
        assert isinstance(pilot.app.screen, RequestScreen)
        await press(pilot, "escape", "escape", *["left_square_bracket"] * 2)
        assert isinstance(pilot.app.screen, RequestScreen)
        kinds = [type(screen) for screen in pilot.app.screen_stack]
        assert kinds == [OverviewScreen, AlertScreen, RequestScreen]
        await press(pilot, *["right_square_bracket"] * 2)
        assert isinstance(pilot.app.screen, OverviewScreen)
        await press(pilot, "right_square_bracket")
        assert "nothing after this" in toasts(pilot)[-1]


# --- breadcrumbs ------------------------------------------------------------------------------------------


async def test_breadcrumbs_tell_the_way_here_where_there_is_a_line_for_them() -> None:
    async with driving(FakeDesk(incident()), MIDDLING) as pilot:
        assert "›" not in text_of(pilot)
        await press(pilot, "Q", "enter")
        assert "overview › queries › query spend_by_country" in text_of(pilot)
        await pilot.resize_terminal(80, 24)
        await settle(pilot)
        assert "›" not in text_of(pilot)


@pytest.mark.parametrize("width", [10, 20, 40, 200])
def test_breadcrumbs_fit_and_the_last_one_stays(width: int) -> None:
    names = ("overview", "alert drift amount", "requests", "request f-001")
    told = str(crumbs(names, width))
    assert told.endswith("request f-001")
    assert len(told) <= max(width, len("overview › … › request f-001"))


def test_hostile_names_in_breadcrumbs_are_shown_and_not_obeyed() -> None:
    for value in HOSTILE:
        told = str(crumbs(("overview", value[:5_000]), 80))
        assert "\x1b" not in told and "\x07" not in told and len(told) < 200


# --- the palette --------------------------------------------------------------------------------------------


async def test_the_palette_finds_queries_times_filters_themes_and_screens() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        viewing = pilot.app.screen.setting.viewing  # type: ignore[attr-defined]
        viewing.remember(Filter((Term("model", Comparison.IS, "fraud"),)))
        await press(pilot, "colon")
        app = pilot.app
        below = app.screen_stack[0]
        titles = [command.title for command in app.get_system_commands(below)]
        for expected in ("Query: error_spikes", "Time: 1 hour", "Filter: model=fraud", "Theme: console-day"):
            assert expected in titles
        for begins in ("SQL", "Queries", "Labels", "Sources", "Rejects", "Filter", "Help", "Where I was"):
            assert any(title.startswith(begins) for title in titles), begins
        assert len(titles) == len(set(titles))


async def test_a_query_of_the_palette_opens_with_its_form() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "ctrl+p", *"spend", "enter")
        await press(pilot, "enter") if not isinstance(pilot.app.screen, QueryScreen) else None
        assert isinstance(pilot.app.screen, QueryScreen)


@pytest.mark.parametrize(
    ("key", "kind"), [("semicolon", SqlScreen), ("Q", QueriesScreen), ("L", LabelsScreen)]
)
async def test_a_screen_is_opened_once_and_left_by_escape(key: str, kind: type) -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, key)
        assert isinstance(pilot.app.screen, kind)
        await press(pilot, key if key != "semicolon" else "f9", "escape")
        assert isinstance(pilot.app.screen, OverviewScreen)
