"""Predictions as rows of a grid: the same columns on every screen that lists them."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, datetime

from console.model import Label, RowId, Table
from console.tui import say
from console.tui.safe import ABSENT, EMPTY, Cell, cell, visible
from console.tui.widgets.columns import Column
from console.tui.widgets.gridlines import GridRow

LABEL_SIGN = "✎"

COLUMNS = (
    Column("ts", "time", "UTC", most=19),
    Column("model", "model", most=20, least=8, rank=3),
    Column("model_version", "version", most=12, least=7, rank=4),
    Column("endpoint", "endpoint", most=20, least=8, rank=8),
    Column("status", "status", right=True, most=8, rank=2),
    Column("error_type", "error", most=28, least=10, rank=1),
    Column("latency_ms", "latency", "ms", right=True, most=12, rank=2),
    Column("prediction", "prediction", most=24, least=10, rank=1),
    Column("truth", "truth", most=24, least=8, rank=1, optional=True),
    Column("score", "score", right=True, most=8, rank=6),
    Column("label", f"{LABEL_SIGN} label", most=18, least=8, optional=True),
    Column("request_key", "request", most=40, least=10, rank=7, flex=True),
)


@dataclass(frozen=True, slots=True)
class PredictionRow:
    """What one needs of a listed prediction to open or label it."""

    row_id: RowId
    key: str
    model: str
    model_version: str
    prediction: str


class PredictionRows:
    """Turns tables of predictions into grid rows; rows that were there before are not made anew."""

    def __init__(self) -> None:
        self._made: dict[RowId, tuple[tuple[object, ...], Label | None, date, GridRow]] = {}
        self.by_id: dict[RowId, PredictionRow] = {}
        self._columns: tuple[str, ...] = ()

    def logged(self, row_id: RowId) -> Mapping[str, object]:
        """What the row's table says of it, by column."""
        return dict(zip(self._columns, self._made[row_id][0], strict=True))

    @property
    def keys(self) -> tuple[str, ...]:
        """The request keys of the rows."""
        return tuple(row.key for row in self.by_id.values())

    def take(self, table: Table, labels: Mapping[str, Label], today: date) -> tuple[GridRow, ...]:
        """The table's rows as a grid shows them, each with the label that counts for it."""
        places = {name: place for place, name in enumerate(table.columns)}
        before, self._made, self.by_id = self._made, {}, {}
        self._columns = table.columns
        rows = []
        for values in table.rows:
            had = _identify(values, places)
            label = labels.get(had.key)
            old = before.get(had.row_id)
            if old is not None and old[:3] == (values, label, today):
                made = old
            else:
                made = (values, label, today, _draw(had, values, places, label, today))
            if had.row_id not in self.by_id:
                rows.append(made[3])
            self._made[had.row_id] = made
            self.by_id[had.row_id] = had
        return tuple(rows)


def _identify(values: tuple[object, ...], places: Mapping[str, int]) -> PredictionRow:
    def text(name: str) -> str:
        value = values[places[name]] if name in places else None
        return "" if value is None else str(value)

    def number(name: str) -> int:
        value = values[places[name]] if name in places else None
        return value if isinstance(value, int) else -1

    row_id = RowId(number("source_id"), number("source_offset"))
    return PredictionRow(
        row_id, text("request_key"), text("model"), text("model_version"), text("prediction")
    )


def _draw(
    had: PredictionRow,
    values: tuple[object, ...],
    places: Mapping[str, int],
    label: Label | None,
    today: date,
) -> GridRow:
    def value(name: str) -> object:
        return values[places[name]] if name in places else None

    status = value("status")
    drawn = {
        "ts": moment_cell(value("ts"), today),
        "model": cell(value("model")),
        "model_version": cell(value("model_version"), "$dim"),
        "endpoint": cell(value("endpoint"), "$dim"),
        "status": cell(status, "bold $error" if is_server_error(status) else "$dim"),
        "error_type": cell(value("error_type"), "$error"),
        "latency_ms": number_cell(value("latency_ms"), 1),
        "prediction": cell(value("prediction")),
        "truth": EMPTY if value("truth") is None else cell(value("truth")),
        "score": number_cell(value("score"), 3),
        "label": label_cell(label),
        "request_key": cell(value("request_key"), "$dim"),
    }
    return GridRow(had.row_id, tuple(drawn[column.name] for column in COLUMNS))


