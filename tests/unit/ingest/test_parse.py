"""A block of lines into a batch."""

from __future__ import annotations

import json
from collections.abc import Callable

from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.model import REJECT_BYTES, Batch

Parse = Callable[..., Batch]

SCALARS = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(),
    st.integers(2**53 - 2, 2**65),
    st.floats(allow_nan=False, allow_infinity=False),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=5),
)
VALUES = st.recursive(
    SCALARS, lambda inner: st.lists(inner, max_size=2) | st.dictionaries(st.text("ab"), inner)
)
FEATURES = st.dictionaries(st.sampled_from(["a", "b", "A", ""]), VALUES, max_size=4)
RECORDS = st.fixed_dictionaries(
    {"ts": st.integers(0, 2 * 10**9)},
    optional={
        "model": st.sampled_from(["m", "n", None]),
        "request_id": VALUES,
        "status": VALUES,
        "latency_ms": VALUES,
        "prediction": VALUES,
        "score": VALUES,
        "features": FEATURES | VALUES,
        "tags": FEATURES | VALUES,
        "stages": VALUES,
        "other": VALUES,
    },
)


def accounted(record: dict[str, object]) -> dict[str, object]:
    return {key: value for key, value in record.items() if value is not None}


@given(records=st.lists(RECORDS, max_size=8))
@example(records=[{"ts": 1, "score": 2**64 + 1, "features": {"a": 2**64 + 1}}])
@settings(deadline=None)
def test_every_logged_value_is_found_again(parse: Parse, records: list[dict[str, object]]) -> None:
    """In its field, or in `extra`, or as number or text of a feature: nothing is lost or altered."""
    data = b"".join(json.dumps(record).encode() + b"\n" for record in records)
    batch = parse(data)
    assert batch.lines == batch.rows == len(records)
    offsets = {}
    at = 0
    for record in records:
        offsets[at] = record
        at += len(json.dumps(record).encode()) + 1
    for rows in batch.models:
        lengths = {
            len(column)
            for part in (rows.fields, rows.numbers, rows.texts, rows.tags)
            for column in part.values()
        }
        assert lengths == {len(rows)}
        for row in range(len(rows)):
            fields = {name: column[row] for name, column in rows.fields.items()}
            record = offsets.pop(fields["source_offset"])  # type: ignore[call-overload]
            extra = json.loads(str(fields["extra"] or "{}"))
            assert rows.model == (record.get("model") or "")
            for name in ("status", "latency_ms", "score"):
                logged = record.get(name)
                if name in extra:
                    assert fields[name] is None and extra[name] == logged
                elif isinstance(logged, str):
                    assert fields[name] == float(logged)
                else:
                    assert fields[name] == logged
            for name in ("request_id", "prediction"):
                check_text(record.get(name), fields[name])
            if isinstance(record.get("stages"), dict):
                assert json.loads(str(fields["stages"])) == record["stages"]
            for name in ("stages", "other", "features", "tags"):
                value = record.get(name)
                if name == "other" or not isinstance(value, dict):
                    assert extra.get(name) == value
            features = record.get("features")
            for name, value in (features if isinstance(features, dict) else {}).items():
                number = rows.numbers.get(name, [None] * len(rows))[row]
                text = rows.texts.get(name, [None] * len(rows))[row]
                if number is None:
                    check_text(value, text)
                else:
                    assert text is None and number == value
            tags = record.get("tags")
            for name, value in (tags if isinstance(tags, dict) else {}).items():
                check_text(value, rows.tags.get(name, [None] * len(rows))[row])
    assert not offsets


def check_text(logged: object, kept: object) -> None:
    if logged is None or isinstance(logged, str):
        assert kept == logged
    else:
        assert json.loads(str(kept)) == logged


@given(
    data=st.lists(
        st.sampled_from(
            [b"\n", b"{", b"}", b'"ts"', b":1", b",", b"NaN", b"\xff", b"\0", b" ", b'"\\ud800"']
        ),
        max_size=60,
    ).map(b"".join)
)
@settings(deadline=None)
def test_no_bytes_raise_and_every_line_is_counted_once(parse: Parse, data: bytes) -> None:
    batch = parse(data)
    assert batch.lines == batch.rows + len(batch.rejects) + batch.blanks
    *whole, last = data.split(b"\n")
    assert batch.lines == len(whole) + bool(last.lstrip(b"\0"))


