"""The rules of docs/record.md, one by one: what becomes of a logged value."""

from __future__ import annotations

import json
from collections.abc import Callable

import pytest

from console.ingest.formats import NO_FIELD
from console.model import FIELDS, Batch, ModelRows

Parse = Callable[..., Batch]


def only(batch: Batch) -> ModelRows:
    assert not batch.rejects
    (rows,) = batch.models
    return rows


def field(parse: Parse, name: str, logged: str) -> tuple[object, object]:
    """A field's value and what `extra` has, for a JSON text logged under its name."""
    rows = only(parse(f'{{"{name}":{logged}}}'.encode()))
    extra = rows.fields["extra"][0]
    return rows.fields[name][0], json.loads(str(extra)) if extra is not None else None


def feature(parse: Parse, logged: str) -> tuple[object, object]:
    """A feature's number and text, for a JSON text logged as its value."""
    rows = only(parse(f'{{"features":{{"f":{logged}}}}}'.encode()))
    number, text = rows.numbers.get("f", [None]), rows.texts.get("f", [None])
    return number[0], text[0]


def test_the_documented_line_fills_every_field(parse: Parse) -> None:
    line = (
        b'{"ts":"2026-11-02T03:04:05.678Z","request_id":"f-000123","model":"fraud","model_version":"v3",'
        b'"endpoint":"/score","status":200,"error_type":null,"error_message":null,"latency_ms":23.4,'
        b'"prediction":"legit","score":0.031,"features":{"amount":12.5,"country":"DE"},'
        b'"tags":{"region":"EU","client":"web","host":"ml-1"},'
        b'"stages":{"preprocess":{"ms":3.1,"version":"p7"},"predict":{"ms":17.2}},'
        b'"tokens_in":812,"tokens_out":64,"cost":0.0012,"truth":"legit"}'
    )
    rows = only(parse(line))
    assert rows.model == "fraud"
    assert {name: column[0] for name, column in rows.fields.items()} == {
        "ts": 1_793_588_645_678_000,
        "ts_origin": "logged",
        "request_id": "f-000123",
        "model_version": "v3",
        "endpoint": "/score",
        "status": 200,
        "error_type": None,
        "error_message": None,
        "latency_ms": 23.4,
        "prediction": "legit",
        "prediction_value": None,
        "score": 0.031,
        "truth": "legit",
        "tokens_in": 812,
        "tokens_out": 64,
        "cost": 0.0012,
        "stages": '{"preprocess":{"ms":3.1,"version":"p7"},"predict":{"ms":17.2}}',
        "extra": None,
        "source_offset": 0,
    }
    assert set(rows.fields) == set(FIELDS) - {"model"}
    assert rows.numbers == {"amount": [12.5]}
    assert rows.texts == {"country": ["DE"]}
    assert rows.tags == {"region": ["EU"], "client": ["web"], "host": ["ml-1"]}


@pytest.mark.parametrize(
    ("logged", "number", "text"),
    [
        ("1", 1.0, None),
        ("-0.5", -0.5, None),
        ("1e20", 1e20, None),
        ("9007199254740992", 2.0**53, None),
        ("9007199254740993", None, "9007199254740993"),
        ("-9007199254740993", None, "-9007199254740993"),
        ("18446744073709551615", None, "18446744073709551615"),
        ("18446744073709551617", None, "18446744073709551617"),
        ("-123456789012345678901234567890", None, "-123456789012345678901234567890"),
        pytest.param("1" * 5000, None, "1" * 5000, id="5000 digits"),
        ("NaN", None, "NaN"),
        ("Infinity", None, "Infinity"),
        ("-Infinity", None, "-Infinity"),
        ("1e400", None, "1e400"),
        ("true", None, "true"),
        ("false", None, "false"),
        ('"12"', None, "12"),
        ('""', None, ""),
        ('"a\\u0000b"', None, "a\0b"),
        ('"\\ud83d\\ude00"', None, "\N{GRINNING FACE}"),
        ("[1, 2.50, null]", None, "[1,2.5,null]"),
        ('{"a": "é"}', None, '{"a":"é"}'),
        ("[18446744073709551617]", None, "[18446744073709551617]"),
        ("[NaN]", None, '["NaN"]'),
        ("null", None, None),
    ],
)
def test_a_feature_is_a_number_or_a_text_and_never_altered(
    parse: Parse, logged: str, number: object, text: object
) -> None:
    assert feature(parse, logged) == (number, text)


def test_a_feature_may_be_of_every_type_in_one_block(parse: Parse) -> None:
    logged = ["1", "2.5", '"x"', "null", "true", "[]", "NaN", "18446744073709551617"]
    rows = only(parse("\n".join(f'{{"features":{{"f":{value}}}}}' for value in logged).encode()))
    assert rows.numbers == {"f": [1.0, 2.5, None, None, None, None, None, None]}
    assert rows.texts == {"f": [None, None, "x", None, "true", "[]", "NaN", "18446744073709551617"]}


