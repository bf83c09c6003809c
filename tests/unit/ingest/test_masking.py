"""What the rules name is not in a batch any more: whatever the line, wherever in it, and as whatever type."""

from __future__ import annotations

import json
from collections.abc import Callable, Mapping
from typing import Any

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.ingest.choosing import always
from console.ingest.formats import NATIVE, Format
from console.ingest.mapped import REST, Mapped, MappedFormat
from console.ingest.mask_rules import Masking
from console.ingest.masking import MaskedFormat, masked
from console.ingest.personal import LONGEST_FOR_OWN
from console.ingest.shapes import Shapes
from console.model import Batch, MaskRule, Masks, MaskWith

Parse = Callable[..., Batch]

KEY = b"k" * 32
HASH, DROP, LAST4 = MaskWith.HASH, MaskWith.DROP, MaskWith.LAST4
TOKEN = "planted-731922"
OWN = r"planted-[0-9]{6}"
JOHN = "john@example.org"


def masking(*rules: MaskRule, key: bytes = KEY) -> Masking:
    return Masking(Masks(rules), key)


def hiding(*rules: MaskRule, inner: Format = NATIVE) -> MaskedFormat:
    return MaskedFormat(inner, masking(*rules))


def by_name(*fields: str, by: MaskWith = HASH) -> MaskRule:
    return MaskRule(fields, by=by)


def by_value(values: str, by: MaskWith = HASH, fields: tuple[str, ...] = ()) -> MaskRule:
    return MaskRule(fields, values, by)


def hash_of(value: object) -> object:
    return masking().replaced(value, HASH)


def everything(batch: Batch) -> str:
    """All that a batch brings to the store, as text."""
    return repr((batch.models, [(r.reason, r.line) for r in batch.rejects], batch.clean, batch.truths))


# --- by names ------------------------------------------------------------------------------------


@pytest.mark.parametrize(
    ("glob", "logged", "kept"),
    [
        ("email", {"features": {"email": JOHN, "n": 1}}, {"features": {"n": 1}}),
        ("EMAIL", {"features": {"eMail": JOHN}}, {"features": {}}),
        ("user.*", {"features": {"user.age": 3}}, {"features": {}}),
        ("user.*", {"extra": {"user": {"age": 3}}}, {"extra": {"user": {}}}),
        ("features.ssn", {"features": {"ssn": 1}, "tags": {"ssn": 1}}, {"features": {}, "tags": {"ssn": 1}}),
        ("tags.who", {"features": {"who": 1}, "tags": {"who": 1}}, {"features": {"who": 1}, "tags": {}}),
        ("ip", {"calls": [{"ip": "::1", "n": 1}, [{"IP": "::2"}]]}, {"calls": [{"n": 1}, [{}]]}),
        ("features", {"features": {"a": 1, "b": {"c": 2}}}, {"features": {}}),
        ("person", {"person": {"name": "x"}, "score": 1}, {"score": 1}),
        ("error_message", {"error_message": "x", "score": 1}, {"score": 1}),
        ("request_id", {"request_id": "x", "score": 1}, {"score": 1}),
        ("*", {"ts": 1, "model": "m", "tags": {"a": "b"}}, {"ts": 1, "model": "m", "tags": {}}),
        ("stages.*", {"stages": {"load": {"host": "x"}}}, {"stages": {}}),
        ("mail", {"features": {"email": JOHN}}, {"features": {"email": JOHN}}),
    ],
)  # fmt: skip
def test_a_name_is_found_wherever_it_stands(glob: str, logged: dict[str, Any], kept: object) -> None:
    assert hiding(by_name(glob, by=DROP)).hidden(logged) == kept


def test_a_value_has_the_name_of_its_field_and_that_of_its_key() -> None:
    mapped = MappedFormat(Mapped(features=(("inputs",),)))
    logged: dict[str, object] = {"trace_id": "t-1", "inputs": {"who": "x", "n": 1}}
    assert hiding(by_name("request_id", by=DROP), inner=mapped).hidden(logged) == {
        "inputs": {"who": "x", "n": 1}
    }
    assert hiding(by_name("trace_id", "features.who", by=DROP), inner=mapped).hidden(logged) == {
        "inputs": {"n": 1}
    }
    assert hiding(by_name("inputs.who", by=DROP), inner=mapped).record(logged)["features"] == {"n": 1}


