"""Canned queries that see only what a filter lets through."""

from __future__ import annotations

from datetime import timedelta
from functools import cache

import polars as pl
import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.errors import Interrupted, UsageError
from console.model import Comparison, Filter, QueryCall, Term, Ticket
from console.model.filter_text import parse_filter
from console.store import Store
from tests.support import NOON, Line, at, catalog, stored
from tests.unit.store.conftest import Ask

RECORDS: list[Line] = [
    {
        "ts": at(0),
        "request_id": "a",
        "model": "fraud",
        "model_version": "v1",
        "status": 200,
        "latency_ms": 5,
        "features": {"amount": 1.5, "country": "DE", "latency": 1, "odd name": "x"},
        "tags": {"region": "EU", "status": "gold"},
    },
    {
        "ts": at(1),
        "request_id": "b",
        "model": "fraud",
        "model_version": "v2",
        "status": 503,
        "error_message": "upstream Timed OUT",
        "features": {"amount": "many"},
        "tags": {"region": "US"},
    },
    {
        "ts": at(2),
        "request_id": "c",
        "model": "churn",
        "error_type": "Timeout",
        "features": {"country": "FR"},
    },
    {
        "ts": at(3),
        "request_id": "d",
        "model": "churn",
        "status": 499,
        "latency_ms": 1500.5,
        "note": "é'\"\\ %_",
    },
    {"ts": at(4), "request_id": "e", "model": "ranker", "features": {"amount": "2.5", "country": ""}},
]
ALL = "abcde"
WINDOW = {"start": NOON - timedelta(hours=1), "until": NOON + timedelta(hours=1)}


@cache
def shared() -> Store:
    return stored(RECORDS)


def ids(filter: Filter, store: Store | None = None) -> str:
    """The request ids that the filter lets through, in the order of the log."""
    found = (store or shared()).table(QueryCall("predictions_in_time", WINDOW, filter))
    return "".join(reversed([str(row[9]) for row in found.rows]))


@pytest.mark.parametrize(
    ("text", "found"),
    [
        ("", ALL),
        ("model=fraud", "ab"),
        ("model!=fraud", "cde"),
        ("version=v1", "a"),
        ("version!=v1", "bcde"),
        ("status>=500", "b"),
        ("status<500", "ad"),
        ("status=503.0", "b"),
        ("status=many", ""),
        ("status!=many", ALL),
        ("latency>1.5s", "d"),
        ('"latency"=1', "a"),
        ("amount=1.5", "a"),
        ("amount=many", "b"),
        ("amount!=many", "acde"),
        ("amount>2", "e"),
        ("amount_text=many", "b"),
        ("features.amount<2", "a"),
        ("tags.region=US", "b"),
        ("tags.status=gold", "a"),
        ("country=null", "bd"),
        ("country!=null", "ace"),
        ('country=""', "e"),
        ("amount=null", "cd"),
        ("country!=DE region!=US", "cde"),
        ('"odd name"=x', "a"),
        ("is_error=true", "bc"),
        ("is_error!=true", "ade"),
        ("ts>=2026-11-02T12:03:00Z", "de"),
        ("error~TIME", "c"),
        ("error!~time", "abde"),
        ("timed", "b"),
        ("timeout", "c"),
        ('"timed out"', "b"),
        ("!~fraud", "cde"),
        (r'''"é'"''', "d"),
        ("%", "d"),
        ("gold", "a"),
        ("id=d model=churn", "d"),
        ("request_id=zzz", ""),
    ],
)
def test_a_filter_lets_through_what_it_says(text: str, found: str) -> None:
    assert ids(parse_filter(text).filter) == found


