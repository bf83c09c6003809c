"""What a manifest says of a slice before it is written: where its rows come from, what its columns are."""

from __future__ import annotations

import platform
from collections.abc import Mapping, Sequence
from dataclasses import asdict, dataclass, field
from datetime import datetime
from importlib.metadata import version

from console import __version__
from console.export.measure import type_name
from console.export.slice_rows import SliceRows
from console.model import PASSED_OVER, Alert, QueryCall, SourceMark, SourceStatus, Window
from console.model.exporting import WHOLE, ExportOptions, Role
from console.model.filter_text import filter_text

MOST_LABELS = 100
"""Labels that are counted one by one; of a measure hardly two are the same."""


@dataclass(frozen=True, slots=True)
class Asked:
    """What was exported, by whom, and in what circumstances."""

    file: str
    """Name, without its folder."""
    question: QueryCall | str
    """A canned query, or a SELECT of the person's."""
    sql: str
    """Its text."""
    author: str
    """`user@host` as a rule."""
    at: datetime
    options: ExportOptions = WHOLE
    comparable: QueryCall | None = None
    """What listed the rows that do not offend, if there are any."""
    window: Window | None = None
    """The time range that they were taken from, if there is one."""
    as_of: datetime | None = None
    """Newest `ts` stored when they were taken."""
    sources: Sequence[SourceStatus | SourceMark] = ()
    """How far each was read."""
    alert: Alert | None = None
    """Whose rows these are, if any."""
    baselines: Sequence[Mapping[str, object]] = field(default_factory=tuple)
    """Pinned ones that the checks compare with; empty where that is chosen by itself."""
    masks: Sequence[Mapping[str, object]] = field(default_factory=tuple)
    """The rules by which values were hidden when they were read."""
    labelled_requests: int | None = None
    """Requests with a label that counts, in the whole casebook; None without labels."""


def account(asked: Asked, slice: SliceRows) -> dict[str, object]:
    """All that is known before the first byte; of a slice of predictions the number of rows as well."""
    features = [column.name for column in slice.columns if column.role is Role.FEATURE]
    labels = [column.name for column in slice.columns if column.role is Role.LABEL]
    return {
        "file": asked.file,
        "written_at": asked.at,
        "author": asked.author,
        "host": platform.node(),
        "console_version": __version__,
        "versions": {
            "duckdb": version("duckdb"),
            "polars": version("polars"),
            "python": platform.python_version(),
        },
        "query": _question(asked.question, asked.sql),
        "comparable": None if asked.comparable is None else _question(asked.comparable, None),
        "window": None if asked.window is None else asdict(asked.window),
        "as_of": asked.as_of,
        "sources": [_source(source) for source in asked.sources if source.kind != PASSED_OVER],
        "alert": None if asked.alert is None else _alert(asked.alert),
        "baseline": {"kind": "pinned", "pinned": asked.baselines}
        if asked.baselines
        else {"kind": "automatic"},
        "masks": asked.masks,
        "options": _options(asked.options, slice),
        "labelled_requests": asked.labelled_requests,
        "counts": _counts(slice),
        "rows": slice.rows,
        "schema": {name: type_name(dtype) for name, dtype in slice.schema.items()},
        "columns": [
            {
                "name": column.name,
                "role": column.role.value,
                **({} if column.logged_as is None else {"logged_as": column.logged_as}),
            }
            for column in slice.columns
        ],
        "features": [name for name in features if name not in slice.lacking],
        "features_without_values": [name for name in features if name in slice.lacking],
        "label": labels[0] if labels else None,
        "split": slice.split_column,
    }


def _question(question: QueryCall | str, sql: str | None) -> dict[str, object]:
    if isinstance(question, str):
        return {"name": None, "params": {}, "filter": "", "sql": question}
    told: dict[str, object] = {"name": question.query, "params": question.params}
    told["filter"] = filter_text(question.filter)
    return told if sql is None else {**told, "sql": sql}


def _options(options: ExportOptions, slice: SliceRows) -> dict[str, object]:
    told = asdict(options)
    if options.split is not None:
        told["split"] = {**told["split"], "cuts": slice.cuts, "sets": options.split.sets}
    return told


def _counts(slice: SliceRows) -> dict[str, object] | None:
    if slice.counts is None:
        return None
    counts = slice.counts
    return {
        "listed": counts.listed,
        "labels": _shortened(counts.labels),
        "sets": {
            name: {
                "rows": sum(labels.values()),
                "labels": _shortened({label: rows for label, rows in labels.items() if label}),
            }
            for name, labels in counts.sets.items()
        },
    }


def _shortened(labels: Mapping[str, int]) -> Mapping[str, int]:
    most = sorted(labels.items(), key=lambda item: (-item[1], item[0]))[:MOST_LABELS]
    return dict(most)


def _source(source: SourceStatus | SourceMark) -> dict[str, object]:
    return {
        "path": source.path,
        "next_offset": source.next_offset,
        "rows": source.rows,
        "rejects": source.rejects,
    }


def _alert(alert: Alert) -> dict[str, object]:
    return {
        "id": alert.alert_id,
        "check": alert.check,
        "model": alert.model,
        "subject": alert.subject,
        "severity": alert.severity.name.lower(),
        "state": alert.state.value,
        "summary": alert.worst.summary,
        "began": alert.began,
        "last_seen": alert.last_seen,
    }
