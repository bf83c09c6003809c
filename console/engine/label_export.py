"""Labels out of the casebook, for the tools in which people label."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from pathlib import Path

from console.casebook import Casebook
from console.export.labelling import LabelFileFormat
from console.export.labelling.writing import write_label_file
from console.model import Label, Request, RowId
from console.model.agreement import consensus_of
from console.model.labelling import Candidate
from console.store import Store


def export_labels(
    casebook: Casebook,
    path: Path,
    fmt: LabelFileFormat,
    *,
    history: bool = False,
    model: str | None = None,
    store: Store | None = None,
    overwrite: bool = False,
    told: Callable[[int, int], None] = lambda done, total: None,
) -> int:
    """What people say is at `path`, whole; how many rows, tasks or records there are.

    Tables hold one row of each person who labelled a request, with what everybody says of it beside, or
    the whole record. Label Studio and Argilla get what people say now, drafts and requests that are
    not to be labelled too, as far as they have a place for them.

    Args:
        casebook: what is exported.
        path: where; nothing is there yet, unless `overwrite`.
        fmt: what is written.
        history: every row ever written; for tables only.
        model: only of this model.
        store: gives what was logged of the requests, where it is at hand.
        overwrite: whether a file that is there may be replaced.
        told: called with how many requests of how many have been read from the store.

    Raises:
        ExportError: it could not be written; there is none.
        CasebookError: the casebook cannot be read.
    """
    standing = casebook.standing()
    everything = history or fmt in ("label-studio", "argilla")
    labels = casebook.history() if everything else standing
    chosen = [label for label in labels if model in (None, label.draft.model)]
    requests = {} if store is None else requests_of(store, chosen, told)
    return write_label_file(
        chosen, path, fmt, consensus=consensus_of(standing), requests=requests, overwrite=overwrite
    )


def requests_of(
    store: Store, labels: Iterable[Label], told: Callable[[int, int], None]
) -> Mapping[str, Request]:
    """What was logged of the labelled requests, by key; those that are not stored are left out.

    Of a request id that was logged several times it is the line that was labelled, else the newest.
    """
    origins = {label.draft.request_key: label.draft.origin for label in labels}
    found: dict[str, Candidate] = {}
    for row in store.candidates(list(origins), most=len(origins)).rows:
        best = found.get(row.key)
        if best is None or _rank(row, origins) > _rank(best, origins):
            found[row.key] = row
    places: dict[str, RowId] = {key: row.row_id for key, row in found.items()}
    requests: dict[str, Request] = {}
    for number, (key, row_id) in enumerate(places.items(), 1):
        requests[key] = store.request(row_id)
        told(number, len(places))
    return requests


def _rank(row: Candidate, origins: Mapping[str, str]) -> tuple[object, ...]:
    return row.origin == origins.get(row.key), row.ts, row.row_id.source_id, row.row_id.offset