def is_server_error(status: object) -> bool:
    """Whether a status says that the server failed."""
    return isinstance(status, int) and status >= 500


def moment_cell(value: object, today: date) -> Cell:
    """A time of day in UTC, with the date where it is not today's."""
    if isinstance(value, datetime):
        return Cell(say.at(value, today), "$dim")
    return cell(value)


def number_cell(value: object, digits: int) -> Cell:
    """A number with so many digits after the point, so that the points of a column line up."""
    if isinstance(value, float) and value == value and abs(value) < 1e12:
        if value and abs(value) < 0.5 * 10**-digits:
            return Cell(f"{value:.0e}")
        return Cell(f"{value:,.{digits}f}")
    if isinstance(value, int) and not isinstance(value, bool):
        return Cell(f"{value:,.{digits}f}") if abs(value) < 1 << 40 else cell(value)
    return cell(value)


def label_cell(label: Label | None) -> Cell:
    """A label that counts: `✎ fraud`; nothing where there is none."""
    if label is None:
        return EMPTY
    return Cell(f"{LABEL_SIGN} {visible(label.draft.value[:60])}", "bold $accent")


def facts_of(table: Table, today: date) -> tuple[tuple[Column, ...], tuple[GridRow, ...]]:
    """Any small table as a grid shows it: numbers to the right, units in the headers, shares in %."""
    columns, drawn = [], []
    for place, name in enumerate(table.columns):
        values = [row[place] for row in table.rows]
        numeric = any(_is_number(value) for value in values) and all(
            value is None or _is_number(value) for value in values
        )
        unit = say.unit_of(table.units.get(name, ""))
        if numeric and unit == "share":
            unit = "%"
            values = [value * 100 if isinstance(value, int | float) else value for value in values]
        digits = _digits(values) if numeric else 0
        title = visible(name.replace("_", " ")[:40])
        if title.endswith(f" {unit}"):
            title = title.removesuffix(f" {unit}")
        # Where room is short, what is the same in all rows goes first, and what names the rows goes last:
        # a text or time in front, then texts by which one row is told from another, then shares.
        same = len(values) > 1 and len({repr(value) for value in values}) == 1
        texts = not same and all(isinstance(value, str) for value in values)
        times = place == 0 and not same and all(isinstance(value, datetime) for value in values)
        names = place == 0 and texts
        rank = place + 100 * same - 50 * (unit == "%") - 60 * texts - 200 * (names or times)
        dated = any(isinstance(value, datetime) for value in values)  # Of a time that is cut nothing is left.
        room = 0 if numeric or dated else 40 if names else 12
        columns.append(Column(name, title, unit, numeric, 56, room, rank=rank))
        drawn.append([_fact_cell(value, numeric, digits, today) for value in values])
    rows = tuple(GridRow(place, cells) for place, cells in enumerate(zip(*drawn, strict=True)))
    return tuple(columns), rows


def _is_number(value: object) -> bool:
    return isinstance(value, int | float) and not isinstance(value, bool)


def _digits(values: list[object]) -> int:
    """Digits after the point with which the largest number of a column has three that matter."""
    sizes = [abs(value) for value in values if isinstance(value, float) and math.isfinite(value)]
    largest = max(sizes, default=0.0)
    if all(size == int(size) for size in sizes) or largest >= 1000:
        return 0
    return max(1, 2 - math.floor(math.log10(largest)))


def _fact_cell(value: object, numeric: bool, digits: int, today: date) -> Cell:
    if value is None:
        return ABSENT
    if isinstance(value, datetime):
        return Cell(say.at(value, today), "$dim")
    if not numeric or not isinstance(value, int | float):
        return cell(value, "" if value != "" else "$faint")
    if isinstance(value, int):
        return Cell(say.count(value))
    return number_cell(value, min(digits, 6))
