"""The filter: the bar in which it is written, the chips that tell of it, and what follows it."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.events import Paste
from textual.pilot import Pilot

from console.model import NO_FILTER, FieldInfo, Filter, Snapshot, Term, Ticket, View
from console.model.filter_text import parse_filter, spot_in
from console.tui.filter import bar
from console.tui.filter.bar import FilterBar, FilterInput
from console.tui.filter.chips import drawn, note_of
from console.tui.filter.completing import Offer, field_offers, known_fields, taken, value_offers
from console.tui.overview.screen import OverviewScreen
from console.tui.requests.screen import RequestsScreen
from console.tui.sources.screen import SourcesScreen
from console.tui.viewing import Viewing
from tests.tui.driving import NARROW, WIDE, driving, press, send, settle, text_of
from tests.tui.fakes import FIELDS_KNOWN, HOSTILE, FakeDesk, incident
from tests.tui.test_hostile import assert_harmless

FRAUD = parse_filter("model=fraud").filter


@pytest.fixture(autouse=True)
def no_pause(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(bar, "PAUSE_SECONDS", 0.0)


def filtered(snapshot: Snapshot, filter: Filter, matching: int | None = 412) -> Snapshot:
    return replace(snapshot, view=View(filter), matching=matching)


# --- completing ---------------------------------------------------------------------------------------


def offered(text: str) -> list[str]:
    return [one.text for one in field_offers(spot_in(text), known_fields(FIELDS_KNOWN))]


def test_fields_are_offered_by_their_beginning_first_and_by_short_names() -> None:
    assert offered("mo") == ["model", "version", "amount"]
    assert offered("a=b ver") == ["version"]
    assert offered("a=b model_v") == ["version"]
    assert offered("unt") == ["amount", "country"]
    assert offered("merch") == ['"merchant name"']
    assert offered("model=") == []
    assert offered('"mo') == []
    assert len(offered("")) == len(FIELDS_KNOWN)


def test_a_field_that_is_offered_by_another_name_gives_way_to_those_that_begin_as_they_are_written() -> None:
    known = [FieldInfo(name, "tag", is_number=False) for name in ("request_id", "region", "merged")]
    assert [one.text for one in field_offers(spot_in("re"), known_fields(known))] == ["region", "id"]


def test_an_offer_takes_the_place_of_what_was_being_written() -> None:
    field = Offer("version", "field", "=")
    assert taken("model=fraud ver", spot_in("model=fraud ver"), field) == "model=fraud version="
    values = value_offers(spot_in('country="D'), ["DE", "D K", "FR"])
    assert [one.text for one in values] == ["DE", '"D K"']
    assert taken('country="D', spot_in('country="D'), values[1]) == 'country="D K" '


def test_a_value_that_is_written_in_full_is_not_offered_again() -> None:
    assert value_offers(spot_in("model=fraud"), ["fraud"]) == ()
    assert len(value_offers(spot_in("model=fraud"), ["fraud", "fraud2"])) == 2


# --- chips --------------------------------------------------------------------------------------------


def test_chips_for_which_there_is_no_room_are_counted_and_the_note_stays() -> None:
    filter = parse_filter('model=fraud version=v3 status>=500 "timed out" region!=EU').filter
    note = note_of(View(filter), filtered(incident(), filter), obeyed=True)
    wide, narrow = drawn(filter, note, 160).plain, drawn(filter, note, 60).plain
    assert wide.rstrip().endswith("412 rows · c clears") and '"timed out"' in wide
    assert narrow.endswith("412 rows · c clears") and "more" in narrow and len(narrow) <= 60
    aside = (*note, (" · alerts are of all rows", "$dim"))
    assert drawn(filter, aside, 160).plain == f"{wide.rstrip()} · alerts are of all rows"
    assert drawn(filter, aside, 60).plain == narrow


def test_the_number_of_rows_is_that_of_the_filter_in_force() -> None:
    old = filtered(incident(), NO_FILTER, None)
    assert "reading" in str(note_of(View(FRAUD), old, obeyed=True))
    assert "412 rows" in str(note_of(View(FRAUD), filtered(incident(), FRAUD), obeyed=True))
    assert "not on this screen" in str(note_of(View(FRAUD), filtered(incident(), FRAUD), obeyed=False))


@pytest.mark.parametrize("value", HOSTILE, ids=range(len(HOSTILE)))
@pytest.mark.parametrize("width", [1, 20, 80])
def test_hostile_conditions_are_shown_and_not_obeyed(value: str, width: int) -> None:
    shown = drawn(Filter((parse_filter('a="b"').filter.terms[0], *hostile_terms(value))), (), width)
    assert "\x1b" not in shown.plain and shown.cell_length <= width


def hostile_terms(value: str) -> tuple[Term, ...]:
    term = parse_filter("a=b").filter.terms[0]
    return (replace(term, value=value), replace(term, field=value or "x"))


# --- what is shared -----------------------------------------------------------------------------------


def test_the_desk_is_told_of_a_new_view_once_and_earlier_filters_are_kept_latest_first() -> None:
    told: list[View] = []
    viewing = Viewing(told.append)
    other = parse_filter("status>=500").filter
    viewing.look(View(FRAUD))
    viewing.look(View(FRAUD))
    viewing.look(View(other))
    viewing.clear()
    viewing.look(View(FRAUD))
    assert told == [View(FRAUD), View(other), View(), View(FRAUD)]
    assert viewing.earlier == [FRAUD, other]


# --- driven by keys -----------------------------------------------------------------------------------


async def write(pilot: Pilot[None], text: str) -> None:
    """The text stands in the bar's line, as if it had been typed."""
    line = pilot.app.screen.query_one(FilterInput)
    line.value = text
    line.cursor_position = len(text)
    await settle(pilot)


