"""The charts of an alert as lines of text."""

from __future__ import annotations

from dataclasses import replace
from datetime import timedelta

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from textual.content import Content

from console.model import Distribution, PictureBin, Severity, Timeline, Window
from console.tui.widgets.distribution import draw_distribution
from console.tui.widgets.timeline import draw_timeline, legend
from tests.tui.fakes import HOSTILE, PICTURE, TIMELINE


def plain(lines: list[Content]) -> list[str]:
    return [line.plain for line in lines]


def test_bars_over_the_limit_stand_over_its_line_and_the_episode_is_marked_on_the_ground() -> None:
    lines = plain(draw_timeline(TIMELINE, Severity.CRITICAL, 78, 6))
    assert [line[:4].strip() for line in lines] == ["38 %", "", "", "5 %", "0", ""]
    assert "┄" in lines[3] and lines[3].index("┄") < lines[3].index("█")
    assert lines[4].count("▲") == 1 and abs(lines[4].index("▲") - lines[3].index("█")) <= 1
    assert lines[5].split() == ["00:00", "01:10", "02:20"]


def test_what_is_told_by_colour_is_told_by_signs_too() -> None:
    silent = replace(TIMELINE, unit="requests", limit=20.0, baseline=None, values=(50.0,) * 6 + (0.0,) * 6)
    silent = replace(silent, usual=(50.0,) * 12)
    assert legend(silent) == "per 5 min  ┄ limit 20 requests  ▔ a day earlier"
    lines = plain(draw_timeline(silent, Severity.WARNING, 60, 8))
    assert "▔" in lines[0] and "█" in lines[1], "what is usual is seen where there are no bars"
    assert "◆" in lines[-2]


def test_nothing_is_drawn_where_there_is_no_room() -> None:
    assert draw_timeline(TIMELINE, Severity.INFO, 20, 8) == []
    assert draw_timeline(TIMELINE, Severity.INFO, 80, 2) == []
    assert PICTURE.distribution is not None
    assert draw_distribution(PICTURE.distribution, 80, 1) == []


def test_distributions_are_rows_with_figures_where_each_bin_has_a_line() -> None:
    assert PICTURE.distribution is not None
    lines = plain(draw_distribution(PICTURE.distribution, 90, 5))
    assert lines[0].split() == ["before", "during", "index"]
    assert lines[4].startswith("≥ 1,000") and lines[4].split()[-1] == "2.42"
    before, during = lines[4].split("%")[1], lines[4].split("%")[2]
    assert during.count("█") > 10 * max(1, before.count("█"))


def test_numbers_are_two_histograms_to_one_scale_where_lines_are_few() -> None:
    assert PICTURE.distribution is not None
    lines = plain(draw_distribution(PICTURE.distribution, 83, 4))
    assert "before: 12,400 rows" in lines[0] and "during: 1,174 rows" in lines[0] and "↑ 70.0 %" in lines[0]
    assert lines[3].split() == ["10", "100", "1,000"] * 2
    assert lines[1][40:].count("█") == 10 and lines[1][:40].count("█") == 0


def test_of_many_categories_those_that_moved_most_are_shown_and_the_rest_counted() -> None:
    bins = tuple(PictureBin(f"c{number}", 0.1, 0.2) for number in range(9))
    lines = plain(draw_distribution(Distribution("country", "", bins, False, 10, 10), 60, 4))
    assert [line.split()[0] for line in lines[1:]] == ["c0", "c1", "c2"]
    assert lines[0].startswith("6 more")


VALUES = st.none() | st.floats(0, 1e12, allow_subnormal=False)


@settings(max_examples=50)
@given(
    values=st.lists(VALUES, max_size=200),
    level=st.none() | st.floats(-5, 1e12),
    size=st.tuples(st.integers(1, 200), st.integers(0, 20)),
    minutes=st.tuples(st.integers(-500, 500), st.integers(0, 500)),
)
def test_a_timeline_fits_its_room_whatever_was_counted(
    values: list[float | None], level: float | None, size: tuple[int, int], minutes: tuple[int, int]
) -> None:
    start = TIMELINE.start + timedelta(minutes=minutes[0])
    drawn = Timeline(
        title="x",
        unit="ms",
        start=TIMELINE.start,
        step_seconds=300,
        values=tuple(values),
        episode=Window(start, start + timedelta(minutes=minutes[1])),
        baseline=level,
        limit=level,
        usual=tuple(reversed(values)),
    )
    lines = draw_timeline(drawn, Severity.INFO, *size)
    assert len(lines) in (0, size[1])
    assert all(line.cell_length <= size[0] for line in lines)


@settings(max_examples=50)
@given(
    labels=st.lists(st.text(max_size=90) | st.sampled_from(HOSTILE[:-2]), min_size=1, max_size=30),
    shares=st.tuples(st.floats(0, 1), st.floats(0, 1)),
    is_number=st.booleans(),
    size=st.tuples(st.integers(1, 200), st.integers(0, 20)),
)
def test_a_distribution_fits_its_room_whatever_its_values_are_called(
    labels: list[str], shares: tuple[float, float], is_number: bool, size: tuple[int, int]
) -> None:
    bins = tuple(PictureBin(label, *shares, 0.1, float(place)) for place, label in enumerate(labels))
    lines = draw_distribution(Distribution("x", "ms", bins, is_number, 10**9, 10**9), *size)
    assert len(lines) <= size[1]
    assert all(line.cell_length <= size[0] and "\x1b" not in line.plain for line in lines)


@pytest.mark.parametrize("value", HOSTILE)
def test_a_category_is_shown_and_never_obeyed(value: str) -> None:
    bins = (PictureBin(value, 0.5, 0.5, 0.0),)
    text = draw_distribution(Distribution("x", "", bins, False, 1, 1), 80, 4)[1].plain
    assert text.isprintable() and len(text) < 200