@pytest.mark.parametrize(
    ("text", "words"),
    [
        ("contry=DE", "did you mean country"),
        ("COUNTRY=DE", "did you mean country"),
        ("zzzzzz=1", "no field, tag or feature is called 'zzzzzz'"),
        ("ts>yesterday", "ts is a time"),
        ("is_error=5", "is_error is true or false"),
    ],
)
def test_what_there_is_not_is_said(text: str, words: str) -> None:
    with pytest.raises(UsageError, match=words):
        ids(parse_filter(text).filter)


def test_half_a_character_is_no_text_that_can_be_stored() -> None:
    with pytest.raises(UsageError, match="half a character"):
        ids(Filter((Term("model", Comparison.IS, "\ud800"),)))


HOSTILE_VALUES = st.one_of(
    st.sampled_from(
        [
            "'",
            '"',
            "\\",
            "$filter_0",
            "'; drop table p_0; --",
            "null",
            "nan",
            "1e999",
            "-0",
            "9" * 25,
            "\0",
            "%",
        ]
    ),
    st.text(st.characters(exclude_categories=["Cs"]), max_size=8),
)
FIELDS = st.sampled_from(["model", "status", "amount", "country", "latency_ms", "odd name", "tags.status"])


@settings(max_examples=50, deadline=None)
@given(FIELDS, st.sampled_from([Comparison.IS, Comparison.CONTAINS]), HOSTILE_VALUES)
@example("status", Comparison.IS, "nan")
def test_whatever_the_value_a_condition_and_its_opposite_part_the_rows(
    field: str, comparison: Comparison, value: str
) -> None:
    opposite = {Comparison.IS: Comparison.IS_NOT, Comparison.CONTAINS: Comparison.CONTAINS_NOT}[comparison]
    met, unmet = (ids(Filter((Term(field, sign, value),))) for sign in (comparison, opposite))
    assert sorted(met + unmet) == list(ALL)


@settings(max_examples=30, deadline=None)
@given(HOSTILE_VALUES.filter(bool))
def test_a_text_anywhere_and_nowhere_part_the_rows(value: str) -> None:
    met, unmet = (
        ids(Filter((Term("", sign, value),))) for sign in (Comparison.CONTAINS, Comparison.CONTAINS_NOT)
    )
    assert sorted(met + unmet) == list(ALL)


@pytest.mark.parametrize(
    "sql",
    [
        "select count(*) as x from predictions",
        "-- more\n/* with */ select count(*) as x from predictions",
        "with a as (select * from predictions) select count(*) as x from a",
        "WITH\na as materialized (select * from predictions), b as (from a) select count(*) as x from b",
        "(select count(*) as x from predictions)",
        "from predictions select count(*) as x",
        "select count(distinct source_offset) as x from prediction_slices",
    ],
)
def test_a_query_is_narrowed_however_it_begins(asked: Ask, sql: str) -> None:
    store = stored(RECORDS)
    call = asked(store, sql)
    assert store.table(call).rows == ((5,),)
    narrowed = QueryCall(call.query, call.params, parse_filter("model=fraud").filter)
    assert store.table(narrowed).rows == ((2,),)


def test_features_are_those_of_the_predictions_that_are_let_through(asked: Ask) -> None:
    store = stored(RECORDS)
    call = asked(store, "select value as x from feature_texts where feature = 'country' order by value")
    filter = parse_filter("model!=fraud").filter
    assert store.table(QueryCall(call.query, {}, filter)).rows == (("",), ("FR",))


ODDLY_NAMED: list[Line] = [
    {
        "ts": at(number),
        "model": f"m{number % 2}",
        "status": 200 + number,
        "features": {
            "a": number,
            "A": -number,
            'q"': f"t{number}",
            "score": 0.5,
            "": 1,
            "status": "x",
            "n": None,
        }
        | ({"a": "text"} if number == 3 else {}),
        "tags": {"a": "tag"},
    }
    for number in range(6)
]


