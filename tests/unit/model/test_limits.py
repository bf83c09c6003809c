"""Sizes and spans as people write them, and what a budget may be."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.errors import UsageError
from console.model import Limits, parse_size, parse_span, size_in_words


@pytest.mark.parametrize(
    ("text", "size"),
    [
        ("0", 0),
        ("4096", 4096),
        ("100B", 100),
        ("512MiB", 512 * 2**20),
        ("512mib", 512 * 2**20),
        ("1.5GiB", 3 * 2**29),
        ("4G", 4 * 2**30),
        ("4GB", 4 * 10**9),
        ("4 kB", 4000),
        ("4k", 4096),
        ("2TiB", 2**41),
        ("999999999999999TiB", 2**60),
    ],
)
def test_sizes_are_read(text: str, size: int) -> None:
    assert parse_size(text) == size


@pytest.mark.parametrize(
    "text", ["", "G", "iB", "5i", "-1G", "1e9", "1,5G", "1 G B", "٣G", "1.G", "5PiB", "five"]
)
def test_what_is_no_size_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a size; write 512MiB"):
        parse_size(text)


@given(st.integers(1, 2**50))
def test_a_size_in_words_reads_back_to_within_a_twentieth(size: int) -> None:
    assert abs(parse_size(size_in_words(size)) - size) <= size / 20


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("90s", timedelta(seconds=90)),
        ("15m", timedelta(minutes=15)),
        ("2h", timedelta(hours=2)),
        ("7d", timedelta(days=7)),
        ("0s", timedelta(0)),
        ("999999999d", timedelta(days=36_500)),
    ],
)
def test_spans_are_read(text: str, span: timedelta) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize("text", ["", "7", "d", "7 d", "7y", "-7d", "1.5h", "٣d", "9999999999d"])
def test_what_is_no_span_is_refused(text: str) -> None:
    with pytest.raises(UsageError, match="is not a span of time; write 90s"):
        parse_span(text)


@pytest.mark.parametrize(
    ("limits", "says"),
    [
        ({"memory_bytes": 2**20}, "memory: DuckDB wants at least 64 MiB"),
        ({"threads": 0}, "threads: from 1 to 256, not 0"),
        ({"threads": 257}, "threads: from 1 to 256"),
        ({"nice": -1}, "nice: from 0 to 19, not -1"),
        ({"nice": 20}, "nice: from 0 to 19"),
        ({"keep": timedelta(0)}, "keep: must be longer than nothing"),
        ({"max_database_bytes": 2**20}, "max-db-size: at least 16 MiB"),
    ],
)
def test_a_budget_that_makes_no_sense_is_refused(limits: dict[str, object], says: str) -> None:
    with pytest.raises(UsageError, match=says):
        Limits(**limits)  # type: ignore[arg-type]


def test_the_budget_is_told_in_words() -> None:
    assert Limits().in_words == "2 threads, 1 GiB, nice 10"
    whole = Limits(3 * 2**29, 1, 0, timedelta(days=7), 4 * 2**30)
    assert whole.in_words == "1 thread, 1.5 GiB, keeps 7 d, at most 4 GiB on disk"
    assert Limits(keep=timedelta(minutes=90)).in_words.endswith("keeps 90 m")