@pytest.mark.parametrize("name", ["", " ", 'a"b', "a.b", "Ä", "select", "\0", "[/x]", "a" * 5000])
def test_a_feature_may_have_any_name(parse: Parse, name: str) -> None:
    rows = only(parse(json.dumps({"features": {name: 1, name + "2": "t"}}).encode()))
    assert (rows.numbers, rows.texts) == ({name: [1.0]}, {name + "2": ["t"]})


def test_names_that_differ_in_case_are_different_features(parse: Parse) -> None:
    assert set(only(parse(b'{"features":{"a":1,"A":2}}')).numbers) == {"a", "A"}


def test_a_feature_that_no_row_has_is_no_column(parse: Parse) -> None:
    rows = only(parse(b'{"features":{"a":null},"tags":{"b":null}}\n{"features":{}}'))
    assert (rows.numbers, rows.texts, rows.tags) == ({}, {}, {})


@pytest.mark.parametrize("logged", ["[1]", '"x"', "3", "true"])
def test_features_and_tags_and_stages_that_are_no_objects_are_kept_in_extra(
    parse: Parse, logged: str
) -> None:
    for name in ("features", "tags", "stages"):
        rows = only(parse(f'{{"{name}":{logged}}}'.encode()))
        assert json.loads(str(rows.fields["extra"][0])) == {name: json.loads(logged)}
        assert (rows.numbers, rows.texts, rows.tags, rows.fields["stages"]) == ({}, {}, {}, [None])


@pytest.mark.parametrize(
    ("logged", "kept"),
    [
        ('"EU"', "EU"),
        ("1", "1"),
        ("0.5", "0.5"),
        ("true", "true"),
        ("[1]", "[1]"),
        ('{"a":1}', '{"a":1}'),
        ("NaN", "NaN"),
    ],
)
def test_a_tag_is_text(parse: Parse, logged: str, kept: str) -> None:
    assert only(parse(f'{{"tags":{{"t":{logged}}}}}'.encode())).tags == {"t": [kept]}


@pytest.mark.parametrize(
    ("logged", "status"),
    [("200", 200), ('"503"', 503), ("200.0", 200), ("-1", -1), ("null", None)],
)
def test_a_status_is_an_integer_or_digits(parse: Parse, logged: str, status: object) -> None:
    assert field(parse, "status", logged) == (status, None)


@pytest.mark.parametrize("logged", ['"OK"', "true", "200.5", "99999999999", '"99999999999"', '""', "[]"])
def test_another_status_is_kept_in_extra(parse: Parse, logged: str) -> None:
    assert field(parse, "status", logged) == (None, {"status": json.loads(logged)})


@pytest.mark.parametrize("logged", ["-1", '"12ms"', "true", '"NaN"', "[1]", '"-3"', '"1_000"', '"1e999"'])
def test_a_latency_that_is_none_is_kept_in_extra(parse: Parse, logged: str) -> None:
    assert field(parse, "latency_ms", logged) == (None, {"latency_ms": json.loads(logged)})


@pytest.mark.parametrize("logged", ["NaN", "Infinity", "-Infinity", "1e400"])
@pytest.mark.parametrize("name", ["latency_ms", "score", "cost", "tokens_in", "status"])
def test_a_number_that_is_not_finite_is_kept_in_extra_as_text(parse: Parse, name: str, logged: str) -> None:
    assert field(parse, name, logged) == (None, {name: logged})


@pytest.mark.parametrize(
    ("logged", "value"), [("0", 0.0), ("23", 23.0), ('"23.4"', 23.4), ('" 1e2 "', 100.0)]
)
def test_a_latency_is_a_number_or_its_text(parse: Parse, logged: str, value: float) -> None:
    assert field(parse, "latency_ms", logged) == (value, None)


def test_a_score_may_be_below_zero(parse: Parse) -> None:
    assert field(parse, "score", "-3.5") == (-3.5, None)
    assert field(parse, "score", '"-3.5"') == (-3.5, None)


def test_an_integer_that_a_double_would_alter_is_no_score(parse: Parse) -> None:
    for logged in ("9007199254740993", "-9223372036854775809", "123456789012345678901234567890"):
        assert field(parse, "score", logged) == (None, {"score": int(logged)})


def test_tokens_are_counts(parse: Parse) -> None:
    assert field(parse, "tokens_in", "9223372036854775807") == (2**63 - 1, None)
    assert field(parse, "tokens_in", "12.0") == (12, None)
    for logged in ("9223372036854775808", "-1", "1.5", "36893488147419103232"):
        assert field(parse, "tokens_in", logged) == (None, {"tokens_in": json.loads(logged)})


@pytest.mark.parametrize(
    ("logged", "text", "value"),
    [
        ('"legit"', "legit", None),
        ('"0.5"', "0.5", None),
        ("0.5", "0.5", 0.5),
        ("3", "3", 3.0),
        ("true", "true", None),
        ("false", "false", None),
        ("[1, 2]", "[1,2]", None),
        ('{"a": 1}', '{"a":1}', None),
        ("NaN", "NaN", None),
        ("18446744073709551617", "18446744073709551617", 18446744073709551617.0),
        ("null", None, None),
    ],
)
def test_a_prediction_is_its_text_and_the_number_that_it_is(
    parse: Parse, logged: str, text: object, value: object
) -> None:
    rows = only(parse(f'{{"prediction":{logged},"truth":{logged}}}'.encode()))
    assert rows.fields["prediction"] == rows.fields["truth"] == [text]
    assert rows.fields["prediction_value"] == [value]
    assert rows.fields["extra"] == [None]


