"""Whether the checks that nobody is to ask are there: ours, or queries of a person's that raise alerts."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path

from console.config.reading import close_to
from console.errors import UsageError
from console.model import Configuration


def complain_of_disabled(configuration: Configuration, folders: Sequence[Path]) -> None:
    """Every name under `disabled` is that of a check, or of a query that raises alerts.

    Args:
        configuration: what the file says.
        folders: where queries of the person's own are.

    Raises:
        UsageError: `path:line: reason`, for the first that is neither.
        QueryFileError: a query in one of the folders is wrong.
    """
    if not configuration.disabled_checks:
        return
    from console.checks import LIMITS

    if set(configuration.disabled_checks) <= set(LIMITS):
        return
    from console.canned import load_catalog

    known = {*LIMITS, *(query.name for query in load_catalog(folders).values() if query.raising is not None)}
    for name in configuration.disabled_checks:
        if name not in known:
            place = configuration.places.get("checks.disabled", configuration.path)
            reason = f"disabled is no check and no query with a severity: {name!r}; {close_to(name, known)}"
            raise UsageError(f"{place}: {reason}")
