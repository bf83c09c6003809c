"""Objects of any form, by a mapping: every value ends where `place` says, and none is lost."""

from __future__ import annotations

import json
from collections import Counter
from collections.abc import Callable, Iterator, Mapping

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.ingest.choosing import choose
from console.ingest.formats import NATIVE, NO_FIELD, RECORD_FIELDS, Format, Path, Place, Unusable
from console.ingest.mapped import Mapped, MappedFormat, Target
from console.model import Batch, Meaning

NAMES = [
    *("ts", "time", "timestamp", "id", "requestId", "trace_id", "model", "name", "status", "status_code"),
    *("latency", "latency_s", "duration_ms", "prediction", "score", "error", "type", "message", "host"),
    *(
        "level",
        "features",
        "inputs",
        "input",
        "data",
        "tags",
        "request",
        "amount",
        "a.b",
        '"x"',
        "",
        "error.x",
    ),
]
LEAVES = st.one_of(
    st.none(),
    st.booleans(),
    st.integers(-5, 2**70),
    st.floats(allow_nan=False),
    st.sampled_from(["0.5", "text", "2026-11-02T00:00:00", ""]),
    st.lists(st.integers(0, 3), max_size=2),
)
OBJECTS = st.dictionaries(
    st.sampled_from(NAMES),
    st.recursive(
        LEAVES, lambda inner: st.dictionaries(st.sampled_from(NAMES), inner, min_size=1, max_size=4)
    ),
    max_size=8,
)
PATHS = st.lists(st.sampled_from(NAMES), min_size=1, max_size=3).map(tuple)
MEANINGS = st.builds(
    Meaning,
    fields=st.dictionaries(
        st.sampled_from(["ts", "request_id", "latency_s", "score"]),
        st.lists(PATHS, max_size=2).map(tuple),
        max_size=3,
    ),
    features=st.none() | st.lists(PATHS | st.just(("*",)), max_size=2).map(tuple),
    tags=st.none() | st.lists(PATHS, max_size=2).map(tuple),
)
FORMATS = st.one_of(
    st.just(NATIVE),
    st.just(MappedFormat()),
    st.tuples(MEANINGS, st.lists(OBJECTS, max_size=3)).map(lambda drawn: choose(*drawn).format),
)


def leaves(logged: Mapping[str, object], above: Path = ()) -> Iterator[tuple[Path, object]]:
    for key, value in logged.items():
        if isinstance(value, dict):
            yield from leaves(value, (*above, key))
        else:
            yield (*above, key), value


def at(record: Mapping[str, object], place: Place) -> object:
    """What a record has at a place; nothing and null are one."""
    if place.kind in ("field", "extra"):
        return record.get(place.name)
    inner = record.get("features" if place.kind == "feature" else "tags", {})
    return inner.get(place.name) if isinstance(inner, dict) else None


@given(format=FORMATS, logged=OBJECTS)
@example(format=MappedFormat(), logged={"ts": 1, "status": {"x": None}, "status_code": 500})
@settings(deadline=None, max_examples=50)
def test_record_does_what_place_says(format: Format, logged: dict[str, object]) -> None:
    placed = [(format.place(path), path, value) for path, value in leaves(logged)]
    try:
        record = format.record(json.loads(json.dumps(logged)))
    except Unusable:
        named = {
            {"feature": "features", "tag": "tags"}.get(place.kind, place.name)
            for place, _, _ in placed
            if place is not None and place.kind != "extra"
        }
        assert not named & format.evidence
        return
    taken = Counter(
        (place.kind, place.name) for place, _, value in placed if place is not None and value is not None
    )
    # An object that is kept whole is a value too, and its leaves have no place of their own.
    wholes = {path[:depth] for place, path, _ in placed if place is None for depth in range(1, len(path))}
    taken.update((place.kind, place.name) for place in map(format.place, wholes) if place is not None)
    for place, path, value in placed:
        if place is None or value is None or taken[place.kind, place.name] > 1:
            continue
        if place.scale == 1.0:
            assert at(record, place) == value, (path, place)
        elif type(value) in (int, float) and 0 <= value < 2**53:  # type: ignore[operator]
            assert at(record, place) == value * place.scale  # type: ignore[operator]


