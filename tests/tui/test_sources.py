"""The sources screen, driven by keys and snapshots."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from textual.geometry import Region

from console.model import SourceState, SourceStatus
from console.tui.overview.screen import OverviewScreen
from console.tui.rejects.screen import RejectsScreen
from console.tui.sources.ledger import ORDERS, age, in_order, per_cent, share_read, source_row
from console.tui.sources.screen import SourcesScreen, columns_sorted, sums_of
from console.tui.widgets.columns import Column
from console.tui.widgets.grid import Grid
from console.tui.widgets.gridlines import fitted
from tests.tui.driving import NARROW, WIDE, driving, first_of, grid_of, press, send, text_of
from tests.tui.fakes import FOLLOWED, HOSTILE, NOW, FakeDesk, incident, trouble, waiting
from tests.tui.test_hostile import assert_harmless


def ledger_of(pilot: object) -> Grid:
    return grid_of(pilot, "#source-grid")  # type: ignore[arg-type]


@pytest.mark.parametrize("size", [NARROW, WIDE, (100, 30), (60, 16)])
async def test_what_fails_comes_first_and_is_told_in_full(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(trouble()), size) as pilot:
        await press(pilot, "s")
        shown = text_of(pilot)
        assert isinstance(pilot.app.screen, SourcesScreen)
        assert "40 · 1 failed · 1 waiting · 1 reading" in shown
        first, second, third = (row.cells[0].text for row in ledger_of(pilot).rows[:3])
        assert (first, second, third) == ("✗ failed", "○ waiting", "◐ reading")
        assert "/root/ranker.log" in shown
        assert "permission denied: run as a member of group adm" in shown


async def test_lines_are_shown_to_be_rows_rejects_and_blanks() -> None:
    async with driving(FakeDesk(trouble()), NARROW) as pilot:
        await press(pilot, "s")
        shown = text_of(pilot)
        assert "✓ 4,201,220 lines = 4,200,850 rows + 25 rejects + 345 blank" in shown
        assert "401,443 = 401,440 rows + 1 reject + 2 blank ✓" in shown
        assert "618.0 MB stored · 2 threads, 1 GiB, nice 10 · times without zone: UTC" in shown


async def test_why_nothing_is_read_is_told_beside_the_lag() -> None:
    full = "reading pauses, nothing is lost: disk full, free some space: /var/cache/x.duckdb cannot grow"
    async with driving(FakeDesk(replace(trouble(), notices=(full,))), NARROW) as pilot:
        await press(pilot, "s")
        assert "! reading pauses, nothing is lost: disk full, free some space" in text_of(pilot)


async def test_a_ledger_that_does_not_add_up_is_said_loudly() -> None:
    wrong = replace(FOLLOWED[0], rows=FOLLOWED[0].rows - 1)
    async with driving(FakeDesk(replace(incident(), sources=(wrong, FOLLOWED[1]))), NARROW) as pilot:
        await press(pilot, "s")
        assert "✗ 802,886 lines ≠ 802,879 rows" in text_of(pilot)
        assert "in 1 source" in sums_of((wrong,), 200).plain
        assert "does not add up" in text_of(pilot)


def test_two_errors_that_cancel_out_are_still_errors() -> None:
    more = replace(FOLLOWED[0], rows=FOLLOWED[0].rows + 1)
    less = replace(FOLLOWED[1], rows=FOLLOWED[1].rows - 1)
    assert sums_of((more, less), 200).plain.startswith("✗")


async def test_the_cursor_stays_with_its_source_and_tells_of_it() -> None:
    desk = FakeDesk(trouble())
    async with driving(desk) as pilot:
        await press(pilot, "s", "j", "j")
        assert "archive/fraud-2026-11-01.jsonl.gz" in text_of(pilot)
        assert "37.6 % of 48.2 MB read · lag 30.1 MB, 1 min" in text_of(pilot)
        key = ledger_of(pilot).cursor_key
        now_failed = tuple(
            replace(one, state=SourceState.FAILED, problem="gone") if one.source_id == 20 else one
            for one in trouble().sources
        )
        await send(pilot, desk, replace(trouble(), sources=now_failed))
        assert ledger_of(pilot).cursor_key == key
        assert "archive/fraud-2026-11-01.jsonl.gz" in text_of(pilot)


async def test_a_source_that_goes_leaves_the_cursor_near_and_tells_of_that_one() -> None:
    desk = FakeDesk(trouble())
    async with driving(desk) as pilot:
        await press(pilot, "s")
        await send(pilot, desk, replace(trouble(), sources=FOLLOWED))
        assert "/var/log/predictions/model-1.jsonl" in text_of(pilot).split("Source  number 1")[1]
        await send(pilot, desk, replace(trouble(), sources=()))
        assert "none was given" in text_of(pilot)
        await press(pilot, "enter", "r")
        assert isinstance(pilot.app.screen, SourcesScreen)


async def test_the_cursor_is_in_view_however_the_order_changes() -> None:
    desk = FakeDesk(trouble(100))
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "s", "G")
        grid, key = ledger_of(pilot), ledger_of(pilot).cursor_key
        for _ in ORDERS:
            await press(pilot, "o")
            assert grid.cursor_key == key
            drawn = [grid.render_line(y).text for y in range(grid.size.height)]
            assert sum(line.startswith("▌") for line in drawn) == 1


async def test_only_what_differs_is_painted() -> None:
    desk = FakeDesk(trouble(100))
    async with driving(desk) as pilot:
        await press(pilot, "s")
        grid = ledger_of(pilot)
        asked: list[Region] = []
        whole = 0
        original = grid.refresh

        def counting(*regions: Region, **how: bool) -> Grid:
            nonlocal whole
            asked.extend(regions)
            whole += not regions
            return original(*regions, **how)

        grid.refresh = counting  # type: ignore[method-assign]
        await send(pilot, desk, trouble(100))
        assert (asked, whole) == ([], 0)
        grown = tuple(
            replace(one, lines=one.lines + 5, rows=one.rows + 5) if one.source_id == 7 else one
            for one in trouble(100).sources
        )
        await send(pilot, desk, replace(trouble(100), sources=grown))
        assert whole == 0
        (region,) = asked
        assert region.height == 1
        assert 100 < region.width < grid.size.width - 20


async def test_o_sorts_by_the_next_column_and_marks_it() -> None:
    async with driving(FakeDesk(trouble())) as pilot:
        await press(pilot, "s", "o", "o", "o", "o", "o")
        assert "most rejects first" in text_of(pilot)
        assert "rejects ▾" in text_of(pilot)
        assert ledger_of(pilot).rows[0].cells[10].text == "4"
        await press(pilot, "O", "O", "O", "O", "O")
        assert "problems first" in text_of(pilot)


def test_names_are_ordered_as_people_count() -> None:
    named = [replace(FOLLOWED[0], path=f"/log/model-{number}.log") for number in (10, 9, 100, 1)]
    by_path = next(order for order in ORDERS if order.column == "path")
    assert [one.path[11:-4] for one in in_order(named, by_path)] == ["1", "9", "10", "100"]


@pytest.mark.parametrize("order", ORDERS, ids=lambda order: order.column)
def test_every_order_has_a_column_and_keeps_every_source(order: object) -> None:
    place = ORDERS.index(order)
    assert sum(column.title.endswith("▾") for column in columns_sorted(place)) == 1
    odd = [replace(FOLLOWED[0], path=path, source_id=-1) for path in HOSTILE]
    assert len(in_order([*trouble().sources, *odd], ORDERS[place])) == 40 + len(HOSTILE)


def test_a_hundred_per_cent_is_all_of_it() -> None:
    nearly = replace(FOLLOWED[0], size=10**12, lag_bytes=1)
    share = share_read(nearly)
    assert share is not None and per_cent(share) == "99.9"
    assert per_cent(1.0) == "100" and per_cent(0.0) == "0" and per_cent(1e-9) == "0.1"
    assert share_read(replace(nearly, size=0)) is None
    assert share_read(replace(nearly, size=5, lag_bytes=9)) == 0.0


def test_a_clock_that_went_back_makes_no_negative_age() -> None:
    ahead = replace(FOLLOWED[0], last_line_at=NOW + timedelta(hours=1), behind_since=NOW + timedelta(hours=1))
    assert [source_row(ahead, NOW).cells[place].text for place in (7, 12)] == ["0 s", "< 1 min"]


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("/var/log/predictions/model-17.jsonl", "/var/lo…del-17.jsonl"),
        ("/short.log", "/short.log          "),
        ("漢字" * 20, "漢字漢 …漢字漢字漢字"),
    ],
)
def test_a_path_is_cut_in_its_middle(text: str, shown: str) -> None:
    assert fitted(text, 20, Column("path", "path", middle=True)) == shown


def test_an_age_changes_less_often_than_the_clock() -> None:
    told = [age(seconds) for seconds in (0, 59.9, 60, 119.4, 7_300)]
    assert told == ["< 1 min", "< 1 min", "1 min", "1 min", "2 h 01 min"]


@pytest.mark.parametrize("key", ["enter", "r"])
async def test_enter_and_r_lead_to_the_rejects_of_the_source(key: str) -> None:
    desk = FakeDesk(replace(incident(), sources=FOLLOWED))
    async with driving(desk) as pilot:
        await press(pilot, "s", "j", key)
        assert isinstance(pilot.app.screen, RejectsScreen)
        assert "/var/log/predictions/model-2.jsonl" in text_of(pilot)
        assert {row.key[0] for row in grid_of(pilot, "#reject-grid").rows} == {2}  # type: ignore[index]


async def test_a_leads_to_the_rejects_of_all_sources() -> None:
    async with driving(FakeDesk(trouble())) as pilot:
        await press(pilot, "s", "a")
        assert "15, newest first · all sources" in text_of(pilot)


@pytest.mark.parametrize("key", ["escape", "q", "s"])
async def test_the_way_back_leads_to_the_overview(key: str) -> None:
    async with driving(FakeDesk(trouble())) as pilot:
        await press(pilot, "s", key)
        assert isinstance(pilot.app.screen, OverviewScreen)


async def test_sources_can_be_looked_at_while_none_has_given_a_line() -> None:
    async with driving(FakeDesk(waiting()), NARROW) as pilot:
        await press(pilot, "s")
        shown = text_of(pilot)
        assert "✗ failed" in shown and "/root/ranker.log" in shown
        assert "✓ 0 lines = 0 rows + 0 rejects + 0 blank" in shown


async def test_before_the_first_snapshot_there_is_nothing_and_no_crash() -> None:
    desk = FakeDesk()
    async with driving(desk) as pilot:
        await press(pilot, "s", "j", "o", "enter", "r")
        assert "none yet" in text_of(pilot)
        await send(pilot, desk, trouble())
        assert "✗ failed" in text_of(pilot)


async def test_the_screens_are_commands_of_the_palette_and_in_the_help() -> None:
    async with driving(FakeDesk(trouble())) as pilot:
        commands = {command.title for command in pilot.app.get_system_commands(pilot.app.screen)}
        assert {"Sources  (s)", "Rejects  (r)"} <= commands
        await press(pilot, "question_mark")
        assert "the lines that could not be used, and why" in text_of(pilot)


@pytest.mark.parametrize("size", [NARROW, WIDE])
async def test_no_path_problem_or_kind_breaks_out(size: tuple[int, int]) -> None:
    desk = FakeDesk(incident())
    async with driving(desk, size) as pilot:
        await press(pilot, "s")
        for value in HOSTILE:
            odd = SourceStatus(1, value, SourceState.FAILED, 0, -1, 0, 0, 0, 0, None, value, kind=value)
            await send(pilot, desk, replace(incident(), sources=(odd,), budget=value, zone=value))
            assert_harmless(text_of(pilot))
            await press(pilot, "o")
            assert_harmless(text_of(pilot))
            assert first_of(pilot, "#source").display


async def test_sources_of_which_nothing_was_read_are_told_apart() -> None:
    async with driving(FakeDesk(waiting()), NARROW) as pilot:
        await press(pilot, "s")
        told = []
        for _ in range(3):
            told.append(text_of(pilot).split("path ")[1].split()[0])
            await press(pilot, "j")
        assert told == ["/root/ranker.log", "/srv/models/*.jsonl", "/var/log/predictions/fraud.jsonl"]
