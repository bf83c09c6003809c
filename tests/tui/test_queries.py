"""The screens of canned queries: choose one, fill it in, look at the answer, keep it."""

from __future__ import annotations

import json
import threading
from dataclasses import replace
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.widgets import Input

from console.errors import Interrupted, StoreError
from console.model import Answer, Comparison, Filter, QueryCall, RowId, Table, Term, Ticket
from console.tui.help.screen import HelpScreen
from console.tui.queries.query import QueryScreen, as_text, call_of, call_text
from console.tui.queries.result import extent, made_ready
from console.tui.queries.save import SaveDialog
from console.tui.queries.screen import QueriesScreen, about_words
from console.tui.queries.shapes import drawn, shapes_of
from console.tui.request.screen import RequestScreen
from tests.tui.driving import NARROW, WIDE, driving, grid_of, press, settle, text_of, toasts
from tests.tui.fakes import HOSTILE, NOW, QUERIES, FakeDesk, incident
from tests.tui.test_hostile import assert_harmless

HOURLY = Table(
    ("step_start", "rows", "errors", "source_id"),
    tuple((NOW + timedelta(hours=n), 100 * n, None if n == 2 else n, 1) for n in (3, 0, 1, 2)),
    {"rows": "requests"},
)
BY_COUNTRY = Table(
    ("country", "version", "share"), (("DE", "v1", 0.5), ("DE", "v2", 0.25), (None, "v1", -0.1))
)


# --- choosing and filling in ----------------------------------------------------------------------------


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_the_canned_queries_are_listed_with_what_they_answer(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(incident()), size) as pilot:
        await press(pilot, "Q")
        shown = text_of(pilot)
        assert isinstance(pilot.app.screen, QueriesScreen)
        assert "2 canned ones, 1 of yours (★)" in shown
        assert "spend_by_country" in shown and "Where does the money go?" in shown
        assert "takes  model, row_limit" in shown
        await press(pilot, "j")
        assert "takes  model, start, row_limit" in text_of(pilot)
        await press(pilot, "s")
        assert "queries/error_spikes.sql" in text_of(pilot)


async def test_a_query_is_filled_in_and_run_and_a_request_of_its_answer_opened() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "Q", "enter")
        assert "must be given" in text_of(pilot) and "varchar; which model" in text_of(pilot)
        assert desk.ran == []
        await press(pilot, "f", "r", "q", "enter")
        assert desk.ran == [QueryCall("spend_by_country", {"model": "frq"})]
        assert "5 rows, all of them · 0.04 s" in text_of(pilot)
        assert pilot.app.focused is grid_of(pilot, "#result-grid")
        await press(pilot, "j", "enter")
        assert isinstance(pilot.app.screen, RequestScreen)
        assert "2 of 5" in text_of(pilot)


async def test_while_one_types_no_key_is_shown_that_would_be_typed() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "Q", "enter")
        assert text_of(pilot).splitlines()[-1].split() == ["⇥", "pane", "esc", "back", "F1", "help"]
        await press(pilot, "slash", "question_mark")
        assert "/?" in text_of(pilot)
        await press(pilot, "f1")
        assert isinstance(pilot.app.screen, HelpScreen)


async def test_a_value_that_cannot_be_used_is_told_beside_its_field_and_nothing_is_run() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "Q", "j", "enter", "down", *"wrong", "enter")
        assert "✗ is no number" in text_of(pilot)
        assert desk.ran == []
        assert isinstance(pilot.app.focused, Input) and pilot.app.focused.value == "wrong"
        await press(pilot, *["backspace"] * 5, "minus", "1", "h", "up", "enter")
        assert desk.ran == [QueryCall("error_spikes", {"start": "-1h"})]
        assert "✗" not in text_of(pilot)


async def test_a_query_with_its_values_is_run_at_once_and_its_values_are_kept_as_they_were() -> None:
    desk = FakeDesk(incident())
    call = QueryCall(
        "error_spikes", {"start": NOW, "model": "fraud"}, Filter((Term("a", Comparison.IS, "b"),))
    )
    async with driving(desk) as pilot:
        pilot.app.push_screen(QueryScreen(desk, pilot.app.screen.setting, call))  # type: ignore[attr-defined]
        await settle(pilot)
        assert desk.ran == [call]
        assert NOW.isoformat() in text_of(pilot)
        await press(pilot, "e", "x", "enter")
        assert desk.ran[1] == replace(call, params={"start": NOW, "model": "fraudx"})


async def test_a_query_that_is_gone_says_so() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        screen = QueryScreen(desk, pilot.app.screen.setting, QueryCall("gone"))  # type: ignore[attr-defined]
        pilot.app.push_screen(screen)
        await settle(pilot)
        assert "there is no such query any more" in text_of(pilot)
        assert desk.ran == []


