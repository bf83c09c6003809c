"""Cuts through a number: where they lie, and with how few digits they are said."""

from __future__ import annotations

import math

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.explain.columns import Part
from console.explain.cuts import best_cut, roundest
from tests.unit.explain.tables import grouped, random_frame

PAYLOAD = 7
"""Place of `payload_kb` among the columns of the tables."""


@pytest.mark.parametrize(
    ("above", "most", "cut"),
    [
        (63.9, 64.2, 64.0),
        (61.0, 72.5, 70.0),
        (2.0, 3.0, 3.0),
        (0.0, 1.0, 1.0),
        (-5.5, -4.2, -5.0),
        (-0.3, 0.4, 0.0),
        (0.123456, 0.123459, 0.123457),
        (1e300, 1.7e308, 1e308),
        (0.0, 5e-324, 5e-324),
    ],
)
def test_of_the_numbers_between_two_values_the_roundest_is_said(
    above: float, most: float, cut: float
) -> None:
    assert roundest(above, most) == cut


@given(a=st.floats(allow_nan=False, allow_infinity=False), b=st.floats(allow_nan=False, allow_infinity=False))
def test_a_cut_parts_the_two_values(a: float, b: float) -> None:
    low, high = min(a, b), max(a, b)
    if low < high:
        assert low < roundest(low, high) <= high
        assert math.isfinite(roundest(low, high))


def test_the_cut_is_set_where_the_trouble_begins() -> None:
    frame = random_frame(1, 8_000)
    offends = (frame["payload_kb"].to_numpy() >= 40) & frame["now"].to_numpy()
    rows = grouped(frame, offends)
    _, _, cuts = rows.coded(PAYLOAD)
    near = int(np.searchsorted(cuts, 40.0))
    everywhere = np.ones(rows.group.size, dtype=np.bool_)
    for code in (near + 1, near + 2):
        assert best_cut(rows, Part(PAYLOAD, code, ">="), everywhere) == 40.0


def test_the_cut_is_set_among_the_rows_that_meet_the_other_condition() -> None:
    frame = random_frame(2, 8_000)
    first = frame["endpoint"].to_numpy() == "/e2"
    payload = frame["payload_kb"].to_numpy()
    offends = (payload >= np.where(first, 30, 31.5)) & frame["now"].to_numpy()
    rows = grouped(frame, offends)
    _, _, cuts = rows.coded(PAYLOAD)
    within = (rows.frame["c1"] == "/e2").to_numpy()
    code = int(np.searchsorted(cuts, 30.0)) + 2
    assert best_cut(rows, Part(PAYLOAD, code, ">="), within) == pytest.approx(30.0, abs=0.5)
