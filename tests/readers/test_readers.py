"""A slice is read by the field's own tools with the columns, types and values that were logged."""

from __future__ import annotations

import json
from pathlib import Path

import polars as pl
import pytest

from tests.readers.conftest import EXPECTED, FEATURES


def test_polars_reads_it(exported: Path) -> None:
    frame = pl.read_parquet(exported)
    assert {name: frame[name].to_list() for name in EXPECTED} == EXPECTED
    kinds = {
        "ts": pl.Datetime("us", "UTC"),
        "status": pl.Int32(),
        "tokens_in": pl.Int64(),
        "amount": pl.Float64(),
        "is_error": pl.Boolean(),
        "país": pl.String(),
        "labelled_at": pl.Datetime("us", "UTC"),
    }
    assert {name: frame.schema[name] for name in kinds} == kinds


def test_duckdb_reads_it(exported: Path) -> None:
    import duckdb

    with duckdb.connect() as connection:
        connection.execute("set TimeZone = 'UTC'")
        relation = connection.read_parquet(str(exported))
        kinds = dict(zip(relation.columns, map(str, relation.types), strict=True))
        table = dict(zip(relation.columns, zip(*relation.fetchall(), strict=True), strict=True))
        said = connection.execute(
            "select decode(value) from parquet_kv_metadata($path) where decode(key) = $key",
            {"path": str(exported), "key": "incident_console.manifest"},
        ).fetchall()
    assert {name: list(table[name]) for name in EXPECTED} == EXPECTED
    assert (kinds["ts"], kinds["tokens_in"], kinds["amount"]) == (
        "TIMESTAMP WITH TIME ZONE",
        "BIGINT",
        "DOUBLE",
    )
    assert json.loads(said[0][0])["features"] == FEATURES


def test_pandas_reads_it(exported: Path) -> None:
    import pandas as pd

    frame = pd.read_parquet(exported)
    for name, values in EXPECTED.items():
        expected = pd.Series(values, dtype=frame[name].dtype, name=name)
        pd.testing.assert_series_equal(frame[name], expected)
    assert str(frame["ts"].dtype) == "datetime64[us, UTC]"
    assert (str(frame["amount"].dtype), str(frame["is_error"].dtype)) == ("float64", "bool")


def test_hugging_face_datasets_reads_it(
    exported: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HF_HOME", str(tmp_path))
    monkeypatch.setenv("HF_HUB_OFFLINE", "1")
    import datasets

    datasets.disable_progress_bars()
    loaded = datasets.Dataset.from_parquet(str(exported), cache_dir=str(tmp_path))
    assert {name: list(loaded[name]) for name in EXPECTED} == EXPECTED
    kinds = {name: loaded.features[name].dtype for name in ("ts", "tokens_in", "amount", "is_error")}
    assert kinds == {
        "ts": "timestamp[us, tz=UTC]",
        "tokens_in": "int64",
        "amount": "float64",
        "is_error": "bool",
    }
