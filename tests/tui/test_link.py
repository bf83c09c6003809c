"""What is written to the terminal: only what differs, and the terminal shows the same."""

from __future__ import annotations

import asyncio
import os
import re
from queue import Queue
from signal import SIGSTOP
from threading import Thread

import pyte
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.color import ColorSystem
from rich.segment import Segment
from rich.style import Style
from textual._compositor import ChopsUpdate, CompositorUpdate, LayoutUpdate
from textual.app import App
from textual.events import Key
from textual.geometry import Region
from textual.message import Message
from textual.strip import Strip

from console.tui.link import LinkDriver, Painted, change_of, runs_of

WIDTH, HEIGHT = 24, 4
STYLES = [
    Style.parse(one)
    for one in ("", "bold", "red on blue", "bold red", "#102030 on #405060", "reverse", "on #405060", "dim")
]
WORDS = ["a", "ab ", "  ", "12:00:01", "─█", "日本", "é", "e\u0301", "‹x›"]


def strip_of(words: list[tuple[str, int]], width: int) -> Strip:
    """A strip of exactly this width."""
    strip = Strip([Segment(text, STYLES[style]) for text, style in words])
    return strip.adjust_cell_length(width, STYLES[0])


strips = st.lists(st.tuples(st.sampled_from(WORDS), st.integers(0, len(STYLES) - 1)), max_size=8)


def layout_of(lines: list[list[tuple[str, int]]]) -> LayoutUpdate:
    """An update of the whole screen."""
    return LayoutUpdate([[strip_of(line, WIDTH)] for line in lines], Region(0, 0, WIDTH, HEIGHT))


def chop_of(y: int, x: int, words: list[tuple[str, int]]) -> ChopsUpdate:
    """An update of one line from a cell on."""
    chops: list[dict[int, Strip | None]] = [{} for _ in range(HEIGHT)]
    chops[y] = {0: None, x: strip_of(words, WIDTH - x)}
    ends = [[x, WIDTH] for _ in range(HEIGHT)]
    return ChopsUpdate(chops, [(y, 0, WIDTH)], ends)


class Terminals:
    """Two terminals: one is written whole, the other only what differs.

    With a line to spare: after a combining character in its last cell pyte scrolls, as no terminal does.
    """

    def __init__(self) -> None:
        self.painted = Painted()
        self.whole = pyte.Screen(WIDTH, HEIGHT + 1)
        self.lean = pyte.Screen(WIDTH, HEIGHT + 1)
        self.unaware = Painted()

    def show(self, update: CompositorUpdate) -> str:
        """Both are given this update; what the lean one was given."""
        self.unaware.forget()
        pyte.Stream(self.whole).feed(self.unaware.difference(update, ColorSystem.TRUECOLOR))
        written = self.painted.difference(update, ColorSystem.TRUECOLOR)
        pyte.Stream(self.lean).feed(written)
        return written

    def buffers(self) -> tuple[list[object], list[object]]:
        """Every cell of both, with its colours."""

        def cells(screen: pyte.Screen) -> list[object]:
            return [screen.buffer[y][x] for y in range(HEIGHT) for x in range(WIDTH)]

        return cells(self.whole), cells(self.lean)


@given(
    first=st.lists(strips, min_size=HEIGHT, max_size=HEIGHT),
    second=st.lists(strips, min_size=HEIGHT, max_size=HEIGHT),
    chops=st.lists(st.tuples(st.integers(0, HEIGHT - 1), st.integers(1, WIDTH - 1), strips), max_size=6),
)
@settings(max_examples=50, deadline=None)
def test_a_terminal_that_is_given_only_differences_shows_the_same(
    first: list[list[tuple[str, int]]],
    second: list[list[tuple[str, int]]],
    chops: list[tuple[int, int, list[tuple[str, int]]]],
) -> None:
    terminals = Terminals()
    for update in (layout_of(first), *(chop_of(*one) for one in chops), layout_of(second)):
        terminals.show(update)
        whole, lean = terminals.buffers()
        assert whole == lean


def test_what_is_shown_already_costs_nothing() -> None:
    terminals = Terminals()
    screen = layout_of([[("12:00:01", 3)], [("日本", 2)], [], [("ab ", 4)]])
    assert terminals.show(screen)
    assert terminals.show(screen) == ""