@given(data=st.binary(max_size=300))
@settings(deadline=None)
def test_random_bytes_are_rejects(parse: Parse, data: bytes) -> None:
    batch = parse(data)
    assert batch.rows == 0
    for reject in batch.rejects:
        assert data[reject.offset :].startswith(reject.line)


def test_offsets_point_at_the_lines(parse: Parse) -> None:
    data = b'\xef\xbb\xbf{"ts":1}\r\n\n{"ts":2}\n  \r\nbad\r\n{"ts":"x"}\n{"ts":3}'
    batch = parse(data)
    (rows,) = batch.models
    places = [at for at in rows.fields["source_offset"] if isinstance(at, int)]
    assert [data[at : at + 8] for at in places] == [b'{"ts":1}', b'{"ts":2}', b'{"ts":3}']
    assert [data[r.offset : r.offset + r.length] for r in batch.rejects] == [b"bad", b'{"ts":"x"}']
    assert (batch.lines, batch.rows, batch.blanks) == (7, 3, 2)


def test_a_rejected_line_is_cut_but_its_length_is_kept(parse: Parse) -> None:
    (reject,) = parse(b"x" * 100_000).rejects
    assert (len(reject.line), reject.length) == (REJECT_BYTES, 100_000)


def test_models_are_apart_and_their_rows_in_order(parse: Parse) -> None:
    lines = [
        json.dumps({"model": f"m{n % 3}", "request_id": n, "features": {f"f{n % 2}": n}}) for n in range(3000)
    ]
    batch = parse("\n".join(lines).encode())
    assert [rows.model for rows in batch.models] == ["m0", "m1", "m2"]
    for number, rows in enumerate(batch.models):
        assert rows.fields["request_id"] == [str(n) for n in range(number, 3000, 3)]
        for name, odd in (("f0", 0), ("f1", 1)):
            assert rows.numbers[name] == [n if n % 2 == odd else None for n in range(number, 3000, 3)]


def test_a_line_that_turns_out_unusable_late_leaves_the_others_in_place(parse: Parse) -> None:
    deep = "[" * 400 + "]" * 400
    lines = [
        f'{{"request_id":{n},"features":{{"f":{deep if n == 700 else n}}},"x":{n}}}' for n in range(1500)
    ]
    batch = parse("\n".join(lines).encode())
    (rows,) = batch.models
    assert rows.fields["request_id"] == [str(n) for n in range(1500) if n != 700]
    assert rows.fields["extra"] == [f'{{"x":{n}}}' for n in range(1500) if n != 700]
    assert [reject.line for reject in batch.rejects] == [lines[700].encode()]


def test_a_batch_of_ever_new_names_ends_early_and_the_next_goes_on(parse: Parse) -> None:
    data = b"".join(f'{{"features":{{"f{n}":1}}}}\n'.encode() for n in range(200))
    read: list[object] = []
    start = rounds = 0
    while start < len(data):
        batch = parse(data[start:], max_cells=1000)
        cells = sum(len(rows) * (len(rows.numbers) + len(rows.texts)) for rows in batch.models)
        assert batch.lines == batch.rows > 0
        assert cells <= 1100
        read += [name for rows in batch.models for name in rows.numbers]
        start += batch.next_offset
        rounds += 1
    assert read == [f"f{n}" for n in range(200)]
    assert rounds > 3


def test_a_line_that_alone_is_too_wide_is_taken(parse: Parse) -> None:
    batch = parse(json.dumps({"features": {f"f{n}": n for n in range(5000)}}).encode(), max_cells=1000)
    assert batch.rows == 1
    assert len(batch.models[0].numbers) == 5000


def test_a_feature_that_comes_and_goes_in_a_long_block_stays_in_its_rows(parse: Parse) -> None:
    names = ["early" if n < 10 else "late" if n > 1900 else "middle" for n in range(2000)]
    rows = parse("\n".join(f'{{"features":{{"{name}":1}}}}' for name in names).encode()).models[0]
    assert set(rows.numbers) == {"early", "middle", "late"}
    for name, column in rows.numbers.items():
        assert column == [1.0 if name == own else None for own in names]