@given(format=FORMATS, logged=OBJECTS)
@settings(deadline=None, max_examples=50)
def test_no_value_is_lost_or_there_twice(format: Format, logged: dict[str, object]) -> None:
    """Each leaf's value is in the record as often as in the line, whatever is called alike."""
    marked = json.loads(json.dumps(logged))
    numbers = iter(range(10**6, 2 * 10**6))

    def mark(inner: dict[str, object]) -> None:
        for key, value in inner.items():
            if isinstance(value, dict):
                mark(value)
            elif value is not None:
                inner[key] = f"#{next(numbers)}"

    mark(marked)
    before = Counter(value for _, value in leaves(marked) if value is not None)
    try:
        record = format.record(marked)
    except Unusable:
        return
    assert Counter(value for _, value in leaves(record) if value is not None) == before


def test_a_flat_line_has_fields_features_and_tags() -> None:
    line: dict[str, object] = {
        "@timestamp": "2026-11-02T03:04:05Z",
        "requestId": "r",
        "model_name": "fraud",
        "duration_ms": 12,
        "status_code": 200,
        "pred": "legit",
        "amount": 12.5,
        "country": "DE",
        "basket": [1, 2],
        "host": "ml-1",
        "levelname": "INFO",
        "lineno": 7,
        "session_id": "s",
    }
    format = choose(Meaning(), [line]).format
    assert format.record(dict(line)) == {
        "ts": "2026-11-02T03:04:05Z",
        "request_id": "r",
        "model": "fraud",
        "latency_ms": 12,
        "status": 200,
        "prediction": "legit",
        "features": {"amount": 12.5, "country": "DE", "basket": [1, 2]},
        "tags": {"host": "ml-1"},
        "levelname": "INFO",
        "lineno": 7,
        "session_id": "s",
    }


def test_of_an_object_that_is_looked_into_the_rest_is_kept_under_its_path() -> None:
    mapped = Mapped({("request", "id"): Target("request_id")}, frozenset({"request_id"}), features=())
    format = MappedFormat(mapped)
    line: dict[str, object] = {
        "score": 1,
        "request": {"id": "r", "a.b": 1, "x": {"y": 2}},
        "request.x": 3,
        "request_id": 4,
        '"q"': 5,
    }
    assert format.record(line) == {
        "score": 1,
        "request_id": "r",
        'request."a.b"': 1,
        "request.x": {"y": 2},
        '"request.x"': 3,
        '"request_id"': 4,
        r'"\"q\""': 5,
    }


def test_where_features_stand_can_be_said() -> None:
    meaning = Meaning(
        features=(("a", "in"), ("csv",)), tags=(("ctx",), ("who",)), fields={"request_id": (("a", "n"),)}
    )
    line: dict[str, object] = {
        "a": {"in": {"x": 1, "y": {"z": 2}}, "n": 7},
        "csv": "1,2",
        "ctx": {"k": "v"},
        "who": "me",
        "host": "h",
        "amount": 3,
    }
    format = choose(meaning, [line]).format
    assert format.record(line) == {
        "request_id": 7,
        "features": {"x": 1, "y": {"z": 2}, "csv": "1,2"},
        "tags": {"k": "v", "who": "me"},
        "host": "h",
        "amount": 3,
    }


def test_a_star_makes_every_other_key_a_feature() -> None:
    format = choose(Meaning(features=(("*",),)), []).format
    line: dict[str, object] = {"level": 3, "session_id": "s", "score": 1, "inner": {"a": 1}, "host": "h"}
    assert format.record(line) == {
        "features": {"level": 3, "session_id": "s"},
        "score": 1,
        "inner": {"a": 1},
        "tags": {"host": "h"},
    }


def test_of_several_paths_of_a_field_the_first_that_has_a_value_counts() -> None:
    meaning = Meaning(fields={"request_id": (("a", "id"), ("b",))})
    format = choose(meaning, []).format
    assert format.record({"score": 1, "b": "2", "a": {"id": "1"}}) == {
        "score": 1,
        "request_id": "1",
        "b": "2",
    }
    assert format.record({"score": 1, "a": {"id": "1"}, "b": "2"}) == {
        "score": 1,
        "request_id": "1",
        "b": "2",
    }
    assert format.record({"score": 1, "b": "2", "a": {"id": None}}) == {"score": 1, "request_id": "2"}


