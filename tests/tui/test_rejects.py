"""The rejects screen, driven by keys."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st
from rich.cells import cell_len

from console.errors import StoreError
from console.model import RejectRow
from console.tui.overview.screen import OverviewScreen
from console.tui.rejects.line import SHOWN_BYTES, drawn, size_words, summary
from console.tui.rejects.listed import reasons_words
from console.tui.rejects.screen import PAGE_ROWS, RejectsScreen, retried_words
from console.tui.sources.screen import SourcesScreen
from tests.tui.driving import NARROW, WIDE, driving, first_of, grid_of, press, send, text_of, toasts
from tests.tui.fakes import (
    FOLLOWED,
    HOSTILE,
    NOW,
    FakeDesk,
    calm,
    hostile,
    hostile_rejects,
    incident,
    rejected,
)
from tests.tui.test_hostile import assert_harmless


class Many(FakeDesk):
    """A desk with many rejects, which writes down the pages that it was asked for."""

    def __init__(self, number: int) -> None:
        super().__init__(replace(incident(), rejects=number, sources=(replace(FOLLOWED[0], rejects=number),)))
        self.rejected = [
            replace(rejected(place), source_id=1, offset=number - place) for place in range(number)
        ]
        self.pages: list[tuple[int | None, int, int]] = []

    def rejects(self, source_id: int | None, offset: int, limit: int) -> Sequence[RejectRow]:
        self.pages.append((source_id, offset, limit))
        return super().rejects(source_id, offset, limit)


@pytest.mark.parametrize("size", [NARROW, WIDE, (100, 30), (60, 16)])
async def test_rejects_are_listed_with_reason_and_line_and_counted_by_reason(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(incident()), size) as pilot:
        await press(pilot, "r")
        shown = text_of(pilot)
        assert isinstance(pilot.app.screen, RejectsScreen)
        assert "15, newest first · all sources" in shown
        assert "8 × not JSON: unexpected character" in shown
        assert "02:14:07" in shown
        assert '{"ts":"2026-11' in shown
        assert pilot.app.focused is grid_of(pilot, "#reject-grid")


async def test_the_line_is_shown_in_full_with_its_place_and_length() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "r", *["j"] * 7)
        shown = text_of(pilot)
        assert r'{"level":"info","msg":"model loaded \xff\xfe ␛[31mred␛[0m"}' in shown.split("Line")[1]
        assert f"/var/log/predictions/model-2.jsonl:411996381 · {rejected(7).length} bytes" in shown


async def test_a_long_line_says_how_long_it_is_and_how_much_of_it_is_shown() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "r", *["j"] * 8)
        assert "5,242,880 bytes, the first 4,096 shown, 65,049 kept" in text_of(pilot)
        await press(pilot, "tab", "G")
        assert text_of(pilot).count("x" * 100) > 3


async def test_no_rejects_is_good_news() -> None:
    async with driving(FakeDesk(calm(), rejected=[])) as pilot:
        await press(pilot, "r", "j", "G", "enter")
        assert "none: every line could be used" in text_of(pilot)
        assert not first_of(pilot, "#reject").display


# --- pages ----------------------------------------------------------------------------------------------


async def test_rejects_are_read_by_pages_as_one_comes_to_their_end() -> None:
    desk = Many(450)
    async with driving(desk) as pilot:
        await press(pilot, "r")
        assert desk.pages == [(None, 0, PAGE_ROWS)]
        assert "the newest 200 of 450" in text_of(pilot)
        await press(pilot, "j", "j")
        assert len(desk.pages) == 1
        await press(pilot, "G")
        grid = grid_of(pilot, "#reject-grid")
        assert desk.pages[1:] == [(None, 200, PAGE_ROWS)]
        assert len(grid.rows) == 400 and grid.cursor_place == 199
        await press(pilot, "G", "G", "G")
        assert desk.pages[2:] == [(None, 400, PAGE_ROWS)]
        assert "450, newest first" in text_of(pilot)
        assert len({row.key for row in grid.rows}) == 450


async def test_what_comes_meanwhile_is_neither_listed_twice_nor_moves_anything() -> None:
    desk = Many(450)
    async with driving(desk) as pilot:
        await press(pilot, "r", "j", "j")
        key = grid_of(pilot, "#reject-grid").cursor_key
        desk.rejected[:0] = [
            replace(rejected(0), source_id=1, offset=1_000 - place, at=NOW + timedelta(seconds=1))
            for place in range(250)
        ]
        more = replace(incident(), rejects=700, sources=(replace(FOLLOWED[0], rejects=700),))
        await send(pilot, desk, more)
        assert "250 new: r shows them" in text_of(pilot)
        assert grid_of(pilot, "#reject-grid").cursor_key == key
        await press(pilot, "G", "G", "k", "G", "k", "G")
        grid = grid_of(pilot, "#reject-grid")
        assert len({row.key for row in grid.rows}) == len(grid.rows) == 450
        await press(pilot, "r")
        assert "new:" not in text_of(pilot)
        assert "the newest 200 of 700" in text_of(pilot)


# --- one source or all ----------------------------------------------------------------------------------


async def test_a_switches_between_one_source_and_all() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "s", "enter")
        assert "5, newest first · /var/log/predictions/model-1.jsonl" in text_of(pilot)
        await press(pilot, "a")
        assert "15, newest first · all sources" in text_of(pilot)
        await press(pilot, "a")
        assert "5, newest first" in text_of(pilot)
        await press(pilot, "escape")
        assert isinstance(pilot.app.screen, SourcesScreen)


async def test_a_means_nothing_where_all_were_asked_for() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "r", "a")
        assert "15, newest first · all sources" in text_of(pilot)
        await press(pilot, "q")
        assert isinstance(pilot.app.screen, OverviewScreen)


# --- reading them again ---------------------------------------------------------------------------------


async def test_read_again_says_how_many_are_rows_now_and_lists_the_rest() -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "r", "R")
        assert "12 of 15 are rows now" in text_of(pilot)
        assert len(grid_of(pilot, "#reject-grid").rows) == 3


async def test_read_again_that_fails_says_why_and_can_be_tried_again() -> None:
    desk = FakeDesk(incident(), failing={"retry_rejects": StoreError("the disk is full: [/x]")})
    async with driving(desk) as pilot:
        await press(pilot, "r", "R")
        assert toasts(pilot) == ["Rejects cannot be read again: the disk is full: [/x]"]
        assert "15, newest first" in text_of(pilot)
        desk.failing.clear()
        await press(pilot, "R")
        assert "12 of 15 are rows now" in text_of(pilot)


def test_the_outcome_is_told_in_words() -> None:
    assert retried_words(0, 0) == "nothing to read again"
    assert retried_words(15, 0) == "0 of 15 are rows now"
    assert retried_words(1_500, 1) == "1 of 1,500 is a row now"


async def test_rejects_that_cannot_be_read_say_why_and_can_be_tried_again() -> None:
    desk = FakeDesk(incident(), failing={"rejects": StoreError("out of memory: give --memory")})
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "r")
        assert "cannot be read · r tries again" in text_of(pilot)
        assert "out of memory: give --memory" in text_of(pilot)
        await send(pilot, desk, replace(incident(), taken_at=NOW + timedelta(seconds=1)))
        assert "cannot be read · r tries again" in text_of(pilot)
        desk.failing.clear()
        await press(pilot, "r")
        assert "15, newest first" in text_of(pilot)
        assert "out of memory" not in text_of(pilot)


# --- bytes ----------------------------------------------------------------------------------------------


def test_bytes_that_are_no_text_are_shown_as_bytes_and_told_from_text() -> None:
    said = drawn(rb"a\xff" + b"\xff\x00\x1b\xc3\xa9\xe2\x80\xae")
    assert said.plain == r"a\xff" + r"\xff" + "␀␛é‹U+202E›"
    assert [(span.start, span.end) for span in said.spans if span.style == "bold $error"] == [(5, 9)]


def test_a_character_that_the_cut_goes_through_is_not_called_broken() -> None:
    line = b"x" * (SHOWN_BYTES - 1) + "é".encode()
    assert drawn(line).plain == "x" * (SHOWN_BYTES - 1)
    assert drawn("é".encode()[:1]).plain == r"\xc3"


@given(st.binary(max_size=300))
def test_any_bytes_make_harmless_text_that_keeps_every_byte(line: bytes) -> None:
    said = drawn(line).plain
    assert_harmless(said)
    assert said.count("\\x") >= len(line.decode("utf-8", "surrogateescape")) - len(
        line.decode("utf-8", "ignore")
    )
    assert_harmless(summary(line, 10**9))


def test_a_line_of_a_megabyte_costs_no_more_than_what_is_shown() -> None:
    assert len(drawn(b"\xff" * 1_000_000).plain) == 4 * SHOWN_BYTES
    assert len(summary(b"y" * 1_000_000, 1_000_000)) == 201


@pytest.mark.parametrize(
    ("kept", "length", "words"),
    [
        (1, 1, "1 byte"),
        (4_096, 4_096, "4,096 bytes"),
        (4_097, 4_097, "4,097 bytes, the first 4,096 shown"),
        (65_536, 5_000_000, "5,000,000 bytes, the first 4,096 shown, 65,536 kept"),
        (100, 200, "200 bytes, the first 100 shown"),
    ],
)
def test_a_length_says_what_is_shown_and_what_is_kept(kept: int, length: int, words: str) -> None:
    assert size_words(kept, length) == words


def test_a_length_of_a_masked_line_says_so() -> None:
    assert size_words(90, 70, masked=True) == "70 bytes, shown masked"
    assert size_words(0, 70, masked=True) == "70 bytes"


@given(
    st.lists(st.tuples(st.text(max_size=90), st.integers(1, 10**7)), max_size=30),
    st.integers(20, 200),
    st.integers(1, 4),
)
def test_the_strip_of_reasons_keeps_to_its_lines(
    reasons: list[tuple[str, int]], width: int, lines: int
) -> None:
    said = reasons_words(reasons, width, lines).plain.split("\n")
    assert len(said) <= lines
    assert all(cell_len(line) <= width for line in said)
    if reasons:
        assert said[0].startswith(f"{max(number for _, number in reasons):,}"[: width - 1])


def test_reasons_for_which_there_is_no_room_are_counted() -> None:
    many = [(f"reason number {place}", 100 - place) for place in range(30)]
    said = reasons_words(many, 78, 2).plain
    told = said.count("reason number")
    assert said.endswith(f"+ {30 - told} more reasons")


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_no_reject_breaks_out(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(hostile(), rejected=list(hostile_rejects())), size) as pilot:
        await press(pilot, "r")
        for _ in HOSTILE:
            assert_harmless(text_of(pilot))
            await press(pilot, "j")
        assert "\x1b]52" not in pilot.app.export_screenshot()
