"""One request, whole, and what people say of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from enum import Enum


@dataclass(frozen=True, slots=True)
class RowId:
    """Where a prediction came from: unique, whatever its request_id."""

    source_id: int
    offset: int


@dataclass(frozen=True, slots=True)
class Request:
    """One prediction, whole, as it was logged."""

    row_id: RowId
    key: str
    """`request_id`, or `path:offset` where none was logged: what labels hang on."""
    origin: str
    """`path:offset` of its line."""
    ts: datetime
    model: str
    fields: Mapping[str, object]
    """The fixed fields of `FIELDS`, without features and tags."""
    features: Mapping[str, object]
    tags: Mapping[str, str]
    stages: object
    """As logged (decoded JSON), None if absent."""
    extra: Mapping[str, object]
    input_hash: str
    """SHA-256 of the features in canonical JSON, hex, as `console.store.inputs` says; equal inputs share it.
    Empty if there are none."""


class LabelStatus(Enum):
    """Whether a row of the record counts; none of them is ever changed."""

    DRAFT = "draft"
    """Kept, and does not count: a request flagged for a second look, or a choice not yet sent."""
    SUBMITTED = "submitted"
    DISCARDED = "discarded"
    """Takes the row that it overrides back, so that what counted before counts again; if it overrides none,
    it says that the request is not to be labelled."""


@dataclass(frozen=True, slots=True)
class LabelDraft:
    """What a person says about a request, before it is kept."""

    request_key: str
    value: str
    note: str = ""
    model: str = ""
    model_version: str = ""
    prediction: str = ""
    input_hash: str = ""
    origin: str = ""
    alert_id: str = ""
    query: str = ""
    """As JSON the query, parameters and filter, or the SQL, of the slice it was labelled in."""


@dataclass(frozen=True, slots=True)
class Label:
    """One row of the casebook's append-only record of labels."""

    label_id: str
    draft: LabelDraft
    status: LabelStatus
    source: str
    """`human`, `rule` or `import`."""
    author: str
    """`user@host`, or as given."""
    at: datetime
    previous_value: str | None
    """The value that counted for this request and author before, None if there was none."""
    overrides: str | None
    """`label_id` of the row that this one corrects or takes back; None for a first label, and for a draft."""
    act: str
    """Rows that came from one keypress share it, and are undone together."""


@dataclass(frozen=True, slots=True)
class ExportReceipt:
    """A slice that was written, whole, under its final name."""

    path: str
    manifest_path: str
    rows: int
    size: int
    """Bytes of the Parquet file."""
    sha256: str
