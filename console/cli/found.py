"""Why a command found nothing: where it looked, and what there is instead."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from console.model import QueryCall
    from console.store import Store
    from console.store.stored import Extent


def why_nothing(store: Store, start: datetime | None, until: datetime | None, *, give: str = "") -> str:
    """Where a command looked that found nothing, and what is stored.

    Args:
        store: what it looked at.
        start: from when; None for the first row.
        until: up to when, exclusive; None for the last row.
        give: options by which another time is asked for, with `{start}` and `{until}` in them.
    """
    there = store.extent()
    if there.first is None or there.last is None:
        return "nothing is stored"
    if (start is None or start <= there.first) and (until is None or until > there.last):
        return f"none of the {_stored(there)} fits"
    told = f"nothing fits {_range(start, until)}; stored are {_stored(there)}"
    if there.ahead:
        told += f", {_ahead(there)}"
    beyond = there.last.replace(microsecond=0, second=0) + timedelta(minutes=1)
    option = give.format(start=_option(there.first), until=_option(beyond))
    return f"{told}; {option}, instead of a time in --filter, looks at all of them" if option else told


def why_query(store: Store, call: QueryCall, *, give: str) -> str:
    """The same of a canned query, whose parameters say where it looked."""
    from console.canned import bind

    query = store.catalog[call.query]
    values = bind(query, call.params, newest=store.newest)
    start, until = (values.get(name) for name in ("start", "until"))
    return why_nothing(
        store,
        start if isinstance(start, datetime) else None,
        until if isinstance(until, datetime) else None,
        give=give if {"start", "until"} <= query.params.keys() else "",
    )


def what_is_ahead(store: Store) -> str:
    """How many rows this host's clock is behind, which no check looks at; empty if there are none."""
    there = store.extent()
    if not there.ahead:
        return ""
    return f"of {_stored(there)}, {_ahead(there)} and are not judged"


def _stored(there: Extent) -> str:
    assert there.first is not None and there.last is not None
    noun = "request" if there.rows == 1 else "requests"
    return f"{there.rows:,} {noun} of {_minute(there.first)} to {_minute(there.last)} UTC"


def _ahead(there: Extent) -> str:
    which = "all" if there.ahead == there.rows else f"{there.ahead:,}"
    verb = "is" if there.ahead == 1 else "are"
    return f"{which} {verb} dated after this host's clock (is their zone set right?)"


def _range(start: datetime | None, until: datetime | None) -> str:
    said = [f"from {_minute(start)}"] if start is not None else []
    if until is not None:
        said.append(f"to {_minute(until)}")
    return f"{' '.join(said)} UTC" if said else "in that time"


def _minute(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%d %H:%M}"


def _option(moment: datetime) -> str:
    return f"{moment.astimezone(UTC):%Y-%m-%dT%H:%MZ}"
