"""A manifest counts what masks have left in the rows, and is held to it."""

from __future__ import annotations

import json
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest

from console.export import Asked, export_slice, manifest_path, set_path, verify
from console.export.masked import left_by
from console.model import QueryCall
from console.model.exporting import ExportOptions, Role, SliceColumn, SliceCounts, Split
from console.store.slices import StoredSlice

RULES = (
    {"fields": ["email"], "with": "hash"},
    {"values": "card", "with": "last4"},
    {"fields": ["ssn"], "with": "last4"},
    {"values": "email", "with": "drop"},
    {"fields": ["nickname"], "with": "drop"},
)
ROWS = pl.DataFrame(
    {
        "email": ["h:00aa11bb22cc33dd", "h:6f8b4bd530df7d85", None, None],
        "note": ["from [email] to [email]", "card …1111, h:6f8b4bd530df7d85", "so …, and so on", ""],
        "ssn": ["…\n234", "…", None, "12"],
        "nickname": pl.Series([None] * 4, dtype=pl.String),
        "amount": [1.0, 2.0, 3.0, 4.0],
        "split": ["train", "validation", "train", "train"],
    }
)


@contextmanager
def rows() -> Iterator[StoredSlice]:
    columns = tuple(SliceColumn(name, Role.FIELD) for name in ROWS.columns)
    counts = SliceCounts(4, {}, {"train": {"": 3}, "validation": {"": 1}})
    yield StoredSlice(columns, ROWS.schema, 4, 100, counts, (), "split", frozenset(), lambda: iter([ROWS]))


def told(path: Path) -> dict[str, object]:
    document = json.loads(manifest_path(path).read_bytes())
    assert isinstance(document, dict)
    return document


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    path = tmp_path / "slice.parquet"
    options = ExportOptions(split=Split(), split_files=True)
    at = datetime(2026, 11, 2, tzinfo=UTC)
    asked = Asked(path.name, QueryCall("any"), "select 1", "ann@one", at, options=options, masks=RULES)
    export_slice(rows, path, asked)
    return path


def test_rows_with_what_a_mask_left_are_counted_by_column_in_each_file(exported: Path) -> None:
    assert told(exported)["masked_rows"] == {
        "email": {"hash": 2},
        "note": {"drop": 1, "hash": 1, "last4": 1},
        "ssn": {"last4": 2},
    }
    assert told(set_path(exported, "validation"))["masked_rows"] == {
        "email": {"hash": 1},
        "note": {"hash": 1, "last4": 1},
        "ssn": {"last4": 1},
    }
    assert verify(exported).ok and verify(set_path(exported, "train")).ok


def test_another_count_than_the_files_is_told_by_its_column(exported: Path) -> None:
    document = told(exported)
    document["masked_rows"] = {"email": {"hash": 1}, "ssn": {"last4": 2}, "gone": "\x1b[31m"}
    manifest_path(exported).write_text(json.dumps(document))
    assert verify(exported).problems == (
        "in column 'email' rows with masked values are 2 hash, the manifest says 1 hash",
        "in column 'gone' rows with masked values are none, the manifest says something else",
        "in column 'note' rows with masked values are 1 drop, 1 hash, 1 last4, the manifest says none",
    )


def test_without_masks_nothing_is_counted_and_what_is_no_rule_says_nothing() -> None:
    assert left_by(()) == {}
    assert left_by(["hash", {"with": "blot"}, {"with": "drop"}, {"with": ["hash"]}, {}]) == {}
    assert left_by([{"with": "drop", "values": "EMP-.*("}]) == {"drop": r"\[masked\]"}
