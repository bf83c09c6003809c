"""What the request screen shows of a request: its title, and its sections in one column or two. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from console.model import Label, Request, RequestContext
from console.tui.request.nodes import Node
from console.tui.request.sections import (
    answer_section,
    extra_section,
    features_section,
    label_section,
    odd_words,
    origin_section,
    stages_section,
    tags_section,
)
from console.tui.safe import cut

TWO_COLUMNS = 120
"""Cells from which on the features stand beside the rest."""


@dataclass(frozen=True, slots=True)
class Page:
    """A request as it is shown."""

    title: tuple[tuple[str, str], ...]
    """Pieces of text with their styles."""
    page: tuple[Node, ...]
    beside: tuple[Node, ...]
    """Sections that stand beside the others; none where there is room for one column only."""


def page_of(
    request: Request,
    context: RequestContext | None,
    label: Label | None,
    *,
    among: tuple[int, int],
    compared: str,
    odd_first: bool,
    width: int,
) -> Page:
    """The request, laid out over so many cells.

    Args:
        request: it.
        context: what it is compared with, None while that is not known.
        label: what counts of it, if somebody labelled it.
        among: which of the rows it is, and of how many.
        compared: what is to be said of the comparison while there is none.
        odd_first: whether odd features come before the others.
        width: of the screen.
    """
    features = features_section(request, context, odd_first=odd_first)
    answer, stages = answer_section(request), stages_section(request, context)
    said, origin = label_section(label), origin_section(request)
    given = (features, tags_section(request), *((extra_section(request),) if request.extra else ()))
    place, rows = among
    title = (
        (cut(request.key, 80), "$foreground"),
        (f"  {cut(request.model, 40)}", "$dim"),
        (f"  {place} of {rows:,}" if rows > 1 else "", "$dim"),
        *(odd_words(features) if context is not None else [(f"  {compared}", "$dim")]),
    )
    if width >= TWO_COLUMNS:
        return Page(title, (answer, said, stages, origin), given)
    return Page(title, (answer, given[0], stages, *given[1:], said, origin), ())
