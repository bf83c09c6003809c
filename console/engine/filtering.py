"""What a view lets through: how many requests, and which."""

from __future__ import annotations

from dataclasses import replace

from console.model import QueryCall, Table, Ticket, View
from console.store import Store
from console.store.inputs import ALL_ROWS

LISTED = "predictions_in_time"
COUNTED = "predictions_by_model"


def requests_call(store: Store, view: View) -> QueryCall:
    """The canned query that lists all that the view shows; its time stands still from now on."""
    return QueryCall(LISTED, {**_window(store, view), "row_limit": ALL_ROWS}, view.filter)


def matching(store: Store, view: View, ticket: Ticket | None = None) -> int:
    """How many requests meet the view.

    Raises:
        UsageError: there is no such field, or a value is none of its kind.
        Interrupted: the ticket was cancelled.
    """
    call = QueryCall(COUNTED, {**_window(store, view), "row_limit": ALL_ROWS}, view.filter)
    return int(store.frame(call, ticket=ticket)["rows"].sum())


def requests(store: Store, call: QueryCall, offset: int, limit: int, ticket: Ticket | None = None) -> Table:
    """A page of such a list; raises as `matching` does."""
    page = {**call.params, "row_offset": offset, "row_limit": limit}
    return store.table(replace(call, params=page), ticket=ticket)


def _window(store: Store, view: View) -> dict[str, object]:
    counts = store.counts()
    newest = counts.newest_ts or store.newest()
    start, until = view.window(counts.first_ts or newest, newest)
    return {"start": start, "until": until}
