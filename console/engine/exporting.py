"""Exports what a question is answered with, all of it, with the casebook's labels beside."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from contextlib import suppress
from dataclasses import replace
from datetime import datetime
from functools import partial
from pathlib import Path

from console.canned import bind
from console.casebook import Casebook, default_author
from console.engine.manners import open_as_usual
from console.errors import CasebookError, UsageError
from console.export import Asked, export_slice, labels_frame, manifest_path, set_path
from console.model import Alert, ExportReceipt, QueryCall, SourceMark, SourceStatus, Ticket, Window
from console.model.exporting import WHOLE, ExportOptions
from console.store import Store
from console.store.inputs import ALL_ROWS


def export_call(
    store: Store,
    casebook: Casebook | None,
    call: QueryCall | str,
    path: Path,
    *,
    sources: Sequence[SourceStatus | SourceMark],
    author: str | None,
    clock: Callable[[], datetime],
    alert: Alert | None = None,
    options: ExportOptions = WHOLE,
    masks: Sequence[Mapping[str, object]] = (),
    as_it_is: bool = False,
    overwrite: bool = False,
    ticket: Ticket | None = None,
    on_rows: Callable[[int, int | None], None] = lambda rows, of: None,
) -> ExportReceipt:
    """What the question is answered with is at `path`, with a manifest.

    Rows that say where they came from are written as whole predictions, others as they are. Relative times
    are fixed first, so that the manifest says which.

    Args:
        store: which holds the rows.
        casebook: whose labels lie beside; None for none.
        call: a canned query, or a SELECT of the person's.
        path: the final name.
        sources: how far each was read.
        author: who exports; None for the user of this process.
        clock: gives the present moment, with a zone.
        alert: whose rows these are, if any.
        options: which of the rows, and how they are parted.
        masks: the rules by which values were hidden when they were read, for the manifest.
        as_it_is: whether the answer's own columns are wanted, whatever its rows are.
        overwrite: whether a file that is there may be replaced.
        ticket: by which it can be taken back.
        on_rows: is told how many rows have been read, and of how many, if that is known.

    Raises:
        ExportError: it could not be written; nothing is left under that name.
        UsageError: the query, a parameter or an option is wrong.
        CasebookError: labels are wanted, and the casebook cannot be read.
        Interrupted: the ticket was cancelled; nothing is left either.
    """
    sql, window, fixed = _fixed(store, call)
    beside = _comparable(store, alert, options, ticket)
    standing = casebook.standing() if casebook is not None and options.with_labels else ()
    labels = labels_frame(standing) if options.with_labels else None
    asked = Asked(
        file=path.name,
        question=fixed,
        sql=sql,
        author=author or default_author(),
        at=clock(),
        options=options,
        comparable=beside,
        window=window,
        as_of=store.newest(),
        sources=sources,
        alert=alert,
        baselines=_pinned(casebook),
        masks=masks,
        labelled_requests=None if labels is None else labels.height,
    )
    open_slice = partial(
        store.slice,
        fixed,
        labels=labels,
        options=options,
        comparable=beside,
        as_it_is=as_it_is,
        ticket=ticket,
    )
    receipt = export_slice(open_slice, path, asked, on_rows=on_rows, overwrite=overwrite)
    made = Path(receipt.path)
    sets = options.split.sets if options.split is not None and options.split_files else ()
    for file in (made, *(set_path(made, name) for name in sets)):
        for name in (file, manifest_path(file)):
            with suppress(OSError):
                open_as_usual(name)
    return receipt


def remember(
    casebook: Casebook | None, receipt: ExportReceipt, question: QueryCall | str, alert: Alert | None = None
) -> None:
    """The casebook knows of the file; where it cannot be written, the file is there all the same."""
    if casebook is not None:
        with suppress(CasebookError):
            casebook.record_export(
                path=receipt.path,
                rows=receipt.rows,
                size=receipt.size,
                sha256=receipt.sha256,
                query="sql" if isinstance(question, str) else question.query,
                alert_id="" if alert is None else alert.alert_id,
            )


def _fixed(store: Store, call: QueryCall | str) -> tuple[str, Window | None, QueryCall | str]:
    """The text, the window if there is one, and the question with its times as they are now."""
    if isinstance(call, str):
        return call, None, call
    query = store.catalog[call.query]
    values = bind(query, call.params, newest=store.newest)
    start, until = values.get("start"), values.get("until")
    window = None
    if isinstance(start, datetime) and isinstance(until, datetime):
        window = Window(start, until)
    return query.sql, window, replace(call, params=values)


def _comparable(
    store: Store, alert: Alert | None, options: ExportOptions, ticket: Ticket | None
) -> QueryCall | None:
    if not options.with_comparable:
        return None
    if alert is None:
        raise UsageError("comparable requests are those of an alert: name one")
    from console.engine.comparable import comparable

    return unlimited(comparable(store, alert, ticket or Ticket()).call)


def _pinned(casebook: Casebook | None) -> tuple[dict[str, object], ...]:
    """The baselines that somebody pinned, as a manifest says them."""
    try:
        pinned = casebook.baselines() if casebook is not None else ()
    except CasebookError:
        return ()
    return tuple(
        {
            "id": one.baseline_id,
            "name": one.name,
            "model": one.model,
            "kind": one.kind.value,
            "origin": one.origin,
            "pinned_at": one.pinned_at,
            "author": one.author,
        }
        for one in pinned
    )


def unlimited(call: QueryCall) -> QueryCall:
    """The same query, not cut to what fits a screen."""
    return replace(call, params={**call.params, "row_limit": ALL_ROWS})
