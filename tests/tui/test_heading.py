"""What a heading says where room is short."""

from __future__ import annotations

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.content import Content

from console.tui.widgets.heading import shortened

ALERTS = "Alerts  3 critical · 4 warning · 38 without verdict: 12 too few rows, 26 no baseline yet"


@pytest.mark.parametrize(
    ("said", "width", "shown"),
    [
        (ALERTS, 78, "Alerts  3 critical · 4 warning · 38 without verdict …"),
        (ALERTS, 53, "Alerts  3 critical · 4 warning · 38 without verdict …"),
        (ALERTS, 52, "Alerts  3 critical · 4 warning …"),
        ("Offending requests  not read: the disk is full", 40, "Offending requests  not read: the disk …"),
        ("Rows  reading …", 10, "Rows  rea…"),
    ],
)
def test_whole_facts_go_and_a_reason_is_never_left_out_for_its_first_word(
    said: str, width: int, shown: str
) -> None:
    assert shortened(Content(said), width).plain == shown


@given(st.text(st.sampled_from("a· :界é"), max_size=120), st.integers(1, 60))
@settings(max_examples=50)
def test_it_never_takes_more_than_there_is(said: str, width: int) -> None:
    assert shortened(Content(said), width).cell_length <= width
