"""Which columns of an answer make a chart, and the chart as lines of text: pure, without a terminal."""

from __future__ import annotations

import math
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime

from rich.cells import cell_len, set_cell_size
from textual.content import Content

from console.model import Table
from console.tui import say
from console.tui.safe import visible, words
from console.tui.widgets.bars import bar

_EIGHTHS = " ▁▂▃▄▅▆▇█"
_PLACES = frozenset({"source_id", "source_offset"})
"""Numbers that say where a row is from, and measure nothing."""
_LABEL_CHARACTERS = 40


@dataclass(frozen=True, slots=True)
class Shape:
    """A chart that an answer suggests: one number over time, or by category."""

    title: str
    moments: tuple[datetime, ...]
    """Ascending; empty where the number is by category."""
    names: tuple[str, ...]
    """Categories, safe to show; empty where it is over time."""
    values: tuple[float | None, ...]


def shapes_of(table: Table) -> tuple[Shape, ...]:
    """The charts that the answer suggests, one for each column of numbers; none where nothing fits.

    A column of times that all differ, beside one of numbers, is a line over time. Texts that tell the
    rows apart, beside one of numbers, are bars.
    """
    rows = table.rows
    if len(rows) < 2:
        return ()
    numbers = [place for place in range(len(table.columns)) if _is_measure(table, place)]
    times = [place for place in range(len(table.columns)) if _all(rows, place, datetime)]
    for time in times:
        moments = [_utc(row[time]) for row in rows]
        if len(set(moments)) == len(moments):
            order = sorted(range(len(rows)), key=lambda at: moments[at])
            ascending = tuple(moments[at] for at in order)
            return tuple(
                Shape(
                    f"{_title(table, number)} over {visible(table.columns[time])}",
                    ascending,
                    (),
                    tuple(_number(rows[at][number]) for at in order),
                )
                for number in numbers
            )
    texts = [place for place in range(len(table.columns)) if _all(rows, place, str)]
    names = tuple(" · ".join(words(row[place], _LABEL_CHARACTERS) for place in texts) for row in rows)
    if not texts or len(set(names)) < len(names):
        return ()
    by = ", ".join(visible(table.columns[place]) for place in texts)
    return tuple(
        Shape(f"{_title(table, number)} by {by}", (), names, tuple(_number(row[number]) for row in rows))
        for number in numbers
    )


def _is_measure(table: Table, place: int) -> bool:
    values = [row[place] for row in table.rows]
    return (
        table.columns[place] not in _PLACES
        and any(_number(value) is not None for value in values)
        and all(
            value is None or (isinstance(value, int | float) and not isinstance(value, bool))
            for value in values
        )
    )


def _all(rows: Sequence[tuple[object, ...]], place: int, kind: type) -> bool:
    """Whether a column has values of this kind only; of texts some may be null."""
    values = [row[place] for row in rows]
    if kind is str:
        return any(isinstance(value, str) for value in values) and all(
            value is None or isinstance(value, str) for value in values
        )
    return all(isinstance(value, kind) for value in values)


def _utc(value: object) -> datetime:
    assert isinstance(value, datetime)
    return value.astimezone(UTC)


def _number(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float):
        return None
    try:
        number = float(value)
    except OverflowError:
        return None
    return number if math.isfinite(number) else None


def _title(table: Table, place: int) -> str:
    unit = say.unit_of(table.units.get(table.columns[place], ""))
    return visible(table.columns[place]) + (f" ({unit})" if unit else "")


def _figure(number: float) -> str:
    return say.figure(number) if abs(number) < 1e12 else f"{number:.3g}"


def drawn(shape: Shape, width: int, height: int) -> Content:
    """The chart in so many cells; negative numbers are shown as nothing over time, and by their figure."""
    if width < 20 or height < 4:
        return Content("")
    lines = _over_time(shape, width, height) if shape.moments else _by_category(shape, width, height)
    return Content("\n").join(line.truncate(width) for line in lines)


def _over_time(shape: Shape, width: int, height: int) -> list[Content]:
    count, lines = len(shape.values), height - 2
    top = max((value for value in shape.values if value is not None), default=0.0)
    columns: list[float | None] = []
    for x in range(width):
        part = shape.values[x * count // width : max(x * count // width + 1, (x + 1) * count // width)]
        there = [value for value in part if value is not None]
        columns.append(max(there) if there else None)
    eighths = [
        None if value is None else 0 if top <= 0 or value <= 0 else max(1, round(value / top * 8 * lines))
        for value in columns
    ]
    made = [Content.assemble((f"↑ {_figure(top)}", "$dim"))]
    for line in reversed(range(lines)):
        text = "".join(
            ("·" if line == 0 else " ") if height is None else _EIGHTHS[max(0, min(8, height - 8 * line))]
            for height in eighths
        )
        made.append(Content.styled(text, "$chart"))
    first, last = shape.moments[0], shape.moments[-1]
    left, right = f"{first:%Y-%m-%d %H:%M}", f"{last:%Y-%m-%d %H:%M} UTC"
    made.append(Content.styled(left + right.rjust(max(0, width - len(left))), "$dim"))
    return made


def _by_category(shape: Shape, width: int, height: int) -> list[Content]:
    shown = len(shape.names) if len(shape.names) <= height else height - 1
    top = max((abs(value) for value in shape.values if value is not None), default=0.0)
    room = min(max(cell_len(name) for name in shape.names[:shown]), width // 3)
    figures = ["—" if value is None else _figure(value) for value in shape.values[:shown]]
    most = max(map(len, figures))
    lines = []
    for name, value, figure in zip(shape.names, shape.values, figures, strict=False):
        length = bar(abs(value) / top, max(1, width - room - most - 4)) if value and top else ""
        lines.append(
            Content.assemble(
                (set_cell_size(name, room), "$foreground"),
                "  ",
                (figure.rjust(most), "bold"),
                "  ",
                (length, "$chart"),
            )
        )
    if shown < len(shape.names):
        lines.append(Content.styled(f"and {len(shape.names) - shown:,} more rows in the table", "$dim"))
    return lines
