"""The manifest beside a slice: where its rows came from, and how to know that they are still these."""

from __future__ import annotations

import json
import math
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import UTC, date, datetime, time, timedelta
from pathlib import Path

from console.errors import ExportError

FORMAT = "incident-console slice manifest"
EMBEDDED = "incident_console.manifest"
"""Key under which a Parquet file carries its manifest; without its own length and hash."""
FORMAT_VERSION = 1
"""Raised when a reader of the earlier one would misunderstand."""

Json = str | int | float | bool | None | list["Json"] | dict[str, "Json"]


@dataclass(frozen=True, slots=True)
class Manifest:
    """What a manifest says, as far as the file can be checked against it."""

    rows: int | None
    """None if it was not known when the file was begun."""
    size: int | None
    """Bytes; None in the manifest that a file carries, as is the hash."""
    sha256: str | None
    """Hex."""
    schema: Mapping[str, str]
    """Column -> type, in the file's order."""
    document: Mapping[str, object]
    """All of it, decoded."""


def manifest_path(path: Path) -> Path:
    """`slice.parquet` -> `slice.parquet.manifest.json`."""
    return path.with_name(path.name + ".manifest.json")


def manifest_bytes(document: Mapping[str, object]) -> bytes:
    """The manifest as JSON for people: indented, and ASCII only, so that showing it is harmless."""
    plain = to_json({"format": FORMAT, "format_version": FORMAT_VERSION, **document})
    return (json.dumps(plain, indent=2, allow_nan=False) + "\n").encode("ascii")


def embedded_text(document: Mapping[str, object]) -> str:
    """The manifest as the file itself carries it."""
    plain = to_json({"format": FORMAT, "format_version": FORMAT_VERSION, **document})
    return json.dumps(plain, allow_nan=False)


def to_json(value: object) -> Json:
    """A parameter's value in JSON: times as ISO 8601 in UTC, anything that JSON lacks as its text."""
    match value:
        case None | bool() | int() | str():
            return value
        case float():
            return value if math.isfinite(value) else str(value)
        case datetime():
            if value.tzinfo is None:
                return value.isoformat()
            return value.astimezone(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
        case date() | time():
            return value.isoformat()
        case timedelta():
            return f"{value.total_seconds()} s"
        case bytes():
            return value.hex()
        case Mapping():
            return {str(key): to_json(item) for key, item in value.items()}
        case list() | tuple():
            return [to_json(item) for item in value]
        case _:
            return str(value)


def read_manifest(path: Path) -> Manifest | None:
    """The manifest beside the slice at `path`, understood; None if there is none.

    Raises:
        ExportError: it is not one, or a newer console wrote it.
    """
    place = manifest_path(path)
    try:
        text = place.read_bytes()
    except FileNotFoundError:
        return None
    except OSError as error:
        raise ExportError(f"{place}: cannot be read: {error.strerror or error}") from error
    found = understood(text, str(place))
    if found.rows is None or found.size is None or found.sha256 is None:
        raise ExportError(f"{place}: lacks rows, bytes, sha256 or schema; export the slice again")
    return found


def understood(text: bytes | str, place: str) -> Manifest:
    """What a manifest says.

    Args:
        text: JSON, of anybody's.
        place: what it is called in what is said of it.

    Raises:
        ExportError: it is not one, or a newer console wrote it.
    """
    try:
        document = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ExportError(f"{place}: is not JSON: {error}") from error
    if not isinstance(document, dict) or document.get("format") != FORMAT:
        raise ExportError(f"{place}: is not a manifest of the incident console")
    version = document.get("format_version")
    if version != FORMAT_VERSION:
        raise ExportError(
            f"{place}: is of format version {version!r}, this console reads {FORMAT_VERSION};"
            " upgrade incident-console"
        )
    rows, size = document.get("rows"), document.get("bytes")
    sha256, schema = document.get("sha256"), document.get("schema")
    if not isinstance(schema, dict):
        raise ExportError(f"{place}: lacks rows, bytes, sha256 or schema; export the slice again")
    return Manifest(
        rows if type(rows) is int else None,
        size if type(size) is int else None,
        sha256 if isinstance(sha256, str) else None,
        {str(name): str(kind) for name, kind in schema.items()},
        document,
    )
