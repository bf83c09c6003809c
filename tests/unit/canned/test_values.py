"""Values of parameters: what text means for each type, and what is given for which parameter."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta, timezone

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.canned import CannedQuery, Param, bind, parse_query, parse_value
from console.errors import QueryFileError, UsageError

NEWEST = datetime(2026, 11, 2, 3, 4, 5, tzinfo=UTC)


def value(kind: str, text: str) -> object:
    return parse_value(Param("p", kind, None, ""), text, newest=lambda: NEWEST)


def query(*params: str) -> CannedQuery:
    header = "".join(f"-- param: {param}\n" for param in params)
    names = ", ".join(f"${param.split()[0]}" for param in params)
    text = f"-- title: t\n-- answers: a\n-- grain: g\n{header}-- column: x\nselect [{names}] as x"
    return parse_query("asked", text, path="asked.sql")


def bound(declared: CannedQuery, **given_values: object) -> dict[str, object]:
    return bind(declared, given_values, newest=lambda: NEWEST)


@pytest.mark.parametrize(
    ("kind", "text", "meant"),
    [
        ("integer", "-5", -5),
        ("integer", "2147483647", 2**31 - 1),
        ("bigint", "9223372036854775807", 2**63 - 1),
        ("double", "1e-3", 0.001),
        ("double", "7", 7.0),
        ("boolean", "TRUE", True),
        ("boolean", "false", False),
        ("bigint[]", "1, 2,-3", [1, 2, -3]),
        ("bigint[]", "", []),
        ("timestamptz", "2026-11-02T03:04:05Z", NEWEST),
        ("timestamptz", "2026-11-02 05:04:05+02:00", NEWEST),
        ("timestamptz", "2026-11-02T03:04:05", NEWEST),
        ("timestamptz", "2026-11-02", datetime(2026, 11, 2, tzinfo=UTC)),
        ("timestamptz", "newest", NEWEST),
        ("timestamptz", "newest - 24h", NEWEST - timedelta(hours=24)),
        ("timestamptz", "newest-90s", NEWEST - timedelta(seconds=90)),
        ("timestamptz", " -15m ", NEWEST - timedelta(minutes=15)),
        ("timestamptz", "-7d", NEWEST - timedelta(days=7)),
        ("timestamptz", "-0s", NEWEST),
    ],
)
def test_text_is_read_as_its_parameters_type(kind: str, text: str, meant: object) -> None:
    found = value(kind, text)
    assert found == meant
    assert type(found) is type(meant)


@pytest.mark.parametrize("kind", ["integer", "bigint", "double", "boolean", "timestamptz", "bigint[]"])
def test_a_bare_null_is_null(kind: str) -> None:
    assert value(kind, "null") is None


@pytest.mark.parametrize(
    ("kind", "text"),
    [
        ("integer", "many"),
        ("integer", "1.5"),
        ("integer", ""),
        ("integer", "2147483648"),
        ("integer", "9" * 5000),
        ("bigint", "9223372036854775808"),
        ("bigint", "-9223372036854775809"),
        ("double", "1,5"),
        ("boolean", "1"),
        ("boolean", "yes"),
        ("bigint[]", "1;2"),
        ("bigint[]", "1,9223372036854775808"),
        ("timestamptz", ""),
        ("timestamptz", "yesterday"),
        ("timestamptz", "1762000000"),
        ("timestamptz", "-1w"),
        ("timestamptz", "1h"),
        ("timestamptz", "-99999999999999d"),
        ("timestamptz", "-" + "9" * 5000 + "d"),
        ("timestamptz", "0001-01-01T00:00:00+14:00"),
        ("timestamptz", "newest; drop table ledger"),
    ],
)
def test_text_that_is_not_of_the_type_is_refused_with_an_example(kind: str, text: str) -> None:
    with pytest.raises(UsageError, match=r"^parameter p: .* cannot be read as .* \(try .+\)$"):
        value(kind, text)


@given(st.text())
def test_text_for_text_is_itself_whatever_it_is(text: str) -> None:
    declared = query("v varchar", "other varchar = null")
    assert bound(declared, v=text, other=text) == {"v": text, "other": text}


@pytest.mark.parametrize("text", ["null", "''", "'quoted'", "newest", "'; drop table ledger --", "\0"])
def test_a_logged_value_that_looks_like_a_literal_is_not_one(text: str) -> None:
    assert bound(query("v varchar = null"), v=text) == {"v": text}


@given(st.datetimes(timezones=st.timezones()))
def test_a_times_iso_text_is_that_moment(moment: datetime) -> None:
    try:
        meant = moment.astimezone(UTC)
    except OverflowError:
        return
    offset = moment.utcoffset() or timedelta()
    moment = moment.replace(tzinfo=timezone(offset))
    assert value("timestamptz", moment.isoformat()) == meant


def test_defaults_stand_in_for_what_is_not_given() -> None:
    declared = query(
        "must varchar",
        "empty varchar = ''",
        "quoted varchar = 'it''s'",
        "bare varchar = a b",
        "none varchar = null",
        "no_number integer = null",
        "number integer = 15",
        "start timestamptz = newest - 24h; from",
        "ids bigint[] = 1,2",
    )
    assert bound(declared, must="x") == {
        "must": "x",
        "empty": "",
        "quoted": "it's",
        "bare": "a b",
        "none": None,
        "no_number": None,
        "number": 15,
        "start": NEWEST - timedelta(hours=24),
        "ids": [1, 2],
    }


def test_values_that_are_not_text_pass_as_they_are() -> None:
    declared = query("a integer", "b timestamptz", "c varchar", "d bigint[]")
    assert bound(declared, a=5, b=NEWEST, c=None, d=[1]) == {"a": 5, "b": NEWEST, "c": None, "d": [1]}


@pytest.mark.parametrize("given_value", [None, "null"])
def test_a_time_is_null_only_where_that_is_the_default(given_value: object) -> None:
    declared = query("start timestamptz = newest", "end timestamptz = null")
    assert bound(declared, end=given_value)["end"] is None
    with pytest.raises(UsageError, match=r"^asked: parameter start is a time, and cannot be null$"):
        bound(declared, start=given_value)


def test_a_parameter_without_value_or_default_is_named() -> None:
    with pytest.raises(UsageError, match=r"^asked: parameter model \(varchar\) has no value$"):
        bound(query("model varchar"))


def test_an_unknown_parameter_is_named_beside_those_that_there_are() -> None:
    with pytest.raises(UsageError, match=r"^asked: no parameter is called 'modle'; it takes: model, n$"):
        bound(query("model varchar", "n integer = 1"), modle="x", model="y")


def test_all_times_of_a_call_count_from_one_moment_however_many_rows_come_meanwhile() -> None:
    moments = iter((NEWEST, NEWEST + timedelta(seconds=1), NEWEST + timedelta(seconds=2)))
    declared = query("start timestamptz = newest - 1h", "until timestamptz = newest")
    given = bind(declared, {}, newest=lambda: next(moments))
    assert given == {"start": NEWEST - timedelta(hours=1), "until": NEWEST}
    assert bind(declared, {"until": "newest"}, newest=lambda: next(moments))["start"] != given["start"]


def test_the_store_is_asked_for_its_newest_row_only_where_that_matters() -> None:
    def newest() -> datetime:
        raise AssertionError("asked")

    declared = query("start timestamptz = newest", "n integer = 1")
    assert bind(declared, {"start": "2026-11-02"}, newest=newest)["n"] == 1


@pytest.mark.parametrize("given_value", ["0", "-5", 0, None, "null"])
def test_a_number_below_its_least_is_refused(given_value: object) -> None:
    with pytest.raises(UsageError, match=r"asked: parameter minutes is at least 1, not (0|-5|null)"):
        bound(query("minutes integer >= 1 = 15"), minutes=given_value)


def test_the_least_itself_and_all_above_are_taken() -> None:
    declared = query("minutes integer >= 1 = 15; how long", "share double >= 0 = null")
    assert bound(declared, minutes="1", share="0.0") == {"minutes": 1, "share": 0.0}
    assert bound(declared) == {"minutes": 15, "share": None}
    assert declared.params["minutes"].about == "how long"


def test_what_is_no_number_at_all_is_below_every_least() -> None:
    with pytest.raises(UsageError, match="at least 0, not nan"):
        bound(query("share double >= 0"), share="nan")


@pytest.mark.parametrize(
    ("declaration", "said"),
    [
        ("minutes integer >= 1 = 0", "the default of parameter minutes is at least 1, not 0"),
        ("name varchar >= 1 = a", "parameter 'name' is no number, and has no least one"),
        ("minutes integer >= one = 2", "reads `name type"),
    ],
)
def test_a_least_that_makes_no_sense_is_refused(declaration: str, said: str) -> None:
    with pytest.raises(QueryFileError, match=said):
        query(declaration)
