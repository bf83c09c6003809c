"""The request screen, driven by keys."""

from __future__ import annotations

from dataclasses import replace

import pytest

from console.errors import StoreError
from console.model import Request, RowId
from console.tui.alert.screen import AlertScreen
from console.tui.request.record import Entry, Section, draw, mapping_section, stages_section, value_cell
from console.tui.safe import Cell
from tests.tui.driving import NARROW, WIDE, driving, first_of, press, text_of
from tests.tui.fakes import NOW, FakeDesk, incident, request


@pytest.mark.parametrize("size", [WIDE, (120, 40)])
async def test_the_whole_record_is_there(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(incident()), size) as pilot:
        await press(pilot, "enter", "enter")
        shown = text_of(pilot)
        for fact in (
            "2026-11-02 02:14:03.000 UTC",
            "FeatureMismatch",
            "61.4 ms",
            "124000",
            "Bäckerei",
            '"01067"',
            "region",
            "preprocess p7",
            "trace_id",
            "/var/log/predictions/model-1.jsonl:824000",
            "SHA-256",
            "1 of 200",
        ):
            assert fact in shown, fact


def test_null_empty_text_and_text_like_a_number_look_different() -> None:
    lines = [
        line.plain
        for line in draw(mapping_section("Features", {"a": None, "b": "", "c": "7", "d": 7}, ""), 60)
    ]
    assert [line.split()[-1] for line in lines[1:]] == ["—", '""', '"7"', "7"]


def test_long_values_are_wrapped_below_their_beginning() -> None:
    entry = Entry("message", Cell("word " * 40))
    lines = [line.plain for line in draw(Section("Fields", (entry,)), 50)]
    assert len(lines) > 4
    assert all(len(line) <= 50 for line in lines)
    assert all(line.startswith(" " * 9) for line in lines[2:])


def test_a_very_long_value_is_cut_and_says_how_long_it_was() -> None:
    assert value_cell("x" * 1_000_000).text.endswith("… (1,000,000 characters in all)")


@pytest.mark.parametrize("width", [24, 60, 120])
def test_stages_are_bars_of_the_request_s_latency(width: int) -> None:
    lines = [line.plain for line in draw(stages_section(request(RowId(1, 0))), width)]
    assert "of 61.4 ms" in lines[0] or width < 30
    lengths = [line.count("━") for line in lines[1:]]
    assert lengths[1] == max(lengths)
    assert "34.0 ms" in lines[2]


@pytest.mark.parametrize(
    ("stages", "shown"), [(None, "none logged"), ("fast", "fast"), ({"a": "soon"}, "soon"), ({"a": -1}, "-1")]
)
def test_stages_that_are_no_times_are_shown_as_logged(stages: object, shown: str) -> None:
    odd = replace(request(RowId(1, 0)), stages=stages)
    assert shown in "\n".join(line.plain for line in draw(stages_section(odd), 60))


async def test_n_and_p_step_through_the_rows_one_came_from() -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "enter", "j", "enter")
        assert "2 of 200" in text_of(pilot) and "f-001999" in text_of(pilot)
        await press(pilot, "n")
        assert "3 of 200" in text_of(pilot) and "f-001998" in text_of(pilot)
        await press(pilot, "p", "left_square_bracket", "p")
        assert "1 of 200" in text_of(pilot)
        assert "That was the first of the rows" in text_of(pilot)


async def test_a_pager_s_keys_scroll() -> None:
    async with driving(FakeDesk(incident()), NARROW) as pilot:
        await press(pilot, "enter", "enter")
        page = first_of(pilot, "#request-page")
        for key, moved in (
            ("j", 1),
            ("k", -1),
            ("ctrl+d", 1),
            ("ctrl+u", -1),
            ("G", 1),
            ("g", -1),
            ("space", 1),
        ):
            before = page.scroll_offset.y
            await press(pilot, key)
            assert (page.scroll_offset.y - before) * moved > 0, key


async def test_a_request_that_cannot_be_read_says_why_and_can_be_tried_again() -> None:
    desk = FakeDesk(incident(), failing={"request": StoreError("the row is gone")})
    async with driving(desk, NARROW) as pilot:
        await press(pilot, "enter", "enter")
        assert "cannot be read · r tries again" in text_of(pilot)
        assert "the row is gone" in text_of(pilot)
        await press(pilot, "l")
        desk.failing.clear()
        await press(pilot, "r")
        assert "FeatureMismatch" in text_of(pilot)


async def test_a_time_of_arrival_is_told_as_such() -> None:
    def arrived(row_id: RowId) -> Request:
        had = request(row_id)
        return replace(had, ts=NOW, fields={**had.fields, "ts_origin": "arrival"})

    async with driving(FakeDesk(incident(), make_request=arrived)) as pilot:
        await press(pilot, "enter", "enter")
        assert "when its line arrived" in text_of(pilot)


@pytest.mark.parametrize("key", ["q", "escape"])
async def test_the_way_back_leads_to_the_same_row(key: str) -> None:
    async with driving(FakeDesk(incident())) as pilot:
        await press(pilot, "enter", "j", "j", "enter", key)
        assert isinstance(pilot.app.screen, AlertScreen)
        assert pilot.app.screen.grid.cursor_key == RowId(1, 1_998 * 412)
