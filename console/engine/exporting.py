"""Exports what a canned query answers with, all of it, with the casebook's labels beside."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from pathlib import Path

from console.canned import bind
from console.casebook import Casebook, default_author
from console.engine.manners import open_as_usual
from console.export import export_slice
from console.model import Alert, ExportReceipt, QueryCall, SourceStatus, Window
from console.store import Store

ALL_ROWS = 2_000_000_000
"""Row limit of an export, unless the person set one: as many as there are."""


def export_call(
    store: Store,
    casebook: Casebook | None,
    call: QueryCall,
    path: Path,
    *,
    sources: Sequence[SourceStatus],
    author: str | None,
    clock: Callable[[], datetime],
    alert: Alert | None = None,
    overwrite: bool = False,
) -> ExportReceipt:
    """The query's rows are at `path`, with a manifest; relative times are fixed first, so that it says which.

    Raises:
        ExportError: it could not be written; nothing is left under that name.
        UsageError: the query or a parameter is wrong.
    """
    query = store.catalog[call.query]
    values = bind(query, call.params, newest=store.newest)
    fixed = replace(call, params=values)
    start, until = values.get("start"), values.get("until")
    window = None
    if isinstance(start, datetime) and isinstance(until, datetime):
        window = Window(start, until)
    receipt = export_slice(
        store,
        fixed,
        path,
        sql=query.sql,
        labels=casebook.history() if casebook else (),
        sources=sources,
        author=author or default_author(),
        clock=clock,
        alert=alert,
        window=window,
        as_of=store.newest(),
        overwrite=overwrite,
    )
    for file in (receipt.path, receipt.manifest_path):
        with suppress(OSError):
            open_as_usual(Path(file))
    return receipt


def unlimited(call: QueryCall) -> QueryCall:
    """The same query, not cut to what fits a screen."""
    return replace(call, params={**call.params, "row_limit": ALL_ROWS})
