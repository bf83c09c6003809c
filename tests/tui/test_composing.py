"""A frame is the same whether what is covered was drawn or not."""

from __future__ import annotations

from collections.abc import Sequence

import pytest
from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip

from console.tui.composing import FrontFirst
from tests.tui.driving import NARROW, WIDE, driving
from tests.tui.fakes import FakeDesk, incident
from tests.tui.ways import come_to

SCREENS = ("OverviewScreen", "AlertScreen", "RequestScreen", "HelpScreen", "EvaluateScreen", "FilterBar")
PARTS = (Region(0, 0, 80, 24), Region(3, 2, 40, 9), Region(0, 23, 80, 1), Region(79, 5, 1, 7))


@pytest.mark.parametrize("size", [WIDE, NARROW])
async def test_a_frame_and_each_part_of_it_is_as_textual_makes_it(size: tuple[int, int]) -> None:
    async with driving(FakeDesk(incident()), size) as pilot:
        for name in SCREENS:
            compositor = (await come_to(pilot, name))._compositor
            assert isinstance(compositor, FrontFirst)
            for part in PARTS:
                assert drawn(compositor, part, FrontFirst) == drawn(compositor, part, Compositor), (
                    name,
                    part,
                )


def drawn(compositor: Compositor, part: Region, by: type[Compositor]) -> list[list[str]]:
    """What each cell of the part shows, when this class does it."""
    lines = frozenset(part.line_range)
    chops = by._render_chops(compositor, part, lines.__contains__)
    return [cells(list(chop.values())) for y, chop in enumerate(chops) if y in lines]


def cells(strips: Sequence[Strip | None]) -> list[str]:
    """The cells of a line, each with its style."""
    told = [strip for strip in strips if strip is not None]
    return [f"{sign} {segment.style}" for strip in told for segment in strip for sign in segment.text]
