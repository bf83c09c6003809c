"""Puts the lines of widgets together to a frame, from the front to the back.

Textual has every widget drawn, and cut where any other begins or ends, before it drops what lies behind.
Containers are behind what they contain, and a screen behind all: what is covered is not drawn here.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from itertools import pairwise
from typing import cast

from textual._compositor import Compositor
from textual.geometry import Region
from textual.strip import Strip


class FrontFirst(Compositor):
    """A compositor that draws what is seen."""

    def _render_chops(
        self, crop: Region, is_rendered_line: Callable[[int], bool]
    ) -> Sequence[Mapping[int, Strip]]:
        cuts = self.cuts
        taken: list[dict[int, Strip]] = [{} for _ in cuts]
        for widget, (region, clip) in self.visible_widgets.items():
            seen = region.intersection(clip)
            if not seen or not crop.overlaps(clip):
                continue
            open_pieces = [
                (y, pieces)
                for y in seen.line_range
                if is_rendered_line(y) and (pieces := _open(cuts[y], taken[y], seen.x, seen.right))
            ]
            if not open_pieces:
                continue
            strips = widget.render_lines(seen.translate((-region.x, -region.y)))
            for y, pieces in open_pieces:
                strip, line = strips[y - seen.y], taken[y]
                for first, end in pieces:
                    whole = first == seen.x and end == seen.right
                    line[first] = strip if whole else strip.crop(first - seen.x, end - seen.x)
        # An update of a part of the screen tells what it leaves out by nothing in its place.
        return cast(
            "list[dict[int, Strip]]",
            [{cut: line.get(cut) for cut in places[:-1]} for places, line in zip(cuts, taken, strict=True)],
        )


def _open(cuts: list[int], taken: Mapping[int, Strip], start: int, end: int) -> list[tuple[int, int]]:
    """The pieces of a line between two places that no widget has taken yet: first cell, and the one after."""
    return [(cut, following) for cut, following in pairwise(cuts) if start <= cut < end and cut not in taken]
