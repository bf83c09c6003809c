"""Values that are written and read back are the same values; whatever else is read is refused in words."""

from __future__ import annotations

import json
import math
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.model import (
    Alert,
    AlertPicture,
    Answer,
    Calibration,
    Distribution,
    Evidence,
    Label,
    LabelDraft,
    LabelStatus,
    PictureBin,
    QueryCall,
    RowId,
    Snapshot,
    Table,
    Timeline,
    Window,
)
from console.model.codec import DEEPEST, CodecError, decode, encode, from_bytes, to_bytes
from console.model.evaluation import Basis, Figure, ReliabilityBin
from console.model.handover import AlertStory
from tests.tui.fakes import CONTEXT, ERRORS, NOW, PICTURE, evidence, hostile, incident

MOMENTS = st.datetimes(timezones=st.just(UTC))
FLOATS = st.floats(allow_nan=False)
PLAIN = (
    st.none()
    | st.booleans()
    | st.integers()
    | FLOATS
    | st.text()
    | st.binary(max_size=9)
    | MOMENTS
    | st.datetimes()
    | st.dates()
    | st.times()
    | st.timedeltas()
    | st.decimals(allow_nan=False)
    | st.sampled_from(["$time", "$map", "\ud800", "\x00"])
)
KEYS = st.text() | st.integers() | st.sampled_from(["$time", "$"])
ANYTHING = st.recursive(
    PLAIN,
    lambda inner: st.lists(inner, max_size=4).map(tuple) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
TABLES = st.builds(
    Table,
    st.lists(st.text(), max_size=3).map(tuple),
    st.lists(st.lists(ANYTHING, max_size=3).map(tuple), max_size=3).map(tuple),
    st.dictionaries(st.text(), st.text(), max_size=2),
    st.booleans(),
)
CALLS = st.builds(QueryCall, st.text(), st.dictionaries(st.text(), ANYTHING, max_size=4))
LABELS = st.builds(
    Label,
    *(st.text(), st.builds(LabelDraft, st.text(), st.text(), note=st.text())),
    *(st.sampled_from(LabelStatus), st.text(), st.text(), MOMENTS, st.none() | st.text()),
    *(st.none() | st.text(), st.text()),
)
TIMELINES = st.builds(
    Timeline,
    *(st.text(), st.text(), MOMENTS, st.integers(1, 10**6), st.lists(st.none() | FLOATS).map(tuple)),
    st.builds(Window, MOMENTS, MOMENTS),
    baseline=st.none() | FLOATS,
)
BINS = st.builds(PictureBin, st.text(), FLOATS, FLOATS, index=st.none() | FLOATS)
RELIABILITY = st.builds(ReliabilityBin, FLOATS, FLOATS, st.integers(), FLOATS, FLOATS, FLOATS, FLOATS)
PICTURES = st.builds(
    AlertPicture,
    st.none() | TIMELINES,
    st.none()
    | st.builds(
        Distribution,
        *(st.text(), st.text(), st.lists(BINS, max_size=3).map(tuple), st.booleans()),
        *(st.integers(), st.integers()),
    ),
    st.booleans(),
    st.none()
    | st.builds(
        Calibration,
        *(st.sampled_from(Basis), st.text(), st.lists(RELIABILITY, max_size=2).map(tuple)),
        error_now=st.none() | st.builds(Figure, st.text(), FLOATS, st.none() | FLOATS, FLOATS, st.integers()),
        why=st.text(),
    ),
)
VALUES = TABLES | CALLS | LABELS | PICTURES | st.builds(RowId, st.integers(), st.integers())
JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(max_size=5),
    lambda inner: (
        st.lists(inner, max_size=3)
        | st.dictionaries(
            st.sampled_from(["alert", "evidence", "$time", "$map", "$int", "$bytes", "rows", "said", "x"]),
            inner,
            max_size=4,
        )
    ),
    max_leaves=15,
)


@settings(max_examples=50)
@given(value=VALUES)
def test_what_is_written_reads_back_as_the_same_value(value: object) -> None:
    written = to_bytes(value)
    assert written.isascii()
    assert from_bytes(type(value), written) == value
    assert to_bytes(from_bytes(type(value), written)) == written


