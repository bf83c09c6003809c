"""A request's line, read again from its file, or rebuilt where that is gone."""

from __future__ import annotations

import gzip
import json
from collections.abc import Callable
from pathlib import Path

import pytest

from console.engine.headless import Headless
from console.engine.raw_line import LONGEST, raw_line
from console.engine.settings import Settings
from console.ingest import choosing
from console.model import Configuration, RawLine, RowId
from tests.support import at, stored
from tests.unit.engine.logs import clock

RECORD: dict[str, object] = {
    "ts": at(3),
    "request_id": "r-2",
    "model": "fraud",
    "status": 200,
    "prediction": "yes",
    "features": {"amount": 5, "rate": 0.25, "country": "DE"},
    "tags": {"region": "EU"},
    "stages": {"predict": {"ms": 7.5}},
    "unknown": {"deep": [1, 2]},
}
LINE = json.dumps(RECORD).encode()
FORMAT_FOR = choosing(Configuration().meaning_of)
FIRST = b'{"ts":"%s","request_id":"r-1","model":"fraud","score":0.5}' % at(1).encode()


def read(
    folder: Path, data: bytes, change: Callable[[Path], object] | None = None, offset: int = -1
) -> RawLine:
    """The line at `offset`, the second line's unless it is given, after the log was read and changed."""
    log = folder / "app.jsonl"
    log.write_bytes(data)
    with Headless(Settings((str(log),), database=":memory:"), clock=clock) as parts:
        parts.collector.drain()
        [mark] = parts.store.marks()
        if change is not None:
            change(log)
        place = len(FIRST) + 1 if offset < 0 else offset
        return raw_line(parts.store, FORMAT_FOR, RowId(mark.source_id, place))


def two(line: bytes = LINE) -> bytes:
    return FIRST + b"\n" + line + b"\n"


def test_the_line_is_read_where_it_was_logged(tmp_path: Path) -> None:
    place = f"{tmp_path / 'app.jsonl'}:{len(FIRST) + 1}"
    assert read(tmp_path, two()) == RawLine(LINE, place)
    assert read(tmp_path, two(), offset=0).line == FIRST


def test_bytes_are_as_they_were_logged(tmp_path: Path) -> None:
    odd = b'  {"model" : "fraud", "request_id":"r-2","x":"\\u001b[31m", "y": 1e2}\r'
    assert read(tmp_path, two(odd)).line == odd


def test_a_line_without_a_time_is_found_again(tmp_path: Path) -> None:
    line = b'{"request_id":"r-2","model":"fraud","score":0.5}'
    assert read(tmp_path, two(line)).line == line


def test_a_line_behind_many_that_are_no_predictions_is_found_again(tmp_path: Path) -> None:
    before = b'{"time":"2026-11-02","level":"INFO","msg":"up"}\n' * 300
    line = b'{"request_id":"r-2","features":{"amount":5}}'
    assert read(tmp_path, before + line + b"\n", offset=len(before)).line == line


def test_a_renamed_file_is_found_in_its_folder(tmp_path: Path) -> None:
    found = read(tmp_path, two(), lambda log: log.rename(log.with_name("app.jsonl.1")))
    assert (found.line, found.is_rebuilt) == (LINE, False)
    assert found.origin == f"{tmp_path / 'app.jsonl.1'}:{len(FIRST) + 1}"


def test_a_file_that_grew_is_the_same(tmp_path: Path) -> None:
    def grow(log: Path) -> None:
        with log.open("ab") as file:
            file.write(b"more\n")

    assert read(tmp_path, two(), grow) == RawLine(LINE, f"{tmp_path / 'app.jsonl'}:{len(FIRST) + 1}")


def overwrite(log: Path) -> None:
    log.write_bytes(log.read_bytes().replace(b"r-2", b"r-3"))


def swap_inside(log: Path) -> None:
    """Of a long file only a line in its middle is another one, as long as before."""
    data = log.read_bytes()
    log.write_bytes(data.replace(b'"r-2"', b'"r-9"'))


@pytest.mark.parametrize(
    "change",
    [Path.unlink, overwrite, lambda log: log.write_bytes(b""), lambda log: log.write_bytes(b"\n" * 4_000)],
)
def test_what_is_gone_or_overwritten_is_rebuilt_from_what_is_stored(
    tmp_path: Path, change: Callable[[Path], object]
) -> None:
    found = read(tmp_path, two(), change)
    assert found.is_rebuilt
    assert json.loads(found.line) == RECORD
    assert found.origin.startswith("what is stored: ")
    assert "app.jsonl" in found.origin


def test_a_changed_line_inside_a_long_file_is_not_believed(tmp_path: Path) -> None:
    filler = b'{"ts":"%s","model":"fraud","score":0.5}\n' % at(5).encode() * 200
    data = filler + two() + filler
    found = read(tmp_path, data, swap_inside, offset=len(filler) + len(FIRST) + 1)
    assert (found.is_rebuilt, json.loads(found.line)) == (True, RECORD)
    assert "another line" in found.origin
    assert not read(tmp_path, data, offset=len(filler) + len(FIRST) + 1).is_rebuilt


def test_a_packed_file_is_not_unpacked_for_it(tmp_path: Path) -> None:
    found = read(tmp_path, gzip.compress(two()))
    assert (found.is_rebuilt, json.loads(found.line)) == (True, RECORD)
    assert "is gzip" in found.origin


def test_a_long_line_is_cut(tmp_path: Path) -> None:
    long = b'{"request_id":"r-2","model":"fraud","features":{"text":"%s"}}' % (b"x" * 2 * LONGEST)
    assert read(tmp_path, two(long)).line == long[:LONGEST]
    rebuilt = read(tmp_path, two(long), Path.unlink)
    assert (rebuilt.is_rebuilt, len(rebuilt.line)) == (True, LONGEST)


def test_a_line_without_a_time_is_rebuilt_without_one() -> None:
    store = stored([{"model": "fraud", "features": {"n": 2**40, "half": 0.5}}])
    found = raw_line(store, FORMAT_FOR, RowId(0, 0))
    assert json.loads(found.line) == {"model": "fraud", "features": {"n": 2**40, "half": 0.5}}
