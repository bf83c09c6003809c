"""Labels, an alert, and a writer that needs no store."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import polars as pl
import pytest

from console.model import Label, LabelDraft, LabelStatus, QueryCall

NOON = datetime(2026, 11, 2, 12, 0, tzinfo=UTC)

MakeLabel = Callable[..., Label]


class FrameWriter:
    """Writes a fixed frame, the labels beside it; may be told to fail."""

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
        self.calls: list[QueryCall] = []
        self.during: Callable[[Path], None] = lambda path: None
        self.claimed: int | None = None

    def write_parquet(self, call: QueryCall, path: Path, *, labels: pl.DataFrame) -> int:
        assert not path.exists()
        self.calls.append(call)
        self.frame.join(labels, on="request_key", how="left").write_parquet(path)
        self.during(path)
        return self.frame.height if self.claimed is None else self.claimed


@pytest.fixture
def writer() -> FrameWriter:
    return FrameWriter()


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
