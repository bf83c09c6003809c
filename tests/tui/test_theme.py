"""Themes: what is legible, which one is chosen, and a person's own."""

from __future__ import annotations

import pytest
from textual.color import Color
from textual.theme import BUILTIN_THEMES, Theme

from console.errors import UsageError
from console.model import ROLES, OwnTheme, Preferences
from console.tui.theme import (
    ANSI,
    DAY,
    NIGHT,
    fitting_theme,
    other_theme,
    role_defaults,
    theme_named,
    themes_of,
)

WORDS = ("foreground", "dim", "accent", "error", "warning", "success", "info")
SIGNS = ("faint", "chart")
"""Rules and bars, which are no words: 3 is enough for these."""
BACKGROUNDS = ("background", "surface", "band", "cursor", "mark")


def colours(theme: Theme) -> dict[str, str]:
    return {**role_defaults(theme), **theme.to_color_system().generate(), **theme.variables}


def luminance(colour: str) -> float:
    """Relative luminance, 0..1.

    Source: WCAG 2.2.
    """

    def linear(part: int) -> float:
        share = part / 255
        return share / 12.92 if share <= 0.04045 else ((share + 0.055) / 1.055) ** 2.4

    found = Color.parse(colour)
    return 0.2126 * linear(found.r) + 0.7152 * linear(found.g) + 0.0722 * linear(found.b)


def contrast(one: str, other: str) -> float:
    darker, lighter = sorted((luminance(one), luminance(other)))
    return (lighter + 0.05) / (darker + 0.05)


def test_contrast_is_that_of_the_standard() -> None:
    assert contrast("#000000", "#ffffff") == 21
    assert round(contrast("#767676", "#ffffff"), 2) == 4.54


@pytest.mark.parametrize("theme", [NIGHT, DAY], ids=lambda theme: theme.name)
def test_words_are_legible_on_every_background(theme: Theme) -> None:
    found = colours(theme)
    low = {
        (word, back): round(contrast(found[word], found[back]), 2)
        for word in WORDS
        for back in BACKGROUNDS
        if contrast(found[word], found[back]) < 4.5
    }
    assert not low


@pytest.mark.parametrize("theme", [NIGHT, DAY], ids=lambda theme: theme.name)
def test_rules_and_bars_are_seen(theme: Theme) -> None:
    found = colours(theme)
    assert all(contrast(found[sign], found["background"]) >= 3 for sign in SIGNS)


def test_every_role_has_a_colour_in_every_theme() -> None:
    own = themes_of(Preferences(themes=(OwnTheme("dusk"),)))
    assert [theme.name for theme in own] == ["console-night", "console-day", "console-ansi", "dusk"]
    for theme in (*own, *BUILTIN_THEMES.values()):
        assert set(ROLES) <= set(colours(theme)), theme.name


def test_the_ansi_theme_has_no_colour_that_is_not_the_terminals_own() -> None:
    names = {getattr(ANSI, role) for role in ("primary", "foreground", "background", "surface", "panel")}
    assert ANSI.ansi
    assert all(name.startswith("ansi_") for name in {*names, *ANSI.variables.values()})


@pytest.mark.parametrize(
    ("variable", "colours", "expected"),
    [
        ("0;15", None, "day"),
        ("15;0", None, "night"),
        ("15;default;0", "truecolor", "night"),
        ("0;7", "256", "day"),
        ("0;15", "standard", "ansi"),
        ("", "256", "night"),
        ("0;default", None, "night"),
        ("0;²", None, "night"),
    ],
)
def test_auto_goes_by_what_the_terminal_says_of_itself(
    variable: str, colours: str | None, expected: str
) -> None:
    assert fitting_theme({"COLORFGBG": variable}, colours) == expected


@pytest.mark.parametrize(("variable", "expected"), [("1", "ansi"), ("", "day")])
def test_who_wants_no_colours_gets_signs_and_reversed_letters(variable: str, expected: str) -> None:
    assert fitting_theme({"NO_COLOR": variable, "COLORFGBG": "0;15"}, "truecolor") == expected


def test_a_theme_is_found_by_its_name() -> None:
    themes = (OwnTheme("dusk", "day", {"background": "#101010"}, "c:5"),)
    for name, expected in (
        *(("night", "console-night"), ("day", "console-day"), ("ansi", "console-ansi")),
        *(("dusk", "dusk"), ("nord", "nord"), ("auto", "console-night")),
    ):
        assert theme_named(Preferences(theme=name, themes=themes), {}) == expected


def test_a_theme_that_there_is_not_is_told_with_its_line() -> None:
    with pytest.raises(UsageError, match=r"^c:3: no theme is called 'nite'; did you mean night\?$"):
        theme_named(Preferences(theme="nite", theme_place="c:3"), {})


def test_an_own_theme_does_not_replace_one_of_textual() -> None:
    with pytest.raises(UsageError, match=r"^c:7: 'nord' is a theme of Textual"):
        theme_named(Preferences(themes=(OwnTheme("nord", place="c:7"),)), {})


def test_an_own_theme_has_the_rest_of_its_base_and_is_as_dark_as_its_background() -> None:
    own = OwnTheme("dusk", "day", {"background": "#101010", "dim": "#999999"})
    theme = themes_of(Preferences(themes=(own,)))[-1]
    assert theme.dark
    assert (theme.background, theme.variables["dim"]) == ("#101010", "#999999")
    assert theme.accent == DAY.accent
    assert theme.variables["scrollbar-background"] == "#101010"


def test_the_key_for_light_or_dark_leads_there_and_back() -> None:
    nord = BUILTIN_THEMES["nord"]
    assert other_theme(nord, nord) == DAY.name
    assert other_theme(nord, DAY) == nord.name
    assert other_theme(DAY, DAY) == NIGHT.name
