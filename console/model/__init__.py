"""The console's nouns: frozen values that every part hands to the next.

Times are aware datetimes in UTC. Windows are half-open: `start <= ts < until`.
"""

from console.model.asking import NOTHING, QueryCall, Table, Window
from console.model.judging import Alert, AlertState, Evidence, Reading, Severity, Slice, Verdict
from console.model.limits import Limits, parse_size, parse_span, size_in_words
from console.model.meaning import (
    FORMAT_NAMES,
    MAPPABLE_FIELDS,
    UNIT_FIELDS,
    Configuration,
    KeyPath,
    MappedField,
    Meaning,
    SourceRule,
    SourceSample,
)
from console.model.picture import Phase, Snapshot, TrafficPoint
from console.model.records import (
    FIELDS,
    PASSED_OVER,
    REJECT_BYTES,
    Batch,
    FileIdentity,
    ModelRows,
    Reject,
    RejectRow,
    SourceAudit,
    SourceMark,
    SourceState,
    SourceStatus,
)
from console.model.requests import ExportReceipt, Label, LabelDraft, LabelStatus, Request, RowId

__all__ = [
    "FIELDS",
    "FORMAT_NAMES",
    "MAPPABLE_FIELDS",
    "NOTHING",
    "PASSED_OVER",
    "REJECT_BYTES",
    "UNIT_FIELDS",
    "Alert",
    "AlertState",
    "Batch",
    "Configuration",
    "Evidence",
    "ExportReceipt",
    "FileIdentity",
    "KeyPath",
    "Label",
    "LabelDraft",
    "LabelStatus",
    "Limits",
    "MappedField",
    "Meaning",
    "ModelRows",
    "Phase",
    "QueryCall",
    "Reading",
    "Reject",
    "RejectRow",
    "Request",
    "RowId",
    "Severity",
    "Slice",
    "Snapshot",
    "SourceAudit",
    "SourceMark",
    "SourceRule",
    "SourceSample",
    "SourceState",
    "SourceStatus",
    "Table",
    "TrafficPoint",
    "Verdict",
    "Window",
    "parse_size",
    "parse_span",
    "size_in_words",
]
