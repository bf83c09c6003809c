"""Entries that are rows: of a table of anybody's, or of the record itself."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import orjson

from console.errors import UsageError
from console.export.labelling.contents import Entry
from console.export.labelling.given import (
    Bad,
    Entries,
    Given,
    is_true,
    moment_of,
    optional_text,
    shown,
    status_of,
    text_of,
)
from console.export.labelling.names import Wanted, columns_for, require
from console.export.labelling.record import label_of
from console.ingest.formats import Unusable
from console.model import LabelDraft, LabelStatus

_DEPTH = 4
"""Objects within objects whose names are looked at."""


def read_record(entries: Iterable[Entry], into: Entries) -> None:
    """Rows that a console wrote, each as it was."""
    for place, entry in entries:
        if isinstance(entry, Bad):
            into.bad.append(entry)
            continue
        try:
            label = label_of(entry)
        except Unusable as error:
            into.bad.append(Bad(place, str(error)))
        except KeyError as error:
            into.bad.append(Bad(place, f"{error.args[0]} is missing"))
        else:
            into.given.append(Given(place, label.draft, label.status, label.author, label.at, own=label))


def read_table(entries: Iterable[Entry], wanted: Wanted, into: Entries, *, tool_ids: bool = False) -> None:
    """Rows with a request, a label and whatever else is there, by the names of their columns.

    Args:
        entries: rows, each of which may have other columns.
        wanted: columns that the person named.
        into: where they go.
        tool_ids: a column `id` numbers the tool's own tasks, and is no request.

    Raises:
        UsageError: the first row has no request or no label, or several that could be it.
    """
    columns: dict[tuple[str, ...], dict[str, str]] = {}
    for place, entry in entries:
        if isinstance(entry, Bad):
            into.bad.append(entry)
            continue
        row = flat(entry)
        names = tuple(row)
        try:
            if names not in columns:
                columns[names] = _columns(names, wanted, tool_ids=tool_ids)
            given = _given(place, row, columns[names])
        except UsageError as error:
            if not columns:
                raise UsageError(f"{place}: {error}") from None
            into.bad.append(Bad(place, str(error)))
        except Unusable as error:
            into.bad.append(Bad(place, str(error)))
        else:
            if given is None:
                into.unlabelled += 1
            else:
                into.given.append(given)


def flat(entry: Mapping[str, object], depth: int = _DEPTH) -> Mapping[str, object]:
    """The entry with what its objects hold under dotted names, `data.request_id`."""
    if depth == 0 or not any(isinstance(value, dict) for value in entry.values()):
        return entry
    row: dict[str, object] = {}
    for name, value in entry.items():
        if isinstance(value, dict) and value:
            row.update((f"{name}.{inner}", found) for inner, found in flat(value, depth - 1).items())
        else:
            row[name] = value
    return row


def answer_of(value: object) -> str | None:
    """What a tool's way of writing one answer says: `fraud`, `["fraud"]`, `{"choices": ["fraud"]}`.

    Raises:
        Unusable: it is several answers, or none that a request can be labelled with.
    """
    if isinstance(value, list):
        if len(value) != 1:
            raise Unusable(f"one answer is wanted, not {len(value)}: {shown(value)}")
        return answer_of(value[0])
    if isinstance(value, dict):
        known = [name for name in ("choices", "number", "rating", "text", "value") if name in value]
        if len(known) != 1:
            raise Unusable(f"not an answer that a request can be labelled with: {shown(value)}")
        return answer_of(value[known[0]])
    return text_of(value)


def _columns(names: tuple[str, ...], wanted: Wanted, *, tool_ids: bool) -> dict[str, str]:
    said = wanted.named()
    if wanted.question is not None and "label" not in said:
        said = {**said, "label": wanted.question}
    usable = [name for name in names if not (tool_ids and name == "id")] if "id" not in said else names
    found = columns_for(usable, said)
    require(found, names, "id", "label")
    return found


def _given(place: str, row: Mapping[str, object], columns: Mapping[str, str]) -> Given | None:
    def said(field: str) -> object:
        return row.get(columns[field]) if field in columns else None

    value = said("label")
    if isinstance(value, str) and value[:1] in ("{", "[") and "identity" in columns:
        value = _decoded(value)
    label = None if value in (None, []) else answer_of(value)
    status = status_of(said("status"))
    if is_true(said("cancelled")):
        status = LabelStatus.DISCARDED
    key = text_of(said("id"))
    if not key:
        raise Unusable(f"{columns['id']} is empty, so that it says of no request")
    if not label and status is LabelStatus.SUBMITTED:
        return None
    draft = LabelDraft(
        key,
        label or "",
        note=optional_text(said("note")),
        model=optional_text(said("model")),
        model_version=optional_text(said("model_version")),
        prediction=optional_text(said("prediction")),
        input_hash=optional_text(said("input_hash")),
        origin=optional_text(said("origin")),
        alert_id=optional_text(said("alert_id")),
        query=optional_text(said("query")),
    )
    author, identity = optional_text(said("author")), optional_text(said("identity"))
    return Given(place, draft, status, author or None, moment_of(said("at")), identity)


def _decoded(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