class Slow(FakeDesk):
    """A desk that answers only once it is taken back."""

    def run_query(self, call: QueryCall, ticket: Ticket) -> Answer:
        over = threading.Event()
        with ticket.heard_by(over.set):
            assert over.wait(10)
        raise Interrupted("taken back")


async def test_a_running_query_says_so_and_is_taken_back_by_escape() -> None:
    desk = Slow(incident())
    async with driving(desk) as pilot:
        screen = QueryScreen(desk, pilot.app.screen.setting, QueryCall("error_spikes"))  # type: ignore[attr-defined]
        pilot.app.push_screen(screen)
        while "esc cancels" not in text_of(pilot):
            await pilot.pause(0.005)
        await press(pilot, "escape")
        assert pilot.app.screen is screen
        assert "Stopped: there is no answer" in text_of(pilot)
        await press(pilot, "escape")
        assert pilot.app.screen is not screen


async def test_a_failure_is_told_and_the_query_can_be_run_again() -> None:
    desk = FakeDesk(incident(), failing={"run_query": StoreError("memory full: give more with --memory")})
    async with driving(desk) as pilot:
        await press(pilot, "Q", "j", "enter", "enter")
        assert "memory full: give more with --memory" in text_of(pilot)
        desk.failing.clear()
        await press(pilot, "enter")
        assert "memory full" not in text_of(pilot) and "5 rows, all of them" in text_of(pilot)


# --- the answer -------------------------------------------------------------------------------------------


async def test_the_answer_is_shown_as_charts_in_turn_and_as_rows_again() -> None:
    desk = FakeDesk(incident(), answers=[Answer(HOURLY, "", 0.2, 4)])
    async with driving(desk) as pilot:
        await press(pilot, "Q", "j", "enter", "enter", "v")
        assert "rows over step_start" in text_of(pilot) and "↑ 300" in text_of(pilot)
        await press(pilot, "v")
        assert "errors over step_start" in text_of(pilot)
        await press(pilot, "v")
        assert "over step_start" not in text_of(pilot) and "step_start" in text_of(pilot)


async def test_the_answer_is_written_to_a_file_whole() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await press(pilot, "Q", "j", "enter", "enter", "x")
        assert isinstance(pilot.app.screen, SaveDialog)
        assert "all rows of error_spikes" in text_of(pilot)
        await press(pilot, *["backspace"] * 7, *"csv", "enter")
        assert desk.saved == [(QueryCall("error_spikes"), "/home/oncall/error_spikes.csv")]
        assert "41,174 rows (182.0 kB) written to /home/oncall/error_spikes.csv" in toasts(pilot)[-1]


async def test_a_file_that_cannot_be_written_keeps_the_dialog_open() -> None:
    desk = FakeDesk(incident(), failing={"save_answer": StoreError("x.doc: end the name with .parquet")})
    async with driving(desk) as pilot:
        await press(pilot, "Q", "j", "enter", "enter", "x", "enter")
        assert "Not written: x.doc: end the name with .parquet" in text_of(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, QueryScreen)


async def test_a_row_is_copied_as_json() -> None:
    desk = FakeDesk(incident(), answers=[Answer(HOURLY, "", 0.2, 4)])
    async with driving(desk) as pilot:
        await press(pilot, "Q", "j", "enter", "enter", "j", "y")
        assert json.loads(pilot.app.clipboard) == {
            "step_start": str(NOW),
            "rows": 0,
            "errors": 0,
            "source_id": 1,
        }


async def test_a_row_that_is_no_request_opens_nothing() -> None:
    desk = FakeDesk(incident(), answers=[Answer(HOURLY, "", 0.2, 4)])
    async with driving(desk) as pilot:
        await press(pilot, "Q", "j", "enter", "enter", "enter")
        assert isinstance(pilot.app.screen, QueryScreen)
        assert "no request" in toasts(pilot)[-1]


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_hostile_values_of_an_answer_do_nothing(size: tuple[int, int]) -> None:
    rows = tuple((value, value[:50] + str(number), number) for number, value in enumerate(HOSTILE))
    desk = FakeDesk(incident(), answers=[Answer(Table((HOSTILE[0], HOSTILE[1], "n"), rows), "", 0.1, 99)])
    async with driving(desk, size) as pilot:
        await press(pilot, "Q", "j", "enter", "enter")
        assert_harmless(text_of(pilot))
        await press(pilot, "v")
        assert_harmless(text_of(pilot))