@pytest.mark.parametrize("relation", ["feature_numbers", "feature_texts"])
def test_features_under_a_filter_are_those_of_the_rows_that_meet_it_whatever_their_names(
    asked: Ask, relation: str
) -> None:
    store = stored(ODDLY_NAMED)
    names = "r.ts, r.model, r.model_version, r.source_id, r.source_offset, r.feature, r.value"
    call = asked(store, f"select {names} from {relation} as r order by all")
    narrowed = store.frame(QueryCall(call.query, {}, parse_filter("status>=202 tags.a=tag").filter))
    joined = asked(
        store,
        f"select {names} from {relation} as r semi join (select * from predictions where status >= 202) as p "
        "using (source_id, source_offset) order by all",
    )
    assert narrowed.height > 8
    assert narrowed.equals(store.frame(joined))


def test_a_query_keeps_its_order_under_a_filter(asked: Ask) -> None:
    store = stored(RECORDS)
    call = asked(store, "with a as (select * from predictions) select request_id as x from a order by x desc")
    filter = parse_filter("model!=ranker").filter
    assert [row[0] for row in store.table(QueryCall(call.query, {}, filter)).rows] == list("dcba")


def test_what_cannot_be_narrowed_is_refused_and_not_answered_unfiltered(asked: Ask) -> None:
    filter = parse_filter("model=fraud").filter
    with pytest.raises(UsageError, match="reads no predictions"):
        shared().table(QueryCall("sources_ledger", {}, filter))
    store = stored(RECORDS)
    call = asked(
        store, "with recursive a as (select count(*) as x from predictions) select x from a order by x"
    )
    with pytest.raises(UsageError, match="recursive"):
        store.table(QueryCall(call.query, {}, filter))


def test_a_slice_has_what_the_filter_lets_through() -> None:
    call = QueryCall("predictions_in_time", WINDOW, parse_filter("model=fraud -1d").filter)
    with shared().slice(call) as rows:
        assert pl.concat(rows.frames())["request_id"].to_list() == ["a", "b"]


def test_every_canned_query_of_predictions_takes_a_filter() -> None:
    filter = parse_filter("model=fraud").filter
    refused = []
    for query in catalog().values():
        given = {param.name: _any(param.type) for param in query.params.values() if param.default is None}
        try:
            shared().frame(QueryCall(query.name, given, filter))
        except UsageError:
            refused.append(query.name)
    assert refused == ["rejects_recent", "sources_ledger"]


def _any(kind: str) -> object:
    return {"varchar": "x", "timestamptz": NOON, "double": 1.0, "bigint[]": [1]}.get(kind, 1)


def test_a_question_under_a_filter_can_be_taken_back() -> None:
    ticket = Ticket()
    ticket.cancel()
    with pytest.raises(Interrupted):
        shared().table(QueryCall("predictions_in_time", WINDOW, parse_filter("x").filter), ticket=ticket)


def test_fields_are_told_apart_by_kind_and_by_name() -> None:
    fields = {info.name: (info.kind, info.is_number) for info in shared().fields()}
    assert fields["status"] == ("field", True)
    assert fields["tags.status"] == ("tag", False)
    assert fields["region"] == ("tag", False)
    assert fields["amount"] == ("feature", False)
    assert fields["odd name"] == ("feature", False)
    assert "extra" not in fields


def test_values_are_offered_the_most_frequent_first() -> None:
    store = shared()
    assert store.values("model", "") == ("churn", "fraud", "ranker")
    assert store.values("model", "FR") == ("fraud",)
    assert store.values("amount", "") == ("1.5", "2.5", "many")
    assert store.values("status", "") == ("200", "499", "503")
    assert store.values("is_error", "") == ("false", "true")
    assert store.values("region", "'; --") == ()
    with pytest.raises(UsageError):
        store.values("nonsense", "")


def test_an_empty_store_has_fields_and_no_values() -> None:
    store = stored([])
    assert "model" in {info.name for info in store.fields()}
    assert store.values("model", "") == ()
    assert ids(parse_filter("model=fraud").filter, store) == ""
