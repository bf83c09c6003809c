"""Parquet files as lines: the values that are in them, the same bytes each time, and what is broken."""

from __future__ import annotations

import io
import json
import math
import tracemalloc
from collections.abc import Mapping
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.ingest.content import Content, Overwritten
from console.ingest.opening import open_content

MOMENT = datetime(2026, 11, 2, 3, 4, 5, 678901, tzinfo=UTC)

WORDS = pl.Map(pl.String, pl.String)


def packed(frame: pl.DataFrame, *, rows_a_group: int | None = None) -> bytes:
    buffer = io.BytesIO()
    frame.write_parquet(buffer, row_group_size=rows_a_group)
    return buffer.getvalue()


def opened(directory: Path, data: bytes) -> Content:
    path = directory / "log"
    path.write_bytes(data)
    return open_content(str(path))


def all_of(content: Content, *, budget: int = 100_000) -> bytes:
    """Everything it gives."""
    read = b""
    while block := content.read(budget, len(read)):
        read += block
    return read


def line_of(directory: Path, values: Mapping[str, pl.Series]) -> str:
    """The one line of a file with these columns."""
    content = opened(directory, packed(pl.DataFrame(dict(values))))
    read = all_of(content)
    content.close()
    assert read.endswith(b"\n") and read.count(b"\n") == 1
    return read.decode().rstrip("\n")


TEXTS = {
    "text": (pl.Series(['"[/x]\n\\ é']), r'"\"[/x]\n\\ é"'),
    "truth": (pl.Series([True]), "true"),
    "small": (pl.Series([-5], dtype=pl.Int8), "-5"),
    "64 bits": (pl.Series([2**64 - 1], dtype=pl.UInt64), "18446744073709551615"),
    "128 bits": (pl.Series([-(2**127)], dtype=pl.Int128), "-170141183460469231731687303715884105728"),
    "decimal": (pl.Series([Decimal("-0.10")], dtype=pl.Decimal(20, 2)), "-0.10"),
    "long decimal": (
        pl.Series([Decimal("12345678901234567890.123456789012345678")], dtype=pl.Decimal(38, 18)),
        "12345678901234567890.123456789012345678",
    ),
    "double": (pl.Series([0.1]), "0.1"),
    "float": (pl.Series([0.1], dtype=pl.Float32), "0.10000000149011612"),
    "not a number": (pl.Series([math.nan]), "NaN"),
    "infinite": (pl.Series([math.inf], dtype=pl.Float32), "Infinity"),
    "minus": (pl.Series([-math.inf]), "-Infinity"),
    "naive": (pl.Series([MOMENT.replace(tzinfo=None)]), '"2026-11-02T03:04:05.678901"'),
    "whole second": (pl.Series([MOMENT.replace(microsecond=0)]), '"2026-11-02T03:04:05+00:00"'),
    "utc": (pl.Series([MOMENT]), '"2026-11-02T03:04:05.678901+00:00"'),
    "zone": (
        pl.Series([MOMENT.replace(tzinfo=ZoneInfo("Asia/Kolkata"))]),
        '"2026-11-02T03:04:05.678901+05:30"',
    ),
    "nanoseconds": (pl.Series([1], dtype=pl.Datetime("ns")), '"1970-01-01T00:00:00.000000001"'),
    "date": (pl.Series([date(2026, 11, 2)]), '"2026-11-02"'),
    "time": (pl.Series([time(3, 4, 5, 600000)]), '"03:04:05.600"'),
    "duration": (pl.Series([timedelta(days=1, milliseconds=5)]), '"P1DT0.005S"'),
    "category": (pl.Series(["a"], dtype=pl.Categorical), '"a"'),
    "bytes that are text": (pl.Series(["é".encode()]), '"é"'),
    "bytes": (pl.Series([b"\xff\x00"]), '{"base64":"/wA="}'),
    "struct": (
        pl.Series([{"a": 1, "b": None, "c": {"at": date(2026, 1, 2)}}]),
        '{"a":1,"c":{"at":"2026-01-02"}}',
    ),
    "list": (pl.Series([[1.5, None, math.nan]]), "[1.5,null,NaN]"),
    "empty list": (pl.Series([[]], dtype=pl.List(pl.Int8)), "[]"),
    "lists": (pl.Series([[[date(2026, 1, 2)], [], None]]), '[["2026-01-02"],[],null]'),
    "array": (pl.Series([[1, 2]], dtype=pl.Array(pl.Int8, 2)), "[1,2]"),
    "structs": (pl.Series([[{"k": Decimal("1.5")}, None]]), '[{"k":1.5},null]'),
    "map": (
        pl.Series([{"region": "EU", "": "x"}], dtype=WORDS),
        '{"region":"EU","":"x"}',
    ),
    "map of numbers": (
        pl.Series([{7: math.inf, 8: None}], dtype=pl.Map(pl.Int8, pl.Float64)),
        '{"7":Infinity}',
    ),
}


@pytest.mark.parametrize("case", TEXTS)
def test_each_type_has_a_text_that_loses_nothing(case: str, tmp_path: Path) -> None:
    series, text = TEXTS[case]
    assert line_of(tmp_path, {"v": series}) == f'{{"v":{text}}}'


