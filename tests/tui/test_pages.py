"""Columns that do not fit come on further pages."""

from __future__ import annotations

import pytest
from textual.app import App, ComposeResult

from console.model import Answer, Table
from console.tui.predictions import facts_of
from console.tui.queries.pages import PagedGrid
from console.tui.theme import NIGHT
from tests.tui.driving import NARROW, WIDE, driving, press, text_of
from tests.tui.fakes import NOW, FakeDesk, incident

WIDE_TABLE = Table(
    ("ts", *(f"a_feature_{number}" for number in range(40))),
    tuple(
        (NOW, *(f"{row}-{number}" if number % 3 else number * row for number in range(40)))
        for row in range(9)
    ),
)


class OneGrid(App[None]):
    def compose(self) -> ComposeResult:
        yield PagedGrid(id="result-grid")

    def on_mount(self) -> None:
        self.register_theme(NIGHT)
        self.theme = NIGHT.name
        columns, rows = facts_of(WIDE_TABLE, NOW.date())
        grid = self.query_one(PagedGrid)
        grid.show_pages(rows, columns)
        grid.focus()


def shown(grid: PagedGrid) -> list[str]:
    return [grid.columns[slot.index].name for slot in grid._plan.slots]


@pytest.mark.parametrize("width", [30, 80, 160])
async def test_every_column_is_on_one_of_the_pages_and_the_first_one_on_all(width: int) -> None:
    async with OneGrid().run_test(size=(width, 12)) as pilot:
        await pilot.pause()
        grid = pilot.app.query_one(PagedGrid)
        await pilot.press("down", "down")
        pages = [shown(grid)]
        while grid.left_out:
            await pilot.press("right")
            pages.append(shown(grid))
            assert pages[-1][0] == "ts" and len(pages[-1]) > 1
            assert grid.cursor_place == 2
        assert sorted(name for page in pages for name in page if name != "ts") == sorted(
            WIDE_TABLE.columns[1:]
        )
        await pilot.press("right")
        assert shown(grid) == pages[-1] and grid.pages_told() == "columns before: ←"
        for page in reversed(pages[:-1]):
            await pilot.press("left")
            assert shown(grid) == page
        assert "←" not in grid.pages_told()


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_an_answer_says_how_many_columns_are_not_on_screen_and_the_key_for_them(
    size: tuple[int, int],
) -> None:
    desk = FakeDesk(incident(), answers=[Answer(WIDE_TABLE, "", 0.2, 500)])
    async with driving(desk, size) as pilot:
        await press(pilot, "Q", "j", "enter", "enter")
        assert "more columns: → ─" in text_of(pilot)
        await press(pilot, "right")
        assert "← → ─" in text_of(pilot) and "ts " in text_of(pilot)
        await press(pilot, "left")
        assert "more columns: → ─" in text_of(pilot)


def test_a_time_is_never_cut() -> None:
    columns, _ = facts_of(WIDE_TABLE, NOW.date())
    assert (columns[0].least, columns[1].least) == (0, 0)
    assert columns[2].least