def test_a_clock_that_moves_on_costs_the_digit_that_differs() -> None:
    painted = Painted()

    def line(text: str) -> LayoutUpdate:
        return LayoutUpdate([[Strip([Segment(text, STYLES[4])])]], Region(0, 0, len(text), 1))

    painted.difference(line("20,000 rows      12:00:01 UTC"), ColorSystem.TRUECOLOR)
    written = painted.difference(line("20,000 rows      12:00:02 UTC"), ColorSystem.TRUECOLOR)
    assert re.sub("\x1b[^a-zA-Z]*[a-zA-Z]", "", written) == "2"
    assert written.startswith("\x1b[1;25H")


def test_after_forgetting_everything_is_written_again() -> None:
    painted = Painted()
    screen = layout_of([[("12:00:01", 3)], [("日本", 2)], [], [("ab ", 4)]])
    before = painted.difference(screen, ColorSystem.TRUECOLOR)
    painted.forget()
    assert painted.difference(screen, ColorSystem.TRUECOLOR) == before


def test_a_line_with_characters_of_unsure_width_is_written_whole() -> None:
    painted = Painted()
    painted.difference(layout_of([[("日本", 0), ("12:00:01", 0)], [], [], []]), ColorSystem.TRUECOLOR)
    written = painted.difference(layout_of([[("日本", 0), ("ab ", 0)], [], [], []]), ColorSystem.TRUECOLOR)
    assert "日本ab" in written


@pytest.mark.parametrize(
    ("before", "after", "change"),
    [
        ("?", "1;38;2;1;2;3", "\x1b[0;1;38;2;1;2;3m"),
        ("?", "", "\x1b[0m"),
        ("38;2;1;2;3;48;2;9;9;9", "38;2;7;7;7;48;2;9;9;9", "\x1b[38;2;7;7;7m"),
        ("38;5;12;48;5;1", "38;5;12", "\x1b[49m"),
        ("31;44", "1;31;44", "\x1b[1m"),
        ("1;31", "31", "\x1b[0;31m"),
        ("7;38;2;1;2;3;48;2;4;5;6", "", "\x1b[0m"),
    ],
)
def test_only_the_part_of_the_colours_that_differs_is_written(before: str, after: str, change: str) -> None:
    assert change_of(before, after) == change


def test_short_gaps_between_differences_are_written_and_long_ones_jumped_over() -> None:
    before = [(character, "") for character in "abcdefghijklmnop"]
    after = [(character, "") for character in "Xbc_efghijklmno_"]
    assert list(runs_of(before, after)) == [(0, 4), (15, 16)]


class Keys:
    """A driver that reads what is written to `send`, and the keys that it told, until the block ends."""

    def __init__(self) -> None:
        ours, self._theirs = os.pipe()
        self.told: Queue[Message] = Queue()
        self._driver = LinkDriver(App(), size=(80, 24))
        self._driver.fileno = ours
        self._driver.process_message = self.told.put  # type: ignore[assignment, method-assign]
        self._thread = Thread(target=self._driver.run_input_thread)

    def __enter__(self) -> Keys:
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        os.close(self._theirs)
        self._thread.join()
        os.close(self._driver.fileno)

    def send(self, data: bytes) -> None:
        """This comes from the terminal."""
        os.write(self._theirs, data)

    def next(self) -> str:
        """The key that is told next."""
        message = self.told.get(timeout=60)
        assert isinstance(message, Key)
        return message.key


async def test_an_esc_that_stays_alone_is_told_without_waiting_for_the_next_look(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("console.tui.link.LOOK_SECONDS", 3_600)
    with Keys() as keys:
        keys.send(b"\x1b")
        assert keys.next() == "escape"


async def test_keys_of_several_bytes_are_told_as_one_and_letters_of_several_bytes_too() -> None:
    with Keys() as keys:
        keys.send(b"\x1b[A" + "é".encode()[:1])
        assert keys.next() == "up"
        keys.send("é".encode()[1:] + b"\x1b[6~j")
        assert [keys.next(), keys.next(), keys.next()] == ["é", "pagedown", "j"]


async def test_a_terminal_that_is_gone_ends_the_reading() -> None:
    with Keys() as keys:
        keys.send(b"j")
        assert keys.next() == "j"
    assert keys.told.empty()


async def test_whoever_has_given_the_terminal_back_does_not_take_it_again(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked: list[object] = []
    monkeypatch.setattr(LinkDriver, "resume_application_mode", lambda driver: asked.append("resumed"))
    monkeypatch.setattr("os.kill", lambda pid, number: asked.append(number))
    driver = LinkDriver(App(), size=(80, 24))
    driver._sigcont_application()
    driver._sigtstp_application()
    driver._sigcont_application()
    await asyncio.sleep(0)
    assert asked == [SIGSTOP]