def test_of_features_of_one_name_the_first_counts_and_the_others_are_kept() -> None:
    format = choose(Meaning(features=(("a",), ("b",))), []).format
    line: dict[str, object] = {"a": {"x": None, "y": 1}, "b": {"x": 2, "y": 3}}
    assert format.record(line) == {"features": {"x": 2, "y": 1}, "b.y": 3}


def test_a_field_can_be_said_not_to_be_logged() -> None:
    format = choose(Meaning(fields={"score": ()}), []).format
    assert format.record({"prediction": 1, "score": 700}) == {"prediction": 1, '"score"': 700}


@pytest.mark.parametrize(
    ("logged", "kept", "extra"),
    [
        ("0.25", 250.0, None),
        ('"0.25"', 250.0, None),
        ("0", 0.0, None),
        ("-0.5", None, {"took": -0.5}),
        ('"fast"', None, {"took": "fast"}),
        ("true", None, {"took": True}),
        ("[1]", None, {"took": [1]}),
        ("{}", None, {"took": {}}),
        ("NaN", None, {"took": "NaN"}),
        ("1e400", None, {"took": "1e400"}),
        ("9007199254740993", None, {"took": 9007199254740993}),
        ("123456789012345678901", None, {"took": 123456789012345678901}),
        ("null", None, None),
    ],
)
def test_a_duration_in_seconds_is_converted_or_kept_as_logged(
    parse: Callable[..., Batch], logged: str, kept: float | None, extra: object
) -> None:
    format = MappedFormat(Mapped({("took",): Target("latency_ms", 0, 1000.0)}))
    batch = parse(f'{{"ts":1,"took":{logged}}}'.encode(), format=format)
    (rows,) = batch.models
    assert rows.fields["latency_ms"] == [kept]
    found = rows.fields["extra"][0]
    assert (None if found is None else json.loads(str(found))) == extra


@pytest.mark.parametrize(
    ("logged", "number", "text"),
    [
        ("1", 1.0, None),
        ("9007199254740993", None, "9007199254740993"),
        ("123456789012345678901", None, "123456789012345678901"),
        ("NaN", None, "NaN"),
        ("-Infinity", None, "-Infinity"),
        ("true", None, "true"),
        ('"x"', None, "x"),
        ('[1,{"a":null}]', None, '[1,{"a":null}]'),
    ],
)
def test_the_rules_of_features_hold_for_a_flat_line(
    parse: Callable[..., Batch], logged: str, number: float | None, text: str | None
) -> None:
    (rows,) = parse(f'{{"f":0,"f":{logged},"pred":1}}'.encode(), format=MappedFormat()).models
    found = rows.numbers.get("f", [None])[0], rows.texts.get("f", [None])[0]
    assert found == (number, text)


@pytest.mark.parametrize(
    "line",
    [
        {},
        {"timestamp": 1, "level": "INFO", "msg": "started", "port": 80},
        {"time": 1, "id": 2, "host": "h"},
        {"asctime": "x", "a": {"b": 1}},
    ],
)
def test_a_line_without_a_field_of_a_prediction_is_unusable(line: dict[str, object]) -> None:
    with pytest.raises(Unusable, match=NO_FIELD):
        MappedFormat().record(line)


def test_ever_new_names_do_not_fill_memory() -> None:
    format = MappedFormat()
    for number in range(25_000):
        record = format.record({"score": 1, f"f{number}": number, "error": {f"x{number}": 1}})
        assert record["features"] == {f"f{number}": number}
    assert format._count <= 20_001


def test_native_says_where_its_leaves_are() -> None:
    assert NATIVE.place(("ts",)) == Place("field", "ts")
    assert NATIVE.place(("features", "x")) == Place("feature", "x")
    assert NATIVE.place(("tags", "x")) == Place("tag", "x")
    assert NATIVE.place(("other",)) == Place("extra", "other")
    for path in [("features",), ("tags",), ("features", "x", "y"), ("stages", "a"), ("other", "x")]:
        assert NATIVE.place(path) is None
    assert {"features", "tags"} | {
        name for name in RECORD_FIELDS if NATIVE.place((name,)) == Place("field", name)
    } == RECORD_FIELDS
