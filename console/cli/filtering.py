"""`--filter`: a canned query sees only the predictions that meet it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

import click

from console.errors import UsageError

if TYPE_CHECKING:
    from console.canned import CannedQuery
    from console.model import Filter

filter_option = click.option(
    "--filter",
    "filter_text",
    default="",
    metavar="TEXT",
    help="Only predictions that meet it: 'model=fraud status>=500 country!=DE -2h'.",
)


def take_filter(
    query: CannedQuery, text: str, params: Mapping[str, object]
) -> tuple[Filter, dict[str, object]]:
    """The filter that the text asks for, and the parameters; a time in the text is the parameter `start`.

    Raises:
        UsageError: the text cannot be read, or its time has no place among the query's parameters.
    """
    from console.model.filter_text import parse_filter

    typed = parse_filter(text)
    if typed.span is None:
        return typed.filter, dict(params)
    if "start" not in query.params:
        raise UsageError(f"{query.name} takes no start, so --filter cannot have a time in it")
    if "start" in params:
        raise UsageError("--filter has a time in it and start is given as well; give one of them")
    return typed.filter, {**params, "start": f"-{round(typed.span.total_seconds())}s"}
