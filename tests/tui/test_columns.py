"""How columns share a line."""

from __future__ import annotations

from datetime import timedelta
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from console.model import Table
from console.tui.predictions import COLUMNS, facts_of
from console.tui.widgets.columns import AIR, GUTTER, Column, lay_out
from tests.tui.fakes import NOW

COLUMN_SETS = st.lists(
    st.builds(
        Column,
        name=st.just("c"),
        title=st.just("c"),
        most=st.integers(1, 40),
        least=st.integers(0, 12),
        rank=st.integers(0, 9),
    ),
    min_size=1,
    max_size=12,
)


@given(
    columns=COLUMN_SETS,
    naturals=st.lists(st.integers(0, 60), min_size=12, max_size=12),
    width=st.integers(1, 200),
)
def test_columns_stay_in_order_apart_and_inside(
    columns: list[Column], naturals: list[int], width: int
) -> None:
    slots = lay_out(columns, naturals[: len(columns)], width).slots
    for before, after in pairwise(slots):
        assert before.index < after.index
        assert GUTTER <= after.x - (before.x + before.width) <= GUTTER + AIR
    assert all(slot.width >= 1 for slot in slots)
    assert not slots or slots[-1].x + slots[-1].width <= width


@given(columns=COLUMN_SETS, naturals=st.lists(st.integers(0, 60), min_size=12, max_size=12))
def test_no_column_is_missing_where_there_is_room(columns: list[Column], naturals: list[int]) -> None:
    layout = lay_out(columns, naturals[: len(columns)], 1_000)
    shown = {slot.index for slot in layout.slots}
    assert shown == {index for index in range(len(columns)) if naturals[index]}
    assert layout.left_out == 0


def test_the_highest_rank_goes_first() -> None:
    columns = [Column("a", "a"), Column("b", "b", rank=2), Column("c", "c", rank=1)]
    layout = lay_out(columns, [10, 10, 10], 25)
    assert [slot.index for slot in layout.slots] == [0, 2]
    assert layout.left_out == 1


def test_columns_are_cut_before_any_of_them_goes() -> None:
    columns = [Column("a", "a", least=4), Column("b", "b")]
    layout = lay_out(columns, [20, 10], 20)
    assert [slot.width for slot in layout.slots] == [8, 10]


def test_a_sentence_goes_below_where_it_would_be_cut() -> None:
    columns = [Column("a", "a"), Column("what", "what", flex=True, below=30, most=100)]
    wide, narrow = lay_out(columns, [10, 50], 60), lay_out(columns, [10, 50], 36)
    assert wide.below is None and wide.lines == 1
    assert narrow.below is not None and narrow.lines == 2
    assert narrow.left_out == 0


def test_at_80_cells_the_time_the_error_and_the_prediction_of_a_request_are_there() -> None:
    naturals = [8, 6, 7, 8, 6, 15, 10, 10, 0, 5, 0, 10]
    shown = {COLUMNS[slot.index].name for slot in lay_out(COLUMNS, naturals, 77).slots}
    assert {"ts", "model", "status", "error_type", "latency_ms", "prediction"} <= shown


def test_a_table_s_constant_columns_go_first_and_its_shares_last() -> None:
    table = Table(
        ("window", "model", "region", "rows", "rate"),
        (("02:00 .. 02:15", "fraud", "EU", 10, 0.35), ("02:00 .. 02:15", "fraud", "US", 20, 0.01)),
        {"rate": "share, 0..1", "rows": "requests in the window"},
    )
    columns, _ = facts_of(table, NOW.date())
    assert [column.unit for column in columns] == ["", "", "", "", "%"]
    kept = [columns[slot.index].name for slot in lay_out(columns, [14, 5, 6, 4, 6], 20).slots]
    assert kept == ["region", "rows", "rate"]


def test_where_room_is_short_rows_are_still_told_from_each_other() -> None:
    table = Table(
        ("window_start", "window_end", "model", "dimension", "slice_value", "errors", "rate"),
        (
            (NOW - timedelta(minutes=15), NOW, "credit", "region", "EU", 3, 0.2),
            (NOW - timedelta(minutes=30), NOW - timedelta(minutes=15), "rank", "", "", 1, 0.1),
        ),
        {"rate": "share, 0..1"},
    )
    columns, _ = facts_of(table, NOW.date())
    kept = [columns[slot.index].name for slot in lay_out(columns, [14, 14, 7, 10, 11, 6, 6], 64).slots]
    assert kept == ["window_start", "model", "dimension", "slice_value", "rate"]