def test_a_null_is_left_out(tmp_path: Path) -> None:
    nulls = {
        "a": pl.Series([None], dtype=pl.Int64),
        "b": pl.Series([None], dtype=pl.List(pl.Int8)),
        "c": pl.Series([None], dtype=pl.Struct({"x": pl.Int8})),
        "d": pl.Series([None], dtype=pl.Map(pl.String, pl.Int8)),
        "e": pl.Series([None], dtype=pl.Float64),
        "f": pl.Series([None], dtype=pl.Datetime("us", "UTC")),
        "g": pl.Series([1]),
    }
    assert line_of(tmp_path, nulls) == '{"g":1}'


@cache
def frame(rows: int) -> pl.DataFrame:
    return pl.DataFrame(
        {
            "request_id": [f"r{n}" for n in range(rows)],
            "score": [n / 7 if n % 5 else None for n in range(rows)],
            "tags": [{"region": "EU", "n": n} for n in range(rows)],
            "list": [list(range(n % 4)) if n % 11 else None for n in range(rows)],
            "deep": pl.Series(
                [{"at": n, "of": [n] if n % 3 else None} if n % 13 else None for n in range(rows)],
                dtype=pl.Struct({"at": pl.Int64, "of": pl.List(pl.Int64)}),
            ),
            "words": pl.Series(
                [{str(n): f"w{n}"} if n % 7 else None for n in range(rows)],
                dtype=WORDS,
            ),
        }
    )


def expected(rows: int) -> list[object]:
    """The rows as polars gives them, without what is null."""

    def present(value: object) -> object:
        if isinstance(value, dict):
            return {k: present(v) for k, v in value.items() if v is not None}
        return value

    return [present(row) for row in frame(rows).iter_rows(named=True)]


@pytest.mark.parametrize("rows_a_group", [None, 700])
def test_every_row_is_one_line_in_the_order_of_the_file(rows_a_group: int | None, tmp_path: Path) -> None:
    content = opened(tmp_path, packed(frame(6000), rows_a_group=rows_a_group))
    assert (content.kind, content.seekable, content.place()) == ("parquet", False, 0)
    assert [json.loads(line) for line in all_of(content).splitlines()] == expected(6000)
    assert content.ended
    assert content.place() == content.look().size
    content.close()


READS = st.lists(st.tuples(st.integers(0, 30_000), st.integers(0, 400_000)), min_size=1, max_size=8)


@settings(max_examples=10, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(reads=READS)
def test_any_reads_at_any_offsets_give_the_bytes_that_lie_there(
    reads: list[tuple[int, int]], tmp_path: Path
) -> None:
    data = packed(frame(5000), rows_a_group=900)
    content = opened(tmp_path, data)
    whole = all_of(content)
    content.close()
    content = opened(tmp_path, data)
    for length, offset in reads:
        assert content.read(length, offset) == whole[offset : offset + length]
    content.close()


def test_a_file_without_rows_has_ended(tmp_path: Path) -> None:
    content = opened(tmp_path, packed(frame(0)))
    assert content.read(100, 0) == b""
    assert content.ended
    content.close()


def test_a_file_of_which_the_end_is_not_there_is_waited_for(tmp_path: Path) -> None:
    data = packed(frame(100))
    content = opened(tmp_path, data[:-1])
    assert (content.kind, content.read(100, 0), content.ended, content.place()) == ("parquet", b"", False, 0)
    (tmp_path / "log").write_bytes(data)
    assert len(all_of(content).splitlines()) == 100
    assert content.ended
    content.close()


def test_a_file_that_turns_into_another_is_said_to_be_another(tmp_path: Path) -> None:
    content = opened(tmp_path, packed(frame(500)))
    assert content.read(10, 0)
    (tmp_path / "log").write_bytes(packed(frame(501)))
    with pytest.raises(Overwritten):
        all_of(content)
    content.close()


def test_broken_pages_are_an_error_with_the_row(tmp_path: Path) -> None:
    data = bytearray(packed(frame(3000), rows_a_group=1000))
    middle = len(data) // 2
    data[middle : middle + 3000] = bytes(3000)
    content = opened(tmp_path, bytes(data))
    read = b""
    with pytest.raises(OSError, match=r"row [\d,]+ of the Parquet file cannot be read"):
        while True:
            read += content.read(3000, len(read))
            assert len(read) < 10 * len(data)
    rows = [json.loads(line) for line in read.splitlines()]
    assert rows == expected(3000)[: len(rows)]
    assert len(rows) >= 16
    with pytest.raises(OSError, match="cannot be read"):
        content.read(10, len(read))
    content.close()


def test_a_broken_end_is_an_error(tmp_path: Path) -> None:
    content = opened(tmp_path, b"PAR1 this is not one \x10\x00\x00\x00PAR1")
    with pytest.raises(OSError, match="Parquet file cannot be read"):
        content.read(100, 0)
    content.close()


def test_long_rows_are_taken_a_few_at_a_time(tmp_path: Path) -> None:
    """A small file may hold one long text a thousand times."""
    text = "x" * 200_000
    content = opened(tmp_path, packed(pl.DataFrame({"prompt": [text] * 2000})))
    tracemalloc.start()
    assert content.read(20, 350_000_000).strip(b"x") == b""
    _, peak = tracemalloc.get_traced_memory()
    tracemalloc.stop()
    assert peak < 50 * 2**20
    content.close()
