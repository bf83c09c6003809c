"""Which requests are to be labelled, from a file that somebody made."""

from __future__ import annotations

from pathlib import Path

import polars as pl
import pytest

from console.engine.label_keys import read_keys
from console.errors import UsageError


@pytest.mark.parametrize(
    ("name", "content"),
    [
        ("ids.txt", "\ufeffa\n\n  b c \r\na\n"),
        ("ids", "a\nb c"),
        ("ids.csv", 'label,request_id\nx,a\ny,"b c"\nz\n'),
        ("ids.jsonl", '{"request_id":"a"}\n\n{"x":1,"request_id":"b c"}\n'),
    ],
)
def test_ids_are_read_from_lines_or_a_column_each_once(tmp_path: Path, name: str, content: str) -> None:
    path = tmp_path / name
    path.write_text(content, encoding="utf-8")
    assert read_keys(path) == ("a", "b c")


def test_numbers_are_ids_too(tmp_path: Path) -> None:
    pl.DataFrame({"request_id": [7, None, 9], "x": [1, 2, 3]}).write_parquet(tmp_path / "ids.parquet")
    assert read_keys(tmp_path / "ids.parquet") == ("7", "9")
    (tmp_path / "ids.ndjson").write_text('{"request_id": 7}\n')
    assert read_keys(tmp_path / "ids.ndjson") == ("7",)


@pytest.mark.parametrize(
    ("name", "content", "told"),
    [
        ("ids.txt", b"", "has no request id in it"),
        ("ids.txt", b"\xff\xfe", "is not UTF-8 text"),
        ("ids.txt", b"x" * 5_000, "is too long for a request id"),
        ("ids.csv", b"id\n1\n", "has no column request_id"),
        ("ids.jsonl", b"{", "line 1: not JSON"),
        ("ids.jsonl", b"[1]", "line 1: has no request_id"),
        ("ids.jsonl", b'{"request_id": true}', "line 1: has no request_id"),
        ("ids.jsonl", b"[" * 100_000, "line 1: not JSON"),
        ("ids.parquet", b"PAR1", "not Parquet that can be read"),
    ],
)
def test_what_is_wrong_with_a_file_is_told(tmp_path: Path, name: str, content: bytes, told: str) -> None:
    path = tmp_path / name
    path.write_bytes(content)
    with pytest.raises(UsageError) as raised:
        read_keys(path)
    assert told in str(raised.value) and str(path) in str(raised.value)


def test_a_file_that_is_not_there_is_told(tmp_path: Path) -> None:
    with pytest.raises(UsageError, match="No such file"):
        read_keys(tmp_path / "none.txt")
