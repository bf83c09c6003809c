"""A row of the record as named texts, and back, exactly."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import UTC, datetime

from console.export.labelling.given import shown
from console.ingest.formats import Unusable
from console.model import Label, LabelDraft, LabelStatus

MARKS = ("label_id", "request_key", "value", "status", "source", "author", "at", "act")
"""What every row of the record has, and no other tool's."""
_EMPTY_OR_TEXT = (
    *("note", "model", "model_version", "prediction", "input_hash", "origin", "alert_id", "query"),
)
_STATUSES = {status.value: status for status in LabelStatus}


def record_of(label: Label) -> dict[str, str | datetime | None]:
    """The row, flat, in the order in which it is written."""
    draft = label.draft
    return {
        "label_id": label.label_id,
        "request_key": draft.request_key,
        "value": draft.value,
        "status": label.status.value,
        "source": label.source,
        "author": label.author,
        "at": label.at,
        "note": draft.note,
        "previous_value": label.previous_value,
        "overrides": label.overrides,
        "act": label.act,
        "model": draft.model,
        "model_version": draft.model_version,
        "prediction": draft.prediction,
        "input_hash": draft.input_hash,
        "origin": draft.origin,
        "alert_id": draft.alert_id,
        "query": draft.query,
    }


def plain_record(label: Label) -> dict[str, str | None]:
    """The same with the time as text, for what has no times."""
    return {
        name: moment_text(value) if isinstance(value, datetime) else value
        for name, value in record_of(label).items()
    }


def moment_text(moment: datetime) -> str:
    """ISO 8601 in UTC, to the microsecond."""
    return moment.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")


def is_record(names: Mapping[str, object]) -> bool:
    """Whether an entry with these names is a row of the record."""
    return all(name in names for name in MARKS)


def label_of(entry: Mapping[str, object]) -> Label:
    """The row that was written, exactly; what it has beside is passed over.

    Raises:
        Unusable: something of it is missing, or not what a console writes.
    """
    status = _STATUSES.get(str(entry["status"]))
    if status is None:
        raise Unusable(f"the status is none of submitted, draft, discarded: {shown(entry['status'])}")
    texts = {name: _text(entry, name) for name in MARKS if name not in ("status", "at")}
    if not texts["label_id"] or not texts["request_key"]:
        raise Unusable("the label_id or the request_key is missing")
    rest = {name: _text(entry, name) for name in _EMPTY_OR_TEXT}
    return Label(
        label_id=texts["label_id"],
        draft=LabelDraft(texts["request_key"], texts["value"], **rest),
        status=status,
        source=texts["source"],
        author=texts["author"],
        at=_moment(entry["at"]),
        previous_value=_text_or_none(entry, "previous_value"),
        overrides=_text_or_none(entry, "overrides"),
        act=texts["act"],
    )


def carried_label(entry: object) -> Label | None:
    """The row that another tool's file carries along; None where it is not whole, whoever changed it."""
    try:
        return label_of(entry) if isinstance(entry, dict) and is_record(entry) else None
    except Unusable:
        return None


def _text(entry: Mapping[str, object], name: str) -> str:
    return _text_or_none(entry, name) or ""


def _text_or_none(entry: Mapping[str, object], name: str) -> str | None:
    value = entry.get(name)
    if value is None or isinstance(value, str):
        return value
    raise Unusable(f"{name} must be text, not {shown(value)}")


def _moment(value: object) -> datetime:
    try:
        moment = value if isinstance(value, datetime) else datetime.fromisoformat(str(value))
        return (moment.replace(tzinfo=UTC) if moment.tzinfo is None else moment).astimezone(UTC)
    except (ValueError, OverflowError):
        raise Unusable(f"at is not a time: {shown(value)}") from None
