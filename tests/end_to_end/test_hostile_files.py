"""Files that no reader likes, each with a known number of good and bad lines, collected once."""

from __future__ import annotations

import bz2
import gzip
import lzma
import os
import zlib
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path
from typing import NamedTuple

import duckdb
import orjson
import pytest

from tests.end_to_end.collecting import collect_once

pytestmark = pytest.mark.slow

Answer = Callable[..., list[tuple[object, ...]]]

MIB = 2**20
GOOD = b'{"request_id":"good","features":{"amount":1.5}}\n'


class Hostile(NamedTuple):
    """A file, and what is to become of its lines."""

    data: bytes
    rows: int = 0
    rejects: int = 0
    blanks: int = 0


def record(**fields: object) -> bytes:
    return orjson.dumps(fields) + b"\n"


def featured(features: Mapping[str, object], **fields: object) -> bytes:
    return record(**fields, features=features)


def nested(depth: int) -> bytes:
    return b'{"request_id":"deep","features":{"x":' + b"[" * depth + b"]" * depth + b"}}\n"


def cut_gzip() -> bytes:
    """Three lines that are there whole, and a fourth of which the stream has lost the rest."""
    packer = zlib.compressobj(wbits=31)
    whole = packer.compress(GOOD * 3) + packer.flush(zlib.Z_FULL_FLUSH)
    return whole + (packer.compress(GOOD[:-1] * 50_000) + packer.flush())[:5]


HOSTILE: dict[str, Hostile] = {
    "crlf.jsonl": Hostile(GOOD.replace(b"\n", b"\r\n") * 3 + b"\r\n", rows=3, blanks=1),
    "bom.jsonl": Hostile(b"\xef\xbb\xbf" + GOOD * 2, rows=2),
    "bom_inside.jsonl": Hostile(GOOD + b"\xef\xbb\xbf" + GOOD, rows=1, rejects=1),
    "utf16_le.jsonl": Hostile((GOOD.decode() * 3).encode("utf-16"), rows=3),
    "utf16_be.jsonl": Hostile(b"\xfe\xff" + (GOOD.decode() * 3).encode("utf-16-be"), rows=3),
    "hole_first.jsonl": Hostile(bytes(70_000) + GOOD * 2, rows=2),
    "hole_between.jsonl": Hostile(GOOD + bytes(5 * MIB) + GOOD, rows=2),
    "hole_before_bad.jsonl": Hostile(GOOD + bytes(100_000) + b"bad\n" + GOOD, rows=2, rejects=1),
    "hole_inside.jsonl": Hostile(GOOD + GOOD[:20] + bytes(4096) + GOOD[20:] + GOOD, rows=2, rejects=1),
    "not_utf8.jsonl": Hostile(GOOD + GOOD.replace(b"good", b"\xff\xfe\x80") + GOOD, rows=2, rejects=1),
    "two_encodings.jsonl": Hostile(
        GOOD + GOOD.replace(b"good", "é".encode() + "é".encode("latin-1")) + GOOD, rows=2, rejects=1
    ),
    "surrogates.jsonl": Hostile(
        b'{"request_id":"\\ud83d\\ude00"}\n{"request_id":"\\ud83d"}\n{"request_id":"\\ude00"}\n',
        rows=1,
        rejects=2,
    ),
    "long_line.jsonl": Hostile(GOOD + featured({"note": "x" * 5 * MIB}) + GOOD, rows=3),
    "too_long_line.jsonl": Hostile(GOOD + featured({"note": "x" * 20 * MIB}) + GOOD, rows=2, rejects=1),
    "too_long_last.jsonl": Hostile(GOOD + b"x" * 17 * MIB + b"\n", rows=1, rejects=1),
    "deep.jsonl": Hostile(nested(100) + nested(200_000) + b"[" * 200_000 + b"\n" + GOOD, rows=2, rejects=2),
    "twice_the_key.jsonl": Hostile(b'{"request_id":"first","request_id":"last"}\n', rows=1),
    "not_finite.jsonl": Hostile(
        b'{"latency_ms":NaN,"score":-Infinity,"features":{"a":NaN,"b":1e400,"c":[Infinity]}}\n' * 2, rows=2
    ),
    "integers.jsonl": Hostile(
        b'{"status":200,"features":{"big":123456789012345678901234567890,"id":9007199254740993}}\n'
        + b'{"status":1e3,"features":{"long":' + b"9" * 5000 + b"}}\n",
        rows=2,
    ),
    "wide.jsonl": Hostile(featured({f"feature {n}": n for n in range(3000)}) * 2, rows=2),
    "names.jsonl": Hostile(
        featured({"": 1, "Amount": 2, "amount": 3, 'a"b': 4, "a'; drop table meta; --": 5, "😀": 6, "\0": 7})
        + record(model='m"; --', request_id="\x1b[31m", tags={"select": "1", "Select": "2", "ts": "3"}),
        rows=2,
    ),
    "types_change.jsonl": Hostile(
        b"".join(featured({"amount": value}) for value in (1, "one", None, [1], {"a": 1}, True)), rows=6
    ),
    "many_models.jsonl": Hostile(b"".join(record(model=f"m{n}", score=0.5) for n in range(70)), rows=70),
    "empty.jsonl": Hostile(b""),
    "only_newlines.jsonl": Hostile(b"\n" * 5000, blanks=5000),
    "only_spaces.jsonl": Hostile(b" \t \r\n" * 10 + b"\0\0\n", blanks=11),
    "no_newline.jsonl": Hostile(GOOD + GOOD[:-1], rows=2),
    "unfinished.jsonl": Hostile(GOOD + GOOD[:-10], rows=1),
    "not_objects.jsonl": Hostile(b'null\n[]\n1\n"text"\ntrue\n{}\n{"nothing":"known"}\n', rejects=7),
    "not_json.jsonl": Hostile(
        b"{'request_id':1}\n{\"request_id\":1,}\n" + GOOD[:-1] * 2 + b"\n// no\nTraceback (most recent):\n",
        rejects=5,
    ),
    "pretty.jsonl": Hostile(b'{\n  "request_id": "a"\n}\n', rejects=3),
    "lone_returns.jsonl": Hostile(GOOD[:-1] + b"\r" + GOOD[:-1] + b"\r" + GOOD, rejects=1),
    "other_line_ends.jsonl": Hostile(
        record(request_id="\u2028\u2029\u0085") + b'{"request_id":"\x0b\x0c\x1c"}\n', rows=1, rejects=1
    ),
    "times.jsonl": Hostile(
        b"".join(record(ts=ts) for ts in ("2026-11-02T03:04:05+02:00", "soon", 1e300, [1], None)),
        rows=2,
        rejects=3,
    ),
    "packed.jsonl.gz": Hostile(gzip.compress(GOOD * 3 + b"bad\n\n"), rows=3, rejects=1, blanks=1),
    "members.jsonl.gz": Hostile(gzip.compress(GOOD + GOOD[:9]) + gzip.compress(GOOD[9:]), rows=2),
    "packed.jsonl.bz2": Hostile(bz2.compress(GOOD * 3), rows=3),
    "packed.jsonl.xz": Hostile(lzma.compress(GOOD * 3), rows=3),
    "cut.jsonl.gz": Hostile(cut_gzip(), rows=3),
    "empty.jsonl.gz": Hostile(gzip.compress(b"")),
    "no_gzip.jsonl.gz": Hostile(GOOD * 3, rows=3),
    "caf\udce9 \n\x1b[31m.jsonl": Hostile(GOOD, rows=1),
}  # fmt: skip


