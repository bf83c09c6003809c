"""How a value was distributed before and is now, side by side: columns for many bins, rows for few."""

from __future__ import annotations

from collections.abc import Sequence

from textual.content import Content
from textual.geometry import Size
from textual.widget import Widget

from console.model import Distribution, PictureBin
from console.tui import say
from console.tui.safe import cut
from console.tui.widgets.bars import filled, joined, standing
from console.tui.widgets.columns import Column
from console.tui.widgets.gridlines import fitted
from console.tui.widgets.plot import heights

_EIGHTHS = " ▏▎▍▌▋▊▉█"
_GAP = 3
_MOVED = 0.25
"""Of the whole index: what one bin adds to it to be called moved."""
_LABEL = Column("label", "label")


def draw_distribution(distribution: Distribution, width: int, height: int) -> list[Content]:
    """The two distributions over so many cells and lines.

    Where every bin has a line of its own there are figures beside the bars; else numbers are columns, and of
    categories those are shown that moved most.
    """
    if height < 2 or width < 30 or not distribution.bins:
        return []
    rows_fit = len(distribution.bins) + 1 <= height
    if distribution.is_number and not rows_fit and height >= 3:
        return _as_columns(distribution, width, height)
    return _as_rows(distribution, width, height)


def _as_rows(distribution: Distribution, width: int, height: int) -> list[Content]:
    bins = distribution.bins[: height - 1]
    left_out = len(distribution.bins) - len(bins)
    labels = [cut(one.label, 60) for one in bins]
    label = max(6, min(max(Content(text).cell_length for text in labels), width // 3))
    with_index = width >= 70 and any(one.index is not None for one in bins)
    index = 9 if with_index else 0
    cells = (width - label - index - 2 * 8 - 4) // 2
    top = max([*(one.before for one in bins), *(one.now for one in bins)], default=0.0) or 1.0
    more = f"{left_out} more" if left_out else ""
    heads = [
        (fitted(more, label, _LABEL) + "  ", "$dim"),
        (f"{'before':>7} " + " " * cells + "  ", "$dim"),
        (f"{'during':>7} " + " " * cells, "$dim"),
        ("    index" if with_index else "", "$dim"),
    ]
    drawn = [Content.assemble(*heads)]
    for one, text in zip(bins, labels, strict=True):
        style = _style(one, distribution)
        drawn.append(
            Content.assemble(
                (fitted(text, label, _LABEL) + "  ", "$foreground"),
                (f"{_percent(one.before):>7} ", "$dim"),
                (_bar(one.before / top, cells) + "  ", "$dim"),
                (f"{_percent(one.now):>7} ", f"bold {style}"),
                (_bar(one.now / top, cells), style),
                (f"{one.index:>9.2f}" if with_index and one.index is not None else "", "$dim"),
            )
        )
    return drawn


def _as_columns(distribution: Distribution, width: int, height: int) -> list[Content]:
    """Two histograms over the same bins and to the same scale."""
    half = (width - _GAP) // 2
    lines = height - 2
    bins = distribution.bins
    top = max([*(one.before for one in bins), *(one.now for one in bins)], default=0.0) or 1.0
    wide = max(1, half // len(bins))
    sides = []
    for values in ([one.before for one in bins], [one.now for one in bins]):
        eighths = [height_of for height_of in heights(values, top, lines) for _ in range(wide)][:half]
        sides.append([standing(eighths, line).ljust(half) for line in range(lines - 1, -1, -1)])
    heads = (
        f"before: {say.plural(distribution.rows_before, 'row')}",
        f"during: {say.plural(distribution.rows_now, 'row')}",
    )
    drawn = [
        Content.assemble(
            (heads[0][:half].ljust(half) + " " * _GAP, "$dim"),
            (heads[1][: half - 8].ljust(half - 8), "bold $foreground"),
            (f"↑ {_percent(top)}".rjust(8), "$dim"),
        )
    ]
    drawn += [
        Content.assemble(*_standing(before, "$dim"), " " * _GAP, *_standing(now, "$chart"))
        for before, now in zip(*sides, strict=True)
    ]
    axis = _axis(bins, wide, half)
    drawn.append(Content.styled(axis + " " * _GAP + axis, "$dim"))
    return drawn


def _standing(signs: str, style: str) -> list[tuple[str, str]]:
    return joined([(sign, filled(sign, style)) for sign in signs])


def _axis(bins: Sequence[PictureBin], wide: int, half: int) -> str:
    """Lower edges under their bins, as many as fit."""
    line, end = "", 0
    for place, one in enumerate(bins):
        at = place * wide
        said = "" if one.lower is None else say.short(float(f"{one.lower:.3g}"))
        if said and at >= end and at + len(said) <= half:
            line = line.ljust(at) + said
            end = at + len(said) + 1
    return line.ljust(half)


def _style(one: PictureBin, distribution: Distribution) -> str:
    whole = sum(part.index or 0.0 for part in distribution.bins)
    moved = one.index is not None and whole > 0.05 and one.index >= _MOVED * whole
    return "$warning" if moved else "$chart"


def _percent(share: float) -> str:
    return f"{share * 100:.1f} %" if share < 0.9995 else "100 %"


def _bar(share: float, cells: int) -> str:
    """A bar an eighth of a cell fine, padded to its room; something small is still an eighth."""
    eighths = min(cells * 8, max(round(share * cells * 8), 1 if share > 0 else 0))
    whole, rest = divmod(eighths, 8)
    return ("█" * whole + (_EIGHTHS[rest] if rest else "")).ljust(cells)


class DistributionChart(Widget):
    """The distribution of what one alert is about."""

    def __init__(self, *, id: str | None = None) -> None:
        super().__init__(id=id)
        self._distribution: Distribution | None = None

    def show(self, distribution: Distribution | None) -> None:
        """The chart shows this, nothing for None."""
        if distribution != self._distribution:
            self._distribution = distribution
            self.refresh()

    def get_content_height(self, container: Size, viewport: Size, width: int) -> int:
        return 7

    def render(self) -> Content:
        if self._distribution is None:
            return Content("")
        return Content("\n").join(draw_distribution(self._distribution, self.size.width, self.size.height))