async def apply(pilot: Pilot[None]) -> None:
    """Enter was pressed, and what came of it is painted."""
    await press(pilot, "enter")
    await settle(pilot)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_filter_is_written_counted_applied_and_cleared(size: tuple[int, int]) -> None:
    desk = FakeDesk(incident())
    async with driving(desk, size) as pilot:
        await press(pilot, "slash", "m", "o", "tab", "f", "tab")
        assert pilot.app.screen.query_one(FilterInput).value == "model=fraud "
        assert "1,203 rows" in text_of(pilot)
        assert desk.looked == []
        await apply(pilot)
        assert isinstance(pilot.app.screen, OverviewScreen)
        assert desk.looked == [View(FRAUD)]
        assert "model=fraud" in text_of(pilot) and "reading" in text_of(pilot)
        await send(pilot, desk, filtered(incident(), FRAUD))
        assert "412 rows · c clears" in text_of(pilot)
        await press(pilot, "c")
        assert desk.looked[-1] == View()
        assert "c clears" not in text_of(pilot)


async def test_a_time_in_the_filter_becomes_the_time_that_is_shown_and_the_filter_is_edited_later() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "slash")
        await write(pilot, "model=fraud -30m")
        await apply(pilot)
        assert desk.looked == [View(FRAUD, timedelta(minutes=30))]
        await press(pilot, "slash")
        assert pilot.app.screen.query_one(FilterInput).value == "model=fraud"
        await write(pilot, "status>=500")
        await apply(pilot)
        assert desk.looked[-1] == View(parse_filter("status>=500").filter, timedelta(minutes=30))


async def test_a_wrong_filter_says_why_and_stays() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "slash")
        await write(pilot, 'model=fraud note="a"b')
        assert "✗ position 21: a blank is missing after the quotes" in text_of(pilot)
        spans = pilot.app.screen.query_one(FilterInput)._value.spans
        assert [(span.start, span.style) for span in spans] == [(20, "underline")]
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, FilterBar)
        await write(pilot, "nonsense=1")
        assert "✗ no field, tag or feature is called 'nonsense'" in text_of(pilot)
        await press(pilot, "enter")
        assert isinstance(pilot.app.screen, FilterBar)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, OverviewScreen)
        assert desk.looked == []


async def test_what_is_pasted_cannot_command_the_terminal() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "slash")
        pilot.app.screen.query_one(FilterInput).post_message(Paste("a=\x1b]52;c;x\x07\u202eb"))
        await settle(pilot)
        assert pilot.app.screen.query_one(FilterInput).value == "a=␛]52;c;x␇‹U+202E›b"
        assert_harmless(text_of(pilot))


async def test_offers_are_chosen_with_the_arrows_and_taken_with_the_right_one() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "slash", *"model=")
        assert "› fraud" in text_of(pilot)
        await press(pilot, "down")
        assert "› churn" in text_of(pilot)
        await press(pilot, "right")
        assert pilot.app.screen.query_one(FilterInput).value == "model=churn "


async def test_earlier_filters_come_back_in_the_empty_line() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        for text in ("model=fraud", "status>=500"):
            await press(pilot, "slash")
            await write(pilot, text)
            await apply(pilot)
        await press(pilot, "c", "slash", "up")
        line = pilot.app.screen.query_one(FilterInput)
        assert line.value == "status>=500"
        await press(pilot, "up", "up")
        assert line.value == "model=fraud"
        await press(pilot, "down", "down")
        assert line.value == ""


async def test_what_was_asked_is_taken_back_when_one_types_on() -> None:
    tickets: list[Ticket] = []

    class Slow(FakeDesk):
        def matching(self, view: View, ticket: Ticket) -> int:
            tickets.append(ticket)
            return super().matching(view, ticket)

    async with driving(Slow(incident())) as pilot:
        await press(pilot, "slash")
        await write(pilot, "model=fraud")
        before = list(tickets)
        await write(pilot, "model=churn")
        assert before and all(ticket.cancelled for ticket in before)
        assert not tickets[-1].cancelled


async def test_a_screen_that_does_not_follow_the_filter_says_so_and_leads_to_the_list() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "s", "slash")
        await write(pilot, "model=fraud")
        await apply(pilot)
        assert isinstance(pilot.app.screen, RequestsScreen)
        assert desk.looked == [View(FRAUD)]
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, SourcesScreen)
        assert "not on this screen" in text_of(pilot)


async def test_hostile_fields_and_values_are_harmless_in_the_bar() -> None:
    desk = FakeDesk(incident())
    desk.known_fields = tuple(FieldInfo(value or "x", "tag", is_number=False) for value in HOSTILE)
    desk.known_values = {"model": HOSTILE}
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "slash")
        for place in range(len(HOSTILE)):
            await press(pilot, "down")
            assert_harmless(text_of(pilot))
            assert place >= 0
        await press(pilot, "tab")
        assert_harmless(text_of(pilot))
        await write(pilot, "model=")
        await press(pilot, "down", "tab")
        assert_harmless(text_of(pilot))
