"""Labels, an alert, and rows that need no store."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from datetime import UTC, datetime, timedelta

import polars as pl
import pytest

from console.model import Label, LabelDraft, LabelStatus
from console.model.exporting import Role, SliceColumn, SliceCounts
from console.store.slices import StoredSlice

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

ROLES = {"amount": Role.FEATURE, "country": Role.FEATURE}

MakeLabel = Callable[..., Label]


class FixedRows:
    """Gives a fixed frame, in two parts; may be told to fail."""

    def __init__(self) -> None:
        self.frame = pl.DataFrame(
            {
                "ts": [NOON + timedelta(seconds=n) for n in range(100)],
                "request_key": [f"f-{n}" for n in range(100)],
                "amount": [n / 3 for n in range(100)],
                "country": ["DE", None] * 50,
            },
            schema_overrides={"ts": pl.Datetime("us", "UTC")},
        )
        self.opened = 0
        self.during: Callable[[], None] = lambda: None
        self.claimed: int | None = None
        self.counted: Mapping[str, Mapping[str, int]] | None = None

    @contextmanager
    def open(self) -> Iterator[StoredSlice]:
        self.opened += 1
        rows = self.frame.height
        yield StoredSlice(
            columns=tuple(SliceColumn(name, ROLES.get(name, Role.FIELD)) for name in self.frame.columns),
            schema=self.frame.schema,
            rows=rows if self.claimed is None else self.claimed,
            group_rows=40,
            counts=SliceCounts(rows + 1, {"fraud": 2}, self.counted or {"train": {"": rows}}),
            cuts=(),
            split_column="split" if "split" in self.frame.columns else None,
            lacking=frozenset(),
            frames=self._frames,
        )

    def _frames(self) -> Iterator[pl.DataFrame]:
        yield self.frame.head(60)
        yield self.frame.tail(-60)
        self.during()


@pytest.fixture
def slice() -> FixedRows:
    return FixedRows()


@pytest.fixture
def make_label() -> MakeLabel:
    numbers = iter(range(1_000_000))

    def make(
        key: str,
        value: str,
        *,
        author: str = "ann@one",
        overrides: Label | None = None,
        status: LabelStatus = LabelStatus.SUBMITTED,
        note: str = "",
        alert_id: str = "",
    ) -> Label:
        number = next(numbers)
        return Label(
            label_id=f"id-{number}",
            draft=LabelDraft(key, value, note=note, model="fraud", alert_id=alert_id),
            status=status,
            source="human",
            author=author,
            at=NOON + timedelta(seconds=number),
            previous_value=None if overrides is None else overrides.draft.value,
            overrides=None if overrides is None else overrides.label_id,
            act=f"act-{number}",
        )

    return make
