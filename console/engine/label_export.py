"""Labels out of the casebook, for the tools in which people label."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from pathlib import Path

from console.casebook import Casebook
from console.engine.manners import open_as_usual
from console.export.labelling import LabelFileFormat
from console.export.labelling.logged import Logged
from console.export.labelling.writing import write_label_file
from console.model import Label, QueryCall
from console.model.agreement import consensus_of, of_model
from console.model.exporting import Role, SliceColumn
from console.model.labelling import Candidate
from console.store import Store

BY_ORIGIN = "predictions_by_origin"
_PATH = ("source_path", "line_source_path")
"""What a slice calls the path of a row's source; the second where a feature has the first name."""


def export_labels(
    casebook: Casebook,
    path: Path,
    fmt: LabelFileFormat,
    *,
    history: bool = False,
    model: str | None = None,
    store: Store | None = None,
    overwrite: bool = False,
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

    Raises:
        ExportError: it could not be written; there is none.
        CasebookError: the casebook cannot be read.
    """
    standing = casebook.standing()
    everything = history or fmt in ("label-studio", "argilla")
    labels = casebook.history() if everything else standing
    chosen = list(labels) if model is None else list(of_model(labels, model))
    requests = {} if store is None else requests_of(store, chosen)
    rows = write_label_file(
        chosen, path, fmt, consensus=consensus_of(standing), requests=requests, overwrite=overwrite
    )
    with suppress(OSError):
        open_as_usual(path)
    return rows


def requests_of(store: Store, labels: Iterable[Label]) -> Mapping[str, Logged]:
    """What was logged of the labelled requests, by key; those that are not stored are left out.

    Of a request id that was logged several times it is the line that was labelled, else the newest.
    """
    origins = {label.draft.request_key: label.draft.origin for label in labels}
    newest: dict[str, Candidate] = {}
    for row in store.candidates(list(origins), most=len(origins)).rows:
        best = newest.get(row.key)
        if best is None or _rank(row, origins) > _rank(best, origins):
            newest[row.key] = row
    if not newest:
        return {}
    keys = {row.origin: key for key, row in newest.items()}
    places = [row.row_id for row in newest.values()]
    call = QueryCall(
        BY_ORIGIN,
        {
            "source_ids": [place.source_id for place in places],
            "source_offsets": [place.offset for place in places],
            "row_limit": len(places),
        },
    )
    logged: dict[str, Logged] = {}
    with store.slice(call) as whole:
        for frame in whole.frames():
            for values in frame.iter_rows():
                origin, one = _logged(whole.columns, values)
                logged[keys[origin]] = one
    return logged


def _logged(columns: Sequence[SliceColumn], values: Sequence[object]) -> tuple[str, Logged]:
    """Where the row comes from, and what was logged in it; what is null was not."""
    parts: dict[Role, dict[str, object]] = {role: {} for role in Role}
    for column, value in zip(columns, values, strict=True):
        if value is not None:
            parts[column.role][column.logged_as or column.name] = value
    fields = parts[Role.FIELD]
    path = next((fields[name] for name in _PATH if name in fields), "")
    return f"{path}:{fields.get('source_offset')}", Logged(fields, parts[Role.TAG], parts[Role.FEATURE])


def _rank(row: Candidate, origins: Mapping[str, str]) -> tuple[object, ...]:
    return row.origin == origins.get(row.key), row.ts, row.row_id.source_id, row.row_id.offset
