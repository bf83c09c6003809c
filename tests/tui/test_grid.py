"""A table that can be read while it changes."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual.app import App, ComposeResult
from textual.geometry import Region

from console.tui.safe import Cell
from console.tui.theme import ANSI, NIGHT, role_defaults
from console.tui.widgets.columns import Column
from console.tui.widgets.grid import Grid
from console.tui.widgets.gridlines import GridRow

COLUMNS = (Column("n", "number", right=True), Column("word", "word", least=4))


def row(number: int, word: str = "w", style: str = "") -> GridRow:
    return GridRow(number, (Cell(str(number)), Cell(f"{word}{number}")), style)


class OneGrid(App[None]):
    CSS = "Grid { height: 6; }"

    def __init__(self, rows: Sequence[GridRow]) -> None:
        super().__init__()
        self.register_theme(NIGHT)
        self.theme = NIGHT.name
        self._rows = rows
        self.opened: list[object] = []

    def get_theme_variable_defaults(self) -> dict[str, str]:
        return role_defaults(NIGHT)

    def compose(self) -> ComposeResult:
        yield Grid(COLUMNS, markable=True)

    def on_mount(self) -> None:
        grid = self.query_one(Grid)
        grid.show(self._rows)
        grid.focus()

    def on_grid_opened(self, event: Grid.Opened) -> None:
        self.opened.append(event.key)


def lines(grid: Grid) -> list[str]:
    return [grid.render_line(y).text.rstrip() for y in range(grid.size.height)]


async def test_keys_move_the_cursor_and_scroll() -> None:
    app = OneGrid([row(number) for number in range(50)])
    async with app.run_test(size=(40, 12)) as pilot:
        grid = app.query_one(Grid)
        for keys, key in (
            ("j", 1),
            ("k", 0),
            ("k", 0),
            ("G", 49),
            ("g", 0),
            ("ctrl+d", 2),
            ("pagedown", 7),
            ("ctrl+u", 5),
            ("pageup", 0),
            ("down", 1),
            ("up", 0),
        ):
            await pilot.press(keys)
            assert grid.cursor_key == key, keys


async def test_the_cursor_is_always_in_view() -> None:
    app = OneGrid([row(number) for number in range(50)])
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("G")
        grid = app.query_one(Grid)
        assert lines(grid)[-1].startswith("▌")
        assert "w49" in lines(grid)[-1]
        assert lines(grid)[0].split() == ["number", "word"]


async def test_cursor_scroll_and_marks_stay_with_their_rows() -> None:
    app = OneGrid([row(number) for number in range(50, 0, -1)])
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press(*["j"] * 20, "space", "k")
        grid = app.query_one(Grid)
        before, key, marked = lines(grid), grid.cursor_key, grid.marked
        grid.show([row(number) for number in range(57, 4, -1)])
        await pilot.pause()
        assert lines(grid) == before
        assert (grid.cursor_key, grid.marked) == (key, marked)


async def test_a_row_that_is_gone_takes_its_mark_along_and_leaves_the_cursor_near() -> None:
    app = OneGrid([row(number) for number in range(10)])
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("G", "space")
        grid = app.query_one(Grid)
        grid.show([row(number) for number in range(5)])
        await pilot.pause()
        assert grid.marked == frozenset()
        assert grid.cursor_key == 4
        grid.show([])
        await pilot.pause()
        assert grid.cursor_key is None
        await pilot.press("j", "enter", "space", "G")
        assert app.opened == []


async def test_only_rows_that_differ_are_painted() -> None:
    app = OneGrid([row(number) for number in range(4)])
    async with app.run_test(size=(40, 12)):
        grid = app.query_one(Grid)
        asked: list[Region] = []
        original = grid.refresh

        def counting(*regions: Region, **how: bool) -> Grid:
            asked.extend(regions)
            return original(*regions, **how)

        grid.refresh = counting  # type: ignore[method-assign]
        grid.show([row(number) for number in range(4)])
        assert asked == []
        grid.show([row(0), row(1, "x"), row(2), row(3)])
        assert len(asked) == 1
        assert asked[0].y == 2


async def test_space_marks_and_moves_on_and_marks_again_to_take_back() -> None:
    app = OneGrid([row(number) for number in range(4)])
    async with app.run_test(size=(40, 12)) as pilot:
        grid = app.query_one(Grid)
        await pilot.press("space", "space")
        assert list(grid.chosen) == [0, 1]
        assert [line[:2] for line in lines(grid)[1:4]] == [" •", " •", "▌ "]
        await pilot.press("k", "space")
        assert list(grid.chosen) == [0]


async def test_enter_and_a_double_click_open_the_row() -> None:
    app = OneGrid([row(number) for number in range(4)])
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.press("j", "enter")
        await pilot.click(Grid, offset=(5, 4), times=2)
        assert app.opened == [1, 3]


async def test_a_click_moves_the_cursor() -> None:
    app = OneGrid([row(number) for number in range(4)])
    async with app.run_test(size=(40, 12)) as pilot:
        await pilot.click(Grid, offset=(5, 3))
        assert app.query_one(Grid).cursor_key == 2
        await pilot.click(Grid, offset=(5, 0))
        assert app.query_one(Grid).cursor_key == 2


async def test_columns_only_grow_so_that_nothing_jumps() -> None:
    app = OneGrid([row(1, "a long word ")])
    async with app.run_test(size=(60, 12)) as pilot:
        grid = app.query_one(Grid)
        before = lines(grid)[0]
        grid.show([row(1, "w")])
        await pilot.pause()
        assert lines(grid)[0] == before


@pytest.mark.parametrize("word", ["漢字" * 30, "é" * 50, "e\u0301" * 50, "👩" * 40, "a\tb" * 40])
async def test_a_line_is_exactly_as_wide_as_the_grid(word: str) -> None:
    app = OneGrid([GridRow(0, (Cell("1"), Cell(word)))])
    async with app.run_test(size=(37, 12)):
        grid = app.query_one(Grid)
        assert all(grid.render_line(y).cell_length == grid.size.width for y in range(4))


async def test_the_row_of_the_cursor_is_reversed_whole_where_the_theme_has_no_colour_for_it() -> None:
    app = OneGrid([GridRow(n, (Cell(str(n), "$error"), Cell("w", "$dim"))) for n in range(2)])
    app.register_theme(ANSI)
    async with app.run_test(size=(40, 12)) as pilot:
        grid = app.query_one(Grid)
        looks = {segment.style for segment in grid.render_line(1)}
        assert not any(style and style.reverse for style in looks)
        app.theme = ANSI.name
        await pilot.pause()
        current, other = list(grid.render_line(1)), list(grid.render_line(2))
        assert all(segment.style and segment.style.reverse for segment in current)
        assert len({segment.style for segment in current}) == 1
        assert not any(segment.style and segment.style.reverse for segment in other)