def test_keys_as_long_as_can_be_have_names_too() -> None:
    long = "x" * 100_000
    deep: dict[str, object] = {"user": {long: 1}, f"user.{long}": 2, f"{long}-ID": 3, long: {long: {"id": 4}}}
    assert hiding(by_name("user.*", "*-id", "id", by=DROP)).hidden(deep) == {"user": {}, long: {long: {}}}


def test_the_first_rule_that_names_a_value_counts() -> None:
    rules = by_name("card", by=LAST4), by_name("c*", by=DROP)
    assert hiding(*rules).hidden({"card": "4111 1111", "cvv": "123"}) == {"card": "…1111"}


# --- what is kept instead ------------------------------------------------------------------------


def test_the_same_value_has_the_same_hash_whatever_its_type() -> None:
    format = hiding(by_name("id"))
    as_number, as_text = format.hidden({"id": 42}), format.hidden({"id": "42"})
    assert as_number == as_text == {"id": hash_of("42")}
    assert format.hidden({"id": 43}) != as_number
    assert str(hash_of("42")).startswith("h:") and len(str(hash_of("42"))) == 18


def test_another_key_gives_another_hash() -> None:
    assert masking(key=b"x" * 32).replaced("a", HASH) != masking(key=b"y" * 32).replaced("a", HASH)


def test_a_part_of_a_text_has_the_hash_that_it_has_alone() -> None:
    found = hiding(by_value("email")).hidden({"note": f"from {JOHN}, twice {JOHN}."})
    assert found == {"note": f"from {hash_of(JOHN)}, twice {hash_of(JOHN)}."}


def test_objects_are_hashed_whole_whatever_the_order_of_their_keys() -> None:
    format = hiding(by_name("who"))
    assert format.hidden({"who": {"a": 1, "b": 2}}) == format.hidden({"who": {"b": 2, "a": 1}})


@pytest.mark.parametrize(
    ("value", "left"),
    [("4111111111111111", "…1111"), (123456, "…3456"), ("1234", "…"), ("ab", "…"), ([1, 2], "…"), (True, "…"),
     (False, "…alse")],
)  # fmt: skip
def test_four_characters_are_left_of_what_has_more(value: object, left: str) -> None:
    assert masking().replaced(value, LAST4) == left


def test_nothing_and_the_empty_text_stay_what_they_are() -> None:
    logged = {"features": {"email": None, "name": ""}}
    assert hiding(by_name("*")).hidden(logged) == logged


def test_an_integer_that_decoding_may_have_rounded_has_one_hash(parse: Parse) -> None:
    """The line is decoded again because of `n`, exactly then."""
    data = b'{"score":1,"features":{"id":123456789012345678901234567890%s}}\n'
    batch = parse(data % b"" + data % b',"n":1234567890123456789012345', format=hiding(by_name("id")))
    [rows] = batch.models
    assert len(set(rows.texts["id"])) == 1


def test_rules_that_find_overlapping_parts_hide_all_of_them() -> None:
    rules = by_value("[a-c]{3}", DROP), by_value("[b-d]{3}")
    assert hiding(*rules).hidden({"t": "xabcdx"}) == {"t": f"x[masked]{hash_of('d')}x"}


# --- by values -----------------------------------------------------------------------------------


def test_a_pattern_is_found_in_texts_keys_and_numbers_of_every_depth() -> None:
    logged = {
        "features": {"note": f"to {JOHN}", JOHN: 1, "list": [JOHN, {"deep": [f"<{JOHN}>"]}]},
        "tags": {"client": JOHN},
        "stages": {"load": {JOHN: f"{JOHN} failed"}},
        "error_message": f"no user {JOHN}",
        "model": f"for {JOHN}",
        JOHN: {JOHN: None},
    }
    assert JOHN not in json.dumps(hiding(by_value("email", DROP)).hidden(logged))


def test_a_card_is_found_as_a_number_and_other_numbers_stay() -> None:
    format = hiding(by_value("card", LAST4))
    card = 4111111111111111
    logged = {"a": card, "b": card + 1, "c": 0.5, "latency_ms": card}
    assert format.hidden(logged) == logged | {"a": "…1111"}


