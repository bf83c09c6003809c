"""Records of one model, gathered from a block of lines, as the columns of a batch."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from itertools import chain
from typing import TypeVar

from console.ingest.columns import Columns
from console.ingest.decode import decode_exactly
from console.ingest.formats import Format, Unusable
from console.model import ModelRows

T = TypeVar("T")

Refused = tuple[int, bytes, Unusable]
"""Offset and line of a line that cannot be used after all, and why."""

# Records are turned into columns this many at a time, while the decoded ones are still in the
# processor's cache: faster than a block of 4 MiB at once, and with less memory.
_AT_ONCE = 512


class ModelColumns:
    """Records of one model, gathered from a block of lines until they become `ModelRows`."""

    def __init__(self, model: str, format: Format) -> None:
        self.model = model
        self._format = format
        self._parts: list[ModelRows] = []
        self._refused: list[Refused] = []
        self._built = 0
        self._names: set[tuple[int, str]] = set()
        self._clear()

    def _clear(self) -> None:
        self._columns = Columns(self.model)
        self._shapes: set[tuple[str, ...]] = set()
        self._tag_shapes: set[tuple[str, ...]] = set()

    def __len__(self) -> int:
        """How many records have been gathered."""
        return self._built + len(self._columns)

    @property
    def width(self) -> int:
        """How many columns the features and tags gathered so far need."""
        return len(self._names)

    def add(
        self,
        offset: int,
        line: bytes,
        record: dict[str, object],
        moment: int,
        origin: str,
        unknown: tuple[str, ...],
    ) -> None:
        """Gather one record.

        Args:
            offset: of its line, in bytes.
            line: as it was logged, in case that it has to be decoded exactly.
            record: what its format made of it.
            moment: its `ts` in microseconds since 1970 UTC.
            origin: its `ts_origin`.
            unknown: the record's keys that are not `RECORD_FIELDS`.
        """
        if len(self._columns) == _AT_ONCE:
            self._build_gathered()
        features = record.get("features")
        if type(features) is dict:
            shape = tuple(features)
            if shape not in self._shapes:
                self._shapes.add(shape)
                self._widen(0, self._columns.features, shape)
        tags = record.get("tags")
        if type(tags) is dict:
            shape = tuple(tags)
            if shape not in self._tag_shapes:
                self._tag_shapes.add(shape)
                self._widen(1, self._columns.tags, shape)
        self._columns.append(offset, line, record, moment, origin, unknown)

    def rows(self) -> tuple[ModelRows | None, list[Refused]]:
        """The columns of all that was gathered, and the lines that turned out to be unusable.

        The columns are None if no line is left.
        """
        if len(self._columns):
            self._build_gathered()
        return (joined(self._parts) if self._parts else None), self._refused

    def _widen(self, kind: int, names: dict[str, None], shape: tuple[str, ...]) -> None:
        names.update(dict.fromkeys(shape))
        self._names.update((kind, name) for name in shape)

    def _build_gathered(self) -> None:
        self._built += len(self._columns)
        while len(self._columns):
            rows = self._columns.build()
            doubtful = set(self._columns.doubtful)
            unusable = {row: Unusable(why) for row, why in self._columns.unusable.items()}
            for row in doubtful:
                try:
                    decoded = decode_exactly(self._columns.lines[row])
                    assert isinstance(decoded, dict)
                    self._columns.replace(row, self._format.record(decoded))
                except Unusable as error:
                    unusable[row] = error
            if unusable:
                lines, offsets = self._columns.lines, self._columns.offsets
                self._refused += [(offsets[row], lines[row], why) for row, why in unusable.items()]
                self._columns.drop(unusable)
            elif not doubtful:
                self._parts.append(rows)
                break
        self._clear()


def joined(parts: Sequence[ModelRows]) -> ModelRows:
    """Rows of one model one below the other; where a part lacks a column it is None."""
    if len(parts) == 1:
        return parts[0]
    first = parts[0]
    return ModelRows(
        model=first.model,
        fields={
            name: list(chain.from_iterable(part.fields[name] for part in parts)) for name in first.fields
        },
        numbers=_joined([(part.numbers, len(part)) for part in parts]),
        texts=_joined([(part.texts, len(part)) for part in parts]),
        tags=_joined([(part.tags, len(part)) for part in parts]),
    )


def _joined(parts: Sequence[tuple[Mapping[str, Sequence[T | None]], int]]) -> dict[str, Sequence[T | None]]:
    columns: dict[str, list[T | None]] = {}
    rows = 0
    for part, length in parts:
        for name, values_of_part in part.items():
            column = columns.setdefault(name, [])
            if len(column) < rows:
                column.extend([None] * (rows - len(column)))
            column.extend(values_of_part)
        rows += length
    for column in columns.values():
        column.extend([None] * (rows - len(column)))
    return dict(columns)
