"""Decoded records of one model, turned into columns of one type each.

A column whose values are all of the type that is expected is taken over whole, which is nearly always
so; only a column with something else in it is gone through value by value.
"""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from math import hypot
from operator import itemgetter

from console.ingest import values
from console.ingest.decode import DOUBTFUL_FLOAT, json_text, may_be_rounded
from console.ingest.formats import Unusable
from console.ingest.values import EXACT_INT, Misfit
from console.model import ModelRows

_NONE = type(None)
_TEXT = frozenset({str, _NONE})
_FLOAT = frozenset({float, _NONE})
_NUMBER = frozenset({float, int, _NONE})
_EMPTY: dict[str, object] = {}

# The root of the sum of squares is not below the largest magnitude, and is computed in C. Half the
# true limit leaves room for its rounding.
_SURELY_EXACT = 2.0**52

_NUMBERS: Mapping[str, values.Numbers] = {
    "status": values.STATUS,
    "latency_ms": values.DURATION,
    "score": values.NUMBER,
    "tokens_in": values.COUNT,
    "tokens_out": values.COUNT,
    "cost": values.NUMBER,
}
_OBJECTS = frozenset({"features", "tags", "stages"})
_TEXTS = ("request_id", "model_version", "endpoint", "error_message", "truth")


class Columns:
    """A few hundred records of one model, and the columns that they make."""

    def __init__(self, model: str) -> None:
        self.features: dict[str, None] = {}
        """Names of every feature of a record, in the order in which they turned up."""
        self.tags: dict[str, None] = {}
        """The same of tags."""
        self.lines: list[bytes] = []
        self.offsets: list[int] = []
        self.doubtful: set[int] = set()
        """Rows in which the last `build` met a number that may have been rounded in decoding."""
        self.unusable: dict[int, str] = {}
        """Rows that the last `build` could not use, and why."""
        self._model = model
        self._records: list[dict[str, object]] = []
        self._moments: list[int] = []
        self._origins: list[str] = []
        self._unknown: dict[int, tuple[str, ...]] = {}
        self._exact: set[int] = set()
        self._extras: dict[int, dict[str, object]] = {}

    def __len__(self) -> int:
        return len(self._records)

    def append(
        self,
        offset: int,
        line: bytes,
        record: dict[str, object],
        moment: int,
        origin: str,
        unknown: tuple[str, ...],
    ) -> None:
        """Add a row. The names of its features and tags are added by the caller."""
        if unknown:
            self._unknown[len(self._records)] = unknown
        self.lines.append(line)
        self.offsets.append(offset)
        self._records.append(record)
        self._moments.append(moment)
        self._origins.append(origin)

    def replace(self, row: int, record: dict[str, object]) -> None:
        """Put a record that was decoded exactly in the place of a doubtful one."""
        self._records[row] = record
        self._exact.add(row)

    def drop(self, rows: Collection[int]) -> None:
        """Take rows out."""
        kept = [row for row in range(len(self._records)) if row not in rows]
        place = {row: new for new, row in enumerate(kept)}
        self.lines = [self.lines[row] for row in kept]
        self._records = [self._records[row] for row in kept]
        self.offsets = [self.offsets[row] for row in kept]
        self._moments = [self._moments[row] for row in kept]
        self._origins = [self._origins[row] for row in kept]
        self._unknown = {place[row]: keys for row, keys in self._unknown.items() if row in place}
        self._exact = {place[row] for row in self._exact if row in place}

    def build(self) -> ModelRows:
        """All rows as columns, to be used only if no row is then doubtful or unusable."""
        self.doubtful, self.unusable, self._extras = set(), {}, {}
        fields: dict[str, Sequence[object]] = {"ts": self._moments, "ts_origin": self._origins}
        for name in _TEXTS:
            fields[name] = self._texts(name, _column(self._records, name))
        fields["error_type"] = self._error_types()
        for name, numbers_of in _NUMBERS.items():
            fields[name] = self._numbers(name, numbers_of)
        logged = _column(self._records, "prediction")
        fields["prediction"] = self._texts("prediction", logged)
        fields["prediction_value"] = _finite_numbers(logged)
        fields["stages"] = self._stages()
        fields["source_offset"] = self.offsets
        numbers, texts = self._feature_columns()
        tags = self._tag_columns()
        fields["extra"] = self._extra_column()
        return ModelRows(model=self._model, fields=fields, numbers=numbers, texts=texts, tags=tags)

    def _misfit(self, row: int, name: str, value: object) -> None:
        self._extras.setdefault(row, {})[name] = value

    def _doubt(self, row: int, value: object) -> None:
        if type(value) is float and abs(value) >= DOUBTFUL_FLOAT and row not in self._exact:
            self.doubtful.add(row)

    def _json(self, row: int, value: object) -> str | None:
        try:
            text = json_text(value)
        except Unusable as error:
            self.unusable[row] = str(error)
            return None
        if row not in self._exact and may_be_rounded(text):
            self.doubtful.add(row)
        return text

    def _text(self, row: int, value: object) -> str | None:
        self._doubt(row, value)
        text = values.as_scalar_text(value)
        return self._json(row, value) if text is None else text

    def _texts(self, name: str, column: list[object]) -> Sequence[object]:
        kinds = set(map(type, column))
        if kinds <= _TEXT:
            return column
        return [None if value is None else self._text(row, value) for row, value in enumerate(column)]

    def _error_types(self) -> Sequence[object]:
        column = _column(self._records, "error_type")
        if set(map(type, column)) <= _TEXT and "" not in column:
            return column
        for row, value in enumerate(column):
            if value is not None and values.is_no_error(value):
                self._misfit(row, "error_type", value)
                column[row] = None
        return self._texts("error_type", column)

    def _numbers(self, name: str, field: values.Numbers) -> Sequence[object]:
        column = _column(self._records, name)
        kinds = set(map(type, column))
        if kinds == {_NONE} or field.take_all(column, kinds):
            return column
        converted: list[object] = []
        for row, value in enumerate(column):
            if value is None:
                converted.append(None)
                continue
            self._doubt(row, value)
            try:
                converted.append(field.convert(value))
            except Misfit:
                converted.append(None)
                self._misfit(row, name, value)
        return converted

    def _stages(self) -> Sequence[object]:
        column = _column(self._records, "stages")
        if set(map(type, column)) == {_NONE}:
            return column
        converted: list[str | None] = []
        for row, value in enumerate(column):
            if type(value) is dict:
                converted.append(self._json(row, value))
                continue
            converted.append(None)
            if value is not None:
                self._misfit(row, "stages", value)
        return converted

    def _objects(self, name: str) -> list[dict[str, object]]:
        column = _column(self._records, name)
        if set(map(type, column)) == {dict}:
            return column  # type: ignore[return-value]
        objects: list[dict[str, object]] = []
        for row, value in enumerate(column):
            if isinstance(value, dict):
                objects.append(value)
                continue
            objects.append(_EMPTY)
            if value is not None:
                self._misfit(row, name, value)
        return objects

    def _feature_columns(self) -> tuple[dict[str, Sequence[float | None]], dict[str, Sequence[str | None]]]:
        logged = self._objects("features")
        numbers: dict[str, Sequence[float | None]] = {}
        texts: dict[str, Sequence[str | None]] = {}
        for name in self.features:
            column = _column(logged, name)
            kinds = set(map(type, column))
            if kinds <= _TEXT:
                if str in kinds:
                    texts[name] = column  # type: ignore[assignment]
            elif not (kinds <= _NUMBER and (whole := _exact_doubles(column, kinds)) is not None):
                self._mixed_feature(name, column, numbers, texts)
            else:
                numbers[name] = whole
        return numbers, texts

    def _mixed_feature(
        self,
        name: str,
        column: list[object],
        numbers: dict[str, Sequence[float | None]],
        texts: dict[str, Sequence[str | None]],
    ) -> None:
        as_numbers: list[float | None] = [None] * len(column)
        as_texts: list[str | None] = [None] * len(column)
        for row, value in enumerate(column):
            kind = type(value)
            if value is None:
                continue
            if kind is float or (kind is int and -EXACT_INT <= value <= EXACT_INT):  # type: ignore[operator]
                as_numbers[row] = float(value)  # type: ignore[arg-type]
                self._doubt(row, value)
            else:
                as_texts[row] = self._text(row, value)
        if as_numbers.count(None) < len(column):
            numbers[name] = as_numbers
        if as_texts.count(None) < len(column):
            texts[name] = as_texts

    def _tag_columns(self) -> dict[str, Sequence[str | None]]:
        logged = self._objects("tags")
        columns: dict[str, Sequence[str | None]] = {}
        for name in self.tags:
            column = _column(logged, name)
            if set(map(type, column)) != {_NONE}:
                columns[name] = self._texts(name, column)  # type: ignore[assignment]
        return columns

    def _extra_column(self) -> Sequence[object]:
        column: list[str | None] = [None] * len(self._records)
        for row, unknown in self._unknown.items():
            record = self._records[row]
            self._extras.setdefault(row, {}).update({key: record[key] for key in unknown if key in record})
        for row, extra in self._extras.items():
            column[row] = self._json(row, extra)
        return column