def test_a_rule_with_both_looks_only_into_the_fields_that_it_names() -> None:
    format = hiding(by_value("email", DROP, ("note", "user")))
    logged = {"note": JOHN, "other": JOHN, "user": {"mail": [JOHN], "name": {"x": JOHN}}}
    assert format.hidden(logged) == {
        "note": "[email]",
        "other": JOHN,
        "user": {"mail": ["[email]"], "name": {"x": "[email]"}},
    }


def test_keys_that_become_alike_are_told_apart() -> None:
    logged = {"x": {"a@b.c": 1, "d@e.f": 2, "[email]": 3}}
    hidden = hiding(by_value("email", DROP)).hidden(logged)["x"]
    assert isinstance(hidden, dict)
    assert sorted(hidden.values()) == [1, 2, 3]
    assert "@" not in json.dumps(hidden)


def test_a_text_too_long_to_be_searched_is_hidden_whole() -> None:
    long = "x" * LONGEST_FOR_OWN + TOKEN
    assert hiding(by_value(OWN, LAST4)).hidden({"t": long}) == {"t": "…1922"}
    assert hiding(by_value(OWN, DROP)).hidden({"t": long}) == {"t": "[masked]"}


def test_a_time_is_not_searched_unless_it_is_none(parse: Parse) -> None:
    format = hiding(by_value(r"[0-9]{4}", DROP))
    good, bad = (
        parse(b'{"ts":"2026-11-02T00:00:00Z","score":1}\n{"ts":"in 2026","score":1}\n', format=format),
        None,
    )
    assert good.rows == 1
    [bad] = good.rejects
    assert (bad.reason, bad.line) == ("ts is not a time", b'{"ts":"in [masked]","score":1}')


# --- lines that cannot be used -------------------------------------------------------------------


@pytest.mark.parametrize(
    ("line", "by_values", "by_names"),
    [
        (b'{"ts":"x","email":"a@b.c"}', b'{"ts":"x","email":"[email]"}', b'{"ts":"x"}'),
        (b'{"ts":"x","email":"a@b.c","email":null}', b'{"ts":"x","email":null}', b'{"ts":"x","email":null}'),
        (b'{"ts":"x","email":"a\\u0040b.c"}', b'{"ts":"x","email":"[email]"}', b'{"ts":"x"}'),
        (b'["a@b.c"]', b'["[email]"]', b""),
        (b'"{\\"email\\":\\"a@b.c\\"}"', b'"{\\"email\\":\\"[email]\\"}"', b""),
        (b"died of a@b.c", b"died of [email]", b""),
        (b'{"email":"a\\u0040b.c', b"", b""),
        (b'{"email":"a@b.c\xff"}', b"", b""),
        (b"{" * 3 + b'"a":' * 3 + b"[" * 5000, b"{" * 3 + b'"a":' * 3 + b"[" * 5000, b""),
    ],
)
def test_a_reject_is_kept_as_it_may_be_seen(
    parse: Parse, line: bytes, by_values: bytes, by_names: bytes
) -> None:
    for rule, kept in ((by_value("email", DROP), by_values), (by_name("email", by=DROP), by_names)):
        [reject] = parse(line + b"\n", format=hiding(rule)).rejects
        assert reject.line == kept
        assert reject.length == len(line)
        assert ("withheld" in reject.reason) is (not kept)


def test_a_line_too_long_to_be_held_is_withheld(parse: Parse) -> None:
    data = b'{"email":"' + b"a@b.c " * (3 * 2**20) + b'"}\n'
    [reject] = parse(data, format=hiding(by_value("email"))).rejects
    assert (reject.line, reject.length) == (b"", len(data) - 1)


def test_an_object_nested_too_deep_is_a_reject_without_a_line(parse: Parse) -> None:
    deep = b'{"score":1,"a":' + b'{"a":' * 900 + b'"a@b.c"' + b"}" * 901 + b"\n"
    [reject] = parse(deep, format=hiding(by_value("email"))).rejects
    assert b"a@b.c" not in reject.line


# --- the fast way --------------------------------------------------------------------------------


def test_lines_are_recognised_by_their_layout_only_where_nothing_in_it_is_hidden() -> None:
    logged = {
        "ts": 1793620800,
        "score": 0.5,
        "features": {"email": "x"},
        "stages": {"load": {"ms": 1}},
        "more": {"a": 1},
    }

    def learns(format: Format) -> bool:
        return bool(Shapes(format).learn([json.loads(json.dumps(logged))]))

    assert learns(NATIVE)
    assert learns(hiding(by_name("ssn", "a.b")))
    for hidden in ("email", "load.ms", "stages", "a", "features", "MORE.A"):
        assert not learns(hiding(by_name(hidden))), hidden
    assert not hiding(by_value("email")).is_recognisable


