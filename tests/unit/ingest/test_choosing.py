"""Which format a file has, by its first lines and what the configuration says."""

from __future__ import annotations

import pytest

from console.ingest.choosing import BY_NAME, FIRST_LINES, choose, first_objects
from console.ingest.formats import RECORD_FIELDS, Path
from console.ingest.mapped import MappedFormat, in_words
from console.ingest.wellknown import FIELD_NAMES, candidates
from console.model import FORMAT_NAMES, MAPPABLE_FIELDS, UNIT_FIELDS, Meaning

FLAT: dict[str, object] = {"timestamp": "2026-11-02T03:04:05", "requestId": "r", "pred": 1}


def fields(*first: dict[str, object], **more: object) -> dict[str, Path]:
    """Field -> path, as these first lines settle it."""
    format = choose(Meaning(**more), first).format  # type: ignore[arg-type]
    assert isinstance(format, MappedFormat)
    return {target.field: path for path, target in format.mapped.fields.items()}


def scale(name: str, *values: object) -> float:
    format = choose(Meaning(), [{"time": 1793620800, "pred": 1, name: value} for value in values]).format
    place = format.place((name,))
    assert place is not None and (place.kind, place.name) == ("field", "latency_ms")
    return place.scale


@pytest.mark.parametrize(
    "line",
    [
        {"ts": 1},
        {"ts": 1, "timestamp": 2, "requestId": "r"},
        {"score": 1, "amount": 2, "host": "h"},
        {"features": {"timestamp": 1}},
        {"prediction": 1, "request_id": "r", "trace_id": "t"},
    ],
)
def test_a_record_of_the_consoles_own_is_never_mapped(line: dict[str, object]) -> None:
    choice = choose(Meaning(), [line])
    assert (choice.format.name, choice.settled) == ("native", True)


@pytest.mark.parametrize(
    "line",
    [
        {"ts": 1795341600.5, "msg": "predict", "requestId": "r", "statusCode": 503, "duration": 0.02},
        {"ts": 1795341600.5, "model": "ner", "requestId": "r", "latency": 12, "output": "ORG"},
        {"ts": 1795341600.5, "request": {"id": "r"}, "response": {"status": 200, "output": "ORG"}},
    ],
)
def test_another_log_is_mapped_though_its_time_is_called_ts(line: dict[str, object]) -> None:
    assert choose(Meaning(), [line] * 3).format.name == "mapped"


@pytest.mark.parametrize(
    "line",
    [
        {"ts": 1, "prediction": "a", "id": "x"},
        {"ts": 1, "model": "m", "prediction": "a", "output": "b", "duration": 3},
        {"ts": 1, "note": {"text": "started"}},
    ],
)
def test_a_record_may_hold_a_few_keys_of_other_names(line: dict[str, object]) -> None:
    assert choose(Meaning(), [line]).format.name == "native"


def test_most_lines_decide_whether_a_file_is_native() -> None:
    banner: dict[str, object] = {"timestamp": 1, "level": "INFO", "message": "started"}
    assert choose(Meaning(), [banner, banner, {"ts": 1}]).format.name == "native"
    assert choose(Meaning(), [{"ts": 1}, FLAT, FLAT, FLAT]).format.name == "mapped"


def test_lines_that_are_no_predictions_settle_nothing() -> None:
    silent: list[list[dict[str, object]]] = [[], [{"timestamp": 1, "level": "INFO"}], [{}]]
    for first in silent:
        choice = choose(Meaning(), first)
        assert (choice.format.name, choice.settled) == ("mapped", False)
    assert choose(Meaning(), [{"level": "INFO"}, FLAT]).settled
    assert not choose(Meaning(fields={"score": (("a",),)}), [{"b": 1}]).settled
    assert choose(Meaning(fields={"score": (("a",),)}), [{"a": 1}]).settled
    assert choose(Meaning(format="native"), []).settled


def test_the_configuration_comes_before_the_names() -> None:
    line: dict[str, object] = {"timestamp": 1793620800, "when": 1793620801, "score": 1, "ts": 3}
    found = fields(line, fields={"ts": (("when",),)})
    assert found["ts"] == ("when",)
    assert choose(Meaning(format="mapped"), [{"ts": 1, "score": 1}]).format.name == "mapped"


def test_of_several_names_the_one_in_most_lines_then_the_outermost_then_the_surest_counts() -> None:
    assert fields(FLAT | {"@timestamp": 1793620800, "time": 1793620800})["ts"] == ("timestamp",)
    assert fields({"event": {"timestamp": 1793620800}, "time": 1793620800, "pred": 1})["ts"] == ("time",)
    rare = [FLAT, FLAT, {"timestamp": FLAT["timestamp"], "trace_id": "t", "pred": 1}]
    assert fields(*[line | {"trace_id": "t"} for line in rare[:2]], rare[2])["request_id"] == ("requestId",)
    assert fields(*[{k: v for k, v in line.items() if k != "requestId"} for line in rare])["request_id"] == (
        "trace_id",
    )