@pytest.mark.parametrize(
    ("rows", "limit", "truncated", "told"),
    [
        (0, 500, False, "no rows"),
        (1, 500, False, "1 row, all of them"),
        (500, 500, True, "first 500 of more, limit 500"),
        (37, 500, True, "first 37 of more, cut for their size"),
        (10_000, 10_000, True, "first 10,000 of more, limit 10,000, 2,000 shown"),
    ],
)
def test_how_much_of_an_answer_there_is_is_always_told(
    rows: int, limit: int, truncated: bool, told: str
) -> None:
    answer = Answer(Table(("n",), tuple((n,) for n in range(rows)), truncated=truncated), "", 0.1, limit)
    assert extent(answer) == told
    assert len(made_ready(answer, NOW.date()).rows) == min(rows, 2_000)


def test_rows_are_requests_where_their_place_is_told() -> None:
    table = Table(("source_offset", "source_id"), ((412, 1), (None, 1), ("x", 2)))
    assert made_ready(Answer(table, "", 0.1, 9), NOW.date()).requests == (RowId(1, 412), None, None)


# --- charts -------------------------------------------------------------------------------------------------


def test_times_and_numbers_suggest_a_line_in_order_of_time() -> None:
    rows, errors = shapes_of(HOURLY)
    assert (rows.title, errors.title) == ("rows over step_start", "errors over step_start")
    assert rows.values == (0, 100, 200, 300)
    assert errors.values == (0, 1, None, 3)
    assert list(rows.moments) == sorted(rows.moments)


def test_names_and_numbers_suggest_bars() -> None:
    (shape,) = shapes_of(BY_COUNTRY)
    assert shape.names == ("DE · v1", "DE · v2", "— · v1")
    lines = str(drawn(shape, 60, 10)).splitlines()
    assert lines[0].count("━") == 2 * lines[1].count("━") + 1
    assert "-0.1" in lines[2]


@pytest.mark.parametrize(
    "table",
    [
        Table((), ()),
        Table(("a",), ((1,), (2,))),
        Table(("t", "n"), ((NOW, 1), (NOW, 2))),
        Table(("name", "n"), (("a", 1), ("a", 2))),
        Table(("t", "flag"), ((NOW, True), (NOW + timedelta(1), False))),
        Table(("name", "n"), (("a", 1),)),
        Table(("name", "source_id"), (("a", 1), ("b", 2))),
    ],
)
def test_other_columns_suggest_nothing(table: Table) -> None:
    assert shapes_of(table) == ()


NUMBERS = st.one_of(st.none(), st.integers(), st.floats(), st.just(10**400))


@given(st.lists(NUMBERS, min_size=2, max_size=200), st.integers(0, 200), st.integers(0, 60), st.booleans())
@settings(max_examples=50, deadline=None)
def test_any_numbers_are_drawn_within_their_room(
    numbers: list[float | None], width: int, height: int, over_time: bool
) -> None:
    keys: list[object] = [
        datetime(2026, 1, 1, tzinfo=UTC) + timedelta(hours=n) if over_time else f"名 {n}"
        for n in range(len(numbers))
    ]
    for shape in shapes_of(Table(("k", "n"), tuple(zip(keys, numbers, strict=True)))):
        content = drawn(shape, width, height)
        lines = content.split("\n")
        assert len(lines) <= max(1, height)
        assert all(line.cell_length <= width for line in lines)


# --- calls as text ------------------------------------------------------------------------------------

VALUES = st.one_of(st.none(), st.booleans(), st.integers(), st.text(), st.lists(st.integers(), max_size=3))


@given(st.text(), st.dictionaries(st.text(), VALUES, max_size=4), st.text())
@settings(max_examples=50)
def test_a_call_is_known_again_from_its_text(query: str, params: dict[str, object], value: str) -> None:
    call = QueryCall(query, params, Filter((Term("f", Comparison.IS, value),)))
    assert call_of(call_text(call)) == call


def test_times_of_a_call_become_texts_that_read_as_times() -> None:
    again = call_of(call_text(QueryCall("q", {"start": NOW})))
    assert again is not None
    assert datetime.fromisoformat(str(again.params["start"])) == NOW


@pytest.mark.parametrize("text", ["", "{}", "[]", '{"query": 1, "params": {}, "view": ""}', '{"query": "a"}'])
def test_what_is_no_call_is_none(text: str) -> None:
    assert call_of(text) is None


def test_values_stand_in_the_form_as_one_would_type_them() -> None:
    assert [as_text(value) for value in (None, "a", True, 3, 0.5, [1, 2], NOW)] == [
        *("", "a", "true", "3", "0.5", "1,2"),
        "2026-11-02T02:14:07+00:00",
    ]


def test_a_query_that_raises_alerts_says_how_bad_they_are_and_how_often_it_is_asked() -> None:
    raising = replace(QUERIES[0], severity="critical", every="5m")
    assert "alerts critical, asked every 5m: each row is one" in about_words(raising).plain
    assert "alerts" not in about_words(QUERIES[0]).plain
