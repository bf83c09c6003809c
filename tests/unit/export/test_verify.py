"""Whatever was changed after the export is found and named."""

from __future__ import annotations

import json
import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path

import polars as pl
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.errors import ExportError
from console.export import Asked, export_slice, manifest_path, verify
from console.model import QueryCall
from console.model.exporting import Role, SliceColumn, SliceCounts
from console.store.slices import StoredSlice


@contextmanager
def two_rows() -> Iterator[StoredSlice]:
    frame = pl.DataFrame({"request_key": ["f-1", "f-2"], "amount": [1.5, None]})
    columns = (SliceColumn("request_key", Role.FIELD), SliceColumn("amount", Role.FEATURE, "amount"))
    yield StoredSlice(
        columns, frame.schema, 2, 100, SliceCounts(2), (), None, frozenset(), lambda: iter([frame])
    )


def export_to(path: Path) -> Path:
    at = datetime(2026, 11, 2, tzinfo=UTC)
    export_slice(two_rows, path, Asked("slice.parquet", QueryCall("any"), "select 1", "ann@one", at))
    return path


@pytest.fixture
def exported(tmp_path: Path) -> Path:
    return export_to(tmp_path / "slice.parquet")


def change_manifest(path: Path, change: Callable[[dict[str, object]], object]) -> None:
    document = json.loads(manifest_path(path).read_bytes())
    change(document)
    manifest_path(path).write_text(json.dumps(document))


def test_an_untouched_slice_is_what_its_manifest_says(exported: Path) -> None:
    verification = verify(exported)
    assert verification.ok
    assert (verification.rows, verification.size) == (2, exported.stat().st_size)
    assert verification.manifest_path == str(manifest_path(exported))


@pytest.fixture(scope="module")
def shared(tmp_path_factory: pytest.TempPathFactory) -> Path:
    return export_to(tmp_path_factory.mktemp("shared") / "slice.parquet")


@given(place=st.floats(0, 1, exclude_max=True), flip=st.integers(1, 255))
@settings(max_examples=150, deadline=None)
def test_any_flipped_byte_is_caught(shared: Path, place: float, flip: int) -> None:
    whole = shared.read_bytes()
    cut = bytearray(whole)
    cut[int(place * len(whole))] ^= flip
    try:
        shared.write_bytes(cut)
        problems = verify(shared).problems
    finally:
        shared.write_bytes(whole)
    assert any(problem.startswith("its sha256 is ") for problem in problems)
    assert verify(shared).ok


def test_a_cut_file_is_caught(exported: Path) -> None:
    whole = exported.read_bytes()
    exported.write_bytes(whole[:-8])
    problems = verify(exported).problems
    assert problems[0] == f"it has {len(whole) - 8:,} bytes, the manifest says {len(whole):,}"
    assert problems[2].startswith("cannot be read as Parquet: ")
    assert verify(exported).rows is None
    exported.write_bytes(b"")
    assert not verify(exported).ok


def test_a_changed_row_count_is_caught(exported: Path) -> None:
    change_manifest(exported, lambda document: document.update(rows=3))
    assert verify(exported).problems == ("it has 2 rows, the manifest says 3",)


def test_another_slice_under_the_same_name_is_caught(exported: Path) -> None:
    pl.DataFrame({"amount": [1, 2, 3], "request_key": ["a", "b", "c"], "new": [True] * 3}).write_parquet(
        exported
    )
    problems = verify(exported).problems
    assert problems[2:] == (
        "it has 3 rows, the manifest says 2",
        "column 'new' is not in the manifest",
        "column 'amount' is int64, the manifest says float64",
    )


def test_columns_that_are_missing_or_moved_are_caught(exported: Path) -> None:
    pl.DataFrame({"request_key": ["f-1", "f-2"]}).write_parquet(exported)
    assert verify(exported).problems[-1] == "column 'amount' is missing"
    pl.DataFrame({"amount": [1.5, None], "request_key": ["f-1", "f-2"]}).write_parquet(exported)
    assert verify(exported).problems[-1] == "its columns are in another order than the manifest says"


