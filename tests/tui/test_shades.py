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
from console.tui.linked import LinkedApp
from console.tui.shades import colour_of, in_256, nearest
from console.tui.theme import DAY, NIGHT
from console.tui.widgets.chart import Chart
from tests.tui.driving import driving
from tests.tui.fakes import FakeDesk, incident
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


@pytest.mark.parametrize("few", [True, False])
async def test_where_there_are_few_colours_bars_have_one(few: bool, monkeypatch: pytest.MonkeyPatch) -> None:
    """In 256 the shades of one blue are grey, violet and blue."""
    monkeypatch.setattr(LinkedApp, "has_few_colours", few)
    async with driving(FakeDesk(incident())) as pilot:
        chart = pilot.app.screen.query(Chart).first()
        bars = (segment for y in range(1, chart.size.height - 2) for segment in chart.render_line(y))
        inks = {bar.style.color for bar in bars if bar.style is not None and set(bar.text) == {"█"}}
        # The step that is not over is paler, in either case.
        assert len(inks) <= 2 if few else len(inks) > 4


async def test_without_colours_a_mark_within_a_bar_is_reversed_and_leaves_no_gap(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("NO_COLOR", "1")
    async with driving(FakeDesk(incident())) as pilot:
        for chart in pilot.app.screen.query(Chart):
            drawn = [segment for y in range(1, chart.size.height - 2) for segment in chart.render_line(y)]
            notches = [one for one in drawn if one.style is not None and one.style.reverse]
            if notches:
                assert all(not set(one.text) & set(" █") for one in notches)
                return
    pytest.fail("no chart has a mark within a bar")