@pytest.fixture(scope="module")
def database(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """All of them in one folder, collected once."""
    folder = tmp_path_factory.mktemp("hostile")
    logs = folder / "logs"
    logs.mkdir()
    for name, file in HOSTILE.items():
        (logs / name).write_bytes(file.data)
    collect_once([logs], folder / "cache.duckdb")
    return folder / "cache.duckdb"


@pytest.fixture(scope="module")
def answer(database: Path) -> Iterator[Answer]:
    """What any DuckDB client is answered."""
    with duckdb.connect(str(database), read_only=True) as connection:
        yield lambda sql, *values: connection.execute(sql, values).fetchall()


@pytest.mark.parametrize("name", HOSTILE)
def test_good_and_bad_lines_are_told_apart(name: str, answer: Answer) -> None:
    file = HOSTILE[name]
    shown = os.fsencode(name).decode("utf-8", "backslashreplace")
    found = answer("select rows, rejects, blanks, lines from sources where ends_with(path, '/' || $1)", shown)
    expected = (file.rows, file.rejects, file.blanks)
    assert (found or [(0, 0, 0, 0)]) == [(*expected, sum(expected))]


def test_no_value_is_altered(answer: Answer) -> None:
    """What the documentation says of numbers, names and keys that others round, fold or drop."""
    of_file = (
        "from predictions join sources using (source_id) where ends_with(path, $1) order by source_offset"
    )
    assert answer(f"select big, id, long {of_file}", "/integers.jsonl") == [
        ("123456789012345678901234567890", "9007199254740993", None),
        (None, None, "9" * 5000),
    ]
    assert answer(f"select request_id {of_file}", "/twice_the_key.jsonl") == [("last",)]
    assert (
        answer(f"select latency_ms, score, a, b, c {of_file}", "/not_finite.jsonl")
        == [(None, None, "NaN", "1e400", '["Infinity"]')] * 2
    )
    assert answer(f"select amount, amount_text {of_file}", "/types_change.jsonl") == [
        (1.0, None),
        *((None, text) for text in ("one", None, "[1]", '{"a":1}', "true")),
    ]
    names = (
        "select feature, value from feature_numbers join sources using (source_id) where ends_with(path, $1)"
    )
    odd = ("", "Amount", "amount", 'a"b', "a'; drop table meta; --", "😀", "\0")
    assert set(answer(names, "/names.jsonl")) == {(name, float(n)) for n, name in enumerate(odd, 1)}


def test_a_reject_is_kept_as_it_was_with_where_and_why(answer: Answer) -> None:
    of_file = "from rejects join sources using (source_id) where ends_with(path, $1) order by source_offset"
    ((offset, length, kept, reason),) = answer(
        f"select source_offset, length, octet_length(line), reason {of_file}", "/too_long_line.jsonl"
    )
    assert (offset, length, kept) == (len(GOOD), len(featured({"note": "x" * 20 * MIB})) - 1, 65_536)
    assert "16 MiB" in str(reason)
    ((line, reason),) = answer(f"select line, reason {of_file}", "/not_utf8.jsonl")
    assert (line, reason) == (GOOD.replace(b"good", b"\xff\xfe\x80")[:-1], "not UTF-8")
