"""What a file says of requests, entry by entry, before any of it is a label."""

from __future__ import annotations

import math
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, date, datetime, time, timedelta
from decimal import Decimal

from console.ingest.decode import DOUBTFUL_FLOAT, json_text
from console.ingest.formats import Unusable
from console.ingest.times import to_microseconds
from console.model import Label, LabelDraft, LabelStatus

_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)
_SHOWN = 60

_STATUSES: Mapping[str, LabelStatus] = {
    **dict.fromkeys(("", "submitted", "completed", "complete", "done", "accepted"), LabelStatus.SUBMITTED),
    **dict.fromkeys(("draft", "pending", "flagged"), LabelStatus.DRAFT),
    **dict.fromkeys(("discarded", "cancelled", "canceled", "skipped", "rejected"), LabelStatus.DISCARDED),
}


@dataclass(frozen=True, slots=True)
class Given:
    """What one entry says of one request."""

    number: int
    """Of its line, or of its record in a list, from 1 on."""
    draft: LabelDraft
    status: LabelStatus
    author: str | None = None
    """None where the file does not say."""
    at: datetime | None = None
    """None where the file does not say."""
    identity: str = ""
    """By which the tool that wrote it knows this entry; empty where it has no name."""
    own: Label | None = None
    """The whole row, where a console wrote it and nobody has changed what it says."""


@dataclass(frozen=True, slots=True)
class Bad:
    """An entry that cannot be taken."""

    number: int
    """As in `Given`."""
    reason: str


@dataclass(slots=True)
class Entries:
    """All that a file says."""

    kind: str
    """What it was read as, for people: `CSV`, `Label Studio, JSON`, ..."""
    counted: str = ""
    """What entries are counted by, for people: `record`, `row`, or nothing where it is lines."""
    given: list[Given] = field(default_factory=list)
    bad: list[Bad] = field(default_factory=list)
    unlabelled: int = 0
    """Entries that name a request and say nothing of it."""

    def place(self, number: int) -> str:
        """Where an entry is, to be written behind the file's name: `:3`, `: record 3`."""
        return f": {self.counted} {number}" if self.counted else f":{number}"


def text_of(value: object) -> str | None:
    """A single value as the text that a label holds, written as a log would; None if there is none.

    Raises:
        Unusable: it is a list or an object, or a number that was rounded when it was read.
    """
    match value:
        case None:
            return None
        case str():
            return value
        case bool():
            return "true" if value else "false"
        case float() if math.isnan(value):  # as some tools write what is missing
            return None
        case float() if abs(value) >= DOUBTFUL_FLOAT:
            raise Unusable(f"{value:g} is no exact number; write it as text")
        case int() | float():
            return json_text(value)
        case datetime() | date() | time():
            return value.isoformat()
        case Decimal():
            return format(value, "f")
        case bytes():
            try:
                return value.decode()
            except UnicodeDecodeError:
                raise Unusable("bytes that are not UTF-8") from None
        case _:
            raise Unusable(f"one value is wanted, not {shown(value)}")


def optional_text(value: object) -> str:
    """The same of what may be missing, or more than a text; then as JSON."""
    if isinstance(value, list | dict):
        return json_text(value)
    return text_of(value) or ""


def moment_of(value: object) -> datetime | None:
    """The moment that a file means, UTC where it names no zone; None if it says none.

    Raises:
        Unusable: it is no time.
    """
    if value is None or value == "":
        return None
    if isinstance(value, datetime):
        return value.replace(tzinfo=UTC) if value.tzinfo is None else value.astimezone(UTC)
    try:
        return _EPOCH + timedelta(microseconds=to_microseconds(value))
    except Unusable:
        raise Unusable(f"not a time: {shown(value)}") from None


def status_of(value: object) -> LabelStatus:
    """What a tool's word for it means; nothing said is submitted.

    Raises:
        Unusable: the word is not known, and nothing is guessed.
    """
    text = (text_of(value) or "").strip().lower()
    if text not in _STATUSES:
        raise Unusable(f"the status is none of submitted, draft, discarded: {shown(value)}")
    return _STATUSES[text]


def is_true(value: object) -> bool:
    """Whether a column of truth values says yes, in whatever way of writing."""
    return (text_of(value) or "").strip().lower() in ("true", "1", "1.0", "yes", "t")


def shown(value: object) -> str:
    """The value for a message: as JSON, cut."""
    try:
        text = json_text(value)
    except Unusable:
        text = f"a {type(value).__name__}"
    return text if len(text) <= _SHOWN else f"{text[:_SHOWN]}..."
