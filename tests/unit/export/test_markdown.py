"""What was logged is shown in markdown and obeyed by no reader of it."""

from __future__ import annotations

import shlex
import subprocess
from collections.abc import Iterable, Iterator

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st
from markdown_it import MarkdownIt
from markdown_it.token import Token

from console.export.markdown import block, code, inline, shell_word, table, visible

PIECES = st.sampled_from(
    [
        *("<b>", "</b>", "<!--", "<script>", "[a](http://x.io)", "![i](x.png)", "`", "``", "|", "\\", "*x*"),
        *(
            "_a_",
            "__",
            "a_b",
            "#",
            "# h",
            "- ",
            "+ ",
            "1. ",
            "1) ",
            "> ",
            "~~~",
            "```",
            "$x$",
            "&lt;",
            "&#64;",
        ),
        *("http://evil.io/a_b", "www.evil.io", "evil.io", "mailto:a@b.io", "a@b.io", "//x", "<http://x>"),
        *(
            "\n",
            "\r\n",
            "\t",
            "\x1b[31m",
            "\x00",
            "\u202e",
            "\u200b",
            "\ud800",
            "é",
            "漢",
            " ",
            "  ",
            ":",
            "=",
        ),
        *("0.4", "35 %", "v3", "---", "|---|", "[x]: http://y", "[^1]", "{% x %}", "^", "-", "!"),
    ]
)
HOSTILE = st.lists(PIECES | st.text(max_size=4), max_size=8).map("".join)
READER = MarkdownIt("gfm-like", {"html": True, "linkify": True})
HARMLESS = {"text", "code_inline", "text_special", "paragraph_open", "paragraph_close", "inline"}


def tokens(text: str) -> Iterator[Token]:
    for token in READER.parse(text):
        yield token
        yield from token.children or ()


def told(parsed: Iterable[Token]) -> str:
    return "".join(one.content for one in parsed if one.type in ("text", "code_inline", "text_special"))


@settings(max_examples=50)
@given(text=HOSTILE)
@example(text="<img src=x onerror=alert(1)> [a](http://b) a@b.c www.x.y `c` | d \\| e")
@example(text="1. a")
@example(text="- - -")
@example(text="")
def test_a_value_in_a_line_is_text_and_reads_as_it_was_logged(text: str) -> None:
    parsed = list(tokens(inline(text)))
    assert {one.type for one in parsed} <= HARMLESS
    assert told(parsed).split() == visible(text).split()


@settings(max_examples=50)
@given(text=HOSTILE)
@example(text="`")
@example(text=" a ")
@example(text="``` ` ``")
def test_a_code_span_holds_its_value_and_nothing_else(text: str) -> None:
    parsed = list(tokens(f"a {code(text)} b"))
    assert {one.type for one in parsed} <= HARMLESS
    (span,) = [one.content for one in parsed if one.type == "code_inline"]
    shown = visible(text)
    assert span == (shown if shown.strip() else f'"{shown}"')


@settings(max_examples=50)
@given(cells=st.lists(st.tuples(HOSTILE, HOSTILE), min_size=1, max_size=3))
@example(cells=[("a|b", "`|`"), ("\\", "|")])
def test_no_value_ends_its_cell_in_a_table(cells: list[tuple[str, str]]) -> None:
    lines = table(("a", "b"), [(inline(first), code(second)) for first, second in cells])
    assert len(lines) == len(cells) + 2
    parsed = list(tokens("\n".join(lines)))
    assert sum(one.type == "tr_open" for one in parsed) == len(cells) + 1
    assert sum(one.type == "td_open" for one in parsed) == 2 * len(cells)
    assert not {one.type for one in parsed} & {"link_open", "image", "html_inline", "html_block"}
    values = [one for one in READER.parse("\n".join(lines)) if one.type == "inline"][2:]
    for cell, (first, _) in zip(values[::2], cells, strict=True):
        assert told(cell.children or ()).split() == visible(first).split()
    for cell, (_, second) in zip(values[1::2], cells, strict=True):
        shown = visible(second)
        assert told(cell.children or ()) == (shown if shown.strip() else f'"{shown}"')


@settings(max_examples=50)
@given(lines=st.lists(HOSTILE, max_size=4))
@example(lines=["```", "````", "~~~"])
def test_no_line_ends_the_block_that_it_is_in(lines: list[str]) -> None:
    parsed = READER.parse("\n".join(block(lines, "text")))
    assert [one.type for one in parsed] == ["fence"]
    assert parsed[0].content == "".join(f"{visible(line)}\n" for line in lines)


@settings(max_examples=50)
@given(text=HOSTILE.filter(lambda text: "\ud800" not in text))
def test_a_word_of_a_command_is_one_line_and_nothing_of_it_is_hidden(text: str) -> None:
    word = shell_word(text)
    assert "\n" not in word and visible(word) == word
    if not word.startswith("$'"):
        assert shlex.split(word) == [text]


def test_a_shell_takes_each_word_as_it_was() -> None:
    words = ["a b", "it's", "$(id)", "`id`", "a\nb", "\x1b[31m'\\", "\u202eé", "漢", "", "*", "-x", "\x1b3"]
    command = "printf '%s\\0' " + " ".join(map(shell_word, words))
    printed = subprocess.run(
        ["bash", "-c", command], capture_output=True, check=True, env={"LC_ALL": "C.UTF-8"}
    )
    assert printed.stdout.decode().split("\0")[:-1] == words


@pytest.mark.parametrize(
    ("text", "shown"),
    [
        ("0.4 % of 12.5", "0.4 % of 12.5"),
        ("error_spikes", "error_spikes"),
        ("1. first", "1\\. first"),
        ("a@b.c wrote", "`a@b.c` wrote"),
    ],
)
def test_what_needs_no_care_is_left_as_it_is(text: str, shown: str) -> None:
    assert inline(text) == shown


def test_a_long_value_is_cut_with_a_sign() -> None:
    assert inline("x" * 1_000_000) == "x" * 300 + "…"
