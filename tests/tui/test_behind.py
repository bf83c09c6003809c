"""What is behind a dialog looks as Textual itself would have it."""

from __future__ import annotations

import pytest
from rich.segment import Segment
from rich.style import Style
from textual.color import Color
from textual.renderables.background_screen import BackgroundScreen

from console.tui.behind import toned_down
from console.tui.theme import ANSI
from tests.tui.driving import driving, press, text_of
from tests.tui.fakes import FakeDesk, incident


@pytest.mark.parametrize(
    "style",
    [
        Style(),
        Style(color="#f0716f", bgcolor="#0e1217", bold=True),
        Style(color="#f0716f", link="https://example.org", meta={"@click": "app.bell"}),
        Style(bgcolor="#22303a", reverse=True),
    ],
)
def test_a_style_is_toned_down_as_textual_does_it(style: Style) -> None:
    tint = Color.parse("#0e1217").with_alpha(0.45)
    (expected,) = BackgroundScreen.process_segments([Segment("x", style)], tint)
    assert toned_down(style, tint) == expected.style


async def test_the_screen_behind_a_dialog_can_still_be_read() -> None:
    async with driving(FakeDesk(incident()), size=(160, 48)) as pilot:
        await press(pilot, "question_mark")
        shown = text_of(pilot)
        assert "Latest requests" in shown
        assert "Overview" in shown, "the dialog is over it"


@pytest.mark.parametrize("key", ["question_mark", "slash"], ids=["help", "filter"])
async def test_in_the_terminals_own_colours_the_screen_behind_is_dimmed_and_not_gone(key: str) -> None:
    async with driving(FakeDesk(incident()), size=(160, 48)) as pilot:
        pilot.app.theme = ANSI.name
        await press(pilot, key)
        assert "error spikes" in text_of(pilot)
        (first, *_) = pilot.app.screen._compositor.render_strips(pilot.app.size)
        assert all(segment.style is not None and segment.style.dim for segment in first if segment.text)