@pytest.mark.parametrize(
    "value",
    [
        incident(),
        hostile(),
        ERRORS,
        evidence(ERRORS),
        PICTURE,
        CONTEXT,
        AlertStory(ERRORS, evidence(ERRORS), PICTURE),
        Answer(Table((), ()), "select 1", 0.5, 3),
    ],
    ids=lambda value: type(value).__name__,
)
def test_what_the_screens_are_drawn_from_reads_back_as_it_was(value: object) -> None:
    # Values that are no numbers are not equal to themselves, but are written alike.
    assert to_bytes(from_bytes(type(value), to_bytes(value))) == to_bytes(value)


@settings(max_examples=50)
@given(data=JSON)
@pytest.mark.parametrize("kind", [AlertStory, Snapshot, Table, Evidence, Alert])
def test_any_other_json_is_refused_in_words_or_is_such_a_value(kind: type, data: object) -> None:
    try:
        assert isinstance(decode(kind, data), kind)
    except CodecError as error:
        assert str(error)


@pytest.mark.parametrize(
    "data",
    [b"", b"{", b"\xff", b"[" * 100_000, b"1" * 10_000, b'{"columns": [], "rows": [[{"$time": "x"}]]}'],
)
def test_what_is_no_such_json_is_refused_in_words(data: bytes) -> None:
    with pytest.raises(CodecError):
        from_bytes(Table, data)


@pytest.mark.parametrize(
    ("field", "told"),
    [
        ("columns", "many"),
        ("columns", [1]),
        ("rows", [3]),
        ("units", [["a", "b"]]),
        ("truncated", 1),
        ("rows", [[{"$int": "zz"}]]),
        ("rows", [[{"$float": "1"}]]),
        ("rows", [[{"$evil": "1"}]]),
        ("rows", [[{"$map": [[[1], 2, 3]]}]]),
        ("rows", [[{"$map": [[{"a": 1}, 2]]}]]),
    ],
)
def test_a_field_of_another_type_is_refused_with_its_name(field: str, told: object) -> None:
    with pytest.raises(CodecError, match=field):
        decode(Table, {"columns": [], "rows": [], field: told})


def test_values_of_every_kind_are_told_apart() -> None:
    row = (
        *(1, 1.0, True, "1", None, 2**80, -(2**60), math.inf, b"1", Decimal("1.0")),
        *(NOW, NOW.replace(tzinfo=None), date(2026, 1, 1), time(1, 2), timedelta(microseconds=1)),
        {"$time": "x"},
        {1: "a", "b": (2,)},
    )
    read = from_bytes(Table, to_bytes(Table(("a",), (row,)))).rows[0]
    assert read == row
    assert list(map(type, read)) == list(map(type, row))


def test_keys_of_a_newer_console_are_left_out_and_those_of_an_older_one_have_their_default() -> None:
    told = json.loads(to_bytes(ERRORS))
    del told["also"]
    assert decode(Alert, told | {"newer": 1}) == ERRORS


def test_what_must_be_given_is_missed_by_name() -> None:
    with pytest.raises(CodecError, match="lacks offset"):
        decode(RowId, {"source_id": 1})


def test_a_time_without_a_zone_is_no_moment() -> None:
    with pytest.raises(CodecError, match="without a zone"):
        decode(
            Window, {"start": {"$time": "2026-11-02T00:00:00"}, "until": {"$time": "2026-11-02T00:00:00Z"}}
        )


def test_values_too_deep_in_each_other_are_refused_both_ways() -> None:
    deep: object = None
    for _ in range(DEEPEST + 1):
        deep = [deep]
    with pytest.raises(CodecError, match="too deep"):
        encode(deep)
    with pytest.raises(CodecError, match="too deep"):
        decode(Table, {"columns": [], "rows": [[deep]]})


def test_times_are_kept_to_the_microsecond_in_utc() -> None:
    moment = datetime(2026, 11, 2, 3, 4, 5, 678, tzinfo=UTC)
    assert encode(moment) == {"$time": "2026-11-02T03:04:05.000678+00:00"}
