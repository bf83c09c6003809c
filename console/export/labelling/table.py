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
from console.export.labelling.names import WELL_KNOWN, Wanted, columns_for, require
from console.export.labelling.record import label_of
from console.ingest.formats import Unusable
from console.model import LabelDraft, LabelStatus

_DEPTH = 4
"""Objects within objects whose names are looked at."""
_TEXTS = (*("note", "model", "model_version", "prediction", "input_hash", "origin", "alert_id", "query"),)
"""What goes into a draft as it is."""


def read_record(entries: Iterable[Entry], into: Entries) -> None:
    """Rows that a console wrote, each as it was."""
    for number, entry in entries:
        if isinstance(entry, Bad):
            into.bad.append(entry)
            continue
        try:
            label = label_of(entry)
        except Unusable as error:
            into.bad.append(Bad(number, str(error)))
        except KeyError as error:
            into.bad.append(Bad(number, f"{error.args[0]} is missing"))
        else:
            into.given.append(Given(number, label.draft, label.status, label.author, label.at, own=label))


def read_table(
    entries: Iterable[Entry], wanted: Wanted, into: Entries, *, of_label_studio: bool = False
) -> None:
    """Rows with a request, a label and whatever else is there, by the names of their columns.

    Args:
        entries: rows; a column that one lacks is empty there.
        wanted: columns that the person named.
        into: where they go.
        of_label_studio: the rows hold a task's data too, under names that may be anything, and the
            column `id` numbers its tasks.

    Raises:
        UsageError: no column is the request or the label, or several could be it.
    """
    rows: list[tuple[int, Mapping[str, object]]] = []
    for number, entry in entries:
        if isinstance(entry, Bad):
            into.bad.append(entry)
        else:
            rows.append((number, _both(entry)))
    names = list(dict.fromkeys(name for _, row in rows for name in row))
    try:
        columns = _columns(names, wanted, of_label_studio=of_label_studio)
    except UsageError as error:
        raise UsageError(f": {error}") from None
    for number, row in rows:
        try:
            given = _given(number, row, columns, encoded=of_label_studio)
        except Unusable as error:
            into.bad.append(Bad(number, str(error)))
            continue
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


def _both(entry: Mapping[str, object]) -> Mapping[str, object]:
    """Objects as they are and what they hold: a label may be an object, which is told of."""
    inner = flat(entry)
    return entry if inner is entry else {**entry, **inner}


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


def _columns(names: list[str], wanted: Wanted, *, of_label_studio: bool) -> dict[str, str]:
    said = dict(wanted.named())
    if wanted.question is not None:
        said.setdefault("label", wanted.question)
    usable = names
    if of_label_studio:
        usable = [name for name in names if name != "id" or said.get("id") == "id"]
        said |= {"label": "label"} if "label" in names and "label" not in said else {}
    fields = [field for field in WELL_KNOWN if not (of_label_studio and field == "label")]
    found = columns_for(usable, said, fields)
    require(found, names, "id", "label")
    return found


def _given(
    number: int, row: Mapping[str, object], columns: Mapping[str, str], *, encoded: bool
) -> Given | None:
    def said(field: str) -> object:
        return row.get(columns[field]) if field in columns else None

    value = said("label")
    if encoded and isinstance(value, str) and value[:1] in ("{", "["):
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
    about = {field: optional_text(row.get(columns[field])) for field in _TEXTS if field in columns}
    draft = LabelDraft(key, label or "", **about)
    author, identity = optional_text(said("author")), optional_text(said("identity"))
    return Given(number, draft, status, author or None, moment_of(said("at")), identity)


def _decoded(text: str) -> object:
    try:
        return orjson.loads(text)
    except orjson.JSONDecodeError:
        return text
