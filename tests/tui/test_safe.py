"""Logged values on their way to the screen."""

from __future__ import annotations

import math
import unicodedata

import pytest
from hypothesis import given
from hypothesis import strategies as st

from console.tui.safe import ABSENT, NULL, cell, cut, quoted, visible, words


@given(st.text())
def test_nothing_that_controls_or_reorders_survives(text: str) -> None:
    shown = visible(text)
    assert not any(
        unicodedata.category(character) in ("Cc", "Cf", "Cs", "Zl", "Zp", "Co") for character in shown
    )


def test_no_character_that_unicode_calls_a_control_or_a_format_survives() -> None:
    survived = [
        code
        for code in range(0x110000)
        if unicodedata.category(chr(code)) in ("Cc", "Cf", "Cs", "Co") and visible(chr(code)) == chr(code)
    ]
    assert not survived


@given(st.text(st.characters(codec="ascii", categories=["L", "N", "P", "S", "Zs"])))
def test_plain_text_is_shown_as_it_is(text: str) -> None:
    assert visible(text) == text


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("\x1b[31m", "␛[31m"),
        ("a\nb\tc\0", "a␊b␉c␀"),
        ("\x7f", "␡"),
        ("\x9b31m", "‹U+009B›31m"),
        ("\u202eexe.txt", "‹U+202E›exe.txt"),
        ("a\u200bb", "a‹U+200B›b"),
        ("\ud800", "‹U+D800›"),
        ("\U000e0041", "‹U+E0041›"),
    ],
)
def test_what_cannot_be_seen_gets_a_sign(text: str, shown: str) -> None:
    assert visible(text) == shown


@given(st.text(max_size=300), st.integers(1, 100))
def test_a_cut_text_says_so(text: str, limit: int) -> None:
    shown = cut(text, limit)
    assert shown.endswith("…") if len(text) > limit else shown == visible(text)


def test_a_note_tells_how_long_a_cut_value_is() -> None:
    assert cut("x" * 1_000_000, 3, note=True) == "xxx… (1,000,000 characters in all)"


def test_null_looks_unlike_any_text() -> None:
    assert cell(None) == ABSENT
    for text in (NULL, "-", ""):
        assert cell(text).text == f'"{text}"'
    assert cell("null").style != ABSENT.style


@pytest.mark.parametrize("text", ["01067", "12.5", "1e5", "null", "true", "NaN", "", " x", "x ", "—"])
def test_text_that_could_be_something_else_is_quoted(text: str) -> None:
    assert quoted(text) == f'"{text}"'


@pytest.mark.parametrize("text", ["DE", "Bäckerei", "v3", "1 apple"])
def test_other_text_is_not_quoted(text: str) -> None:
    assert quoted(text) == text


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        (None, "—"),
        (True, "true"),
        (12, "12"),
        (0.00931, "0.00931"),
        (124000.0, "124000"),
        (-0.0, "-0.0"),
        (math.nan, "nan"),
        (-math.inf, "-inf"),
        ({"a": [1, "é"]}, '{"a": [1, "é"]}'),
        (b"\xff\x1b", "\\xff␛"),
    ],
)
def test_values_are_shown_as_they_were_logged(value: object, shown: str) -> None:
    assert words(value) == shown


def test_an_integer_of_thousands_of_digits_is_not_written_out() -> None:
    assert words(10**5000) == "integer of 16,610 bits"


@given(st.floats(allow_nan=False, allow_infinity=False))
def test_a_number_can_be_read_back(value: float) -> None:
    assert float(words(value)) == value
