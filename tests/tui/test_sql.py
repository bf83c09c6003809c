"""The SQL screen: write, complete, run, take back, find again."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.pilot import Pilot

from console.errors import UsageError
from console.tui.sql.completing import columns_named, complete
from console.tui.sql.editor import Editor
from console.tui.sql.history import MOST, MOST_CHARACTERS, History
from console.tui.sql.screen import SqlScreen, place_of_error
from tests.tui.driving import NARROW, WIDE, driving, grid_of, press, settle, text_of
from tests.tui.fakes import FakeDesk, incident

RELATIONS = {
    "predictions": ("ts", "model", "latency_ms", "Odd name", 'a"b'),
    "prediction_slices": ("ts", "dimension"),
    "rejects": ("reason",),
}
KEYS = {" ": "space", ";": "semicolon", "_": "underscore", ".": "full_stop", "*": "asterisk"}


async def write(pilot: Pilot[None], *groups: str) -> None:
    """Each key was pressed, and what stands behind a `=` was written letter by letter."""
    for group in groups:
        if group.startswith("="):
            await pilot.press(*(KEYS.get(character, character) for character in group[1:]))
            await settle(pilot)
        else:
            await press(pilot, group)


def editor_of(screen: object) -> Editor:
    assert isinstance(screen, SqlScreen)
    return screen.editor


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_a_statement_is_run_by_enter_behind_its_semicolon(size: tuple[int, int]) -> None:
    desk = FakeDesk(incident())
    async with driving(desk, size) as pilot:
        await write(pilot, "semicolon")
        assert "one SELECT, read-only, the first 500 rows" in text_of(pilot)
        assert "from predictions  rejects" in text_of(pilot)
        await write(pilot, "=select 1", "enter", "=as q;", "enter")
        assert desk.ran == ["select 1\nas q;"]
        assert "5 rows, all of them" in text_of(pilot)
        assert pilot.app.focused is grid_of(pilot, "#result-grid")
        await write(pilot, "e", "ctrl+r")
        assert len(desk.ran) == 2


async def test_tab_completes_a_word_and_offers_those_that_are_possible() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await write(pilot, "semicolon", "=select lat", "tab", "= from pre", "tab")
        assert editor_of(pilot.app.screen).text == "select latency_ms from predictions"
        await write(pilot, "= where m", "tab")
        assert "⇥ model" in text_of(pilot)
        await write(pilot, "tab")
        assert editor_of(pilot.app.screen).text == "select latency_ms from predictions where model"
        await write(pilot, "tab")
        assert not editor_of(pilot.app.screen).text.endswith("model")


async def test_what_is_wrong_is_told_and_the_cursor_is_there() -> None:
    wrong = UsageError('column "lat" not found\n\nLINE 2:   lat\n          ^')
    desk = FakeDesk(incident(), failing={"run_sql": wrong})
    async with driving(desk, NARROW) as pilot:
        await write(pilot, "semicolon", "=select", "enter", "=  lat", "f5")
        assert 'column "lat" not found' in text_of(pilot)
        assert "LINE 2:   lat" in text_of(pilot)
        editor = editor_of(pilot.app.screen)
        assert editor.has_focus and editor.cursor_location == (1, 2)


async def test_rows_that_are_left_over_a_failure_are_told_to_be_of_what_was_asked_before() -> None:
    desk = FakeDesk(incident())
    async with driving(desk, NARROW) as pilot:
        await write(pilot, "semicolon", "=select 1;", "enter")
        assert "Result  5 rows" in text_of(pilot)
        desk.failing["run_sql"] = UsageError("no such column")
        await write(pilot, "e", "=x", "f5")
        assert "Result of what was asked before  5 rows" in text_of(pilot)
        await pilot.resize_terminal(100, 30)
        await settle(pilot)
        assert "Result of what was asked before  5 rows" in text_of(pilot)
        desk.failing.clear()
        await write(pilot, "f5")
        assert "Result  5 rows" in text_of(pilot)


async def test_earlier_statements_come_back_in_another_session() -> None:
    desk = FakeDesk(incident())
    async with driving(desk) as pilot:
        await write(pilot, "semicolon", "=select 41;", "enter", "escape")
        await write(pilot, "semicolon", "=draft", "f7")
        assert editor_of(pilot.app.screen).text == "select 41;"
        await write(pilot, "f8")
        assert editor_of(pilot.app.screen).text == "draft"


async def test_escape_leaves_and_the_way_back_has_the_statement_still() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await write(pilot, "semicolon", "=select 7", "escape")
        assert not isinstance(pilot.app.screen, SqlScreen)
        await write(pilot, "left_square_bracket")
        assert editor_of(pilot.app.screen).text == "select 7"


# --- completing -------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("before", "first"),
    [
        ("select la", "latency_ms"),
        ("select o", '"Odd name"'),
        ('select "a', '"a""b"'),
        ("select * from pre", "predictions"),
        ("from predictions p where predictions.m", "model"),
        ("from rejects where re", "reason"),
        ("from predictions gro", "group"),
        ("select quant", "quantile_cont("),
        ("SELECT LAT", "latency_ms"),
    ],
)
def test_the_likeliest_word_comes_first(before: str, first: str) -> None:
    assert complete(before, before, RELATIONS).words[0] == first


@pytest.mark.parametrize("before", ["", "select ", "select 1 +", "select zzz"])
def test_nothing_is_offered_where_nothing_was_begun_or_nothing_fits(before: str) -> None:
    assert complete(before, before, RELATIONS).words == ()


def test_words_go_on_as_far_as_they_are_alike() -> None:
    assert complete("from pred", "", RELATIONS).common == "prediction"


@given(st.text(max_size=40))
@settings(max_examples=50)
def test_any_text_can_be_completed(text: str) -> None:
    offer = complete(text, text, RELATIONS)
    assert text.endswith(offer.begun)
    assert all(
        word.strip('"').casefold().startswith(offer.begun.strip('"').casefold()) for word in offer.words
    )


# --- history ----------------------------------------------------------------------------------------


def test_statements_are_kept_for_their_owner_alone_each_once_and_not_too_many(tmp_path: Path) -> None:
    path = tmp_path / "state" / "sql-history"
    history = History(path)
    for number in range(MOST + 10):
        history.add(f"select {number}\n-- ü\x1b")
    history.add(f"select {MOST}\n-- ü\x1b")
    history.add("x" * (MOST_CHARACTERS + 1))
    assert stat.S_IMODE(path.stat().st_mode) == 0o600
    again = History(path).statements
    assert len(again) == MOST == len(set(again))
    assert again[-2:] == [f"select {MOST + 9}\n-- ü\x1b", f"select {MOST}\n-- ü\x1b"]
    assert [one.name for one in path.parent.iterdir()] == ["sql-history"]


def test_where_nothing_may_be_left_statements_are_known_and_not_written(tmp_path: Path) -> None:
    history = History(tmp_path / "state" / "sql-history")
    history.add("select 1", keep=False)
    assert history.step(-1, "") == "select 1"
    assert not list(tmp_path.iterdir())


def test_two_consoles_do_not_lose_each_others_statements(tmp_path: Path) -> None:
    one, other = History(tmp_path / "h"), History(tmp_path / "h")
    one.add("select 1")
    other.add("select 2")
    one.add("select 3")
    assert History(tmp_path / "h").statements == ["select 1", "select 2", "select 3"]


def test_a_file_that_is_broken_or_cannot_be_written_spoils_nothing(tmp_path: Path) -> None:
    path = tmp_path / "h"
    path.write_bytes(b'"select 1"\nnonsense\n7\n""\n\xff\n"select 2"\n')
    assert History(path).statements == ["select 1", "select 2"]
    (tmp_path / "file").write_text("")
    history = History(tmp_path / "file" / "h")
    history.add("select 3")
    assert history.step(-1, "") == "select 3"


def test_one_goes_back_and_forth_and_what_was_being_written_is_not_lost(tmp_path: Path) -> None:
    history = History(tmp_path / "h")
    assert history.step(-1, "draft") is None
    history.add("a")
    history.add("b")
    assert [history.step(-1, "draft"), history.step(-1, "b"), history.step(-1, "a")] == ["b", "a", None]
    assert [history.step(1, "a"), history.step(1, "b"), history.step(1, "draft")] == ["b", "draft", None]


@pytest.mark.parametrize(
    ("text", "place"),
    [
        ("syntax error\n\nLINE 1: selec 1\n        ^^^^^", (0, 0)),
        ("not found\n\nLINE 12:  foo\n          ^", (11, 1)),
        ("not found\n\nLINE 1: ...from far\n             ^", (0, 0)),
        ("memory full", None),
    ],
)
def test_the_place_of_what_is_wrong_is_found(text: str, place: tuple[int, int] | None) -> None:
    assert place_of_error(text) == place


# --- what is written, told apart ---------------------------------------------------------------------------


def looks(editor: Editor, line: int) -> dict[str, bool]:
    """Each piece of the line that has a look of its own -> whether it is bold."""
    text = editor.get_line(line)
    return {
        text.plain[span.start : span.end]: bool(getattr(span.style, "bold", False)) for span in text.spans
    }


async def test_words_strings_and_comments_of_a_statement_are_told_apart() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await write(pilot, "semicolon")
        editor = editor_of(pilot.app.screen)
        editor.text = "select 'a\nb' as [/x], 41 -- from\nFROM t"
        await settle(pilot)
        assert looks(editor, 0) == {"select": True, "'a": False}
        assert looks(editor, 1) == {"b'": False, "as": True, "41": False, "-- from": False}
        assert looks(editor, 2) == {"FROM": True}
        editor.text = "select " * 4_000
        assert looks(editor, 0) == {}


async def test_below_a_statement_stand_the_columns_of_what_it_selects_from() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await write(pilot, "semicolon")
        assert "from predictions" in text_of(pilot)
        await write(pilot, "=select * from predictions")
        assert "predictions has ts  model" in text_of(pilot)
        await write(pilot, "= x", "backspace", "backspace", "backspace")
        assert "predictions has" not in text_of(pilot)


@pytest.mark.parametrize(
    ("text", "named"),
    [
        ("", ("", ())),
        ("from predictionss", ("", ())),
        ("from rejects r", ("rejects", ("reason",))),
        ("from predictions p join rejects", ("rejects", ("reason",))),
        ("from predictions", ("predictions", ("ts", "model", "latency_ms", '"Odd name"', '"a""b"'))),
    ],
)
def test_the_columns_are_those_of_the_last_relation_that_is_named(
    text: str, named: tuple[str, tuple[str, ...]]
) -> None:
    assert columns_named(text, RELATIONS) == named
