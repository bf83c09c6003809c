"""Which time the overview shows, and the keys for another."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model import Comparison, Filter, Snapshot, Term, View
from console.tui.overview.ranges import (
    LEAST,
    SPANS,
    around,
    chosen_key,
    ending_now,
    live,
    panned,
    range_words,
    zoomed,
)
from tests.tui.driving import NARROW, driving, press, send, settle, text_of
from tests.tui.fakes import BASE, ERRORS, NOW, OVER, FakeDesk, incident, waiting

FIRST = NOW - timedelta(days=2)
HOUR = timedelta(hours=1)
FILTER = Filter((Term("model", Comparison.IS, "fraud"),))
PAUSED = View(FILTER, 4 * HOUR, NOW - 10 * HOUR)


def said(view: View, snapshot: Snapshot = BASE) -> str:
    return "".join(text for text, _ in range_words(view, snapshot, NOW.date()))


def pressed(key: str, view: View) -> View:
    """The view that a key leads to from this one."""
    match key:
        case "+" | "-":
            return zoomed(view, BASE, closer=key == "+")
        case "<" | ">":
            return panned(view, BASE, back=key == "<")
        case "0":
            return live(view)
        case "6":
            return around(view, ERRORS, NOW)
    return ending_now(view, next(span for known, _, span in SPANS if known == key))


@given(st.lists(st.sampled_from("+-<>0123456"), max_size=12))
@settings(max_examples=50)
def test_whatever_keys_are_pressed_the_time_is_one_that_there_is(keys: list[str]) -> None:
    view = View(FILTER)
    for key in keys:
        view = pressed(key, view)
        start, until = view.window(FIRST, NOW)
        assert FIRST <= start < until
        assert view.filter == FILTER
        assert view.span is None or view.span >= LEAST
        assert view.until is None or start < NOW


def test_zooming_keeps_the_middle_and_up_to_now_stays_up_to_now() -> None:
    closer = zoomed(PAUSED, BASE, closer=True)
    assert (closer.span, closer.until) == (2 * HOUR, NOW - 11 * HOUR)
    assert zoomed(closer, BASE, closer=False) == PAUSED
    assert zoomed(View(), BASE, closer=True) == View(span=12 * HOUR)
    assert zoomed(View(span=30 * HOUR), BASE, closer=False) == View(span=None)
    assert zoomed(View(span=LEAST), BASE, closer=True).span == LEAST


def test_one_pans_by_half_and_beyond_the_newest_row_it_is_live_again() -> None:
    back = panned(View(span=4 * HOUR), BASE, back=True)
    assert back.until is not None and abs(back.until - (NOW - 2 * HOUR)) < timedelta(seconds=1)
    assert panned(panned(back, BASE, back=False), BASE, back=False).until is None
    oldest = View(span=4 * HOUR, until=FIRST + 5 * HOUR)
    assert panned(oldest, BASE, back=True).window(FIRST, NOW)[0] == FIRST
    assert panned(panned(oldest, BASE, back=True), BASE, back=True).until == FIRST + 4 * HOUR
    assert panned(View(span=None), BASE, back=True) == View(span=None)


def test_around_an_alert_is_its_time_and_as_much_before_and_after() -> None:
    view = around(View(FILTER), OVER, NOW)
    length = OVER.last_seen - OVER.began
    assert view == View(FILTER, 3 * length, OVER.last_seen + length)
    open_one = around(View(), ERRORS, NOW)
    assert open_one.window(FIRST, NOW)[0] == ERRORS.began - (NOW - ERRORS.began)


def test_while_nothing_is_stored_there_is_nothing_to_zoom_into() -> None:
    assert zoomed(View(), waiting(), closer=True) == View()
    assert panned(View(), waiting(), back=True) == View()


@pytest.mark.parametrize(
    ("view", "words", "key"),
    [
        (View(), "24 h · to now", "4"),
        (View(span=None), "all · to now", "5"),
        (View(span=timedelta(minutes=15)), "15 min · to now", "1"),
        (View(span=48 * HOUR), "2 d · to now", ""),
        (PAUSED, "11-01 12:14–16:14 · paused, 0 live", ""),
        (View(span=LEAST, until=NOW), "02:13:07–02:14:07 · paused, 0 live", ""),
    ],
)
def test_the_time_is_said_in_words(view: View, words: str, key: str) -> None:
    assert said(view) == words
    assert chosen_key(view) == key


async def test_every_key_asks_for_its_time_and_keeps_the_filter() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        pilot.app.setting.viewing.look(View(FILTER))  # type: ignore[attr-defined]
        expected = View(FILTER)
        for key, wanted in (
            ("1", lambda view: ending_now(view, timedelta(minutes=15))),
            ("2", lambda view: ending_now(view, HOUR)),
            ("3", lambda view: ending_now(view, 6 * HOUR)),
            ("4", lambda view: ending_now(view, 24 * HOUR)),
            ("5", lambda view: ending_now(view, None)),
            ("6", lambda view: around(view, ERRORS, NOW)),
            ("less_than_sign", lambda view: panned(view, BASE, back=True)),
            ("plus", lambda view: zoomed(view, BASE, closer=True)),
            ("minus", lambda view: zoomed(view, BASE, closer=False)),
            ("greater_than_sign", lambda view: panned(view, BASE, back=False)),
            ("0", live),
        ):
            expected = wanted(expected)
            await press(pilot, key, "tab")  # whatever has the focus
            assert desk.looked[-1] == expected, key


async def test_another_time_is_told_as_under_way_until_it_is_drawn_and_escape_takes_it_back() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        drawn = desk.snapshot
        assert drawn is not None
        assert "[4 24 h]" in text_of(pilot)
        await press(pilot, "1")
        assert "15 min · to now · reading … esc cancels" in text_of(pilot)
        await press(pilot, "escape")
        assert desk.looked[-1] == View() and "[4 24 h]" in text_of(pilot)
        await press(pilot, "1")
        await send(pilot, desk, replace(drawn, view=desk.looked[-1]))
        assert "reading …" not in text_of(pilot) and "[1 15 min]" in text_of(pilot)


async def test_another_time_shows_its_requests_even_where_one_was_reading() -> None:
    desk = FakeDesk(incident(1_000))
    async with driving(desk) as pilot:
        await press(pilot, "tab", "j")
        assert "paused" in text_of(pilot)
        await press(pilot, "less_than_sign")
        until = desk.looked[-1].until
        await send(pilot, desk, replace(incident(2_000), view=desk.looked[-1]))
        assert until is not None and f"up to 11-01 {until:%H:%M:%S}" in text_of(pilot)
        assert "f-002000" in text_of(pilot)


async def test_without_an_alert_there_is_nothing_to_look_around() -> None:
    desk = FakeDesk(replace(incident(), alerts=()))
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "6")
        assert not desk.looked
        assert "no alert to look around" in text_of(pilot)


@pytest.mark.parametrize("size", [NARROW, (160, 48)])
async def test_a_click_on_a_range_chooses_it(size: tuple[int, int]) -> None:
    desk = FakeDesk(incident())
    async with driving(desk, size) as pilot:
        x = text_of(pilot).splitlines()[1].index("2 1")
        assert await pilot.click("#timeline", offset=(x, 0))
        await settle(pilot)
        assert desk.looked == [View(span=HOUR)]


async def test_help_lists_the_keys_for_another_time() -> None:
    async with driving(FakeDesk(incident()), (160, 60)) as pilot:
        await press(pilot, "question_mark")
        shown = text_of(pilot)
        for does in ("show the last 15 min", "show all that is stored", "show the time of the chosen alert"):
            assert does in shown
