"""How much is read at once."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from console.ingest.content import up_to_a_line
from console.ingest.plain import PlainContent

LARGE = 2**20


@pytest.mark.parametrize(
    ("data", "length", "expected"),
    [
        (b"x" * 699 + b"\n", LARGE, LARGE // 700 * 700),
        (b"x" * 1023 + b"\n", LARGE, LARGE),
        (b"x" * 699 + b"\n", 1000, 1000),
        (b"x", LARGE, LARGE),
        (b"x" * (LARGE // 2) + b"\n" + b"x" * LARGE, LARGE, LARGE),
    ],
    ids=["ends with a line", "ends with one anyway", "is small", "has no line", "its last line is long"],
)
def test_a_large_block(tmp_path: Path, data: bytes, length: int, expected: int) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"first\n" + data * (2 * LARGE // len(data) + 1))
    content = PlainContent(os.open(path, os.O_RDONLY))
    assert up_to_a_line(content, length, 6) == expected
    content.close()


def test_what_is_not_there_is_asked_for_all_the_same(tmp_path: Path) -> None:
    path = tmp_path / "log"
    path.write_bytes(b"line\n" * 30_000)
    content = PlainContent(os.open(path, os.O_RDONLY))
    assert up_to_a_line(content, LARGE, 0) == LARGE
    content.close()
