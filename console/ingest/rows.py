"""Rows of a frame as lines of JSON, no value altered."""

from __future__ import annotations

import base64
import math
from collections.abc import Callable, Iterable
from typing import TypeVar

import orjson
import polars as pl

_T = TypeVar("_T")

_MOMENT = "%Y-%m-%dT%H:%M:%S%.f"


def json_lines(frame: pl.DataFrame) -> bytes:
    """Each row as one JSON object and a newline. A null is left out.

    The same row gives the same bytes, whatever rows it stands among.

    Raises:
        ValueError: a value is nested too deep.
    """
    names = frame.columns
    columns = [_values(series) for series in frame.get_columns()]
    try:
        return b"".join(
            orjson.dumps(_present(names, row), option=orjson.OPT_APPEND_NEWLINE)
            for row in zip(*columns, strict=True)
        )
    except orjson.JSONEncodeError as error:
        raise ValueError(str(error)) from error


def _present(names: Iterable[str], values: Iterable[object]) -> dict[str, object]:
    return {name: value for name, value in zip(names, values, strict=True) if value is not None}


def _values(series: pl.Series) -> list[object]:
    """The values as orjson is to write them."""
    dtype = series.dtype
    if isinstance(dtype, pl.Datetime):
        return series.dt.strftime(_MOMENT + "%:z" if dtype.time_zone else _MOMENT).to_list()
    if isinstance(dtype, pl.Date):
        return series.dt.strftime("%Y-%m-%d").to_list()
    if isinstance(dtype, pl.Time):
        return series.dt.strftime("%H:%M:%S%.f").to_list()
    if isinstance(dtype, pl.Duration):
        return series.dt.to_string("iso").to_list()
    if dtype.is_float():
        # All but the numbers that JSON has no token for is what `all` passes over quickly.
        return series.to_list() if series.is_finite().all() else _each(series.to_list(), _number)
    if isinstance(dtype, pl.Decimal | pl.Int128 | pl.UInt128):
        return _each(series.cast(pl.String).to_list(), _digits)
    if isinstance(dtype, pl.Binary):
        return _each(series.to_list(), _text)
    if isinstance(dtype, pl.Struct):
        fields = series.struct.unnest()
        columns = [_values(field) for field in fields.get_columns()]
        rows = zip(*columns, strict=True) if columns else iter([()] * len(series))
        nulls = series.is_null().to_list()
        return [
            None if null else _present(fields.columns, row) for null, row in zip(nulls, rows, strict=True)
        ]
    if isinstance(dtype, pl.Map):
        return _maps(series)
    if isinstance(dtype, pl.Array):
        return [*_lists(series.arr.to_list())]
    if isinstance(dtype, pl.List):
        return [*_lists(series)]
    return series.to_list()


def _lists(series: pl.Series) -> list[list[object] | None]:
    flat = iter(_values(series.explode(empty_as_null=False, keep_nulls=False)))
    lengths = series.list.len().to_list()
    return [None if n is None else [next(flat) for _ in range(n)] for n in lengths]


def _maps(series: pl.Series) -> list[object]:
    """A key that is no text becomes its JSON text; a null value is left out, like that of a field."""
    keys = _lists(series.map.keys())
    values = _lists(series.map.values())
    return [
        None if ks is None or vs is None else _present(map(_key, ks), vs)
        for ks, vs in zip(keys, values, strict=True)
    ]


def _key(value: object) -> str:
    return value if isinstance(value, str) else orjson.dumps(value).decode()


def _each(values: Iterable[_T | None], told: Callable[[_T], object]) -> list[object]:
    return [None if value is None else told(value) for value in values]


def _number(value: float) -> object:
    if math.isfinite(value):
        return value
    return orjson.Fragment("NaN" if math.isnan(value) else "Infinity" if value > 0 else "-Infinity")


def _digits(text: str) -> object:
    return orjson.Fragment(text)


def _text(value: bytes) -> object:
    try:
        return value.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(value).decode()}