def test_a_file_that_was_sent_alone_is_held_against_the_manifest_in_it(exported: Path) -> None:
    manifest_path(exported).unlink()
    alone = verify(exported)
    assert (alone.ok, alone.manifest_path, alone.rows) == (True, None, 2)
    moved = exported.with_name("moved.parquet")
    frame = pl.read_parquet(exported).head(1)
    frame.write_parquet(moved, metadata=pl.read_parquet_metadata(exported))
    assert verify(moved).problems == ("it has 1 rows, the manifest in it says 2",)


def test_a_damaged_value_in_a_file_that_was_sent_alone_is_found(tmp_path: Path) -> None:
    path = tmp_path / "slice.parquet"
    frame = pl.DataFrame({"amount": [n / 7 for n in range(5_000)]})
    carried = pl.read_parquet_metadata(export_to(path))["incident_console.manifest"]
    manifest_path(path).unlink()
    told = json.loads(carried) | {"rows": 5_000, "schema": {"amount": "float64"}}
    frame.write_parquet(path, compression="zstd", metadata={"incident_console.manifest": json.dumps(told)})
    assert verify(path).ok
    cut = bytearray(path.read_bytes())
    cut[4:400] = bytes(396)
    path.write_bytes(cut)
    with pytest.raises(ExportError, match="cannot be read as Parquet"):
        verify(path)


def test_two_manifests_that_are_at_odds_are_caught(exported: Path) -> None:
    change_manifest(exported, lambda document: document.update(author="somebody else"))
    assert verify(exported).problems == (
        "the manifest beside it says something else of 'author' than the one in it",
    )


def test_a_file_of_anybody_elses_is_said_to_have_no_manifest(tmp_path: Path) -> None:
    pl.DataFrame({"a": [1]}).write_parquet(tmp_path / "slice.parquet")
    with pytest.raises(ExportError, match=r"slice\.parquet\.manifest\.json: there is no manifest, and the"):
        verify(tmp_path / "slice.parquet")


def test_a_missing_slice_is_said(exported: Path) -> None:
    exported.unlink()
    with pytest.raises(ExportError, match=r"slice\.parquet: cannot be read: No such file"):
        verify(exported)


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("", "is not JSON"),
        ("\udcff", "is not JSON"),
        ("[" * 100_000, "is not JSON"),
        ("[1]", "is not a manifest of the incident console"),
        ('{"format": "another"}', "is not a manifest of the incident console"),
        (
            '{"format": "incident-console slice manifest", "format_version": 2}',
            "is of format version 2, this console reads 1; upgrade",
        ),
        (
            '{"format": "incident-console slice manifest", "format_version": 1, "rows": true}',
            "lacks rows, bytes, sha256 or schema",
        ),
    ],
)
def test_a_manifest_that_is_none_is_said(exported: Path, text: str, said: str) -> None:
    manifest_path(exported).write_bytes(text.encode("utf-8", "surrogateescape"))
    with pytest.raises(ExportError, match=said):
        verify(exported)


def test_a_name_that_is_no_text_is_refused_and_nothing_is_left(tmp_path: Path) -> None:
    with pytest.raises(ExportError, match="the name is not UTF-8"):
        export_to(tmp_path / os.fsdecode(b"\xff.parquet"))
    assert list(tmp_path.iterdir()) == []


def test_types_are_named_as_any_reader_would() -> None:
    from console.export.measure import type_name

    types: dict[str, pl.DataType] = {
        "timestamp[us]": pl.Datetime("us"),
        "timestamp[ns, UTC]": pl.Datetime("ns", "UTC"),
        "duration[ms]": pl.Duration("ms"),
        "decimal[18, 3]": pl.Decimal(18, 3),
        "list<string>": pl.List(pl.String),
        "list<struct<Key: string, n: list<int32>>>": pl.List(
            pl.Struct({"Key": pl.String, "n": pl.List(pl.Int32)})
        ),
        "list<float64>[2]": pl.Array(pl.Float64, 2),
        "map<string, bool>": pl.Map(pl.String, pl.Boolean),
        "bool": pl.Boolean(),
        "enum": pl.Enum(["Names", "are values"]),
        "binary": pl.Binary(),
        "uint8": pl.UInt8(),
    }
    assert {name: type_name(dtype) for name, dtype in types.items()} == {name: name for name in types}
