"""Figures, slices and differences of an evaluation as lines and rows."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content

from console.model.evaluation import (
    BEYOND_CHANCE,
    IN_UNITS,
    Difference,
    EvaluatedSlice,
    Figure,
    VersionComparison,
    is_beyond_chance,
)
from console.tui import say
from console.tui.evaluate.words import slice_words
from console.tui.safe import ABSENT, Cell, cell, cut
from console.tui.widgets.columns import Column
from console.tui.widgets.gridlines import GridRow, fitted

WORSE = "▼ worse"
_NAME, _NUMBER = Column("name", "name"), Column("number", "number", right=True)
_LEAST_NAME = 11
"""Cells that a measure's name has at least."""
_MOST_WHY = 40
"""Cells that it takes at most why a figure has no value."""
_BETWEEN = 3
"""Cells between two figures."""

SLICES = (
    Column("slice", "slice", most=48, least=24, flex=True),
    Column("rows", "rows", right=True, most=11, rank=2),
    Column("requests", "of", right=True, most=11, rank=6),
    Column("value", "value", right=True, most=10),
    Column("interval", "95 % interval", most=17, rank=3),
    Column("behind", "behind", right=True, most=9, rank=4),
    Column("chance", "chance", right=True, most=8, rank=5),
    Column("said", "", most=8, optional=True, rank=1),
)
DIFFERENCES = (
    Column("measure", "measure", most=20),
    Column("first", "first", right=True, most=10),
    Column("second", "second", right=True, most=10),
    Column("difference", "difference", right=True, most=10),
    Column("interval", "95 % interval", most=19, rank=2),
    Column("chance", "chance", right=True, most=8, rank=3),
    Column("said", "", most=10, optional=True, rank=1),
    Column("test", "test", most=24, rank=5),
)


def value_words(value: float | None, measure: str, *, signed: bool = False) -> str:
    """A measure's value: three digits after the point, or in the units of what is predicted."""
    if value is None:
        return "—"
    if measure in IN_UNITS:
        text = say.figure(float(f"{value:.4g}"))
        return f"+{text}" if signed and value > 0 else text
    return f"{value:+.3f}" if signed else f"{value:.3f}"


def interval_words(low: float | None, high: float | None, measure: str, *, signed: bool = False) -> str:
    """An interval; `—` where there is none."""
    if low is None or high is None:
        return "—"
    ends = (value_words(end, measure, signed=signed) for end in (low, high))
    return (" to " if signed or low < 0 else "–").join(ends)


def chance_words(chance: float | None) -> str:
    """A probability of chance: `0.012`, `< 0.001`."""
    if chance is None:
        return "—"
    return "< 0.001" if chance < 0.001 else f"{chance:.3f}"


def figure_lines(figures: Sequence[Figure], width: int, most: int) -> list[Content]:
    """The figures in as many columns as fit, at most so many lines; what has no room is counted.

    Args:
        figures: what is told, the most important first.
        width: cells there are.
        most: lines there are.
    """
    if not figures:
        return []
    told = [_told(one) for one in figures]
    name, value, ends, rows = (max(len(one[at]) for one in told) for at in range(4))
    whys = [len(one.why) for one in figures if one.value is None]
    fixed = max(value + ends + rows + 2, min(_MOST_WHY, max(whys, default=0))) + 1 + _BETWEEN
    columns = max(1, width // (name + fixed))
    if -(-len(figures) // columns) > most:
        columns = max(columns, width // (min(name, _LEAST_NAME) + fixed))
    name = min(name, max(1, width // columns - fixed))
    lines = min(most, -(-len(figures) // columns))
    shown = list(range(min(len(figures), lines * columns)))
    left_out = len(figures) - len(shown)
    if left_out:
        shown.pop()
    drawn = []
    for line in range(lines):
        pieces: list[tuple[str, str]] = []
        for at in shown[line::lines]:
            pieces += _pieces(figures[at], told[at], (name, value, ends, rows), width // columns)
        if left_out and line == lines - 1:
            pieces.append((f"{left_out + 1} more: y copies all", "$dim"))
        drawn.append(Content.assemble(*pieces))
    return drawn


def _told(one: Figure) -> tuple[str, str, str, str]:
    """What it is called, its value, its interval, and the rows that it rests on."""
    ends = "" if one.low is None else interval_words(one.low, one.high, one.measure)
    return cut(one.measure, 40), value_words(one.value, one.measure), ends, say.short(one.rows)


def _pieces(
    one: Figure, told: tuple[str, str, str, str], widths: tuple[int, int, int, int], room: int
) -> list[tuple[str, str]]:
    name, value, ends, rows = widths
    named = (fitted(told[0], name, _NAME) + " ", "$dim")
    if one.value is None:
        why = fitted(cut(one.why, 80), max(1, room - name - 1 - _BETWEEN), _NAME)
        return [named, (why + " " * _BETWEEN, "$faint")]
    return [
        named,
        (fitted(told[1], value, _NUMBER), "bold $foreground"),
        (" " + fitted(told[2], ends, _NAME), "$dim"),
        (" " + fitted(told[3], rows, _NUMBER), "$dim"),
        (" " * max(0, room - name - value - ends - rows - 3), "$dim"),
    ]


def slice_rows(slices: Sequence[EvaluatedSlice], measure: str) -> tuple[GridRow, ...]:
    """The slices as a grid shows them; those that are worse beyond chance say so in a word."""
    drawn = []
    for one in slices:
        figure = one.figures[measure]
        worse = is_beyond_chance(one, measure)
        behind = one.behind.get(measure)
        drawn.append(
            GridRow(
                (one.where.dimension, one.where.value),
                (
                    Cell(cut(slice_words(one.where.dimension, one.where.value), 120)),
                    Cell(say.count(one.rows)),
                    Cell(say.count(one.requests), "$dim"),
                    Cell(value_words(figure.value, measure), "bold $error" if worse else "bold $foreground"),
                    Cell(interval_words(figure.low, figure.high, measure), "$dim"),
                    ABSENT if behind is None else Cell(value_words(behind, measure, signed=True)),
                    Cell(chance_words(one.chance.get(measure)), "$dim"),
                    Cell(WORSE if worse else "", "bold $error"),
                ),
            )
        )
    return tuple(drawn)


def difference_rows(told: VersionComparison) -> tuple[GridRow, ...]:
    """The differences of two versions as a grid shows them."""
    return tuple(
        GridRow(
            one.measure,
            (
                cell(one.measure),
                Cell(value_words(one.first.value, one.measure)),
                Cell(value_words(one.second.value, one.measure)),
                Cell(value_words(one.value, one.measure, signed=True), "bold $foreground"),
                Cell(interval_words(one.low, one.high, one.measure, signed=True), "$dim"),
                Cell(chance_words(one.chance), "$dim"),
                Cell(difference_words(one), "bold $warning"),
                Cell(one.test, "$dim"),
            ),
        )
        for one in told.differences
    )


def difference_words(one: Difference) -> str:
    """Whether the versions differ beyond chance: by the test where there is one, else by the interval."""
    if one.value is None or one.low is None or one.high is None:
        return ""
    beyond = one.low > 0 or one.high < 0 if one.chance is None else one.chance < BEYOND_CHANCE
    return "differs" if beyond else ""
