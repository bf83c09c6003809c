"""Equal inputs have one hash, whatever else the store holds, and anybody can work it out."""

from __future__ import annotations

import json
from decimal import Decimal
from hashlib import sha256

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from console.errors import UsageError
from console.model import QueryCall, RowId
from console.store import schema
from tests.support import batch, stored

NAMES = st.one_of(
    st.sampled_from(["a", "A", "a b", 'a"', "a\\", "a\0b", "é", "e\u0301", "", "it's", "{", '","', "score"]),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=4),
)
VALUES = st.one_of(
    st.floats(allow_nan=False, allow_infinity=False, width=32),
    st.integers(-(2**53), 2**53).map(float),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=6),
    st.just(None),
)
FEATURES = st.dictionaries(NAMES, VALUES, max_size=5)


def quoted(text: str) -> str:
    """A text in JSON; the digits of an escape are upper case."""
    each = (json.dumps(char, ensure_ascii=False)[1:-1] for char in text)
    escapes = (f"\\u{char[2:].upper()}" if char.startswith("\\u") else char for char in each)
    return f'"{"".join(escapes)}"'


def by_hand(features: dict[str, object]) -> str:
    """The hash as its description has it; empty if there are no features."""

    def number(value: float) -> str:
        exact = Decimal(repr(value + 0.0))
        if value == 0 or 1e-6 <= abs(value) < 1e21:
            plain = f"{exact:f}"
            return plain if "." in plain else f"{plain}.0"
        digits, _, power = f"{exact.normalize():e}".partition("e")
        return f"{digits}e{int(power)}"

    kept = {name: value for name, value in features.items() if value is not None}
    members = [
        f"{quoted(name)}:{number(value) if isinstance(value, float) else quoted(str(value))}"
        for name, value in kept.items()
    ]
    text = "{" + ",".join(sorted(members, key=str.encode)) + "}"
    return sha256(text.encode()).hexdigest() if kept else ""


def test_a_hash_is_that_of_the_features_as_sorted_json() -> None:
    features = {"b": "x\n", "a": 1, "none": None, "Z": 0.1, "minus": -0.0, "big": 1e300, "some": 1e20}
    store = stored([{"model": "m", "features": features}])
    text = '{"Z":0.1,"a":1.0,"b":"x\\n","big":1e300,"minus":0.0,"some":100000000000000000000.0}'
    assert store.request(RowId(0, 0)).input_hash == sha256(text.encode()).hexdigest()


def test_a_request_without_features_has_none() -> None:
    store = stored([{"model": "m", "features": {"a": None}}, {"model": "n"}])
    frame = store.input_hashes(QueryCall("predictions_recent"))
    assert frame["input_hash"].to_list() == [None, None]
    assert store.request(RowId(0, 0)).input_hash == ""


@given(rows=st.lists(FEATURES, min_size=6, max_size=24))
@settings(max_examples=12, deadline=None)
def test_every_row_is_hashed_as_by_hand_whatever_stands_beside_it(rows: list[dict[str, object]]) -> None:
    records = [{"model": f"m{n % 2}", "request_id": f"r{n}", "features": row} for n, row in enumerate(rows)]
    store = stored(records)
    frame = store.input_hashes(QueryCall("predictions_recent"))
    found = dict(frame.select("source_offset", "input_hash").iter_rows())
    expected = [by_hand(row) or None for row in rows]
    assert [found[offset] for offset in sorted(found)] == expected


@given(rows=st.lists(FEATURES, min_size=4, max_size=16), most=st.integers(0, 3))
@settings(max_examples=12, deadline=None)
def test_features_without_a_column_count_like_the_others(rows: list[dict[str, object]], most: int) -> None:
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(schema, "MAX_COLUMNS", most)
        store = stored([{"model": "m", "features": row} for row in rows])
        frame = store.input_hashes(QueryCall("predictions_recent")).sort("source_offset")
    assert frame["input_hash"].to_list() == [by_hand(row) or None for row in rows]


def test_a_hash_stays_when_columns_come() -> None:
    store = stored([{"model": "m", "features": {"b": 1, "c": "x"}}])
    before = store.request(RowId(0, 0)).input_hash
    store.append([batch([{"model": "m", "features": {"a": 1, "b": "text now", "z": 2}}], 1)])
    assert store.request(RowId(0, 0)).input_hash == before


def test_rows_that_are_no_predictions_have_no_input() -> None:
    with pytest.raises(UsageError, match="versions: its rows are no predictions"):
        stored([{"model": "m"}]).input_hashes(QueryCall("versions", {"model": "m"}))