def test_a_name_does_not_make_a_time_of_what_is_none() -> None:
    assert "ts" not in fields({"time": 0.25, "pred": 1})
    assert fields({"inference_time": 0.25, "pred": 1, "timestamp": 1793620800})["latency_ms"] == (
        "inference_time",
    )
    assert fields({"meta": {"inferenceTime": "2026-11-02T00:00:00Z"}, "pred": 1})["ts"] == (
        "meta",
        "inferenceTime",
    )


@pytest.mark.parametrize(
    ("name", "values", "expected"),
    [
        ("latency_ms", [0.5], 1.0),
        ("durationMs", [0.5], 1.0),
        ("latency_s", [500], 1000.0),
        ("elapsed_seconds", [5], 1000.0),
        ("durationS", [5], 1000.0),
        ("took_us", [5], 0.001),
        ("response_time_ns", [5], 0.000001),
        ("duration", [0.02, 0.03, 5.0], 1000.0),
        ("duration", [12, 0.5, 30], 1.0),
        ("latency", [1.0], 1.0),
    ],
)
def test_the_unit_of_a_duration_is_in_its_name_or_told_by_its_values(
    name: str, values: list[object], expected: float
) -> None:
    assert scale(name, *values) == expected


def test_a_plural_is_no_unit() -> None:
    assert candidates(("durations",)) == ()


def test_vague_names_count_only_where_the_object_says_of_what() -> None:
    assert "request_id" not in fields(
        {"user": {"id": 7}, "label": {"time": 1793620800}, "pred": 1, "timestamp": 1793620800}
    )
    line: dict[str, object] = {
        "request": {"id": 7, "time": 1793620800},
        "model": {"name": "m", "version": "v"},
        "response": {"status": 200, "score": 0.5},
        "error": {"type": "T", "message": "t"},
    }
    assert fields(line) == {
        "request_id": ("request", "id"),
        "ts": ("request", "time"),
        "model": ("model", "name"),
        "model_version": ("model", "version"),
        "status": ("response", "status"),
        "score": ("response", "score"),
        "error_type": ("error", "type"),
        "error_message": ("error", "message"),
    }


@pytest.mark.parametrize(
    ("line", "path"),
    [
        ({"inputs": {"a": 1}}, ("inputs",)),
        ({"request": {"features": {"a": 1}}, "data": {"b": 1}}, ("request", "features")),
        ({"data": {"a": 1}}, ("data",)),
        ({"data": {"timestamp": 1793620800, "inputs": {"a": 1}}}, ("data", "inputs")),
        ({"payload": {"a": {"b": 1}}}, None),
        ({"amount": 1}, None),
    ],
)
def test_the_object_that_holds_the_features_is_found(line: dict[str, object], path: Path | None) -> None:
    format = choose(Meaning(), [FLAT | line]).format
    assert isinstance(format, MappedFormat)
    assert format.mapped.features == (None if path is None else (path,))
    kind = "feature" if path is None else "extra"
    place = format.place(("something_else",))
    assert place is not None and place.kind == kind


def test_a_field_that_comes_later_is_still_known() -> None:
    format = choose(Meaning(), [FLAT]).format
    record = format.record(FLAT | {"error": "Timeout", "status_code": 503, "trace_id": "t"})
    assert (record["error_type"], record["status"], record["request_id"]) == ("Timeout", 503, "r")
    assert record["trace_id"] == "t"


def test_the_first_objects_are_so_many_and_of_so_many_bytes() -> None:
    assert first_objects([b"bad", b"[1]", b'{"a":1}', b""]) == [{"a": 1}]
    assert first_objects([b'\xef\xbb\xbf{"a":1}', b'\0\0{"a":NaN}', b"\xff"]) == [{"a": 1}, {"a": "NaN"}]
    assert len(first_objects([b"{}"] * 1000)) == FIRST_LINES
    assert len(first_objects([b'{"a":"%s"}' % (b"x" * 100_000)] * 100)) == 3


def test_names_of_formats_and_fields_are_the_same_everywhere() -> None:
    assert set(BY_NAME) == set(FORMAT_NAMES)
    assert MAPPABLE_FIELDS - UNIT_FIELDS.keys() == RECORD_FIELDS - {"features", "tags"}
    assert FIELD_NAMES.keys() <= RECORD_FIELDS
    assert in_words(("a", "b.c", 'd"', "")) == 'a."b.c"."d\\"".""'
