"""Requests beside one: the ones just before and after it, of the same client, with the same input."""

from __future__ import annotations

from typing import TYPE_CHECKING

from console.errors import UsageError
from console.model import Beside, Comparison, Filter, Listing, QueryCall, Request, RowId, Term, Ticket

if TYPE_CHECKING:
    from console.store import Store

QUERY = "predictions_around"
EACH_SIDE = 25
"""Neighbours in time, before a request and after it."""
ALIKE_EACH_SIDE = 100
"""Requests of the same client or with the same input, before it and after it."""
CLIENT_NAMES = (
    *("client", "client_id", "user", "user_id", "customer_id", "account_id"),
    *("session", "session_id", "device_id", "host", "ip"),
)
"""What a tag or text feature that says who asked may be called; the first that a request has counts."""


def neighbours(store: Store, row_id: RowId, beside: Beside, ticket: Ticket) -> Listing:
    """Other requests beside this one, nearest in time first.

    Raises:
        UsageError: the request does not say who asked, or has no input that could be searched for.
        Interrupted: the store was told to stop, or the ticket was cancelled.
        StoreError: nothing is stored from there, or DuckDB refused.
    """
    call = _call(store, store.request(row_id), beside)
    return Listing(call, store.table(call, ticket=ticket))


def _client(store: Store, request: Request) -> Term | None:
    """The condition that says who asked; None if nothing in the request does."""
    for name in CLIENT_NAMES:
        for kind, held in (("tag", request.tags), ("feature", request.features)):
            if isinstance(value := held.get(name), str):
                return Term(told_apart(store, kind).get(name, name), Comparison.IS, value)
    return None


def _call(store: Store, request: Request, beside: Beside) -> QueryCall:
    params: dict[str, object] = {
        "model": request.model,
        "moment": request.ts,
        "source_id": request.row_id.source_id,
        "source_offset": request.row_id.offset,
        "each_side": EACH_SIDE if beside is Beside.TIME else ALIKE_EACH_SIDE,
    }
    match beside:
        case Beside.TIME:
            return QueryCall(QUERY, params)
        case Beside.CLIENT:
            client = _client(store, request)
            if client is None:
                raise UsageError(
                    "this request does not say who asked: it has no tag or text feature called "
                    f"{', '.join(CLIENT_NAMES[:-1])} or {CLIENT_NAMES[-1]}"
                )
            # A client that asks several models is one client.
            return QueryCall(QUERY, {**params, "model": None}, Filter((client,)))
        case Beside.INPUT:
            return QueryCall(QUERY, params, _same_input(store, request))


def _same_input(store: Store, request: Request) -> Filter:
    """What lets through exactly the requests with these features, and no others."""
    if not request.features:
        raise UsageError("no features were logged with this request, so none has the same input")
    told = told_apart(store, "feature")
    if request.features.keys() - told.keys():
        raise UsageError(
            "this request has features that cannot be searched for: too many different ones were logged"
        )
    same = {
        told[name]: Term(told[name], Comparison.IS, value if isinstance(value, str) else repr(value))
        for name, value in request.features.items()
    }
    absent = [Term(field, Comparison.IS, "", is_null=True) for field in set(told.values()).difference(same)]
    return Filter((*same.values(), *sorted(absent, key=lambda term: term.field)))


def told_apart(store: Store, kind: str) -> dict[str, str]:
    """A tag's or feature's name as it was logged -> its name in a filter, which may begin with the kind.

    Args:
        kind: as in `FieldInfo`.
    """
    fields = [info.name for info in store.fields() if info.kind == kind]
    return {field.removeprefix(f"{kind}s."): field for field in fields} | {field: field for field in fields}
