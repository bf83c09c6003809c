"""Colours for a terminal that has 256 of them: for each the one among these that looks most like it.

Rich rounds each part of a colour by itself, so that dark greys become black or teal. Over SSH
`COLORTERM` often goes missing, so this is how many see the console.
"""

from __future__ import annotations

from functools import lru_cache

from rich.color import Color, ColorType
from rich.color_triplet import ColorTriplet
from rich.style import Style

_STEPS = (0, 95, 135, 175, 215, 255)
_FIRST = 16
"""Those before it are the terminal's own sixteen, which its owner may have set to anything."""


@lru_cache(maxsize=4096)
def in_256(style: Style) -> Style:
    """The style with colours of the 256 in place of mixed ones."""
    ink, paper = style.color, style.bgcolor
    return style + Style.from_color(ink and _of_256(ink), paper and _of_256(paper))


@lru_cache(maxsize=4096)
def nearest(colour: ColorTriplet) -> int:
    """The number, 16 to 255, of the colour that looks most like this one.

    Source: the "redmean" distance of Riemersma, compuphase.com/cmetric.htm. By that of CIE L*a*b* colours
    of words came out that are pale on their background.
    """
    return min(range(_FIRST, 256), key=lambda number: _distance(colour, colour_of(number)))


@lru_cache(maxsize=256)
def colour_of(number: int) -> ColorTriplet:
    """What the colour with this number, 16 to 255, is in all terminals."""
    place = number - _FIRST
    if place < 216:
        return ColorTriplet(_STEPS[place // 36], _STEPS[place // 6 % 6], _STEPS[place % 6])
    grey = 8 + 10 * (place - 216)
    return ColorTriplet(grey, grey, grey)


def _distance(one: ColorTriplet, other: ColorTriplet) -> float:
    mean = (one.red + other.red) / 2
    red, green, blue = one.red - other.red, one.green - other.green, one.blue - other.blue
    return (2 + mean / 256) * red**2 + 4 * green**2 + (2 + (255 - mean) / 256) * blue**2


def _of_256(colour: Color) -> Color:
    if colour.type is not ColorType.TRUECOLOR or colour.triplet is None:
        return colour
    return Color(colour.name, ColorType.EIGHT_BIT, nearest(colour.triplet))
