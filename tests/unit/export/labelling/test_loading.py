"""Whatever a person names as a file of labels, its reading ends, and soon."""

from __future__ import annotations

import os
import threading
from pathlib import Path

import orjson
import polars as pl
import pytest

from console.errors import SourceError, UsageError
from console.export.labelling import contents, loading, read_label_file

LONGEST = 400


@pytest.fixture(autouse=True)
def short_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(loading, "LONGEST_BYTES", LONGEST)
    monkeypatch.setattr(contents, "LONGEST_BYTES", LONGEST)
    monkeypatch.setattr(loading, "_BLOCK_BYTES", 64)


def test_what_never_ends_a_line_is_refused_when_the_line_is_too_long() -> None:
    with pytest.raises(UsageError, match=r"^/dev/zero:1: the line is longer than 400 B"):
        loading.load(Path("/dev/zero"))


def test_a_file_of_nothing_is_refused_by_its_first_line(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    with path.open("wb") as file:
        file.truncate(2**28)
    with pytest.raises(UsageError, match=":1: the line is longer"):
        loading.load(path)


def test_a_file_that_is_larger_than_memory_should_hold_is_not_begun(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    with path.open("wb") as file:
        file.truncate(2**40)
    with pytest.raises(UsageError, match="is larger than 512 MiB; split it"):
        loading.load(path)


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"])
def test_the_line_that_is_too_long_is_named_and_one_as_long_as_may_be_is_read(
    tmp_path: Path, end: str
) -> None:
    path = tmp_path / "labels.csv"
    path.write_bytes(f"request_id,label{end}{'a' * (LONGEST - 2)},b{end}".encode())
    assert [one.draft.value for one in read_label_file(path).given] == ["b"]
    path.write_bytes(f"request_id,label{end}a,b{end}{'a' * LONGEST},b{end}".encode())
    with pytest.raises(UsageError, match="the line is longer"):
        loading.load(path)


def test_a_list_may_be_on_one_line_but_no_record_of_it_may_be_too_long(tmp_path: Path) -> None:
    path = tmp_path / "labels.json"
    rows = [{"request_id": f"r{number}", "label": "a"} for number in range(60)]
    path.write_bytes(orjson.dumps([*rows, {"request_id": "long", "label": "a", "text": "a" * LONGEST}]))
    found = read_label_file(path)
    assert len(found.given) == 60
    assert [(bad.number, bad.reason) for bad in found.bad] == [(61, "is longer than 16 MiB")]


def test_a_row_of_many_lines_may_not_be_too_long_either(tmp_path: Path) -> None:
    path = tmp_path / "labels.csv"
    path.write_text('request_id,label,text\nr1,a,"' + "line\n" * 100 + '"\nr2,b,\n')
    found = read_label_file(path)
    assert [one.draft.request_key for one in found.given] == ["r2"]
    assert [(bad.number, bad.reason) for bad in found.bad] == [(2, "is longer than 16 MiB")]


def test_parquet_that_stands_for_more_than_memory_should_hold_is_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "labels.parquet"
    pl.DataFrame({"request_id": [f"r{number}" for number in range(60)], "label": ["a"] * 60}).write_parquet(
        path
    )
    monkeypatch.setattr(contents, "MOST_ROWS", 60)
    assert len(read_label_file(path).given) == 60
    monkeypatch.setattr(contents, "LARGEST_BYTES", 100)
    with pytest.raises(UsageError, match="holds more than 100 B of text"):
        read_label_file(path)
    monkeypatch.setattr(contents, "MOST_ROWS", 59)
    with pytest.raises(UsageError, match="has 60 rows, more than 59"):
        read_label_file(path)


def test_parquet_without_any_text_is_read(tmp_path: Path) -> None:
    path = tmp_path / "labels.parquet"
    pl.DataFrame({"request_id": [7], "label": [1]}).write_parquet(path)
    assert [one.draft.request_key for one in read_label_file(path).given] == ["7"]


def test_a_pipe_is_waited_for_which_is_said_and_read_to_its_end(tmp_path: Path) -> None:
    path = tmp_path / "pipe"
    os.mkfifo(path)
    told: list[threading.Thread] = []

    def write() -> None:
        told.append(threading.Thread(target=path.write_bytes, args=(b"request_id,label\nr1,a\n",)))
        told[-1].start()

    assert loading.load(path, waiting=write) == b"request_id,label\nr1,a\n"
    assert len(told) == 1
    told[0].join()


def test_a_folder_and_nothing_at_all_cannot_be_read(tmp_path: Path) -> None:
    for path in (tmp_path, tmp_path / "none", Path("a\0b")):
        with pytest.raises(SourceError, match="cannot be read"):
            loading.load(path)