# --- whatever the line ---------------------------------------------------------------------------

PLANTED = st.sampled_from([TOKEN, f"to {TOKEN}.", f"{TOKEN}{TOKEN}", f"é{TOKEN}\n"])
LEAVES = st.one_of(
    st.none(), st.booleans(), st.integers(), st.floats(allow_nan=False), st.text("ab", max_size=3), PLANTED
)
KEYS = st.sampled_from(
    ["a", "b.c", "", "Secret", "user", "prediction", "tags", "ts", "score", "label", TOKEN, f"x {TOKEN}"]
)
TREES = st.recursive(
    LEAVES,
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(KEYS, inner, max_size=4),
    max_leaves=12,
)
LOGGED = st.dictionaries(
    KEYS
    | st.sampled_from(
        ["features", "stages", "error_message", "request_id", "truth", "model", "latency_ms", "inputs"]
    ),
    TREES,
    max_size=6,
)
FORMATS = st.sampled_from(
    [NATIVE, MappedFormat(), MappedFormat(Mapped(features=(("inputs",), REST), given=True))]
)
WAYS = st.sampled_from(list(MaskWith))


@given(logged=LOGGED, inner=FORMATS, by=WAYS, escaped=st.booleans(), cut=st.integers(0, 400))
@example(logged={"ts": TOKEN, "score": 1}, inner=NATIVE, by=HASH, escaped=True, cut=400)
@example(logged={"prediction": TOKEN}, inner=NATIVE, by=DROP, escaped=True, cut=21)
@settings(max_examples=50, deadline=None)
def test_no_part_that_a_pattern_finds_reaches_a_batch(
    parse: Parse, logged: dict[str, Any], inner: Format, by: MaskWith, escaped: bool, cut: int
) -> None:
    line = json.dumps(logged, ensure_ascii=False)
    if escaped:
        line = line.replace("planted", "\\u0070lanted")
    data = line.encode()
    batch = parse(data + b"\n" + data[:cut] + b"\n", format=hiding(by_value(OWN, by), inner=inner))
    assert batch.lines == 2
    assert TOKEN not in everything(batch).replace("\\u0070", "p").replace("\\\\u0070", "p")


def _without_secrets(value: object) -> object:
    """The value with the token only below names that begin with `secret`."""
    if isinstance(value, dict):
        return {
            key.replace(TOKEN, "t"): inner if key == "Secret" else _without_secrets(inner)
            for key, inner in value.items()
        }
    if isinstance(value, list):
        return [_without_secrets(inner) for inner in value]
    return value.replace(TOKEN, "t") if isinstance(value, str) else value


@given(logged=LOGGED, inner=FORMATS, by=WAYS)
@example(logged={"Secret": {TOKEN: TOKEN}, "score": 1}, inner=NATIVE, by=HASH)
@settings(max_examples=50, deadline=None)
def test_no_value_of_a_name_reaches_a_batch(
    parse: Parse, logged: dict[str, Any], inner: Format, by: MaskWith
) -> None:
    data = json.dumps(_without_secrets(logged)).encode()
    batch = parse(data + b"\n", format=hiding(by_name("secret*", by=by), inner=inner))
    assert TOKEN not in everything(batch)


@given(logged=LOGGED, inner=FORMATS)
@settings(max_examples=50, deadline=None)
def test_rules_that_find_nothing_change_nothing(parse: Parse, logged: dict[str, Any], inner: Format) -> None:
    rules = by_name("nobody", "no.body"), by_value("nothing-like-it")
    assert hiding(*rules, inner=inner).hidden(logged) == logged
    data = json.dumps(logged).encode() + b"\n"
    plain, hidden = parse(data, format=inner), parse(data, format=hiding(*rules, inner=inner))
    assert (plain.models, plain.truths) == (hidden.models, hidden.truths)


def test_a_masked_choice_is_as_settled_as_the_one_behind_it() -> None:
    first: list[Mapping[str, object]] = [{"score": 1}]
    choice = masked(always(NATIVE), masking(by_name("x")))("app.log", first)
    assert isinstance(choice.format, MaskedFormat)
    assert (choice.format.inner, choice.settled) == (NATIVE, True)