def fits(name: str, value: object) -> bool:
    """Whether the field takes the value, which is not null, instead of leaving it to `extra`."""
    if name in _NUMBERS:
        try:
            _NUMBERS[name].convert(value)
        except Misfit:
            return False
        return True
    if name == "error_type":
        return not values.is_no_error(value)
    return name not in _OBJECTS or isinstance(value, dict)


def _column(records: Sequence[Mapping[str, object]], name: str) -> list[object]:
    try:
        return list(map(itemgetter(name), records))
    except KeyError:
        return [record.get(name) for record in records]


def _finite_numbers(column: list[object]) -> Sequence[object]:
    """Each value that is a number as a double, None for all others."""
    kinds = set(map(type, column))
    if kinds <= _FLOAT:
        return column
    if kinds <= _TEXT:
        return [None] * len(column)
    numbers: list[float | None] = []
    for value in column:
        try:
            numbers.append(float(value) if type(value) in (int, float) else None)  # type: ignore[arg-type]
        except OverflowError:
            numbers.append(None)
    return numbers


def _exact_doubles(column: list[object], kinds: set[type]) -> list[float | None] | None:
    """A column of numbers and None as doubles; None if one may not be exact as a double."""
    present = column if _NONE not in kinds else [value for value in column if value is not None]
    try:
        if hypot(*present) > _SURELY_EXACT:  # type: ignore[arg-type]
            return None
    except OverflowError:
        return None
    if int not in kinds:
        return column  # type: ignore[return-value]
    return [None if value is None else float(value) for value in column]  # type: ignore[arg-type]
