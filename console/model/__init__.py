"""The console's nouns: frozen values that every part hands to the next.

Times are aware datetimes in UTC. Windows are half-open: `start <= ts < until`.
"""

from console.model.asking import NOTHING, QueryCall, Table, Window
from console.model.judging import Alert, AlertState, Evidence, Reading, Severity, Slice, Verdict
from console.model.limits import Limits
from console.model.picture import Phase, Snapshot, TrafficPoint
from console.model.records import (
    FIELDS,
    REJECT_BYTES,
    Batch,
    FileIdentity,
    ModelRows,
    Reject,
    SourceMark,
    SourceState,
    SourceStatus,
)
from console.model.requests import ExportReceipt, Label, LabelDraft, LabelStatus, Request, RowId

__all__ = [
    "FIELDS",
    "NOTHING",
    "REJECT_BYTES",
    "Alert",
    "AlertState",
    "Batch",
    "Evidence",
    "ExportReceipt",
    "FileIdentity",
    "Label",
    "LabelDraft",
    "LabelStatus",
    "Limits",
    "ModelRows",
    "Phase",
    "QueryCall",
    "Reading",
    "Reject",
    "Request",
    "RowId",
    "Severity",
    "Slice",
    "Snapshot",
    "SourceMark",
    "SourceState",
    "SourceStatus",
    "Table",
    "TrafficPoint",
    "Verdict",
    "Window",
]