@pytest.mark.parametrize("name", ["request_id", "model_version", "endpoint", "error_type", "error_message"])
def test_a_text_field_takes_any_value_as_its_json_text(parse: Parse, name: str) -> None:
    for logged, kept in (('"a"', "a"), ("7", "7"), ("true", "true"), ("[1, 2]", "[1,2]")):
        assert field(parse, name, logged) == (kept, None)


@pytest.mark.parametrize("logged", ['""', "false", "0", "[]", "{}"])
def test_an_error_type_that_says_there_was_none_is_null_and_kept_in_extra(parse: Parse, logged: str) -> None:
    assert field(parse, "error_type", logged) == (None, {"error_type": json.loads(logged)})


@pytest.mark.parametrize(
    ("logged", "model"),
    [('"m"', "m"), ("null", ""), ('""', ""), ("7", "7"), ("true", "true"), ('["a", 1]', '["a",1]'),
     ("18446744073709551617", "18446744073709551617")],
)  # fmt: skip
def test_a_model_of_another_type_is_its_json_text(parse: Parse, logged: str, model: str) -> None:
    assert only(parse(f'{{"model":{logged}}}'.encode())).model == model


def test_unknown_keys_are_kept_in_extra_as_logged(parse: Parse) -> None:
    line = (
        b'{"ts":1793588645,"note":"x","n":{"deep":[18446744073709551617,1.50]},"extra":1,"source_offset":2}'
    )
    (extra,) = only(parse(line)).fields["extra"]
    assert extra == '{"note":"x","n":{"deep":[18446744073709551617,1.5]},"extra":1,"source_offset":2}'


def test_of_a_key_that_is_there_twice_the_last_counts(parse: Parse) -> None:
    assert field(parse, "score", '1,"score":2') == (2.0, None)


def test_a_line_without_ts_has_its_arrival(parse: Parse) -> None:
    rows = only(parse(b'{"model":"m"}\n{"model":"m","ts":null}\n{"model":"m","ts":0}'))
    assert rows.fields["ts"] == [1_793_577_600_000_000, 1_793_577_600_000_000, 0]
    assert rows.fields["ts_origin"] == ["arrival", "arrival", "logged"]


@pytest.mark.parametrize(
    ("line", "why"),
    [
        (b"hello", "not JSON: expecting value"),
        (b'{"ts":1', "not JSON: expecting ',' delimiter"),
        (b'{"ts":1}{"ts":2}', "not JSON: extra data"),
        (b'{"request_id":"\\ud800"}', "not JSON: half of a surrogate pair"),
        (b'{"\\udfff":1,"ts":NaN}', "not JSON: half of a surrogate pair"),
        (b'{"request_id":"\xff"}', "not UTF-8"),
        (b"\xff\xfe{\0}\0", "not UTF-8"),
        (b"[]", "not a JSON object"),
        (b"12", "not a JSON object"),
        (b'"text"', "not a JSON object"),
        (b"null", "not a JSON object"),
        (b"NaN", "not a JSON object"),
        (b"{}", NO_FIELD),
        (b'{"level":"INFO","msg":"started"}', NO_FIELD),
        (b'{"ts":"yesterday"}', 'ts is not a time: "yesterday"'),
        (b'{"ts":NaN}', "ts is not a time: NaN"),
        (b'{"ts":true}', "ts is not a time: true"),
        (b'{"features":' + b"[" * 5000 + b"]" * 5000 + b"}", "not JSON: nested too deep"),
        (b'{"features":{"f":' + b"[" * 500 + b"]" * 500 + b"}}", "not JSON: nested too deep"),
        (b'{"ts":1,"unknown":' + b"[" * 900 + b"]" * 900 + b"}", "not JSON: nested too deep"),
    ],
)
def test_an_unusable_line_is_rejected_with_its_reason(parse: Parse, line: bytes, why: str) -> None:
    batch = parse(line)
    (reject,) = batch.rejects
    assert (reject.reason, reject.offset, reject.line, reject.length) == (why, 0, line, len(line))
    assert (batch.lines, batch.rows, batch.blanks) == (1, 0, 0)


def test_values_of_a_line_with_nan_are_read_as_in_any_other(parse: Parse) -> None:
    rows = only(parse(b'{"status":200,"latency_ms":NaN,"features":{"a":NaN,"b":1},"tags":{"t":"x"}}'))
    assert (rows.numbers, rows.texts, rows.tags) == ({"b": [1.0]}, {"a": ["NaN"]}, {"t": ["x"]})
    assert (rows.fields["status"], rows.fields["latency_ms"]) == ([200], [None])
    assert rows.fields["extra"] == ['{"latency_ms":"NaN"}']
