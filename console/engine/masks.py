"""What lines mean and what of them is hidden, by the configuration; and caches that hid something else."""

from __future__ import annotations

import os
from collections.abc import Callable, Sequence
from pathlib import Path

from console.config.masks import mask_key
from console.engine.settings import Settings
from console.errors import StoreError
from console.ingest import FormatFor, Masking, Original, choosing, covers, masked
from console.model import Configuration, SourceMark
from console.store import Store

REFILLED = "the masks have changed: the cache is made anew from the logs"
"""Told when it is."""


def lines_mean(configuration: Configuration) -> FormatFor:
    """Chooses the formats of files, with what the masks hide out of their records.

    Raises:
        UsageError: the key of the masks cannot be had.
    """
    return hiding(choosing(configuration.meaning_of), configuration)


def hiding(format_for: FormatFor, configuration: Configuration) -> FormatFor:
    """Chooses the same formats, with what the masks hide out of their records.

    Raises:
        UsageError: the key of the masks cannot be had.
    """
    masks = configuration.masks
    return masked(format_for, Masking(masks, mask_key(masks, os.environ))) if masks else format_for


def masked_store(settings: Settings, path: str, open_at: Callable[[str], Store]) -> tuple[Store, bool]:
    """The store at the path, which holds nothing that the masks in force hide; whether it was made anew.

    Args:
        settings: what is read, and by which masks.
        path: of the DuckDB file.
        open_at: opens the store there.

    Raises:
        UsageError: the key of the masks cannot be had.
        StoreError: it cannot be opened; or it would have to be made anew, and its sources are gone.
    """
    masks = settings.configuration.masks
    wanted = masks.fingerprint(mask_key(masks, os.environ))
    store = open_at(path)
    try:
        kept = store.masks
        if kept == wanted or not (settings.sources or wanted):
            # What was masked once is none the worse for it where no rule is known any more.
            return store, False
        marks = store.marks()
        if not marks:
            store.mask(wanted)
            return store, False
        gone = [mark.path for mark in marks if mark.lines and not _is_there(mark, settings.sources)]
        if gone and (settings.database is not None or not settings.sources):
            others = f" and {len(gone) - 1:,} more" if len(gone) > 1 else ""
            raise StoreError(
                f"{path}: filled under other masks, and {gone[0]}{others} cannot be read again: "
                "name all its sources, or another file, or delete it"
            )
    except BaseException:
        store.close()
        raise
    store.close()
    for name in (path, f"{path}.wal"):
        Path(name).unlink(missing_ok=True)
    store = open_at(path)
    store.mask(wanted)
    return store, True


def _is_there(mark: SourceMark, sources: Sequence[str]) -> bool:
    """Whether what was read of a source will be read again from these."""
    if not covers(sources, mark.path):
        return False
    original = Original(mark)
    original.close()
    return bool(original.name)
