"""Lines that DuckDB takes the values out of hold the same as if they had been decoded."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from itertools import count
from typing import Any

import polars as pl
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from console.ingest import clean, parse_block
from console.ingest.choosing import choose
from console.ingest.formats import NATIVE, Format
from console.ingest.lines import Block
from console.ingest.shapes import Shapes
from console.model import FIELDS, Batch, FileIdentity
from console.model.clean import CleanRows
from console.model.meaning import Meaning
from console.store import Store, schema
from console.store import clean as store_clean
from tests.support import LOG, NOON, NOW, catalog

Fields = Sequence[tuple[str, str]]
"""Keys and values of a record as they are written, both JSON text."""

_IDS = count(1)

WORDS = st.sampled_from(
    [
        '"a"',
        '""',
        '"é😀"',
        '"\\u00e9\\ud83d\\ude00"',
        '"\\n\\t\\""',
        '"\\u0000"',
        '"5"',
        '"{"',
        '"a,b]}"',
        "null",
    ]
)
NUMBERS = st.sampled_from(
    [
        "0",
        "-0",
        "1",
        "5.0",
        "1.50",
        "0.1",
        "-12.25",
        "1e5",
        "1E-7",
        "123456789012345",
        "0.00012",
        "0.00001",
        "null",
    ]
)
ODD = st.sampled_from(
    [
        "NaN", "-Infinity", "1e400", "9007199254740993", "123456789012345678901", "true", "false", "[]", "{}",
        "[1, 2.50]", '["a",null]', '{"a":{"b":1}}', '"\\ud800"', "1.", "01", '"\x01"', '"\\x"', "tru", "-5",
        "3.7", '"\\u001F"',
    ]
)  # fmt: skip
TIMES = st.sampled_from(
    [
        '"2026-11-02T03:04:05Z"', '"2026-11-02T03:04:05.678901234+02:00"', '"2026-11-02 03:04:05.5"',
        '"2028-02-29T00:00:00Z"', "1793588645", "1793588645.1234565", "1793588645123", "1793588645123.4",
        "1793588645123456", "1793588645123456789",
    ]
)  # fmt: skip
ODD_TIMES = st.sampled_from(
    [
        '"2026-02-29T00:00:00Z"',
        '"2026-11-02T24:00:00Z"',
        '"yesterday"',
        "null",
        '"20261102"',
        "17",
        "9999999999",
        "9999999999.5",
        "9999999999999",
        "9999999999999999",
        '"1793588645"',
    ]
)
KEYS = {
    "ts": TIMES,
    "request_id": WORDS | st.sampled_from(["17", "-3"]),
    "model": st.sampled_from(['"fraud"', '"é"']),
    "endpoint": WORDS,
    "status": st.sampled_from(["200", "503", "0", "null"]),
    "error_type": st.sampled_from(['"Timeout"', "null"]),
    "latency_ms": NUMBERS,
    "prediction": WORDS | NUMBERS | st.sampled_from(["true"]),
    "score": NUMBERS,
    "tokens_in": st.sampled_from(["0", "812", "123456789012345678"]),
    "truth": WORDS,
    "level": st.sampled_from(['"INFO"', "null", "3", "true", "[1,2]"]),
    "trace": WORDS | NUMBERS,
}
NESTED = {
    "features": {
        "amount": NUMBERS,
        "country": WORDS,
        "it's": WORDS | NUMBERS,
        "a b": NUMBERS,
    },
    "tags": {"region": WORDS, "shard": st.sampled_from(["1", "17", "true"])},
    "stages": {
        "pre": NUMBERS,
        "predict": st.sampled_from(['{"ms":3.1,"version":"p7"}', '{"ms": 17}', "null"]),
    },
}


def written(fields: Fields, colon: str, comma: str) -> str:
    return "{" + comma.join(f"{json.dumps(key)}{colon}{value}" for key, value in fields) + "}"


@st.composite
def logs(draw: st.DrawFn) -> bytes:
    """Lines by two or three templates, in which now and then a value is of another kind."""
    colon, comma = draw(st.sampled_from([(":", ","), (": ", ", ")]))
    lines: list[str] = []
    for _ in range(draw(st.integers(1, 3))):
        keys = draw(st.permutations([*KEYS, *NESTED]))[: draw(st.integers(2, 16))]
        inner = {name: draw(st.permutations(list(values))) for name, values in NESTED.items()}
        for _ in range(draw(st.integers(1, 6))):
            fields = []
            for key in keys:
                if key in NESTED:
                    pairs = [(k, draw(NESTED[key][k])) for k in inner[key]]
                    if draw(st.integers(0, 9)) == 0:
                        pairs[0] = pairs[0][0], draw(ODD)
                    fields.append((key, written(pairs, colon, comma)))
                else:
                    fields.append((key, draw(KEYS[key])))
            if draw(st.integers(0, 5)) == 0:
                at = draw(st.integers(0, len(fields) - 1))
                fields[at] = fields[at][0], draw(ODD_TIMES if fields[at][0] == "ts" else ODD)
            if draw(st.integers(0, 9)) == 0:
                fields.append(draw(st.sampled_from(fields)))  # a key twice
            lines.append(written(fields, colon, comma))
    order = draw(st.permutations(lines))
    end = draw(st.sampled_from(["\n", "\r\n"]))
    rest = draw(st.sampled_from(["", "\n", "garbage\n", "{}\n", '{"level":1}\n', "\x01\n"]))
    return (end.join([*order, *lines, ""]) + rest).encode()


def parsed(data: bytes, shapes: Shapes | None, format: Format = NATIVE) -> Batch:
    return parse_block(
        [Block(7, data)],
        source_id=3,
        path=LOG,
        identity=FileIdentity(1, 2, "00", 0),
        start_offset=7,
        next_offset=7 + len(data),
        arrival=NOON,
        format=format,
        shapes=shapes,
    )


def held(store: Store, batch: Batch) -> dict[int, dict[str, Any]]:
    """Everything that the store has of each row of the batch, by its offset, in whatever columns."""
    batch = replace(batch, source_id=next(_IDS))
    store.append([batch])
    of_source = f"where source_id = {batch.source_id}"
    found: dict[int, dict[str, Any]] = {}
    with store._reader() as cursor:
        relation = cursor.sql(
            "select * exclude (extra, stages), json(extra) as extra, json(stages) as stages, "
            "epoch_us(ts) as ts_us "
            f"from predictions {of_source}"
        )
        names = relation.columns
        for row in relation.fetchall():
            fields = {k: v for k, v in zip(names, row, strict=True) if v is not None and k in FIXED}
            found[fields["source_offset"]] = fields
        for kind in ("number", "text"):
            for offset, name, value in cursor.execute(
                f"select source_offset, feature, value from feature_{kind}s {of_source}"
            ).fetchall():
                found[offset][f"{kind} {name}"] = value
        for offset, name, value in cursor.execute(
            f"select source_offset, dimension, slice_value from prediction_slices {of_source}"
        ).fetchall():
            found[offset][f"slice {name}"] = value
    for fields in found.values():
        for name in ("extra", "stages"):
            if name in fields:
                fields[name] = json.loads(fields[name])
    return found


FIXED = frozenset(FIELDS) - {"ts"} | {"ts_us", "is_error"}


@pytest.fixture(autouse=True)
def _short_blocks_too(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    monkeypatch.setattr("console.ingest.parse.LEAST_BYTES", 0)
    monkeypatch.setattr(clean, "_FEW", 1)
    yield


@pytest.fixture(scope="module")
def store() -> Iterator[Store]:
    store = Store(":memory:", catalog(), clock=lambda: NOW)
    yield store
    store.close()


@given(data=logs())
@settings(max_examples=30, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_ways_of_reading_store_the_same(store: Store, data: bytes) -> None:
    must_be_stored_alike(store, data, NATIVE)


def must_be_stored_alike(store: Store, data: bytes, format: Format) -> None:
    shapes = Shapes(format)
    decoded = parsed(data, None, format)
    wanted = held(store, decoded)
    for _ in range(2):  # the second time everything is known
        recognised = parsed(data, shapes, format)
        assert (recognised.lines, recognised.rows, recognised.blanks) == (
            decoded.lines,
            decoded.rows,
            decoded.blanks,
        )
        assert recognised.rejects == decoded.rejects
        assert held(store, recognised) == wanted


@given(
    seconds=st.lists(NUMBERS | ODD | st.sampled_from(["1e22", "0.5"]), min_size=1, max_size=8),
    level=st.lists(WORDS, min_size=8, max_size=8),
)
@settings(max_examples=15, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_both_ways_store_the_same_of_a_log_that_is_mapped(
    store: Store, seconds: list[str], level: list[str]
) -> None:
    usual = '{"time":1793588645,"id":"r","model_name":"m","latency_s":0.25,"level":"INFO","amount":3}'
    lines = [usual] * 4 + [
        usual.replace("0.25", value).replace('"INFO"', word)
        for value, word in zip(seconds, level, strict=False)
    ]
    format = choose(Meaning(), [json.loads(usual)]).format
    assert format.name != NATIVE.name
    must_be_stored_alike(store, "".join(line + "\n" for line in lines).encode(), format)


@pytest.mark.parametrize(
    "lines",
    [
        ['{"ts":1793588645,"features":{"a":1}}', '{"ts":1793588645,"features":{"A":2}}'],
        ['{"ts":1793588645,"tags":{"a":"x"}}', '{"ts":1793588645,"tags":{"b":"y","A":"z"}}'],
        ['{"time":1793588645,"took_ms":5,"a":1}', '{"time":1793588645,"took_ms":5,"A":2}'],
        ['{"time":1793588645,"inputs":{"a":1}}', '{"time":1793588645,"inputs":3}'],
        [
            '{"time":1793588645,"took_ms":5,"error":"boom"}',
            '{"time":1793588645,"took_ms":5,"error":{"message":"boom"}}',
        ],
    ],
)
def test_names_that_duckdb_does_not_tell_apart_are_stored_from_different_lines(
    store: Store, lines: list[str]
) -> None:
    data = "".join(line + "\n" for line in lines * 4).encode()
    format = choose(Meaning(), [json.loads(line) for line in lines]).format
    must_be_stored_alike(store, data, format)
    assert sum(map(len, parsed(data, Shapes(format), format).clean)) == 8


def test_both_ways_keep_the_same_of_what_has_no_column(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(schema, "MAX_COLUMNS", 2)
    lines = [
        '{"model":"m","features":{"a":1,"b":2,"c":[1, "x"],"d":3.50,"it\'s":"\\u0000\\""},"tags":{"r":"x"}}',
        '{"model":"m","features":{"a":1,"b":2,"c":null,"d":null,"it\'s":"y"},"tags":{"r":null}}',
        '{"model":"m","features":{"a":1,"b":2,"c":null,"d":null,"it\'s":null},"tags":{"r":null}}',
        '{"model":"m","level":null,"features":{"e":true}}',
    ]
    store = Store(":memory:", catalog(), clock=lambda: NOW)
    must_be_stored_alike(store, "".join(line + "\n" for line in lines * 4).encode(), NATIVE)
    store.close()


def test_sources_that_are_alike_are_stored_at_once_each_with_its_own_place_and_time(store: Store) -> None:
    data = b'{"request_id":"a","model":"m"}\n{"ts":1793588645,"request_id":"b","model":"m"}\n' * 20
    one = replace(parsed(data, Shapes(NATIVE)), source_id=next(_IDS))
    other = replace(parsed(data[:1170], Shapes(NATIVE)), source_id=next(_IDS))
    later = [replace(rows, arrival=rows.arrival + 10**6) for rows in other.clean]
    assert {len(rows) for rows in (*one.clean, *later)} == {20, 15}
    store.append([one, replace(other, clean=later)])
    for batch, arrival in ((one, one.clean[0].arrival), (other, later[0].arrival)):
        with store._reader() as cursor:
            found = cursor.execute(
                "select source_offset, request_id, epoch_us(ts), ts_origin from predictions "
                f"where source_id = {batch.source_id} order by source_offset"
            ).fetchall()
        wanted = [(7, "a", arrival, "arrival"), (38, "b", 1793588645 * 10**6, "logged")]
        assert found[:2] == wanted
        assert [row[1:] for row in found] == [row[1:] for row in wanted * (batch.lines // 2)]


@pytest.mark.parametrize(
    ("counts", "parts"),
    [
        ([150, 50], [64, 64, 64, 8]),
        ([1] * 100, [64, 36]),
        ([64], [64]),
        ([60, 3], [32, 31]),
        ([25, 25], [32, 18]),
        ([30], [30]),
    ],
)
def test_lines_are_handed_to_threads_in_parts_that_they_store_best(
    monkeypatch: pytest.MonkeyPatch, counts: list[int], parts: list[int]
) -> None:
    monkeypatch.setattr(store_clean, "GROUP_LINES", 64)
    monkeypatch.setattr(store_clean, "_LEAST_LINES", 32)
    some = [
        (source_id, CleanRows("m", (), pl.DataFrame({"source_offset": range(count)}), count, 0))
        for source_id, count in enumerate(counts)
    ]
    made = list(store_clean._parts(some))
    assert [len(part) for part in made] == parts
    assert pl.concat(made)["source_id"].to_list() == [
        n for n, count in enumerate(counts) for _ in range(count)
    ]


@pytest.mark.parametrize("tags", [None, (("labels",),)], ids=["opened", "kept whole"])
def test_an_empty_object_is_kept_where_it_is_none_that_is_looked_into(
    store: Store, tags: tuple[tuple[str, ...], ...] | None
) -> None:
    line = '{"time":1793588645,"model_name":"m","took_ms":5,"inputs":{"a":1},"tags":{}}\n'
    format = choose(Meaning(tags=tags), [json.loads(line)]).format
    must_be_stored_alike(store, (line * 8).encode(), format)
    assert sum(map(len, parsed((line * 8).encode(), Shapes(format), format).clean)) == (0 if tags else 8)
