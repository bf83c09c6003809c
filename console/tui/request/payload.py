"""A request as text that others can use: JSON, and a command that sends it again."""

from __future__ import annotations

import json

from console.model import Request
from console.tui.alert.query import shell_quoted


def as_json(request: Request) -> str:
    """The record as it was logged, as far as it is stored: what is null is left out."""
    fields = {name: value for name, value in request.fields.items() if value is not None}
    record: dict[str, object] = {**request.extra, "ts": request.ts.isoformat(), **fields}
    record |= {"features": dict(request.features), "tags": dict(request.tags)}
    if request.stages is not None:
        record["stages"] = request.stages
    return value_text(record) + "\n"


def as_curl(request: Request) -> str:
    """A command that sends the features to `$URL`; each of its words is quoted for a shell."""
    payload = json.dumps(dict(request.features), default=str)
    return f"curl -X POST \"$URL\" -H 'content-type: application/json' -d {shell_quoted(payload)}\n"


def value_text(value: object) -> str:
    """A text as it is; everything else as JSON."""
    if isinstance(value, str):
        return value
    return json.dumps(value, ensure_ascii=False, indent=2, default=str)
