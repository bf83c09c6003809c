"""The split of an earlier export, so that a later one moves no row across."""

from __future__ import annotations

from datetime import datetime
from pathlib import Path

from console.errors import ExportError, UsageError
from console.export.manifest import EMBEDDED, read_manifest, understood
from console.export.measure import metadata_of
from console.model.exporting import Split


def split_of(path: Path) -> Split:
    """How the rows of an exported file were parted; one by time with the moments at which it was cut.

    Raises:
        ExportError: the file has no manifest, or was not split.
    """
    manifest = read_manifest(path)
    if manifest is None:
        text = metadata_of(path).get(EMBEDDED)
        manifest = None if text is None else understood(text, f"{path}: the manifest in it")
    options = manifest.document.get("options") if manifest is not None else None
    told = options.get("split") if isinstance(options, dict) else None
    if not isinstance(told, dict):
        raise ExportError(f"{path}: was not split, or has no manifest that says how")
    try:
        return Split(
            by="time" if told["by"] == "time" else "input",
            validation=float(told["validation"]),
            test=float(told["test"]),
            cuts=tuple(datetime.fromisoformat(str(cut)) for cut in told["cuts"]),
            salt=str(told["salt"]),
        )
    except (KeyError, TypeError, ValueError, UsageError) as error:
        raise ExportError(
            f"{path}: its manifest says of no split that could be made again: {error}"
        ) from error
