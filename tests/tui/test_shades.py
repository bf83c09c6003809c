"""What the themes look like in a terminal that has 256 colours."""

from __future__ import annotations

import pytest
from rich.color import Color, ColorSystem
from rich.color_triplet import ColorTriplet
from rich.segment import Segment
from rich.style import Style
from textual.strip import Strip
from textual.theme import Theme

from console.tui.link import cells_of
from console.tui.shades import colour_of, in_256, nearest
from console.tui.theme import DAY, NIGHT
from tests.tui.test_theme import BACKGROUNDS, WORDS, colours, contrast


def seen(colour: str) -> str:
    triplet = Color.parse(colour).triplet
    assert triplet is not None
    return colour_of(nearest(triplet)).hex


@pytest.mark.parametrize("number", [16, 21, 67, 231, 232, 255])
def test_a_colour_that_the_terminal_has_stays_what_it_is(number: int) -> None:
    assert colour_of(nearest(colour_of(number))) == colour_of(number)
    assert Color.from_ansi(number).get_truecolor() == colour_of(number)


@pytest.mark.parametrize("theme", [NIGHT, DAY], ids=lambda theme: theme.name)
def test_words_are_legible_in_256_colours(theme: Theme) -> None:
    found = colours(theme)
    low = {
        (word, back)
        for word in WORDS
        for back in BACKGROUNDS
        if contrast(seen(found[word]), seen(found[back])) < 4.0
    }
    assert not low


@pytest.mark.parametrize("theme", [NIGHT, DAY], ids=lambda theme: theme.name)
def test_the_cursors_line_and_the_bands_differ_from_the_background_in_256_colours(theme: Theme) -> None:
    found = colours(theme)
    back = seen(found["background"])
    assert back not in {seen(found[role]) for role in ("band", "cursor", "mark", "panel")}
    assert seen(found["cursor"]) != seen(found["mark"])


def test_a_dark_blue_grey_is_neither_black_nor_blue() -> None:
    red, green, blue = colour_of(nearest(ColorTriplet(0x22, 0x30, 0x3A)))
    assert red == green == blue > 0


def test_the_terminals_own_colours_and_other_signs_stay() -> None:
    style = Style(color="red", bgcolor="default", bold=True, reverse=True)
    assert in_256(style) == style
    assert in_256(Style(bold=True)) == Style(bold=True)


def test_only_a_terminal_with_256_colours_is_given_them() -> None:
    strip = Strip([Segment("x", Style(bgcolor="#22303a"))])
    ((_, few),), ((_, many),) = (
        cells_of(strip, system)[0] for system in (ColorSystem.EIGHT_BIT, ColorSystem.TRUECOLOR)
    )
    assert few == "48;5;236"
    assert many == "48;2;34;48;58"
