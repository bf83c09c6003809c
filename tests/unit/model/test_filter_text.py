"""Filters as people write them, and back."""

from __future__ import annotations

from datetime import timedelta

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from console.errors import FilterError
from console.model import Comparison, Filter, Term
from console.model.filter_text import Spot, Typed, filter_text, parse_filter, span_text, spot_in

IS, IS_NOT, ABOVE = Comparison.IS, Comparison.IS_NOT, Comparison.ABOVE
AT_LEAST, CONTAINS = Comparison.AT_LEAST, Comparison.CONTAINS


def terms_of(text: str) -> tuple[Term, ...]:
    return parse_filter(text).filter.terms


def test_a_filter_of_every_kind_of_term_is_understood() -> None:
    typed = parse_filter(
        'model=fraud version=v3 status>=500 latency>200 region!=EU path~/score "timed out" -30m'
    )
    assert typed == Typed(
        Filter(
            (
                Term("model", IS, "fraud"),
                Term("model_version", IS, "v3"),
                Term("status", AT_LEAST, "500"),
                Term("latency_ms", ABOVE, "200"),
                Term("region", IS_NOT, "EU"),
                Term("path", CONTAINS, "/score"),
                Term("", CONTAINS, "timed out"),
            )
        ),
        timedelta(minutes=30),
    )


@pytest.mark.parametrize(
    ("text", "terms"),
    [
        ("", ()),
        ("  \t ", ()),
        ("timeout", (Term("", CONTAINS, "timeout"),)),
        ("!~timeout", (Term("", Comparison.CONTAINS_NOT, "timeout"),)),
        ('"-30m"', (Term("", CONTAINS, "-30m"),)),
        ("country=null", (Term("country", IS, "", is_null=True),)),
        ("country!=null", (Term("country", IS_NOT, "", is_null=True),)),
        ('country="null"', (Term("country", IS, "null"),)),
        ('country=""', (Term("country", IS, ""),)),
        ("a==b", (Term("a", IS, "=b"),)),
        ("url~a=b&c=d", (Term("url", CONTAINS, "a=b&c=d"),)),
        ('"my field"<5', (Term("my field", Comparison.BELOW, "5"),)),
        ('"version"=3', (Term("version", IS, "3"),)),
        (r'note="say \"no\" \\ \u{1b}"', (Term("note", IS, 'say "no" \\ \x1b'),)),
        ("latency>1.5s", (Term("latency_ms", ABOVE, "1500"),)),
        ("latency<250us", (Term("latency_ms", Comparison.BELOW, "0.25"),)),
        ("amount>1.5s", (Term("amount", ABOVE, "1.5s"),)),
        ("tags.version=7", (Term("tags.version", IS, "7"),)),
    ],
)
def test_terms_mean_what_they_say(text: str, terms: tuple[Term, ...]) -> None:
    assert terms_of(text) == terms


@pytest.mark.parametrize(
    ("text", "place", "words"),
    [
        ("model=", 6, "a value is missing"),
        ("model= fraud", 6, "a value is missing"),
        ("=fraud", 0, "a field's name is missing"),
        ('note="open', 5, "not closed"),
        ('note="a"b', 8, "a blank is missing"),
        ('model"x"', 5, "no comparison"),
        ('note="\\n"', 6, "a backslash in quotes"),
        ('note="\\u{110000}"', 6, "a backslash in quotes"),
        ("status>null", 0, "null can be asked for"),
        ("-30m a=b -1h", 9, "a second time"),
        ("-0m", 0, "no length of time"),
        ("-999999w", 0, "no length of time"),
        ('model=fraud ""', 12, "nothing between"),
        ("model !", 6, "no comparison"),
    ],
)
def test_what_cannot_be_read_is_said_with_its_place(text: str, place: int, words: str) -> None:
    with pytest.raises(FilterError, match=words) as caught:
        parse_filter(text)
    assert caught.value.place == place
    assert str(caught.value).startswith(f"position {place + 1}: ")


def test_a_filter_is_written_shortly() -> None:
    text = 'model=fraud version=v3 latency>200 "timed out" error=null note="two words"'
    assert filter_text(parse_filter(text).filter) == text


ANY_TEXT = st.text(st.characters(), max_size=12)
NAMES = st.one_of(
    st.sampled_from(["model", "model_version", "version", "latency_ms", "tags.x", "-30m", "null"]),
    ANY_TEXT.filter(bool),
)
VALUES = st.one_of(st.sampled_from(["null", "", "1.5s", "=5", '"', "\\", "500", "\x1b]52;c;x\x07"]), ANY_TEXT)
TERMS = st.one_of(
    st.builds(Term, NAMES, st.sampled_from(Comparison), VALUES),
    st.builds(Term, NAMES, st.sampled_from([IS, IS_NOT]), st.just(""), st.just(True)),
    st.builds(
        Term,
        st.just(""),
        st.sampled_from([CONTAINS, Comparison.CONTAINS_NOT]),
        VALUES.filter(bool),
    ),
)


@settings(max_examples=50)
@given(st.lists(TERMS, max_size=4))
@example([Term("latency_ms", ABOVE, "1.5s"), Term("version", IS, "null"), Term("a", ABOVE, "=5")])
def test_a_filter_survives_being_written_and_is_made_of_what_can_be_seen(terms: list[Term]) -> None:
    text = filter_text(Filter(tuple(terms)))
    assert parse_filter(text) == Typed(Filter(tuple(terms)), None)
    assert text.isprintable()


@settings(max_examples=50)
@given(st.text(st.sampled_from('ab =!<>~"\\-30m\n'), max_size=20))
def test_no_text_breaks_the_reading_of_it(text: str) -> None:
    spot = spot_in(text)
    assert 0 <= spot.start <= len(text)
    try:
        typed = parse_filter(text)
    except FilterError as error:
        assert 0 <= error.place <= len(text)
    else:
        assert parse_filter(filter_text(typed.filter)).filter == typed.filter


@pytest.mark.parametrize(
    ("text", "spot"),
    [
        ("", Spot("", "", 0)),
        ("mo", Spot("", "mo", 0)),
        ("model=", Spot("model", "", 6)),
        ("model=fr", Spot("model", "fr", 6)),
        ("a=b version!=v", Spot("model_version", "v", 13)),
        ("a=b ", Spot("", "", 4)),
        ('a="b c" co', Spot("", "co", 8)),
        ('country="D', Spot("country", "D", 8, is_quoted=True)),
        ('"my field"=x', Spot("my field", "x", 11)),
        ('"my fi', Spot("", "my fi", 0, is_quoted=True)),
    ],
)
def test_what_is_being_written_is_known(text: str, spot: Spot) -> None:
    assert spot_in(text) == spot


@pytest.mark.parametrize("text", ["-30m", "-24h", "-7d", "-90s"])
def test_a_length_of_time_is_written_as_it_is_read(text: str) -> None:
    span = parse_filter(text).span
    assert span is not None
    assert parse_filter(span_text(span)).span == span


def test_a_day_is_written_in_hours_and_more_of_them_in_days() -> None:
    assert [span_text(timedelta(days=days)) for days in (1, 2, 7)] == ["-24h", "-2d", "-7d"]
