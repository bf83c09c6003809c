"""Any answer as a file: whole under its name, or not there."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from console.errors import ExportError
from console.export.measure import digest_of
from console.export.whole import force_to_disk, partial, put_in_place, target
from console.model import ExportReceipt

SUFFIXES = (".parquet", ".csv", ".jsonl")
"""What the name of such a file may end with; the first is a slice's, and has a manifest."""


def write_answer(write: Callable[[Path, str], int], path: Path) -> ExportReceipt:
    """What `write` writes is at `path`; it is given another name beside, and the ending.

    Raises:
        ExportError: the ending is none of `SUFFIXES`, the file exists, or it could not be written.
        ConsoleError: whatever `write` refused with. No file is left.
    """
    suffix = path.suffix.lower()
    if suffix not in SUFFIXES:
        raise ExportError(f"{path}: end the name with {', '.join(SUFFIXES[:-1])} or {SUFFIXES[-1]}")
    final = target(path, overwrite=False)
    with partial(final) as written:
        rows = write(written, suffix)
        force_to_disk(written)
        digest = digest_of(written)
        put_in_place(written, final, overwrite=False)
        force_to_disk(final.parent)
    return ExportReceipt(str(final), "", rows, digest.size, digest.sha256)
